// RUN: mjx-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: func.func @one(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<1x3xf32>)
// CHECK-NEXT:    return %[[X]]
func.func @one(%x: tensor<1x3xf32>) -> tensor<1x3xf32> {
  %0 = mjx.cumulative mul %x, dim = 0 : tensor<1x3xf32>
  return %0 : tensor<1x3xf32>
}
