// RUN: mjx-opt %s --verify-diagnostics --split-input-file

func.func @rank(%x: tensor<2x3x9xf32>, %k: tensor<4x3xf32>) {
  // expected-error @+2 {{'mjx.conv_general' op failed to infer returned types}}
  // expected-error @+1 {{conv_general: expected operands of one rank, at least 2, but got 'tensor<2x3x9xf32>' and 'tensor<4x3xf32>'}}
  %0 = mjx.conv_general %x, %k, strides = [1], low = [0], high = [0], lhs_dilation = [1], rhs_dilation = [1] : tensor<2x3x9xf32>, tensor<4x3xf32> -> tensor<2x4x7xf32>
  return
}

// -----

func.func @count(%x: tensor<2x3x9xf32>, %k: tensor<4x3x3xf32>) {
  // expected-error @+2 {{'mjx.conv_general' op failed to infer returned types}}
  // expected-error @+1 {{conv_general: expected strides, low, high and dilations with one number for each of 1 spatial dimensions, but got 2}}
  %0 = mjx.conv_general %x, %k, strides = [1, 1], low = [0], high = [0], lhs_dilation = [1], rhs_dilation = [1] : tensor<2x3x9xf32>, tensor<4x3x3xf32> -> tensor<2x4x7xf32>
  return
}

// -----

func.func @dilation(%x: tensor<2x3x9xf32>, %k: tensor<4x3x3xf32>) {
  // expected-error @+2 {{'mjx.conv_general' op failed to infer returned types}}
  // expected-error @+1 {{conv_general: expected strides and dilations of at least 1, but got 0}}
  %0 = mjx.conv_general %x, %k, strides = [1], low = [0], high = [0], lhs_dilation = [1], rhs_dilation = [0] : tensor<2x3x9xf32>, tensor<4x3x3xf32> -> tensor<2x4x7xf32>
  return
}

// -----

func.func @features(%x: tensor<2x3x9xf32>, %k: tensor<4x2x3xf32>) {
  // expected-error @+2 {{'mjx.conv_general' op failed to infer returned types}}
  // expected-error @+1 {{conv_general: expected as many features in lhs as the kernel has times feature_groups, 2, but got 3}}
  %0 = mjx.conv_general %x, %k, strides = [1], low = [0], high = [0], lhs_dilation = [1], rhs_dilation = [1] : tensor<2x3x9xf32>, tensor<4x2x3xf32> -> tensor<2x4x7xf32>
  return
}

// -----

func.func @groups(%x: tensor<2x3x9xf32>, %k: tensor<4x1x3xf32>) {
  // expected-error @+2 {{'mjx.conv_general' op failed to infer returned types}}
  // expected-error @+1 {{conv_general: expected a number of output features that 3 groups divide, but got 4}}
  %0 = mjx.conv_general %x, %k, strides = [1], low = [0], high = [0], lhs_dilation = [1], rhs_dilation = [1] {feature_groups = 3 : i64} : tensor<2x3x9xf32>, tensor<4x1x3xf32> -> tensor<2x4x7xf32>
  return
}

// -----

func.func @both(%x: tensor<2x3x9xf32>, %k: tensor<4x3x3xf32>) {
  // expected-error @+2 {{'mjx.conv_general' op failed to infer returned types}}
  // expected-error @+1 {{conv_general: expected feature_groups and batch_groups of at least 1, and one of them 1, but got 3 and 2}}
  %0 = mjx.conv_general %x, %k, strides = [1], low = [0], high = [0], lhs_dilation = [1], rhs_dilation = [1] {feature_groups = 3 : i64, batch_groups = 2 : i64} : tensor<2x3x9xf32>, tensor<4x3x3xf32> -> tensor<2x4x7xf32>
  return
}

// -----

func.func @batch(%x: tensor<2x3x9xf32>, %k: tensor<3x3x3xf32>) {
  // expected-error @+2 {{'mjx.conv_general' op failed to infer returned types}}
  // expected-error @+1 {{conv_general: expected a batch that batch_groups = 3 divides, but got 2}}
  %0 = mjx.conv_general %x, %k, strides = [1], low = [0], high = [0], lhs_dilation = [1], rhs_dilation = [1] {batch_groups = 3 : i64} : tensor<2x3x9xf32>, tensor<3x3x3xf32> -> tensor<2x4x7xf32>
  return
}
