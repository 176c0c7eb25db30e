// RUN: mjx-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: func.func @twice(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<4xcomplex<f32>>)
// CHECK-NEXT:    return %[[X]]
func.func @twice(%x: tensor<4xcomplex<f32>>) -> tensor<4xcomplex<f32>> {
  %0 = mjx.conj %x : tensor<4xcomplex<f32>>
  %1 = mjx.conj %0 : tensor<4xcomplex<f32>>
  return %1 : tensor<4xcomplex<f32>>
}
