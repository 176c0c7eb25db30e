// RUN: mjx-opt %s --verify-diagnostics --split-input-file

func.func @key(%k: tensor<3xui32>) {
  // expected-error @+1 {{'mjx.random_bits' op expected a key of shape [2], but got 'tensor<3xui32>'}}
  %0 = mjx.random_bits %k : tensor<3xui32> -> tensor<4xui32>
  return
}
