// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-resolve-transforms --mjx-decompose --mjx-to-linalg | FileCheck %s --check-prefix=LINALG

// SYNTAX-LABEL: @value(
// SYNTAX: mjx.fft rfft %{{.*}}, lengths = [8] : tensor<3x8xf32> -> tensor<3x5xcomplex<f32>>
// LINALG-LABEL: @value(
// LINALG: mjx_rt.call @mjx_rt_fft ins(%{{.*}} : tensor<3x8xf32>) outs(%{{.*}} : tensor<3x5xcomplex<f32>>) {desc = array<i64: {{[0-9]+}}, 2, 3, 1, 8>}
func.func @value(%x: tensor<3x8xf32>) -> tensor<3x5xcomplex<f32>> {
  %0 = mjx.fft rfft %x, lengths = [8] : tensor<3x8xf32> -> tensor<3x5xcomplex<f32>>
  return %0 : tensor<3x5xcomplex<f32>>
}

// LINALG-LABEL: @planes(
// LINALG: mjx_rt.call @mjx_rt_fft {{.*}} {desc = array<i64: {{[0-9]+}}, 1, 3, 2, 4, 8>}
func.func @planes(%x: tensor<3x4x8xcomplex<f64>>) -> tensor<3x4x8xcomplex<f64>> {
  %0 = mjx.fft ifft %x, lengths = [4, 8] : tensor<3x4x8xcomplex<f64>> -> tensor<3x4x8xcomplex<f64>>
  return %0 : tensor<3x4x8xcomplex<f64>>
}

// The transpose of rfft is an irfft: what stands for its mirror image too counts half.
// RULES-LABEL: @transpose(
// RULES: %[[CT:.*]] = mjx.conj
// RULES: %[[HALVED:.*]] = mjx.mul %[[CT]]
// RULES: mjx.fft irfft %[[HALVED]], lengths = [8] : tensor<5xcomplex<f32>> -> tensor<8xf32>
func.func @transpose(%x: tensor<8xf32>, %ct: tensor<5xcomplex<f32>>) -> tensor<8xf32> {
  %y, %map = mjx.linearize(%x) wrt = [0] : (tensor<8xf32>) -> (tensor<5xcomplex<f32>>, !mjx.linear<(tensor<8xf32>) -> tensor<5xcomplex<f32>>>) {
  ^bb0(%a: tensor<8xf32>):
    %r = mjx.fft rfft %a, lengths = [8] : tensor<8xf32> -> tensor<5xcomplex<f32>>
    mjx.yield %r : tensor<5xcomplex<f32>>
  }
  %g = mjx.apply_transpose %map(%ct) : (!mjx.linear<(tensor<8xf32>) -> tensor<5xcomplex<f32>>>, tensor<5xcomplex<f32>>) -> tensor<8xf32>
  return %g : tensor<8xf32>
}

// RULES-LABEL: @batch(
// RULES: mjx.fft rfft %{{.*}}, lengths = [8] : tensor<4x8xf32> -> tensor<4x5xcomplex<f32>>
func.func @batch(%x: tensor<8x4xf32>) -> tensor<4x5xcomplex<f32>> {
  %y = mjx.vmap(%x) in_axes = [1], out_axes = [0] {size = 4 : i64} : (tensor<8x4xf32>) -> tensor<4x5xcomplex<f32>> {
  ^bb0(%a: tensor<8xf32>):
    %r = mjx.fft rfft %a, lengths = [8] : tensor<8xf32> -> tensor<5xcomplex<f32>>
    mjx.yield %r : tensor<5xcomplex<f32>>
  }
  return %y : tensor<4x5xcomplex<f32>>
}
