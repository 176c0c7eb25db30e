// RUN: mjx-opt %s --verify-diagnostics --split-input-file

func.func @count(%x: tensor<3xf32>) {
  // expected-error @+1 {{'mjx.reshape' op expected as many elements as the operand has, 3, but got 4}}
  %0 = mjx.reshape %x : tensor<3xf32> -> tensor<2x2xf32>
  return
}

// -----

func.func @type(%x: tensor<3xf32>) {
  // expected-error @+1 {{'mjx.reshape' op expected equal element types, but got 'tensor<3xf32>' and 'tensor<3xi32>'; convert one of them first}}
  %0 = mjx.reshape %x : tensor<3xf32> -> tensor<3xi32>
  return
}
