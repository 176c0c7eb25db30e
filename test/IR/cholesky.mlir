// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-resolve-transforms --mjx-decompose --mjx-to-linalg | FileCheck %s --check-prefix=LINALG

// In place: the result starts as the operand.
// SYNTAX-LABEL: @value(
// SYNTAX: mjx.cholesky %{{.*}} : (tensor<3x3xf32>) -> tensor<3x3xf32>
// LINALG-LABEL: @value(
// LINALG: mjx_rt.call @mjx_rt_lapack_cholesky outs(%{{.*}} : tensor<3x3xf32>) {desc = array<i64: {{[0-9]+}}, 1, 3>}
func.func @value(%x: tensor<3x3xf32>) -> tensor<3x3xf32> {
  %0 = mjx.cholesky %x : (tensor<3x3xf32>) -> tensor<3x3xf32>
  return %0 : tensor<3x3xf32>
}

// dl = l phi(l^-1 dx l^-H)
// RULES-LABEL: @jvp(
// RULES: %[[L:.*]] = mjx.cholesky
// RULES: %[[RIGHT:.*]] = mjx.triangular_solve adjoint %[[L]], %{{.*}} {lower = true}
// RULES: mjx.triangular_solve no %[[L]], %[[RIGHT]] {left_side = true, lower = true}
// RULES: mjx.dot_general %[[L]]
func.func @jvp(%x: tensor<3x3xf32>, %dx: tensor<3x3xf32>) -> tensor<3x3xf32> {
  %0:2 = mjx.jvp(%x, %dx) wrt = [0] : (tensor<3x3xf32>, tensor<3x3xf32>) -> (tensor<3x3xf32>, tensor<3x3xf32>) {
  ^bb0(%x0: tensor<3x3xf32>):
    %r = mjx.cholesky %x0 : (tensor<3x3xf32>) -> tensor<3x3xf32>
    mjx.yield %r : tensor<3x3xf32>
  }
  return %0#1 : tensor<3x3xf32>
}

// RULES-LABEL: @batch(
// RULES: mjx.cholesky %{{.*}} : (tensor<5x3x3xf32>) -> tensor<5x3x3xf32>
func.func @batch(%x: tensor<5x3x3xf32>) -> tensor<5x3x3xf32> {
  %0 = mjx.vmap(%x) in_axes = [0], out_axes = [0] {size = 5 : i64} : (tensor<5x3x3xf32>) -> tensor<5x3x3xf32> {
  ^bb0(%x0: tensor<3x3xf32>):
    %r = mjx.cholesky %x0 : (tensor<3x3xf32>) -> tensor<3x3xf32>
    mjx.yield %r : tensor<3x3xf32>
  }
  return %0 : tensor<5x3x3xf32>
}
