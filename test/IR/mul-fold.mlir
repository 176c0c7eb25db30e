// RUN: mjx-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: func.func @one(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<4xf32>)
// CHECK-NEXT:    return %[[X]]
func.func @one(%x: tensor<4xf32>) -> tensor<4xf32> {
  %c = mjx.constant dense<1.0> : tensor<4xf32>
  %0 = mjx.mul %c, %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// NaN times 0 is NaN.
// CHECK-LABEL: func.func @zero(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<4xf32>)
// CHECK:         mjx.mul
func.func @zero(%x: tensor<4xf32>) -> tensor<4xf32> {
  %c = mjx.constant dense<0.0> : tensor<4xf32>
  %0 = mjx.mul %x, %c : tensor<4xf32>
  return %0 : tensor<4xf32>
}
