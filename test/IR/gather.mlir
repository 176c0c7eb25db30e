// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms --canonicalize --cse | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-to-linalg-pipeline --mlir-print-local-scope | FileCheck %s --check-prefix=LINALG

// SYNTAX-LABEL: func.func @syntax(
// SYNTAX-SAME:    %[[X:[a-z0-9]+]]:
// SYNTAX-SAME:    %[[I:[a-z0-9]+]]:
// SYNTAX:         mjx.gather fill %[[X]]{{\[}}%[[I]]], offset_dims = [1], collapsed_dims = [0], start_index_map = [0], batching_dims = [], [], slice_sizes = [1, 3] {fill_value = 1.000000e+00
func.func @syntax(%x: tensor<5x3xf32>, %i: tensor<4x1xi32>) -> tensor<4x3xf32> {
  %0 = mjx.gather fill %x[%i], offset_dims = [1], collapsed_dims = [0], start_index_map = [0], batching_dims = [], [], slice_sizes = [1, 3] {fill_value = 1.0 : f64} : tensor<5x3xf32>, tensor<4x1xi32> -> tensor<4x3xf32>
  return %0 : tensor<4x3xf32>
}

// SYNTAX-LABEL: func.func @syntax_batching(
// SYNTAX-SAME:    %[[X:[a-z0-9]+]]:
// SYNTAX-SAME:    %[[I:[a-z0-9]+]]:
// SYNTAX:         mjx.gather clip %[[X]]{{\[}}%[[I]]], offset_dims = [], collapsed_dims = [1], start_index_map = [1], batching_dims = [0], [0], slice_sizes = [1, 1]
func.func @syntax_batching(%x: tensor<2x5xf32>, %i: tensor<2x4x1xi32>) -> tensor<2x4xf32> {
  %0 = mjx.gather clip %x[%i], offset_dims = [], collapsed_dims = [1], start_index_map = [1], batching_dims = [0], [0], slice_sizes = [1, 1] : tensor<2x5xf32>, tensor<2x4x1xi32> -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}

// RULES-LABEL: func.func @jvp_fills_zeros(
// RULES-SAME:    %[[X0:[a-z0-9]+]]:
// RULES-SAME:    %[[I0:[a-z0-9]+]]:
// RULES-SAME:    %[[DX:[a-z0-9]+]]:
// RULES:         %[[GATHERED:.*]] = mjx.gather fill %[[DX]]{{\[}}%[[I0]]], offset_dims = [1], collapsed_dims = [0], start_index_map = [0], batching_dims = [], [], slice_sizes = [1, 3]
// RULES:         return %[[GATHERED]] : tensor<4x3xf32>
func.func @jvp_fills_zeros(%x0: tensor<5x3xf32>, %i0: tensor<4x1xi32>, %dx: tensor<5x3xf32>) -> tensor<4x3xf32> {
  %out, %dout = mjx.jvp(%x0, %i0, %dx) wrt = [0] : (tensor<5x3xf32>, tensor<4x1xi32>, tensor<5x3xf32>) -> (tensor<4x3xf32>, tensor<4x3xf32>) {
  ^bb0(%x: tensor<5x3xf32>, %i: tensor<4x1xi32>):
    %0 = mjx.gather fill %x[%i], offset_dims = [1], collapsed_dims = [0], start_index_map = [0], batching_dims = [], [], slice_sizes = [1, 3] {fill_value = 1.0 : f64} : tensor<5x3xf32>, tensor<4x1xi32> -> tensor<4x3xf32>
    mjx.yield %0 : tensor<4x3xf32>
  }
  return %dout : tensor<4x3xf32>
}

// RULES-LABEL: func.func @transpose_scatters(
// RULES-SAME:    %[[X0:[a-z0-9]+]]:
// RULES-SAME:    %[[I0:[a-z0-9]+]]:
// RULES-SAME:    %[[CT:[a-z0-9]+]]:
// RULES:         %[[C:.*]] = mjx.constant dense<0.000000e+00> : tensor<5x3xf32>
// RULES:         %[[SCATTERED:.*]] = mjx.scatter add clip %[[C]]{{\[}}%[[I0]]], %[[CT]], update_window_dims = [1], inserted_dims = [0], scatter_index_map = [0], batching_dims = [], []
// RULES:         return %[[SCATTERED]] : tensor<5x3xf32>
func.func @transpose_scatters(%x0: tensor<5x3xf32>, %i0: tensor<4x1xi32>, %ct: tensor<4x3xf32>) -> tensor<5x3xf32> {
  %out, %l = mjx.linearize(%x0, %i0) wrt = [0] : (tensor<5x3xf32>, tensor<4x1xi32>) -> (tensor<4x3xf32>, !mjx.linear<(tensor<5x3xf32>) -> tensor<4x3xf32>>) {
  ^bb0(%x: tensor<5x3xf32>, %i: tensor<4x1xi32>):
    %0 = mjx.gather clip %x[%i], offset_dims = [1], collapsed_dims = [0], start_index_map = [0], batching_dims = [], [], slice_sizes = [1, 3] : tensor<5x3xf32>, tensor<4x1xi32> -> tensor<4x3xf32>
    mjx.yield %0 : tensor<4x3xf32>
  }
  %g = mjx.apply_transpose %l(%ct) : (!mjx.linear<(tensor<5x3xf32>) -> tensor<4x3xf32>>, tensor<4x3xf32>) -> tensor<5x3xf32>
  return %g : tensor<5x3xf32>
}

// RULES-LABEL: func.func @batch_of_the_operand_widens_the_window(
// RULES-SAME:    %[[XS:[a-z0-9]+]]:
// RULES-SAME:    %[[IS:[a-z0-9]+]]:
// RULES:         %[[GATHERED:.*]] = mjx.gather clip %[[XS]]{{\[}}%[[IS]]], offset_dims = [0, 2], collapsed_dims = [1], start_index_map = [1], batching_dims = [], [], slice_sizes = [7, 1, 3]
// RULES:         return %[[GATHERED]] : tensor<7x4x3xf32>
func.func @batch_of_the_operand_widens_the_window(%xs: tensor<7x5x3xf32>, %is: tensor<4x1xi32>) -> tensor<7x4x3xf32> {
  %r = mjx.vmap(%xs, %is) in_axes = [0, -1], out_axes = [0] {size = 7 : i64} : (tensor<7x5x3xf32>, tensor<4x1xi32>) -> tensor<7x4x3xf32> {
  ^bb0(%x: tensor<5x3xf32>, %i: tensor<4x1xi32>):
    %0 = mjx.gather clip %x[%i], offset_dims = [1], collapsed_dims = [0], start_index_map = [0], batching_dims = [], [], slice_sizes = [1, 3] : tensor<5x3xf32>, tensor<4x1xi32> -> tensor<4x3xf32>
    mjx.yield %0 : tensor<4x3xf32>
  }
  return %r : tensor<7x4x3xf32>
}

// RULES-LABEL: func.func @batch_of_indices(
// RULES-SAME:    %[[XS:[a-z0-9]+]]:
// RULES-SAME:    %[[IS:[a-z0-9]+]]:
// RULES:         %[[GATHERED:.*]] = mjx.gather clip %[[XS]]{{\[}}%[[IS]]], offset_dims = [2], collapsed_dims = [0], start_index_map = [0], batching_dims = [], [], slice_sizes = [1, 3]
// RULES:         return %[[GATHERED]] : tensor<7x4x3xf32>
func.func @batch_of_indices(%xs: tensor<5x3xf32>, %is: tensor<7x4x1xi32>) -> tensor<7x4x3xf32> {
  %r = mjx.vmap(%xs, %is) in_axes = [-1, 0], out_axes = [0] {size = 7 : i64} : (tensor<5x3xf32>, tensor<7x4x1xi32>) -> tensor<7x4x3xf32> {
  ^bb0(%x: tensor<5x3xf32>, %i: tensor<4x1xi32>):
    %0 = mjx.gather clip %x[%i], offset_dims = [1], collapsed_dims = [0], start_index_map = [0], batching_dims = [], [], slice_sizes = [1, 3] : tensor<5x3xf32>, tensor<4x1xi32> -> tensor<4x3xf32>
    mjx.yield %0 : tensor<4x3xf32>
  }
  return %r : tensor<7x4x3xf32>
}

// RULES-LABEL: func.func @batch_of_both_goes_in_step(
// RULES-SAME:    %[[XS:[a-z0-9]+]]:
// RULES-SAME:    %[[IS:[a-z0-9]+]]:
// RULES:         %[[TRANSPOSE:.*]] = mjx.transpose %[[IS]], permutation = [2, 0, 1]
// RULES:         %[[GATHERED:.*]] = mjx.gather clip %[[XS]]{{\[}}%[[TRANSPOSE]]], offset_dims = [2], collapsed_dims = [1], start_index_map = [1], batching_dims = [0], [0], slice_sizes = [1, 1, 3]
// RULES:         return %[[GATHERED]] : tensor<7x4x3xf32>
func.func @batch_of_both_goes_in_step(%xs: tensor<7x5x3xf32>, %is: tensor<4x1x7xi32>) -> tensor<7x4x3xf32> {
  %r = mjx.vmap(%xs, %is) in_axes = [0, 2], out_axes = [0] {size = 7 : i64} : (tensor<7x5x3xf32>, tensor<4x1x7xi32>) -> tensor<7x4x3xf32> {
  ^bb0(%x: tensor<5x3xf32>, %i: tensor<4x1xi32>):
    %0 = mjx.gather clip %x[%i], offset_dims = [1], collapsed_dims = [0], start_index_map = [0], batching_dims = [], [], slice_sizes = [1, 3] : tensor<5x3xf32>, tensor<4x1xi32> -> tensor<4x3xf32>
    mjx.yield %0 : tensor<4x3xf32>
  }
  return %r : tensor<7x4x3xf32>
}

// LINALG-LABEL: func.func @lower_elements(
// LINALG-SAME:    %[[X:[a-z0-9]+]]:
// LINALG-SAME:    %[[I:[a-z0-9]+]]:
// LINALG:         %[[EMPTY:.*]] = tensor.empty()
// LINALG:         %[[GENERIC:.*]] = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} outs(%[[EMPTY]]
// LINALG:         %[[INDEX:.*]] = linalg.index 0
// LINALG:         tensor.extract %[[I]]{{\[}}%[[INDEX]], %{{.*}}]
// LINALG:         %[[MAXSI:.*]] = arith.maxsi %{{.*}}, %{{.*}}
// LINALG:         %[[MINSI:.*]] = arith.minsi %[[MAXSI]], %{{.*}}
// LINALG:         %[[EXTRACT:.*]] = tensor.extract %[[X]]{{\[}}%[[MINSI]]]
// LINALG:         linalg.yield %[[EXTRACT]]
// LINALG:         return %[[GENERIC]] : tensor<4xf32>
func.func @lower_elements(%x: tensor<5xf32>, %i: tensor<4x1xi32>) -> tensor<4xf32> {
  %0 = mjx.gather clip %x[%i], offset_dims = [], collapsed_dims = [0], start_index_map = [0], batching_dims = [], [], slice_sizes = [1] : tensor<5xf32>, tensor<4x1xi32> -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// LINALG-LABEL: func.func @lower_rows_or_fill(
// LINALG-SAME:    %[[X:[a-z0-9]+]]:
// LINALG-SAME:    %[[I:[a-z0-9]+]]:
// LINALG:         %[[EMPTY:.*]] = tensor.empty()
// LINALG:         %[[FOR:.*]] = scf.for %{{.*}} = %{{.*}} to %{{.*}} step %{{.*}} iter_args(%{{.*}} = %[[EMPTY]]) -> (tensor<4x64xf32>) {
// LINALG:         tensor.extract %[[I]][%{{.*}}, %{{.*}}]
// LINALG:         %[[MAXSI:.*]] = arith.maxsi %{{.*}}, %{{.*}}
// LINALG:         %[[MINSI:.*]] = arith.minsi %[[MAXSI]], %{{.*}}
// LINALG:         %[[CMPI:.*]] = arith.cmpi ule, %{{.*}}, %{{.*}}
// LINALG:         %[[IF:.*]] = scf.if %[[CMPI]] -> (tensor<4x64xf32>) {
// LINALG:         %[[PART:.*]] = tensor.extract_slice %[[X]]{{\[}}%[[MINSI]], 0] [1, 64] [1, 1]
// LINALG:         %[[INSERT_SLICE:.*]] = tensor.insert_slice %[[PART]] into %{{.*}}[%{{.*}}, 0] [1, 64] [1, 1]
// LINALG:         scf.yield %[[INSERT_SLICE]]
// LINALG:         %[[PART2:.*]] = tensor.extract_slice %{{.*}}[%{{.*}}, 0] [1, 64] [1, 1]
// LINALG:         %[[FILL:.*]] = linalg.fill ins(%{{.*}}
// LINALG:         %[[INSERT_SLICE2:.*]] = tensor.insert_slice %[[FILL]] into %{{.*}}[%{{.*}}, 0] [1, 64] [1, 1]
// LINALG:         scf.yield %[[INSERT_SLICE2]]
// LINALG:         scf.yield %[[IF]]
// LINALG:         return %[[FOR]] : tensor<4x64xf32>
func.func @lower_rows_or_fill(%x: tensor<5x64xf32>, %i: tensor<4x1xi32>) -> tensor<4x64xf32> {
  %0 = mjx.gather fill %x[%i], offset_dims = [1], collapsed_dims = [0], start_index_map = [0], batching_dims = [], [], slice_sizes = [1, 64] : tensor<5x64xf32>, tensor<4x1xi32> -> tensor<4x64xf32>
  return %0 : tensor<4x64xf32>
}
