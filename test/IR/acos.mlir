// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms --canonicalize --cse | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-to-linalg-pipeline --mlir-print-local-scope | FileCheck %s --check-prefix=LINALG

// SYNTAX-LABEL: func.func @syntax(
// SYNTAX-SAME:    %[[X:[a-z0-9]+]]:
// SYNTAX:         %[[ACOS:.*]] = mjx.acos %[[X]] : tensor<4xf32>
// SYNTAX:         return %[[ACOS]] : tensor<4xf32>
func.func @syntax(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = mjx.acos %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// RULES-LABEL: func.func @jvp(
// RULES-SAME:    %[[X:[a-z0-9]+]]:
// RULES-SAME:    %[[DX:[a-z0-9]+]]:
// RULES:         %[[C:.*]] = mjx.constant dense<1.000000e+00> : tensor<4xf32>
// RULES:         %[[MUL:.*]] = mjx.mul %[[X]], %[[X]] : tensor<4xf32>
// RULES:         %[[SUB:.*]] = mjx.sub %[[C]], %[[MUL]] : tensor<4xf32>
// RULES:         %[[RSQRT:.*]] = mjx.rsqrt %[[SUB]] : tensor<4xf32>
// RULES:         %[[MUL2:.*]] = mjx.mul %[[DX]], %[[RSQRT]] : tensor<4xf32>
// RULES:         %[[NEG:.*]] = mjx.neg %[[MUL2]] : tensor<4xf32>
// RULES:         return %[[NEG]] : tensor<4xf32>
func.func @jvp(%x: tensor<4xf32>, %dx: tensor<4xf32>) -> tensor<4xf32> {
  %out, %dout = mjx.jvp(%x, %dx) wrt = [0] : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  ^bb0(%a: tensor<4xf32>):
    %0 = mjx.acos %a : tensor<4xf32>
    mjx.yield %0 : tensor<4xf32>
  }
  return %dout : tensor<4xf32>
}

// RULES-LABEL: func.func @reverse(
// RULES-SAME:    %[[X:[a-z0-9]+]]:
// RULES-SAME:    %[[CT:[a-z0-9]+]]:
// RULES:         %[[C:.*]] = mjx.constant dense<1.000000e+00> : tensor<4xf32>
// RULES:         %[[MUL:.*]] = mjx.mul %[[X]], %[[X]] : tensor<4xf32>
// RULES:         %[[SUB:.*]] = mjx.sub %[[C]], %[[MUL]] : tensor<4xf32>
// RULES:         %[[RSQRT:.*]] = mjx.rsqrt %[[SUB]] : tensor<4xf32>
// RULES:         %[[MUL2:.*]] = mjx.mul %[[CT]], %[[RSQRT]] : tensor<4xf32>
// RULES:         %[[NEG:.*]] = mjx.neg %[[MUL2]] : tensor<4xf32>
// RULES:         return %[[NEG]] : tensor<4xf32>
func.func @reverse(%x: tensor<4xf32>, %ct: tensor<4xf32>) -> tensor<4xf32> {
  %out, %l = mjx.linearize(%x) wrt = [0] : (tensor<4xf32>) -> (tensor<4xf32>, !mjx.linear<(tensor<4xf32>) -> tensor<4xf32>>) {
  ^bb0(%a: tensor<4xf32>):
    %0 = mjx.acos %a : tensor<4xf32>
    mjx.yield %0 : tensor<4xf32>
  }
  %g = mjx.apply_transpose %l(%ct) : (!mjx.linear<(tensor<4xf32>) -> tensor<4xf32>>, tensor<4xf32>) -> tensor<4xf32>
  return %g : tensor<4xf32>
}

// RULES-LABEL: func.func @batch(
// RULES-SAME:    %[[XS:[a-z0-9]+]]:
// RULES:         %[[ACOS:.*]] = mjx.acos %[[XS]] : tensor<8x4xf32>
// RULES:         return %[[ACOS]] : tensor<8x4xf32>
func.func @batch(%xs: tensor<8x4xf32>) -> tensor<8x4xf32> {
  %r = mjx.vmap(%xs) in_axes = [0], out_axes = [0] {size = 8 : i64} : (tensor<8x4xf32>) -> tensor<8x4xf32> {
  ^bb0(%a: tensor<4xf32>):
    %0 = mjx.acos %a : tensor<4xf32>
    mjx.yield %0 : tensor<4xf32>
  }
  return %r : tensor<8x4xf32>
}

// LINALG-LABEL: func.func @lower(
// LINALG:         linalg.generic
// LINALG:         math.acos
// LINALG:         linalg.yield
// LINALG:         return
func.func @lower(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = mjx.acos %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}
