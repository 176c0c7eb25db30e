// RUN: mjx-opt %s --verify-diagnostics --split-input-file

func.func @size(%d: tensor<4xf32>, %x: tensor<5xf32>, %i: tensor<i32>) {
  // expected-error @+2 {{'mjx.dynamic_update_slice' op expected sizes between 0 and those of [4], but got [5]}}
  // expected-error @+1 {{'mjx.dynamic_update_slice' op failed to infer returned types}}
  %0 = mjx.dynamic_update_slice set %d, %x at (%i) : tensor<4xf32>, tensor<5xf32>, tensor<i32> -> tensor<4xf32>
  return
}

// -----

func.func @types(%d: tensor<4xf32>, %x: tensor<2xf64>, %i: tensor<i32>) {
  // expected-error @+2 {{'mjx.dynamic_update_slice' op expected equal element types, but got 'tensor<4xf32>' and 'tensor<2xf64>'; convert one of them first}}
  // expected-error @+1 {{'mjx.dynamic_update_slice' op failed to infer returned types}}
  %0 = mjx.dynamic_update_slice set %d, %x at (%i) : tensor<4xf32>, tensor<2xf64>, tensor<i32> -> tensor<4xf32>
  return
}
