// RUN: mjx-opt %s --verify-diagnostics --split-input-file

func.func @extent(%x: tensor<3xf32>) {
  // expected-error @+1 {{'mjx.broadcast_in_dim' op expected every extent to be 1 or that of the result, but got [3] and [2] with dims = [0]}}
  %0 = mjx.broadcast_in_dim %x, dims = [0] : tensor<3xf32> -> tensor<2xf32>
  return
}

// -----

func.func @order(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{'mjx.broadcast_in_dim' op expected dims to increase, but got [1, 0]}}
  %0 = mjx.broadcast_in_dim %x, dims = [1, 0] : tensor<2x3xf32> -> tensor<3x2xf32>
  return
}

// -----

func.func @count(%x: tensor<3xf32>) {
  // expected-error @+1 {{'mjx.broadcast_in_dim' op expected dims of length 1, but got []}}
  %0 = mjx.broadcast_in_dim %x, dims = [] : tensor<3xf32> -> tensor<3xf32>
  return
}

// -----

func.func @range(%x: tensor<3xf32>) {
  // expected-error @+1 {{'mjx.broadcast_in_dim' op expected dims to list different dimensions in [0, 1), but got [1]}}
  %0 = mjx.broadcast_in_dim %x, dims = [1] : tensor<3xf32> -> tensor<3xf32>
  return
}

// -----

func.func @type(%x: tensor<3xf32>) {
  // expected-error @+1 {{'mjx.broadcast_in_dim' op expected equal element types, but got 'tensor<3xf32>' and 'tensor<3xf64>'; convert one of them first}}
  %0 = mjx.broadcast_in_dim %x, dims = [0] : tensor<3xf32> -> tensor<3xf64>
  return
}
