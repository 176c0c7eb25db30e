// RUN: mjx-opt %s | mjx-opt | FileCheck %s --check-prefix=SYNTAX
// RUN: mjx-opt %s --mjx-decompose --canonicalize --cse | FileCheck %s --check-prefix=INLINE
// RUN: mjx-opt %s --mjx-resolve-transforms --canonicalize --cse | FileCheck %s --check-prefix=RULES

// SYNTAX-LABEL: func.func @plain(
// SYNTAX:         mjx.custom_vjp(%{{.*}}) {function = "f", num_consts = 0 : i64, wrt = array<i64: 0>} : (tensor<f32>) -> tensor<f32> {
// SYNTAX:         } fwd {
// SYNTAX:         } bwd {
// INLINE-LABEL: func.func @plain(
// INLINE:         %[[Y:.*]] = mjx.sin
// INLINE-NEXT:    return %[[Y]]
func.func @plain(%x: tensor<f32>) -> tensor<f32> {
  %y = mjx.custom_vjp(%x) {function = "f", num_consts = 0 : i64, wrt = array<i64: 0>} : (tensor<f32>) -> tensor<f32> {
  ^bb0(%a: tensor<f32>):
    %0 = mjx.sin %a : tensor<f32>
    mjx.yield %0 : tensor<f32>
  } fwd {
  ^bb0(%a: tensor<f32>):
    %0 = mjx.tanh %a : tensor<f32>
    mjx.yield %0, %a : tensor<f32>, tensor<f32>
  } bwd {
  ^bb0(%r: tensor<f32>, %ct: tensor<f32>):
    %0 = mjx.mul %ct, %r : tensor<f32>
    mjx.yield %0 : tensor<f32>
  }
  return %y : tensor<f32>
}

// Linearization takes fwd; the linear map is a call whose transpose is bwd.

// RULES-LABEL: func.func @reverse(
// RULES-SAME:    %[[X:[a-z0-9]+]]: tensor<f32>, %[[CT:[a-z0-9]+]]: tensor<f32>)
// RULES-DAG:     %[[Y:.*]] = mjx.tanh %[[X]]
// RULES-DAG:     %[[G:.*]] = mjx.mul %[[CT]], %[[X]]
// RULES-NOT:     linear_call
// RULES:         return %[[Y]], %[[G]]
func.func @reverse(%x: tensor<f32>, %ct: tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  %y, %l = mjx.linearize(%x) wrt = [0] : (tensor<f32>) -> (tensor<f32>, !mjx.linear<(tensor<f32>) -> tensor<f32>>) {
  ^bb0(%e: tensor<f32>):
    %0 = mjx.custom_vjp(%e) {function = "f", num_consts = 0 : i64, wrt = array<i64: 0>} : (tensor<f32>) -> tensor<f32> {
    ^bb0(%a: tensor<f32>):
      %1 = mjx.sin %a : tensor<f32>
      mjx.yield %1 : tensor<f32>
    } fwd {
    ^bb0(%a: tensor<f32>):
      %1 = mjx.tanh %a : tensor<f32>
      mjx.yield %1, %a : tensor<f32>, tensor<f32>
    } bwd {
    ^bb0(%r: tensor<f32>, %b: tensor<f32>):
      %1 = mjx.mul %b, %r : tensor<f32>
      mjx.yield %1 : tensor<f32>
    }
    mjx.yield %0 : tensor<f32>
  }
  %g = mjx.apply_transpose %l(%ct) : (!mjx.linear<(tensor<f32>) -> tensor<f32>>, tensor<f32>) -> tensor<f32>
  return %y, %g : tensor<f32>, tensor<f32>
}

// What all examples share gets the sum of their cotangents, also where these do
// not vary over the batch.

// RULES-LABEL: func.func @shared(
// RULES:         } fwd {
// RULES:           mjx.yield %{{.*}}, %{{.*}}, %{{.*}} : tensor<8xf32>, tensor<f32>, tensor<8xf32>
// RULES:         } bwd {
// RULES-NEXT:    ^bb0(%[[W:.*]]: tensor<f32>, %{{.*}}: tensor<8xf32>, %{{.*}}: tensor<8xf32>):
// RULES:           %[[SUM:.*]] = mjx.reduce add
// RULES:           %[[ALL:.*]] = mjx.broadcast_in_dim %[[W]]
// RULES:           mjx.yield %[[SUM]], %[[ALL]] : tensor<f32>, tensor<8xf32>
func.func @shared(%w: tensor<f32>, %x: tensor<8xf32>) -> tensor<8xf32> {
  %y = mjx.vmap(%x) in_axes = [0], out_axes = [0] {size = 8 : i64} : (tensor<8xf32>) -> tensor<8xf32> {
  ^bb0(%e: tensor<f32>):
    %0 = mjx.custom_vjp(%w, %e) {function = "f", num_consts = 0 : i64, wrt = array<i64: 0, 1>} : (tensor<f32>, tensor<f32>) -> tensor<f32> {
    ^bb0(%a: tensor<f32>, %b: tensor<f32>):
      %1 = mjx.mul %a, %b : tensor<f32>
      mjx.yield %1 : tensor<f32>
    } fwd {
    ^bb0(%a: tensor<f32>, %b: tensor<f32>):
      %1 = mjx.mul %a, %b : tensor<f32>
      mjx.yield %1, %a, %b : tensor<f32>, tensor<f32>, tensor<f32>
    } bwd {
    ^bb0(%a: tensor<f32>, %b: tensor<f32>, %ct: tensor<f32>):
      %1 = mjx.mul %ct, %b : tensor<f32>
      mjx.yield %1, %a : tensor<f32>, tensor<f32>
    }
    mjx.yield %0 : tensor<f32>
  }
  return %y : tensor<8xf32>
}
