// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-resolve-transforms --mjx-decompose --mjx-to-linalg | FileCheck %s --check-prefix=LINALG

// SYNTAX-LABEL: @value(
// SYNTAX: mjx.eigh %{{.*}} {lower = true} : (tensor<3x3xf32>) -> (tensor<3xf32>, tensor<3x3xf32>)
// LINALG-LABEL: @value(
// LINALG: mjx_rt.call @mjx_rt_lapack_eigh ins(%{{.*}} : tensor<3x3xf32>) outs(%{{.*}}, %{{.*}} : tensor<3xf32>, tensor<3x3xf32>) {desc = array<i64: {{[0-9]+}}, 1, 3, 1, 1>}
func.func @value(%x: tensor<3x3xf32>) -> (tensor<3xf32>, tensor<3x3xf32>) {
  %0:2 = mjx.eigh %x {lower = true} : (tensor<3x3xf32>) -> (tensor<3xf32>, tensor<3x3xf32>)
  return %0#0, %0#1 : tensor<3xf32>, tensor<3x3xf32>
}

// Where two values are equal, the quotient of their difference is left out.
// RULES-LABEL: @jvp(
// RULES: %[[W:[^,]*]], %[[V:.*]] = mjx.eigh
// RULES: mjx.dot_general %{{.*}}, %[[V]]
// RULES: mjx.compare eq
func.func @jvp(%x: tensor<3x3xf32>, %dx: tensor<3x3xf32>) -> tensor<3xf32> {
  %0:4 = mjx.jvp(%x, %dx) wrt = [0] : (tensor<3x3xf32>, tensor<3x3xf32>) -> (tensor<3xf32>, tensor<3x3xf32>, tensor<3xf32>, tensor<3x3xf32>) {
  ^bb0(%x0: tensor<3x3xf32>):
    %r:2 = mjx.eigh %x0 {lower = true} : (tensor<3x3xf32>) -> (tensor<3xf32>, tensor<3x3xf32>)
    mjx.yield %r#0, %r#1 : tensor<3xf32>, tensor<3x3xf32>
  }
  return %0#2 : tensor<3xf32>
}

// RULES-LABEL: @batch(
// RULES: mjx.eigh %{{.*}} {lower = true} : (tensor<5x3x3xf32>) -> (tensor<5x3xf32>, tensor<5x3x3xf32>)
func.func @batch(%x: tensor<5x3x3xf32>) -> tensor<5x3xf32> {
  %0:2 = mjx.vmap(%x) in_axes = [0], out_axes = [0, 0] {size = 5 : i64} : (tensor<5x3x3xf32>) -> (tensor<5x3xf32>, tensor<5x3x3xf32>) {
  ^bb0(%x0: tensor<3x3xf32>):
    %r:2 = mjx.eigh %x0 {lower = true} : (tensor<3x3xf32>) -> (tensor<3xf32>, tensor<3x3xf32>)
    mjx.yield %r#0, %r#1 : tensor<3xf32>, tensor<3x3xf32>
  }
  return %0#0 : tensor<5x3xf32>
}
