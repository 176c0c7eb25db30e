// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms --cse | FileCheck %s --check-prefix=RULES

// The sum over all lanes does not vary.
// SYNTAX-LABEL: func.func @resolved(
// SYNTAX: mjx.all_reduce add %{{.*}} over "i" {size = 4 : i64} : tensor<3xf32>
// RULES-LABEL: func.func @resolved(
// RULES-SAME: %[[X:[a-z0-9]+]]:
// RULES: %[[REDUCE:.*]] = mjx.reduce add %[[X]], dims = [0] : tensor<4x3xf32> -> tensor<3xf32>
// RULES: return %[[REDUCE]] : tensor<3xf32>
func.func @resolved(%xs: tensor<4x3xf32>) -> (tensor<3xf32>) {
  %r = mjx.vmap(%xs) in_axes = [0], out_axes = [-1] {axis = "i", size = 4 : i64} : (tensor<4x3xf32>) -> (tensor<3xf32>) {
  ^bb0(%x: tensor<3xf32>):
    %0 = mjx.all_reduce add %x over "i" {size = 4 : i64} : tensor<3xf32>
    mjx.yield %0 : tensor<3xf32>
  }
  return %r : tensor<3xf32>
}

// Every lane has the same to add.
// RULES-LABEL: func.func @unbatched(
// RULES-SAME: %[[X:[a-z0-9]+]]:
// RULES: %[[CONSTANT:.*]] = mjx.constant dense<4.000000e+00> : tensor<3xf32>
// RULES: %[[MUL:.*]] = mjx.mul %[[X]], %[[CONSTANT]] : tensor<3xf32>
// RULES: return %[[MUL]] : tensor<3xf32>
func.func @unbatched(%xs: tensor<3xf32>) -> (tensor<3xf32>) {
  %r = mjx.vmap(%xs) in_axes = [-1], out_axes = [-1] {axis = "i", size = 4 : i64} : (tensor<3xf32>) -> (tensor<3xf32>) {
  ^bb0(%x: tensor<3xf32>):
    %0 = mjx.all_reduce add %x over "i" {size = 4 : i64} : tensor<3xf32>
    mjx.yield %0 : tensor<3xf32>
  }
  return %r : tensor<3xf32>
}

// Another axis is a dimension like others.
// RULES-LABEL: func.func @other_axis(
// RULES-SAME: %[[X:[a-z0-9]+]]:
// RULES: %[[ALL_REDUCE:.*]] = mjx.all_reduce add %[[X]] over "j" {size = 4 : i64} : tensor<4x3xf32>
// RULES: return %[[ALL_REDUCE]] : tensor<4x3xf32>
func.func @other_axis(%xs: tensor<4x3xf32>) -> (tensor<4x3xf32>) {
  %r = mjx.vmap(%xs) in_axes = [0], out_axes = [0] {axis = "i", size = 4 : i64} : (tensor<4x3xf32>) -> (tensor<4x3xf32>) {
  ^bb0(%x: tensor<3xf32>):
    %0 = mjx.all_reduce add %x over "j" {size = 4 : i64} : tensor<3xf32>
    mjx.yield %0 : tensor<3xf32>
  }
  return %r : tensor<4x3xf32>
}

// Lanes 0 and 2 have one sum, 1 and 3 another.
// RULES-LABEL: func.func @groups(
// RULES-SAME: %[[X:[a-z0-9]+]]:
// RULES: %[[SLICE:.*]] = mjx.slice %[[X]], start = [0, 0], limit = [1, 3], strides = [1, 1] : tensor<4x3xf32> -> tensor<1x3xf32>
// RULES: %[[SLICE2:.*]] = mjx.slice %[[X]], start = [2, 0], limit = [3, 3], strides = [1, 1] : tensor<4x3xf32> -> tensor<1x3xf32>
// RULES: %[[SLICE3:.*]] = mjx.slice %[[X]], start = [1, 0], limit = [2, 3], strides = [1, 1] : tensor<4x3xf32> -> tensor<1x3xf32>
// RULES: %[[SLICE4:.*]] = mjx.slice %[[X]], start = [3, 0], limit = [4, 3], strides = [1, 1] : tensor<4x3xf32> -> tensor<1x3xf32>
// RULES: %[[CONCATENATE:.*]] = mjx.concatenate %[[SLICE]], %[[SLICE2]], %[[SLICE3]], %[[SLICE4]], dim = 0 : tensor<1x3xf32>, tensor<1x3xf32>, tensor<1x3xf32>, tensor<1x3xf32> -> tensor<4x3xf32>
// RULES: %[[RESHAPE:.*]] = mjx.reshape %[[CONCATENATE]] : tensor<4x3xf32> -> tensor<2x2x3xf32>
// RULES: %[[REDUCE:.*]] = mjx.reduce add %[[RESHAPE]], dims = [1] : tensor<2x2x3xf32> -> tensor<2x3xf32>
// RULES: %[[CONCATENATE2:.*]] = mjx.concatenate %[[REDUCE]], %[[REDUCE]], dim = 0 : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<4x3xf32>
// RULES: return %[[CONCATENATE2]] : tensor<4x3xf32>
func.func @groups(%xs: tensor<4x3xf32>) -> (tensor<4x3xf32>) {
  %r = mjx.vmap(%xs) in_axes = [0], out_axes = [0] {axis = "i", size = 4 : i64} : (tensor<4x3xf32>) -> (tensor<4x3xf32>) {
  ^bb0(%x: tensor<3xf32>):
    %0 = mjx.all_reduce add %x over "i" {groups = array<i64: 0, 2, 1, 3>, size = 2 : i64} : tensor<3xf32>
    mjx.yield %0 : tensor<3xf32>
  }
  return %r : tensor<4x3xf32>
}

// The sum is its own transpose, over all lanes.
// RULES-LABEL: func.func @linear(
// RULES-SAME: %[[X:[a-z0-9]+]]:
// RULES-SAME: %[[Y:[a-z0-9]+]]:
// RULES-SAME: %[[Z:[a-z0-9]+]]:
// RULES: %[[ALL_REDUCE:.*]] = mjx.all_reduce add %[[Y]] over "i" {size = 4 : i64} : tensor<3xf32>
// RULES: %[[ALL_REDUCE2:.*]] = mjx.all_reduce add %[[Z]] over "i" {size = 4 : i64} : tensor<3xf32>
// RULES: return %[[ALL_REDUCE]], %[[ALL_REDUCE2]] : tensor<3xf32>, tensor<3xf32>
func.func @linear(%x0: tensor<3xf32>, %dx: tensor<3xf32>, %ct: tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>) {
  %y, %l = mjx.linearize(%x0) wrt = [0] : (tensor<3xf32>) -> (tensor<3xf32>, !mjx.linear<(tensor<3xf32>) -> tensor<3xf32>>) {
  ^bb0(%x: tensor<3xf32>):
    %0 = mjx.all_reduce add %x over "i" {size = 4 : i64} : tensor<3xf32>
    mjx.yield %0 : tensor<3xf32>
  }
  %t = mjx.apply %l(%dx) : (!mjx.linear<(tensor<3xf32>) -> tensor<3xf32>>, tensor<3xf32>) -> tensor<3xf32>
  %g = mjx.apply_transpose %l(%ct) : (!mjx.linear<(tensor<3xf32>) -> tensor<3xf32>>, tensor<3xf32>) -> tensor<3xf32>
  return %t, %g : tensor<3xf32>, tensor<3xf32>
}

// The derivative of a maximum is that of a maximum over gathered values.
// RULES-LABEL: func.func @maximum(
// RULES-SAME: %[[X:[a-z0-9]+]]:
// RULES-SAME: %[[Y:[a-z0-9]+]]:
// RULES: %[[ALL_GATHER:.*]] = mjx.all_gather %[[X]] over "i" {dim = 0 : i64, size = 4 : i64} : tensor<3xf32> -> tensor<4x3xf32>
// RULES: %[[ALL_GATHER2:.*]] = mjx.all_gather %[[Y]] over "i" {dim = 0 : i64, size = 4 : i64} : tensor<3xf32> -> tensor<4x3xf32>
// RULES: %[[REDUCE:.*]] = mjx.reduce max %[[ALL_GATHER]], dims = [0] : tensor<4x3xf32> -> tensor<3xf32>
func.func @maximum(%x0: tensor<3xf32>, %dx: tensor<3xf32>) -> tensor<3xf32> {
  %y, %t = mjx.jvp(%x0, %dx) wrt = [0] : (tensor<3xf32>, tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>) {
  ^bb0(%x: tensor<3xf32>):
    %0 = mjx.all_reduce max %x over "i" {size = 4 : i64} : tensor<3xf32>
    mjx.yield %0 : tensor<3xf32>
  }
  return %t : tensor<3xf32>
}
