// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms --canonicalize --cse | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-to-linalg-pipeline --mlir-print-local-scope | FileCheck %s --check-prefix=LINALG

// SYNTAX-LABEL: func.func @syntax(
// SYNTAX-SAME:    %[[D:[a-z0-9]+]]:
// SYNTAX-SAME:    %[[X:[a-z0-9]+]]:
// SYNTAX-SAME:    %[[I:[a-z0-9]+]]:
// SYNTAX:         mjx.dynamic_update_slice set %[[D]], %[[X]] at(%[[I]])
func.func @syntax(%d: tensor<8xf32>, %x: tensor<2xf32>, %i: tensor<i32>) -> tensor<8xf32> {
  %0 = mjx.dynamic_update_slice set %d, %x at (%i) : tensor<8xf32>, tensor<2xf32>, tensor<i32> -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// RULES-LABEL: func.func @jvp_of_the_part(
// RULES-SAME:    %[[D0:[a-z0-9]+]]:
// RULES-SAME:    %[[X0:[a-z0-9]+]]:
// RULES-SAME:    %[[I0:[a-z0-9]+]]:
// RULES-SAME:    %[[DX:[a-z0-9]+]]:
// RULES:         %[[C:.*]] = mjx.constant dense<0.000000e+00> : tensor<8xf32>
// RULES:         %[[UPDATED:.*]] = mjx.dynamic_update_slice set %[[C]], %[[DX]] at(%[[I0]])
// RULES:         return %[[UPDATED]] : tensor<8xf32>
func.func @jvp_of_the_part(%d0: tensor<8xf32>, %x0: tensor<2xf32>, %i0: tensor<i32>, %dx: tensor<2xf32>) -> tensor<8xf32> {
  %out, %dout = mjx.jvp(%d0, %x0, %i0, %dx) wrt = [1] : (tensor<8xf32>, tensor<2xf32>, tensor<i32>, tensor<2xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  ^bb0(%d: tensor<8xf32>, %x: tensor<2xf32>, %i: tensor<i32>):
    %0 = mjx.dynamic_update_slice set %d, %x at (%i) : tensor<8xf32>, tensor<2xf32>, tensor<i32> -> tensor<8xf32>
    mjx.yield %0 : tensor<8xf32>
  }
  return %dout : tensor<8xf32>
}

// RULES-LABEL: func.func @transpose_set(
// RULES-SAME:    %[[D0:[a-z0-9]+]]:
// RULES-SAME:    %[[X0:[a-z0-9]+]]:
// RULES-SAME:    %[[I0:[a-z0-9]+]]:
// RULES-SAME:    %[[CT:[a-z0-9]+]]:
// RULES:         %[[C:.*]] = mjx.constant dense<0.000000e+00> : tensor<2xf32>
// RULES:         %[[PART:.*]] = mjx.dynamic_slice %[[CT]] at(%[[I0]]), sizes = [2]
// RULES:         %[[UPDATED:.*]] = mjx.dynamic_update_slice set %[[CT]], %[[C]] at(%[[I0]])
// RULES:         return %[[UPDATED]], %[[PART]] : tensor<8xf32>, tensor<2xf32>
func.func @transpose_set(%d0: tensor<8xf32>, %x0: tensor<2xf32>, %i0: tensor<i32>, %ct: tensor<8xf32>) -> (tensor<8xf32>, tensor<2xf32>) {
  %out, %l = mjx.linearize(%d0, %x0, %i0) wrt = [0, 1] : (tensor<8xf32>, tensor<2xf32>, tensor<i32>) -> (tensor<8xf32>, !mjx.linear<(tensor<8xf32>, tensor<2xf32>) -> tensor<8xf32>>) {
  ^bb0(%d: tensor<8xf32>, %x: tensor<2xf32>, %i: tensor<i32>):
    %0 = mjx.dynamic_update_slice set %d, %x at (%i) : tensor<8xf32>, tensor<2xf32>, tensor<i32> -> tensor<8xf32>
    mjx.yield %0 : tensor<8xf32>
  }
  %g:2 = mjx.apply_transpose %l(%ct) : (!mjx.linear<(tensor<8xf32>, tensor<2xf32>) -> tensor<8xf32>>, tensor<8xf32>) -> (tensor<8xf32>, tensor<2xf32>)
  return %g#0, %g#1 : tensor<8xf32>, tensor<2xf32>
}

// RULES-LABEL: func.func @transpose_add(
// RULES-SAME:    %[[D0:[a-z0-9]+]]:
// RULES-SAME:    %[[X0:[a-z0-9]+]]:
// RULES-SAME:    %[[I0:[a-z0-9]+]]:
// RULES-SAME:    %[[CT:[a-z0-9]+]]:
// RULES:         %[[PART:.*]] = mjx.dynamic_slice %[[CT]] at(%[[I0]]), sizes = [2]
// RULES:         return %[[CT]], %[[PART]] : tensor<8xf32>, tensor<2xf32>
func.func @transpose_add(%d0: tensor<8xf32>, %x0: tensor<2xf32>, %i0: tensor<i32>, %ct: tensor<8xf32>) -> (tensor<8xf32>, tensor<2xf32>) {
  %out, %l = mjx.linearize(%d0, %x0, %i0) wrt = [0, 1] : (tensor<8xf32>, tensor<2xf32>, tensor<i32>) -> (tensor<8xf32>, !mjx.linear<(tensor<8xf32>, tensor<2xf32>) -> tensor<8xf32>>) {
  ^bb0(%d: tensor<8xf32>, %x: tensor<2xf32>, %i: tensor<i32>):
    %0 = mjx.dynamic_update_slice add %d, %x at (%i) : tensor<8xf32>, tensor<2xf32>, tensor<i32> -> tensor<8xf32>
    mjx.yield %0 : tensor<8xf32>
  }
  %g:2 = mjx.apply_transpose %l(%ct) : (!mjx.linear<(tensor<8xf32>, tensor<2xf32>) -> tensor<8xf32>>, tensor<8xf32>) -> (tensor<8xf32>, tensor<2xf32>)
  return %g#0, %g#1 : tensor<8xf32>, tensor<2xf32>
}

// RULES-LABEL: func.func @batch_of_the_operands(
// RULES-SAME:    %[[DS:[a-z0-9]+]]:
// RULES-SAME:    %[[XS:[a-z0-9]+]]:
// RULES-SAME:    %[[IS:[a-z0-9]+]]:
// RULES:         %[[C:.*]] = mjx.constant dense<0> : tensor<i32>
// RULES:         %[[UPDATED:.*]] = mjx.dynamic_update_slice set %[[DS]], %[[XS]] at(%[[C]], %[[IS]])
// RULES:         return %[[UPDATED]] : tensor<7x8xf32>
func.func @batch_of_the_operands(%ds: tensor<7x8xf32>, %xs: tensor<7x2xf32>, %is: tensor<i32>) -> tensor<7x8xf32> {
  %r = mjx.vmap(%ds, %xs, %is) in_axes = [0, 0, -1], out_axes = [0] {size = 7 : i64} : (tensor<7x8xf32>, tensor<7x2xf32>, tensor<i32>) -> tensor<7x8xf32> {
  ^bb0(%d: tensor<8xf32>, %x: tensor<2xf32>, %i: tensor<i32>):
    %0 = mjx.dynamic_update_slice set %d, %x at (%i) : tensor<8xf32>, tensor<2xf32>, tensor<i32> -> tensor<8xf32>
    mjx.yield %0 : tensor<8xf32>
  }
  return %r : tensor<7x8xf32>
}

// RULES-LABEL: func.func @batch_of_the_start_scatters(
// RULES-SAME:    %[[DS:[a-z0-9]+]]:
// RULES-SAME:    %[[XS:[a-z0-9]+]]:
// RULES-SAME:    %[[IS:[a-z0-9]+]]:
// RULES:         %[[B:.*]] = mjx.broadcast_in_dim %[[DS]], dims = [1]
// RULES:         %[[RESHAPE:.*]] = mjx.reshape %[[IS]]
// RULES:         %[[B2:.*]] = mjx.broadcast_in_dim %[[XS]], dims = [1]
// RULES:         %[[SCATTERED:.*]] = mjx.scatter add clip %[[B]]{{\[}}%[[RESHAPE]]], %[[B2]], update_window_dims = [1], inserted_dims = [], scatter_index_map = [1], batching_dims = [0], [0] {unique = true}
// RULES:         return %[[SCATTERED]] : tensor<7x8xf32>
func.func @batch_of_the_start_scatters(%ds: tensor<8xf32>, %xs: tensor<2xf32>, %is: tensor<7xi32>) -> tensor<7x8xf32> {
  %r = mjx.vmap(%ds, %xs, %is) in_axes = [-1, -1, 0], out_axes = [0] {size = 7 : i64} : (tensor<8xf32>, tensor<2xf32>, tensor<7xi32>) -> tensor<7x8xf32> {
  ^bb0(%d: tensor<8xf32>, %x: tensor<2xf32>, %i: tensor<i32>):
    %0 = mjx.dynamic_update_slice add %d, %x at (%i) : tensor<8xf32>, tensor<2xf32>, tensor<i32> -> tensor<8xf32>
    mjx.yield %0 : tensor<8xf32>
  }
  return %r : tensor<7x8xf32>
}

// LINALG-LABEL: func.func @lower_set(
// LINALG-SAME:    %[[D:[a-z0-9]+]]:
// LINALG-SAME:    %[[X:[a-z0-9]+]]:
// LINALG-SAME:    %[[I:[a-z0-9]+]]:
// LINALG:         tensor.extract %[[I]][]
// LINALG:         %[[MAXSI:.*]] = arith.maxsi %{{.*}}, %{{.*}}
// LINALG:         %[[MINSI:.*]] = arith.minsi %[[MAXSI]], %{{.*}}
// LINALG:         %[[INSERT_SLICE:.*]] = tensor.insert_slice %[[X]] into %[[D]]{{\[}}%[[MINSI]]] [2] [1]
// LINALG:         return %[[INSERT_SLICE]] : tensor<8xf32>
func.func @lower_set(%d: tensor<8xf32>, %x: tensor<2xf32>, %i: tensor<i32>) -> tensor<8xf32> {
  %0 = mjx.dynamic_update_slice set %d, %x at (%i) : tensor<8xf32>, tensor<2xf32>, tensor<i32> -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// LINALG-LABEL: func.func @lower_add(
// LINALG-SAME:    %[[D:[a-z0-9]+]]:
// LINALG-SAME:    %[[X:[a-z0-9]+]]:
// LINALG-SAME:    %[[I:[a-z0-9]+]]:
// LINALG:         tensor.extract %[[I]][]
// LINALG:         %[[MAXSI:.*]] = arith.maxsi %{{.*}}, %{{.*}}
// LINALG:         %[[MINSI:.*]] = arith.minsi %[[MAXSI]], %{{.*}}
// LINALG:         %[[PART:.*]] = tensor.extract_slice %[[D]]{{\[}}%[[MINSI]]] [2] [1]
// LINALG:         %[[GENERIC:.*]] = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%[[X]]
// LINALG:         %[[ADDF:.*]] = arith.addf %{{.*}}, %{{.*}}
// LINALG:         linalg.yield %[[ADDF]]
// LINALG:         %[[INSERT_SLICE:.*]] = tensor.insert_slice %[[GENERIC]] into %[[D]]{{\[}}%[[MINSI]]] [2] [1]
// LINALG:         return %[[INSERT_SLICE]] : tensor<8xf32>
func.func @lower_add(%d: tensor<8xf32>, %x: tensor<2xf32>, %i: tensor<i32>) -> tensor<8xf32> {
  %0 = mjx.dynamic_update_slice add %d, %x at (%i) : tensor<8xf32>, tensor<2xf32>, tensor<i32> -> tensor<8xf32>
  return %0 : tensor<8xf32>
}
