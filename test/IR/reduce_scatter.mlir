// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms --cse | FileCheck %s --check-prefix=RULES

// Lanes are summed up, and the slices become the lanes.
// SYNTAX-LABEL: func.func @resolved(
// SYNTAX: mjx.reduce_scatter %{{.*}} over "i" {dim = 1 : i64, size = 4 : i64} : tensor<3x4xf32> -> tensor<3xf32>
// RULES-LABEL: func.func @resolved(
// RULES-SAME: %[[X:[a-z0-9]+]]:
// RULES: %[[REDUCE:.*]] = mjx.reduce add %[[X]], dims = [0] : tensor<4x3x4xf32> -> tensor<3x4xf32>
// RULES: %[[TRANSPOSE:.*]] = mjx.transpose %[[REDUCE]], permutation = [1, 0] : tensor<3x4xf32> -> tensor<4x3xf32>
// RULES: return %[[TRANSPOSE]] : tensor<4x3xf32>
func.func @resolved(%xs: tensor<4x3x4xf32>) -> (tensor<4x3xf32>) {
  %r = mjx.vmap(%xs) in_axes = [0], out_axes = [0] {axis = "i", size = 4 : i64} : (tensor<4x3x4xf32>) -> (tensor<4x3xf32>) {
  ^bb0(%x: tensor<3x4xf32>):
    %0 = mjx.reduce_scatter %x over "i" {dim = 1 : i64, size = 4 : i64} : tensor<3x4xf32> -> tensor<3xf32>
    mjx.yield %0 : tensor<3xf32>
  }
  return %r : tensor<4x3xf32>
}

// RULES-LABEL: func.func @unbatched(
// RULES-SAME: %[[X:[a-z0-9]+]]:
// RULES: %[[BROADCAST_IN_DIM:.*]] = mjx.broadcast_in_dim %[[X]], dims = [1, 2] : tensor<3x4xf32> -> tensor<4x3x4xf32>
// RULES: %[[REDUCE:.*]] = mjx.reduce add %[[BROADCAST_IN_DIM]], dims = [0] : tensor<4x3x4xf32> -> tensor<3x4xf32>
// RULES: %[[TRANSPOSE:.*]] = mjx.transpose %[[REDUCE]], permutation = [1, 0] : tensor<3x4xf32> -> tensor<4x3xf32>
// RULES: return %[[TRANSPOSE]] : tensor<4x3xf32>
func.func @unbatched(%xs: tensor<3x4xf32>) -> (tensor<4x3xf32>) {
  %r = mjx.vmap(%xs) in_axes = [-1], out_axes = [0] {axis = "i", size = 4 : i64} : (tensor<3x4xf32>) -> (tensor<4x3xf32>) {
  ^bb0(%x: tensor<3x4xf32>):
    %0 = mjx.reduce_scatter %x over "i" {dim = 1 : i64, size = 4 : i64} : tensor<3x4xf32> -> tensor<3xf32>
    mjx.yield %0 : tensor<3xf32>
  }
  return %r : tensor<4x3xf32>
}

// RULES-LABEL: func.func @other_axis(
// RULES-SAME: %[[X:[a-z0-9]+]]:
// RULES: %[[TRANSPOSE:.*]] = mjx.transpose %[[X]], permutation = [2, 0, 1] : tensor<3x4x4xf32> -> tensor<4x3x4xf32>
// RULES: %[[REDUCE_SCATTER:.*]] = mjx.reduce_scatter %[[TRANSPOSE]] over "j" {dim = 2 : i64, size = 4 : i64} : tensor<4x3x4xf32> -> tensor<4x3xf32>
// RULES: return %[[REDUCE_SCATTER]] : tensor<4x3xf32>
func.func @other_axis(%xs: tensor<3x4x4xf32>) -> (tensor<4x3xf32>) {
  %r = mjx.vmap(%xs) in_axes = [2], out_axes = [0] {axis = "i", size = 4 : i64} : (tensor<3x4x4xf32>) -> (tensor<4x3xf32>) {
  ^bb0(%x: tensor<3x4xf32>):
    %0 = mjx.reduce_scatter %x over "j" {dim = 1 : i64, size = 4 : i64} : tensor<3x4xf32> -> tensor<3xf32>
    mjx.yield %0 : tensor<3xf32>
  }
  return %r : tensor<4x3xf32>
}

// RULES-LABEL: func.func @groups(
// RULES-SAME: %[[X:[a-z0-9]+]]:
// RULES: %[[SLICE:.*]] = mjx.slice %[[X]], start = [0, 0, 0], limit = [1, 3, 2], strides = [1, 1, 1] : tensor<4x3x2xf32> -> tensor<1x3x2xf32>
// RULES: %[[SLICE2:.*]] = mjx.slice %[[X]], start = [2, 0, 0], limit = [3, 3, 2], strides = [1, 1, 1] : tensor<4x3x2xf32> -> tensor<1x3x2xf32>
// RULES: %[[SLICE3:.*]] = mjx.slice %[[X]], start = [1, 0, 0], limit = [2, 3, 2], strides = [1, 1, 1] : tensor<4x3x2xf32> -> tensor<1x3x2xf32>
// RULES: %[[SLICE4:.*]] = mjx.slice %[[X]], start = [3, 0, 0], limit = [4, 3, 2], strides = [1, 1, 1] : tensor<4x3x2xf32> -> tensor<1x3x2xf32>
// RULES: %[[CONCATENATE:.*]] = mjx.concatenate %[[SLICE]], %[[SLICE2]], %[[SLICE3]], %[[SLICE4]], dim = 0 : tensor<1x3x2xf32>, tensor<1x3x2xf32>, tensor<1x3x2xf32>, tensor<1x3x2xf32> -> tensor<4x3x2xf32>
// RULES: %[[RESHAPE:.*]] = mjx.reshape %[[CONCATENATE]] : tensor<4x3x2xf32> -> tensor<2x2x3x2xf32>
// RULES: %[[REDUCE:.*]] = mjx.reduce add %[[RESHAPE]], dims = [1] : tensor<2x2x3x2xf32> -> tensor<2x3x2xf32>
// RULES: %[[TRANSPOSE:.*]] = mjx.transpose %[[REDUCE]], permutation = [0, 2, 1] : tensor<2x3x2xf32> -> tensor<2x2x3xf32>
// RULES: %[[RESHAPE2:.*]] = mjx.reshape %[[TRANSPOSE]] : tensor<2x2x3xf32> -> tensor<4x3xf32>
// RULES: %[[SLICE5:.*]] = mjx.slice %[[RESHAPE2]], start = [0, 0], limit = [1, 3], strides = [1, 1] : tensor<4x3xf32> -> tensor<1x3xf32>
// RULES: %[[SLICE6:.*]] = mjx.slice %[[RESHAPE2]], start = [2, 0], limit = [3, 3], strides = [1, 1] : tensor<4x3xf32> -> tensor<1x3xf32>
// RULES: %[[SLICE7:.*]] = mjx.slice %[[RESHAPE2]], start = [1, 0], limit = [2, 3], strides = [1, 1] : tensor<4x3xf32> -> tensor<1x3xf32>
// RULES: %[[SLICE8:.*]] = mjx.slice %[[RESHAPE2]], start = [3, 0], limit = [4, 3], strides = [1, 1] : tensor<4x3xf32> -> tensor<1x3xf32>
// RULES: %[[CONCATENATE2:.*]] = mjx.concatenate %[[SLICE5]], %[[SLICE6]], %[[SLICE7]], %[[SLICE8]], dim = 0 : tensor<1x3xf32>, tensor<1x3xf32>, tensor<1x3xf32>, tensor<1x3xf32> -> tensor<4x3xf32>
// RULES: return %[[CONCATENATE2]] : tensor<4x3xf32>
func.func @groups(%xs: tensor<4x3x2xf32>) -> (tensor<4x3xf32>) {
  %r = mjx.vmap(%xs) in_axes = [0], out_axes = [0] {axis = "i", size = 4 : i64} : (tensor<4x3x2xf32>) -> (tensor<4x3xf32>) {
  ^bb0(%x: tensor<3x2xf32>):
    %0 = mjx.reduce_scatter %x over "i" {dim = 1 : i64, groups = array<i64: 0, 2, 1, 3>, size = 2 : i64} : tensor<3x2xf32> -> tensor<3xf32>
    mjx.yield %0 : tensor<3xf32>
  }
  return %r : tensor<4x3xf32>
}

// RULES-LABEL: func.func @linear(
// RULES-SAME: %[[X:[a-z0-9]+]]:
// RULES-SAME: %[[Y:[a-z0-9]+]]:
// RULES-SAME: %[[Z:[a-z0-9]+]]:
// RULES: %[[REDUCE_SCATTER:.*]] = mjx.reduce_scatter %[[Y]] over "i" {dim = 1 : i64, size = 4 : i64} : tensor<3x4xf32> -> tensor<3xf32>
// RULES: %[[ALL_GATHER:.*]] = mjx.all_gather %[[Z]] over "i" {dim = 1 : i64, size = 4 : i64} : tensor<3xf32> -> tensor<3x4xf32>
// RULES: return %[[REDUCE_SCATTER]], %[[ALL_GATHER]] : tensor<3xf32>, tensor<3x4xf32>
func.func @linear(%x0: tensor<3x4xf32>, %dx: tensor<3x4xf32>, %ct: tensor<3xf32>) -> (tensor<3xf32>, tensor<3x4xf32>) {
  %y, %l = mjx.linearize(%x0) wrt = [0] : (tensor<3x4xf32>) -> (tensor<3xf32>, !mjx.linear<(tensor<3x4xf32>) -> tensor<3xf32>>) {
  ^bb0(%x: tensor<3x4xf32>):
    %0 = mjx.reduce_scatter %x over "i" {dim = 1 : i64, size = 4 : i64} : tensor<3x4xf32> -> tensor<3xf32>
    mjx.yield %0 : tensor<3xf32>
  }
  %t = mjx.apply %l(%dx) : (!mjx.linear<(tensor<3x4xf32>) -> tensor<3xf32>>, tensor<3x4xf32>) -> tensor<3xf32>
  %g = mjx.apply_transpose %l(%ct) : (!mjx.linear<(tensor<3x4xf32>) -> tensor<3xf32>>, tensor<3xf32>) -> tensor<3x4xf32>
  return %t, %g : tensor<3xf32>, tensor<3x4xf32>
}
