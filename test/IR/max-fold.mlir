// RUN: mjx-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: func.func @same(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<4xf32>)
// CHECK-NEXT:    return %[[X]]
func.func @same(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = mjx.max %x, %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}
