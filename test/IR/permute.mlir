// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms --cse | FileCheck %s --check-prefix=RULES

// Lanes that come in a row are sliced; nothing is sent to the first.
// SYNTAX-LABEL: func.func @resolved(
// SYNTAX: mjx.permute %{{.*}} over "i" pairs = [0, 1, 1, 2, 2, 3] {size = 4 : i64} : tensor<3xf32>
// RULES-LABEL: func.func @resolved(
// RULES-SAME: %[[X:[a-z0-9]+]]:
// RULES: %[[CONSTANT:.*]] = mjx.constant dense<0.000000e+00> : tensor<1x3xf32>
// RULES: %[[SLICE:.*]] = mjx.slice %[[X]], start = [0, 0], limit = [3, 3], strides = [1, 1] : tensor<4x3xf32> -> tensor<3x3xf32>
// RULES: %[[CONCATENATE:.*]] = mjx.concatenate %[[CONSTANT]], %[[SLICE]], dim = 0 : tensor<1x3xf32>, tensor<3x3xf32> -> tensor<4x3xf32>
// RULES: return %[[CONCATENATE]] : tensor<4x3xf32>
func.func @resolved(%xs: tensor<4x3xf32>) -> (tensor<4x3xf32>) {
  %r = mjx.vmap(%xs) in_axes = [0], out_axes = [0] {axis = "i", size = 4 : i64} : (tensor<4x3xf32>) -> (tensor<4x3xf32>) {
  ^bb0(%x: tensor<3xf32>):
    %0 = mjx.permute %x over "i" pairs = [0, 1, 1, 2, 2, 3] {size = 4 : i64} : tensor<3xf32>
    mjx.yield %0 : tensor<3xf32>
  }
  return %r : tensor<4x3xf32>
}

// Lanes in disorder are gathered.
// RULES-LABEL: func.func @gathered(
// RULES-SAME: %[[X:[a-z0-9]+]]:
// RULES: %[[CONSTANT:.*]] = mjx.constant dense<{{\[\[}}6], [4], [-1], [1], [2], [-1], [-1], [0]]> : tensor<8x1xi32>
// RULES: %[[GATHER:.*]] = mjx.gather fill %[[X]][%[[CONSTANT]]], offset_dims = [1], collapsed_dims = [0], start_index_map = [0], batching_dims = [], [], slice_sizes = [1, 3] : tensor<8x3xf32>, tensor<8x1xi32> -> tensor<8x3xf32>
// RULES: return %[[GATHER]] : tensor<8x3xf32>
func.func @gathered(%xs: tensor<8x3xf32>) -> (tensor<8x3xf32>) {
  %r = mjx.vmap(%xs) in_axes = [0], out_axes = [0] {axis = "i", size = 8 : i64} : (tensor<8x3xf32>) -> (tensor<8x3xf32>) {
  ^bb0(%x: tensor<3xf32>):
    %0 = mjx.permute %x over "i" pairs = [0, 7, 2, 4, 4, 1, 6, 0, 1, 3] {size = 8 : i64} : tensor<3xf32>
    mjx.yield %0 : tensor<3xf32>
  }
  return %r : tensor<8x3xf32>
}

// RULES-LABEL: func.func @other_axis(
// RULES-SAME: %[[X:[a-z0-9]+]]:
// RULES: %[[PERMUTE:.*]] = mjx.permute %[[X]] over "j" pairs = [0, 1, 1, 2, 2, 3] {size = 4 : i64} : tensor<3x4xf32>
// RULES: return %[[PERMUTE]] : tensor<3x4xf32>
func.func @other_axis(%xs: tensor<3x4xf32>) -> (tensor<3x4xf32>) {
  %r = mjx.vmap(%xs) in_axes = [1], out_axes = [1] {axis = "i", size = 4 : i64} : (tensor<3x4xf32>) -> (tensor<3x4xf32>) {
  ^bb0(%x: tensor<3xf32>):
    %0 = mjx.permute %x over "j" pairs = [0, 1, 1, 2, 2, 3] {size = 4 : i64} : tensor<3xf32>
    mjx.yield %0 : tensor<3xf32>
  }
  return %r : tensor<3x4xf32>
}

// RULES-LABEL: func.func @linear(
// RULES-SAME: %[[X:[a-z0-9]+]]:
// RULES-SAME: %[[Y:[a-z0-9]+]]:
// RULES-SAME: %[[Z:[a-z0-9]+]]:
// RULES: %[[PERMUTE:.*]] = mjx.permute %[[Y]] over "i" pairs = [0, 1, 1, 2, 2, 3] {size = 4 : i64} : tensor<3xf32>
// RULES: %[[PERMUTE2:.*]] = mjx.permute %[[Z]] over "i" pairs = [1, 0, 2, 1, 3, 2] {size = 4 : i64} : tensor<3xf32>
// RULES: return %[[PERMUTE]], %[[PERMUTE2]] : tensor<3xf32>, tensor<3xf32>
func.func @linear(%x0: tensor<3xf32>, %dx: tensor<3xf32>, %ct: tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>) {
  %y, %l = mjx.linearize(%x0) wrt = [0] : (tensor<3xf32>) -> (tensor<3xf32>, !mjx.linear<(tensor<3xf32>) -> tensor<3xf32>>) {
  ^bb0(%x: tensor<3xf32>):
    %0 = mjx.permute %x over "i" pairs = [0, 1, 1, 2, 2, 3] {size = 4 : i64} : tensor<3xf32>
    mjx.yield %0 : tensor<3xf32>
  }
  %t = mjx.apply %l(%dx) : (!mjx.linear<(tensor<3xf32>) -> tensor<3xf32>>, tensor<3xf32>) -> tensor<3xf32>
  %g = mjx.apply_transpose %l(%ct) : (!mjx.linear<(tensor<3xf32>) -> tensor<3xf32>>, tensor<3xf32>) -> tensor<3xf32>
  return %t, %g : tensor<3xf32>, tensor<3xf32>
}
