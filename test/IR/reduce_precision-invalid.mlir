// RUN: mjx-opt %s --verify-diagnostics --split-input-file

func.func @exponent(%x: tensor<f32>) {
  // expected-error @+1 {{expected 1 to 11 exponent bits, but got 0}}
  %0 = mjx.reduce_precision %x, format = e 0 m 10 : tensor<f32>
  return
}

// -----

func.func @mantissa(%x: tensor<f32>) {
  // expected-error @+1 {{expected 0 to 52 mantissa bits, but got 53}}
  %0 = mjx.reduce_precision %x, format = e 5 m 53 : tensor<f32>
  return
}
