// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-resolve-transforms --mjx-decompose --mjx-to-linalg | FileCheck %s --check-prefix=LINALG

// SYNTAX-LABEL: @value(
// SYNTAX: mjx.hessenberg %{{.*}} : (tensor<3x3xf32>) -> (tensor<3x3xf32>, tensor<2xf32>)
// LINALG-LABEL: @value(
// LINALG: mjx_rt.call @mjx_rt_lapack_hessenberg outs({{.*}} {desc = array<i64: {{[0-9]+}}, 1, 3>}
func.func @value(%x: tensor<3x3xf32>) -> (tensor<3x3xf32>, tensor<2xf32>) {
  %0:2 = mjx.hessenberg %x : (tensor<3x3xf32>) -> (tensor<3x3xf32>, tensor<2xf32>)
  return %0#0, %0#1 : tensor<3x3xf32>, tensor<2xf32>
}

// RULES-LABEL: @batch(
// RULES: mjx.hessenberg %{{.*}} : (tensor<5x
func.func @batch(%x: tensor<5x3x3xf32>) -> tensor<5x3x3xf32> {
  %0:2 = mjx.vmap(%x) in_axes = [0], out_axes = [0, 0] {size = 5 : i64} : (tensor<5x3x3xf32>) -> (tensor<5x3x3xf32>, tensor<5x2xf32>) {
  ^bb0(%x0: tensor<3x3xf32>):
    %r:2 = mjx.hessenberg %x0 : (tensor<3x3xf32>) -> (tensor<3x3xf32>, tensor<2xf32>)
    mjx.yield %r#0, %r#1 : tensor<3x3xf32>, tensor<2xf32>
  }
  return %0#0 : tensor<5x3x3xf32>
}
