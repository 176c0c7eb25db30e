// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms --canonicalize --cse | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-to-linalg-pipeline --mlir-print-local-scope | FileCheck %s --check-prefix=LINALG

// SYNTAX-LABEL: func.func @syntax(
// SYNTAX-SAME:    %[[X:[a-z0-9]+]]:
// SYNTAX:         mjx.broadcast_in_dim %[[X]], dims = [1]
func.func @syntax(%x: tensor<3xf32>) -> tensor<2x3xf32> {
  %0 = mjx.broadcast_in_dim %x, dims = [1] : tensor<3xf32> -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// RULES-LABEL: func.func @fold_identity(
// RULES-SAME:    %[[X:[a-z0-9]+]]:
// RULES:         return %[[X]] : tensor<3xf32>
func.func @fold_identity(%x: tensor<3xf32>) -> tensor<3xf32> {
  %0 = mjx.broadcast_in_dim %x, dims = [0] : tensor<3xf32> -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// RULES-LABEL: func.func @fold_twice(
// RULES-SAME:    %[[X:[a-z0-9]+]]:
// RULES:         %[[B:.*]] = mjx.broadcast_in_dim %[[X]], dims = [2]
// RULES:         return %[[B]] : tensor<4x2x3xf32>
func.func @fold_twice(%x: tensor<3xf32>) -> tensor<4x2x3xf32> {
  %0 = mjx.broadcast_in_dim %x, dims = [1] : tensor<3xf32> -> tensor<2x3xf32>
  %1 = mjx.broadcast_in_dim %0, dims = [1, 2] : tensor<2x3xf32> -> tensor<4x2x3xf32>
  return %1 : tensor<4x2x3xf32>
}

// RULES-LABEL: func.func @fold_splat(
// RULES:         %[[C:.*]] = mjx.constant dense<1.000000e+00> : tensor<2x3xf32>
// RULES:         return %[[C]] : tensor<2x3xf32>
func.func @fold_splat() -> tensor<2x3xf32> {
  %0 = mjx.constant dense<1.0> : tensor<f32>
  %1 = mjx.broadcast_in_dim %0, dims = [] : tensor<f32> -> tensor<2x3xf32>
  return %1 : tensor<2x3xf32>
}

// RULES-LABEL: func.func @jvp(
// RULES-SAME:    %[[X0:[a-z0-9]+]]:
// RULES-SAME:    %[[DX:[a-z0-9]+]]:
// RULES:         %[[B:.*]] = mjx.broadcast_in_dim %[[DX]], dims = [1]
// RULES:         return %[[B]] : tensor<2x3xf32>
func.func @jvp(%x0: tensor<3xf32>, %dx: tensor<3xf32>) -> tensor<2x3xf32> {
  %out, %dout = mjx.jvp(%x0, %dx) wrt = [0] : (tensor<3xf32>, tensor<3xf32>) -> (tensor<2x3xf32>, tensor<2x3xf32>) {
  ^bb0(%x: tensor<3xf32>):
    %0 = mjx.broadcast_in_dim %x, dims = [1] : tensor<3xf32> -> tensor<2x3xf32>
    mjx.yield %0 : tensor<2x3xf32>
  }
  return %dout : tensor<2x3xf32>
}

// RULES-LABEL: func.func @transpose_sums_copies(
// RULES-SAME:    %[[X0:[a-z0-9]+]]:
// RULES-SAME:    %[[CT:[a-z0-9]+]]:
// RULES:         %[[REDUCE:.*]] = mjx.reduce add %[[CT]], dims = [0]
// RULES:         return %[[REDUCE]] : tensor<3xf32>
func.func @transpose_sums_copies(%x0: tensor<3xf32>, %ct: tensor<2x3xf32>) -> tensor<3xf32> {
  %out, %l = mjx.linearize(%x0) wrt = [0] : (tensor<3xf32>) -> (tensor<2x3xf32>, !mjx.linear<(tensor<3xf32>) -> tensor<2x3xf32>>) {
  ^bb0(%x: tensor<3xf32>):
    %0 = mjx.broadcast_in_dim %x, dims = [1] : tensor<3xf32> -> tensor<2x3xf32>
    mjx.yield %0 : tensor<2x3xf32>
  }
  %g = mjx.apply_transpose %l(%ct) : (!mjx.linear<(tensor<3xf32>) -> tensor<2x3xf32>>, tensor<2x3xf32>) -> tensor<3xf32>
  return %g : tensor<3xf32>
}

// RULES-LABEL: func.func @transpose_of_size_1(
// RULES-SAME:    %[[X0:[a-z0-9]+]]:
// RULES-SAME:    %[[CT:[a-z0-9]+]]:
// RULES:         %[[REDUCE:.*]] = mjx.reduce add %[[CT]], dims = [0]
// RULES:         %[[RESHAPE:.*]] = mjx.reshape %[[REDUCE]]
// RULES:         return %[[RESHAPE]] : tensor<1x3xf32>
func.func @transpose_of_size_1(%x0: tensor<1x3xf32>, %ct: tensor<2x3xf32>) -> tensor<1x3xf32> {
  %out, %l = mjx.linearize(%x0) wrt = [0] : (tensor<1x3xf32>) -> (tensor<2x3xf32>, !mjx.linear<(tensor<1x3xf32>) -> tensor<2x3xf32>>) {
  ^bb0(%x: tensor<1x3xf32>):
    %0 = mjx.broadcast_in_dim %x, dims = [0, 1] : tensor<1x3xf32> -> tensor<2x3xf32>
    mjx.yield %0 : tensor<2x3xf32>
  }
  %g = mjx.apply_transpose %l(%ct) : (!mjx.linear<(tensor<1x3xf32>) -> tensor<2x3xf32>>, tensor<2x3xf32>) -> tensor<1x3xf32>
  return %g : tensor<1x3xf32>
}

// RULES-LABEL: func.func @batch_in_place(
// RULES-SAME:    %[[XS:[a-z0-9]+]]:
// RULES:         %[[B:.*]] = mjx.broadcast_in_dim %[[XS]], dims = [1, 2]
// RULES:         return %[[B]] : tensor<2x3x7xf32>
func.func @batch_in_place(%xs: tensor<3x7xf32>) -> tensor<2x3x7xf32> {
  %r = mjx.vmap(%xs) in_axes = [1], out_axes = [2] {size = 7 : i64} : (tensor<3x7xf32>) -> tensor<2x3x7xf32> {
  ^bb0(%x: tensor<3xf32>):
    %0 = mjx.broadcast_in_dim %x, dims = [1] : tensor<3xf32> -> tensor<2x3xf32>
    mjx.yield %0 : tensor<2x3xf32>
  }
  return %r : tensor<2x3x7xf32>
}

// LINALG-LABEL: func.func @lower(
// LINALG-SAME:    %[[X:[a-z0-9]+]]:
// LINALG:         %[[EMPTY:.*]] = tensor.empty()
// LINALG:         %[[GENERIC:.*]] = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (0, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%[[X]]
// LINALG:         linalg.yield %{{.*}}
// LINALG:         return %[[GENERIC]] : tensor<2x4x3xf32>
func.func @lower(%x: tensor<1x3xf32>) -> tensor<2x4x3xf32> {
  %0 = mjx.broadcast_in_dim %x, dims = [0, 2] : tensor<1x3xf32> -> tensor<2x4x3xf32>
  return %0 : tensor<2x4x3xf32>
}
