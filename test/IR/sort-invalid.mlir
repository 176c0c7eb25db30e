// RUN: mjx-opt %s --verify-diagnostics --split-input-file

func.func @range(%x: tensor<2x3xf32>) {
  // expected-error @+2 {{'mjx.sort' op failed to infer returned types}}
  // expected-error @+1 {{sort: expected a dimension in [0, 2), but got 2}}
  %0 = mjx.sort %x, dim = 2 : tensor<2x3xf32> -> tensor<2x3xf32>
  return
}

// -----

func.func @keys(%x: tensor<2x3xf32>) {
  // expected-error @+2 {{'mjx.sort' op failed to infer returned types}}
  // expected-error @+1 {{sort: expected num_keys in [1, 1], but got 2}}
  %0 = mjx.sort %x, dim = 0 {num_keys = 2 : i64} : tensor<2x3xf32> -> tensor<2x3xf32>
  return
}

// -----

func.func @shapes(%x: tensor<2x3xf32>, %y: tensor<3xf32>) {
  // expected-error @+2 {{'mjx.sort' op failed to infer returned types}}
  // expected-error @+1 {{sort: expected operands of one shape, but got 'tensor<2x3xf32>' and 'tensor<3xf32>'}}
  %0, %1 = mjx.sort %x, %y, dim = 0 : tensor<2x3xf32>, tensor<3xf32> -> tensor<2x3xf32>, tensor<3xf32>
  return
}
