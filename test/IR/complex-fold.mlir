// RUN: mjx-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: func.func @of_parts(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<4xcomplex<f32>>)
// CHECK-NEXT:    return %[[X]]
func.func @of_parts(%x: tensor<4xcomplex<f32>>) -> tensor<4xcomplex<f32>> {
  %0 = mjx.real %x : tensor<4xcomplex<f32>> -> tensor<4xf32>
  %1 = mjx.imag %x : tensor<4xcomplex<f32>> -> tensor<4xf32>
  %2 = mjx.complex %0, %1 : tensor<4xf32>, tensor<4xf32> -> tensor<4xcomplex<f32>>
  return %2 : tensor<4xcomplex<f32>>
}

// CHECK-LABEL: func.func @of_others(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<4xcomplex<f32>>, %[[Y:[a-z0-9]+]]: tensor<4xcomplex<f32>>)
// CHECK:         mjx.complex
func.func @of_others(%x: tensor<4xcomplex<f32>>, %y: tensor<4xcomplex<f32>>) -> tensor<4xcomplex<f32>> {
  %0 = mjx.real %x : tensor<4xcomplex<f32>> -> tensor<4xf32>
  %1 = mjx.imag %y : tensor<4xcomplex<f32>> -> tensor<4xf32>
  %2 = mjx.complex %0, %1 : tensor<4xf32>, tensor<4xf32> -> tensor<4xcomplex<f32>>
  return %2 : tensor<4xcomplex<f32>>
}
