// RUN: mjx-opt %s --verify-diagnostics --split-input-file

func.func @sizes(%x: tensor<2x3xf32>, %y: tensor<3x4xf32>) {
  // expected-error @+2 {{'mjx.dot_general' op failed to infer returned types}}
  // expected-error @+1 {{dot_general: expected contracted dimensions of equal size, but got size 2 of lhs dimension 0 and 3 of rhs dimension 0}}
  %0 = mjx.dot_general %x, %y, batch = [] x [], contract = [0] x [0] : tensor<2x3xf32>, tensor<3x4xf32> -> tensor<2x4xf32>
  return
}

// -----

func.func @batch(%x: tensor<2x3xf32>, %y: tensor<3x4xf32>) {
  // expected-error @+2 {{'mjx.dot_general' op failed to infer returned types}}
  // expected-error @+1 {{dot_general: expected batch dimensions of equal size, but got size 2 of lhs dimension 0 and 3 of rhs dimension 0}}
  %0 = mjx.dot_general %x, %y, batch = [0] x [0], contract = [] x [] : tensor<2x3xf32>, tensor<3x4xf32> -> tensor<2x4xf32>
  return
}

// -----

func.func @count(%x: tensor<2x3xf32>, %y: tensor<3x4xf32>) {
  // expected-error @+2 {{'mjx.dot_general' op failed to infer returned types}}
  // expected-error @+1 {{dot_general: expected as many dimensions of lhs as of rhs, but got batch 0 and 0, contract 1 and 0}}
  %0 = mjx.dot_general %x, %y, batch = [] x [], contract = [1] x [] : tensor<2x3xf32>, tensor<3x4xf32> -> tensor<2x4xf32>
  return
}

// -----

func.func @range(%x: tensor<2x3xf32>, %y: tensor<3x4xf32>) {
  // expected-error @+2 {{'mjx.dot_general' op failed to infer returned types}}
  // expected-error @+1 {{dot_general: expected dimensions of rhs in [0, 2), but got 2}}
  %0 = mjx.dot_general %x, %y, batch = [] x [], contract = [1] x [2] : tensor<2x3xf32>, tensor<3x4xf32> -> tensor<2x4xf32>
  return
}

// -----

func.func @twice(%x: tensor<2x3xf32>, %y: tensor<3x4xf32>) {
  // expected-error @+2 {{'mjx.dot_general' op failed to infer returned types}}
  // expected-error @+1 {{dot_general: expected each dimension of lhs once, but got 1 twice}}
  %0 = mjx.dot_general %x, %y, batch = [1] x [0], contract = [1] x [1] : tensor<2x3xf32>, tensor<3x4xf32> -> tensor<2x4xf32>
  return
}

// -----

func.func @types(%x: tensor<2x3xf32>, %y: tensor<3x4xf64>) {
  // expected-error @+2 {{'mjx.dot_general' op failed to infer returned types}}
  // expected-error @+1 {{dot_general: expected tensors of one element type, but got 'tensor<2x3xf32>' and 'tensor<3x4xf64>'}}
  %0 = mjx.dot_general %x, %y, batch = [] x [], contract = [1] x [0] : tensor<2x3xf32>, tensor<3x4xf64> -> tensor<2x4xf32>
  return
}
