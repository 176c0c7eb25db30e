// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-decompose | FileCheck %s --check-prefix=DECOMPOSE

// Computed in f64, by loops over all elements at once.
// SYNTAX-LABEL: @syntax(
// SYNTAX: mjx.random_gamma_grad %{{.*}}, %{{.*}} : tensor<4xf32>
// DECOMPOSE-LABEL: @syntax(
// DECOMPOSE: mjx.convert %{{.*}} : tensor<4xf32> -> tensor<4xf64>
// DECOMPOSE: mjx.while
// DECOMPOSE: mjx.while
// DECOMPOSE: mjx.convert %{{.*}} : tensor<4xf64> -> tensor<4xf32>
func.func @syntax(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %0 = mjx.random_gamma_grad %x, %y : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// RULES-LABEL: @batch(
// RULES: mjx.random_gamma_grad {{.*}} : tensor<8x4xf32>
func.func @batch(%x: tensor<8x4xf32>, %y: tensor<8x4xf32>) -> tensor<8x4xf32> {
  %r = mjx.vmap(%x, %y) in_axes = [0, 0], out_axes = [0] {size = 8 : i64} : (tensor<8x4xf32>, tensor<8x4xf32>) -> tensor<8x4xf32> {
  ^bb0(%x_: tensor<4xf32>, %y_: tensor<4xf32>):
    %0 = mjx.random_gamma_grad %x_, %y_ : tensor<4xf32>
    mjx.yield %0 : tensor<4xf32>
  }
  return %r : tensor<8x4xf32>
}
