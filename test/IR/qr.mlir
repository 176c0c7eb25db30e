// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-resolve-transforms --mjx-decompose --mjx-to-linalg | FileCheck %s --check-prefix=LINALG

// Decomposed into what LAPACK has.
// SYNTAX-LABEL: @reduced(
// SYNTAX: mjx.qr %{{.*}} : (tensor<4x2xf32>) -> (tensor<4x2xf32>, tensor<2x2xf32>)
// LINALG-LABEL: @reduced(
// LINALG: mjx_rt.call @mjx_rt_lapack_geqrf
// LINALG: mjx_rt.call @mjx_rt_lapack_householder_product
func.func @reduced(%x: tensor<4x2xf32>) -> (tensor<4x2xf32>, tensor<2x2xf32>) {
  %0:2 = mjx.qr %x : (tensor<4x2xf32>) -> (tensor<4x2xf32>, tensor<2x2xf32>)
  return %0#0, %0#1 : tensor<4x2xf32>, tensor<2x2xf32>
}

// SYNTAX-LABEL: @full(
// SYNTAX: mjx.qr %{{.*}} {full_matrices = true} : (tensor<4x2xf32>) -> (tensor<4x4xf32>, tensor<4x2xf32>)
// LINALG-LABEL: @full(
// LINALG: mjx_rt.call @mjx_rt_lapack_householder_product ins(%{{.*}} : tensor<2xf32>) outs(%{{.*}} : tensor<4x4xf32>) {desc = array<i64: {{[0-9]+}}, 1, 4, 4, 2>}
func.func @full(%x: tensor<4x2xf32>) -> (tensor<4x4xf32>, tensor<4x2xf32>) {
  %0:2 = mjx.qr %x {full_matrices = true} : (tensor<4x2xf32>) -> (tensor<4x4xf32>, tensor<4x2xf32>)
  return %0#0, %0#1 : tensor<4x4xf32>, tensor<4x2xf32>
}

// SYNTAX-LABEL: @pivoted(
// SYNTAX: mjx.qr %{{.*}} {pivoting = true} : (tensor<4x2xf32>) -> (tensor<4x2xf32>, tensor<2x2xf32>, tensor<2xi32>)
// LINALG-LABEL: @pivoted(
// LINALG: mjx_rt.call @mjx_rt_lapack_geqrf outs(%{{.*}}, %{{.*}}, %{{.*}} : tensor<4x2xf32>, tensor<2xf32>, tensor<2xi32>) {desc = array<i64: {{[0-9]+}}, 1, 4, 2, 1>}
func.func @pivoted(%x: tensor<4x2xf32>) -> (tensor<4x2xf32>, tensor<2x2xf32>, tensor<2xi32>) {
  %0:3 = mjx.qr %x {pivoting = true} : (tensor<4x2xf32>) -> (tensor<4x2xf32>, tensor<2x2xf32>, tensor<2xi32>)
  return %0#0, %0#1, %0#2 : tensor<4x2xf32>, tensor<2x2xf32>, tensor<2xi32>
}

// RULES-LABEL: @jvp(
// RULES: %[[Q:[^,]*]], %[[R:.*]] = mjx.qr
// RULES: mjx.triangular_solve no %[[R]], %{{.*}}
// RULES: mjx.dot_general %[[Q]]
func.func @jvp(%x: tensor<4x2xf32>, %dx: tensor<4x2xf32>) -> tensor<4x2xf32> {
  %0:4 = mjx.jvp(%x, %dx) wrt = [0] : (tensor<4x2xf32>, tensor<4x2xf32>) -> (tensor<4x2xf32>, tensor<2x2xf32>, tensor<4x2xf32>, tensor<2x2xf32>) {
  ^bb0(%x0: tensor<4x2xf32>):
    %r:2 = mjx.qr %x0 : (tensor<4x2xf32>) -> (tensor<4x2xf32>, tensor<2x2xf32>)
    mjx.yield %r#0, %r#1 : tensor<4x2xf32>, tensor<2x2xf32>
  }
  return %0#2 : tensor<4x2xf32>
}

// RULES-LABEL: @batch(
// RULES: mjx.qr %{{.*}} : (tensor<5x4x2xf32>) -> (tensor<5x4x2xf32>, tensor<5x2x2xf32>)
func.func @batch(%x: tensor<5x4x2xf32>) -> tensor<5x4x2xf32> {
  %0:2 = mjx.vmap(%x) in_axes = [0], out_axes = [0, 0] {size = 5 : i64} : (tensor<5x4x2xf32>) -> (tensor<5x4x2xf32>, tensor<5x2x2xf32>) {
  ^bb0(%x0: tensor<4x2xf32>):
    %r:2 = mjx.qr %x0 : (tensor<4x2xf32>) -> (tensor<4x2xf32>, tensor<2x2xf32>)
    mjx.yield %r#0, %r#1 : tensor<4x2xf32>, tensor<2x2xf32>
  }
  return %0#0 : tensor<5x4x2xf32>
}
