// RUN: mjx-opt %s --verify-diagnostics --split-input-file

func.func @dim() {
  // expected-error @+1 {{'mjx.iota' op expected dim in [0, 2), but got 2}}
  %0 = mjx.iota dim = 2 : tensor<2x3xi32>
  return
}

// -----

func.func @scalar() {
  // expected-error @+1 {{'mjx.iota' op expected dim in [0, 0), but got 0}}
  %0 = mjx.iota dim = 0 : tensor<i32>
  return
}
