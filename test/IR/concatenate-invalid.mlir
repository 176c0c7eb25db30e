// RUN: mjx-opt %s --verify-diagnostics --split-input-file

func.func @shapes(%x: tensor<2x3xf32>, %y: tensor<3x3xf32>) {
  // expected-error @+2 {{'mjx.concatenate' op expected shapes that differ in dimension 1 only, but got [2, 3] and [3, 3]}}
  // expected-error @+1 {{'mjx.concatenate' op failed to infer returned types}}
  %0 = mjx.concatenate %x, %y, dim = 1 : tensor<2x3xf32>, tensor<3x3xf32> -> tensor<2x6xf32>
  return
}

// -----

func.func @ranks(%x: tensor<2x3xf32>, %y: tensor<2xf32>) {
  // expected-error @+2 {{'mjx.concatenate' op expected shapes that differ in dimension 1 only, but got [2, 3] and [2]}}
  // expected-error @+1 {{'mjx.concatenate' op failed to infer returned types}}
  %0 = mjx.concatenate %x, %y, dim = 1 : tensor<2x3xf32>, tensor<2xf32> -> tensor<2x4xf32>
  return
}

// -----

func.func @types(%x: tensor<2xf32>, %y: tensor<2xi32>) {
  // expected-error @+2 {{'mjx.concatenate' op expected equal element types, but got 'tensor<2xf32>' and 'tensor<2xi32>'; convert one of them first}}
  // expected-error @+1 {{'mjx.concatenate' op failed to infer returned types}}
  %0 = mjx.concatenate %x, %y, dim = 0 : tensor<2xf32>, tensor<2xi32> -> tensor<4xf32>
  return
}

// -----

func.func @dim(%x: tensor<2xf32>) {
  // expected-error @+2 {{'mjx.concatenate' op expected dim in [0, 1), but got 1}}
  // expected-error @+1 {{'mjx.concatenate' op failed to infer returned types}}
  %0 = mjx.concatenate %x, dim = 1 : tensor<2xf32> -> tensor<2xf32>
  return
}
