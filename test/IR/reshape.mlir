// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms --canonicalize --cse | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-to-linalg-pipeline --mlir-print-local-scope | FileCheck %s --check-prefix=LINALG

// SYNTAX-LABEL: func.func @syntax(
// SYNTAX-SAME:    %[[X:[a-z0-9]+]]:
// SYNTAX:         mjx.reshape %[[X]]
func.func @syntax(%x: tensor<2x3xf32>) -> tensor<6xf32> {
  %0 = mjx.reshape %x : tensor<2x3xf32> -> tensor<6xf32>
  return %0 : tensor<6xf32>
}

// RULES-LABEL: func.func @fold_twice(
// RULES-SAME:    %[[X:[a-z0-9]+]]:
// RULES:         %[[RESHAPE:.*]] = mjx.reshape %[[X]]
// RULES:         return %[[RESHAPE]] : tensor<3x2xf32>
func.func @fold_twice(%x: tensor<2x3xf32>) -> tensor<3x2xf32> {
  %0 = mjx.reshape %x : tensor<2x3xf32> -> tensor<6xf32>
  %1 = mjx.reshape %0 : tensor<6xf32> -> tensor<3x2xf32>
  return %1 : tensor<3x2xf32>
}

// RULES-LABEL: func.func @fold_back(
// RULES-SAME:    %[[X:[a-z0-9]+]]:
// RULES:         return %[[X]] : tensor<2x3xf32>
func.func @fold_back(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = mjx.reshape %x : tensor<2x3xf32> -> tensor<6xf32>
  %1 = mjx.reshape %0 : tensor<6xf32> -> tensor<2x3xf32>
  return %1 : tensor<2x3xf32>
}

// RULES-LABEL: func.func @fold_constant(
// RULES:         %[[C:.*]] = mjx.constant dense<[1.000000e+00, 2.000000e+00, 3.000000e+00, 4.000000e+00, 5.000000e+00, 6.000000e+00]> : tensor<6xf32>
// RULES:         return %[[C]] : tensor<6xf32>
func.func @fold_constant() -> tensor<6xf32> {
  %x = mjx.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
  %0 = mjx.reshape %x : tensor<2x3xf32> -> tensor<6xf32>
  return %0 : tensor<6xf32>
}

// RULES-LABEL: func.func @jvp(
// RULES-SAME:    %[[X0:[a-z0-9]+]]:
// RULES-SAME:    %[[DX:[a-z0-9]+]]:
// RULES:         %[[RESHAPE:.*]] = mjx.reshape %[[DX]]
// RULES:         return %[[RESHAPE]] : tensor<6xf32>
func.func @jvp(%x0: tensor<2x3xf32>, %dx: tensor<2x3xf32>) -> tensor<6xf32> {
  %out, %dout = mjx.jvp(%x0, %dx) wrt = [0] : (tensor<2x3xf32>, tensor<2x3xf32>) -> (tensor<6xf32>, tensor<6xf32>) {
  ^bb0(%x: tensor<2x3xf32>):
    %0 = mjx.reshape %x : tensor<2x3xf32> -> tensor<6xf32>
    mjx.yield %0 : tensor<6xf32>
  }
  return %dout : tensor<6xf32>
}

// RULES-LABEL: func.func @transpose(
// RULES-SAME:    %[[X0:[a-z0-9]+]]:
// RULES-SAME:    %[[CT:[a-z0-9]+]]:
// RULES:         %[[RESHAPE:.*]] = mjx.reshape %[[CT]]
// RULES:         return %[[RESHAPE]] : tensor<2x3xf32>
func.func @transpose(%x0: tensor<2x3xf32>, %ct: tensor<6xf32>) -> tensor<2x3xf32> {
  %out, %l = mjx.linearize(%x0) wrt = [0] : (tensor<2x3xf32>) -> (tensor<6xf32>, !mjx.linear<(tensor<2x3xf32>) -> tensor<6xf32>>) {
  ^bb0(%x: tensor<2x3xf32>):
    %0 = mjx.reshape %x : tensor<2x3xf32> -> tensor<6xf32>
    mjx.yield %0 : tensor<6xf32>
  }
  %g = mjx.apply_transpose %l(%ct) : (!mjx.linear<(tensor<2x3xf32>) -> tensor<6xf32>>, tensor<6xf32>) -> tensor<2x3xf32>
  return %g : tensor<2x3xf32>
}

// RULES-LABEL: func.func @batch_at_a_cut(
// RULES-SAME:    %[[XS:[a-z0-9]+]]:
// RULES:         %[[RESHAPE:.*]] = mjx.reshape %[[XS]]
// RULES:         return %[[RESHAPE]] : tensor<6x7xf32>
func.func @batch_at_a_cut(%xs: tensor<2x3x7xf32>) -> tensor<6x7xf32> {
  %r = mjx.vmap(%xs) in_axes = [2], out_axes = [1] {size = 7 : i64} : (tensor<2x3x7xf32>) -> tensor<6x7xf32> {
  ^bb0(%x: tensor<2x3xf32>):
    %0 = mjx.reshape %x : tensor<2x3xf32> -> tensor<6xf32>
    mjx.yield %0 : tensor<6xf32>
  }
  return %r : tensor<6x7xf32>
}

// RULES-LABEL: func.func @batch_inside_moves_to_front(
// RULES-SAME:    %[[XS:[a-z0-9]+]]:
// RULES:         %[[TRANSPOSE:.*]] = mjx.transpose %[[XS]], permutation = [1, 0, 2]
// RULES:         %[[RESHAPE:.*]] = mjx.reshape %[[TRANSPOSE]]
// RULES:         return %[[RESHAPE]] : tensor<7x6xf32>
func.func @batch_inside_moves_to_front(%xs: tensor<2x7x3xf32>) -> tensor<7x6xf32> {
  %r = mjx.vmap(%xs) in_axes = [1], out_axes = [0] {size = 7 : i64} : (tensor<2x7x3xf32>) -> tensor<7x6xf32> {
  ^bb0(%x: tensor<2x3xf32>):
    %0 = mjx.reshape %x : tensor<2x3xf32> -> tensor<6xf32>
    mjx.yield %0 : tensor<6xf32>
  }
  return %r : tensor<7x6xf32>
}

// LINALG-LABEL: func.func @lower_collapse(
// LINALG-SAME:    %[[X:[a-z0-9]+]]:
// LINALG:         %[[COLLAPSE_SHAPE:.*]] = tensor.collapse_shape %[[X]] {{\[\[}}0, 1]]
// LINALG:         return %[[COLLAPSE_SHAPE]] : tensor<6xf32>
func.func @lower_collapse(%x: tensor<2x3xf32>) -> tensor<6xf32> {
  %0 = mjx.reshape %x : tensor<2x3xf32> -> tensor<6xf32>
  return %0 : tensor<6xf32>
}

// LINALG-LABEL: func.func @lower_through_common_groups(
// LINALG-SAME:    %[[X:[a-z0-9]+]]:
// LINALG:         %[[COLLAPSE_SHAPE:.*]] = tensor.collapse_shape %[[X]] {{\[\[}}0], [1, 2]]
// LINALG:         %[[EXPAND_SHAPE:.*]] = tensor.expand_shape %[[COLLAPSE_SHAPE]] {{\[\[}}0], [1, 2]] output_shape [5, 3, 8]
// LINALG:         return %[[EXPAND_SHAPE]] : tensor<5x3x8xf32>
func.func @lower_through_common_groups(%x: tensor<5x4x6xf32>) -> tensor<5x3x8xf32> {
  %0 = mjx.reshape %x : tensor<5x4x6xf32> -> tensor<5x3x8xf32>
  return %0 : tensor<5x3x8xf32>
}

// LINALG-LABEL: func.func @lower_to_scalar(
// LINALG-SAME:    %[[X:[a-z0-9]+]]:
// LINALG:         %[[COLLAPSE_SHAPE:.*]] = tensor.collapse_shape %[[X]] []
// LINALG:         return %[[COLLAPSE_SHAPE]] : tensor<f32>
func.func @lower_to_scalar(%x: tensor<1x1xf32>) -> tensor<f32> {
  %0 = mjx.reshape %x : tensor<1x1xf32> -> tensor<f32>
  return %0 : tensor<f32>
}

// LINALG-LABEL: func.func @lower_of_nothing(
// LINALG:         %[[EMPTY:.*]] = tensor.empty()
// LINALG:         return %[[EMPTY]] : tensor<2x0xf32>
func.func @lower_of_nothing(%x: tensor<0x3xf32>) -> tensor<2x0xf32> {
  %0 = mjx.reshape %x : tensor<0x3xf32> -> tensor<2x0xf32>
  return %0 : tensor<2x0xf32>
}
