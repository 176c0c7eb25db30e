// RUN: mjx-opt %s --split-input-file --verify-diagnostics --mjx-resolve-transforms

func.func @fwd(%x: tensor<f32>) -> tensor<f32> {
  // expected-error @+1 {{expected fwd to yield the 1 results of the function and then residuals}}
  %y = mjx.custom_vjp(%x) {function = "f", num_consts = 0 : i64, wrt = array<i64: 0>} : (tensor<f32>) -> tensor<f32> {
  ^bb0(%a: tensor<f32>):
    mjx.yield %a : tensor<f32>
  } fwd {
  ^bb0(%a: tensor<f32>):
    %0 = mjx.convert %a : tensor<f32> -> tensor<f64>
    mjx.yield %0 : tensor<f64>
  } bwd {
  ^bb0(%ct: tensor<f32>):
    mjx.yield %ct : tensor<f32>
  }
  return %y : tensor<f32>
}

// -----

func.func @bwd(%x: tensor<f32>) -> tensor<f32> {
  // expected-error @+1 {{expected bwd to take 2 arguments, but got 1}}
  %y = mjx.custom_vjp(%x) {function = "f", num_consts = 0 : i64, wrt = array<i64: 0>} : (tensor<f32>) -> tensor<f32> {
  ^bb0(%a: tensor<f32>):
    mjx.yield %a : tensor<f32>
  } fwd {
  ^bb0(%a: tensor<f32>):
    mjx.yield %a, %a : tensor<f32>, tensor<f32>
  } bwd {
  ^bb0(%ct: tensor<f32>):
    mjx.yield %ct : tensor<f32>
  }
  return %y : tensor<f32>
}

// -----

func.func @forward_mode(%x: tensor<f32>, %dx: tensor<f32>) -> tensor<f32> {
  %y:2 = mjx.jvp(%x, %dx) wrt = [0] : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%e: tensor<f32>):
    // expected-error @+1 {{cannot be differentiated in forward mode: norm at}}
    %0 = mjx.custom_vjp(%e) {function = "norm", num_consts = 0 : i64, wrt = array<i64: 0>} : (tensor<f32>) -> tensor<f32> {
    ^bb0(%a: tensor<f32>):
      mjx.yield %a : tensor<f32>
    } fwd {
    ^bb0(%a: tensor<f32>):
      mjx.yield %a : tensor<f32>
    } bwd {
    ^bb0(%ct: tensor<f32>):
      mjx.yield %ct : tensor<f32>
    }
    mjx.yield %0 : tensor<f32>
  }
  return %y#1 : tensor<f32>
}

// -----

func.func @by_constant(%x: tensor<f32>) -> tensor<f32> {
  %y, %l = mjx.linearize(%x) wrt = [0] : (tensor<f32>) -> (tensor<f32>, !mjx.linear<(tensor<f32>) -> tensor<f32>>) {
  ^bb0(%e: tensor<f32>):
    // expected-error @+1 {{cannot be differentiated by what it closes over: norm at}}
    %0 = mjx.custom_vjp(%e, %x) {function = "norm", num_consts = 1 : i64, wrt = array<i64: 0>} : (tensor<f32>, tensor<f32>) -> tensor<f32> {
    ^bb0(%c: tensor<f32>, %a: tensor<f32>):
      mjx.yield %a : tensor<f32>
    } fwd {
    ^bb0(%c: tensor<f32>, %a: tensor<f32>):
      mjx.yield %a : tensor<f32>
    } bwd {
    ^bb0(%c: tensor<f32>, %ct: tensor<f32>):
      mjx.yield %ct : tensor<f32>
    }
    mjx.yield %0 : tensor<f32>
  }
  return %y : tensor<f32>
}
