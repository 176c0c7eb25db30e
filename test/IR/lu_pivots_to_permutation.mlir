// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-resolve-transforms --mjx-decompose --mjx-to-linalg | FileCheck %s --check-prefix=LINALG

// SYNTAX-LABEL: @value(
// SYNTAX: mjx.lu_pivots_to_permutation %{{.*}} {size = 3 : i64} : (tensor<2xi32>) -> tensor<3xi32>
// LINALG-LABEL: @value(
// LINALG: mjx_rt.call @mjx_rt_lu_pivots_to_permutation ins(%{{.*}} : tensor<2xi32>) outs(%{{.*}} : tensor<3xi32>) {desc = array<i64: 1, 2, 3>}
func.func @value(%p: tensor<2xi32>) -> tensor<3xi32> {
  %0 = mjx.lu_pivots_to_permutation %p {size = 3 : i64} : (tensor<2xi32>) -> tensor<3xi32>
  return %0 : tensor<3xi32>
}

// RULES-LABEL: @batch(
// RULES: mjx.lu_pivots_to_permutation %{{.*}} : (tensor<5x2xi32>) -> tensor<5x3xi32>
func.func @batch(%p: tensor<5x2xi32>) -> tensor<5x3xi32> {
  %0 = mjx.vmap(%p) in_axes = [0], out_axes = [0] {size = 5 : i64} : (tensor<5x2xi32>) -> tensor<5x3xi32> {
  ^bb0(%p0: tensor<2xi32>):
    %r = mjx.lu_pivots_to_permutation %p0 {size = 3 : i64} : (tensor<2xi32>) -> tensor<3xi32>
    mjx.yield %r : tensor<3xi32>
  }
  return %0 : tensor<5x3xi32>
}
