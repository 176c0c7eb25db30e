// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms --cse | FileCheck %s --check-prefix=RULES

// The batch and the dimension that is split change places.
// SYNTAX-LABEL: func.func @resolved(
// SYNTAX: mjx.all_to_all %{{.*}} over "i" {concat_dim = 0 : i64, size = 4 : i64, split_dim = 1 : i64} : tensor<3x4xf32> -> tensor<4x3xf32>
// RULES-LABEL: func.func @resolved(
// RULES-SAME: %[[X:[a-z0-9]+]]:
// RULES: %[[TRANSPOSE:.*]] = mjx.transpose %[[X]], permutation = [2, 0, 1] : tensor<4x3x4xf32> -> tensor<4x4x3xf32>
// RULES: return %[[TRANSPOSE]] : tensor<4x4x3xf32>
func.func @resolved(%xs: tensor<4x3x4xf32>) -> (tensor<4x4x3xf32>) {
  %r = mjx.vmap(%xs) in_axes = [0], out_axes = [0] {axis = "i", size = 4 : i64} : (tensor<4x3x4xf32>) -> (tensor<4x4x3xf32>) {
  ^bb0(%x: tensor<3x4xf32>):
    %0 = mjx.all_to_all %x over "i" {concat_dim = 0 : i64, size = 4 : i64, split_dim = 1 : i64} : tensor<3x4xf32> -> tensor<4x3xf32>
    mjx.yield %0 : tensor<4x3xf32>
  }
  return %r : tensor<4x4x3xf32>
}

// RULES-LABEL: func.func @other_axis(
// RULES-SAME: %[[X:[a-z0-9]+]]:
// RULES: %[[TRANSPOSE:.*]] = mjx.transpose %[[X]], permutation = [2, 0, 1] : tensor<3x4x4xf32> -> tensor<4x3x4xf32>
// RULES: %[[ALL_TO_ALL:.*]] = mjx.all_to_all %[[TRANSPOSE]] over "j" {concat_dim = 1 : i64, size = 4 : i64, split_dim = 2 : i64} : tensor<4x3x4xf32> -> tensor<4x4x3xf32>
// RULES: return %[[ALL_TO_ALL]] : tensor<4x4x3xf32>
func.func @other_axis(%xs: tensor<3x4x4xf32>) -> (tensor<4x4x3xf32>) {
  %r = mjx.vmap(%xs) in_axes = [2], out_axes = [0] {axis = "i", size = 4 : i64} : (tensor<3x4x4xf32>) -> (tensor<4x4x3xf32>) {
  ^bb0(%x: tensor<3x4xf32>):
    %0 = mjx.all_to_all %x over "j" {concat_dim = 0 : i64, size = 4 : i64, split_dim = 1 : i64} : tensor<3x4xf32> -> tensor<4x3xf32>
    mjx.yield %0 : tensor<4x3xf32>
  }
  return %r : tensor<4x4x3xf32>
}

// RULES-LABEL: func.func @groups(
// RULES-SAME: %[[X:[a-z0-9]+]]:
// RULES: %[[SLICE:.*]] = mjx.slice %[[X]], start = [0, 0, 0], limit = [1, 3, 2], strides = [1, 1, 1] : tensor<4x3x2xf32> -> tensor<1x3x2xf32>
// RULES: %[[SLICE2:.*]] = mjx.slice %[[X]], start = [2, 0, 0], limit = [3, 3, 2], strides = [1, 1, 1] : tensor<4x3x2xf32> -> tensor<1x3x2xf32>
// RULES: %[[SLICE3:.*]] = mjx.slice %[[X]], start = [1, 0, 0], limit = [2, 3, 2], strides = [1, 1, 1] : tensor<4x3x2xf32> -> tensor<1x3x2xf32>
// RULES: %[[SLICE4:.*]] = mjx.slice %[[X]], start = [3, 0, 0], limit = [4, 3, 2], strides = [1, 1, 1] : tensor<4x3x2xf32> -> tensor<1x3x2xf32>
// RULES: %[[CONCATENATE:.*]] = mjx.concatenate %[[SLICE]], %[[SLICE2]], %[[SLICE3]], %[[SLICE4]], dim = 0 : tensor<1x3x2xf32>, tensor<1x3x2xf32>, tensor<1x3x2xf32>, tensor<1x3x2xf32> -> tensor<4x3x2xf32>
// RULES: %[[RESHAPE:.*]] = mjx.reshape %[[CONCATENATE]] : tensor<4x3x2xf32> -> tensor<2x2x3x2xf32>
// RULES: %[[TRANSPOSE:.*]] = mjx.transpose %[[RESHAPE]], permutation = [0, 3, 1, 2] : tensor<2x2x3x2xf32> -> tensor<2x2x2x3xf32>
// RULES: %[[RESHAPE2:.*]] = mjx.reshape %[[TRANSPOSE]] : tensor<2x2x2x3xf32> -> tensor<4x2x3xf32>
// RULES: %[[SLICE5:.*]] = mjx.slice %[[RESHAPE2]], start = [0, 0, 0], limit = [1, 2, 3], strides = [1, 1, 1] : tensor<4x2x3xf32> -> tensor<1x2x3xf32>
// RULES: %[[SLICE6:.*]] = mjx.slice %[[RESHAPE2]], start = [2, 0, 0], limit = [3, 2, 3], strides = [1, 1, 1] : tensor<4x2x3xf32> -> tensor<1x2x3xf32>
// RULES: %[[SLICE7:.*]] = mjx.slice %[[RESHAPE2]], start = [1, 0, 0], limit = [2, 2, 3], strides = [1, 1, 1] : tensor<4x2x3xf32> -> tensor<1x2x3xf32>
// RULES: %[[SLICE8:.*]] = mjx.slice %[[RESHAPE2]], start = [3, 0, 0], limit = [4, 2, 3], strides = [1, 1, 1] : tensor<4x2x3xf32> -> tensor<1x2x3xf32>
// RULES: %[[CONCATENATE2:.*]] = mjx.concatenate %[[SLICE5]], %[[SLICE6]], %[[SLICE7]], %[[SLICE8]], dim = 0 : tensor<1x2x3xf32>, tensor<1x2x3xf32>, tensor<1x2x3xf32>, tensor<1x2x3xf32> -> tensor<4x2x3xf32>
// RULES: return %[[CONCATENATE2]] : tensor<4x2x3xf32>
func.func @groups(%xs: tensor<4x3x2xf32>) -> (tensor<4x2x3xf32>) {
  %r = mjx.vmap(%xs) in_axes = [0], out_axes = [0] {axis = "i", size = 4 : i64} : (tensor<4x3x2xf32>) -> (tensor<4x2x3xf32>) {
  ^bb0(%x: tensor<3x2xf32>):
    %0 = mjx.all_to_all %x over "i" {concat_dim = 0 : i64, groups = array<i64: 0, 2, 1, 3>, size = 2 : i64, split_dim = 1 : i64} : tensor<3x2xf32> -> tensor<2x3xf32>
    mjx.yield %0 : tensor<2x3xf32>
  }
  return %r : tensor<4x2x3xf32>
}

// What is sent is sent back.
// RULES-LABEL: func.func @linear(
// RULES-SAME: %[[X:[a-z0-9]+]]:
// RULES-SAME: %[[Y:[a-z0-9]+]]:
// RULES-SAME: %[[Z:[a-z0-9]+]]:
// RULES: %[[ALL_TO_ALL:.*]] = mjx.all_to_all %[[Y]] over "i" {concat_dim = 0 : i64, size = 4 : i64, split_dim = 1 : i64} : tensor<3x4xf32> -> tensor<4x3xf32>
// RULES: %[[ALL_TO_ALL2:.*]] = mjx.all_to_all %[[Z]] over "i" {concat_dim = 1 : i64, size = 4 : i64, split_dim = 0 : i64} : tensor<4x3xf32> -> tensor<3x4xf32>
// RULES: return %[[ALL_TO_ALL]], %[[ALL_TO_ALL2]] : tensor<4x3xf32>, tensor<3x4xf32>
func.func @linear(%x0: tensor<3x4xf32>, %dx: tensor<3x4xf32>, %ct: tensor<4x3xf32>) -> (tensor<4x3xf32>, tensor<3x4xf32>) {
  %y, %l = mjx.linearize(%x0) wrt = [0] : (tensor<3x4xf32>) -> (tensor<4x3xf32>, !mjx.linear<(tensor<3x4xf32>) -> tensor<4x3xf32>>) {
  ^bb0(%x: tensor<3x4xf32>):
    %0 = mjx.all_to_all %x over "i" {concat_dim = 0 : i64, size = 4 : i64, split_dim = 1 : i64} : tensor<3x4xf32> -> tensor<4x3xf32>
    mjx.yield %0 : tensor<4x3xf32>
  }
  %t = mjx.apply %l(%dx) : (!mjx.linear<(tensor<3x4xf32>) -> tensor<4x3xf32>>, tensor<3x4xf32>) -> tensor<4x3xf32>
  %g = mjx.apply_transpose %l(%ct) : (!mjx.linear<(tensor<3x4xf32>) -> tensor<4x3xf32>>, tensor<4x3xf32>) -> tensor<3x4xf32>
  return %t, %g : tensor<4x3xf32>, tensor<3x4xf32>
}
