// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms --cse | FileCheck %s --check-prefix=RULES

// SYNTAX-LABEL: func.func @resolved(
// SYNTAX: mjx.axis_index over "i" {size = 4 : i64} : tensor<i32>
// RULES-LABEL: func.func @resolved(
// RULES: %[[IOTA:.*]] = mjx.iota dim = 0 : tensor<4xi32>
// RULES: return %[[IOTA]] : tensor<4xi32>
func.func @resolved() -> (tensor<4xi32>) {
  %r = mjx.vmap() in_axes = [], out_axes = [0] {axis = "i", size = 4 : i64} : () -> (tensor<4xi32>) {
  ^bb0():
    %0 = mjx.axis_index over "i" {size = 4 : i64} : tensor<i32>
    mjx.yield %0 : tensor<i32>
  }
  return %r : tensor<4xi32>
}

// RULES-LABEL: func.func @groups(
// RULES: %[[IOTA:.*]] = mjx.iota dim = 1 : tensor<2x2xi32>
// RULES: %[[RESHAPE:.*]] = mjx.reshape %[[IOTA]] : tensor<2x2xi32> -> tensor<4xi32>
// RULES: %[[SLICE:.*]] = mjx.slice %[[RESHAPE]], start = [0], limit = [1], strides = [1] : tensor<4xi32> -> tensor<1xi32>
// RULES: %[[SLICE2:.*]] = mjx.slice %[[RESHAPE]], start = [2], limit = [3], strides = [1] : tensor<4xi32> -> tensor<1xi32>
// RULES: %[[SLICE3:.*]] = mjx.slice %[[RESHAPE]], start = [1], limit = [2], strides = [1] : tensor<4xi32> -> tensor<1xi32>
// RULES: %[[SLICE4:.*]] = mjx.slice %[[RESHAPE]], start = [3], limit = [4], strides = [1] : tensor<4xi32> -> tensor<1xi32>
// RULES: %[[CONCATENATE:.*]] = mjx.concatenate %[[SLICE]], %[[SLICE2]], %[[SLICE3]], %[[SLICE4]], dim = 0 : tensor<1xi32>, tensor<1xi32>, tensor<1xi32>, tensor<1xi32> -> tensor<4xi32>
// RULES: return %[[CONCATENATE]] : tensor<4xi32>
func.func @groups() -> (tensor<4xi32>) {
  %r = mjx.vmap() in_axes = [], out_axes = [0] {axis = "i", size = 4 : i64} : () -> (tensor<4xi32>) {
  ^bb0():
    %0 = mjx.axis_index over "i" {groups = array<i64: 0, 2, 1, 3>, size = 2 : i64} : tensor<i32>
    mjx.yield %0 : tensor<i32>
  }
  return %r : tensor<4xi32>
}

// Two axes around it: the inner vmap leaves it alone.
// RULES-LABEL: func.func @nested(
// RULES-SAME: %[[X:[a-z0-9]+]]:
// RULES: %[[IOTA:.*]] = mjx.iota dim = 0 : tensor<2xi32>
// RULES: %[[BROADCAST_IN_DIM:.*]] = mjx.broadcast_in_dim %[[IOTA]], dims = [0] : tensor<2xi32> -> tensor<2x4xi32>
// RULES: %[[ADD:.*]] = mjx.add %[[X]], %[[BROADCAST_IN_DIM]] : tensor<2x4xi32>
// RULES: return %[[ADD]] : tensor<2x4xi32>
func.func @nested(%x: tensor<2x4xi32>) -> tensor<2x4xi32> {
  %r = mjx.vmap(%x) in_axes = [0], out_axes = [0] {axis = "i", size = 2 : i64} : (tensor<2x4xi32>) -> tensor<2x4xi32> {
  ^bb0(%row: tensor<4xi32>):
    %s = mjx.vmap(%row) in_axes = [0], out_axes = [0] {axis = "j", size = 4 : i64} : (tensor<4xi32>) -> tensor<4xi32> {
    ^bb0(%a: tensor<i32>):
      %0 = mjx.axis_index over "i" {size = 2 : i64} : tensor<i32>
      %1 = mjx.add %a, %0 : tensor<i32>
      mjx.yield %1 : tensor<i32>
    }
    mjx.yield %s : tensor<4xi32>
  }
  return %r : tensor<2x4xi32>
}
