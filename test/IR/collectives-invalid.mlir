// RUN: mjx-opt %s --mjx-resolve-transforms --mjx-decompose --verify-diagnostics --split-input-file

// A collective means nothing outside of a vmap that has its name.
func.func @unbound(%x: tensor<3xf32>) -> tensor<3xf32> {
  // expected-error @+1 {{'mjx.all_reduce' op expected an enclosing vmap over axis "i", but found none}}
  %0 = mjx.all_reduce add %x over "i" {size = 4 : i64} : tensor<3xf32>
  return %0 : tensor<3xf32>
}

// -----

func.func @other_name(%x: tensor<4xf32>) -> tensor<4xf32> {
  %r = mjx.vmap(%x) in_axes = [0], out_axes = [0] {axis = "j", size = 4 : i64} : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<f32>):
    // expected-error @+1 {{'mjx.permute' op expected an enclosing vmap over axis "i", but found none}}
    %0 = mjx.permute %a over "i" pairs = [0, 1] {size = 4 : i64} : tensor<f32>
    mjx.yield %0 : tensor<f32>
  }
  return %r : tensor<4xf32>
}

// -----

func.func @size(%x: tensor<4xf32>) -> tensor<4xf32> {
  %r = mjx.vmap(%x) in_axes = [0], out_axes = [0] {axis = "i", size = 4 : i64} : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<f32>):
    // expected-error @+1 {{'mjx.all_reduce' op expected axis "i" to have 3 examples, but the vmap has 4}}
    %0 = mjx.all_reduce add %a over "i" {size = 3 : i64} : tensor<f32>
    mjx.yield %0 : tensor<f32>
  }
  return %r : tensor<4xf32>
}

// -----

func.func @shadows(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %r = mjx.vmap(%x) in_axes = [0], out_axes = [0] {axis = "i", size = 2 : i64} : (tensor<2x4xf32>) -> tensor<2x4xf32> {
  ^bb0(%row: tensor<4xf32>):
    // expected-error @+1 {{'mjx.vmap' op expected a name that no enclosing vmap has, but got "i"}}
    %s = mjx.vmap(%row) in_axes = [0], out_axes = [0] {axis = "i", size = 4 : i64} : (tensor<4xf32>) -> tensor<4xf32> {
    ^bb0(%a: tensor<f32>):
      mjx.yield %a : tensor<f32>
    }
    mjx.yield %s : tensor<4xf32>
  }
  return %r : tensor<2x4xf32>
}

// -----

func.func @negative_size(%x: tensor<f32>) -> tensor<f32> {
  // expected-error @+1 {{'mjx.vmap' op expected size to be at least 0, but got -1}}
  %r = "mjx.vmap"(%x) <{in_axes = array<i64: -1>, out_axes = array<i64: -1>, size = -1 : i64}> ({
  ^bb0(%a: tensor<f32>):
    mjx.yield %a : tensor<f32>
  }) : (tensor<f32>) -> tensor<f32>
  return %r : tensor<f32>
}

// -----

func.func @kind(%x: tensor<3xf32>) {
  // expected-error @+1 {{expected integers or booleans for kind and, but got 'f32'}}
  %0 = mjx.all_reduce and %x over "i" {size = 4 : i64} : tensor<3xf32>
  return
}

// -----

func.func @groups(%x: tensor<3xf32>) {
  // expected-error @+1 {{expected groups to list different dimensions in [0, 4), but got [0, 1, 1, 3]}}
  %0 = mjx.all_reduce add %x over "i" {groups = array<i64: 0, 1, 1, 3>, size = 2 : i64} : tensor<3xf32>
  return
}

// -----

func.func @group_size(%x: tensor<3xf32>) {
  // expected-error @+1 {{expected groups of size 2, one after another, but got [0, 1, 2]}}
  %0 = mjx.all_gather %x over "i" {dim = 0 : i64, groups = array<i64: 0, 1, 2>, size = 2 : i64} : tensor<3xf32> -> tensor<2x3xf32>
  return
}

// -----

func.func @gather_dim(%x: tensor<3xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{expected dim in [0, 1], but got 2}}
  %0 = mjx.all_gather %x over "i" {dim = 2 : i64, size = 2 : i64} : tensor<3xf32> -> tensor<3x2xf32>
  return
}

// -----

func.func @scatter_extent(%x: tensor<3xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{expected dimension 0 of 'tensor<3xf32>' to have one slice for each of 4 examples}}
  %0 = mjx.reduce_scatter %x over "i" {dim = 0 : i64, size = 4 : i64} : tensor<3xf32> -> tensor<f32>
  return
}

// -----

func.func @exchange(%x: tensor<4x3xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{expected concat_dim in [0, 1], but got 2}}
  %0 = mjx.all_to_all %x over "i" {concat_dim = 2 : i64, size = 4 : i64, split_dim = 0 : i64} : tensor<4x3xf32> -> tensor<3x4xf32>
  return
}

// -----

func.func @pairs(%x: tensor<3xf32>) {
  // expected-error @+1 {{expected the targets of pairs to list different dimensions in [0, 4), but got [1, 1]}}
  %0 = mjx.permute %x over "i" pairs = [0, 1, 2, 1] {size = 4 : i64} : tensor<3xf32>
  return
}
