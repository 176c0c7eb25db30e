// RUN: mjx-opt %s --split-input-file | mjx-opt --split-input-file | FileCheck %s
// RUN: mjx-opt %s --split-input-file --mjx-resolve-transforms --cse | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --split-input-file --mjx-resolve-transforms --cse --mjx-decompose --cse | FileCheck %s --check-prefix=PLAIN --implicit-check-not=mjx.checkpoint

// CHECK-LABEL: func @plain
// CHECK: mjx.checkpoint(%{{.*}}) {saves = "nothing"} : (tensor<4xf32>) -> tensor<4xf32> {

// Without a derivative it is its region.
// PLAIN-LABEL: func @plain
// PLAIN-NEXT: mjx.sin
// PLAIN-NEXT: mjx.sin
// PLAIN-NEXT: return
func.func @plain(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = mjx.checkpoint(%x) {saves = "nothing"} : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<4xf32>):
    %0 = mjx.sin %a : tensor<4xf32>
    %1 = mjx.sin %0 : tensor<4xf32>
    mjx.yield %1 : tensor<4xf32>
  }
  return %y : tensor<4xf32>
}

// -----

// A checkpoint of values and tangents.
// RULES-LABEL: func @jvp
// RULES: %[[R:.*]]:2 = mjx.checkpoint(%{{.*}}, %{{.*}}) {saves = "nothing"
// RULES: return %[[R]]#0, %[[R]]#1
func.func @jvp(%x: tensor<f32>, %dx: tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  %y:2 = mjx.jvp(%x, %dx) wrt = [0] : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%a: tensor<f32>):
    %z = mjx.checkpoint(%a) {saves = "nothing"} : (tensor<f32>) -> tensor<f32> {
    ^bb0(%b: tensor<f32>):
      %0 = mjx.sin %b : tensor<f32>
      mjx.yield %0 : tensor<f32>
    }
    mjx.yield %z : tensor<f32>
  }
  return %y#0, %y#1 : tensor<f32>, tensor<f32>
}

// -----

// The reverse takes the input and the cotangent, and computes the product again.
// RULES-LABEL: func @grad
// RULES-SAME: (%[[W:.*]]: tensor<4x4xf32>, %[[X:.*]]: tensor<4xf32>, %[[CT:.*]]: tensor<4xf32>)
// RULES: %[[Y:.*]] = mjx.checkpoint(%[[W]], %[[X]])
// RULES-SAME: (tensor<4x4xf32>, tensor<4xf32>) -> tensor<4xf32>
// RULES: %[[G:.*]] = mjx.checkpoint(%[[W]], %[[X]], %[[CT]])
// RULES-SAME: recomputes = true
// RULES: mjx.dot_general
// RULES: mjx.cos
// RULES: mjx.dot_general
// RULES: return %[[Y]], %[[G]]

// Behind a barrier, which keeps the two products apart.
// PLAIN-LABEL: func @grad
// PLAIN-SAME: (%[[W:.*]]: tensor<4x4xf32>, %[[X:.*]]: tensor<4xf32>, %[[CT:.*]]: tensor<4xf32>)
// PLAIN: mjx.dot_general %[[W]], %[[X]]
// PLAIN: mjx.sin
// PLAIN: %[[B:.*]]:3 = mjx.optimization_barrier %[[W]], %[[X]], %[[CT]]
// PLAIN: mjx.dot_general %[[B]]#0, %[[B]]#1
// PLAIN: mjx.cos
func.func @grad(%w: tensor<4x4xf32>, %x: tensor<4xf32>, %ct: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %y, %dy = mjx.linearize(%w, %x) wrt = [1] : (tensor<4x4xf32>, tensor<4xf32>)
      -> (tensor<4xf32>, !mjx.linear<(tensor<4xf32>) -> tensor<4xf32>>) {
  ^bb0(%v: tensor<4x4xf32>, %a: tensor<4xf32>):
    %z = mjx.checkpoint(%v, %a) {saves = "nothing"} : (tensor<4x4xf32>, tensor<4xf32>) -> tensor<4xf32> {
    ^bb0(%u: tensor<4x4xf32>, %b: tensor<4xf32>):
      %0 = mjx.dot_general %u, %b, batch = [] x [], contract = [1] x [0] : tensor<4x4xf32>, tensor<4xf32> -> tensor<4xf32>
      %1 = mjx.sin %0 : tensor<4xf32>
      mjx.yield %1 : tensor<4xf32>
    }
    mjx.yield %z : tensor<4xf32>
  }
  %g = mjx.apply_transpose %dy(%ct) : (!mjx.linear<(tensor<4xf32>) -> tensor<4xf32>>, tensor<4xf32>) -> tensor<4xf32>
  return %y, %g : tensor<4xf32>, tensor<4xf32>
}

// -----

// Saving products, the reverse takes the product as well, and only that is
// computed again which is cheap. With may_merge there is no barrier.
// RULES-LABEL: func @grad_saving_dots
// RULES: %[[Y:.*]]:2 = mjx.checkpoint(%[[W:.*]], %[[X:.*]]) {{.*}} -> (tensor<4xf32>, tensor<4xf32>) {
// RULES: %[[DOT:.*]] = mjx.dot_general
// RULES: %[[SIN:.*]] = mjx.sin %[[DOT]]
// RULES: mjx.yield %[[SIN]], %[[DOT]]
// RULES: mjx.checkpoint({{.*}}%[[Y]]#1
// RULES-SAME: recomputes = true
// RULES-NEXT: ^bb0
// RULES-NOT: mjx.dot_general
// RULES: mjx.cos
// RULES: mjx.dot_general
// PLAIN-LABEL: func @grad_saving_dots
// PLAIN-NOT: mjx.optimization_barrier
// PLAIN: return
func.func @grad_saving_dots(%w: tensor<4x4xf32>, %x: tensor<4xf32>, %ct: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %y, %dy = mjx.linearize(%w, %x) wrt = [1] : (tensor<4x4xf32>, tensor<4xf32>)
      -> (tensor<4xf32>, !mjx.linear<(tensor<4xf32>) -> tensor<4xf32>>) {
  ^bb0(%v: tensor<4x4xf32>, %a: tensor<4xf32>):
    %z = mjx.checkpoint(%v, %a) {saves = "dots", may_merge = true} : (tensor<4x4xf32>, tensor<4xf32>) -> tensor<4xf32> {
    ^bb0(%u: tensor<4x4xf32>, %b: tensor<4xf32>):
      %0 = mjx.dot_general %u, %b, batch = [] x [], contract = [1] x [0] : tensor<4x4xf32>, tensor<4xf32> -> tensor<4xf32>
      %1 = mjx.sin %0 : tensor<4xf32>
      mjx.yield %1 : tensor<4xf32>
    }
    mjx.yield %z : tensor<4xf32>
  }
  %g = mjx.apply_transpose %dy(%ct) : (!mjx.linear<(tensor<4xf32>) -> tensor<4xf32>>, tensor<4xf32>) -> tensor<4xf32>
  return %y, %g : tensor<4xf32>, tensor<4xf32>
}

// -----

// The derivative of tanh uses its result; that has a name, and is saved.
// RULES-LABEL: func @grad_saving_name
// RULES: %[[Y:.*]]:2 = mjx.checkpoint(
// RULES: %[[NAME:.*]] = mjx.checkpoint_name
// RULES: mjx.yield %{{.*}}, %[[NAME]]
// RULES: mjx.checkpoint({{.*}}%[[Y]]#1
// RULES-NEXT: ^bb0
// RULES-NOT: mjx.tanh
// RULES: return
func.func @grad_saving_name(%x: tensor<4xf32>, %ct: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %y, %dy = mjx.linearize(%x) wrt = [0] : (tensor<4xf32>)
      -> (tensor<4xf32>, !mjx.linear<(tensor<4xf32>) -> tensor<4xf32>>) {
  ^bb0(%a: tensor<4xf32>):
    %z = mjx.checkpoint(%a) {saves = "nothing", names = "other,h"} : (tensor<4xf32>) -> tensor<4xf32> {
    ^bb0(%b: tensor<4xf32>):
      %0 = mjx.tanh %b : tensor<4xf32>
      %1 = mjx.checkpoint_name %0 {name = "h"} : tensor<4xf32>
      %2 = mjx.sin %1 : tensor<4xf32>
      mjx.yield %2 : tensor<4xf32>
    }
    mjx.yield %z : tensor<4xf32>
  }
  %g = mjx.apply_transpose %dy(%ct) : (!mjx.linear<(tensor<4xf32>) -> tensor<4xf32>>, tensor<4xf32>) -> tensor<4xf32>
  return %y, %g : tensor<4xf32>, tensor<4xf32>
}

// -----

// In the body of a scan: the carry is stacked, and nothing else.
// RULES-LABEL: func @grad_in_scan
// RULES: %[[P:.*]]:2 = mjx.scan({{.*}}) {length = 5
// RULES-SAME: -> (tensor<4xf32>, tensor<5x4xf32>)
// RULES-NEXT: ^bb0(%[[C:.*]]: tensor<4xf32>):
// RULES: mjx.yield %{{.*}}, %[[C]]
// RULES: mjx.scan({{.*}}%[[P]]#1) {length = 5
// RULES: mjx.checkpoint
// RULES-SAME: recomputes = true
func.func @grad_in_scan(%x: tensor<4xf32>, %ct: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %y, %dy = mjx.linearize(%x) wrt = [0] : (tensor<4xf32>)
      -> (tensor<4xf32>, !mjx.linear<(tensor<4xf32>) -> tensor<4xf32>>) {
  ^bb0(%a: tensor<4xf32>):
    %s = mjx.scan(%a) {length = 5 : i64, num_carry = 1 : i64, num_consts = 0 : i64} : (tensor<4xf32>) -> tensor<4xf32> {
    ^bb0(%carry: tensor<4xf32>):
      %z = mjx.checkpoint(%carry) {saves = "nothing"} : (tensor<4xf32>) -> tensor<4xf32> {
      ^bb0(%b: tensor<4xf32>):
        %0 = mjx.dot_general %b, %b, batch = [0] x [0], contract = [] x [] : tensor<4xf32>, tensor<4xf32> -> tensor<4xf32>
        %1 = mjx.dot_general %0, %b, batch = [0] x [0], contract = [] x [] : tensor<4xf32>, tensor<4xf32> -> tensor<4xf32>
        mjx.yield %1 : tensor<4xf32>
      }
      mjx.yield %z : tensor<4xf32>
    }
    mjx.yield %s : tensor<4xf32>
  }
  %g = mjx.apply_transpose %dy(%ct) : (!mjx.linear<(tensor<4xf32>) -> tensor<4xf32>>, tensor<4xf32>) -> tensor<4xf32>
  return %y, %g : tensor<4xf32>, tensor<4xf32>
}

// -----

// RULES-LABEL: func @vmap
// RULES: mjx.checkpoint(%{{.*}}) {saves = "nothing"{{.*}}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
func.func @vmap(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %y = mjx.vmap(%x) in_axes = [1], out_axes = [1] {size = 3 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32> {
  ^bb0(%a: tensor<2xf32>):
    %z = mjx.checkpoint(%a) {saves = "nothing"} : (tensor<2xf32>) -> tensor<2xf32> {
    ^bb0(%b: tensor<2xf32>):
      %0 = mjx.sin %b : tensor<2xf32>
      mjx.yield %0 : tensor<2xf32>
    }
    mjx.yield %z : tensor<2xf32>
  }
  return %y : tensor<2x3xf32>
}
