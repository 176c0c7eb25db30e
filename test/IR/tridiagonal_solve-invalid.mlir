// RUN: mjx-opt %s --verify-diagnostics --split-input-file

func.func @diagonal(%d: tensor<3xf32>, %e: tensor<2xf32>, %b: tensor<3x1xf32>) {
  // expected-error @+2 {{'mjx.tridiagonal_solve' op failed to infer returned types}}
  // expected-error @+1 {{expected dl of shape [3], but got 'tensor<2xf32>'}}
  %0 = mjx.tridiagonal_solve %e, %d, %d, %b : (tensor<2xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3x1xf32>) -> tensor<3x1xf32>
  return
}
