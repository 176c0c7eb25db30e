// RUN: mjx-opt %s --verify-diagnostics --split-input-file

func.func @booleans(%x: tensor<4xi1>) {
  // expected-error @+1 {{operand #0 must be statically shaped tensor of number values, but got 'tensor<4xi1>'}}
  %0 = mjx.mul %x, %x : tensor<4xi1>
  return
}
