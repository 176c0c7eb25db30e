// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms --canonicalize --cse | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-to-linalg-pipeline --mlir-print-local-scope | FileCheck %s --check-prefix=LINALG

// SYNTAX-LABEL: func.func @syntax(
// SYNTAX-SAME:    %[[X:[a-z0-9]+]]:
// SYNTAX-SAME:    %[[Y:[a-z0-9]+]]:
// SYNTAX:         %[[COMPARE:.*]] = mjx.compare lt %[[X]], %[[Y]] : tensor<4xf32>, tensor<4xf32> -> tensor<4xi1>
// SYNTAX:         return %[[COMPARE]] : tensor<4xi1>
func.func @syntax(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xi1> {
  %0 = mjx.compare lt %x, %y : tensor<4xf32>, tensor<4xf32> -> tensor<4xi1>
  return %0 : tensor<4xi1>
}

// RULES-LABEL: func.func @batch(
// RULES-SAME:    %[[XS:[a-z0-9]+]]:
// RULES-SAME:    %[[Y:[a-z0-9]+]]:
// RULES:         %[[BROADCAST_IN_DIM:.*]] = mjx.broadcast_in_dim %[[Y]], dims = [1] : tensor<4xf32> -> tensor<8x4xf32>
// RULES:         %[[COMPARE:.*]] = mjx.compare lt %[[XS]], %[[BROADCAST_IN_DIM]] : tensor<8x4xf32>, tensor<8x4xf32> -> tensor<8x4xi1>
// RULES:         return %[[COMPARE]] : tensor<8x4xi1>
func.func @batch(%xs: tensor<8x4xf32>, %y: tensor<4xf32>) -> tensor<8x4xi1> {
  %r = mjx.vmap(%xs, %y) in_axes = [0, -1], out_axes = [0] {size = 8 : i64} : (tensor<8x4xf32>, tensor<4xf32>) -> tensor<8x4xi1> {
  ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
    %0 = mjx.compare lt %a, %b : tensor<4xf32>, tensor<4xf32> -> tensor<4xi1>
    mjx.yield %0 : tensor<4xi1>
  }
  return %r : tensor<8x4xi1>
}

// LINALG-LABEL: func.func @lower(
// LINALG:         linalg.generic
// LINALG:         arith.cmpf
// LINALG:         linalg.yield
// LINALG:         return
func.func @lower(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xi1> {
  %0 = mjx.compare lt %x, %y : tensor<4xf32>, tensor<4xf32> -> tensor<4xi1>
  return %0 : tensor<4xi1>
}
