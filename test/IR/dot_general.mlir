// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-resolve-transforms --mjx-decompose --mjx-to-linalg | FileCheck %s --check-prefix=LINALG

// SYNTAX-LABEL: @matmul(
// SYNTAX: mjx.dot_general %{{.*}}, %{{.*}}, batch = [] x [], contract = [1] x [0] : tensor<2x3xf32>, tensor<3x4xf32> -> tensor<2x4xf32>
// LINALG: #[[A:.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>
// LINALG: #[[B:.*]] = affine_map<(d0, d1, d2) -> (d1, d2)>
// LINALG: #[[C:.*]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// LINALG-LABEL: @matmul(
// LINALG: linalg.fill
// LINALG: indexing_maps = [#[[A]], #[[B]], #[[C]]], iterator_types = ["parallel", "reduction", "parallel"]
// LINALG: %[[PRODUCT:.*]] = arith.mulf %in, %in_{{.*}} fastmath<reassoc,contract> : f32
// LINALG-NEXT: arith.addf %out, %[[PRODUCT]] fastmath<reassoc,contract> : f32
// LINALG-NEXT: linalg.yield
func.func @matmul(%a: tensor<2x3xf32>, %b: tensor<3x4xf32>) -> tensor<2x4xf32> {
  %0 = mjx.dot_general %a, %b, batch = [] x [], contract = [1] x [0] : tensor<2x3xf32>, tensor<3x4xf32> -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}

// LINALG-LABEL: @half(
// LINALG: ins({{.*}} : tensor<2x3xf16>, tensor<3x4xf16>) outs({{.*}} : tensor<2x4xf32>)
// LINALG-COUNT-2: arith.extf
// LINALG: arith.truncf
func.func @half(%a: tensor<2x3xf16>, %b: tensor<3x4xf16>) -> tensor<2x4xf16> {
  %0 = mjx.dot_general %a, %b, batch = [] x [], contract = [1] x [0] : tensor<2x3xf16>, tensor<3x4xf16> -> tensor<2x4xf16>
  return %0 : tensor<2x4xf16>
}

// RULES-LABEL: @lhs_grad(
// RULES-SAME: %{{.*}}: tensor<2x3xf32>, %[[W:.*]]: tensor<3x4xf32>, %[[CT:.*]]: tensor<2x4xf32>)
// RULES: %[[G:.*]] = mjx.dot_general %[[CT]], %[[W]], batch = [] x [], contract = [1] x [1]
// RULES: return %[[G]]
func.func @lhs_grad(%x: tensor<2x3xf32>, %w: tensor<3x4xf32>, %ct: tensor<2x4xf32>) -> tensor<2x3xf32> {
  %y, %map = mjx.linearize(%x) wrt = [0] : (tensor<2x3xf32>) -> (tensor<2x4xf32>, !mjx.linear<(tensor<2x3xf32>) -> tensor<2x4xf32>>) {
  ^bb0(%a: tensor<2x3xf32>):
    %r = mjx.dot_general %a, %w, batch = [] x [], contract = [1] x [0] : tensor<2x3xf32>, tensor<3x4xf32> -> tensor<2x4xf32>
    mjx.yield %r : tensor<2x4xf32>
  }
  %g = mjx.apply_transpose %map(%ct) : (!mjx.linear<(tensor<2x3xf32>) -> tensor<2x4xf32>>, tensor<2x4xf32>) -> tensor<2x3xf32>
  return %g : tensor<2x3xf32>
}

// A batch on one side only is one more free dimension.
// RULES-LABEL: @batch(
// RULES-NOT: broadcast_in_dim
// RULES: mjx.dot_general %{{.*}}, %{{.*}}, batch = [] x [], contract = [2] x [0] : tensor<4x2x3xf32>, tensor<3x5xf32> -> tensor<4x2x5xf32>
func.func @batch(%x: tensor<4x2x3xf32>, %w: tensor<3x5xf32>) -> tensor<4x2x5xf32> {
  %y = mjx.vmap(%x, %w) in_axes = [0, -1], out_axes = [0] {size = 4 : i64} : (tensor<4x2x3xf32>, tensor<3x5xf32>) -> tensor<4x2x5xf32> {
  ^bb0(%a: tensor<2x3xf32>, %b: tensor<3x5xf32>):
    %r = mjx.dot_general %a, %b, batch = [] x [], contract = [1] x [0] : tensor<2x3xf32>, tensor<3x5xf32> -> tensor<2x5xf32>
    mjx.yield %r : tensor<2x5xf32>
  }
  return %y : tensor<4x2x5xf32>
}
