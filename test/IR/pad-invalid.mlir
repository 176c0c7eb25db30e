// RUN: mjx-opt %s --verify-diagnostics --split-input-file

func.func @negative(%x: tensor<4xf32>, %v: tensor<f32>) {
  // expected-error @+2 {{'mjx.pad' op expected low and high to leave extents of at least 0, but got low = [-3] and high = [-2] for shape [4]}}
  // expected-error @+1 {{'mjx.pad' op failed to infer returned types}}
  %0 = mjx.pad %x, %v, low = [-3], high = [-2], interior = [0] : tensor<4xf32>, tensor<f32> -> tensor<0xf32>
  return
}

// -----

func.func @interior(%x: tensor<4xf32>, %v: tensor<f32>) {
  // expected-error @+2 {{'mjx.pad' op expected interior of at least 0, but got [-1]}}
  // expected-error @+1 {{'mjx.pad' op failed to infer returned types}}
  %0 = mjx.pad %x, %v, low = [0], high = [0], interior = [-1] : tensor<4xf32>, tensor<f32> -> tensor<1xf32>
  return
}

// -----

func.func @count(%x: tensor<4xf32>, %v: tensor<f32>) {
  // expected-error @+2 {{'mjx.pad' op expected low of length 1, but got [0, 0]}}
  // expected-error @+1 {{'mjx.pad' op failed to infer returned types}}
  %0 = mjx.pad %x, %v, low = [0, 0], high = [0], interior = [0] : tensor<4xf32>, tensor<f32> -> tensor<4xf32>
  return
}

// -----

func.func @value(%x: tensor<4xf32>, %v: tensor<1xf32>) {
  // expected-error @+2 {{'mjx.pad' op expected a scalar to pad with, but got 'tensor<1xf32>'}}
  // expected-error @+1 {{'mjx.pad' op failed to infer returned types}}
  %0 = mjx.pad %x, %v, low = [0], high = [0], interior = [0] : tensor<4xf32>, tensor<1xf32> -> tensor<4xf32>
  return
}

// -----

func.func @type(%x: tensor<4xf32>, %v: tensor<i32>) {
  // expected-error @+2 {{'mjx.pad' op expected equal element types, but got 'tensor<4xf32>' and 'tensor<i32>'; convert one of them first}}
  // expected-error @+1 {{'mjx.pad' op failed to infer returned types}}
  %0 = mjx.pad %x, %v, low = [0], high = [0], interior = [0] : tensor<4xf32>, tensor<i32> -> tensor<4xf32>
  return
}
