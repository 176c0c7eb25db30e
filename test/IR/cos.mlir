// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms --canonicalize --cse | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-to-linalg-pipeline --mlir-print-local-scope | FileCheck %s --check-prefix=LINALG

// SYNTAX-LABEL: func.func @syntax(
// SYNTAX-SAME:    %[[X:[a-z0-9]+]]:
// SYNTAX:         %[[COS:.*]] = mjx.cos %[[X]] : tensor<4xf32>
// SYNTAX:         return %[[COS]] : tensor<4xf32>
func.func @syntax(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = mjx.cos %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// RULES-LABEL: func.func @jvp(
// RULES-SAME:    %[[X:[a-z0-9]+]]:
// RULES-SAME:    %[[DX:[a-z0-9]+]]:
// RULES:         %[[SIN:.*]] = mjx.sin %[[X]] : tensor<4xf32>
// RULES:         %[[MUL:.*]] = mjx.mul %[[DX]], %[[SIN]] : tensor<4xf32>
// RULES:         %[[NEG:.*]] = mjx.neg %[[MUL]] : tensor<4xf32>
// RULES:         return %[[NEG]] : tensor<4xf32>
func.func @jvp(%x: tensor<4xf32>, %dx: tensor<4xf32>) -> tensor<4xf32> {
  %out, %dout = mjx.jvp(%x, %dx) wrt = [0] : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  ^bb0(%a: tensor<4xf32>):
    %0 = mjx.cos %a : tensor<4xf32>
    mjx.yield %0 : tensor<4xf32>
  }
  return %dout : tensor<4xf32>
}

// RULES-LABEL: func.func @reverse(
// RULES-SAME:    %[[X:[a-z0-9]+]]:
// RULES-SAME:    %[[CT:[a-z0-9]+]]:
// RULES:         %[[SIN:.*]] = mjx.sin %[[X]] : tensor<4xf32>
// RULES:         %[[MUL:.*]] = mjx.mul %[[CT]], %[[SIN]] : tensor<4xf32>
// RULES:         %[[NEG:.*]] = mjx.neg %[[MUL]] : tensor<4xf32>
// RULES:         return %[[NEG]] : tensor<4xf32>
func.func @reverse(%x: tensor<4xf32>, %ct: tensor<4xf32>) -> tensor<4xf32> {
  %out, %l = mjx.linearize(%x) wrt = [0] : (tensor<4xf32>) -> (tensor<4xf32>, !mjx.linear<(tensor<4xf32>) -> tensor<4xf32>>) {
  ^bb0(%a: tensor<4xf32>):
    %0 = mjx.cos %a : tensor<4xf32>
    mjx.yield %0 : tensor<4xf32>
  }
  %g = mjx.apply_transpose %l(%ct) : (!mjx.linear<(tensor<4xf32>) -> tensor<4xf32>>, tensor<4xf32>) -> tensor<4xf32>
  return %g : tensor<4xf32>
}

// RULES-LABEL: func.func @batch(
// RULES-SAME:    %[[XS:[a-z0-9]+]]:
// RULES:         %[[COS:.*]] = mjx.cos %[[XS]] : tensor<8x4xf32>
// RULES:         return %[[COS]] : tensor<8x4xf32>
func.func @batch(%xs: tensor<8x4xf32>) -> tensor<8x4xf32> {
  %r = mjx.vmap(%xs) in_axes = [0], out_axes = [0] {size = 8 : i64} : (tensor<8x4xf32>) -> tensor<8x4xf32> {
  ^bb0(%a: tensor<4xf32>):
    %0 = mjx.cos %a : tensor<4xf32>
    mjx.yield %0 : tensor<4xf32>
  }
  return %r : tensor<8x4xf32>
}

// LINALG-LABEL: func.func @lower(
// LINALG:         linalg.generic
// LINALG:         math.cos
// LINALG:         linalg.yield
// LINALG:         return
func.func @lower(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = mjx.cos %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}
