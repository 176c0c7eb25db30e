// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-resolve-transforms --mjx-decompose --mjx-to-linalg | FileCheck %s --check-prefix=LINALG

// SYNTAX-LABEL: @value(
// SYNTAX: mjx.triangular_solve no %{{.*}}, %{{.*}} {left_side = true, lower = true} : (tensor<3x3xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
// LINALG-LABEL: @value(
// LINALG: mjx_rt.call @mjx_rt_lapack_triangular_solve ins(%{{.*}} : tensor<3x3xf32>) outs(%{{.*}} : tensor<3x2xf32>) {desc = array<i64: {{[0-9]+}}, 1, 3, 2, 1, 1, 0, 0>}
func.func @value(%a: tensor<3x3xf32>, %b: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %0 = mjx.triangular_solve no %a, %b {left_side = true, lower = true} : (tensor<3x3xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
  return %0 : tensor<3x2xf32>
}

// dy solves the same system with db - da y.
// RULES-LABEL: @jvp(
// RULES: %[[Y:.*]] = mjx.triangular_solve no %[[A:[^,]*]],
// RULES: %[[MOVED:.*]] = mjx.dot_general %{{.*}}, %[[Y]]
// RULES: %[[SIDE:.*]] = mjx.sub %{{.*}}, %[[MOVED]]
// RULES: mjx.triangular_solve no %[[A]], %[[SIDE]] {left_side = true, lower = true}
func.func @jvp(%a: tensor<3x3xf32>, %b: tensor<3x2xf32>, %da: tensor<3x3xf32>, %db: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %0:2 = mjx.jvp(%a, %b, %da, %db) wrt = [0, 1] : (tensor<3x3xf32>, tensor<3x2xf32>, tensor<3x3xf32>, tensor<3x2xf32>) -> (tensor<3x2xf32>, tensor<3x2xf32>) {
  ^bb0(%a0: tensor<3x3xf32>, %b0: tensor<3x2xf32>):
    %r = mjx.triangular_solve no %a0, %b0 {left_side = true, lower = true} : (tensor<3x3xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    mjx.yield %r : tensor<3x2xf32>
  }
  return %0#1 : tensor<3x2xf32>
}

// The adjoint's transpose is the conjugate.
// RULES-LABEL: @transpose(
// RULES: %[[A:.*]] = mjx.conj
// RULES: mjx.triangular_solve no %[[A]], %{{.*}} {left_side = true, lower = true}
func.func @transpose(%a: tensor<3x3xcomplex<f32>>, %b: tensor<3x2xcomplex<f32>>, %ct: tensor<3x2xcomplex<f32>>) -> tensor<3x2xcomplex<f32>> {
  %y, %map = mjx.linearize(%a, %b) wrt = [1] : (tensor<3x3xcomplex<f32>>, tensor<3x2xcomplex<f32>>) -> (tensor<3x2xcomplex<f32>>, !mjx.linear<(tensor<3x2xcomplex<f32>>) -> tensor<3x2xcomplex<f32>>>) {
  ^bb0(%a0: tensor<3x3xcomplex<f32>>, %b0: tensor<3x2xcomplex<f32>>):
    %r = mjx.triangular_solve adjoint %a0, %b0 {left_side = true, lower = true} : (tensor<3x3xcomplex<f32>>, tensor<3x2xcomplex<f32>>) -> tensor<3x2xcomplex<f32>>
    mjx.yield %r : tensor<3x2xcomplex<f32>>
  }
  %g = mjx.apply_transpose %map(%ct) : (!mjx.linear<(tensor<3x2xcomplex<f32>>) -> tensor<3x2xcomplex<f32>>>, tensor<3x2xcomplex<f32>>) -> tensor<3x2xcomplex<f32>>
  return %g : tensor<3x2xcomplex<f32>>
}

// RULES-LABEL: @batch(
// RULES: mjx.triangular_solve no %{{.*}} : (tensor<5x3x3xf32>, tensor<5x3x2xf32>) -> tensor<5x3x2xf32>
func.func @batch(%a: tensor<5x3x3xf32>, %b: tensor<5x3x2xf32>) -> tensor<5x3x2xf32> {
  %0 = mjx.vmap(%a, %b) in_axes = [0, 0], out_axes = [0] {size = 5 : i64} : (tensor<5x3x3xf32>, tensor<5x3x2xf32>) -> tensor<5x3x2xf32> {
  ^bb0(%a0: tensor<3x3xf32>, %b0: tensor<3x2xf32>):
    %r = mjx.triangular_solve no %a0, %b0 {left_side = true, lower = true} : (tensor<3x3xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    mjx.yield %r : tensor<3x2xf32>
  }
  return %0 : tensor<5x3x2xf32>
}

// One matrix takes the sides of all examples at once.
// RULES-LABEL: @batch_sides(
// RULES: mjx.triangular_solve no %{{.*}} : (tensor<3x3xf32>, tensor<3x10xf32>) -> tensor<3x10xf32>
func.func @batch_sides(%a: tensor<3x3xf32>, %b: tensor<5x3x2xf32>) -> tensor<5x3x2xf32> {
  %0 = mjx.vmap(%a, %b) in_axes = [-1, 0], out_axes = [0] {size = 5 : i64} : (tensor<3x3xf32>, tensor<5x3x2xf32>) -> tensor<5x3x2xf32> {
  ^bb0(%a0: tensor<3x3xf32>, %b0: tensor<3x2xf32>):
    %r = mjx.triangular_solve no %a0, %b0 {left_side = true, lower = true} : (tensor<3x3xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    mjx.yield %r : tensor<3x2xf32>
  }
  return %0 : tensor<5x3x2xf32>
}
