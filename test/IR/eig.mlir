// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-resolve-transforms --mjx-decompose --mjx-to-linalg | FileCheck %s --check-prefix=LINALG

// SYNTAX-LABEL: @value(
// SYNTAX: mjx.eig %{{.*}} {left = true, right = true} : (tensor<3x3xf32>) -> (tensor<3xcomplex<f32>>, tensor<3x3xcomplex<f32>>, tensor<3x3xcomplex<f32>>)
// LINALG-LABEL: @value(
// LINALG: mjx_rt.call @mjx_rt_lapack_eig {{.*}} {desc = array<i64: {{[0-9]+}}, 1, 3, 1, 1>}
func.func @value(%x: tensor<3x3xf32>) -> (tensor<3xcomplex<f32>>, tensor<3x3xcomplex<f32>>, tensor<3x3xcomplex<f32>>) {
  %0:3 = mjx.eig %x {left = true, right = true} : (tensor<3x3xf32>) -> (tensor<3xcomplex<f32>>, tensor<3x3xcomplex<f32>>, tensor<3x3xcomplex<f32>>)
  return %0#0, %0#1, %0#2 : tensor<3xcomplex<f32>>, tensor<3x3xcomplex<f32>>, tensor<3x3xcomplex<f32>>
}

// dw is the diagonal of v^-1 dx v.
// RULES-LABEL: @jvp(
// RULES: %{{.*}}, %[[V:.*]] = mjx.eig %{{.*}} {right = true}
// RULES: mjx.lu %[[V]]
func.func @jvp(%x: tensor<3x3xf32>, %dx: tensor<3x3xf32>) -> tensor<3xcomplex<f32>> {
  %0:2 = mjx.jvp(%x, %dx) wrt = [0] : (tensor<3x3xf32>, tensor<3x3xf32>) -> (tensor<3xcomplex<f32>>, tensor<3xcomplex<f32>>) {
  ^bb0(%x0: tensor<3x3xf32>):
    %r = mjx.eig %x0 : (tensor<3x3xf32>) -> tensor<3xcomplex<f32>>
    mjx.yield %r : tensor<3xcomplex<f32>>
  }
  return %0#1 : tensor<3xcomplex<f32>>
}

// RULES-LABEL: @batch(
// RULES: mjx.eig %{{.*}} : (tensor<5x3x3xf32>) -> tensor<5x3xcomplex<f32>>
func.func @batch(%x: tensor<5x3x3xf32>) -> tensor<5x3xcomplex<f32>> {
  %0 = mjx.vmap(%x) in_axes = [0], out_axes = [0] {size = 5 : i64} : (tensor<5x3x3xf32>) -> tensor<5x3xcomplex<f32>> {
  ^bb0(%x0: tensor<3x3xf32>):
    %r = mjx.eig %x0 : (tensor<3x3xf32>) -> tensor<3xcomplex<f32>>
    mjx.yield %r : tensor<3xcomplex<f32>>
  }
  return %0 : tensor<5x3xcomplex<f32>>
}
