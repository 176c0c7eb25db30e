// RUN: mjx-opt %s --mjx-to-linalg --verify-diagnostics --split-input-file

// An op that is decomposed has no lowering of its own.
func.func @decomposed(%x: tensor<2xf32>) -> tensor<2xf32> {
  // expected-error @+1 {{'mjx.logistic' op has no lowering; run --mjx-resolve-transforms and --mjx-decompose before --mjx-to-linalg}}
  %0 = mjx.logistic %x : tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

func.func private @callee(%x: tensor<2xf32>) -> tensor<2xf32> {
  return %x : tensor<2xf32>
}
func.func @call(%x: tensor<2xf32>) -> tensor<2xf32> {
  // expected-error @+1 {{'mjx.call' op has no lowering}}
  %0 = mjx.call @callee(%x) : (tensor<2xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

// Nor has a transform, which is resolved before.
func.func @transform(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  // expected-error @+1 {{'mjx.vmap' op has no lowering}}
  %y = mjx.vmap(%x) in_axes = [0], out_axes = [0] {size = 2 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32> {
  ^bb0(%a: tensor<3xf32>):
    mjx.yield %a : tensor<3xf32>
  }
  return %y : tensor<2x3xf32>
}

// -----

// The place is that of the op within a region.
func.func @inside(%c: tensor<f32>, %xs: tensor<3xf32>) -> tensor<f32> {
  %r = mjx.scan(%c, %xs) {length = 3 : i64, num_carry = 1 : i64, num_consts = 0 : i64} : (tensor<f32>, tensor<3xf32>) -> tensor<f32> {
  ^bb0(%a: tensor<f32>, %x: tensor<f32>):
    // expected-error @+1 {{'mjx.lgamma' op has no lowering}}
    %l = mjx.lgamma %x : tensor<f32>
    mjx.yield %l : tensor<f32>
  }
  return %r : tensor<f32>
}
