// RUN: mjx-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: func.func @of_parts(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<4xf32>, %[[Y:[a-z0-9]+]]: tensor<4xf32>)
// CHECK-NEXT:    return %[[X]]
func.func @of_parts(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %0 = mjx.complex %x, %y : tensor<4xf32>, tensor<4xf32> -> tensor<4xcomplex<f32>>
  %1 = mjx.real %0 : tensor<4xcomplex<f32>> -> tensor<4xf32>
  return %1 : tensor<4xf32>
}
