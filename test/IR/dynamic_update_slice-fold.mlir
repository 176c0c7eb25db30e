// RUN: mjx-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: func.func @whole(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<4xf32>, %[[Y:[a-z0-9]+]]: tensor<4xf32>, %[[I:[a-z0-9]+]]: tensor<i32>)
// CHECK-NEXT:    return %[[Y]]
func.func @whole(%x: tensor<4xf32>, %y: tensor<4xf32>, %i: tensor<i32>) -> tensor<4xf32> {
  %0 = mjx.dynamic_update_slice set %x, %y at (%i) : tensor<4xf32>, tensor<4xf32>, tensor<i32> -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func.func @nothing(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<4xf32>, %[[Y:[a-z0-9]+]]: tensor<0xf32>, %[[I:[a-z0-9]+]]: tensor<i32>)
// CHECK-NEXT:    return %[[X]]
func.func @nothing(%x: tensor<4xf32>, %y: tensor<0xf32>, %i: tensor<i32>) -> tensor<4xf32> {
  %0 = mjx.dynamic_update_slice add %x, %y at (%i) : tensor<4xf32>, tensor<0xf32>, tensor<i32> -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
