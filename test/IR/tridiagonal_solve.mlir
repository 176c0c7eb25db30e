// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-resolve-transforms --mjx-decompose --mjx-to-linalg | FileCheck %s --check-prefix=LINALG

// SYNTAX-LABEL: @value(
// SYNTAX: mjx.tridiagonal_solve %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} : (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
// LINALG-LABEL: @value(
// LINALG: mjx_rt.call @mjx_rt_lapack_tridiagonal_solve ins({{.*}} {desc = array<i64: {{[0-9]+}}, 1, 3, 2>}
func.func @value(%l: tensor<3xf32>, %d: tensor<3xf32>, %u: tensor<3xf32>, %b: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %0 = mjx.tridiagonal_solve %l, %d, %u, %b : (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
  return %0 : tensor<3x2xf32>
}

// RULES-LABEL: @batch(
// RULES: mjx.tridiagonal_solve %{{.*}} : (tensor<5x
func.func @batch(%l: tensor<5x3xf32>, %d: tensor<5x3xf32>, %u: tensor<5x3xf32>, %b: tensor<5x3x2xf32>) -> tensor<5x3x2xf32> {
  %0 = mjx.vmap(%l, %d, %u, %b) in_axes = [0, 0, 0, 0], out_axes = [0] {size = 5 : i64} : (tensor<5x3xf32>, tensor<5x3xf32>, tensor<5x3xf32>, tensor<5x3x2xf32>) -> tensor<5x3x2xf32> {
  ^bb0(%l0: tensor<3xf32>, %d0: tensor<3xf32>, %u0: tensor<3xf32>, %b0: tensor<3x2xf32>):
    %r = mjx.tridiagonal_solve %l0, %d0, %u0, %b0 : (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    mjx.yield %r : tensor<3x2xf32>
  }
  return %0 : tensor<5x3x2xf32>
}

// In the transpose the outer diagonals change places.
// RULES-LABEL: @transpose(
// RULES-SAME: %[[L:[^:]*]]: tensor<3xf32>, %[[D:[^:]*]]: tensor<3xf32>, %[[U:[^:]*]]: tensor<3xf32>
// RULES-DAG: %[[BELOW:.*]] = mjx.pad %[[U]], %{{.*}}, low = [1], high = [-1]
// RULES-DAG: %[[ABOVE:.*]] = mjx.pad %[[L]], %{{.*}}, low = [-1], high = [1]
// RULES: mjx.tridiagonal_solve %[[BELOW]], %[[D]], %[[ABOVE]]
func.func @transpose(%l: tensor<3xf32>, %d: tensor<3xf32>, %u: tensor<3xf32>, %b: tensor<3x2xf32>, %ct: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %y, %map = mjx.linearize(%l, %d, %u, %b) wrt = [3] : (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3x2xf32>) -> (tensor<3x2xf32>, !mjx.linear<(tensor<3x2xf32>) -> tensor<3x2xf32>>) {
  ^bb0(%l0: tensor<3xf32>, %d0: tensor<3xf32>, %u0: tensor<3xf32>, %b0: tensor<3x2xf32>):
    %r = mjx.tridiagonal_solve %l0, %d0, %u0, %b0 : (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    mjx.yield %r : tensor<3x2xf32>
  }
  %g = mjx.apply_transpose %map(%ct) : (!mjx.linear<(tensor<3x2xf32>) -> tensor<3x2xf32>>, tensor<3x2xf32>) -> tensor<3x2xf32>
  return %g : tensor<3x2xf32>
}
