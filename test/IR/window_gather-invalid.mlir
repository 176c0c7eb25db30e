// RUN: mjx-opt %s --verify-diagnostics

func.func @source(%source: tensor<4xf32>, %x: tensor<5xf32>) {
  // expected-error @+2 {{'mjx.window_gather' op expected a source of shape [5], but got 'tensor<4xf32>'}}
  // expected-error @+1 {{'mjx.window_gather' op failed to infer returned types}}
  %0 = mjx.window_gather max %source, %x, window = [2], strides = [2], low = [1], high = [0], base_dilation = [1], window_dilation = [1] : tensor<4xf32>, tensor<5xf32> -> tensor<3xf32>
  return
}
