// RUN: mjx-opt %s --verify-diagnostics --split-input-file

func.func @types(%x: tensor<4xf32>, %y: tensor<4xf64>) {
  // expected-error @+2 {{compare: expected operands of one type, but got 'tensor<4xf32>' and 'tensor<4xf64>'}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = mjx.compare lt %x, %y : tensor<4xf32>, tensor<4xf64> -> tensor<4xi1>
  return
}

// -----

func.func @complex_is_not_ordered(%x: tensor<complex<f32>>) {
  // expected-error @+2 {{compare: complex numbers are not ordered; expected direction eq or ne, but got lt}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = mjx.compare lt %x, %x : tensor<complex<f32>>, tensor<complex<f32>> -> tensor<i1>
  return
}

// -----

func.func @direction(%x: tensor<f32>) {
  // expected-error @+1 {{attribute 'direction' failed to satisfy constraint: string attribute one of eq, ne, lt, le, gt, ge, total}}
  %0 = mjx.compare near %x, %x : tensor<f32>, tensor<f32> -> tensor<i1>
  return
}
