// RUN: mjx-opt %s --verify-diagnostics --split-input-file

func.func @fit(%d: tensor<8xf32>, %x: tensor<3xf32>) {
  // expected-error @+2 {{'mjx.update_slice' op expected the part [3] at start = [4] with strides = [2] to lie inside [8], but it does not}}
  // expected-error @+1 {{'mjx.update_slice' op failed to infer returned types}}
  %0 = mjx.update_slice set %d, %x, start = [4], strides = [2] : tensor<8xf32>, tensor<3xf32> -> tensor<8xf32>
  return
}

// -----

func.func @kind(%d: tensor<8xf32>, %x: tensor<3xf32>) {
  // expected-error @+1 {{'mjx.update_slice' op attribute 'kind' failed to satisfy constraint: string attribute one of set, add}}
  %0 = mjx.update_slice mul %d, %x, start = [4], strides = [1] : tensor<8xf32>, tensor<3xf32> -> tensor<8xf32>
  return
}

// -----

func.func @rank(%d: tensor<8xf32>, %x: tensor<1x3xf32>) {
  // expected-error @+2 {{'mjx.update_slice' op expected a part of rank 1, but got 'tensor<1x3xf32>'}}
  // expected-error @+1 {{'mjx.update_slice' op failed to infer returned types}}
  %0 = mjx.update_slice set %d, %x, start = [4], strides = [1] : tensor<8xf32>, tensor<1x3xf32> -> tensor<8xf32>
  return
}

// -----

func.func @boolean(%d: tensor<8xi1>, %x: tensor<3xi1>) {
  // expected-error @+2 {{'mjx.update_slice' op expected elements that add can combine, but got 'i1'; convert them to another type first}}
  // expected-error @+1 {{'mjx.update_slice' op failed to infer returned types}}
  %0 = mjx.update_slice add %d, %x, start = [4], strides = [1] : tensor<8xi1>, tensor<3xi1> -> tensor<8xi1>
  return
}
