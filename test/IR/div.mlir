// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms --canonicalize --cse | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-to-linalg-pipeline --mlir-print-local-scope | FileCheck %s --check-prefix=LINALG

// SYNTAX-LABEL: func.func @syntax(
// SYNTAX-SAME:    %[[X:[a-z0-9]+]]:
// SYNTAX-SAME:    %[[Y:[a-z0-9]+]]:
// SYNTAX:         %[[DIV:.*]] = mjx.div %[[X]], %[[Y]] : tensor<4xf32>
// SYNTAX:         return %[[DIV]] : tensor<4xf32>
func.func @syntax(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %0 = mjx.div %x, %y : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// RULES-LABEL: func.func @jvp(
// RULES-SAME:    %[[X:[a-z0-9]+]]:
// RULES-SAME:    %[[Y:[a-z0-9]+]]:
// RULES-SAME:    %[[DX:[a-z0-9]+]]:
// RULES-SAME:    %[[DY:[a-z0-9]+]]:
// RULES:         %[[DIV:.*]] = mjx.div %[[X]], %[[Y]] : tensor<4xf32>
// RULES:         %[[MUL:.*]] = mjx.mul %[[DIV]], %[[DY]] : tensor<4xf32>
// RULES:         %[[SUB:.*]] = mjx.sub %[[DX]], %[[MUL]] : tensor<4xf32>
// RULES:         %[[DIV2:.*]] = mjx.div %[[SUB]], %[[Y]] : tensor<4xf32>
// RULES:         return %[[DIV2]] : tensor<4xf32>
func.func @jvp(%x: tensor<4xf32>, %y: tensor<4xf32>, %dx: tensor<4xf32>, %dy: tensor<4xf32>) -> tensor<4xf32> {
  %out, %dout = mjx.jvp(%x, %y, %dx, %dy) wrt = [0, 1] : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
    %0 = mjx.div %a, %b : tensor<4xf32>
    mjx.yield %0 : tensor<4xf32>
  }
  return %dout : tensor<4xf32>
}

// RULES-LABEL: func.func @reverse(
// RULES-SAME:    %[[X:[a-z0-9]+]]:
// RULES-SAME:    %[[Y:[a-z0-9]+]]:
// RULES-SAME:    %[[CT:[a-z0-9]+]]:
// RULES:         %[[DIV:.*]] = mjx.div %[[X]], %[[Y]] : tensor<4xf32>
// RULES:         %[[DIV2:.*]] = mjx.div %[[CT]], %[[Y]] : tensor<4xf32>
// RULES:         %[[MUL:.*]] = mjx.mul %[[DIV2]], %[[DIV]] : tensor<4xf32>
// RULES:         %[[NEG:.*]] = mjx.neg %[[MUL]] : tensor<4xf32>
// RULES:         return %[[DIV2]], %[[NEG]] : tensor<4xf32>, tensor<4xf32>
func.func @reverse(%x: tensor<4xf32>, %y: tensor<4xf32>, %ct: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %out, %l = mjx.linearize(%x, %y) wrt = [0, 1] : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, !mjx.linear<(tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>>) {
  ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
    %0 = mjx.div %a, %b : tensor<4xf32>
    mjx.yield %0 : tensor<4xf32>
  }
  %g:2 = mjx.apply_transpose %l(%ct) : (!mjx.linear<(tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return %g#0, %g#1 : tensor<4xf32>, tensor<4xf32>
}

// RULES-LABEL: func.func @batch(
// RULES-SAME:    %[[XS:[a-z0-9]+]]:
// RULES-SAME:    %[[Y:[a-z0-9]+]]:
// RULES:         %[[BROADCAST_IN_DIM:.*]] = mjx.broadcast_in_dim %[[Y]], dims = [1] : tensor<4xf32> -> tensor<8x4xf32>
// RULES:         %[[DIV:.*]] = mjx.div %[[XS]], %[[BROADCAST_IN_DIM]] : tensor<8x4xf32>
// RULES:         return %[[DIV]] : tensor<8x4xf32>
func.func @batch(%xs: tensor<8x4xf32>, %y: tensor<4xf32>) -> tensor<8x4xf32> {
  %r = mjx.vmap(%xs, %y) in_axes = [0, -1], out_axes = [0] {size = 8 : i64} : (tensor<8x4xf32>, tensor<4xf32>) -> tensor<8x4xf32> {
  ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
    %0 = mjx.div %a, %b : tensor<4xf32>
    mjx.yield %0 : tensor<4xf32>
  }
  return %r : tensor<8x4xf32>
}

// LINALG-LABEL: func.func @lower(
// LINALG:         linalg.generic
// LINALG:         arith.divf
// LINALG:         linalg.yield
// LINALG:         return
func.func @lower(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %0 = mjx.div %x, %y : tensor<4xf32>
  return %0 : tensor<4xf32>
}
