// RUN: mjx-opt %s --verify-diagnostics --split-input-file

func.func @range(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{cumulative: expected a dimension in [0, 2), but got -1}}
  %0 = mjx.cumulative add %x, dim = -1 : tensor<2x3xf32>
  return
}

// -----

func.func @kind(%x: tensor<3xi32>) {
  // expected-error @+1 {{cumulative: expected floating point numbers for kind logaddexp, but got elements of type 'i32'}}
  %0 = mjx.cumulative logaddexp %x, dim = 0 : tensor<3xi32>
  return
}
