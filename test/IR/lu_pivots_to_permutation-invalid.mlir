// RUN: mjx-opt %s --verify-diagnostics --split-input-file

func.func @size(%p: tensor<3xi32>) {
  // expected-error @+2 {{'mjx.lu_pivots_to_permutation' op failed to infer returned types}}
  // expected-error @+1 {{expected pivots of rank 1 or more, no more than size = 2 of them, but got 'tensor<3xi32>'}}
  %0 = mjx.lu_pivots_to_permutation %p {size = 2 : i64} : (tensor<3xi32>) -> tensor<2xi32>
  return
}
