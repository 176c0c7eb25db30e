// RUN: mjx-opt %s --verify-diagnostics

func.func @source(%source: tensor<4xf32>, %x: tensor<5xf32>) {
  // expected-error @+2 {{'mjx.window_scatter' op expected a source of shape [3], but got 'tensor<4xf32>'}}
  // expected-error @+1 {{'mjx.window_scatter' op failed to infer returned types}}
  %0 = mjx.window_scatter max %source, %x, window = [2], strides = [2], low = [1], high = [0], base_dilation = [1], window_dilation = [1] : tensor<4xf32>, tensor<5xf32> -> tensor<5xf32>
  return
}
