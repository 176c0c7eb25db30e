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

// An op that has no rule runs lane by lane, here one of another dialect.
// RULES-LABEL: func.func @without_rule(
// RULES-SAME:    %[[X:[a-z0-9]+]]:
// RULES-SAME:    %[[K:[a-z0-9]+]]:
// RULES:         %[[R:.*]] = mjx.map(%[[K]], %{{.*}}) {num_consts = 1 : i64, size = 8 : i64} : (tensor<3xf32>, tensor<8x3xf32>) -> tensor<8x3xf32>
// RULES-NEXT:    ^bb0(%[[B:.*]]: tensor<3xf32>, %[[A:.*]]: tensor<3xf32>):
// RULES-NEXT:      %[[Y:.*]] = arith.addf %[[A]], %[[B]] : tensor<3xf32>
// RULES-NEXT:      mjx.yield %[[Y]]
func.func @without_rule(%x: tensor<3x8xf32>, %k: tensor<3xf32>) -> tensor<8x3xf32> {
  %r = mjx.vmap(%x, %k) in_axes = [1, -1], out_axes = [0] {size = 8 : i64} : (tensor<3x8xf32>, tensor<3xf32>) -> tensor<8x3xf32> {
  ^bb0(%a: tensor<3xf32>, %b: tensor<3xf32>):
    %0 = arith.addf %a, %b : tensor<3xf32>
    mjx.yield %0 : tensor<3xf32>
  }
  return %r : tensor<8x3xf32>
}

// Only lanes whose axis has the name combine; the sizes of both are their own.
// SYNTAX-LABEL: func.func @named(
// SYNTAX:         mjx.vmap(%{{.*}}) in_axes = [0], out_axes = [0] {axis = "rows", size = 2 : i64}
// RULES-LABEL: func.func @named(
// RULES-SAME:    %[[X:[a-z0-9]+]]:
// RULES:         %[[SUM:.*]] = mjx.reduce add %[[X]], dims = [0] : tensor<2x4xf32> -> tensor<4xf32>
// RULES-NOT:     mjx.reduce
// RULES:         return
func.func @named(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %r = mjx.vmap(%x) in_axes = [0], out_axes = [0] {axis = "rows", size = 2 : i64} : (tensor<2x4xf32>) -> tensor<2x4xf32> {
  ^bb0(%row: tensor<4xf32>):
    %s = mjx.vmap(%row) in_axes = [0], out_axes = [0] {axis = "columns", size = 4 : i64} : (tensor<4xf32>) -> tensor<4xf32> {
    ^bb0(%a: tensor<f32>):
      %0 = mjx.all_reduce add %a over "rows" {size = 2 : i64} : tensor<f32>
      mjx.yield %0 : tensor<f32>
    }
    mjx.yield %s : tensor<4xf32>
  }
  return %r : tensor<2x4xf32>
}
