// RUN: mjx-opt %s --verify-diagnostics --split-input-file

func.func @rows(%a: tensor<3x3xf32>, %b: tensor<2x3xf32>) {
  // expected-error @+2 {{'mjx.triangular_solve' op failed to infer returned types}}
  // expected-error @+1 {{expected as many rows of b as a has, and one batch, but got 'tensor<3x3xf32>' and 'tensor<2x3xf32>'}}
  %0 = mjx.triangular_solve no %a, %b {left_side = true} : (tensor<3x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @elements(%a: tensor<3x3xf32>, %b: tensor<3x3xf64>) {
  // expected-error @+2 {{'mjx.triangular_solve' op failed to infer returned types}}
  // expected-error @+1 {{expected equal element types, but got 'tensor<3x3xf32>' and 'tensor<3x3xf64>'; convert one of them first}}
  %0 = mjx.triangular_solve no %a, %b : (tensor<3x3xf32>, tensor<3x3xf64>) -> tensor<3x3xf64>
  return
}
