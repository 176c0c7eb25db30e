// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms --canonicalize --cse | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-to-linalg-pipeline --mlir-print-local-scope | FileCheck %s --check-prefix=LINALG

// SYNTAX-LABEL: func.func @syntax(
// SYNTAX-SAME:    %[[X:[a-z0-9]+]]:
// SYNTAX-SAME:    %[[V:[a-z0-9]+]]:
// SYNTAX:         mjx.pad %[[X]], %[[V]], low = [1], high = [2], interior = [1]
func.func @syntax(%x: tensor<4xf32>, %v: tensor<f32>) -> tensor<10xf32> {
  %0 = mjx.pad %x, %v, low = [1], high = [2], interior = [1] : tensor<4xf32>, tensor<f32> -> tensor<10xf32>
  return %0 : tensor<10xf32>
}

// RULES-LABEL: func.func @fold_nothing(
// RULES-SAME:    %[[X:[a-z0-9]+]]:
// RULES:         return %[[X]] : tensor<4xf32>
func.func @fold_nothing(%x: tensor<4xf32>, %v: tensor<f32>) -> tensor<4xf32> {
  %0 = mjx.pad %x, %v, low = [0], high = [0], interior = [0] : tensor<4xf32>, tensor<f32> -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// RULES-LABEL: func.func @fold_splat(
// RULES:         %[[C:.*]] = mjx.constant dense<1.000000e+00> : tensor<10xf32>
// RULES:         return %[[C]] : tensor<10xf32>
func.func @fold_splat() -> tensor<10xf32> {
  %x = mjx.constant dense<1.0> : tensor<4xf32>
  %v = mjx.constant dense<1.0> : tensor<f32>
  %0 = mjx.pad %x, %v, low = [1], high = [2], interior = [1] : tensor<4xf32>, tensor<f32> -> tensor<10xf32>
  return %0 : tensor<10xf32>
}

// RULES-LABEL: func.func @jvp_of_the_operand(
// RULES-SAME:    %[[X0:[a-z0-9]+]]:
// RULES-SAME:    %[[V0:[a-z0-9]+]]:
// RULES-SAME:    %[[DX:[a-z0-9]+]]:
// RULES:         %[[C:.*]] = mjx.constant dense<0.000000e+00> : tensor<f32>
// RULES:         %[[PAD:.*]] = mjx.pad %[[DX]], %[[C]], low = [1], high = [2], interior = [1]
// RULES:         return %[[PAD]] : tensor<10xf32>
func.func @jvp_of_the_operand(%x0: tensor<4xf32>, %v0: tensor<f32>, %dx: tensor<4xf32>) -> tensor<10xf32> {
  %out, %dout = mjx.jvp(%x0, %v0, %dx) wrt = [0] : (tensor<4xf32>, tensor<f32>, tensor<4xf32>) -> (tensor<10xf32>, tensor<10xf32>) {
  ^bb0(%x: tensor<4xf32>, %v: tensor<f32>):
    %0 = mjx.pad %x, %v, low = [1], high = [2], interior = [1] : tensor<4xf32>, tensor<f32> -> tensor<10xf32>
    mjx.yield %0 : tensor<10xf32>
  }
  return %dout : tensor<10xf32>
}

// RULES-LABEL: func.func @transpose(
// RULES-SAME:    %[[X0:[a-z0-9]+]]:
// RULES-SAME:    %[[V0:[a-z0-9]+]]:
// RULES-SAME:    %[[CT:[a-z0-9]+]]:
// RULES:         %[[C:.*]] = mjx.constant dense<0.000000e+00> : tensor<4xf32>
// RULES:         %[[SLICE:.*]] = mjx.slice %[[CT]], start = [1], limit = [8], strides = [2]
// RULES:         %[[UPDATED:.*]] = mjx.update_slice set %[[CT]], %[[C]], start = [1], strides = [2]
// RULES:         %[[REDUCE:.*]] = mjx.reduce add %[[UPDATED]], dims = [0]
// RULES:         return %[[SLICE]], %[[REDUCE]] : tensor<4xf32>, tensor<f32>
func.func @transpose(%x0: tensor<4xf32>, %v0: tensor<f32>, %ct: tensor<10xf32>) -> (tensor<4xf32>, tensor<f32>) {
  %out, %l = mjx.linearize(%x0, %v0) wrt = [0, 1] : (tensor<4xf32>, tensor<f32>) -> (tensor<10xf32>, !mjx.linear<(tensor<4xf32>, tensor<f32>) -> tensor<10xf32>>) {
  ^bb0(%x: tensor<4xf32>, %v: tensor<f32>):
    %0 = mjx.pad %x, %v, low = [1], high = [2], interior = [1] : tensor<4xf32>, tensor<f32> -> tensor<10xf32>
    mjx.yield %0 : tensor<10xf32>
  }
  %g:2 = mjx.apply_transpose %l(%ct) : (!mjx.linear<(tensor<4xf32>, tensor<f32>) -> tensor<10xf32>>, tensor<10xf32>) -> (tensor<4xf32>, tensor<f32>)
  return %g#0, %g#1 : tensor<4xf32>, tensor<f32>
}

// RULES-LABEL: func.func @transpose_of_removal(
// RULES-SAME:    %[[X0:[a-z0-9]+]]:
// RULES-SAME:    %[[V0:[a-z0-9]+]]:
// RULES-SAME:    %[[CT:[a-z0-9]+]]:
// RULES:         %[[C:.*]] = mjx.constant dense<0.000000e+00> : tensor<f32>
// RULES:         %[[PAD:.*]] = mjx.pad %[[CT]], %[[C]], low = [1], high = [0], interior = [0]
// RULES:         %[[SLICE:.*]] = mjx.slice %[[PAD]], start = [0], limit = [4], strides = [1]
// RULES:         return %[[SLICE]] : tensor<4xf32>
func.func @transpose_of_removal(%x0: tensor<4xf32>, %v0: tensor<f32>, %ct: tensor<5xf32>) -> tensor<4xf32> {
  %out, %l = mjx.linearize(%x0, %v0) wrt = [0] : (tensor<4xf32>, tensor<f32>) -> (tensor<5xf32>, !mjx.linear<(tensor<4xf32>) -> tensor<5xf32>>) {
  ^bb0(%x: tensor<4xf32>, %v: tensor<f32>):
    %0 = mjx.pad %x, %v, low = [-1], high = [2], interior = [0] : tensor<4xf32>, tensor<f32> -> tensor<5xf32>
    mjx.yield %0 : tensor<5xf32>
  }
  %g = mjx.apply_transpose %l(%ct) : (!mjx.linear<(tensor<4xf32>) -> tensor<5xf32>>, tensor<5xf32>) -> tensor<4xf32>
  return %g : tensor<4xf32>
}

// RULES-LABEL: func.func @batch(
// RULES-SAME:    %[[XS:[a-z0-9]+]]:
// RULES-SAME:    %[[VS:[a-z0-9]+]]:
// RULES:         %[[PAD:.*]] = mjx.pad %[[XS]], %[[VS]], low = [0, 1], high = [0, 2], interior = [0, 1]
// RULES:         return %[[PAD]] : tensor<7x10xf32>
func.func @batch(%xs: tensor<7x4xf32>, %vs: tensor<f32>) -> tensor<7x10xf32> {
  %r = mjx.vmap(%xs, %vs) in_axes = [0, -1], out_axes = [0] {size = 7 : i64} : (tensor<7x4xf32>, tensor<f32>) -> tensor<7x10xf32> {
  ^bb0(%x: tensor<4xf32>, %v: tensor<f32>):
    %0 = mjx.pad %x, %v, low = [1], high = [2], interior = [1] : tensor<4xf32>, tensor<f32> -> tensor<10xf32>
    mjx.yield %0 : tensor<10xf32>
  }
  return %r : tensor<7x10xf32>
}

// RULES-LABEL: func.func @batch_of_the_value_selects(
// RULES-SAME:    %[[XS:[a-z0-9]+]]:
// RULES-SAME:    %[[VS:[a-z0-9]+]]:
// RULES:         %[[C:.*]] = mjx.constant dense<true> : tensor<i1>
// RULES:         %[[C2:.*]] = mjx.constant dense<false> : tensor<4xi1>
// RULES:         %[[C3:.*]] = mjx.constant dense<0.000000e+00> : tensor<f32>
// RULES:         %[[PAD:.*]] = mjx.pad %[[XS]], %[[C3]], low = [0, 1], high = [0, 2], interior = [0, 1]
// RULES:         %[[PAD2:.*]] = mjx.pad %[[C2]], %[[C]], low = [1], high = [2], interior = [1]
// RULES:         %[[B:.*]] = mjx.broadcast_in_dim %[[PAD2]], dims = [1]
// RULES:         %[[B2:.*]] = mjx.broadcast_in_dim %[[VS]], dims = [0]
// RULES:         %[[SELECT:.*]] = mjx.select %[[B]], %[[B2]], %[[PAD]]
// RULES:         return %[[SELECT]] : tensor<7x10xf32>
func.func @batch_of_the_value_selects(%xs: tensor<7x4xf32>, %vs: tensor<7xf32>) -> tensor<7x10xf32> {
  %r = mjx.vmap(%xs, %vs) in_axes = [0, 0], out_axes = [0] {size = 7 : i64} : (tensor<7x4xf32>, tensor<7xf32>) -> tensor<7x10xf32> {
  ^bb0(%x: tensor<4xf32>, %v: tensor<f32>):
    %0 = mjx.pad %x, %v, low = [1], high = [2], interior = [1] : tensor<4xf32>, tensor<f32> -> tensor<10xf32>
    mjx.yield %0 : tensor<10xf32>
  }
  return %r : tensor<7x10xf32>
}

// LINALG-LABEL: func.func @lower(
// LINALG-SAME:    %[[X:[a-z0-9]+]]:
// LINALG-SAME:    %[[V:[a-z0-9]+]]:
// LINALG:         %[[EXTRACT:.*]] = tensor.extract %[[V]][]
// LINALG:         %[[EMPTY:.*]] = tensor.empty()
// LINALG:         %[[FILL:.*]] = linalg.fill ins(%[[EXTRACT]]
// LINALG:         %[[INSERT_SLICE:.*]] = tensor.insert_slice %[[X]] into %[[FILL]][1] [4] [2]
// LINALG:         return %[[INSERT_SLICE]] : tensor<10xf32>
func.func @lower(%x: tensor<4xf32>, %v: tensor<f32>) -> tensor<10xf32> {
  %0 = mjx.pad %x, %v, low = [1], high = [2], interior = [1] : tensor<4xf32>, tensor<f32> -> tensor<10xf32>
  return %0 : tensor<10xf32>
}

// LINALG-LABEL: func.func @lower_removal(
// LINALG-SAME:    %[[X:[a-z0-9]+]]:
// LINALG-SAME:    %[[V:[a-z0-9]+]]:
// LINALG:         %[[EXTRACT:.*]] = tensor.extract %[[V]][]
// LINALG:         %[[EMPTY:.*]] = tensor.empty()
// LINALG:         %[[FILL:.*]] = linalg.fill ins(%[[EXTRACT]]
// LINALG:         %[[PART:.*]] = tensor.extract_slice %[[X]][1] [3] [1]
// LINALG:         %[[INSERT_SLICE:.*]] = tensor.insert_slice %[[PART]] into %[[FILL]][0] [3] [1]
// LINALG:         return %[[INSERT_SLICE]] : tensor<5xf32>
func.func @lower_removal(%x: tensor<4xf32>, %v: tensor<f32>) -> tensor<5xf32> {
  %0 = mjx.pad %x, %v, low = [-1], high = [2], interior = [0] : tensor<4xf32>, tensor<f32> -> tensor<5xf32>
  return %0 : tensor<5xf32>
}
