// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-resolve-transforms --mjx-decompose --mjx-to-linalg | FileCheck %s --check-prefix=LINALG

// One image at a time: its matrix, then one product with the kernel.
// SYNTAX-LABEL: @wide(
// SYNTAX: mjx.conv_general %{{.*}}, %{{.*}}, strides = [1], low = [1], high = [1], lhs_dilation = [1], rhs_dilation = [1] : tensor<2x3x64xf32>, tensor<8x3x3xf32> -> tensor<2x8x64xf32>
// LINALG-LABEL: @wide(
// LINALG: scf.for
// LINALG: tensor.insert_slice {{.*}} into {{.*}} : tensor<1x3x64xf32> into tensor<1x3x66xf32>
// LINALG: linalg.generic {{.*}} outs({{.*}} : tensor<1x3x3x1x64xf32>)
// LINALG: linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction", "parallel"]
// LINALG: arith.mulf
func.func @wide(%x: tensor<2x3x64xf32>, %k: tensor<8x3x3xf32>) -> tensor<2x8x64xf32> {
  %0 = mjx.conv_general %x, %k, strides = [1], low = [1], high = [1], lhs_dilation = [1], rhs_dilation = [1] : tensor<2x3x64xf32>, tensor<8x3x3xf32> -> tensor<2x8x64xf32>
  return %0 : tensor<2x8x64xf32>
}

// Of one output feature per group the sums are formed directly.
// LINALG-LABEL: @depthwise(
// LINALG-NOT: scf.for
// LINALG: linalg.generic
// LINALG-NOT: linalg.generic
// LINALG: return
func.func @depthwise(%x: tensor<2x4x64xf32>, %k: tensor<4x1x3xf32>) -> tensor<2x4x64xf32> {
  %0 = mjx.conv_general %x, %k, strides = [1], low = [1], high = [1], lhs_dilation = [1], rhs_dilation = [1] {feature_groups = 4 : i64} : tensor<2x4x64xf32>, tensor<4x1x3xf32> -> tensor<2x4x64xf32>
  return %0 : tensor<2x4x64xf32>
}

// RULES-LABEL: @lhs_grad(
// RULES: %[[REVERSED:.*]] = mjx.reverse %{{.*}}, dims = [2]
// RULES: %[[K:.*]] = mjx.transpose %[[REVERSED]], permutation = [1, 0, 2]
// RULES: mjx.conv_general %{{.*}}, %[[K]], strides = [1], low = [1], high = [1]
func.func @lhs_grad(%x: tensor<2x3x9xf32>, %k: tensor<4x3x3xf32>, %ct: tensor<2x4x9xf32>) -> tensor<2x3x9xf32> {
  %y, %map = mjx.linearize(%x) wrt = [0] : (tensor<2x3x9xf32>) -> (tensor<2x4x9xf32>, !mjx.linear<(tensor<2x3x9xf32>) -> tensor<2x4x9xf32>>) {
  ^bb0(%a: tensor<2x3x9xf32>):
    %r = mjx.conv_general %a, %k, strides = [1], low = [1], high = [1], lhs_dilation = [1], rhs_dilation = [1] : tensor<2x3x9xf32>, tensor<4x3x3xf32> -> tensor<2x4x9xf32>
    mjx.yield %r : tensor<2x4x9xf32>
  }
  %g = mjx.apply_transpose %map(%ct) : (!mjx.linear<(tensor<2x3x9xf32>) -> tensor<2x4x9xf32>>, tensor<2x4x9xf32>) -> tensor<2x3x9xf32>
  return %g : tensor<2x3x9xf32>
}

// Each example with a kernel of its own: groups.
// RULES-LABEL: @batch(
// RULES: mjx.conv_general {{.*}} {feature_groups = 5 : i64} : tensor<2x15x9xf32>, tensor<20x3x3xf32> -> tensor<2x20x9xf32>
func.func @batch(%x: tensor<5x2x3x9xf32>, %k: tensor<5x4x3x3xf32>) -> tensor<5x2x4x9xf32> {
  %y = mjx.vmap(%x, %k) in_axes = [0, 0], out_axes = [0] {size = 5 : i64} : (tensor<5x2x3x9xf32>, tensor<5x4x3x3xf32>) -> tensor<5x2x4x9xf32> {
  ^bb0(%a: tensor<2x3x9xf32>, %b: tensor<4x3x3xf32>):
    %r = mjx.conv_general %a, %b, strides = [1], low = [1], high = [1], lhs_dilation = [1], rhs_dilation = [1] : tensor<2x3x9xf32>, tensor<4x3x3xf32> -> tensor<2x4x9xf32>
    mjx.yield %r : tensor<2x4x9xf32>
  }
  return %y : tensor<5x2x4x9xf32>
}
