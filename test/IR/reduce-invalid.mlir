// RUN: mjx-opt %s --verify-diagnostics --split-input-file

func.func @range(%x: tensor<2x3xf32>) {
  // expected-error @+2 {{'mjx.reduce' op failed to infer returned types}}
  // expected-error @+1 {{reduce: expected a dimension in [0, 2), but got 2}}
  %0 = mjx.reduce add %x, dims = [2] : tensor<2x3xf32> -> tensor<2xf32>
  return
}

// -----

func.func @twice(%x: tensor<2x3xf32>) {
  // expected-error @+2 {{'mjx.reduce' op failed to infer returned types}}
  // expected-error @+1 {{reduce: expected each dimension once, but got 1 twice}}
  %0 = mjx.reduce add %x, dims = [1, 1] : tensor<2x3xf32> -> tensor<2xf32>
  return
}

// -----

func.func @kind(%x: tensor<3xcomplex<f32>>) {
  // expected-error @+2 {{'mjx.reduce' op failed to infer returned types}}
  // expected-error @+1 {{reduce: expected real numbers or booleans for kind max, but got elements of type 'complex<f32>'}}
  %0 = mjx.reduce max %x, dims = [0] : tensor<3xcomplex<f32>> -> tensor<complex<f32>>
  return
}

// -----

func.func @bits(%x: tensor<2x3xf32>) {
  // expected-error @+2 {{'mjx.reduce' op failed to infer returned types}}
  // expected-error @+1 {{reduce: expected integers or booleans for kind xor, but got elements of type 'f32'}}
  %0 = mjx.reduce xor %x, dims = [0] : tensor<2x3xf32> -> tensor<3xf32>
  return
}
