// RUN: mjx-opt %s --split-input-file --verify-diagnostics

func.func @order(%x: tensor<f32>) {
  // expected-error @+1 {{expected an order of 1 or more, but got 0}}
  %y = mjx.jet(%x) wrt = [0] {order = 0 : i64} : (tensor<f32>) -> tensor<f32> {
  ^bb0(%a: tensor<f32>):
    mjx.yield %a : tensor<f32>
  }
  return
}

// -----

func.func @count(%x: tensor<f32>) {
  // expected-error @+1 {{expected 1 inputs and 2 derivatives of 1 of them, but got 2 operands}}
  %y:3 = mjx.jet(%x, %x) wrt = [0] {order = 2 : i64} : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>, tensor<f32>) {
  ^bb0(%a: tensor<f32>):
    mjx.yield %a : tensor<f32>
  }
  return
}

// -----

func.func @integer(%x: tensor<i32>) {
  // expected-error @+1 {{expected `wrt` to name inputs of floating point or complex type in increasing order, but got [0]}}
  %y = mjx.jet(%x, %x) wrt = [0] {order = 1 : i64} : (tensor<i32>, tensor<i32>) -> tensor<i32> {
  ^bb0(%a: tensor<i32>):
    mjx.yield %a : tensor<i32>
  }
  return
}
