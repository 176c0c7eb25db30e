// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-resolve-transforms --mjx-decompose --mjx-to-linalg | FileCheck %s --check-prefix=LINALG

// The place that each window chooses comes first; elements are added in order.
// SYNTAX-LABEL: @syntax(
// SYNTAX: mjx.window_scatter max %{{.*}}, %{{.*}}, window = [2], strides = [2], low = [1], high = [0], base_dilation = [1], window_dilation = [1] : tensor<3xf32>, tensor<5xf32> -> tensor<5xf32>
// LINALG-LABEL: @syntax(
// LINALG: linalg.generic {{.*}}["parallel"]
// LINALG: scf.for
// LINALG: arith.cmpf ugt
// LINALG: scf.for {{.*}} -> (tensor<6xf32>)
func.func @syntax(%source: tensor<3xf32>, %x: tensor<5xf32>) -> tensor<5xf32> {
  %0 = mjx.window_scatter max %source, %x, window = [2], strides = [2], low = [1], high = [0], base_dilation = [1], window_dilation = [1] : tensor<3xf32>, tensor<5xf32> -> tensor<5xf32>
  return %0 : tensor<5xf32>
}

// RULES-LABEL: @transpose(
// RULES-SAME: %[[SOURCE:[a-z0-9]+]]: {{.*}}, %[[X:[a-z0-9]+]]: {{.*}}, %[[CT:[a-z0-9]+]]:
// RULES: mjx.window_gather min %[[CT]], %[[X]], window = [2], strides = [2], low = [1], high = [0], base_dilation = [1], window_dilation = [1] : tensor<5xf32>, tensor<5xf32> -> tensor<3xf32>
func.func @transpose(%source: tensor<3xf32>, %x: tensor<5xf32>, %ct: tensor<5xf32>) -> tensor<3xf32> {
  %out, %map = mjx.linearize(%source, %x) wrt = [0] : (tensor<3xf32>, tensor<5xf32>) -> (tensor<5xf32>, !mjx.linear<(tensor<3xf32>) -> tensor<5xf32>>) {
  ^bb0(%source_: tensor<3xf32>, %x_: tensor<5xf32>):
    %r = mjx.window_scatter min %source_, %x_, window = [2], strides = [2], low = [1], high = [0], base_dilation = [1], window_dilation = [1] : tensor<3xf32>, tensor<5xf32> -> tensor<5xf32>
    mjx.yield %r : tensor<5xf32>
  }
  %g = mjx.apply_transpose %map(%ct) : (!mjx.linear<(tensor<3xf32>) -> tensor<5xf32>>, tensor<5xf32>) -> tensor<3xf32>
  return %g : tensor<3xf32>
}

// Windows are the same for all examples.
// RULES-LABEL: @batch(
// RULES: mjx.broadcast_in_dim
// RULES: mjx.window_scatter max %{{.*}}, %{{.*}}, window = [1, 2], strides = [1, 2], low = [0, 1], high = [0, 0], base_dilation = [1, 1], window_dilation = [1, 1] : tensor<4x3xf32>, tensor<4x5xf32> -> tensor<4x5xf32>
func.func @batch(%source: tensor<4x3xf32>, %x: tensor<5xf32>) -> tensor<4x5xf32> {
  %y = mjx.vmap(%source, %x) in_axes = [0, -1], out_axes = [0] {size = 4 : i64} : (tensor<4x3xf32>, tensor<5xf32>) -> tensor<4x5xf32> {
  ^bb0(%a: tensor<3xf32>, %b: tensor<5xf32>):
    %r = mjx.window_scatter max %a, %b, window = [2], strides = [2], low = [1], high = [0], base_dilation = [1], window_dilation = [1] : tensor<3xf32>, tensor<5xf32> -> tensor<5xf32>
    mjx.yield %r : tensor<5xf32>
  }
  return %y : tensor<4x5xf32>
}
