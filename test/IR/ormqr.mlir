// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-resolve-transforms --mjx-decompose --mjx-to-linalg | FileCheck %s --check-prefix=LINALG

// SYNTAX-LABEL: @value(
// SYNTAX: mjx.ormqr %{{.*}} {left = true} : (tensor<4x2xf32>, tensor<2xf32>, tensor<4x3xf32>) -> tensor<4x3xf32>
// LINALG-LABEL: @value(
// LINALG: mjx_rt.call @mjx_rt_lapack_ormqr ins(%{{.*}}, %{{.*}} : tensor<4x2xf32>, tensor<2xf32>) outs(%{{.*}} : tensor<4x3xf32>) {desc = array<i64: {{[0-9]+}}, 1, 4, 2, 2, 4, 3, 1, 0>}
func.func @value(%a: tensor<4x2xf32>, %t: tensor<2xf32>, %c: tensor<4x3xf32>) -> tensor<4x3xf32> {
  %0 = mjx.ormqr %a, %t, %c {left = true} : (tensor<4x2xf32>, tensor<2xf32>, tensor<4x3xf32>) -> tensor<4x3xf32>
  return %0 : tensor<4x3xf32>
}

// RULES-LABEL: @batch(
// RULES: mjx.ormqr %{{.*}} : (tensor<5x
func.func @batch(%a: tensor<5x4x2xf32>, %t: tensor<5x2xf32>, %c: tensor<5x4x3xf32>) -> tensor<5x4x3xf32> {
  %0 = mjx.vmap(%a, %t, %c) in_axes = [0, 0, 0], out_axes = [0] {size = 5 : i64} : (tensor<5x4x2xf32>, tensor<5x2xf32>, tensor<5x4x3xf32>) -> tensor<5x4x3xf32> {
  ^bb0(%a0: tensor<4x2xf32>, %t0: tensor<2xf32>, %c0: tensor<4x3xf32>):
    %r = mjx.ormqr %a0, %t0, %c0 {left = true} : (tensor<4x2xf32>, tensor<2xf32>, tensor<4x3xf32>) -> tensor<4x3xf32>
    mjx.yield %r : tensor<4x3xf32>
  }
  return %0 : tensor<5x4x3xf32>
}

// The transpose of a product with q is one with its adjoint.
// RULES-LABEL: @transpose(
// RULES: mjx.ormqr %{{.*}} {adjoint = true, left = true}
func.func @transpose(%a: tensor<4x2xf32>, %t: tensor<2xf32>, %c: tensor<4x3xf32>, %ct: tensor<4x3xf32>) -> tensor<4x3xf32> {
  %y, %map = mjx.linearize(%a, %t, %c) wrt = [2] : (tensor<4x2xf32>, tensor<2xf32>, tensor<4x3xf32>) -> (tensor<4x3xf32>, !mjx.linear<(tensor<4x3xf32>) -> tensor<4x3xf32>>) {
  ^bb0(%a0: tensor<4x2xf32>, %t0: tensor<2xf32>, %c0: tensor<4x3xf32>):
    %r = mjx.ormqr %a0, %t0, %c0 {left = true} : (tensor<4x2xf32>, tensor<2xf32>, tensor<4x3xf32>) -> tensor<4x3xf32>
    mjx.yield %r : tensor<4x3xf32>
  }
  %g = mjx.apply_transpose %map(%ct) : (!mjx.linear<(tensor<4x3xf32>) -> tensor<4x3xf32>>, tensor<4x3xf32>) -> tensor<4x3xf32>
  return %g : tensor<4x3xf32>
}
