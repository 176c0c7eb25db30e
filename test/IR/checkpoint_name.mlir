// RUN: mjx-opt %s | mjx-opt | FileCheck %s
// RUN: mjx-opt %s --mjx-resolve-transforms | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-resolve-transforms --mjx-decompose | FileCheck %s --check-prefix=PLAIN --implicit-check-not=checkpoint_name

// CHECK-LABEL: func @plain
// CHECK: mjx.checkpoint_name %{{.*}} {name = "h"} : tensor<2xi32>
// PLAIN-LABEL: func @plain
// PLAIN-SAME: (%[[X:.*]]: tensor<2xi32>)
// PLAIN-NEXT: return %[[X]]
func.func @plain(%x: tensor<2xi32>) -> tensor<2xi32> {
  %y = mjx.checkpoint_name %x {name = "h"} : tensor<2xi32>
  return %y : tensor<2xi32>
}

// Tangents have no name.
// RULES-LABEL: func @jvp
// RULES-SAME: (%[[X:.*]]: tensor<f32>, %[[DX:.*]]: tensor<f32>)
// RULES-NEXT: %[[Y:.*]] = mjx.checkpoint_name %[[X]] {name = "h"}
// RULES-NEXT: return %[[Y]], %[[DX]]
func.func @jvp(%x: tensor<f32>, %dx: tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  %y:2 = mjx.jvp(%x, %dx) wrt = [0] : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%a: tensor<f32>):
    %0 = mjx.checkpoint_name %a {name = "h"} : tensor<f32>
    mjx.yield %0 : tensor<f32>
  }
  return %y#0, %y#1 : tensor<f32>, tensor<f32>
}

// RULES-LABEL: func @vmap
// RULES: mjx.checkpoint_name %{{.*}} {name = "h"} : tensor<2x3xf32>
func.func @vmap(%x: tensor<2x3xf32>) -> tensor<3x2xf32> {
  %y = mjx.vmap(%x) in_axes = [1], out_axes = [0] {size = 3 : i64} : (tensor<2x3xf32>) -> tensor<3x2xf32> {
  ^bb0(%a: tensor<2xf32>):
    %0 = mjx.checkpoint_name %a {name = "h"} : tensor<2xf32>
    mjx.yield %0 : tensor<2xf32>
  }
  return %y : tensor<3x2xf32>
}
