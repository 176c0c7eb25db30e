// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-resolve-transforms --mjx-decompose --mjx-to-linalg | FileCheck %s --check-prefix=LINALG

// SYNTAX-LABEL: @value(
// SYNTAX: mjx.lu %{{.*}} : (tensor<4x2xf32>) -> (tensor<4x2xf32>, tensor<2xi32>, tensor<4xi32>)
// LINALG-LABEL: @value(
// LINALG: mjx_rt.call @mjx_rt_lapack_lu outs(%{{.*}}, %{{.*}}, %{{.*}} : tensor<4x2xf32>, tensor<2xi32>, tensor<4xi32>) {desc = array<i64: {{[0-9]+}}, 1, 4, 2>}
func.func @value(%x: tensor<4x2xf32>) -> (tensor<4x2xf32>, tensor<2xi32>, tensor<4xi32>) {
  %0:3 = mjx.lu %x : (tensor<4x2xf32>) -> (tensor<4x2xf32>, tensor<2xi32>, tensor<4xi32>)
  return %0#0, %0#1, %0#2 : tensor<4x2xf32>, tensor<2xi32>, tensor<4xi32>
}

// Of the tangent with its rows exchanged.
// RULES-LABEL: @jvp(
// RULES: %[[LU:[^,]*]], %{{.*}}, %[[P:.*]] = mjx.lu
// RULES: %[[ROWS:.*]] = mjx.reshape %[[P]]
// RULES: mjx.gather promise %{{.*}}[%[[ROWS]]]
// RULES: mjx.triangular_solve no %{{.*}}
// RULES: mjx.triangular_solve no %{{.*}} {left_side = true, lower = true, unit_diagonal = true}
func.func @jvp(%x: tensor<3x3xf32>, %dx: tensor<3x3xf32>) -> tensor<3x3xf32> {
  %0:4 = mjx.jvp(%x, %dx) wrt = [0] : (tensor<3x3xf32>, tensor<3x3xf32>) -> (tensor<3x3xf32>, tensor<3xi32>, tensor<3xi32>, tensor<3x3xf32>) {
  ^bb0(%x0: tensor<3x3xf32>):
    %r:3 = mjx.lu %x0 : (tensor<3x3xf32>) -> (tensor<3x3xf32>, tensor<3xi32>, tensor<3xi32>)
    mjx.yield %r#0, %r#1, %r#2 : tensor<3x3xf32>, tensor<3xi32>, tensor<3xi32>
  }
  return %0#3 : tensor<3x3xf32>
}

// RULES-LABEL: @batch(
// RULES: mjx.lu %{{.*}} : (tensor<5x3x3xf32>) -> (tensor<5x3x3xf32>, tensor<5x3xi32>, tensor<5x3xi32>)
func.func @batch(%x: tensor<5x3x3xf32>) -> tensor<5x3x3xf32> {
  %0:3 = mjx.vmap(%x) in_axes = [0], out_axes = [0, 0, 0] {size = 5 : i64} : (tensor<5x3x3xf32>) -> (tensor<5x3x3xf32>, tensor<5x3xi32>, tensor<5x3xi32>) {
  ^bb0(%x0: tensor<3x3xf32>):
    %r:3 = mjx.lu %x0 : (tensor<3x3xf32>) -> (tensor<3x3xf32>, tensor<3xi32>, tensor<3xi32>)
    mjx.yield %r#0, %r#1, %r#2 : tensor<3x3xf32>, tensor<3xi32>, tensor<3xi32>
  }
  return %0#0 : tensor<5x3x3xf32>
}
