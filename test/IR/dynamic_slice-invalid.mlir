// RUN: mjx-opt %s --verify-diagnostics --split-input-file

func.func @starts(%x: tensor<4x5xf32>, %i: tensor<i32>) {
  // expected-error @+2 {{'mjx.dynamic_slice' op expected 2 starts, one per dimension, but got 1}}
  // expected-error @+1 {{'mjx.dynamic_slice' op failed to infer returned types}}
  %0 = mjx.dynamic_slice %x at (%i), sizes = [1, 2] : tensor<4x5xf32>, tensor<i32> -> tensor<1x2xf32>
  return
}

// -----

func.func @sizes(%x: tensor<4xf32>, %i: tensor<i32>) {
  // expected-error @+2 {{'mjx.dynamic_slice' op expected sizes between 0 and those of [4], but got [5]}}
  // expected-error @+1 {{'mjx.dynamic_slice' op failed to infer returned types}}
  %0 = mjx.dynamic_slice %x at (%i), sizes = [5] : tensor<4xf32>, tensor<i32> -> tensor<5xf32>
  return
}

// -----

func.func @count(%x: tensor<4xf32>, %i: tensor<i32>) {
  // expected-error @+2 {{'mjx.dynamic_slice' op expected sizes of length 1, but got [1, 1]}}
  // expected-error @+1 {{'mjx.dynamic_slice' op failed to infer returned types}}
  %0 = mjx.dynamic_slice %x at (%i), sizes = [1, 1] : tensor<4xf32>, tensor<i32> -> tensor<1xf32>
  return
}

// -----

func.func @not_scalar(%x: tensor<4xf32>, %i: tensor<1xi32>) {
  // expected-error @+1 {{'mjx.dynamic_slice' op operand #1 must be variadic of 0D tensor of integer values, but got 'tensor<1xi32>'}}
  %0 = mjx.dynamic_slice %x at (%i), sizes = [1] : tensor<4xf32>, tensor<1xi32> -> tensor<1xf32>
  return
}
