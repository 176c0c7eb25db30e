// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-resolve-transforms --mjx-decompose --mjx-to-linalg | FileCheck %s --check-prefix=LINALG

// SYNTAX-LABEL: @words(
// SYNTAX: mjx.threefry2x32 %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} : tensor<3xui32>
// LINALG-LABEL: @words(
// LINALG: linalg.generic
// LINALG-COUNT-20: arith.shli
// LINALG-NOT: arith.shli
// LINALG: -> (tensor<3xi32>, tensor<3xi32>)
func.func @words(%k0: tensor<3xui32>, %k1: tensor<3xui32>, %c0: tensor<3xui32>, %c1: tensor<3xui32>) -> (tensor<3xui32>, tensor<3xui32>) {
  %0, %1 = mjx.threefry2x32 %k0, %k1, %c0, %c1 : tensor<3xui32>
  return %0, %1 : tensor<3xui32>, tensor<3xui32>
}

// RULES-LABEL: @batch(
// RULES: mjx.threefry2x32 {{.*}} : tensor<4x3xui32>
func.func @batch(%k: tensor<4x3xui32>) -> tensor<4x3xui32> {
  %y = mjx.vmap(%k) in_axes = [0], out_axes = [0] {size = 4 : i64} : (tensor<4x3xui32>) -> tensor<4x3xui32> {
  ^bb0(%a: tensor<3xui32>):
    %0, %1 = mjx.threefry2x32 %a, %a, %a, %a : tensor<3xui32>
    mjx.yield %0 : tensor<3xui32>
  }
  return %y : tensor<4x3xui32>
}
