// RUN: mjx-opt %s | mjx-opt | FileCheck %s
// RUN: mjx-opt %s --mjx-resolve-transforms | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-resolve-transforms --mjx-to-linalg | FileCheck %s --check-prefix=LINALG

// CHECK-LABEL: func @plain
// CHECK: mjx.optimization_barrier %{{.*}}, %{{.*}} : tensor<f32>, tensor<2xi32>

// LINALG-LABEL: func @plain
// LINALG-SAME: (%[[X:.*]]: tensor<f32>, %[[N:.*]]: tensor<2xi32>)
// LINALG-NEXT: %[[Y:.*]]:2 = mjx_rt.barrier %[[X]], %[[N]]
// LINALG-NEXT: return %[[Y]]#0, %[[Y]]#1
func.func @plain(%x: tensor<f32>, %n: tensor<2xi32>) -> (tensor<f32>, tensor<2xi32>) {
  %y:2 = mjx.optimization_barrier %x, %n : tensor<f32>, tensor<2xi32>
  return %y#0, %y#1 : tensor<f32>, tensor<2xi32>
}

// Tangents, and cotangents, pass a barrier of their own.
// RULES-LABEL: func @grad
// RULES-SAME: (%[[X:.*]]: tensor<f32>, %[[N:.*]]: tensor<2xi32>, %[[CT:.*]]: tensor<f32>)
// RULES: mjx.optimization_barrier %[[X]], %[[N]]
// RULES: %[[G:.*]] = mjx.optimization_barrier %[[CT]] : tensor<f32>
// RULES: return %[[G]]
func.func @grad(%x: tensor<f32>, %n: tensor<2xi32>, %ct: tensor<f32>) -> tensor<f32> {
  %y, %dy = mjx.linearize(%x, %n) wrt = [0] : (tensor<f32>, tensor<2xi32>) -> (tensor<f32>, !mjx.linear<(tensor<f32>) -> tensor<f32>>) {
  ^bb0(%a: tensor<f32>, %b: tensor<2xi32>):
    %z:2 = mjx.optimization_barrier %a, %b : tensor<f32>, tensor<2xi32>
    mjx.yield %z#0 : tensor<f32>
  }
  %g = mjx.apply_transpose %dy(%ct) : (!mjx.linear<(tensor<f32>) -> tensor<f32>>, tensor<f32>) -> tensor<f32>
  return %g : tensor<f32>
}

// RULES-LABEL: func @vmap
// RULES: mjx.optimization_barrier %{{.*}}, %{{.*}} : tensor<8xf32>, tensor<2xi32>
func.func @vmap(%x: tensor<8xf32>, %n: tensor<2xi32>) -> (tensor<8xf32>, tensor<2xi32>) {
  %r:2 = mjx.vmap(%x, %n) in_axes = [0, -1], out_axes = [0, -1] {size = 8 : i64} : (tensor<8xf32>, tensor<2xi32>) -> (tensor<8xf32>, tensor<2xi32>) {
  ^bb0(%a: tensor<f32>, %b: tensor<2xi32>):
    %z:2 = mjx.optimization_barrier %a, %b : tensor<f32>, tensor<2xi32>
    mjx.yield %z#0, %z#1 : tensor<f32>, tensor<2xi32>
  }
  return %r#0, %r#1 : tensor<8xf32>, tensor<2xi32>
}
