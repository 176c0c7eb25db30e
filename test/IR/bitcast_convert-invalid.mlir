// RUN: mjx-opt %s --verify-diagnostics --split-input-file

func.func @width(%x: tensor<4xf32>) {
  // expected-error @+1 {{expected integers or floats of equal width, but got 'f32' and 'i64'}}
  %0 = mjx.bitcast_convert %x : tensor<4xf32> -> tensor<4xi64>
  return
}

// -----

func.func @complex(%x: tensor<complex<f32>>) {
  // expected-error @+1 {{expected integers or floats of equal width, but got 'complex<f32>' and 'f64'}}
  %0 = mjx.bitcast_convert %x : tensor<complex<f32>> -> tensor<f64>
  return
}
