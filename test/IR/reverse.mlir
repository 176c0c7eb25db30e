// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms --canonicalize --cse | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-to-linalg-pipeline --mlir-print-local-scope | FileCheck %s --check-prefix=LINALG

// SYNTAX-LABEL: func.func @syntax(
// SYNTAX-SAME:    %[[X:[a-z0-9]+]]:
// SYNTAX:         mjx.reverse %[[X]], dims = [1]
func.func @syntax(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = mjx.reverse %x, dims = [1] : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// RULES-LABEL: func.func @fold_of_size_1(
// RULES-SAME:    %[[X:[a-z0-9]+]]:
// RULES:         return %[[X]] : tensor<1x3xf32>
func.func @fold_of_size_1(%x: tensor<1x3xf32>) -> tensor<1x3xf32> {
  %0 = mjx.reverse %x, dims = [0] : tensor<1x3xf32>
  return %0 : tensor<1x3xf32>
}

// RULES-LABEL: func.func @fold_twice(
// RULES-SAME:    %[[X:[a-z0-9]+]]:
// RULES:         return %[[X]] : tensor<2x3xf32>
func.func @fold_twice(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = mjx.reverse %x, dims = [1] : tensor<2x3xf32>
  %1 = mjx.reverse %0, dims = [1] : tensor<2x3xf32>
  return %1 : tensor<2x3xf32>
}

// RULES-LABEL: func.func @fold_splat(
// RULES:         %[[C:.*]] = mjx.constant dense<1.000000e+00> : tensor<2x3xf32>
// RULES:         return %[[C]] : tensor<2x3xf32>
func.func @fold_splat() -> tensor<2x3xf32> {
  %x = mjx.constant dense<1.0> : tensor<2x3xf32>
  %0 = mjx.reverse %x, dims = [1] : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// RULES-LABEL: func.func @jvp(
// RULES-SAME:    %[[X0:[a-z0-9]+]]:
// RULES-SAME:    %[[DX:[a-z0-9]+]]:
// RULES:         %[[REVERSE:.*]] = mjx.reverse %[[DX]], dims = [1]
// RULES:         return %[[REVERSE]] : tensor<2x3xf32>
func.func @jvp(%x0: tensor<2x3xf32>, %dx: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %out, %dout = mjx.jvp(%x0, %dx) wrt = [0] : (tensor<2x3xf32>, tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<2x3xf32>) {
  ^bb0(%x: tensor<2x3xf32>):
    %0 = mjx.reverse %x, dims = [1] : tensor<2x3xf32>
    mjx.yield %0 : tensor<2x3xf32>
  }
  return %dout : tensor<2x3xf32>
}

// RULES-LABEL: func.func @transpose(
// RULES-SAME:    %[[X0:[a-z0-9]+]]:
// RULES-SAME:    %[[CT:[a-z0-9]+]]:
// RULES:         %[[REVERSE:.*]] = mjx.reverse %[[CT]], dims = [1]
// RULES:         return %[[REVERSE]] : tensor<2x3xf32>
func.func @transpose(%x0: tensor<2x3xf32>, %ct: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %out, %l = mjx.linearize(%x0) wrt = [0] : (tensor<2x3xf32>) -> (tensor<2x3xf32>, !mjx.linear<(tensor<2x3xf32>) -> tensor<2x3xf32>>) {
  ^bb0(%x: tensor<2x3xf32>):
    %0 = mjx.reverse %x, dims = [1] : tensor<2x3xf32>
    mjx.yield %0 : tensor<2x3xf32>
  }
  %g = mjx.apply_transpose %l(%ct) : (!mjx.linear<(tensor<2x3xf32>) -> tensor<2x3xf32>>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return %g : tensor<2x3xf32>
}

// RULES-LABEL: func.func @batch(
// RULES-SAME:    %[[XS:[a-z0-9]+]]:
// RULES:         %[[REVERSE:.*]] = mjx.reverse %[[XS]], dims = [2]
// RULES:         return %[[REVERSE]] : tensor<2x7x3xf32>
func.func @batch(%xs: tensor<2x7x3xf32>) -> tensor<2x7x3xf32> {
  %r = mjx.vmap(%xs) in_axes = [1], out_axes = [1] {size = 7 : i64} : (tensor<2x7x3xf32>) -> tensor<2x7x3xf32> {
  ^bb0(%x: tensor<2x3xf32>):
    %0 = mjx.reverse %x, dims = [1] : tensor<2x3xf32>
    mjx.yield %0 : tensor<2x3xf32>
  }
  return %r : tensor<2x7x3xf32>
}

// LINALG-LABEL: func.func @lower(
// LINALG-SAME:    %[[X:[a-z0-9]+]]:
// LINALG:         %[[EMPTY:.*]] = tensor.empty()
// LINALG:         %[[GENERIC:.*]] = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, -d1 + 2)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%[[X]]
// LINALG:         linalg.yield %{{.*}}
// LINALG:         return %[[GENERIC]] : tensor<2x3xf32>
func.func @lower(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = mjx.reverse %x, dims = [1] : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}
