// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms --canonicalize --cse | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-to-linalg-pipeline --mlir-print-local-scope | FileCheck %s --check-prefix=LINALG

// SYNTAX-LABEL: func.func @syntax(
// SYNTAX-SAME:    %[[X:[a-z0-9]+]]:
// SYNTAX-SAME:    %[[Y:[a-z0-9]+]]:
// SYNTAX:         mjx.concatenate %[[X]], %[[Y]], dim = 1
func.func @syntax(%x: tensor<2x3xf32>, %y: tensor<2x1xf32>) -> tensor<2x4xf32> {
  %0 = mjx.concatenate %x, %y, dim = 1 : tensor<2x3xf32>, tensor<2x1xf32> -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}

// RULES-LABEL: func.func @fold_one(
// RULES-SAME:    %[[X:[a-z0-9]+]]:
// RULES:         return %[[X]] : tensor<2x3xf32>
func.func @fold_one(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = mjx.concatenate %x, dim = 1 : tensor<2x3xf32> -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// RULES-LABEL: func.func @fold_drops_empty(
// RULES-SAME:    %[[X:[a-z0-9]+]]:
// RULES-SAME:    %[[Y:[a-z0-9]+]]:
// RULES:         %[[CONCATENATE:.*]] = mjx.concatenate %[[X]], %[[Y]], dim = 1
// RULES:         return %[[CONCATENATE]] : tensor<2x4xf32>
func.func @fold_drops_empty(%x: tensor<2x3xf32>, %y: tensor<2x1xf32>, %z: tensor<2x0xf32>) -> tensor<2x4xf32> {
  %0 = mjx.concatenate %x, %z, %y, dim = 1 : tensor<2x3xf32>, tensor<2x0xf32>, tensor<2x1xf32> -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}

// RULES-LABEL: func.func @fold_splats(
// RULES:         %[[C:.*]] = mjx.constant dense<1.000000e+00> : tensor<2x4xf32>
// RULES:         return %[[C]] : tensor<2x4xf32>
func.func @fold_splats() -> tensor<2x4xf32> {
  %x = mjx.constant dense<1.0> : tensor<2x3xf32>
  %y = mjx.constant dense<1.0> : tensor<2x1xf32>
  %0 = mjx.concatenate %x, %y, dim = 1 : tensor<2x3xf32>, tensor<2x1xf32> -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}

// RULES-LABEL: func.func @jvp_of_one_operand(
// RULES-SAME:    %[[X0:[a-z0-9]+]]:
// RULES-SAME:    %[[Y0:[a-z0-9]+]]:
// RULES-SAME:    %[[DY:[a-z0-9]+]]:
// RULES:         %[[C:.*]] = mjx.constant dense<0.000000e+00> : tensor<2x3xf32>
// RULES:         %[[CONCATENATE:.*]] = mjx.concatenate %[[C]], %[[DY]], dim = 1
// RULES:         return %[[CONCATENATE]] : tensor<2x4xf32>
func.func @jvp_of_one_operand(%x0: tensor<2x3xf32>, %y0: tensor<2x1xf32>, %dy: tensor<2x1xf32>) -> tensor<2x4xf32> {
  %out, %dout = mjx.jvp(%x0, %y0, %dy) wrt = [1] : (tensor<2x3xf32>, tensor<2x1xf32>, tensor<2x1xf32>) -> (tensor<2x4xf32>, tensor<2x4xf32>) {
  ^bb0(%x: tensor<2x3xf32>, %y: tensor<2x1xf32>):
    %0 = mjx.concatenate %x, %y, dim = 1 : tensor<2x3xf32>, tensor<2x1xf32> -> tensor<2x4xf32>
    mjx.yield %0 : tensor<2x4xf32>
  }
  return %dout : tensor<2x4xf32>
}

// RULES-LABEL: func.func @transpose(
// RULES-SAME:    %[[X0:[a-z0-9]+]]:
// RULES-SAME:    %[[Y0:[a-z0-9]+]]:
// RULES-SAME:    %[[CT:[a-z0-9]+]]:
// RULES:         %[[SLICE:.*]] = mjx.slice %[[CT]], start = [0, 0], limit = [2, 3], strides = [1, 1]
// RULES:         %[[SLICE2:.*]] = mjx.slice %[[CT]], start = [0, 3], limit = [2, 4], strides = [1, 1]
// RULES:         return %[[SLICE]], %[[SLICE2]] : tensor<2x3xf32>, tensor<2x1xf32>
func.func @transpose(%x0: tensor<2x3xf32>, %y0: tensor<2x1xf32>, %ct: tensor<2x4xf32>) -> (tensor<2x3xf32>, tensor<2x1xf32>) {
  %out, %l = mjx.linearize(%x0, %y0) wrt = [0, 1] : (tensor<2x3xf32>, tensor<2x1xf32>) -> (tensor<2x4xf32>, !mjx.linear<(tensor<2x3xf32>, tensor<2x1xf32>) -> tensor<2x4xf32>>) {
  ^bb0(%x: tensor<2x3xf32>, %y: tensor<2x1xf32>):
    %0 = mjx.concatenate %x, %y, dim = 1 : tensor<2x3xf32>, tensor<2x1xf32> -> tensor<2x4xf32>
    mjx.yield %0 : tensor<2x4xf32>
  }
  %g:2 = mjx.apply_transpose %l(%ct) : (!mjx.linear<(tensor<2x3xf32>, tensor<2x1xf32>) -> tensor<2x4xf32>>, tensor<2x4xf32>) -> (tensor<2x3xf32>, tensor<2x1xf32>)
  return %g#0, %g#1 : tensor<2x3xf32>, tensor<2x1xf32>
}

// RULES-LABEL: func.func @batch_broadcasts_the_others(
// RULES-SAME:    %[[XS:[a-z0-9]+]]:
// RULES-SAME:    %[[YS:[a-z0-9]+]]:
// RULES:         %[[B:.*]] = mjx.broadcast_in_dim %[[YS]], dims = [0, 2]
// RULES:         %[[CONCATENATE:.*]] = mjx.concatenate %[[XS]], %[[B]], dim = 2
// RULES:         return %[[CONCATENATE]] : tensor<2x7x4xf32>
func.func @batch_broadcasts_the_others(%xs: tensor<2x7x3xf32>, %ys: tensor<2x1xf32>) -> tensor<2x7x4xf32> {
  %r = mjx.vmap(%xs, %ys) in_axes = [1, -1], out_axes = [1] {size = 7 : i64} : (tensor<2x7x3xf32>, tensor<2x1xf32>) -> tensor<2x7x4xf32> {
  ^bb0(%x: tensor<2x3xf32>, %y: tensor<2x1xf32>):
    %0 = mjx.concatenate %x, %y, dim = 1 : tensor<2x3xf32>, tensor<2x1xf32> -> tensor<2x4xf32>
    mjx.yield %0 : tensor<2x4xf32>
  }
  return %r : tensor<2x7x4xf32>
}

// LINALG-LABEL: func.func @lower(
// LINALG-SAME:    %[[X:[a-z0-9]+]]:
// LINALG-SAME:    %[[Y:[a-z0-9]+]]:
// LINALG:         %[[EMPTY:.*]] = tensor.empty()
// LINALG:         %[[INSERT_SLICE:.*]] = tensor.insert_slice %[[X]] into %[[EMPTY]][0, 0] [2, 3] [1, 1]
// LINALG:         %[[INSERT_SLICE2:.*]] = tensor.insert_slice %[[Y]] into %[[INSERT_SLICE]][0, 3] [2, 1] [1, 1]
// LINALG:         return %[[INSERT_SLICE2]] : tensor<2x4xf32>
func.func @lower(%x: tensor<2x3xf32>, %y: tensor<2x1xf32>) -> tensor<2x4xf32> {
  %0 = mjx.concatenate %x, %y, dim = 1 : tensor<2x3xf32>, tensor<2x1xf32> -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}
