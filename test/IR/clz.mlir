// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms --canonicalize --cse | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-to-linalg-pipeline --mlir-print-local-scope | FileCheck %s --check-prefix=LINALG

// SYNTAX-LABEL: func.func @syntax(
// SYNTAX-SAME:    %[[X:[a-z0-9]+]]:
// SYNTAX:         %[[CLZ:.*]] = mjx.clz %[[X]] : tensor<4xi32>
// SYNTAX:         return %[[CLZ]] : tensor<4xi32>
func.func @syntax(%x: tensor<4xi32>) -> tensor<4xi32> {
  %0 = mjx.clz %x : tensor<4xi32>
  return %0 : tensor<4xi32>
}

// RULES-LABEL: func.func @batch(
// RULES-SAME:    %[[XS:[a-z0-9]+]]:
// RULES:         %[[CLZ:.*]] = mjx.clz %[[XS]] : tensor<8x4xi32>
// RULES:         return %[[CLZ]] : tensor<8x4xi32>
func.func @batch(%xs: tensor<8x4xi32>) -> tensor<8x4xi32> {
  %r = mjx.vmap(%xs) in_axes = [0], out_axes = [0] {size = 8 : i64} : (tensor<8x4xi32>) -> tensor<8x4xi32> {
  ^bb0(%a: tensor<4xi32>):
    %0 = mjx.clz %a : tensor<4xi32>
    mjx.yield %0 : tensor<4xi32>
  }
  return %r : tensor<8x4xi32>
}

// LINALG-LABEL: func.func @lower(
// LINALG:         linalg.generic
// LINALG:         math.ctlz
// LINALG:         linalg.yield
// LINALG:         return
func.func @lower(%x: tensor<4xi32>) -> tensor<4xi32> {
  %0 = mjx.clz %x : tensor<4xi32>
  return %0 : tensor<4xi32>
}
