// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms --canonicalize --cse | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-to-linalg-pipeline --mlir-print-local-scope | FileCheck %s --check-prefix=LINALG

// SYNTAX-LABEL: func.func @syntax(
// SYNTAX-SAME:    %[[X:[a-z0-9]+]]:
// SYNTAX-SAME:    %[[Y:[a-z0-9]+]]:
// SYNTAX-SAME:    %[[Z:[a-z0-9]+]]:
// SYNTAX:         %[[SELECT:.*]] = mjx.select %[[X]], %[[Y]], %[[Z]] : tensor<4xi1>, tensor<4xf32>, tensor<4xf32> -> tensor<4xf32>
// SYNTAX:         return %[[SELECT]] : tensor<4xf32>
func.func @syntax(%x: tensor<4xi1>, %y: tensor<4xf32>, %z: tensor<4xf32>) -> tensor<4xf32> {
  %0 = mjx.select %x, %y, %z : tensor<4xi1>, tensor<4xf32>, tensor<4xf32> -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// RULES-LABEL: func.func @jvp(
// RULES-SAME:    %[[X:[a-z0-9]+]]:
// RULES-SAME:    %[[Y:[a-z0-9]+]]:
// RULES-SAME:    %[[Z:[a-z0-9]+]]:
// RULES-SAME:    %[[DY:[a-z0-9]+]]:
// RULES-SAME:    %[[DZ:[a-z0-9]+]]:
// RULES:         %[[SELECT:.*]] = mjx.select %[[X]], %[[DY]], %[[DZ]] : tensor<4xi1>, tensor<4xf32>, tensor<4xf32> -> tensor<4xf32>
// RULES:         return %[[SELECT]] : tensor<4xf32>
func.func @jvp(%x: tensor<4xi1>, %y: tensor<4xf32>, %z: tensor<4xf32>, %dy: tensor<4xf32>, %dz: tensor<4xf32>) -> tensor<4xf32> {
  %out, %dout = mjx.jvp(%x, %y, %z, %dy, %dz) wrt = [1, 2] : (tensor<4xi1>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  ^bb0(%a: tensor<4xi1>, %b: tensor<4xf32>, %c: tensor<4xf32>):
    %0 = mjx.select %a, %b, %c : tensor<4xi1>, tensor<4xf32>, tensor<4xf32> -> tensor<4xf32>
    mjx.yield %0 : tensor<4xf32>
  }
  return %dout : tensor<4xf32>
}

// RULES-LABEL: func.func @reverse(
// RULES-SAME:    %[[X:[a-z0-9]+]]:
// RULES-SAME:    %[[Y:[a-z0-9]+]]:
// RULES-SAME:    %[[Z:[a-z0-9]+]]:
// RULES-SAME:    %[[CT:[a-z0-9]+]]:
// RULES:         %[[C:.*]] = mjx.constant dense<0.000000e+00> : tensor<4xf32>
// RULES:         %[[SELECT:.*]] = mjx.select %[[X]], %[[CT]], %[[C]] : tensor<4xi1>, tensor<4xf32>, tensor<4xf32> -> tensor<4xf32>
// RULES:         %[[SELECT2:.*]] = mjx.select %[[X]], %[[C]], %[[CT]] : tensor<4xi1>, tensor<4xf32>, tensor<4xf32> -> tensor<4xf32>
// RULES:         return %[[SELECT]], %[[SELECT2]] : tensor<4xf32>, tensor<4xf32>
func.func @reverse(%x: tensor<4xi1>, %y: tensor<4xf32>, %z: tensor<4xf32>, %ct: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %out, %l = mjx.linearize(%x, %y, %z) wrt = [1, 2] : (tensor<4xi1>, tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, !mjx.linear<(tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>>) {
  ^bb0(%a: tensor<4xi1>, %b: tensor<4xf32>, %c: tensor<4xf32>):
    %0 = mjx.select %a, %b, %c : tensor<4xi1>, tensor<4xf32>, tensor<4xf32> -> tensor<4xf32>
    mjx.yield %0 : tensor<4xf32>
  }
  %g:2 = mjx.apply_transpose %l(%ct) : (!mjx.linear<(tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return %g#0, %g#1 : tensor<4xf32>, tensor<4xf32>
}

// RULES-LABEL: func.func @batch(
// RULES-SAME:    %[[XS:[a-z0-9]+]]:
// RULES-SAME:    %[[Y:[a-z0-9]+]]:
// RULES-SAME:    %[[Z:[a-z0-9]+]]:
// RULES:         %[[BROADCAST_IN_DIM:.*]] = mjx.broadcast_in_dim %[[Y]], dims = [1] : tensor<4xf32> -> tensor<8x4xf32>
// RULES:         %[[BROADCAST_IN_DIM2:.*]] = mjx.broadcast_in_dim %[[Z]], dims = [1] : tensor<4xf32> -> tensor<8x4xf32>
// RULES:         %[[SELECT:.*]] = mjx.select %[[XS]], %[[BROADCAST_IN_DIM]], %[[BROADCAST_IN_DIM2]] : tensor<8x4xi1>, tensor<8x4xf32>, tensor<8x4xf32> -> tensor<8x4xf32>
// RULES:         return %[[SELECT]] : tensor<8x4xf32>
func.func @batch(%xs: tensor<8x4xi1>, %y: tensor<4xf32>, %z: tensor<4xf32>) -> tensor<8x4xf32> {
  %r = mjx.vmap(%xs, %y, %z) in_axes = [0, -1, -1], out_axes = [0] {size = 8 : i64} : (tensor<8x4xi1>, tensor<4xf32>, tensor<4xf32>) -> tensor<8x4xf32> {
  ^bb0(%a: tensor<4xi1>, %b: tensor<4xf32>, %c: tensor<4xf32>):
    %0 = mjx.select %a, %b, %c : tensor<4xi1>, tensor<4xf32>, tensor<4xf32> -> tensor<4xf32>
    mjx.yield %0 : tensor<4xf32>
  }
  return %r : tensor<8x4xf32>
}

// LINALG-LABEL: func.func @lower(
// LINALG:         linalg.generic
// LINALG:         arith.select
// LINALG:         linalg.yield
// LINALG:         return
func.func @lower(%x: tensor<4xi1>, %y: tensor<4xf32>, %z: tensor<4xf32>) -> tensor<4xf32> {
  %0 = mjx.select %x, %y, %z : tensor<4xi1>, tensor<4xf32>, tensor<4xf32> -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
