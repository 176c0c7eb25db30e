// RUN: mjx-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: func.func @same(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<4xi32>)
// CHECK-NEXT:    %[[C:.*]] = mjx.constant dense<true> : tensor<4xi1>
// CHECK-NEXT:    return %[[C]]
func.func @same(%x: tensor<4xi32>) -> tensor<4xi1> {
  %0 = mjx.compare le %x, %x : tensor<4xi32>, tensor<4xi32> -> tensor<4xi1>
  return %0 : tensor<4xi1>
}

// NaN is not equal to itself.
// CHECK-LABEL: func.func @floats(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<4xf32>)
// CHECK:         mjx.compare
func.func @floats(%x: tensor<4xf32>) -> tensor<4xi1> {
  %0 = mjx.compare eq %x, %x : tensor<4xf32>, tensor<4xf32> -> tensor<4xi1>
  return %0 : tensor<4xi1>
}
