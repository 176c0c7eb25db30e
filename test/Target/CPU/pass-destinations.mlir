// RUN: mjx-opt %s --split-input-file --mjx-cpu-pass-destinations | FileCheck %s

// Inputs first, then outputs; a result is written to its argument.
// CHECK-LABEL: func.func @fresh
// CHECK-SAME: (%[[A:.*]]: memref<4xf32>, %[[OUT:.*]]: memref<4xf32>)
// CHECK-SAME: mjx.aliases = array<i64: -1>
// CHECK: %[[T:.*]] = bufferization.to_tensor %[[A]] restrict :
// CHECK: %[[D:.*]] = bufferization.to_tensor %[[OUT]] restrict writable :
// CHECK: %[[R:.*]] = linalg.exp ins(%[[T]]
// CHECK: %[[W:.*]] = bufferization.materialize_in_destination %[[R]] in %[[D]]
// CHECK: bufferization.materialize_in_destination %[[W]] in restrict writable %[[OUT]]
func.func @fresh(%a: tensor<4xf32>) -> tensor<4xf32> attributes {mjx.program} {
  %e = tensor.empty() : tensor<4xf32>
  %r = linalg.exp ins(%a : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// -----

// A donated input and the output that updates it are one buffer.
// CHECK-LABEL: func.func @donated
// CHECK-SAME: (%{{.*}}: memref<8xf32>, %{{.*}}: memref<2xf32>, %[[OUT:.*]]: memref<8xf32>)
// CHECK-SAME: mjx.aliases = array<i64: 0>
// CHECK: %[[T:.*]] = bufferization.to_tensor %[[OUT]] restrict writable
// CHECK: %[[R:.*]] = tensor.insert_slice %{{.*}} into %[[T]]
// CHECK: bufferization.materialize_in_destination %[[R]] in %[[T]]
func.func @donated(%a: tensor<8xf32> {mjx.donated}, %u: tensor<2xf32>) -> tensor<8xf32>
    attributes {mjx.program} {
  %r = tensor.insert_slice %u into %a[3] [2] [1] : tensor<2xf32> into tensor<8xf32>
  return %r : tensor<8xf32>
}

// -----

// Of two results of its type, a donated input goes to the one that updates it.
// CHECK-LABEL: func.func @chosen
// CHECK-SAME: mjx.aliases = array<i64: -1, 1>
func.func @chosen(%x: tensor<8xf32>, %a: tensor<8xf32> {mjx.donated}, %u: tensor<2xf32>)
    -> (tensor<8xf32>, tensor<8xf32>) attributes {mjx.program} {
  %r = tensor.insert_slice %u into %a[3] [2] [1] : tensor<2xf32> into tensor<8xf32>
  return %x, %r : tensor<8xf32>, tensor<8xf32>
}

// -----

// Memory that must not change is copied before a loop updates it.
// CHECK-LABEL: func.func @copied
// CHECK: %[[T:.*]] = bufferization.to_tensor
// CHECK: %[[E:.*]] = tensor.empty
// CHECK: %[[C:.*]] = bufferization.materialize_in_destination %[[T]] in %[[E]]
// CHECK: tensor.insert_slice %{{.*}} into %[[C]]
func.func @copied(%a: tensor<8xf32>, %u: tensor<2xf32>) -> tensor<8xf32>
    attributes {mjx.program} {
  %r = tensor.insert_slice %u into %a[3] [2] [1] : tensor<2xf32> into tensor<8xf32>
  return %r : tensor<8xf32>
}
