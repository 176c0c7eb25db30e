// RUN: mjx-opt %s --verify-diagnostics --split-input-file

func.func @taus(%a: tensor<4x2xf32>, %t: tensor<3xf32>) {
  // expected-error @+2 {{'mjx.householder_product' op failed to infer returned types}}
  // expected-error @+1 {{expected no more taus than rows and columns, but got 'tensor<3xf32>' for 'tensor<4x2xf32>'}}
  %0 = mjx.householder_product %a, %t : (tensor<4x2xf32>, tensor<3xf32>) -> tensor<4x2xf32>
  return
}

// -----

func.func @wide(%a: tensor<2x4xf32>, %t: tensor<2xf32>) {
  // expected-error @+2 {{'mjx.householder_product' op failed to infer returned types}}
  // expected-error @+1 {{expected no more columns than rows, but got 'tensor<2x4xf32>'}}
  %0 = mjx.householder_product %a, %t : (tensor<2x4xf32>, tensor<2xf32>) -> tensor<2x4xf32>
  return
}
