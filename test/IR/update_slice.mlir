// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-resolve-transforms --canonicalize --cse | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --mjx-to-linalg-pipeline --mlir-print-local-scope | FileCheck %s --check-prefix=LINALG

// SYNTAX-LABEL: func.func @syntax(
// SYNTAX-SAME:    %[[D:[a-z0-9]+]]:
// SYNTAX-SAME:    %[[X:[a-z0-9]+]]:
// SYNTAX:         mjx.update_slice set %[[D]], %[[X]], start = [1], strides = [2]
func.func @syntax(%d: tensor<8xf32>, %x: tensor<3xf32>) -> tensor<8xf32> {
  %0 = mjx.update_slice set %d, %x, start = [1], strides = [2] : tensor<8xf32>, tensor<3xf32> -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// RULES-LABEL: func.func @fold_whole(
// RULES-SAME:    %[[D:[a-z0-9]+]]:
// RULES-SAME:    %[[X:[a-z0-9]+]]:
// RULES:         return %[[X]] : tensor<8xf32>
func.func @fold_whole(%d: tensor<8xf32>, %x: tensor<8xf32>) -> tensor<8xf32> {
  %0 = mjx.update_slice set %d, %x, start = [0], strides = [1] : tensor<8xf32>, tensor<8xf32> -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// RULES-LABEL: func.func @fold_nothing(
// RULES-SAME:    %[[D:[a-z0-9]+]]:
// RULES:         return %[[D]] : tensor<8xf32>
func.func @fold_nothing(%d: tensor<8xf32>, %x: tensor<0xf32>) -> tensor<8xf32> {
  %0 = mjx.update_slice add %d, %x, start = [3], strides = [1] : tensor<8xf32>, tensor<0xf32> -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// RULES-LABEL: func.func @jvp_set_of_dest(
// RULES-SAME:    %[[D0:[a-z0-9]+]]:
// RULES-SAME:    %[[X0:[a-z0-9]+]]:
// RULES-SAME:    %[[DD:[a-z0-9]+]]:
// RULES:         %[[C:.*]] = mjx.constant dense<0.000000e+00> : tensor<3xf32>
// RULES:         %[[UPDATED:.*]] = mjx.update_slice set %[[DD]], %[[C]], start = [1], strides = [2]
// RULES:         return %[[UPDATED]] : tensor<8xf32>
func.func @jvp_set_of_dest(%d0: tensor<8xf32>, %x0: tensor<3xf32>, %dd: tensor<8xf32>) -> tensor<8xf32> {
  %out, %dout = mjx.jvp(%d0, %x0, %dd) wrt = [0] : (tensor<8xf32>, tensor<3xf32>, tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  ^bb0(%d: tensor<8xf32>, %x: tensor<3xf32>):
    %0 = mjx.update_slice set %d, %x, start = [1], strides = [2] : tensor<8xf32>, tensor<3xf32> -> tensor<8xf32>
    mjx.yield %0 : tensor<8xf32>
  }
  return %dout : tensor<8xf32>
}

// RULES-LABEL: func.func @jvp_add_of_dest(
// RULES-SAME:    %[[D0:[a-z0-9]+]]:
// RULES-SAME:    %[[X0:[a-z0-9]+]]:
// RULES-SAME:    %[[DD:[a-z0-9]+]]:
// RULES:         return %[[DD]] : tensor<8xf32>
func.func @jvp_add_of_dest(%d0: tensor<8xf32>, %x0: tensor<3xf32>, %dd: tensor<8xf32>) -> tensor<8xf32> {
  %out, %dout = mjx.jvp(%d0, %x0, %dd) wrt = [0] : (tensor<8xf32>, tensor<3xf32>, tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  ^bb0(%d: tensor<8xf32>, %x: tensor<3xf32>):
    %0 = mjx.update_slice add %d, %x, start = [1], strides = [2] : tensor<8xf32>, tensor<3xf32> -> tensor<8xf32>
    mjx.yield %0 : tensor<8xf32>
  }
  return %dout : tensor<8xf32>
}

// RULES-LABEL: func.func @jvp_add(
// RULES-SAME:    %[[D0:[a-z0-9]+]]:
// RULES-SAME:    %[[X0:[a-z0-9]+]]:
// RULES-SAME:    %[[DD:[a-z0-9]+]]:
// RULES-SAME:    %[[DX:[a-z0-9]+]]:
// RULES:         %[[UPDATED:.*]] = mjx.update_slice add %[[DD]], %[[DX]], start = [1], strides = [2]
// RULES:         return %[[UPDATED]] : tensor<8xf32>
func.func @jvp_add(%d0: tensor<8xf32>, %x0: tensor<3xf32>, %dd: tensor<8xf32>, %dx: tensor<3xf32>) -> tensor<8xf32> {
  %out, %dout = mjx.jvp(%d0, %x0, %dd, %dx) wrt = [0, 1] : (tensor<8xf32>, tensor<3xf32>, tensor<8xf32>, tensor<3xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  ^bb0(%d: tensor<8xf32>, %x: tensor<3xf32>):
    %0 = mjx.update_slice add %d, %x, start = [1], strides = [2] : tensor<8xf32>, tensor<3xf32> -> tensor<8xf32>
    mjx.yield %0 : tensor<8xf32>
  }
  return %dout : tensor<8xf32>
}

// RULES-LABEL: func.func @transpose_set(
// RULES-SAME:    %[[D0:[a-z0-9]+]]:
// RULES-SAME:    %[[X0:[a-z0-9]+]]:
// RULES-SAME:    %[[CT:[a-z0-9]+]]:
// RULES:         %[[C:.*]] = mjx.constant dense<0.000000e+00> : tensor<3xf32>
// RULES:         %[[SLICE:.*]] = mjx.slice %[[CT]], start = [1], limit = [6], strides = [2]
// RULES:         %[[UPDATED:.*]] = mjx.update_slice set %[[CT]], %[[C]], start = [1], strides = [2]
// RULES:         return %[[UPDATED]], %[[SLICE]] : tensor<8xf32>, tensor<3xf32>
func.func @transpose_set(%d0: tensor<8xf32>, %x0: tensor<3xf32>, %ct: tensor<8xf32>) -> (tensor<8xf32>, tensor<3xf32>) {
  %out, %l = mjx.linearize(%d0, %x0) wrt = [0, 1] : (tensor<8xf32>, tensor<3xf32>) -> (tensor<8xf32>, !mjx.linear<(tensor<8xf32>, tensor<3xf32>) -> tensor<8xf32>>) {
  ^bb0(%d: tensor<8xf32>, %x: tensor<3xf32>):
    %0 = mjx.update_slice set %d, %x, start = [1], strides = [2] : tensor<8xf32>, tensor<3xf32> -> tensor<8xf32>
    mjx.yield %0 : tensor<8xf32>
  }
  %g:2 = mjx.apply_transpose %l(%ct) : (!mjx.linear<(tensor<8xf32>, tensor<3xf32>) -> tensor<8xf32>>, tensor<8xf32>) -> (tensor<8xf32>, tensor<3xf32>)
  return %g#0, %g#1 : tensor<8xf32>, tensor<3xf32>
}

// RULES-LABEL: func.func @transpose_add(
// RULES-SAME:    %[[D0:[a-z0-9]+]]:
// RULES-SAME:    %[[X0:[a-z0-9]+]]:
// RULES-SAME:    %[[CT:[a-z0-9]+]]:
// RULES:         %[[SLICE:.*]] = mjx.slice %[[CT]], start = [1], limit = [6], strides = [2]
// RULES:         return %[[CT]], %[[SLICE]] : tensor<8xf32>, tensor<3xf32>
func.func @transpose_add(%d0: tensor<8xf32>, %x0: tensor<3xf32>, %ct: tensor<8xf32>) -> (tensor<8xf32>, tensor<3xf32>) {
  %out, %l = mjx.linearize(%d0, %x0) wrt = [0, 1] : (tensor<8xf32>, tensor<3xf32>) -> (tensor<8xf32>, !mjx.linear<(tensor<8xf32>, tensor<3xf32>) -> tensor<8xf32>>) {
  ^bb0(%d: tensor<8xf32>, %x: tensor<3xf32>):
    %0 = mjx.update_slice add %d, %x, start = [1], strides = [2] : tensor<8xf32>, tensor<3xf32> -> tensor<8xf32>
    mjx.yield %0 : tensor<8xf32>
  }
  %g:2 = mjx.apply_transpose %l(%ct) : (!mjx.linear<(tensor<8xf32>, tensor<3xf32>) -> tensor<8xf32>>, tensor<8xf32>) -> (tensor<8xf32>, tensor<3xf32>)
  return %g#0, %g#1 : tensor<8xf32>, tensor<3xf32>
}

// RULES-LABEL: func.func @batch(
// RULES-SAME:    %[[DS:[a-z0-9]+]]:
// RULES-SAME:    %[[XS:[a-z0-9]+]]:
// RULES:         %[[TRANSPOSE:.*]] = mjx.transpose %[[XS]], permutation = [1, 0]
// RULES:         %[[UPDATED:.*]] = mjx.update_slice set %[[DS]], %[[TRANSPOSE]], start = [1, 0], strides = [2, 1]
// RULES:         return %[[UPDATED]] : tensor<8x7xf32>
func.func @batch(%ds: tensor<8x7xf32>, %xs: tensor<7x3xf32>) -> tensor<8x7xf32> {
  %r = mjx.vmap(%ds, %xs) in_axes = [1, 0], out_axes = [1] {size = 7 : i64} : (tensor<8x7xf32>, tensor<7x3xf32>) -> tensor<8x7xf32> {
  ^bb0(%d: tensor<8xf32>, %x: tensor<3xf32>):
    %0 = mjx.update_slice set %d, %x, start = [1], strides = [2] : tensor<8xf32>, tensor<3xf32> -> tensor<8xf32>
    mjx.yield %0 : tensor<8xf32>
  }
  return %r : tensor<8x7xf32>
}

// LINALG-LABEL: func.func @lower_set(
// LINALG-SAME:    %[[D:[a-z0-9]+]]:
// LINALG-SAME:    %[[X:[a-z0-9]+]]:
// LINALG:         %[[INSERT_SLICE:.*]] = tensor.insert_slice %[[X]] into %[[D]][1] [3] [2]
// LINALG:         return %[[INSERT_SLICE]] : tensor<8xf32>
func.func @lower_set(%d: tensor<8xf32>, %x: tensor<3xf32>) -> tensor<8xf32> {
  %0 = mjx.update_slice set %d, %x, start = [1], strides = [2] : tensor<8xf32>, tensor<3xf32> -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// LINALG-LABEL: func.func @lower_add(
// LINALG-SAME:    %[[D:[a-z0-9]+]]:
// LINALG-SAME:    %[[X:[a-z0-9]+]]:
// LINALG:         %[[PART:.*]] = tensor.extract_slice %[[D]][1] [3] [2]
// LINALG:         %[[GENERIC:.*]] = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%[[X]]
// LINALG:         %[[ADDF:.*]] = arith.addf %{{.*}}, %{{.*}}
// LINALG:         linalg.yield %[[ADDF]]
// LINALG:         %[[INSERT_SLICE:.*]] = tensor.insert_slice %[[GENERIC]] into %[[D]][1] [3] [2]
// LINALG:         return %[[INSERT_SLICE]] : tensor<8xf32>
func.func @lower_add(%d: tensor<8xf32>, %x: tensor<3xf32>) -> tensor<8xf32> {
  %0 = mjx.update_slice add %d, %x, start = [1], strides = [2] : tensor<8xf32>, tensor<3xf32> -> tensor<8xf32>
  return %0 : tensor<8xf32>
}
