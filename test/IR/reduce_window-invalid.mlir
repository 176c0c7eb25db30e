// RUN: mjx-opt %s --verify-diagnostics --split-input-file

func.func @length(%x: tensor<2x3xf32>) {
  // expected-error @+2 {{'mjx.reduce_window' op expected window of length 2, but got [2]}}
  // expected-error @+1 {{'mjx.reduce_window' op failed to infer returned types}}
  %0 = mjx.reduce_window add %x, window = [2], strides = [1, 1], low = [0, 0], high = [0, 0], base_dilation = [1, 1], window_dilation = [1, 1] : tensor<2x3xf32> -> tensor<1x2xf32>
  return
}

// -----

func.func @positive(%x: tensor<3xf32>) {
  // expected-error @+2 {{'mjx.reduce_window' op expected strides to be positive, but got [0]}}
  // expected-error @+1 {{'mjx.reduce_window' op failed to infer returned types}}
  %0 = mjx.reduce_window add %x, window = [2], strides = [0], low = [0], high = [0], base_dilation = [1], window_dilation = [1] : tensor<3xf32> -> tensor<2xf32>
  return
}

// -----

func.func @kind(%x: tensor<3xcomplex<f32>>) {
  // expected-error @+2 {{reduce_window: expected real numbers or booleans for kind max, but got elements of type 'complex<f32>'}}
  // expected-error @+1 {{'mjx.reduce_window' op failed to infer returned types}}
  %0 = mjx.reduce_window max %x, window = [2], strides = [1], low = [0], high = [0], base_dilation = [1], window_dilation = [1] : tensor<3xcomplex<f32>> -> tensor<2xcomplex<f32>>
  return
}
