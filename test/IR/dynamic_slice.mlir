// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms --canonicalize --cse | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-to-linalg-pipeline --mlir-print-local-scope | FileCheck %s --check-prefix=LINALG

// SYNTAX-LABEL: func.func @syntax(
// SYNTAX-SAME:    %[[X:[a-z0-9]+]]:
// SYNTAX-SAME:    %[[I:[a-z0-9]+]]:
// SYNTAX-SAME:    %[[J:[a-z0-9]+]]:
// SYNTAX:         mjx.dynamic_slice %[[X]] at(%[[I]], %[[J]]), sizes = [1, 2]
func.func @syntax(%x: tensor<4x5xf32>, %i: tensor<i32>, %j: tensor<i32>) -> tensor<1x2xf32> {
  %0 = mjx.dynamic_slice %x at (%i, %j), sizes = [1, 2] : tensor<4x5xf32>, tensor<i32>, tensor<i32> -> tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}

// RULES-LABEL: func.func @jvp(
// RULES-SAME:    %[[X0:[a-z0-9]+]]:
// RULES-SAME:    %[[I0:[a-z0-9]+]]:
// RULES-SAME:    %[[J0:[a-z0-9]+]]:
// RULES-SAME:    %[[DX:[a-z0-9]+]]:
// RULES:         %[[PART:.*]] = mjx.dynamic_slice %[[DX]] at(%[[I0]], %[[J0]]), sizes = [1, 2]
// RULES:         return %[[PART]] : tensor<1x2xf32>
func.func @jvp(%x0: tensor<4x5xf32>, %i0: tensor<i32>, %j0: tensor<i32>, %dx: tensor<4x5xf32>) -> tensor<1x2xf32> {
  %out, %dout = mjx.jvp(%x0, %i0, %j0, %dx) wrt = [0] : (tensor<4x5xf32>, tensor<i32>, tensor<i32>, tensor<4x5xf32>) -> (tensor<1x2xf32>, tensor<1x2xf32>) {
  ^bb0(%x: tensor<4x5xf32>, %i: tensor<i32>, %j: tensor<i32>):
    %0 = mjx.dynamic_slice %x at (%i, %j), sizes = [1, 2] : tensor<4x5xf32>, tensor<i32>, tensor<i32> -> tensor<1x2xf32>
    mjx.yield %0 : tensor<1x2xf32>
  }
  return %dout : tensor<1x2xf32>
}

// RULES-LABEL: func.func @transpose_accumulates(
// RULES-SAME:    %[[X0:[a-z0-9]+]]:
// RULES-SAME:    %[[I0:[a-z0-9]+]]:
// RULES-SAME:    %[[J0:[a-z0-9]+]]:
// RULES-SAME:    %[[CT:[a-z0-9]+]]:
// RULES:         %[[C:.*]] = mjx.constant dense<0.000000e+00> : tensor<4x5xf32>
// RULES:         %[[UPDATED:.*]] = mjx.dynamic_update_slice set %[[C]], %[[CT]] at(%[[I0]], %[[J0]])
// RULES:         return %[[UPDATED]] : tensor<4x5xf32>
func.func @transpose_accumulates(%x0: tensor<4x5xf32>, %i0: tensor<i32>, %j0: tensor<i32>, %ct: tensor<1x2xf32>) -> tensor<4x5xf32> {
  %out, %l = mjx.linearize(%x0, %i0, %j0) wrt = [0] : (tensor<4x5xf32>, tensor<i32>, tensor<i32>) -> (tensor<1x2xf32>, !mjx.linear<(tensor<4x5xf32>) -> tensor<1x2xf32>>) {
  ^bb0(%x: tensor<4x5xf32>, %i: tensor<i32>, %j: tensor<i32>):
    %0 = mjx.dynamic_slice %x at (%i, %j), sizes = [1, 2] : tensor<4x5xf32>, tensor<i32>, tensor<i32> -> tensor<1x2xf32>
    mjx.yield %0 : tensor<1x2xf32>
  }
  %g = mjx.apply_transpose %l(%ct) : (!mjx.linear<(tensor<4x5xf32>) -> tensor<1x2xf32>>, tensor<1x2xf32>) -> tensor<4x5xf32>
  return %g : tensor<4x5xf32>
}

// RULES-LABEL: func.func @batch_of_the_operand(
// RULES-SAME:    %[[XS:[a-z0-9]+]]:
// RULES-SAME:    %[[IS:[a-z0-9]+]]:
// RULES-SAME:    %[[JS:[a-z0-9]+]]:
// RULES:         %[[C:.*]] = mjx.constant dense<0> : tensor<i32>
// RULES:         %[[PART:.*]] = mjx.dynamic_slice %[[XS]] at(%[[C]], %[[IS]], %[[JS]]), sizes = [7, 1, 2]
// RULES:         return %[[PART]] : tensor<7x1x2xf32>
func.func @batch_of_the_operand(%xs: tensor<7x4x5xf32>, %is: tensor<i32>, %js: tensor<i32>) -> tensor<7x1x2xf32> {
  %r = mjx.vmap(%xs, %is, %js) in_axes = [0, -1, -1], out_axes = [0] {size = 7 : i64} : (tensor<7x4x5xf32>, tensor<i32>, tensor<i32>) -> tensor<7x1x2xf32> {
  ^bb0(%x: tensor<4x5xf32>, %i: tensor<i32>, %j: tensor<i32>):
    %0 = mjx.dynamic_slice %x at (%i, %j), sizes = [1, 2] : tensor<4x5xf32>, tensor<i32>, tensor<i32> -> tensor<1x2xf32>
    mjx.yield %0 : tensor<1x2xf32>
  }
  return %r : tensor<7x1x2xf32>
}

// RULES-LABEL: func.func @batch_of_a_start_gathers(
// RULES-SAME:    %[[XS:[a-z0-9]+]]:
// RULES-SAME:    %[[IS:[a-z0-9]+]]:
// RULES-SAME:    %[[JS:[a-z0-9]+]]:
// RULES:         %[[RESHAPE:.*]] = mjx.reshape %[[IS]]
// RULES:         %[[B:.*]] = mjx.broadcast_in_dim %[[JS]], dims = []
// RULES:         %[[CONCATENATE:.*]] = mjx.concatenate %[[RESHAPE]], %[[B]], dim = 1
// RULES:         %[[GATHERED:.*]] = mjx.gather clip %[[XS]]{{\[}}%[[CONCATENATE]]], offset_dims = [1, 2], collapsed_dims = [], start_index_map = [0, 1], batching_dims = [], [], slice_sizes = [1, 2]
// RULES:         return %[[GATHERED]] : tensor<7x1x2xf32>
func.func @batch_of_a_start_gathers(%xs: tensor<4x5xf32>, %is: tensor<7xi32>, %js: tensor<i32>) -> tensor<7x1x2xf32> {
  %r = mjx.vmap(%xs, %is, %js) in_axes = [-1, 0, -1], out_axes = [0] {size = 7 : i64} : (tensor<4x5xf32>, tensor<7xi32>, tensor<i32>) -> tensor<7x1x2xf32> {
  ^bb0(%x: tensor<4x5xf32>, %i: tensor<i32>, %j: tensor<i32>):
    %0 = mjx.dynamic_slice %x at (%i, %j), sizes = [1, 2] : tensor<4x5xf32>, tensor<i32>, tensor<i32> -> tensor<1x2xf32>
    mjx.yield %0 : tensor<1x2xf32>
  }
  return %r : tensor<7x1x2xf32>
}

// RULES-LABEL: func.func @batch_of_all_goes_in_step(
// RULES-SAME:    %[[XS:[a-z0-9]+]]:
// RULES-SAME:    %[[IS:[a-z0-9]+]]:
// RULES-SAME:    %[[JS:[a-z0-9]+]]:
// RULES:         %[[RESHAPE:.*]] = mjx.reshape %[[IS]]
// RULES:         %[[RESHAPE2:.*]] = mjx.reshape %[[JS]]
// RULES:         %[[CONCATENATE:.*]] = mjx.concatenate %[[RESHAPE]], %[[RESHAPE2]], dim = 1
// RULES:         %[[GATHERED:.*]] = mjx.gather clip %[[XS]]{{\[}}%[[CONCATENATE]]], offset_dims = [1, 2], collapsed_dims = [], start_index_map = [0, 2], batching_dims = [1], [0], slice_sizes = [1, 1, 2]
// RULES:         return %[[GATHERED]] : tensor<7x1x2xf32>
func.func @batch_of_all_goes_in_step(%xs: tensor<4x7x5xf32>, %is: tensor<7xi32>, %js: tensor<7xi32>) -> tensor<7x1x2xf32> {
  %r = mjx.vmap(%xs, %is, %js) in_axes = [1, 0, 0], out_axes = [0] {size = 7 : i64} : (tensor<4x7x5xf32>, tensor<7xi32>, tensor<7xi32>) -> tensor<7x1x2xf32> {
  ^bb0(%x: tensor<4x5xf32>, %i: tensor<i32>, %j: tensor<i32>):
    %0 = mjx.dynamic_slice %x at (%i, %j), sizes = [1, 2] : tensor<4x5xf32>, tensor<i32>, tensor<i32> -> tensor<1x2xf32>
    mjx.yield %0 : tensor<1x2xf32>
  }
  return %r : tensor<7x1x2xf32>
}

// RULES-LABEL: func.func @batch_of_rows_needs_one_index(
// RULES-SAME:    %[[XS:[a-z0-9]+]]:
// RULES-SAME:    %[[IS:[a-z0-9]+]]:
// RULES:         %[[RESHAPE:.*]] = mjx.reshape %[[IS]]
// RULES:         %[[GATHERED:.*]] = mjx.gather clip %[[XS]]{{\[}}%[[RESHAPE]]], offset_dims = [1, 2], collapsed_dims = [], start_index_map = [0], batching_dims = [], [], slice_sizes = [1, 5]
// RULES:         return %[[GATHERED]] : tensor<7x1x5xf32>
func.func @batch_of_rows_needs_one_index(%xs: tensor<4x5xf32>, %is: tensor<7xi32>, %js: tensor<7xi32>) -> tensor<7x1x5xf32> {
  %r = mjx.vmap(%xs, %is, %js) in_axes = [-1, 0, 0], out_axes = [0] {size = 7 : i64} : (tensor<4x5xf32>, tensor<7xi32>, tensor<7xi32>) -> tensor<7x1x5xf32> {
  ^bb0(%x: tensor<4x5xf32>, %i: tensor<i32>, %j: tensor<i32>):
    %0 = mjx.dynamic_slice %x at (%i, %j), sizes = [1, 5] : tensor<4x5xf32>, tensor<i32>, tensor<i32> -> tensor<1x5xf32>
    mjx.yield %0 : tensor<1x5xf32>
  }
  return %r : tensor<7x1x5xf32>
}

// LINALG-LABEL: func.func @lower(
// LINALG-SAME:    %[[X:[a-z0-9]+]]:
// LINALG-SAME:    %[[I:[a-z0-9]+]]:
// LINALG-SAME:    %[[J:[a-z0-9]+]]:
// LINALG:         tensor.extract %[[I]][]
// LINALG:         %[[MAXSI:.*]] = arith.maxsi %{{.*}}, %{{.*}}
// LINALG:         %[[MINSI:.*]] = arith.minsi %[[MAXSI]], %{{.*}}
// LINALG:         tensor.extract %[[J]][]
// LINALG:         %[[MAXSI2:.*]] = arith.maxsi %{{.*}}, %{{.*}}
// LINALG:         %[[MINSI2:.*]] = arith.minsi %[[MAXSI2]], %{{.*}}
// LINALG:         %[[PART:.*]] = tensor.extract_slice %[[X]]{{\[}}%[[MINSI]], %[[MINSI2]]] [1, 2] [1, 1]
// LINALG:         return %[[PART]] : tensor<1x2xf32>
func.func @lower(%x: tensor<4x5xf32>, %i: tensor<i32>, %j: tensor<i32>) -> tensor<1x2xf32> {
  %0 = mjx.dynamic_slice %x at (%i, %j), sizes = [1, 2] : tensor<4x5xf32>, tensor<i32>, tensor<i32> -> tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}

// LINALG-LABEL: func.func @lower_unsigned_rows(
// LINALG-SAME:    %[[X:[a-z0-9]+]]:
// LINALG-SAME:    %[[I:[a-z0-9]+]]:
// LINALG:         tensor.extract %[[I]][]
// LINALG:         %[[MINUI:.*]] = arith.minui %{{.*}}, %{{.*}}
// LINALG:         %[[PART:.*]] = tensor.extract_slice %[[X]]{{\[}}%[[MINUI]], 0] [1, 5] [1, 1]
// LINALG:         return %[[PART]] : tensor<1x5xf32>
func.func @lower_unsigned_rows(%x: tensor<4x5xf32>, %i: tensor<ui8>, %j: tensor<i32>) -> tensor<1x5xf32> {
  %0 = mjx.dynamic_slice %x at (%i, %j), sizes = [1, 5] : tensor<4x5xf32>, tensor<ui8>, tensor<i32> -> tensor<1x5xf32>
  return %0 : tensor<1x5xf32>
}
