// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms --canonicalize --cse | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-to-linalg-pipeline --mlir-print-local-scope | FileCheck %s --check-prefix=LINALG

// SYNTAX-LABEL: func.func @syntax(
// SYNTAX-SAME:    %[[X:[a-z0-9]+]]:
// SYNTAX:         mjx.transpose %[[X]], permutation = [2, 0, 1]
func.func @syntax(%x: tensor<2x3x4xf32>) -> tensor<4x2x3xf32> {
  %0 = mjx.transpose %x, permutation = [2, 0, 1] : tensor<2x3x4xf32> -> tensor<4x2x3xf32>
  return %0 : tensor<4x2x3xf32>
}

// RULES-LABEL: func.func @fold_identity(
// RULES-SAME:    %[[X:[a-z0-9]+]]:
// RULES:         return %[[X]] : tensor<2x3x4xf32>
func.func @fold_identity(%x: tensor<2x3x4xf32>) -> tensor<2x3x4xf32> {
  %0 = mjx.transpose %x, permutation = [0, 1, 2] : tensor<2x3x4xf32> -> tensor<2x3x4xf32>
  return %0 : tensor<2x3x4xf32>
}

// RULES-LABEL: func.func @fold_twice(
// RULES-SAME:    %[[X:[a-z0-9]+]]:
// RULES:         %[[TRANSPOSE:.*]] = mjx.transpose %[[X]], permutation = [0, 2, 1]
// RULES:         return %[[TRANSPOSE]] : tensor<2x4x3xf32>
func.func @fold_twice(%x: tensor<2x3x4xf32>) -> tensor<2x4x3xf32> {
  %0 = mjx.transpose %x, permutation = [2, 0, 1] : tensor<2x3x4xf32> -> tensor<4x2x3xf32>
  %1 = mjx.transpose %0, permutation = [1, 0, 2] : tensor<4x2x3xf32> -> tensor<2x4x3xf32>
  return %1 : tensor<2x4x3xf32>
}

// RULES-LABEL: func.func @fold_back(
// RULES-SAME:    %[[X:[a-z0-9]+]]:
// RULES:         return %[[X]] : tensor<2x3x4xf32>
func.func @fold_back(%x: tensor<2x3x4xf32>) -> tensor<2x3x4xf32> {
  %0 = mjx.transpose %x, permutation = [2, 0, 1] : tensor<2x3x4xf32> -> tensor<4x2x3xf32>
  %1 = mjx.transpose %0, permutation = [1, 2, 0] : tensor<4x2x3xf32> -> tensor<2x3x4xf32>
  return %1 : tensor<2x3x4xf32>
}

// RULES-LABEL: func.func @jvp(
// RULES-SAME:    %[[X0:[a-z0-9]+]]:
// RULES-SAME:    %[[DX:[a-z0-9]+]]:
// RULES:         %[[TRANSPOSE:.*]] = mjx.transpose %[[DX]], permutation = [2, 0, 1]
// RULES:         return %[[TRANSPOSE]] : tensor<4x2x3xf32>
func.func @jvp(%x0: tensor<2x3x4xf32>, %dx: tensor<2x3x4xf32>) -> tensor<4x2x3xf32> {
  %out, %dout = mjx.jvp(%x0, %dx) wrt = [0] : (tensor<2x3x4xf32>, tensor<2x3x4xf32>) -> (tensor<4x2x3xf32>, tensor<4x2x3xf32>) {
  ^bb0(%x: tensor<2x3x4xf32>):
    %0 = mjx.transpose %x, permutation = [2, 0, 1] : tensor<2x3x4xf32> -> tensor<4x2x3xf32>
    mjx.yield %0 : tensor<4x2x3xf32>
  }
  return %dout : tensor<4x2x3xf32>
}

// RULES-LABEL: func.func @transpose(
// RULES-SAME:    %[[X0:[a-z0-9]+]]:
// RULES-SAME:    %[[CT:[a-z0-9]+]]:
// RULES:         %[[TRANSPOSE:.*]] = mjx.transpose %[[CT]], permutation = [1, 2, 0]
// RULES:         return %[[TRANSPOSE]] : tensor<2x3x4xf32>
func.func @transpose(%x0: tensor<2x3x4xf32>, %ct: tensor<4x2x3xf32>) -> tensor<2x3x4xf32> {
  %out, %l = mjx.linearize(%x0) wrt = [0] : (tensor<2x3x4xf32>) -> (tensor<4x2x3xf32>, !mjx.linear<(tensor<2x3x4xf32>) -> tensor<4x2x3xf32>>) {
  ^bb0(%x: tensor<2x3x4xf32>):
    %0 = mjx.transpose %x, permutation = [2, 0, 1] : tensor<2x3x4xf32> -> tensor<4x2x3xf32>
    mjx.yield %0 : tensor<4x2x3xf32>
  }
  %g = mjx.apply_transpose %l(%ct) : (!mjx.linear<(tensor<2x3x4xf32>) -> tensor<4x2x3xf32>>, tensor<4x2x3xf32>) -> tensor<2x3x4xf32>
  return %g : tensor<2x3x4xf32>
}

// RULES-LABEL: func.func @batch(
// RULES-SAME:    %[[XS:[a-z0-9]+]]:
// RULES:         %[[TRANSPOSE:.*]] = mjx.transpose %[[XS]], permutation = [3, 1, 0, 2]
// RULES:         return %[[TRANSPOSE]] : tensor<4x7x2x3xf32>
func.func @batch(%xs: tensor<2x7x3x4xf32>) -> tensor<4x7x2x3xf32> {
  %r = mjx.vmap(%xs) in_axes = [1], out_axes = [1] {size = 7 : i64} : (tensor<2x7x3x4xf32>) -> tensor<4x7x2x3xf32> {
  ^bb0(%x: tensor<2x3x4xf32>):
    %0 = mjx.transpose %x, permutation = [2, 0, 1] : tensor<2x3x4xf32> -> tensor<4x2x3xf32>
    mjx.yield %0 : tensor<4x2x3xf32>
  }
  return %r : tensor<4x7x2x3xf32>
}

// LINALG-LABEL: func.func @lower(
// LINALG-SAME:    %[[X:[a-z0-9]+]]:
// LINALG:         %[[EMPTY:.*]] = tensor.empty()
// LINALG:         %[[GENERIC:.*]] = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d1, d2, d0)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%[[X]]
// LINALG:         linalg.yield %{{.*}}
// LINALG:         return %[[GENERIC]] : tensor<4x2x3xf32>
func.func @lower(%x: tensor<2x3x4xf32>) -> tensor<4x2x3xf32> {
  %0 = mjx.transpose %x, permutation = [2, 0, 1] : tensor<2x3x4xf32> -> tensor<4x2x3xf32>
  return %0 : tensor<4x2x3xf32>
}
