// RUN: mjx-opt %s --verify-diagnostics --split-input-file

func.func @index_map(%x: tensor<5x3xf32>, %i: tensor<4x1xi32>) {
  // expected-error @+2 {{'mjx.gather' op expected index map of length 1, but got [0, 1]}}
  // expected-error @+1 {{'mjx.gather' op failed to infer returned types}}
  %0 = mjx.gather clip %x[%i], offset_dims = [1], collapsed_dims = [0], start_index_map = [0, 1], batching_dims = [], [], slice_sizes = [1, 3] : tensor<5x3xf32>, tensor<4x1xi32> -> tensor<4x3xf32>
  return
}

// -----

func.func @collapsed(%x: tensor<5x3xf32>, %i: tensor<4x1xi32>) {
  // expected-error @+2 {{'mjx.gather' op expected dropped and batching dimensions to list different dimensions in [0, 2), but got [0, 0]}}
  // expected-error @+1 {{'mjx.gather' op failed to infer returned types}}
  %0 = mjx.gather clip %x[%i], offset_dims = [1], collapsed_dims = [0, 0], start_index_map = [0], batching_dims = [], [], slice_sizes = [1, 3] : tensor<5x3xf32>, tensor<4x1xi32> -> tensor<4x3xf32>
  return
}

// -----

func.func @collapsed_size(%x: tensor<5x3xf32>, %i: tensor<4x1xi32>) {
  // expected-error @+2 {{'mjx.gather' op expected slice_sizes of at least 0, and 1 in collapsed and batching dimensions, but got [2, 3]}}
  // expected-error @+1 {{'mjx.gather' op failed to infer returned types}}
  %0 = mjx.gather clip %x[%i], offset_dims = [1], collapsed_dims = [0], start_index_map = [0], batching_dims = [], [], slice_sizes = [2, 3] : tensor<5x3xf32>, tensor<4x1xi32> -> tensor<4x3xf32>
  return
}

// -----

func.func @offset_dims(%x: tensor<5x3xf32>, %i: tensor<4x1xi32>) {
  // expected-error @+2 {{'mjx.gather' op expected window dimensions to list different dimensions in [0, 2), but got [2]}}
  // expected-error @+1 {{'mjx.gather' op failed to infer returned types}}
  %0 = mjx.gather clip %x[%i], offset_dims = [2], collapsed_dims = [0], start_index_map = [0], batching_dims = [], [], slice_sizes = [1, 3] : tensor<5x3xf32>, tensor<4x1xi32> -> tensor<4x3xf32>
  return
}

// -----

func.func @offset_order(%x: tensor<5x3xf32>, %i: tensor<4x1xi32>) {
  // expected-error @+2 {{'mjx.gather' op expected window dimensions to increase, but got [1, 0]}}
  // expected-error @+1 {{'mjx.gather' op failed to infer returned types}}
  %0 = mjx.gather clip %x[%i], offset_dims = [1, 0], collapsed_dims = [], start_index_map = [0], batching_dims = [], [], slice_sizes = [1, 3] : tensor<5x3xf32>, tensor<4x1xi32> -> tensor<4x3xf32>
  return
}

// -----

func.func @window(%x: tensor<5x3xf32>, %i: tensor<4x1xi32>) {
  // expected-error @+2 {{'mjx.gather' op expected window dimensions of length 1, but got []}}
  // expected-error @+1 {{'mjx.gather' op failed to infer returned types}}
  %0 = mjx.gather clip %x[%i], offset_dims = [], collapsed_dims = [0], start_index_map = [0], batching_dims = [], [], slice_sizes = [1, 3] : tensor<5x3xf32>, tensor<4x1xi32> -> tensor<4x3xf32>
  return
}

// -----

func.func @sizes(%x: tensor<5x3xf32>, %i: tensor<4x1xi32>) {
  // expected-error @+2 {{'mjx.gather' op expected slice_sizes of length 2, but got [1]}}
  // expected-error @+1 {{'mjx.gather' op failed to infer returned types}}
  %0 = mjx.gather clip %x[%i], offset_dims = [1], collapsed_dims = [0], start_index_map = [0], batching_dims = [], [], slice_sizes = [1] : tensor<5x3xf32>, tensor<4x1xi32> -> tensor<4x3xf32>
  return
}

// -----

func.func @fit(%x: tensor<5x3xf32>, %i: tensor<4x1xi32>) {
  // expected-error @+2 {{'mjx.gather' op expected parts that fit into [5, 3], but got [1, 4]}}
  // expected-error @+1 {{'mjx.gather' op failed to infer returned types}}
  %0 = mjx.gather clip %x[%i], offset_dims = [1], collapsed_dims = [0], start_index_map = [0], batching_dims = [], [], slice_sizes = [1, 4] : tensor<5x3xf32>, tensor<4x1xi32> -> tensor<4x4xf32>
  return
}

// -----

func.func @batching(%x: tensor<5x3xf32>, %i: tensor<4x3x1xi32>) {
  // expected-error @+2 {{'mjx.gather' op expected batching dimensions of equal extents, but got 5 and 4}}
  // expected-error @+1 {{'mjx.gather' op failed to infer returned types}}
  %0 = mjx.gather clip %x[%i], offset_dims = [], collapsed_dims = [1], start_index_map = [1], batching_dims = [0], [0], slice_sizes = [1, 1] : tensor<5x3xf32>, tensor<4x3x1xi32> -> tensor<4x3xf32>
  return
}

// -----

func.func @batching_count(%x: tensor<5x3xf32>, %i: tensor<4x3x1xi32>) {
  // expected-error @+2 {{'mjx.gather' op expected indices_batching_dims of length 1, but got []}}
  // expected-error @+1 {{'mjx.gather' op failed to infer returned types}}
  %0 = mjx.gather clip %x[%i], offset_dims = [], collapsed_dims = [1], start_index_map = [1], batching_dims = [0], [], slice_sizes = [1, 1] : tensor<5x3xf32>, tensor<4x3x1xi32> -> tensor<4x3xf32>
  return
}

// -----

func.func @moved_batch(%x: tensor<5x3xf32>, %i: tensor<5x1xi32>) {
  // expected-error @+2 {{'mjx.gather' op expected index map and batching dimensions to list different dimensions in [0, 2), but got [0, 0]}}
  // expected-error @+1 {{'mjx.gather' op failed to infer returned types}}
  %0 = mjx.gather clip %x[%i], offset_dims = [1], collapsed_dims = [], start_index_map = [0], batching_dims = [0], [0], slice_sizes = [1, 3] : tensor<5x3xf32>, tensor<5x1xi32> -> tensor<5x3xf32>
  return
}

// -----

func.func @scalar_indices(%x: tensor<5x3xf32>, %i: tensor<i32>) {
  // expected-error @+2 {{'mjx.gather' op expected integer indices of at least one dimension, but got 'tensor<i32>'}}
  // expected-error @+1 {{'mjx.gather' op failed to infer returned types}}
  %0 = mjx.gather clip %x[%i], offset_dims = [0], collapsed_dims = [0], start_index_map = [0], batching_dims = [], [], slice_sizes = [1, 3] : tensor<5x3xf32>, tensor<i32> -> tensor<3xf32>
  return
}

// -----

func.func @mode(%x: tensor<5x3xf32>, %i: tensor<4x1xi32>) {
  // expected-error @+1 {{'mjx.gather' op attribute 'mode' failed to satisfy constraint: string attribute one of clip, fill, promise}}
  %0 = mjx.gather wrap %x[%i], offset_dims = [1], collapsed_dims = [0], start_index_map = [0], batching_dims = [], [], slice_sizes = [1, 3] : tensor<5x3xf32>, tensor<4x1xi32> -> tensor<4x3xf32>
  return
}
