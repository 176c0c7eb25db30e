// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms --canonicalize --cse | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-to-linalg-pipeline --mlir-print-local-scope | FileCheck %s --check-prefix=LINALG

// SYNTAX-LABEL: func.func @syntax(
// SYNTAX-SAME:    %[[X:[a-z0-9]+]]:
// SYNTAX:         mjx.slice %[[X]], start = [1], limit = [6], strides = [2]
func.func @syntax(%x: tensor<8xf32>) -> tensor<3xf32> {
  %0 = mjx.slice %x, start = [1], limit = [6], strides = [2] : tensor<8xf32> -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// RULES-LABEL: func.func @fold_whole(
// RULES-SAME:    %[[X:[a-z0-9]+]]:
// RULES:         return %[[X]] : tensor<8xf32>
func.func @fold_whole(%x: tensor<8xf32>) -> tensor<8xf32> {
  %0 = mjx.slice %x, start = [0], limit = [8], strides = [1] : tensor<8xf32> -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// RULES-LABEL: func.func @fold_twice(
// RULES-SAME:    %[[X:[a-z0-9]+]]:
// RULES:         %[[SLICE:.*]] = mjx.slice %[[X]], start = [1], limit = [6], strides = [4]
// RULES:         return %[[SLICE]] : tensor<2xf32>
func.func @fold_twice(%x: tensor<8xf32>) -> tensor<2xf32> {
  %0 = mjx.slice %x, start = [1], limit = [6], strides = [2] : tensor<8xf32> -> tensor<3xf32>
  %1 = mjx.slice %0, start = [0], limit = [3], strides = [2] : tensor<3xf32> -> tensor<2xf32>
  return %1 : tensor<2xf32>
}

// RULES-LABEL: func.func @fold_splat(
// RULES:         %[[C:.*]] = mjx.constant dense<1.000000e+00> : tensor<3xf32>
// RULES:         return %[[C]] : tensor<3xf32>
func.func @fold_splat() -> tensor<3xf32> {
  %x = mjx.constant dense<1.0> : tensor<8xf32>
  %0 = mjx.slice %x, start = [1], limit = [6], strides = [2] : tensor<8xf32> -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// RULES-LABEL: func.func @jvp(
// RULES-SAME:    %[[X0:[a-z0-9]+]]:
// RULES-SAME:    %[[DX:[a-z0-9]+]]:
// RULES:         %[[SLICE:.*]] = mjx.slice %[[DX]], start = [1], limit = [6], strides = [2]
// RULES:         return %[[SLICE]] : tensor<3xf32>
func.func @jvp(%x0: tensor<8xf32>, %dx: tensor<8xf32>) -> tensor<3xf32> {
  %out, %dout = mjx.jvp(%x0, %dx) wrt = [0] : (tensor<8xf32>, tensor<8xf32>) -> (tensor<3xf32>, tensor<3xf32>) {
  ^bb0(%x: tensor<8xf32>):
    %0 = mjx.slice %x, start = [1], limit = [6], strides = [2] : tensor<8xf32> -> tensor<3xf32>
    mjx.yield %0 : tensor<3xf32>
  }
  return %dout : tensor<3xf32>
}

// RULES-LABEL: func.func @transpose_accumulates(
// RULES-SAME:    %[[X0:[a-z0-9]+]]:
// RULES-SAME:    %[[CT:[a-z0-9]+]]:
// RULES:         %[[C:.*]] = mjx.constant dense<0.000000e+00> : tensor<f32>
// RULES:         %[[UPDATED:.*]] = mjx.pad %[[CT]], %[[C]], low = [1], high = [2], interior = [1]
// RULES:         return %[[UPDATED]] : tensor<8xf32>
func.func @transpose_accumulates(%x0: tensor<8xf32>, %ct: tensor<3xf32>) -> tensor<8xf32> {
  %out, %l = mjx.linearize(%x0) wrt = [0] : (tensor<8xf32>) -> (tensor<3xf32>, !mjx.linear<(tensor<8xf32>) -> tensor<3xf32>>) {
  ^bb0(%x: tensor<8xf32>):
    %0 = mjx.slice %x, start = [1], limit = [6], strides = [2] : tensor<8xf32> -> tensor<3xf32>
    mjx.yield %0 : tensor<3xf32>
  }
  %g = mjx.apply_transpose %l(%ct) : (!mjx.linear<(tensor<8xf32>) -> tensor<3xf32>>, tensor<3xf32>) -> tensor<8xf32>
  return %g : tensor<8xf32>
}

// RULES-LABEL: func.func @transpose_of_two_in_one_accumulator(
// RULES-SAME:    %[[X0:[a-z0-9]+]]:
// RULES-SAME:    %[[CT:[a-z0-9]+]]:
// RULES:         %[[C:.*]] = mjx.constant dense<0.000000e+00> : tensor<2xf32>
// RULES:         %[[UPDATED2:.*]] = mjx.concatenate %[[CT]], %[[C]], %[[CT]], dim = 0
// RULES:         return %[[UPDATED2]] : tensor<8xf32>
func.func @transpose_of_two_in_one_accumulator(%x0: tensor<8xf32>, %ct: tensor<3xf32>) -> tensor<8xf32> {
  %out, %l = mjx.linearize(%x0) wrt = [0] : (tensor<8xf32>) -> (tensor<3xf32>, !mjx.linear<(tensor<8xf32>) -> tensor<3xf32>>) {
  ^bb0(%x: tensor<8xf32>):
    %0 = mjx.slice %x, start = [0], limit = [3], strides = [1] : tensor<8xf32> -> tensor<3xf32>
    %1 = mjx.slice %x, start = [5], limit = [8], strides = [1] : tensor<8xf32> -> tensor<3xf32>
    %2 = mjx.add %0, %1 : tensor<3xf32>
    mjx.yield %2 : tensor<3xf32>
  }
  %g = mjx.apply_transpose %l(%ct) : (!mjx.linear<(tensor<8xf32>) -> tensor<3xf32>>, tensor<3xf32>) -> tensor<8xf32>
  return %g : tensor<8xf32>
}

// RULES-LABEL: func.func @batch(
// RULES-SAME:    %[[XS:[a-z0-9]+]]:
// RULES:         %[[SLICE:.*]] = mjx.slice %[[XS]], start = [1, 0], limit = [6, 7], strides = [2, 1]
// RULES:         return %[[SLICE]] : tensor<3x7xf32>
func.func @batch(%xs: tensor<8x7xf32>) -> tensor<3x7xf32> {
  %r = mjx.vmap(%xs) in_axes = [1], out_axes = [1] {size = 7 : i64} : (tensor<8x7xf32>) -> tensor<3x7xf32> {
  ^bb0(%x: tensor<8xf32>):
    %0 = mjx.slice %x, start = [1], limit = [6], strides = [2] : tensor<8xf32> -> tensor<3xf32>
    mjx.yield %0 : tensor<3xf32>
  }
  return %r : tensor<3x7xf32>
}

// LINALG-LABEL: func.func @lower(
// LINALG-SAME:    %[[X:[a-z0-9]+]]:
// LINALG:         %[[PART:.*]] = tensor.extract_slice %[[X]][1] [3] [2]
// LINALG:         return %[[PART]] : tensor<3xf32>
func.func @lower(%x: tensor<8xf32>) -> tensor<3xf32> {
  %0 = mjx.slice %x, start = [1], limit = [6], strides = [2] : tensor<8xf32> -> tensor<3xf32>
  return %0 : tensor<3xf32>
}
