// RUN: mjx-opt %s --verify-diagnostics --split-input-file

func.func @square(%x: tensor<2x3xf32>) {
  // expected-error @+2 {{'mjx.cholesky' op failed to infer returned types}}
  // expected-error @+1 {{expected square matrices, but got 'tensor<2x3xf32>'}}
  %0 = mjx.cholesky %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @rank(%x: tensor<3xf32>) {
  // expected-error @+2 {{'mjx.cholesky' op failed to infer returned types}}
  // expected-error @+1 {{expected matrices, of rank 2 or more, but got 'tensor<3xf32>'}}
  %0 = mjx.cholesky %x : (tensor<3xf32>) -> tensor<3xf32>
  return
}
