// RUN: mjx-opt %s --verify-diagnostics --split-input-file

func.func @shape(%x: tensor<4xf32>) {
  // expected-error @+1 {{all non-scalar operands/results must have the same shape and base type}}
  %0 = mjx.convert %x : tensor<4xf32> -> tensor<2xf64>
  return
}
