// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms --canonicalize --cse | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-to-linalg-pipeline --mlir-print-local-scope | FileCheck %s --check-prefix=LINALG

// SYNTAX-LABEL: func.func @syntax(
// SYNTAX-SAME:    %[[X:[a-z0-9]+]]:
// SYNTAX:         %[[REDUCE_PRECISION:.*]] = mjx.reduce_precision %[[X]], format = e 5 m 10 : tensor<4xf32>
// SYNTAX:         return %[[REDUCE_PRECISION]] : tensor<4xf32>
func.func @syntax(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = mjx.reduce_precision %x, format = e 5 m 10 : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// RULES-LABEL: func.func @jvp(
// RULES-SAME:    %[[X:[a-z0-9]+]]:
// RULES-SAME:    %[[DX:[a-z0-9]+]]:
// RULES:         %[[REDUCE_PRECISION:.*]] = mjx.reduce_precision %[[DX]], format = e 5 m 10 : tensor<4xf32>
// RULES:         return %[[REDUCE_PRECISION]] : tensor<4xf32>
func.func @jvp(%x: tensor<4xf32>, %dx: tensor<4xf32>) -> tensor<4xf32> {
  %out, %dout = mjx.jvp(%x, %dx) wrt = [0] : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  ^bb0(%a: tensor<4xf32>):
    %0 = mjx.reduce_precision %a, format = e 5 m 10 : tensor<4xf32>
    mjx.yield %0 : tensor<4xf32>
  }
  return %dout : tensor<4xf32>
}

// RULES-LABEL: func.func @transposed(
// RULES-SAME:    %[[X:[a-z0-9]+]]:
// RULES-SAME:    %[[CT:[a-z0-9]+]]:
// RULES:         %[[REDUCE_PRECISION:.*]] = mjx.reduce_precision %[[CT]], format = e 5 m 10 : tensor<4xf32>
// RULES:         return %[[REDUCE_PRECISION]] : tensor<4xf32>
func.func @transposed(%x: tensor<4xf32>, %ct: tensor<4xf32>) -> tensor<4xf32> {
  %out, %map = mjx.linearize(%x) wrt = [0] : (tensor<4xf32>) -> (tensor<4xf32>, !mjx.linear<(tensor<4xf32>) -> tensor<4xf32>>) {
  ^bb0(%a: tensor<4xf32>):
    %0 = mjx.reduce_precision %a, format = e 5 m 10 : tensor<4xf32>
    mjx.yield %0 : tensor<4xf32>
  }
  %g = mjx.apply_transpose %map(%ct) : (!mjx.linear<(tensor<4xf32>) -> tensor<4xf32>>, tensor<4xf32>) -> tensor<4xf32>
  return %g : tensor<4xf32>
}

// RULES-LABEL: func.func @batch(
// RULES-SAME:    %[[XS:[a-z0-9]+]]:
// RULES:         %[[REDUCE_PRECISION:.*]] = mjx.reduce_precision %[[XS]], format = e 5 m 10 : tensor<8x4xf32>
// RULES:         return %[[REDUCE_PRECISION]] : tensor<8x4xf32>
func.func @batch(%xs: tensor<8x4xf32>) -> tensor<8x4xf32> {
  %r = mjx.vmap(%xs) in_axes = [0], out_axes = [0] {size = 8 : i64} : (tensor<8x4xf32>) -> tensor<8x4xf32> {
  ^bb0(%a: tensor<4xf32>):
    %0 = mjx.reduce_precision %a, format = e 5 m 10 : tensor<4xf32>
    mjx.yield %0 : tensor<4xf32>
  }
  return %r : tensor<8x4xf32>
}

// LINALG-LABEL: func.func @lower(
// LINALG:         linalg.generic
// LINALG:         arith.bitcast
// LINALG:         arith.shrui
// LINALG:         arith.andi
// LINALG:         arith.addi
// LINALG:         arith.addi
// LINALG:         arith.andi
// LINALG:         arith.andi
// LINALG:         linalg.yield
// LINALG:         return
func.func @lower(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = mjx.reduce_precision %x, format = e 5 m 10 : tensor<4xf32>
  return %0 : tensor<4xf32>
}
