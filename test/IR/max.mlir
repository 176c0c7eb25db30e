// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms --canonicalize --cse | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-to-linalg-pipeline --mlir-print-local-scope | FileCheck %s --check-prefix=LINALG

// SYNTAX-LABEL: func.func @syntax(
// SYNTAX-SAME:    %[[X:[a-z0-9]+]]:
// SYNTAX-SAME:    %[[Y:[a-z0-9]+]]:
// SYNTAX:         %[[MAX:.*]] = mjx.max %[[X]], %[[Y]] : tensor<4xf32>
// SYNTAX:         return %[[MAX]] : tensor<4xf32>
func.func @syntax(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %0 = mjx.max %x, %y : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// RULES-LABEL: func.func @jvp(
// RULES-SAME:    %[[X:[a-z0-9]+]]:
// RULES-SAME:    %[[Y:[a-z0-9]+]]:
// RULES-SAME:    %[[DX:[a-z0-9]+]]:
// RULES-SAME:    %[[DY:[a-z0-9]+]]:
// RULES:         %[[C:.*]] = mjx.constant dense<0.000000e+00> : tensor<4xf32>
// RULES:         %[[C2:.*]] = mjx.constant dense<1.000000e+00> : tensor<4xf32>
// RULES:         %[[C3:.*]] = mjx.constant dense<5.000000e-01> : tensor<4xf32>
// RULES:         %[[MAX:.*]] = mjx.max %[[X]], %[[Y]] : tensor<4xf32>
// RULES:         %[[COMPARE:.*]] = mjx.compare eq %[[Y]], %[[MAX]] : tensor<4xf32>, tensor<4xf32> -> tensor<4xi1>
// RULES:         %[[SELECT:.*]] = mjx.select %[[COMPARE]], %[[C3]], %[[C2]] : tensor<4xi1>, tensor<4xf32>, tensor<4xf32> -> tensor<4xf32>
// RULES:         %[[COMPARE2:.*]] = mjx.compare eq %[[X]], %[[MAX]] : tensor<4xf32>, tensor<4xf32> -> tensor<4xi1>
// RULES:         %[[SELECT2:.*]] = mjx.select %[[COMPARE2]], %[[SELECT]], %[[C]] : tensor<4xi1>, tensor<4xf32>, tensor<4xf32> -> tensor<4xf32>
// RULES:         %[[MUL:.*]] = mjx.mul %[[DX]], %[[SELECT2]] : tensor<4xf32>
// RULES:         %[[SUB:.*]] = mjx.sub %[[C2]], %[[SELECT2]] : tensor<4xf32>
// RULES:         %[[MUL2:.*]] = mjx.mul %[[DY]], %[[SUB]] : tensor<4xf32>
// RULES:         %[[ADD:.*]] = mjx.add %[[MUL]], %[[MUL2]] : tensor<4xf32>
// RULES:         return %[[ADD]] : tensor<4xf32>
func.func @jvp(%x: tensor<4xf32>, %y: tensor<4xf32>, %dx: tensor<4xf32>, %dy: tensor<4xf32>) -> tensor<4xf32> {
  %out, %dout = mjx.jvp(%x, %y, %dx, %dy) wrt = [0, 1] : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
    %0 = mjx.max %a, %b : tensor<4xf32>
    mjx.yield %0 : tensor<4xf32>
  }
  return %dout : tensor<4xf32>
}

// RULES-LABEL: func.func @reverse(
// RULES-SAME:    %[[X:[a-z0-9]+]]:
// RULES-SAME:    %[[Y:[a-z0-9]+]]:
// RULES-SAME:    %[[CT:[a-z0-9]+]]:
// RULES:         %[[C:.*]] = mjx.constant dense<0.000000e+00> : tensor<4xf32>
// RULES:         %[[C2:.*]] = mjx.constant dense<1.000000e+00> : tensor<4xf32>
// RULES:         %[[C3:.*]] = mjx.constant dense<5.000000e-01> : tensor<4xf32>
// RULES:         %[[MAX:.*]] = mjx.max %[[X]], %[[Y]] : tensor<4xf32>
// RULES:         %[[COMPARE:.*]] = mjx.compare eq %[[Y]], %[[MAX]] : tensor<4xf32>, tensor<4xf32> -> tensor<4xi1>
// RULES:         %[[SELECT:.*]] = mjx.select %[[COMPARE]], %[[C3]], %[[C2]] : tensor<4xi1>, tensor<4xf32>, tensor<4xf32> -> tensor<4xf32>
// RULES:         %[[COMPARE2:.*]] = mjx.compare eq %[[X]], %[[MAX]] : tensor<4xf32>, tensor<4xf32> -> tensor<4xi1>
// RULES:         %[[SELECT2:.*]] = mjx.select %[[COMPARE2]], %[[SELECT]], %[[C]] : tensor<4xi1>, tensor<4xf32>, tensor<4xf32> -> tensor<4xf32>
// RULES:         %[[SUB:.*]] = mjx.sub %[[C2]], %[[SELECT2]] : tensor<4xf32>
// RULES:         %[[MUL:.*]] = mjx.mul %[[CT]], %[[SUB]] : tensor<4xf32>
// RULES:         %[[MUL2:.*]] = mjx.mul %[[CT]], %[[SELECT2]] : tensor<4xf32>
// RULES:         return %[[MUL2]], %[[MUL]] : tensor<4xf32>, tensor<4xf32>
func.func @reverse(%x: tensor<4xf32>, %y: tensor<4xf32>, %ct: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %out, %l = mjx.linearize(%x, %y) wrt = [0, 1] : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, !mjx.linear<(tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>>) {
  ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
    %0 = mjx.max %a, %b : tensor<4xf32>
    mjx.yield %0 : tensor<4xf32>
  }
  %g:2 = mjx.apply_transpose %l(%ct) : (!mjx.linear<(tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return %g#0, %g#1 : tensor<4xf32>, tensor<4xf32>
}

// RULES-LABEL: func.func @batch(
// RULES-SAME:    %[[XS:[a-z0-9]+]]:
// RULES-SAME:    %[[Y:[a-z0-9]+]]:
// RULES:         %[[BROADCAST_IN_DIM:.*]] = mjx.broadcast_in_dim %[[Y]], dims = [1] : tensor<4xf32> -> tensor<8x4xf32>
// RULES:         %[[MAX:.*]] = mjx.max %[[XS]], %[[BROADCAST_IN_DIM]] : tensor<8x4xf32>
// RULES:         return %[[MAX]] : tensor<8x4xf32>
func.func @batch(%xs: tensor<8x4xf32>, %y: tensor<4xf32>) -> tensor<8x4xf32> {
  %r = mjx.vmap(%xs, %y) in_axes = [0, -1], out_axes = [0] {size = 8 : i64} : (tensor<8x4xf32>, tensor<4xf32>) -> tensor<8x4xf32> {
  ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
    %0 = mjx.max %a, %b : tensor<4xf32>
    mjx.yield %0 : tensor<4xf32>
  }
  return %r : tensor<8x4xf32>
}

// LINALG-LABEL: func.func @lower(
// LINALG:         linalg.generic
// LINALG:         arith.maximumf
// LINALG:         linalg.yield
// LINALG:         return
func.func @lower(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %0 = mjx.max %x, %y : tensor<4xf32>
  return %0 : tensor<4xf32>
}
