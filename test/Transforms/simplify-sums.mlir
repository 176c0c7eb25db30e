// RUN: mjx-opt %s --mjx-simplify --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @reduce_of_reduce(
// CHECK-SAME:    %[[X:[a-z0-9]+]]:
// CHECK-NEXT:    %[[S:.*]] = mjx.reduce add %[[X]], dims = [0, 2]
// CHECK-NEXT:    return %[[S]]
func.func @reduce_of_reduce(%x: tensor<2x3x4xf32>) -> tensor<3xf32> {
  %0 = mjx.reduce add %x, dims = [0] : tensor<2x3x4xf32> -> tensor<3x4xf32>
  %1 = mjx.reduce add %0, dims = [1] : tensor<3x4xf32> -> tensor<3xf32>
  return %1 : tensor<3xf32>
}

// -----

// A sum begins with 0, which makes 0 of -0.
// CHECK-LABEL: func.func @reduce_is_reshape(
// CHECK-SAME:    %[[X:[a-z0-9]+]]:
// CHECK-DAG:     mjx.reshape %[[X]] : tensor<2x1xf32> -> tensor<2xf32>
// CHECK-DAG:     mjx.reduce add %[[X]]
func.func @reduce_is_reshape(%x: tensor<2x1xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
  %0 = mjx.reduce max %x, dims = [1] : tensor<2x1xf32> -> tensor<2xf32>
  %1 = mjx.reduce add %x, dims = [1] : tensor<2x1xf32> -> tensor<2xf32>
  return %0, %1 : tensor<2xf32>, tensor<2xf32>
}

// -----

// CHECK-LABEL: func.func @reduce_of_broadcast(
// CHECK-SAME:    %[[X:[a-z0-9]+]]:
// CHECK-NEXT:    %[[M:.*]] = mjx.reduce max %[[X]], dims = [0] : tensor<3xf32> -> tensor<f32>
// CHECK-NEXT:    return %[[M]], %[[X]]
func.func @reduce_of_broadcast(%x: tensor<3xf32>) -> (tensor<f32>, tensor<3xf32>) {
  %0 = mjx.broadcast_in_dim %x, dims = [1] : tensor<3xf32> -> tensor<8x3xf32>
  %1 = mjx.reduce max %0, dims = [0, 1] : tensor<8x3xf32> -> tensor<f32>
  %2 = mjx.reduce min %0, dims = [0] : tensor<8x3xf32> -> tensor<3xf32>
  return %1, %2 : tensor<f32>, tensor<3xf32>
}

// -----

// CHECK-LABEL: func.func @reduce_of_moved(
// CHECK-SAME:    %[[X:[a-z0-9]+]]:
// CHECK-NEXT:    %[[S:.*]] = mjx.reduce add %[[X]], dims = [0, 1]
// CHECK-NEXT:    return %[[S]]
func.func @reduce_of_moved(%x: tensor<2x3xf32>) -> tensor<f32> {
  %0 = mjx.reshape %x : tensor<2x3xf32> -> tensor<6xf32>
  %1 = mjx.reverse %0, dims = [0] : tensor<6xf32>
  %2 = mjx.reduce add %1, dims = [0] : tensor<6xf32> -> tensor<f32>
  return %2 : tensor<f32>
}

// -----

// CHECK-LABEL: func.func @reduce_of_transpose(
// CHECK-SAME:    %[[X:[a-z0-9]+]]:
// CHECK-NEXT:    %[[S:.*]] = mjx.reduce max %[[X]], dims = [0] : tensor<2x3xf32> -> tensor<3xf32>
// CHECK-NEXT:    return %[[S]]
func.func @reduce_of_transpose(%x: tensor<2x3xf32>) -> tensor<3xf32> {
  %0 = mjx.transpose %x, permutation = [1, 0] : tensor<2x3xf32> -> tensor<3x2xf32>
  %1 = mjx.reduce max %0, dims = [1] : tensor<3x2xf32> -> tensor<3xf32>
  return %1 : tensor<3xf32>
}

// -----

// CHECK-LABEL: func.func @transpose_of_dot(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<8x3xf32>, %[[Y:[a-z0-9]+]]:
// CHECK-NEXT:    %[[D:.*]] = mjx.dot_general %[[Y]], %[[X]], batch = [] x [], contract = [0] x [0]
// CHECK-NEXT:    return %[[D]]
func.func @transpose_of_dot(%x: tensor<8x3xf32>, %y: tensor<8x5xf32>) -> tensor<5x3xf32> {
  %0 = mjx.dot_general %x, %y, batch = [] x [], contract = [0] x [0] : tensor<8x3xf32>, tensor<8x5xf32> -> tensor<3x5xf32>
  %1 = mjx.transpose %0, permutation = [1, 0] : tensor<3x5xf32> -> tensor<5x3xf32>
  return %1 : tensor<5x3xf32>
}

// -----

// CHECK-LABEL: func.func @transpose_of_batched_dot(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<2x8x3xf32>, %[[Y:[a-z0-9]+]]:
// CHECK-NEXT:    %[[D:.*]] = mjx.dot_general %[[Y]], %[[X]], batch = [0] x [0], contract = [1] x [1]
// CHECK-NEXT:    return %[[D]]
func.func @transpose_of_batched_dot(%x: tensor<2x8x3xf32>, %y: tensor<2x8x5xf32>) -> tensor<2x5x3xf32> {
  %0 = mjx.dot_general %x, %y, batch = [0] x [0], contract = [1] x [1] : tensor<2x8x3xf32>, tensor<2x8x5xf32> -> tensor<2x3x5xf32>
  %1 = mjx.transpose %0, permutation = [0, 2, 1] : tensor<2x3x5xf32> -> tensor<2x5x3xf32>
  return %1 : tensor<2x5x3xf32>
}

// -----

// CHECK-LABEL: func.func @dot_of_transpose(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<3x8xf32>, %[[Y:[a-z0-9]+]]:
// CHECK-NEXT:    %[[D:.*]] = mjx.dot_general %[[X]], %[[Y]], batch = [] x [], contract = [0] x [1]
// CHECK-NEXT:    return %[[D]]
func.func @dot_of_transpose(%x: tensor<3x8xf32>, %y: tensor<5x3xf32>) -> tensor<8x5xf32> {
  %0 = mjx.transpose %x, permutation = [1, 0] : tensor<3x8xf32> -> tensor<8x3xf32>
  %1 = mjx.transpose %y, permutation = [1, 0] : tensor<5x3xf32> -> tensor<3x5xf32>
  %2 = mjx.dot_general %0, %1, batch = [] x [], contract = [1] x [0] : tensor<8x3xf32>, tensor<3x5xf32> -> tensor<8x5xf32>
  return %2 : tensor<8x5xf32>
}

// -----

// CHECK-LABEL: func.func @dot_is_product(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<3xf32>, %[[Y:[a-z0-9]+]]:
// CHECK-DAG:     %[[A:.*]] = mjx.broadcast_in_dim %[[X]], dims = [0] : tensor<3xf32> -> tensor<3x5xf32>
// CHECK-DAG:     %[[B:.*]] = mjx.broadcast_in_dim %[[Y]], dims = [1] : tensor<5xf32> -> tensor<3x5xf32>
// CHECK:         %[[P:.*]] = mjx.mul %[[A]], %[[B]]
// CHECK-NEXT:    return %[[P]]
func.func @dot_is_product(%x: tensor<3xf32>, %y: tensor<5xf32>) -> tensor<3x5xf32> {
  %0 = mjx.dot_general %x, %y, batch = [] x [], contract = [] x [] : tensor<3xf32>, tensor<5xf32> -> tensor<3x5xf32>
  return %0 : tensor<3x5xf32>
}
