// RUN: mjx-opt %s --verify-diagnostics --split-input-file

func.func @integers(%x: tensor<4xi32>) {
  // expected-error @+1 {{operand #0 must be statically shaped tensor of floating point or complex values, but got 'tensor<4xi32>'}}
  %0 = mjx.sin %x : tensor<4xi32>
  return
}

// -----

func.func @dynamic(%x: tensor<?xf32>) {
  // expected-error @+1 {{operand #0 must be statically shaped tensor of floating point or complex values, but got 'tensor<?xf32>'}}
  %0 = mjx.sin %x : tensor<?xf32>
  return
}
