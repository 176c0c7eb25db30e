// RUN: mjx-opt %s --mjx-resolve-transforms --split-input-file --verify-diagnostics

func.func @not_differentiable(%x: tensor<f32>) -> tensor<f32> {
  %y:2 = mjx.jvp(%x, %x) wrt = [0] : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%a: tensor<f32>):
    // expected-error@below {{expected a result that is not differentiated}}
    %0 = mjx.host_callback io(%a) {callback = 1 : i64} : (tensor<f32>) -> tensor<f32>
    mjx.yield %0 : tensor<f32>
  }
  return %y#1 : tensor<f32>
}

// -----

func.func @not_batched(%x: tensor<2xf32>) -> tensor<2xf32> {
  %y = mjx.vmap(%x) in_axes = [0], out_axes = [0] {size = 2 : i64} : (tensor<2xf32>) -> tensor<2xf32> {
  ^bb0(%a: tensor<f32>):
    // expected-error@below {{expected a vmap_method}}
    %0 = mjx.host_callback pure(%a) {callback = 1 : i64, vmap_method = "none"} : (tensor<f32>) -> tensor<f32>
    mjx.yield %0 : tensor<f32>
  }
  return %y : tensor<2xf32>
}

// -----

func.func @kind(%x: tensor<f32>) {
  // expected-error@below {{one of pure, io, debug}}
  mjx.host_callback loud(%x) {callback = 1 : i64} : (tensor<f32>) -> ()
  return
}
