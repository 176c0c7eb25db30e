// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-resolve-transforms --mjx-decompose --mjx-to-linalg | FileCheck %s --check-prefix=LINALG

// SYNTAX-LABEL: @rows(
// SYNTAX: mjx.reduce_window max %{{.*}}, window = [1, 2], strides = [1, 2], low = [0, 1], high = [0, 0], base_dilation = [1, 1], window_dilation = [1, 1] : tensor<3x7xf32> -> tensor<3x4xf32>
// Of few places all are looked at together, in a loop that vectorizes.
// LINALG-LABEL: @rows(
// LINALG: %[[PAD:.*]] = linalg.fill ins(%{{.*}} : f32) outs(%{{.*}} : tensor<3x8xf32>)
// LINALG: %[[X:.*]] = tensor.insert_slice %{{.*}} into %[[PAD]][0, 1]
// LINALG: %[[FIRST:.*]] = tensor.extract_slice %[[X]][0, 0] [3, 4] [1, 2]
// LINALG: %[[SECOND:.*]] = tensor.extract_slice %[[X]][0, 1] [3, 4] [1, 2]
// LINALG: linalg.generic {{.*}}["parallel", "parallel"]{{.*}} ins(%[[FIRST]], %[[SECOND]]
// LINALG: arith.maximumf
func.func @rows(%x: tensor<3x7xf32>) -> tensor<3x4xf32> {
  %0 = mjx.reduce_window max %x, window = [1, 2], strides = [1, 2], low = [0, 1], high = [0, 0],
      base_dilation = [1, 1], window_dilation = [1, 1] : tensor<3x7xf32> -> tensor<3x4xf32>
  return %0 : tensor<3x4xf32>
}

// Many places are a loop for each dimension.
// LINALG-LABEL: @large(
// LINALG: linalg.generic {{.*}}["parallel", "reduction", "parallel"]
// LINALG: linalg.generic {{.*}}["parallel", "reduction", "parallel"]
func.func @large(%x: tensor<9x9xi32>) -> tensor<1x5xi32> {
  %0 = mjx.reduce_window add %x, window = [9, 5], strides = [1, 1], low = [0, 0], high = [0, 0],
      base_dilation = [1, 1], window_dilation = [1, 1] : tensor<9x9xi32> -> tensor<1x5xi32>
  return %0 : tensor<1x5xi32>
}

// Floats of 16 bits are added in f32.
// LINALG-LABEL: @narrow(
// LINALG: arith.extf {{.*}} : bf16 to f32
// LINALG: arith.addf {{.*}} : f32
// LINALG: arith.truncf {{.*}} : f32 to bf16
func.func @narrow(%x: tensor<4xbf16>) -> tensor<3xbf16> {
  %0 = mjx.reduce_window add %x, window = [2], strides = [1], low = [0], high = [0], base_dilation = [1], window_dilation = [1] : tensor<4xbf16> -> tensor<3xbf16>
  return %0 : tensor<3xbf16>
}

// Strides and base dilation change places, and the windows grow to the other side.
// RULES-LABEL: @sum_grad(
// RULES: mjx.reduce_window add %{{.*}}, window = [2], strides = [1], low = [0], high = [1], base_dilation = [2], window_dilation = [1] : tensor<3xf32> -> tensor<5xf32>
func.func @sum_grad(%x: tensor<5xf32>, %ct: tensor<3xf32>) -> tensor<5xf32> {
  %out, %map = mjx.linearize(%x) wrt = [0] : (tensor<5xf32>) -> (tensor<3xf32>, !mjx.linear<(tensor<5xf32>) -> tensor<3xf32>>) {
  ^bb0(%x_: tensor<5xf32>):
    %r = mjx.reduce_window add %x_, window = [2], strides = [2], low = [1], high = [0], base_dilation = [1], window_dilation = [1] : tensor<5xf32> -> tensor<3xf32>
    mjx.yield %r : tensor<3xf32>
  }
  %g = mjx.apply_transpose %map(%ct) : (!mjx.linear<(tensor<5xf32>) -> tensor<3xf32>>, tensor<3xf32>) -> tensor<5xf32>
  return %g : tensor<5xf32>
}

// RULES-LABEL: @max_grad(
// RULES-SAME: %[[X:[a-z0-9]+]]: {{.*}}, %[[CT:[a-z0-9]+]]:
// RULES: mjx.window_scatter max %[[CT]], %[[X]], window = [2], strides = [2], low = [1], high = [0], base_dilation = [1], window_dilation = [1] : tensor<3xf32>, tensor<5xf32> -> tensor<5xf32>
func.func @max_grad(%x: tensor<5xf32>, %ct: tensor<3xf32>) -> tensor<5xf32> {
  %out, %map = mjx.linearize(%x) wrt = [0] : (tensor<5xf32>) -> (tensor<3xf32>, !mjx.linear<(tensor<5xf32>) -> tensor<3xf32>>) {
  ^bb0(%x_: tensor<5xf32>):
    %r = mjx.reduce_window max %x_, window = [2], strides = [2], low = [1], high = [0], base_dilation = [1], window_dilation = [1] : tensor<5xf32> -> tensor<3xf32>
    mjx.yield %r : tensor<3xf32>
  }
  %g = mjx.apply_transpose %map(%ct) : (!mjx.linear<(tensor<5xf32>) -> tensor<3xf32>>, tensor<3xf32>) -> tensor<5xf32>
  return %g : tensor<5xf32>
}

// Zeros are no matter: nothing is divided by.
// RULES-LABEL: @product_grad(
// RULES-NOT: mjx.div
// RULES: return
func.func @product_grad(%x: tensor<5xf32>, %ct: tensor<3xf32>) -> tensor<5xf32> {
  %out, %map = mjx.linearize(%x) wrt = [0] : (tensor<5xf32>) -> (tensor<3xf32>, !mjx.linear<(tensor<5xf32>) -> tensor<3xf32>>) {
  ^bb0(%x_: tensor<5xf32>):
    %r = mjx.reduce_window mul %x_, window = [2], strides = [2], low = [1], high = [0], base_dilation = [1], window_dilation = [1] : tensor<5xf32> -> tensor<3xf32>
    mjx.yield %r : tensor<3xf32>
  }
  %g = mjx.apply_transpose %map(%ct) : (!mjx.linear<(tensor<5xf32>) -> tensor<3xf32>>, tensor<3xf32>) -> tensor<5xf32>
  return %g : tensor<5xf32>
}

// RULES-LABEL: @batch(
// RULES: mjx.reduce_window min %{{.*}}, window = [2, 1], strides = [2, 1], low = [1, 0], high = [0, 0], base_dilation = [1, 1], window_dilation = [1, 1] : tensor<5x4xi8> -> tensor<3x4xi8>
func.func @batch(%x: tensor<5x4xi8>) -> tensor<3x4xi8> {
  %y = mjx.vmap(%x) in_axes = [1], out_axes = [1] {size = 4 : i64} : (tensor<5x4xi8>) -> tensor<3x4xi8> {
  ^bb0(%a: tensor<5xi8>):
    %r = mjx.reduce_window min %a, window = [2], strides = [2], low = [1], high = [0], base_dilation = [1], window_dilation = [1] : tensor<5xi8> -> tensor<3xi8>
    mjx.yield %r : tensor<3xi8>
  }
  return %y : tensor<3x4xi8>
}
