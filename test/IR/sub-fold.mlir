// RUN: mjx-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: func.func @zero(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<4xf32>)
// CHECK-NEXT:    return %[[X]]
func.func @zero(%x: tensor<4xf32>) -> tensor<4xf32> {
  %c = mjx.constant dense<0.0> : tensor<4xf32>
  %0 = mjx.sub %x, %c : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -0 - -0 is 0.
// CHECK-LABEL: func.func @negative_zero(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<4xf32>)
// CHECK:         mjx.sub
func.func @negative_zero(%x: tensor<4xf32>) -> tensor<4xf32> {
  %c = mjx.constant dense<-0.0> : tensor<4xf32>
  %0 = mjx.sub %x, %c : tensor<4xf32>
  return %0 : tensor<4xf32>
}
