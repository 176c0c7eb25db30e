// RUN: mjx-opt %s --mjx-simplify --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @broadcast_is_reshape(
// CHECK:         mjx.reshape %{{.*}} : tensor<3xf32> -> tensor<1x3x1xf32>
func.func @broadcast_is_reshape(%x: tensor<3xf32>) -> tensor<1x3x1xf32> {
  %0 = mjx.broadcast_in_dim %x, dims = [1] : tensor<3xf32> -> tensor<1x3x1xf32>
  return %0 : tensor<1x3x1xf32>
}

// -----

// CHECK-LABEL: func.func @broadcast_of_reshape(
// CHECK-SAME:    %[[X:[a-z0-9]+]]:
// CHECK-NEXT:    %[[B:.*]] = mjx.broadcast_in_dim %[[X]], dims = [0] : tensor<8xf32> -> tensor<8x5xf32>
// CHECK-NEXT:    return %[[B]]
func.func @broadcast_of_reshape(%x: tensor<8xf32>) -> tensor<8x5xf32> {
  %0 = mjx.reshape %x : tensor<8xf32> -> tensor<8x1xf32>
  %1 = mjx.broadcast_in_dim %0, dims = [0, 1] : tensor<8x1xf32> -> tensor<8x5xf32>
  return %1 : tensor<8x5xf32>
}

// -----

// CHECK-LABEL: func.func @transpose_of_broadcast(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<2x3xf32>, %[[Y:[a-z0-9]+]]:
// CHECK-DAG:     %[[T:.*]] = mjx.transpose %[[X]], permutation = [1, 0]
// CHECK-DAG:     %[[A:.*]] = mjx.broadcast_in_dim %[[T]], dims = [0, 2] : tensor<3x2xf32> -> tensor<3x4x2xf32>
// CHECK-DAG:     %[[B:.*]] = mjx.broadcast_in_dim %[[Y]], dims = [1] : tensor<3xf32> -> tensor<2x3xf32>
// CHECK:         return %[[A]], %[[B]]
func.func @transpose_of_broadcast(%x: tensor<2x3xf32>, %y: tensor<3xf32>) -> (tensor<3x4x2xf32>, tensor<2x3xf32>) {
  %0 = mjx.broadcast_in_dim %x, dims = [1, 2] : tensor<2x3xf32> -> tensor<4x2x3xf32>
  %1 = mjx.transpose %0, permutation = [2, 0, 1] : tensor<4x2x3xf32> -> tensor<3x4x2xf32>
  %2 = mjx.broadcast_in_dim %y, dims = [0] : tensor<3xf32> -> tensor<3x2xf32>
  %3 = mjx.transpose %2, permutation = [1, 0] : tensor<3x2xf32> -> tensor<2x3xf32>
  return %1, %3 : tensor<3x4x2xf32>, tensor<2x3xf32>
}

// -----

// CHECK-LABEL: func.func @reshape_of_broadcast(
// CHECK-SAME:    %[[X:[a-z0-9]+]]:
// CHECK-NEXT:    %[[B:.*]] = mjx.broadcast_in_dim %[[X]], dims = [] : tensor<f32> -> tensor<6xf32>
// CHECK-NEXT:    return %[[B]]
func.func @reshape_of_broadcast(%x: tensor<f32>) -> tensor<6xf32> {
  %0 = mjx.broadcast_in_dim %x, dims = [] : tensor<f32> -> tensor<2x3xf32>
  %1 = mjx.reshape %0 : tensor<2x3xf32> -> tensor<6xf32>
  return %1 : tensor<6xf32>
}

// -----

// CHECK-LABEL: func.func @transpose_is_reshape(
// CHECK-NEXT:    mjx.reshape %{{.*}} : tensor<2x1x3xf32> -> tensor<2x3x1xf32>
func.func @transpose_is_reshape(%x: tensor<2x1x3xf32>) -> tensor<2x3x1xf32> {
  %0 = mjx.transpose %x, permutation = [0, 2, 1] : tensor<2x1x3xf32> -> tensor<2x3x1xf32>
  return %0 : tensor<2x3x1xf32>
}

// -----

// CHECK-LABEL: func.func @reverse_of_reverse(
// CHECK-SAME:    %[[X:[a-z0-9]+]]:
// CHECK-NEXT:    %[[R:.*]] = mjx.reverse %[[X]], dims = [1]
// CHECK-NEXT:    return %[[R]]
func.func @reverse_of_reverse(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = mjx.reverse %x, dims = [0, 1] : tensor<2x3xf32>
  %1 = mjx.reverse %0, dims = [0] : tensor<2x3xf32>
  return %1 : tensor<2x3xf32>
}

// -----

// CHECK-LABEL: func.func @reverse_of_broadcast(
// CHECK-SAME:    %[[X:[a-z0-9]+]]:
// CHECK-NEXT:    %[[R:.*]] = mjx.reverse %[[X]], dims = [0] : tensor<3xf32>
// CHECK-NEXT:    %[[B:.*]] = mjx.broadcast_in_dim %[[R]], dims = [1]
// CHECK-NEXT:    return %[[B]]
func.func @reverse_of_broadcast(%x: tensor<3xf32>) -> tensor<2x3xf32> {
  %0 = mjx.broadcast_in_dim %x, dims = [1] : tensor<3xf32> -> tensor<2x3xf32>
  %1 = mjx.reverse %0, dims = [0, 1] : tensor<2x3xf32>
  return %1 : tensor<2x3xf32>
}

// -----

// CHECK-LABEL: func.func @slice_of_broadcast(
// CHECK-SAME:    %[[X:[a-z0-9]+]]:
// CHECK-NEXT:    %[[S:.*]] = mjx.slice %[[X]], start = [1], limit = [3], strides = [1]
// CHECK-NEXT:    %[[B:.*]] = mjx.broadcast_in_dim %[[S]], dims = [1] : tensor<2xf32> -> tensor<4x2xf32>
// CHECK-NEXT:    return %[[B]]
func.func @slice_of_broadcast(%x: tensor<3xf32>) -> tensor<4x2xf32> {
  %0 = mjx.broadcast_in_dim %x, dims = [1] : tensor<3xf32> -> tensor<8x3xf32>
  %1 = mjx.slice %0, start = [2, 1], limit = [6, 3], strides = [1, 1] : tensor<8x3xf32> -> tensor<4x2xf32>
  return %1 : tensor<4x2xf32>
}

// -----

// CHECK-LABEL: func.func @slice_of_concatenate(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<3xf32>, %[[Y:[a-z0-9]+]]: tensor<2xf32>, %[[Z:[a-z0-9]+]]:
// CHECK-DAG:     %[[C:.*]] = mjx.concatenate %[[Y]], %[[Z]], dim = 0
// CHECK-DAG:     %[[S:.*]] = mjx.slice %[[C]], start = [1], limit = [4], strides = [1]
// CHECK:         return %[[Y]], %[[S]]
func.func @slice_of_concatenate(%x: tensor<3xf32>, %y: tensor<2xf32>, %z: tensor<4xf32>) -> (tensor<2xf32>, tensor<3xf32>) {
  %0 = mjx.concatenate %x, %y, %z, dim = 0 : tensor<3xf32>, tensor<2xf32>, tensor<4xf32> -> tensor<9xf32>
  %1 = mjx.slice %0, start = [3], limit = [5], strides = [1] : tensor<9xf32> -> tensor<2xf32>
  %2 = mjx.slice %0, start = [4], limit = [7], strides = [1] : tensor<9xf32> -> tensor<3xf32>
  return %1, %2 : tensor<2xf32>, tensor<3xf32>
}

// -----

// CHECK-LABEL: func.func @slice_of_pad(
// CHECK-SAME:    %[[X:[a-z0-9]+]]:
// CHECK-DAG:     %[[S:.*]] = mjx.slice %[[X]], start = [1], limit = [3], strides = [1]
// CHECK-DAG:     mjx.pad
// CHECK:         return %[[S]],
func.func @slice_of_pad(%x: tensor<4xf32>, %v: tensor<f32>) -> (tensor<2xf32>, tensor<2xf32>) {
  %0 = mjx.pad %x, %v, low = [2], high = [1], interior = [0] : tensor<4xf32>, tensor<f32> -> tensor<7xf32>
  %1 = mjx.slice %0, start = [3], limit = [5], strides = [1] : tensor<7xf32> -> tensor<2xf32>
  %2 = mjx.slice %0, start = [1], limit = [3], strides = [1] : tensor<7xf32> -> tensor<2xf32>
  return %1, %2 : tensor<2xf32>, tensor<2xf32>
}

// -----

// CHECK-LABEL: func.func @slice_of_iota(
// CHECK-NEXT:    %[[I:.*]] = mjx.iota dim = 1 : tensor<2x3xi32>
// CHECK-NEXT:    return %[[I]]
func.func @slice_of_iota() -> tensor<2x3xi32> {
  %0 = mjx.iota dim = 1 : tensor<4x5xi32>
  %1 = mjx.slice %0, start = [1, 0], limit = [4, 3], strides = [2, 1] : tensor<4x5xi32> -> tensor<2x3xi32>
  return %1 : tensor<2x3xi32>
}

// -----

// CHECK-LABEL: func.func @join_of_neighbours(
// CHECK-SAME:    %[[X:[a-z0-9]+]]:
// CHECK-NEXT:    return %[[X]]
func.func @join_of_neighbours(%x: tensor<6x2xf32>) -> tensor<6x2xf32> {
  %0 = mjx.slice %x, start = [0, 0], limit = [2, 2], strides = [1, 1] : tensor<6x2xf32> -> tensor<2x2xf32>
  %1 = mjx.slice %x, start = [2, 0], limit = [3, 2], strides = [1, 1] : tensor<6x2xf32> -> tensor<1x2xf32>
  %2 = mjx.slice %x, start = [3, 0], limit = [6, 2], strides = [1, 1] : tensor<6x2xf32> -> tensor<3x2xf32>
  %3 = mjx.concatenate %0, %1, %2, dim = 0 : tensor<2x2xf32>, tensor<1x2xf32>, tensor<3x2xf32> -> tensor<6x2xf32>
  return %3 : tensor<6x2xf32>
}

// -----

// CHECK-LABEL: func.func @join_of_joins(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<2xf32>, %[[Y:[a-z0-9]+]]: tensor<3xf32>, %[[E:[a-z0-9]+]]:
// CHECK-NEXT:    %[[J:.*]] = mjx.concatenate %[[X]], %[[Y]], %[[X]], dim = 0
// CHECK-NEXT:    return %[[J]]
func.func @join_of_joins(%x: tensor<2xf32>, %y: tensor<3xf32>, %e: tensor<0xf32>) -> tensor<7xf32> {
  %0 = mjx.concatenate %x, %y, dim = 0 : tensor<2xf32>, tensor<3xf32> -> tensor<5xf32>
  %1 = mjx.concatenate %0, %e, %x, dim = 0 : tensor<5xf32>, tensor<0xf32>, tensor<2xf32> -> tensor<7xf32>
  return %1 : tensor<7xf32>
}

// -----

// CHECK-LABEL: func.func @join_first(
// CHECK-SAME:    %[[X:[a-z0-9]+]]:
// CHECK-NEXT:    %[[C:.*]] = mjx.cos %[[X]] : tensor<3xf32>
// CHECK-NEXT:    return %[[C]]
func.func @join_first(%x: tensor<3xf32>) -> tensor<3xf32> {
  %0 = mjx.slice %x, start = [0], limit = [1], strides = [1] : tensor<3xf32> -> tensor<1xf32>
  %1 = mjx.slice %x, start = [1], limit = [3], strides = [1] : tensor<3xf32> -> tensor<2xf32>
  %2 = mjx.cos %0 : tensor<1xf32>
  %3 = mjx.cos %1 : tensor<2xf32>
  %4 = mjx.concatenate %2, %3, dim = 0 : tensor<1xf32>, tensor<2xf32> -> tensor<3xf32>
  return %4 : tensor<3xf32>
}
