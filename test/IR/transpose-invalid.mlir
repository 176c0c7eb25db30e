// RUN: mjx-opt %s --verify-diagnostics --split-input-file

func.func @repeated(%x: tensor<2x3xf32>) {
  // expected-error @+2 {{'mjx.transpose' op expected permutation to list different dimensions in [0, 2), but got [0, 0]}}
  // expected-error @+1 {{'mjx.transpose' op failed to infer returned types}}
  %0 = mjx.transpose %x, permutation = [0, 0] : tensor<2x3xf32> -> tensor<2x2xf32>
  return
}

// -----

func.func @count(%x: tensor<2x3xf32>) {
  // expected-error @+2 {{'mjx.transpose' op expected permutation of length 2, but got [0]}}
  // expected-error @+1 {{'mjx.transpose' op failed to infer returned types}}
  %0 = mjx.transpose %x, permutation = [0] : tensor<2x3xf32> -> tensor<2x3xf32>
  return
}

// -----

func.func @result(%x: tensor<2x3xf32>) {
  // expected-error @+2 {{'mjx.transpose' op inferred type(s) 'tensor<3x2xf32>' are incompatible with return type(s) of operation 'tensor<2x3xf32>'}}
  // expected-error @+1 {{'mjx.transpose' op failed to infer returned types}}
  %0 = mjx.transpose %x, permutation = [1, 0] : tensor<2x3xf32> -> tensor<2x3xf32>
  return
}
