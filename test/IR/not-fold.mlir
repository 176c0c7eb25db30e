// RUN: mjx-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: func.func @twice(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<4xi32>)
// CHECK-NEXT:    return %[[X]]
func.func @twice(%x: tensor<4xi32>) -> tensor<4xi32> {
  %0 = mjx.not %x : tensor<4xi32>
  %1 = mjx.not %0 : tensor<4xi32>
  return %1 : tensor<4xi32>
}
