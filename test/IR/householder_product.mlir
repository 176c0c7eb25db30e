// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-resolve-transforms --mjx-decompose --mjx-to-linalg | FileCheck %s --check-prefix=LINALG

// SYNTAX-LABEL: @value(
// SYNTAX: mjx.householder_product %{{.*}}, %{{.*}} : (tensor<4x2xf32>, tensor<2xf32>) -> tensor<4x2xf32>
// LINALG-LABEL: @value(
// LINALG: mjx_rt.call @mjx_rt_lapack_householder_product ins(%{{.*}} : tensor<2xf32>) outs(%{{.*}} : tensor<4x2xf32>) {desc = array<i64: {{[0-9]+}}, 1, 4, 2, 2>}
func.func @value(%a: tensor<4x2xf32>, %t: tensor<2xf32>) -> tensor<4x2xf32> {
  %0 = mjx.householder_product %a, %t : (tensor<4x2xf32>, tensor<2xf32>) -> tensor<4x2xf32>
  return %0 : tensor<4x2xf32>
}

// RULES-LABEL: @batch(
// RULES: mjx.householder_product %{{.*}} : (tensor<5x
func.func @batch(%a: tensor<5x4x2xf32>, %t: tensor<5x2xf32>) -> tensor<5x4x2xf32> {
  %0 = mjx.vmap(%a, %t) in_axes = [0, 0], out_axes = [0] {size = 5 : i64} : (tensor<5x4x2xf32>, tensor<5x2xf32>) -> tensor<5x4x2xf32> {
  ^bb0(%a0: tensor<4x2xf32>, %t0: tensor<2xf32>):
    %r = mjx.householder_product %a0, %t0 : (tensor<4x2xf32>, tensor<2xf32>) -> tensor<4x2xf32>
    mjx.yield %r : tensor<4x2xf32>
  }
  return %0 : tensor<5x4x2xf32>
}
