// RUN: mjx-opt %s --mjx-resolve-transforms --verify-diagnostics

func.func @derivative(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %out, %dout = mjx.jvp(%x, %y, %x) wrt = [0] : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  ^bb0(%x_: tensor<4xf32>, %y_: tensor<4xf32>):
    // expected-error @+1 {{'mjx.random_gamma_grad' op has no derivative in itself; keep it constant, or stop its gradient}}
    %0 = mjx.random_gamma_grad %x_, %y_ : tensor<4xf32>
    mjx.yield %0 : tensor<4xf32>
  }
  return %dout : tensor<4xf32>
}
