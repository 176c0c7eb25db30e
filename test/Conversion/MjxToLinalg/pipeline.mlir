// RUN: mjx-opt %s --mjx-to-linalg-pipeline | FileCheck %s

// Transforms are resolved, calls inlined, functions that nobody calls any more
// dropped, and nothing of the dialect is left.
// CHECK-NOT: @callee
// CHECK-LABEL: func.func @caller(
// CHECK-NOT:     mjx.
// CHECK:         math.exp
// CHECK-NOT:     mjx.
// CHECK:         return
// CHECK-NOT: @callee
func.func private @callee(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = mjx.logistic %x : tensor<2xf32>
  return %0 : tensor<2xf32>
}
func.func @caller(%x: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %y = mjx.vmap(%x) in_axes = [0], out_axes = [0] {size = 3 : i64} : (tensor<3x2xf32>) -> tensor<3x2xf32> {
  ^bb0(%a: tensor<2xf32>):
    %r = mjx.call @callee(%a) : (tensor<2xf32>) -> tensor<2xf32>
    mjx.yield %r : tensor<2xf32>
  }
  return %y : tensor<3x2xf32>
}
