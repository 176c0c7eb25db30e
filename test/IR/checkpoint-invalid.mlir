// RUN: mjx-opt %s --split-input-file --verify-diagnostics

func.func @arguments(%x: tensor<f32>) -> tensor<f32> {
  // expected-error @+1 {{expected the region to take 1 arguments, but got 0}}
  %y = "mjx.checkpoint"(%x) <{saves = "nothing"}> ({
    %0 = mjx.constant dense<1.0> : tensor<f32>
    mjx.yield %0 : tensor<f32>
  }) : (tensor<f32>) -> tensor<f32>
  return %y : tensor<f32>
}

// -----

func.func @policy(%x: tensor<f32>) -> tensor<f32> {
  // expected-error @+1 {{one of nothing, dots, dots_without_batch, everything}}
  %y = "mjx.checkpoint"(%x) <{saves = "some"}> ({
  ^bb0(%a: tensor<f32>):
    mjx.yield %a : tensor<f32>
  }) : (tensor<f32>) -> tensor<f32>
  return %y : tensor<f32>
}
