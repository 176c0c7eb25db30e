// RUN: mjx-opt %s --verify-diagnostics --split-input-file

func.func @type() {
  // expected-error @+1 {{'mjx.constant' op result #0 must be statically shaped tensor of number or boolean values, but got 'tensor<2xf8E3M4>'}}
  %0 = mjx.constant dense<1.0> : tensor<2xf8E3M4>
  return
}
