// RUN: mjx-opt %s --verify-diagnostics --split-input-file

func.func @updates_rank(%d: tensor<5x3xf32>, %i: tensor<4x1xi32>, %u: tensor<4xf32>) {
  // expected-error @+2 {{'mjx.scatter' op expected window dimensions to list different dimensions in [0, 1), but got [1]}}
  // expected-error @+1 {{'mjx.scatter' op failed to infer returned types}}
  %0 = mjx.scatter add clip %d[%i], %u, update_window_dims = [1], inserted_dims = [0], scatter_index_map = [0], batching_dims = [], [] : tensor<5x3xf32>, tensor<4x1xi32>, tensor<4xf32> -> tensor<5x3xf32>
  return
}

// -----

func.func @updates_shape(%d: tensor<5x3xf32>, %i: tensor<4x1xi32>, %u: tensor<5x3xf32>) {
  // expected-error @+2 {{'mjx.scatter' op expected updates of shape [4, 3], but got 'tensor<5x3xf32>'}}
  // expected-error @+1 {{'mjx.scatter' op failed to infer returned types}}
  %0 = mjx.scatter add clip %d[%i], %u, update_window_dims = [1], inserted_dims = [0], scatter_index_map = [0], batching_dims = [], [] : tensor<5x3xf32>, tensor<4x1xi32>, tensor<5x3xf32> -> tensor<5x3xf32>
  return
}

// -----

func.func @fit(%d: tensor<5x3xf32>, %i: tensor<4x1xi32>, %u: tensor<4x4xf32>) {
  // expected-error @+2 {{'mjx.scatter' op expected parts that fit into [5, 3], but got [1, 4]}}
  // expected-error @+1 {{'mjx.scatter' op failed to infer returned types}}
  %0 = mjx.scatter add clip %d[%i], %u, update_window_dims = [1], inserted_dims = [0], scatter_index_map = [0], batching_dims = [], [] : tensor<5x3xf32>, tensor<4x1xi32>, tensor<4x4xf32> -> tensor<5x3xf32>
  return
}

// -----

func.func @types(%d: tensor<5x3xf32>, %i: tensor<4x1xi32>, %u: tensor<4x3xf64>) {
  // expected-error @+2 {{'mjx.scatter' op expected equal element types, but got 'tensor<5x3xf32>' and 'tensor<4x3xf64>'; convert one of them first}}
  // expected-error @+1 {{'mjx.scatter' op failed to infer returned types}}
  %0 = mjx.scatter add clip %d[%i], %u, update_window_dims = [1], inserted_dims = [0], scatter_index_map = [0], batching_dims = [], [] : tensor<5x3xf32>, tensor<4x1xi32>, tensor<4x3xf64> -> tensor<5x3xf32>
  return
}

// -----

func.func @boolean(%d: tensor<5x3xi1>, %i: tensor<4x1xi32>, %u: tensor<4x3xi1>) {
  // expected-error @+2 {{'mjx.scatter' op expected elements that mul can combine, but got 'i1'; convert them to another type first}}
  // expected-error @+1 {{'mjx.scatter' op failed to infer returned types}}
  %0 = mjx.scatter mul clip %d[%i], %u, update_window_dims = [1], inserted_dims = [0], scatter_index_map = [0], batching_dims = [], [] : tensor<5x3xi1>, tensor<4x1xi32>, tensor<4x3xi1> -> tensor<5x3xi1>
  return
}

// -----

func.func @complex(%d: tensor<5x3xcomplex<f32>>, %i: tensor<4x1xi32>, %u: tensor<4x3xcomplex<f32>>) {
  // expected-error @+2 {{'mjx.scatter' op expected elements that max can combine, but got 'complex<f32>'; convert them to another type first}}
  // expected-error @+1 {{'mjx.scatter' op failed to infer returned types}}
  %0 = mjx.scatter max clip %d[%i], %u, update_window_dims = [1], inserted_dims = [0], scatter_index_map = [0], batching_dims = [], [] : tensor<5x3xcomplex<f32>>, tensor<4x1xi32>, tensor<4x3xcomplex<f32>> -> tensor<5x3xcomplex<f32>>
  return
}

// -----

func.func @kind(%d: tensor<5x3xf32>, %i: tensor<4x1xi32>, %u: tensor<4x3xf32>) {
  // expected-error @+1 {{'mjx.scatter' op attribute 'kind' failed to satisfy constraint: string attribute one of set, add, mul, min, max}}
  %0 = mjx.scatter sub clip %d[%i], %u, update_window_dims = [1], inserted_dims = [0], scatter_index_map = [0], batching_dims = [], [] : tensor<5x3xf32>, tensor<4x1xi32>, tensor<4x3xf32> -> tensor<5x3xf32>
  return
}
