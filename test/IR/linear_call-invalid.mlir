// RUN: mjx-opt %s --split-input-file --verify-diagnostics --mjx-decompose

func.func @yields(%r: tensor<f32>, %x: tensor<f32>) -> tensor<f32> {
  // expected-error @+1 {{expected the transpose to yield 1 values, but got 0}}
  %y = mjx.linear_call(%r, %x) {function = "f", num_residuals = 1 : i64} : (tensor<f32>, tensor<f32>) -> tensor<f32> {
  ^bb0(%k: tensor<f32>, %ct: tensor<f32>):
    mjx.yield
  } of ()
  return %y : tensor<f32>
}

// -----

// Without the function itself it has to be transposed before it can run.
func.func @leftover(%r: tensor<f32>, %x: tensor<f32>) -> tensor<f32> {
  // expected-error @+1 {{cannot be differentiated in forward mode: norm at}}
  %y = mjx.linear_call(%r, %x) {function = "norm", num_residuals = 1 : i64} : (tensor<f32>, tensor<f32>) -> tensor<f32> {
  ^bb0(%k: tensor<f32>, %ct: tensor<f32>):
    mjx.yield %ct : tensor<f32>
  } of ()
  return %y : tensor<f32>
}
