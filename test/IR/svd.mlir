// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-resolve-transforms --mjx-decompose --mjx-to-linalg | FileCheck %s --check-prefix=LINALG

// SYNTAX-LABEL: @value(
// SYNTAX: mjx.svd %{{.*}} : (tensor<4x2xf32>) -> (tensor<2xf32>, tensor<4x2xf32>, tensor<2x2xf32>)
// LINALG-LABEL: @value(
// LINALG: mjx_rt.call @mjx_rt_lapack_svd ins(%{{.*}} : tensor<4x2xf32>) outs(%{{.*}}, %{{.*}}, %{{.*}} : tensor<2xf32>, tensor<4x2xf32>, tensor<2x2xf32>) {desc = array<i64: {{[0-9]+}}, 1, 4, 2, 1>}
func.func @value(%x: tensor<4x2xf32>) -> (tensor<2xf32>, tensor<4x2xf32>, tensor<2x2xf32>) {
  %0:3 = mjx.svd %x : (tensor<4x2xf32>) -> (tensor<2xf32>, tensor<4x2xf32>, tensor<2x2xf32>)
  return %0#0, %0#1, %0#2 : tensor<2xf32>, tensor<4x2xf32>, tensor<2x2xf32>
}

// SYNTAX-LABEL: @values_only(
// SYNTAX: mjx.svd %{{.*}} {compute_uv = false} : (tensor<4x2xcomplex<f64>>) -> tensor<2xf64>
// LINALG-LABEL: @values_only(
// LINALG: mjx_rt.call @mjx_rt_lapack_svd {{.*}} {desc = array<i64: {{[0-9]+}}, 1, 4, 2, 0>}
func.func @values_only(%x: tensor<4x2xcomplex<f64>>) -> tensor<2xf64> {
  %0 = mjx.svd %x {compute_uv = false} : (tensor<4x2xcomplex<f64>>) -> tensor<2xf64>
  return %0 : tensor<2xf64>
}

// The derivatives of values take the vectors.
// RULES-LABEL: @jvp(
// RULES: %[[S:[^,]*]], %[[U:[^,]*]]:2 = mjx.svd %{{.*}} : (tensor<4x2xf32>) -> (tensor<2xf32>, tensor<4x2xf32>, tensor<2x2xf32>)
// RULES: mjx.reduce add
func.func @jvp(%x: tensor<4x2xf32>, %dx: tensor<4x2xf32>) -> tensor<2xf32> {
  %0:2 = mjx.jvp(%x, %dx) wrt = [0] : (tensor<4x2xf32>, tensor<4x2xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
  ^bb0(%x0: tensor<4x2xf32>):
    %r = mjx.svd %x0 {compute_uv = false} : (tensor<4x2xf32>) -> tensor<2xf32>
    mjx.yield %r : tensor<2xf32>
  }
  return %0#1 : tensor<2xf32>
}

// RULES-LABEL: @batch(
// RULES: mjx.svd %{{.*}} {compute_uv = false} : (tensor<5x4x2xf32>) -> tensor<5x2xf32>
func.func @batch(%x: tensor<5x4x2xf32>) -> tensor<5x2xf32> {
  %0 = mjx.vmap(%x) in_axes = [0], out_axes = [0] {size = 5 : i64} : (tensor<5x4x2xf32>) -> tensor<5x2xf32> {
  ^bb0(%x0: tensor<4x2xf32>):
    %r = mjx.svd %x0 {compute_uv = false} : (tensor<4x2xf32>) -> tensor<2xf32>
    mjx.yield %r : tensor<2xf32>
  }
  return %0 : tensor<5x2xf32>
}
