// RUN: mjx-opt %s --verify-diagnostics --split-input-file

func.func @rows(%a: tensor<4x2xf32>, %t: tensor<2xf32>, %c: tensor<3x4xf32>) {
  // expected-error @+2 {{'mjx.ormqr' op failed to infer returned types}}
  // expected-error @+1 {{expected rows of c to be as long as the reflectors, and one batch, but got 'tensor<4x2xf32>' and 'tensor<3x4xf32>'}}
  %0 = mjx.ormqr %a, %t, %c {left = true} : (tensor<4x2xf32>, tensor<2xf32>, tensor<3x4xf32>) -> tensor<3x4xf32>
  return
}
