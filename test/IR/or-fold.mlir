// RUN: mjx-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: func.func @none(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<4xi32>)
// CHECK-NEXT:    return %[[X]]
func.func @none(%x: tensor<4xi32>) -> tensor<4xi32> {
  %c = mjx.constant dense<0> : tensor<4xi32>
  %0 = mjx.or %c, %x : tensor<4xi32>
  return %0 : tensor<4xi32>
}

// CHECK-LABEL: func.func @all_bits(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<4xi32>)
// CHECK-NEXT:    %[[C:.*]] = mjx.constant dense<-1> : tensor<4xi32>
// CHECK-NEXT:    return %[[C]]
func.func @all_bits(%x: tensor<4xi32>) -> tensor<4xi32> {
  %c = mjx.constant dense<-1> : tensor<4xi32>
  %0 = mjx.or %x, %c : tensor<4xi32>
  return %0 : tensor<4xi32>
}
