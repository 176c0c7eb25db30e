// RUN: mjx-opt %s --split-input-file | mjx-opt --split-input-file | FileCheck %s
// RUN: mjx-opt %s --split-input-file --mjx-resolve-transforms --canonicalize --cse | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --split-input-file --mjx-resolve-transforms --canonicalize --cse --mjx-to-linalg | FileCheck %s --check-prefix=LINALG

// CHECK-LABEL: func @plain
// CHECK: mjx.map(%{{.*}}, %{{.*}}) {num_consts = 1 : i64, size = 4 : i64}

// LINALG-LABEL: func @plain
// LINALG-SAME: (%[[K:.*]]: tensor<f32>, %[[XS:.*]]: tensor<4xf32>)
// LINALG: %[[ROOM:.*]] = tensor.empty() : tensor<4xf32>
// LINALG: scf.for %[[I:.*]] = %{{.*}} iter_args(%[[YS:.*]] = %[[ROOM]])
// LINALG: tensor.extract_slice %[[XS]][%[[I]]] [1] [1] : tensor<4xf32> to tensor<f32>
// LINALG: tensor.insert_slice %{{.*}} into %[[YS]][%[[I]]] [1] [1] : tensor<f32> into tensor<4xf32>
func.func @plain(%k: tensor<f32>, %xs: tensor<4xf32>) -> tensor<4xf32> {
  %ys = mjx.map(%k, %xs) {num_consts = 1 : i64, size = 4 : i64} : (tensor<f32>, tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<f32>, %x: tensor<f32>):
    %0 = mjx.mul %a, %x : tensor<f32>
    mjx.yield %0 : tensor<f32>
  }
  return %ys : tensor<4xf32>
}

// -----

// By the slices alone the reverse is a map; with a constant to add up, a scan.
// RULES-LABEL: func @grad_slices
// RULES-NOT: mjx.scan
// RULES: mjx.map({{.*}}) {num_consts = 0 : i64, size = 4 : i64}
// RULES: mjx.cos
// RULES: mjx.mul
// RULES-NOT: mjx.scan
func.func @grad_slices(%xs: tensor<4xf32>, %ct: tensor<4xf32>) -> tensor<4xf32> {
  %y, %dy = mjx.linearize(%xs) wrt = [0] : (tensor<4xf32>) -> (tensor<4xf32>, !mjx.linear<(tensor<4xf32>) -> tensor<4xf32>>) {
  ^bb0(%b: tensor<4xf32>):
    %ys = mjx.map(%b) {num_consts = 0 : i64, size = 4 : i64} : (tensor<4xf32>) -> tensor<4xf32> {
    ^bb0(%x: tensor<f32>):
      %0 = mjx.sin %x : tensor<f32>
      mjx.yield %0 : tensor<f32>
    }
    mjx.yield %ys : tensor<4xf32>
  }
  %g = mjx.apply_transpose %dy(%ct) : (!mjx.linear<(tensor<4xf32>) -> tensor<4xf32>>, tensor<4xf32>) -> tensor<4xf32>
  return %g : tensor<4xf32>
}

// -----

// RULES-LABEL: func @grad_const
// RULES: mjx.scan({{.*}}) {length = 4 : i64, num_carry = 1 : i64, num_consts = 0 : i64, reverse = true}
// RULES-NEXT: ^bb0(%[[ACC:.*]]: tensor<f32>, %[[CT:.*]]: tensor<f32>, %[[X:.*]]: tensor<f32>):
// RULES: %[[P:.*]] = mjx.mul %[[X]], %[[CT]]
// RULES: %[[S:.*]] = mjx.add %[[ACC]], %[[P]]
// RULES: mjx.yield %[[S]]
func.func @grad_const(%k: tensor<f32>, %xs: tensor<4xf32>, %ct: tensor<4xf32>) -> tensor<f32> {
  %y, %dy = mjx.linearize(%k, %xs) wrt = [0] : (tensor<f32>, tensor<4xf32>) -> (tensor<4xf32>, !mjx.linear<(tensor<f32>) -> tensor<4xf32>>) {
  ^bb0(%a: tensor<f32>, %b: tensor<4xf32>):
    %ys = mjx.map(%a, %b) {num_consts = 1 : i64, size = 4 : i64} : (tensor<f32>, tensor<4xf32>) -> tensor<4xf32> {
    ^bb0(%c: tensor<f32>, %x: tensor<f32>):
      %0 = mjx.mul %c, %x : tensor<f32>
      mjx.yield %0 : tensor<f32>
    }
    mjx.yield %ys : tensor<4xf32>
  }
  %g = mjx.apply_transpose %dy(%ct) : (!mjx.linear<(tensor<f32>) -> tensor<4xf32>>, tensor<4xf32>) -> tensor<f32>
  return %g : tensor<f32>
}

// -----

// RULES-LABEL: func @jvp
// RULES: mjx.map({{.*}}) {num_consts = 0 : i64, size = 4 : i64} : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
// RULES-NOT: mjx.map
func.func @jvp(%xs: tensor<4xf32>, %dxs: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %y:2 = mjx.jvp(%xs, %dxs) wrt = [0] : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  ^bb0(%b: tensor<4xf32>):
    %ys = mjx.map(%b) {num_consts = 0 : i64, size = 4 : i64} : (tensor<4xf32>) -> tensor<4xf32> {
    ^bb0(%x: tensor<f32>):
      %0 = mjx.sin %x : tensor<f32>
      mjx.yield %0 : tensor<f32>
    }
    mjx.yield %ys : tensor<4xf32>
  }
  return %y#0, %y#1 : tensor<4xf32>, tensor<4xf32>
}

// -----

// RULES-LABEL: func @vmap
// RULES-SAME: (%[[K:.*]]: tensor<8xf32>, %[[XS:.*]]: tensor<4xf32>)
// RULES: %[[Y:.*]] = mjx.map(%[[K]], %[[XS]]) {num_consts = 1 : i64, size = 4 : i64} : (tensor<8xf32>, tensor<4xf32>) -> tensor<4x8xf32>
// RULES: mjx.transpose %[[Y]], permutation = [1, 0]
func.func @vmap(%k: tensor<8xf32>, %xs: tensor<4xf32>) -> tensor<8x4xf32> {
  %r = mjx.vmap(%k, %xs) in_axes = [0, -1], out_axes = [0] {size = 8 : i64} : (tensor<8xf32>, tensor<4xf32>) -> tensor<8x4xf32> {
  ^bb0(%a: tensor<f32>, %b: tensor<4xf32>):
    %ys = mjx.map(%a, %b) {num_consts = 1 : i64, size = 4 : i64} : (tensor<f32>, tensor<4xf32>) -> tensor<4xf32> {
    ^bb0(%c: tensor<f32>, %x: tensor<f32>):
      %0 = mjx.mul %c, %x : tensor<f32>
      mjx.yield %0 : tensor<f32>
    }
    mjx.yield %ys : tensor<4xf32>
  }
  return %r : tensor<8x4xf32>
}
