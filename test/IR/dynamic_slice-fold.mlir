// RUN: mjx-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: func.func @whole(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<4xf32>, %[[I:[a-z0-9]+]]: tensor<i32>)
// CHECK-NEXT:    return %[[X]]
func.func @whole(%x: tensor<4xf32>, %i: tensor<i32>) -> tensor<4xf32> {
  %0 = mjx.dynamic_slice %x at (%i), sizes = [4] : tensor<4xf32>, tensor<i32> -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
