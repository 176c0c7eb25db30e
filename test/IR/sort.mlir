// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-resolve-transforms --mjx-decompose --mjx-to-linalg | FileCheck %s --check-prefix=LINALG

// SYNTAX-LABEL: @pairs(
// SYNTAX: mjx.sort %{{.*}}, %{{.*}}, dim = 1 {descending = true} : tensor<2x8xf32>, tensor<2x8xui16> -> tensor<2x8xf32>, tensor<2x8xui16>
// LINALG-LABEL: @pairs(
// LINALG: mjx_rt.call @mjx_rt_sort
// LINALG-SAME: desc = array<i64: 2, 8, 1, 2, 1, 1, 1, 18, 8>
func.func @pairs(%k: tensor<2x8xf32>, %v: tensor<2x8xui16>) -> (tensor<2x8xf32>, tensor<2x8xui16>) {
  %0, %1 = mjx.sort %k, %v, dim = 1 {descending = true} : tensor<2x8xf32>, tensor<2x8xui16> -> tensor<2x8xf32>, tensor<2x8xui16>
  return %0, %1 : tensor<2x8xf32>, tensor<2x8xui16>
}

// An iota sorted along is the permutation of the tangents.
// RULES-LABEL: @grad(
// RULES: %[[IOTA:.*]] = mjx.iota
// RULES: %[[SORTED:.*]]:2 = mjx.sort %{{.*}}, %[[IOTA]]
// RULES: %[[INDICES:.*]] = mjx.reshape %[[SORTED]]#1
// RULES: mjx.scatter add {{.*}}%[[INDICES]]
func.func @grad(%x: tensor<3xf32>, %ct: tensor<3xf32>) -> tensor<3xf32> {
  %y, %map = mjx.linearize(%x) wrt = [0] : (tensor<3xf32>) -> (tensor<3xf32>, !mjx.linear<(tensor<3xf32>) -> tensor<3xf32>>) {
  ^bb0(%a: tensor<3xf32>):
    %r = mjx.sort %a, dim = 0 : tensor<3xf32> -> tensor<3xf32>
    mjx.yield %r : tensor<3xf32>
  }
  %g = mjx.apply_transpose %map(%ct) : (!mjx.linear<(tensor<3xf32>) -> tensor<3xf32>>, tensor<3xf32>) -> tensor<3xf32>
  return %g : tensor<3xf32>
}

// RULES-LABEL: @batch(
// RULES: mjx.sort %{{.*}}, dim = 0 : tensor<3x4xf32> -> tensor<3x4xf32>
func.func @batch(%x: tensor<3x4xf32>) -> tensor<4x3xf32> {
  %y = mjx.vmap(%x) in_axes = [1], out_axes = [0] {size = 4 : i64} : (tensor<3x4xf32>) -> tensor<4x3xf32> {
  ^bb0(%a: tensor<3xf32>):
    %r = mjx.sort %a, dim = 0 : tensor<3xf32> -> tensor<3xf32>
    mjx.yield %r : tensor<3xf32>
  }
  return %y : tensor<4x3xf32>
}
