// RUN: mjx-opt %s --canonicalize | FileCheck %s

// Outside of derivatives it does nothing.
// CHECK-LABEL: func.func @twice(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<4xf32>)
// CHECK-NEXT:    return %[[X]]
func.func @twice(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = mjx.stop_gradient %x : tensor<4xf32>
  %1 = mjx.stop_gradient %0 : tensor<4xf32>
  return %1 : tensor<4xf32>
}
