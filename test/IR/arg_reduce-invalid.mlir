// RUN: mjx-opt %s --verify-diagnostics --split-input-file

func.func @range(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{arg_reduce: expected a dimension in [0, 2), but got 2}}
  %0 = mjx.arg_reduce max %x, dim = 2 : tensor<2x3xf32> -> tensor<2xi32>
  return
}

// -----

func.func @shape(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{'mjx.arg_reduce' op expected a result of shape [2], but got 'tensor<3xi32>'}}
  %0 = mjx.arg_reduce max %x, dim = 1 : tensor<2x3xf32> -> tensor<3xi32>
  return
}

// -----

func.func @empty(%x: tensor<2x0xf32>) {
  // expected-error @+1 {{'mjx.arg_reduce' op expected at least one element along dimension 1, but got 'tensor<2x0xf32>'}}
  %0 = mjx.arg_reduce max %x, dim = 1 : tensor<2x0xf32> -> tensor<2xi32>
  return
}
