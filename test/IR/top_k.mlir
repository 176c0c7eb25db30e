// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-resolve-transforms --mjx-decompose --mjx-to-linalg | FileCheck %s --check-prefix=LINALG

// SYNTAX-LABEL: @rows(
// SYNTAX: mjx.top_k %{{.*}}, k = 2 : tensor<2x3x8xui16> -> tensor<2x3x2xui16>, tensor<2x3x2xi32>
// LINALG-LABEL: @rows(
// LINALG: mjx_rt.call @mjx_rt_top_k
// LINALG-SAME: desc = array<i64: 6, 8, 2, 8>
func.func @rows(%x: tensor<2x3x8xui16>) -> (tensor<2x3x2xui16>, tensor<2x3x2xi32>) {
  %0, %1 = mjx.top_k %x, k = 2 : tensor<2x3x8xui16> -> tensor<2x3x2xui16>, tensor<2x3x2xi32>
  return %0, %1 : tensor<2x3x2xui16>, tensor<2x3x2xi32>
}

// Cotangents go to where the elements came from.
// RULES-LABEL: @grad(
// RULES: %[[VALUES:.*]], %[[INDICES:.*]] = mjx.top_k
// RULES: %[[COLUMN:.*]] = mjx.reshape %[[INDICES]]
// RULES: mjx.scatter add {{.*}}%[[COLUMN]]
func.func @grad(%x: tensor<5xf32>, %ct: tensor<2xf32>) -> tensor<5xf32> {
  %y, %map = mjx.linearize(%x) wrt = [0] : (tensor<5xf32>) -> (tensor<2xf32>, !mjx.linear<(tensor<5xf32>) -> tensor<2xf32>>) {
  ^bb0(%a: tensor<5xf32>):
    %v, %i = mjx.top_k %a, k = 2 : tensor<5xf32> -> tensor<2xf32>, tensor<2xi32>
    mjx.yield %v : tensor<2xf32>
  }
  %g = mjx.apply_transpose %map(%ct) : (!mjx.linear<(tensor<5xf32>) -> tensor<2xf32>>, tensor<2xf32>) -> tensor<5xf32>
  return %g : tensor<5xf32>
}

// RULES-LABEL: @batch(
// RULES: mjx.transpose
// RULES: mjx.top_k %{{.*}}, k = 2 : tensor<4x5xf32> -> tensor<4x2xf32>, tensor<4x2xi32>
func.func @batch(%x: tensor<5x4xf32>) -> tensor<4x2xi32> {
  %y = mjx.vmap(%x) in_axes = [1], out_axes = [0] {size = 4 : i64} : (tensor<5x4xf32>) -> tensor<4x2xi32> {
  ^bb0(%a: tensor<5xf32>):
    %v, %i = mjx.top_k %a, k = 2 : tensor<5xf32> -> tensor<2xf32>, tensor<2xi32>
    mjx.yield %i : tensor<2xi32>
  }
  return %y : tensor<4x2xi32>
}
