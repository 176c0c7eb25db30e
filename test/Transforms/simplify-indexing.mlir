// RUN: mjx-opt %s --mjx-resolve-transforms --mjx-simplify --split-input-file | FileCheck %s

// The start is moved inside.
// CHECK-LABEL: func.func @dynamic_slice_is_slice(
// CHECK-SAME:    %[[X:[a-z0-9]+]]:
// CHECK-NEXT:    %[[S:.*]] = mjx.slice %[[X]], start = [5], limit = [8], strides = [1]
// CHECK-NEXT:    return %[[S]]
func.func @dynamic_slice_is_slice(%x: tensor<8xf32>) -> tensor<3xf32> {
  %i = mjx.constant dense<7> : tensor<i32>
  %0 = mjx.dynamic_slice %x at (%i), sizes = [3] : tensor<8xf32>, tensor<i32> -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// -----

// CHECK-LABEL: func.func @dynamic_update_is_update(
// CHECK:         mjx.update_slice add %{{.*}}, %{{.*}}, start = [0], strides = [1]
func.func @dynamic_update_is_update(%x: tensor<8xf32>, %y: tensor<3xf32>) -> tensor<8xf32> {
  %i = mjx.constant dense<-2> : tensor<i32>
  %0 = mjx.dynamic_update_slice add %x, %y at (%i) : tensor<8xf32>, tensor<3xf32>, tensor<i32> -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// -----

// CHECK-LABEL: func.func @gather_is_slice(
// CHECK-SAME:    %[[X:[a-z0-9]+]]:
// CHECK-NEXT:    %[[S:.*]] = mjx.slice %[[X]], start = [2, 0], limit = [3, 3], strides = [1, 1]
// CHECK-NEXT:    %[[R:.*]] = mjx.reshape %[[S]] : tensor<1x3xf32> -> tensor<3xf32>
// CHECK-NEXT:    return %[[R]]
func.func @gather_is_slice(%x: tensor<5x3xf32>) -> tensor<3xf32> {
  %i = mjx.constant dense<2> : tensor<1xi32>
  %0 = mjx.gather fill %x[%i], offset_dims = [0], collapsed_dims = [0], start_index_map = [0], batching_dims = [], [], slice_sizes = [1, 3] : tensor<5x3xf32>, tensor<1xi32> -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// -----

// What is outside is filled in: that is no slice.
// CHECK-LABEL: func.func @gather_outside(
// CHECK:         mjx.gather
func.func @gather_outside(%x: tensor<5x3xf32>) -> tensor<3xf32> {
  %i = mjx.constant dense<5> : tensor<1xi32>
  %0 = mjx.gather fill %x[%i], offset_dims = [0], collapsed_dims = [0], start_index_map = [0], batching_dims = [], [], slice_sizes = [1, 3] : tensor<5x3xf32>, tensor<1xi32> -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// -----

// CHECK-LABEL: func.func @gather_is_strided_slice(
// CHECK-SAME:    %[[X:[a-z0-9]+]]:
// CHECK-NEXT:    %[[S:.*]] = mjx.slice %[[X]], start = [1, 0], limit = [6, 3], strides = [2, 1]
// CHECK-NEXT:    return %[[S]]
func.func @gather_is_strided_slice(%x: tensor<7x3xf32>) -> tensor<3x3xf32> {
  %i = mjx.constant dense<[[1], [3], [5]]> : tensor<3x1xi32>
  %0 = mjx.gather fill %x[%i], offset_dims = [1], collapsed_dims = [0], start_index_map = [0], batching_dims = [], [], slice_sizes = [1, 3] : tensor<7x3xf32>, tensor<3x1xi32> -> tensor<3x3xf32>
  return %0 : tensor<3x3xf32>
}

// -----

// CHECK-LABEL: func.func @read_of_update(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<8xf32>, %[[Y:[a-z0-9]+]]:
// CHECK-NEXT:    return %[[Y]]
func.func @read_of_update(%x: tensor<8xf32>, %y: tensor<3xf32>, %i: tensor<i32>) -> tensor<3xf32> {
  %0 = mjx.dynamic_update_slice set %x, %y at (%i) : tensor<8xf32>, tensor<3xf32>, tensor<i32> -> tensor<8xf32>
  %1 = mjx.dynamic_slice %0 at (%i), sizes = [3] : tensor<8xf32>, tensor<i32> -> tensor<3xf32>
  return %1 : tensor<3xf32>
}

// -----

// CHECK-LABEL: func.func @slice_of_update(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<8xf32>, %[[Y:[a-z0-9]+]]:
// CHECK-DAG:     %[[A:.*]] = mjx.slice %[[Y]], start = [1], limit = [3], strides = [1]
// CHECK-DAG:     %[[B:.*]] = mjx.slice %[[X]], start = [0], limit = [2], strides = [1]
// CHECK:         return %[[A]], %[[B]]
func.func @slice_of_update(%x: tensor<8xf32>, %y: tensor<3xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
  %0 = mjx.update_slice set %x, %y, start = [2], strides = [1] : tensor<8xf32>, tensor<3xf32> -> tensor<8xf32>
  %1 = mjx.slice %0, start = [3], limit = [5], strides = [1] : tensor<8xf32> -> tensor<2xf32>
  %2 = mjx.slice %0, start = [0], limit = [2], strides = [1] : tensor<8xf32> -> tensor<2xf32>
  return %1, %2 : tensor<2xf32>, tensor<2xf32>
}

// -----

// CHECK-LABEL: func.func @add_to_whole(
// CHECK-NEXT:    mjx.add
func.func @add_to_whole(%x: tensor<8xf32>, %y: tensor<8xf32>) -> tensor<8xf32> {
  %0 = mjx.update_slice add %x, %y, start = [0], strides = [1] : tensor<8xf32>, tensor<8xf32> -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// -----

// CHECK-LABEL: func.func @update_is_pad(
// CHECK-SAME:    %[[Y:[a-z0-9]+]]:
// CHECK:         %[[P:.*]] = mjx.pad %[[Y]], %{{.*}}, low = [2], high = [1], interior = [1]
// CHECK-NEXT:    return %[[P]]
func.func @update_is_pad(%y: tensor<3xf32>) -> tensor<8xf32> {
  %x = mjx.constant dense<0.0> : tensor<8xf32>
  %0 = mjx.update_slice set %x, %y, start = [2], strides = [2] : tensor<8xf32>, tensor<3xf32> -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// -----

// 0 + -0 is 0: what is added is not the same as what is set.
// CHECK-LABEL: func.func @add_to_zeros(
// CHECK:         mjx.update_slice add
func.func @add_to_zeros(%y: tensor<3xf32>) -> tensor<8xf32> {
  %x = mjx.constant dense<0.0> : tensor<8xf32>
  %0 = mjx.update_slice add %x, %y, start = [2], strides = [2] : tensor<8xf32>, tensor<3xf32> -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// -----

// CHECK-LABEL: func.func @updates_are_join(
// CHECK-SAME:    %[[X:[a-z0-9]+]]: tensor<2x4xf32>, %[[Y:[a-z0-9]+]]: tensor<3x4xf32>, %[[Z:[a-z0-9]+]]:
// CHECK-DAG:     %[[O:.*]] = mjx.constant dense<0.000000e+00> : tensor<1x4xf32>
// CHECK:         %[[J:.*]] = mjx.concatenate %[[X]], %[[Y]], %[[O]], %[[Z]], dim = 0
// CHECK-NEXT:    return %[[J]]
func.func @updates_are_join(%x: tensor<2x4xf32>, %y: tensor<3x4xf32>, %z: tensor<1x4xf32>) -> tensor<7x4xf32> {
  %o = mjx.constant dense<0.0> : tensor<7x4xf32>
  %0 = mjx.update_slice set %o, %z, start = [6, 0], strides = [1, 1] : tensor<7x4xf32>, tensor<1x4xf32> -> tensor<7x4xf32>
  %1 = mjx.update_slice set %0, %x, start = [0, 0], strides = [1, 1] : tensor<7x4xf32>, tensor<2x4xf32> -> tensor<7x4xf32>
  %2 = mjx.update_slice set %1, %y, start = [2, 0], strides = [1, 1] : tensor<7x4xf32>, tensor<3x4xf32> -> tensor<7x4xf32>
  return %2 : tensor<7x4xf32>
}

// -----

// The reverse of slices puts them together; of a slice and the whole, it adds
// the slice to the whole.
// CHECK-LABEL: func.func @gradient_of_slices(
// CHECK-SAME:    %[[CX:[a-z0-9]+]]: tensor<2xf32>, %[[CY:[a-z0-9]+]]: tensor<3xf32>, %[[CZ:[a-z0-9]+]]: tensor<5xf32>, %[[W:[a-z0-9]+]]:
// CHECK-DAG:     %[[A:.*]] = mjx.concatenate %[[CX]], %[[CY]], dim = 0
// CHECK-DAG:     %[[B:.*]] = mjx.update_slice add %[[CZ]], %[[CX]], start = [0], strides = [1]
// CHECK:         return %[[A]], %[[B]]
func.func @gradient_of_slices(%cx: tensor<2xf32>, %cy: tensor<3xf32>, %cz: tensor<5xf32>, %w: tensor<5xf32>) -> (tensor<5xf32>, tensor<5xf32>) {
  %a:3 = mjx.linearize(%w) wrt = [0] : (tensor<5xf32>) -> (tensor<2xf32>, tensor<3xf32>, !mjx.linear<(tensor<5xf32>) -> (tensor<2xf32>, tensor<3xf32>)>) {
  ^bb0(%x: tensor<5xf32>):
    %0 = mjx.slice %x, start = [0], limit = [2], strides = [1] : tensor<5xf32> -> tensor<2xf32>
    %1 = mjx.slice %x, start = [2], limit = [5], strides = [1] : tensor<5xf32> -> tensor<3xf32>
    mjx.yield %0, %1 : tensor<2xf32>, tensor<3xf32>
  }
  %ga = mjx.apply_transpose %a#2(%cx, %cy) : (!mjx.linear<(tensor<5xf32>) -> (tensor<2xf32>, tensor<3xf32>)>, tensor<2xf32>, tensor<3xf32>) -> tensor<5xf32>
  %b:3 = mjx.linearize(%w) wrt = [0] : (tensor<5xf32>) -> (tensor<5xf32>, tensor<2xf32>, !mjx.linear<(tensor<5xf32>) -> (tensor<5xf32>, tensor<2xf32>)>) {
  ^bb0(%x: tensor<5xf32>):
    %0 = mjx.add %x, %x : tensor<5xf32>
    %1 = mjx.slice %x, start = [0], limit = [2], strides = [1] : tensor<5xf32> -> tensor<2xf32>
    mjx.yield %x, %1 : tensor<5xf32>, tensor<2xf32>
  }
  %gb = mjx.apply_transpose %b#2(%cz, %cx) : (!mjx.linear<(tensor<5xf32>) -> (tensor<5xf32>, tensor<2xf32>)>, tensor<5xf32>, tensor<2xf32>) -> tensor<5xf32>
  return %ga, %gb : tensor<5xf32>, tensor<5xf32>
}
