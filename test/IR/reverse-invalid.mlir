// RUN: mjx-opt %s --verify-diagnostics --split-input-file

func.func @range(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{'mjx.reverse' op expected dims to list different dimensions in [0, 2), but got [2]}}
  %0 = mjx.reverse %x, dims = [2] : tensor<2x3xf32>
  return
}

// -----

func.func @repeated(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{'mjx.reverse' op expected dims to list different dimensions in [0, 2), but got [1, 1]}}
  %0 = mjx.reverse %x, dims = [1, 1] : tensor<2x3xf32>
  return
}
