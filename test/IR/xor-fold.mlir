// RUN: mjx-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: func.func @none(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<4xi32>)
// CHECK-NEXT:    return %[[X]]
func.func @none(%x: tensor<4xi32>) -> tensor<4xi32> {
  %c = mjx.constant dense<0> : tensor<4xi32>
  %0 = mjx.xor %c, %x : tensor<4xi32>
  return %0 : tensor<4xi32>
}
