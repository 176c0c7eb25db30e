// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms --canonicalize --cse | FileCheck %s --check-prefix=RULES

// SYNTAX-LABEL: func.func @vmap(
// SYNTAX:         %{{.*}} = mjx.vmap(%{{.*}}, %{{.*}}) in_axes = [1, -1], out_axes = [0] {size = 8 : i64} : (tensor<3x8xf32>, tensor<3xf32>) -> tensor<8x3xf32> {
// RULES-LABEL: func.func @vmap(
// RULES-SAME:    %[[X:[a-z0-9]+]]:
// RULES-SAME:    %[[W:[a-z0-9]+]]:
// RULES:         %[[BROADCAST_IN_DIM:.*]] = mjx.broadcast_in_dim %[[W]], dims = [0] : tensor<3xf32> -> tensor<3x8xf32>
// RULES:         %[[MUL:.*]] = mjx.mul %[[X]], %[[BROADCAST_IN_DIM]] : tensor<3x8xf32>
// RULES:         %[[TRANSPOSE:.*]] = mjx.transpose %[[MUL]], permutation = [1, 0] : tensor<3x8xf32> -> tensor<8x3xf32>
// RULES:         return %[[TRANSPOSE]] : tensor<8x3xf32>
func.func @vmap(%x: tensor<3x8xf32>, %w: tensor<3xf32>) -> tensor<8x3xf32> {
  %r = mjx.vmap(%x, %w) in_axes = [1, -1], out_axes = [0] {size = 8 : i64} : (tensor<3x8xf32>, tensor<3xf32>) -> tensor<8x3xf32> {
  ^bb0(%a: tensor<3xf32>, %b: tensor<3xf32>):
    %0 = mjx.mul %a, %b : tensor<3xf32>
    mjx.yield %0 : tensor<3xf32>
  }
  return %r : tensor<8x3xf32>
}
