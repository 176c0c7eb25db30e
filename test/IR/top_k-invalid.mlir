// RUN: mjx-opt %s --verify-diagnostics

func.func @range(%x: tensor<2x3xf32>) {
  // expected-error @+2 {{'mjx.top_k' op expected k in [0, 3], but got 4}}
  // expected-error @+1 {{'mjx.top_k' op failed to infer returned types}}
  %0, %1 = mjx.top_k %x, k = 4 : tensor<2x3xf32> -> tensor<2x4xf32>, tensor<2x4xi32>
  return
}
