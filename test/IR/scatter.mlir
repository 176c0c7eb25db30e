// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms --canonicalize --cse | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-to-linalg-pipeline --mlir-print-local-scope | FileCheck %s --check-prefix=LINALG

// SYNTAX-LABEL: func.func @syntax(
// SYNTAX-SAME:    %[[D:[a-z0-9]+]]:
// SYNTAX-SAME:    %[[I:[a-z0-9]+]]:
// SYNTAX-SAME:    %[[U:[a-z0-9]+]]:
// SYNTAX:         mjx.scatter add clip %[[D]]{{\[}}%[[I]]], %[[U]], update_window_dims = [1], inserted_dims = [0], scatter_index_map = [0], batching_dims = [], [] {sorted = true, unique = true}
func.func @syntax(%d: tensor<5x3xf32>, %i: tensor<4x1xi32>, %u: tensor<4x3xf32>) -> tensor<5x3xf32> {
  %0 = mjx.scatter add clip %d[%i], %u, update_window_dims = [1], inserted_dims = [0], scatter_index_map = [0], batching_dims = [], [] {sorted = true, unique = true} : tensor<5x3xf32>, tensor<4x1xi32>, tensor<4x3xf32> -> tensor<5x3xf32>
  return %0 : tensor<5x3xf32>
}

// RULES-LABEL: func.func @jvp_set(
// RULES-SAME:    %[[D0:[a-z0-9]+]]:
// RULES-SAME:    %[[I0:[a-z0-9]+]]:
// RULES-SAME:    %[[U0:[a-z0-9]+]]:
// RULES-SAME:    %[[DU:[a-z0-9]+]]:
// RULES:         %[[C:.*]] = mjx.constant dense<0.000000e+00> : tensor<5x3xf32>
// RULES:         %[[SCATTERED:.*]] = mjx.scatter set fill %[[C]]{{\[}}%[[I0]]], %[[DU]], update_window_dims = [1], inserted_dims = [0], scatter_index_map = [0], batching_dims = [], []
// RULES:         return %[[SCATTERED]] : tensor<5x3xf32>
func.func @jvp_set(%d0: tensor<5x3xf32>, %i0: tensor<4x1xi32>, %u0: tensor<4x3xf32>, %du: tensor<4x3xf32>) -> tensor<5x3xf32> {
  %out, %dout = mjx.jvp(%d0, %i0, %u0, %du) wrt = [2] : (tensor<5x3xf32>, tensor<4x1xi32>, tensor<4x3xf32>, tensor<4x3xf32>) -> (tensor<5x3xf32>, tensor<5x3xf32>) {
  ^bb0(%d: tensor<5x3xf32>, %i: tensor<4x1xi32>, %u: tensor<4x3xf32>):
    %0 = mjx.scatter set fill %d[%i], %u, update_window_dims = [1], inserted_dims = [0], scatter_index_map = [0], batching_dims = [], [] : tensor<5x3xf32>, tensor<4x1xi32>, tensor<4x3xf32> -> tensor<5x3xf32>
    mjx.yield %0 : tensor<5x3xf32>
  }
  return %dout : tensor<5x3xf32>
}

// RULES-LABEL: func.func @jvp_add_of_dest(
// RULES-SAME:    %[[D0:[a-z0-9]+]]:
// RULES-SAME:    %[[I0:[a-z0-9]+]]:
// RULES-SAME:    %[[U0:[a-z0-9]+]]:
// RULES-SAME:    %[[DD:[a-z0-9]+]]:
// RULES:         return %[[DD]] : tensor<5x3xf32>
func.func @jvp_add_of_dest(%d0: tensor<5x3xf32>, %i0: tensor<4x1xi32>, %u0: tensor<4x3xf32>, %dd: tensor<5x3xf32>) -> tensor<5x3xf32> {
  %out, %dout = mjx.jvp(%d0, %i0, %u0, %dd) wrt = [0] : (tensor<5x3xf32>, tensor<4x1xi32>, tensor<4x3xf32>, tensor<5x3xf32>) -> (tensor<5x3xf32>, tensor<5x3xf32>) {
  ^bb0(%d: tensor<5x3xf32>, %i: tensor<4x1xi32>, %u: tensor<4x3xf32>):
    %0 = mjx.scatter add fill %d[%i], %u, update_window_dims = [1], inserted_dims = [0], scatter_index_map = [0], batching_dims = [], [] : tensor<5x3xf32>, tensor<4x1xi32>, tensor<4x3xf32> -> tensor<5x3xf32>
    mjx.yield %0 : tensor<5x3xf32>
  }
  return %dout : tensor<5x3xf32>
}

// RULES-LABEL: func.func @jvp_mul_unique(
// RULES-SAME:    %[[D0:[a-z0-9]+]]:
// RULES-SAME:    %[[I0:[a-z0-9]+]]:
// RULES-SAME:    %[[U0:[a-z0-9]+]]:
// RULES-SAME:    %[[DD:[a-z0-9]+]]:
// RULES-SAME:    %[[DU:[a-z0-9]+]]:
// RULES:         %[[C:.*]] = mjx.constant dense<0.000000e+00> : tensor<5x3xf32>
// RULES:         %[[SCATTERED:.*]] = mjx.scatter mul fill %[[DD]]{{\[}}%[[I0]]], %[[U0]], update_window_dims = [1], inserted_dims = [0], scatter_index_map = [0], batching_dims = [], [] {unique = true}
// RULES:         %[[GATHERED:.*]] = mjx.gather fill %[[D0]]{{\[}}%[[I0]]], offset_dims = [1], collapsed_dims = [0], start_index_map = [0], batching_dims = [], [], slice_sizes = [1, 3]
// RULES:         %[[MUL:.*]] = mjx.mul %[[DU]], %[[GATHERED]]
// RULES:         %[[SCATTERED2:.*]] = mjx.scatter add fill %[[C]]{{\[}}%[[I0]]], %[[MUL]], update_window_dims = [1], inserted_dims = [0], scatter_index_map = [0], batching_dims = [], [] {unique = true}
// RULES:         %[[ADD:.*]] = mjx.add %[[SCATTERED]], %[[SCATTERED2]]
// RULES:         return %[[ADD]] : tensor<5x3xf32>
func.func @jvp_mul_unique(%d0: tensor<5x3xf32>, %i0: tensor<4x1xi32>, %u0: tensor<4x3xf32>, %dd: tensor<5x3xf32>, %du: tensor<4x3xf32>) -> tensor<5x3xf32> {
  %out, %dout = mjx.jvp(%d0, %i0, %u0, %dd, %du) wrt = [0, 2] : (tensor<5x3xf32>, tensor<4x1xi32>, tensor<4x3xf32>, tensor<5x3xf32>, tensor<4x3xf32>) -> (tensor<5x3xf32>, tensor<5x3xf32>) {
  ^bb0(%d: tensor<5x3xf32>, %i: tensor<4x1xi32>, %u: tensor<4x3xf32>):
    %0 = mjx.scatter mul fill %d[%i], %u, update_window_dims = [1], inserted_dims = [0], scatter_index_map = [0], batching_dims = [], [] {unique = true} : tensor<5x3xf32>, tensor<4x1xi32>, tensor<4x3xf32> -> tensor<5x3xf32>
    mjx.yield %0 : tensor<5x3xf32>
  }
  return %dout : tensor<5x3xf32>
}

// RULES-LABEL: func.func @jvp_max(
// RULES-SAME:    %[[D0:[a-z0-9]+]]:
// RULES-SAME:    %[[I0:[a-z0-9]+]]:
// RULES-SAME:    %[[U0:[a-z0-9]+]]:
// RULES-SAME:    %[[DD:[a-z0-9]+]]:
// RULES-SAME:    %[[DU:[a-z0-9]+]]:
// RULES:         %[[C:.*]] = mjx.constant dense<0.000000e+00> : tensor<4x3xf32>
// RULES:         %[[C2:.*]] = mjx.constant dense<0.000000e+00> : tensor<5x3xf32>
// RULES:         %[[SCATTERED:.*]] = mjx.scatter max fill %[[D0]]{{\[}}%[[I0]]], %[[U0]], update_window_dims = [1], inserted_dims = [0], scatter_index_map = [0], batching_dims = [], []
// RULES:         %[[COMPARE:.*]] = mjx.compare eq %[[D0]], %[[SCATTERED]]
// RULES:         %[[COMPARE2:.*]] = mjx.compare ne %[[D0]], %[[D0]]
// RULES:         %[[OR:.*]] = mjx.or %[[COMPARE]], %[[COMPARE2]]
// RULES:         %[[GATHERED:.*]] = mjx.gather fill %[[SCATTERED]]{{\[}}%[[I0]]], offset_dims = [1], collapsed_dims = [0], start_index_map = [0], batching_dims = [], [], slice_sizes = [1, 3]
// RULES:         %[[COMPARE3:.*]] = mjx.compare eq %[[U0]], %[[GATHERED]]
// RULES:         %[[COMPARE4:.*]] = mjx.compare ne %[[U0]], %[[U0]]
// RULES:         %[[OR2:.*]] = mjx.or %[[COMPARE3]], %[[COMPARE4]]
// RULES:         %[[CONVERT:.*]] = mjx.convert %[[OR]]
// RULES:         %[[CONVERT2:.*]] = mjx.convert %[[OR2]]
// RULES:         %[[SCATTERED2:.*]] = mjx.scatter add fill %[[CONVERT]]{{\[}}%[[I0]]], %[[CONVERT2]], update_window_dims = [1], inserted_dims = [0], scatter_index_map = [0], batching_dims = [], []
// RULES:         %[[SELECT:.*]] = mjx.select %[[OR]], %[[DD]], %[[C2]]
// RULES:         %[[SELECT2:.*]] = mjx.select %[[OR2]], %[[DU]], %[[C]]
// RULES:         %[[SCATTERED3:.*]] = mjx.scatter add fill %[[SELECT]]{{\[}}%[[I0]]], %[[SELECT2]], update_window_dims = [1], inserted_dims = [0], scatter_index_map = [0], batching_dims = [], []
// RULES:         %[[DIV:.*]] = mjx.div %[[SCATTERED3]], %[[SCATTERED2]]
// RULES:         return %[[DIV]] : tensor<5x3xf32>
func.func @jvp_max(%d0: tensor<5x3xf32>, %i0: tensor<4x1xi32>, %u0: tensor<4x3xf32>, %dd: tensor<5x3xf32>, %du: tensor<4x3xf32>) -> tensor<5x3xf32> {
  %out, %dout = mjx.jvp(%d0, %i0, %u0, %dd, %du) wrt = [0, 2] : (tensor<5x3xf32>, tensor<4x1xi32>, tensor<4x3xf32>, tensor<5x3xf32>, tensor<4x3xf32>) -> (tensor<5x3xf32>, tensor<5x3xf32>) {
  ^bb0(%d: tensor<5x3xf32>, %i: tensor<4x1xi32>, %u: tensor<4x3xf32>):
    %0 = mjx.scatter max fill %d[%i], %u, update_window_dims = [1], inserted_dims = [0], scatter_index_map = [0], batching_dims = [], [] : tensor<5x3xf32>, tensor<4x1xi32>, tensor<4x3xf32> -> tensor<5x3xf32>
    mjx.yield %0 : tensor<5x3xf32>
  }
  return %dout : tensor<5x3xf32>
}

// RULES-LABEL: func.func @transpose_add(
// RULES-SAME:    %[[D0:[a-z0-9]+]]:
// RULES-SAME:    %[[I0:[a-z0-9]+]]:
// RULES-SAME:    %[[U0:[a-z0-9]+]]:
// RULES-SAME:    %[[CT:[a-z0-9]+]]:
// RULES:         %[[GATHERED:.*]] = mjx.gather fill %[[CT]]{{\[}}%[[I0]]], offset_dims = [1], collapsed_dims = [0], start_index_map = [0], batching_dims = [], [], slice_sizes = [1, 3]
// RULES:         return %[[CT]], %[[GATHERED]] : tensor<5x3xf32>, tensor<4x3xf32>
func.func @transpose_add(%d0: tensor<5x3xf32>, %i0: tensor<4x1xi32>, %u0: tensor<4x3xf32>, %ct: tensor<5x3xf32>) -> (tensor<5x3xf32>, tensor<4x3xf32>) {
  %out, %l = mjx.linearize(%d0, %i0, %u0) wrt = [0, 2] : (tensor<5x3xf32>, tensor<4x1xi32>, tensor<4x3xf32>) -> (tensor<5x3xf32>, !mjx.linear<(tensor<5x3xf32>, tensor<4x3xf32>) -> tensor<5x3xf32>>) {
  ^bb0(%d: tensor<5x3xf32>, %i: tensor<4x1xi32>, %u: tensor<4x3xf32>):
    %0 = mjx.scatter add fill %d[%i], %u, update_window_dims = [1], inserted_dims = [0], scatter_index_map = [0], batching_dims = [], [] : tensor<5x3xf32>, tensor<4x1xi32>, tensor<4x3xf32> -> tensor<5x3xf32>
    mjx.yield %0 : tensor<5x3xf32>
  }
  %g:2 = mjx.apply_transpose %l(%ct) : (!mjx.linear<(tensor<5x3xf32>, tensor<4x3xf32>) -> tensor<5x3xf32>>, tensor<5x3xf32>) -> (tensor<5x3xf32>, tensor<4x3xf32>)
  return %g#0, %g#1 : tensor<5x3xf32>, tensor<4x3xf32>
}

// RULES-LABEL: func.func @transpose_set_unique(
// RULES-SAME:    %[[D0:[a-z0-9]+]]:
// RULES-SAME:    %[[I0:[a-z0-9]+]]:
// RULES-SAME:    %[[U0:[a-z0-9]+]]:
// RULES-SAME:    %[[CT:[a-z0-9]+]]:
// RULES:         %[[C:.*]] = mjx.constant dense<0.000000e+00> : tensor<4x3xf32>
// RULES:         %[[GATHERED:.*]] = mjx.gather fill %[[CT]]{{\[}}%[[I0]]], offset_dims = [1], collapsed_dims = [0], start_index_map = [0], batching_dims = [], [], slice_sizes = [1, 3]
// RULES:         %[[SCATTERED:.*]] = mjx.scatter set fill %[[CT]]{{\[}}%[[I0]]], %[[C]], update_window_dims = [1], inserted_dims = [0], scatter_index_map = [0], batching_dims = [], [] {unique = true}
// RULES:         return %[[SCATTERED]], %[[GATHERED]] : tensor<5x3xf32>, tensor<4x3xf32>
func.func @transpose_set_unique(%d0: tensor<5x3xf32>, %i0: tensor<4x1xi32>, %u0: tensor<4x3xf32>, %ct: tensor<5x3xf32>) -> (tensor<5x3xf32>, tensor<4x3xf32>) {
  %out, %l = mjx.linearize(%d0, %i0, %u0) wrt = [0, 2] : (tensor<5x3xf32>, tensor<4x1xi32>, tensor<4x3xf32>) -> (tensor<5x3xf32>, !mjx.linear<(tensor<5x3xf32>, tensor<4x3xf32>) -> tensor<5x3xf32>>) {
  ^bb0(%d: tensor<5x3xf32>, %i: tensor<4x1xi32>, %u: tensor<4x3xf32>):
    %0 = mjx.scatter set fill %d[%i], %u, update_window_dims = [1], inserted_dims = [0], scatter_index_map = [0], batching_dims = [], [] {unique = true} : tensor<5x3xf32>, tensor<4x1xi32>, tensor<4x3xf32> -> tensor<5x3xf32>
    mjx.yield %0 : tensor<5x3xf32>
  }
  %g:2 = mjx.apply_transpose %l(%ct) : (!mjx.linear<(tensor<5x3xf32>, tensor<4x3xf32>) -> tensor<5x3xf32>>, tensor<5x3xf32>) -> (tensor<5x3xf32>, tensor<4x3xf32>)
  return %g#0, %g#1 : tensor<5x3xf32>, tensor<4x3xf32>
}

// RULES-LABEL: func.func @transpose_set_asks_for_the_last_writer(
// RULES-SAME:    %[[D0:[a-z0-9]+]]:
// RULES-SAME:    %[[I0:[a-z0-9]+]]:
// RULES-SAME:    %[[U0:[a-z0-9]+]]:
// RULES-SAME:    %[[CT:[a-z0-9]+]]:
// RULES:         %[[C:.*]] = mjx.constant dense<0.000000e+00> : tensor<4x3xf32>
// RULES:         %[[C2:.*]] = mjx.constant dense<-1> : tensor<5x3xi32>
// RULES:         %[[GATHERED:.*]] = mjx.gather fill %[[CT]]{{\[}}%[[I0]]], offset_dims = [1], collapsed_dims = [0], start_index_map = [0], batching_dims = [], [], slice_sizes = [1, 3]
// RULES:         %[[IOTA:.*]] = mjx.iota dim = 0
// RULES:         %[[RESHAPE:.*]] = mjx.reshape %[[IOTA]]
// RULES:         %[[SCATTERED:.*]] = mjx.scatter set fill %[[C2]]{{\[}}%[[I0]]], %[[RESHAPE]], update_window_dims = [1], inserted_dims = [0], scatter_index_map = [0], batching_dims = [], []
// RULES:         %[[GATHERED2:.*]] = mjx.gather fill %[[SCATTERED]]{{\[}}%[[I0]]], offset_dims = [1], collapsed_dims = [0], start_index_map = [0], batching_dims = [], [], slice_sizes = [1, 3]
// RULES:         %[[COMPARE:.*]] = mjx.compare eq %[[GATHERED2]], %[[RESHAPE]]
// RULES:         %[[SELECT:.*]] = mjx.select %[[COMPARE]], %[[GATHERED]], %[[C]]
// RULES:         return %[[SELECT]] : tensor<4x3xf32>
func.func @transpose_set_asks_for_the_last_writer(%d0: tensor<5x3xf32>, %i0: tensor<4x1xi32>, %u0: tensor<4x3xf32>, %ct: tensor<5x3xf32>) -> tensor<4x3xf32> {
  %out, %l = mjx.linearize(%d0, %i0, %u0) wrt = [2] : (tensor<5x3xf32>, tensor<4x1xi32>, tensor<4x3xf32>) -> (tensor<5x3xf32>, !mjx.linear<(tensor<4x3xf32>) -> tensor<5x3xf32>>) {
  ^bb0(%d: tensor<5x3xf32>, %i: tensor<4x1xi32>, %u: tensor<4x3xf32>):
    %0 = mjx.scatter set fill %d[%i], %u, update_window_dims = [1], inserted_dims = [0], scatter_index_map = [0], batching_dims = [], [] : tensor<5x3xf32>, tensor<4x1xi32>, tensor<4x3xf32> -> tensor<5x3xf32>
    mjx.yield %0 : tensor<5x3xf32>
  }
  %g = mjx.apply_transpose %l(%ct) : (!mjx.linear<(tensor<4x3xf32>) -> tensor<5x3xf32>>, tensor<5x3xf32>) -> tensor<4x3xf32>
  return %g : tensor<4x3xf32>
}

// RULES-LABEL: func.func @transpose_mul(
// RULES-SAME:    %[[D0:[a-z0-9]+]]:
// RULES-SAME:    %[[I0:[a-z0-9]+]]:
// RULES-SAME:    %[[U0:[a-z0-9]+]]:
// RULES-SAME:    %[[CT:[a-z0-9]+]]:
// RULES:         %[[SCATTERED:.*]] = mjx.scatter mul fill %[[CT]]{{\[}}%[[I0]]], %[[U0]], update_window_dims = [1], inserted_dims = [0], scatter_index_map = [0], batching_dims = [], []
// RULES:         return %[[SCATTERED]] : tensor<5x3xf32>
func.func @transpose_mul(%d0: tensor<5x3xf32>, %i0: tensor<4x1xi32>, %u0: tensor<4x3xf32>, %ct: tensor<5x3xf32>) -> tensor<5x3xf32> {
  %out, %l = mjx.linearize(%d0, %i0, %u0) wrt = [0] : (tensor<5x3xf32>, tensor<4x1xi32>, tensor<4x3xf32>) -> (tensor<5x3xf32>, !mjx.linear<(tensor<5x3xf32>) -> tensor<5x3xf32>>) {
  ^bb0(%d: tensor<5x3xf32>, %i: tensor<4x1xi32>, %u: tensor<4x3xf32>):
    %0 = mjx.scatter mul fill %d[%i], %u, update_window_dims = [1], inserted_dims = [0], scatter_index_map = [0], batching_dims = [], [] : tensor<5x3xf32>, tensor<4x1xi32>, tensor<4x3xf32> -> tensor<5x3xf32>
    mjx.yield %0 : tensor<5x3xf32>
  }
  %g = mjx.apply_transpose %l(%ct) : (!mjx.linear<(tensor<5x3xf32>) -> tensor<5x3xf32>>, tensor<5x3xf32>) -> tensor<5x3xf32>
  return %g : tensor<5x3xf32>
}

// RULES-LABEL: func.func @batch_of_updates_widens_the_window(
// RULES-SAME:    %[[DS:[a-z0-9]+]]:
// RULES-SAME:    %[[IS:[a-z0-9]+]]:
// RULES-SAME:    %[[US:[a-z0-9]+]]:
// RULES:         %[[B:.*]] = mjx.broadcast_in_dim %[[DS]], dims = [1, 2]
// RULES:         %[[SCATTERED:.*]] = mjx.scatter add fill %[[B]]{{\[}}%[[IS]]], %[[US]], update_window_dims = [0, 2], inserted_dims = [1], scatter_index_map = [1], batching_dims = [], []
// RULES:         return %[[SCATTERED]] : tensor<7x5x3xf32>
func.func @batch_of_updates_widens_the_window(%ds: tensor<5x3xf32>, %is: tensor<4x1xi32>, %us: tensor<7x4x3xf32>) -> tensor<7x5x3xf32> {
  %r = mjx.vmap(%ds, %is, %us) in_axes = [-1, -1, 0], out_axes = [0] {size = 7 : i64} : (tensor<5x3xf32>, tensor<4x1xi32>, tensor<7x4x3xf32>) -> tensor<7x5x3xf32> {
  ^bb0(%d: tensor<5x3xf32>, %i: tensor<4x1xi32>, %u: tensor<4x3xf32>):
    %0 = mjx.scatter add fill %d[%i], %u, update_window_dims = [1], inserted_dims = [0], scatter_index_map = [0], batching_dims = [], [] : tensor<5x3xf32>, tensor<4x1xi32>, tensor<4x3xf32> -> tensor<5x3xf32>
    mjx.yield %0 : tensor<5x3xf32>
  }
  return %r : tensor<7x5x3xf32>
}

// RULES-LABEL: func.func @batch_of_indices_goes_in_step(
// RULES-SAME:    %[[DS:[a-z0-9]+]]:
// RULES-SAME:    %[[IS:[a-z0-9]+]]:
// RULES-SAME:    %[[US:[a-z0-9]+]]:
// RULES:         %[[SCATTERED:.*]] = mjx.scatter add fill %[[DS]]{{\[}}%[[IS]]], %[[US]], update_window_dims = [2], inserted_dims = [1], scatter_index_map = [1], batching_dims = [0], [0]
// RULES:         return %[[SCATTERED]] : tensor<7x5x3xf32>
func.func @batch_of_indices_goes_in_step(%ds: tensor<7x5x3xf32>, %is: tensor<7x4x1xi32>, %us: tensor<7x4x3xf32>) -> tensor<7x5x3xf32> {
  %r = mjx.vmap(%ds, %is, %us) in_axes = [0, 0, 0], out_axes = [0] {size = 7 : i64} : (tensor<7x5x3xf32>, tensor<7x4x1xi32>, tensor<7x4x3xf32>) -> tensor<7x5x3xf32> {
  ^bb0(%d: tensor<5x3xf32>, %i: tensor<4x1xi32>, %u: tensor<4x3xf32>):
    %0 = mjx.scatter add fill %d[%i], %u, update_window_dims = [1], inserted_dims = [0], scatter_index_map = [0], batching_dims = [], [] : tensor<5x3xf32>, tensor<4x1xi32>, tensor<4x3xf32> -> tensor<5x3xf32>
    mjx.yield %0 : tensor<5x3xf32>
  }
  return %r : tensor<7x5x3xf32>
}

// LINALG-LABEL: func.func @lower_rows(
// LINALG-SAME:    %[[D:[a-z0-9]+]]:
// LINALG-SAME:    %[[I:[a-z0-9]+]]:
// LINALG-SAME:    %[[U:[a-z0-9]+]]:
// LINALG:         %[[FOR:.*]] = scf.for %{{.*}} = %{{.*}} to %{{.*}} step %{{.*}} iter_args(%{{.*}} = %[[D]]) -> (tensor<5x3xf32>) {
// LINALG:         tensor.extract %[[I]][%{{.*}}, %{{.*}}]
// LINALG:         %[[MAXSI:.*]] = arith.maxsi %{{.*}}, %{{.*}}
// LINALG:         %[[MINSI:.*]] = arith.minsi %[[MAXSI]], %{{.*}}
// LINALG:         %[[CMPI:.*]] = arith.cmpi ule, %{{.*}}, %{{.*}}
// LINALG:         %[[IF:.*]] = scf.if %[[CMPI]] -> (tensor<5x3xf32>) {
// LINALG:         %[[PART:.*]] = tensor.extract_slice %[[U]][%{{.*}}, 0] [1, 3] [1, 1]
// LINALG:         %[[PART2:.*]] = tensor.extract_slice %{{.*}}{{\[}}%[[MINSI]], 0] [1, 3] [1, 1]
// LINALG:         %[[GENERIC:.*]] = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%[[PART]]
// LINALG:         %[[ADDF:.*]] = arith.addf %{{.*}}, %{{.*}}
// LINALG:         linalg.yield %[[ADDF]]
// LINALG:         %[[INSERT_SLICE:.*]] = tensor.insert_slice %[[GENERIC]] into %{{.*}}{{\[}}%[[MINSI]], 0] [1, 3] [1, 1]
// LINALG:         scf.yield %[[INSERT_SLICE]]
// LINALG:         scf.yield %{{.*}}
// LINALG:         scf.yield %[[IF]]
// LINALG:         return %[[FOR]] : tensor<5x3xf32>
func.func @lower_rows(%d: tensor<5x3xf32>, %i: tensor<4x1xi32>, %u: tensor<4x3xf32>) -> tensor<5x3xf32> {
  %0 = mjx.scatter add fill %d[%i], %u, update_window_dims = [1], inserted_dims = [0], scatter_index_map = [0], batching_dims = [], [] : tensor<5x3xf32>, tensor<4x1xi32>, tensor<4x3xf32> -> tensor<5x3xf32>
  return %0 : tensor<5x3xf32>
}

// LINALG-LABEL: func.func @lower_elements(
// LINALG-SAME:    %[[D:[a-z0-9]+]]:
// LINALG-SAME:    %[[I:[a-z0-9]+]]:
// LINALG-SAME:    %[[U:[a-z0-9]+]]:
// LINALG:         %[[FOR:.*]] = scf.for %{{.*}} = %{{.*}} to %{{.*}} step %{{.*}} iter_args(%{{.*}} = %[[D]]) -> (tensor<5xf32>) {
// LINALG:         tensor.extract %[[I]][%{{.*}}, %{{.*}}]
// LINALG:         %[[MAXSI:.*]] = arith.maxsi %{{.*}}, %{{.*}}
// LINALG:         %[[MINSI:.*]] = arith.minsi %[[MAXSI]], %{{.*}}
// LINALG:         %[[EXTRACT:.*]] = tensor.extract %[[U]][%{{.*}}]
// LINALG:         %[[INSERT:.*]] = tensor.insert %[[EXTRACT]] into %{{.*}}{{\[}}%[[MINSI]]]
// LINALG:         scf.yield %[[INSERT]]
// LINALG:         return %[[FOR]] : tensor<5xf32>
func.func @lower_elements(%d: tensor<5xf32>, %i: tensor<4x1xi32>, %u: tensor<4xf32>) -> tensor<5xf32> {
  %0 = mjx.scatter set clip %d[%i], %u, update_window_dims = [], inserted_dims = [0], scatter_index_map = [0], batching_dims = [], [] : tensor<5xf32>, tensor<4x1xi32>, tensor<4xf32> -> tensor<5xf32>
  return %0 : tensor<5xf32>
}
