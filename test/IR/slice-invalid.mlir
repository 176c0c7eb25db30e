// RUN: mjx-opt %s --verify-diagnostics --split-input-file

func.func @limit(%x: tensor<8xf32>) {
  // expected-error @+2 {{'mjx.slice' op expected 0 <= start <= limit <= extent, but got start = [1] and limit = [9] for shape [8]}}
  // expected-error @+1 {{'mjx.slice' op failed to infer returned types}}
  %0 = mjx.slice %x, start = [1], limit = [9], strides = [1] : tensor<8xf32> -> tensor<8xf32>
  return
}

// -----

func.func @start(%x: tensor<8xf32>) {
  // expected-error @+2 {{'mjx.slice' op expected 0 <= start <= limit <= extent, but got start = [-1] and limit = [4] for shape [8]}}
  // expected-error @+1 {{'mjx.slice' op failed to infer returned types}}
  %0 = mjx.slice %x, start = [-1], limit = [4], strides = [1] : tensor<8xf32> -> tensor<5xf32>
  return
}

// -----

func.func @strides(%x: tensor<8xf32>) {
  // expected-error @+2 {{'mjx.slice' op expected strides of at least 1, but got [0]}}
  // expected-error @+1 {{'mjx.slice' op failed to infer returned types}}
  %0 = mjx.slice %x, start = [1], limit = [4], strides = [0] : tensor<8xf32> -> tensor<3xf32>
  return
}

// -----

func.func @count(%x: tensor<8xf32>) {
  // expected-error @+2 {{'mjx.slice' op expected limit of length 1, but got [4, 5]}}
  // expected-error @+1 {{'mjx.slice' op failed to infer returned types}}
  %0 = mjx.slice %x, start = [1], limit = [4, 5], strides = [1] : tensor<8xf32> -> tensor<3xf32>
  return
}

// -----

func.func @result(%x: tensor<8xf32>) {
  // expected-error @+2 {{'mjx.slice' op inferred type(s) 'tensor<3xf32>' are incompatible with return type(s) of operation 'tensor<4xf32>'}}
  // expected-error @+1 {{'mjx.slice' op failed to infer returned types}}
  %0 = mjx.slice %x, start = [1], limit = [4], strides = [1] : tensor<8xf32> -> tensor<4xf32>
  return
}
