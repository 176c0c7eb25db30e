// RUN: mjx-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: func.func @same(
// CHECK-SAME:    %[[P:[a-z0-9]+]]: tensor<4xi1>, %[[X:[a-z0-9]+]]: tensor<4xf32>)
// CHECK-NEXT:    return %[[X]]
func.func @same(%p: tensor<4xi1>, %x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = mjx.select %p, %x, %x : tensor<4xi1>, tensor<4xf32>, tensor<4xf32> -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func.func @known(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<4xf32>, %[[Y:[a-z0-9]+]]: tensor<4xf32>)
// CHECK-NEXT:    return %[[Y]]
func.func @known(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %p = mjx.constant dense<false> : tensor<4xi1>
  %0 = mjx.select %p, %x, %y : tensor<4xi1>, tensor<4xf32>, tensor<4xf32> -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
