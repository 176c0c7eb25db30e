// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms --cse | FileCheck %s --check-prefix=RULES

// The batch becomes a dimension, the same for all lanes.
// SYNTAX-LABEL: func.func @resolved(
// SYNTAX: mjx.all_gather %{{.*}} over "i" {dim = 1 : i64, size = 4 : i64} : tensor<3xf32> -> tensor<3x4xf32>
// RULES-LABEL: func.func @resolved(
// RULES-SAME: %[[X:[a-z0-9]+]]:
// RULES: %[[TRANSPOSE:.*]] = mjx.transpose %[[X]], permutation = [1, 0] : tensor<4x3xf32> -> tensor<3x4xf32>
// RULES: return %[[TRANSPOSE]] : tensor<3x4xf32>
func.func @resolved(%xs: tensor<4x3xf32>) -> (tensor<3x4xf32>) {
  %r = mjx.vmap(%xs) in_axes = [0], out_axes = [-1] {axis = "i", size = 4 : i64} : (tensor<4x3xf32>) -> (tensor<3x4xf32>) {
  ^bb0(%x: tensor<3xf32>):
    %0 = mjx.all_gather %x over "i" {dim = 1 : i64, size = 4 : i64} : tensor<3xf32> -> tensor<3x4xf32>
    mjx.yield %0 : tensor<3x4xf32>
  }
  return %r : tensor<3x4xf32>
}

// RULES-LABEL: func.func @unbatched(
// RULES-SAME: %[[X:[a-z0-9]+]]:
// RULES: %[[BROADCAST_IN_DIM:.*]] = mjx.broadcast_in_dim %[[X]], dims = [0] : tensor<3xf32> -> tensor<3x4xf32>
// RULES: return %[[BROADCAST_IN_DIM]] : tensor<3x4xf32>
func.func @unbatched(%xs: tensor<3xf32>) -> (tensor<3x4xf32>) {
  %r = mjx.vmap(%xs) in_axes = [-1], out_axes = [-1] {axis = "i", size = 4 : i64} : (tensor<3xf32>) -> (tensor<3x4xf32>) {
  ^bb0(%x: tensor<3xf32>):
    %0 = mjx.all_gather %x over "i" {dim = 1 : i64, size = 4 : i64} : tensor<3xf32> -> tensor<3x4xf32>
    mjx.yield %0 : tensor<3x4xf32>
  }
  return %r : tensor<3x4xf32>
}

// RULES-LABEL: func.func @other_axis(
// RULES-SAME: %[[X:[a-z0-9]+]]:
// RULES: %[[TRANSPOSE:.*]] = mjx.transpose %[[X]], permutation = [1, 0] : tensor<3x4xf32> -> tensor<4x3xf32>
// RULES: %[[ALL_GATHER:.*]] = mjx.all_gather %[[TRANSPOSE]] over "j" {dim = 2 : i64, size = 4 : i64} : tensor<4x3xf32> -> tensor<4x3x4xf32>
// RULES: return %[[ALL_GATHER]] : tensor<4x3x4xf32>
func.func @other_axis(%xs: tensor<3x4xf32>) -> (tensor<4x3x4xf32>) {
  %r = mjx.vmap(%xs) in_axes = [1], out_axes = [0] {axis = "i", size = 4 : i64} : (tensor<3x4xf32>) -> (tensor<4x3x4xf32>) {
  ^bb0(%x: tensor<3xf32>):
    %0 = mjx.all_gather %x over "j" {dim = 1 : i64, size = 4 : i64} : tensor<3xf32> -> tensor<3x4xf32>
    mjx.yield %0 : tensor<3x4xf32>
  }
  return %r : tensor<4x3x4xf32>
}

// RULES-LABEL: func.func @groups(
// RULES-SAME: %[[X:[a-z0-9]+]]:
// RULES: %[[SLICE:.*]] = mjx.slice %[[X]], start = [0, 0], limit = [1, 3], strides = [1, 1] : tensor<4x3xf32> -> tensor<1x3xf32>
// RULES: %[[SLICE2:.*]] = mjx.slice %[[X]], start = [2, 0], limit = [3, 3], strides = [1, 1] : tensor<4x3xf32> -> tensor<1x3xf32>
// RULES: %[[SLICE3:.*]] = mjx.slice %[[X]], start = [1, 0], limit = [2, 3], strides = [1, 1] : tensor<4x3xf32> -> tensor<1x3xf32>
// RULES: %[[SLICE4:.*]] = mjx.slice %[[X]], start = [3, 0], limit = [4, 3], strides = [1, 1] : tensor<4x3xf32> -> tensor<1x3xf32>
// RULES: %[[CONCATENATE:.*]] = mjx.concatenate %[[SLICE]], %[[SLICE2]], %[[SLICE3]], %[[SLICE4]], dim = 0 : tensor<1x3xf32>, tensor<1x3xf32>, tensor<1x3xf32>, tensor<1x3xf32> -> tensor<4x3xf32>
// RULES: %[[RESHAPE:.*]] = mjx.reshape %[[CONCATENATE]] : tensor<4x3xf32> -> tensor<2x2x3xf32>
// RULES: %[[TRANSPOSE:.*]] = mjx.transpose %[[RESHAPE]], permutation = [0, 2, 1] : tensor<2x2x3xf32> -> tensor<2x3x2xf32>
// RULES: %[[CONCATENATE2:.*]] = mjx.concatenate %[[TRANSPOSE]], %[[TRANSPOSE]], dim = 0 : tensor<2x3x2xf32>, tensor<2x3x2xf32> -> tensor<4x3x2xf32>
// RULES: return %[[CONCATENATE2]] : tensor<4x3x2xf32>
func.func @groups(%xs: tensor<4x3xf32>) -> (tensor<4x3x2xf32>) {
  %r = mjx.vmap(%xs) in_axes = [0], out_axes = [0] {axis = "i", size = 4 : i64} : (tensor<4x3xf32>) -> (tensor<4x3x2xf32>) {
  ^bb0(%x: tensor<3xf32>):
    %0 = mjx.all_gather %x over "i" {dim = 1 : i64, groups = array<i64: 0, 2, 1, 3>, size = 2 : i64} : tensor<3xf32> -> tensor<3x2xf32>
    mjx.yield %0 : tensor<3x2xf32>
  }
  return %r : tensor<4x3x2xf32>
}

// Copies that all lanes have give back their cotangents to one.
// RULES-LABEL: func.func @linear(
// RULES-SAME: %[[X:[a-z0-9]+]]:
// RULES-SAME: %[[Y:[a-z0-9]+]]:
// RULES-SAME: %[[Z:[a-z0-9]+]]:
// RULES: %[[ALL_GATHER:.*]] = mjx.all_gather %[[Y]] over "i" {dim = 1 : i64, size = 4 : i64} : tensor<3xf32> -> tensor<3x4xf32>
// RULES: %[[REDUCE_SCATTER:.*]] = mjx.reduce_scatter %[[Z]] over "i" {dim = 1 : i64, size = 4 : i64} : tensor<3x4xf32> -> tensor<3xf32>
// RULES: return %[[ALL_GATHER]], %[[REDUCE_SCATTER]] : tensor<3x4xf32>, tensor<3xf32>
func.func @linear(%x0: tensor<3xf32>, %dx: tensor<3xf32>, %ct: tensor<3x4xf32>) -> (tensor<3x4xf32>, tensor<3xf32>) {
  %y, %l = mjx.linearize(%x0) wrt = [0] : (tensor<3xf32>) -> (tensor<3x4xf32>, !mjx.linear<(tensor<3xf32>) -> tensor<3x4xf32>>) {
  ^bb0(%x: tensor<3xf32>):
    %0 = mjx.all_gather %x over "i" {dim = 1 : i64, size = 4 : i64} : tensor<3xf32> -> tensor<3x4xf32>
    mjx.yield %0 : tensor<3x4xf32>
  }
  %t = mjx.apply %l(%dx) : (!mjx.linear<(tensor<3xf32>) -> tensor<3x4xf32>>, tensor<3xf32>) -> tensor<3x4xf32>
  %g = mjx.apply_transpose %l(%ct) : (!mjx.linear<(tensor<3xf32>) -> tensor<3x4xf32>>, tensor<3x4xf32>) -> tensor<3xf32>
  return %t, %g : tensor<3x4xf32>, tensor<3xf32>
}
