// RUN: mjx-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: func.func @integers(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<4xi32>)
// CHECK-NEXT:    return %[[X]]
func.func @integers(%x: tensor<4xi32>) -> tensor<4xi32> {
  %c = mjx.constant dense<0> : tensor<4xi32>
  %0 = mjx.add %c, %x : tensor<4xi32>
  return %0 : tensor<4xi32>
}

// CHECK-LABEL: func.func @negative_zero(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<4xf32>)
// CHECK-NEXT:    return %[[X]]
func.func @negative_zero(%x: tensor<4xf32>) -> tensor<4xf32> {
  %c = mjx.constant dense<-0.0> : tensor<4xf32>
  %0 = mjx.add %x, %c : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -0 + 0 is 0.
// CHECK-LABEL: func.func @zero(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<4xf32>)
// CHECK:         mjx.add
func.func @zero(%x: tensor<4xf32>) -> tensor<4xf32> {
  %c = mjx.constant dense<0.0> : tensor<4xf32>
  %0 = mjx.add %x, %c : tensor<4xf32>
  return %0 : tensor<4xf32>
}
