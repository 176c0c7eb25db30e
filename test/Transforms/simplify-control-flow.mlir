// RUN: mjx-opt %s --mjx-simplify --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @known_branch(
// CHECK-NEXT:    %[[C:.*]] = mjx.cos
// CHECK-NEXT:    return %[[C]]
func.func @known_branch(%x: tensor<4xf32>) -> tensor<4xf32> {
  %i = mjx.constant dense<7> : tensor<i32>
  %0 = mjx.cond %i(%x) : tensor<i32>, (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<4xf32>):
    %1 = mjx.sin %a : tensor<4xf32>
    mjx.yield %1 : tensor<4xf32>
  }, {
  ^bb0(%a: tensor<4xf32>):
    %1 = mjx.cos %a : tensor<4xf32>
    mjx.yield %1 : tensor<4xf32>
  }
  return %0 : tensor<4xf32>
}

// -----

// The second result passes through, the third is not used, nor is %z then.
// CHECK-LABEL: func.func @tidy_cond(
// CHECK-SAME:    %[[P:[a-z0-9]+]]: tensor<i1>, %[[X:[a-z0-9]+]]: tensor<4xf32>, %[[Y:[a-z0-9]+]]: tensor<4xf32>, %[[Z:[a-z0-9]+]]:
// CHECK-NEXT:    %[[C:.*]] = mjx.cond %[[P]](%[[X]]) : tensor<i1>, (tensor<4xf32>) -> tensor<4xf32>
// CHECK:         return %[[C]], %[[Y]]
func.func @tidy_cond(%p: tensor<i1>, %x: tensor<4xf32>, %y: tensor<4xf32>, %z: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %0:3 = mjx.cond %p(%x, %y, %z) : tensor<i1>, (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>, %c: tensor<4xf32>):
    %1 = mjx.sin %a : tensor<4xf32>
    mjx.yield %1, %b, %c : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
  }, {
  ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>, %c: tensor<4xf32>):
    %1 = mjx.cos %a : tensor<4xf32>
    %2 = mjx.exp %c : tensor<4xf32>
    mjx.yield %1, %b, %2 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
  }
  return %0#0, %0#1 : tensor<4xf32>, tensor<4xf32>
}

// -----

// CHECK-LABEL: func.func @short_loops(
// CHECK-SAME:    %[[C:[a-z0-9]+]]: tensor<f32>, %[[X:[a-z0-9]+]]:
// CHECK-DAG:     %[[E:.*]] = mjx.constant dense<{{.*}}> : tensor<0xf32>
// CHECK-DAG:     %[[S:.*]] = mjx.reshape %[[X]] : tensor<1xf32> -> tensor<f32>
// CHECK-DAG:     %[[A:.*]] = mjx.add %[[C]], %[[S]] : tensor<f32>
// CHECK-DAG:     %[[Y:.*]] = mjx.reshape %[[A]] : tensor<f32> -> tensor<1xf32>
// CHECK:         return %[[A]], %[[Y]], %[[C]], %[[E]]
func.func @short_loops(%c: tensor<f32>, %x: tensor<1xf32>, %e: tensor<0xf32>) -> (tensor<f32>, tensor<1xf32>, tensor<f32>, tensor<0xf32>) {
  %0:2 = mjx.scan(%c, %x) {length = 1 : i64, num_carry = 1 : i64, num_consts = 0 : i64} : (tensor<f32>, tensor<1xf32>) -> (tensor<f32>, tensor<1xf32>) {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %1 = mjx.add %a, %b : tensor<f32>
    mjx.yield %1, %1 : tensor<f32>, tensor<f32>
  }
  %2:2 = mjx.scan(%c, %e) {length = 0 : i64, num_carry = 1 : i64, num_consts = 0 : i64} : (tensor<f32>, tensor<0xf32>) -> (tensor<f32>, tensor<0xf32>) {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %1 = mjx.add %a, %b : tensor<f32>
    mjx.yield %1, %1 : tensor<f32>, tensor<f32>
  }
  return %0#0, %0#1, %2#0, %2#1 : tensor<f32>, tensor<1xf32>, tensor<f32>, tensor<0xf32>
}

// -----

// CHECK-LABEL: func.func @never_entered(
// CHECK-SAME:    %[[X:[a-z0-9]+]]:
// CHECK-NEXT:    return %[[X]]
func.func @never_entered(%x: tensor<f32>) -> tensor<f32> {
  %0 = mjx.while(%x) {cond_consts = 0 : i64, body_consts = 0 : i64} : (tensor<f32>) -> tensor<f32> {
  ^bb0(%a: tensor<f32>):
    %1 = mjx.constant dense<false> : tensor<i1>
    mjx.yield %1 : tensor<i1>
  } do {
  ^bb0(%a: tensor<f32>):
    %1 = mjx.sin %a : tensor<f32>
    mjx.yield %1 : tensor<f32>
  }
  return %0 : tensor<f32>
}

// -----

// A carry that does not change is a constant, one that is not wanted goes with
// what computes it, slices that are alike are one, and stacks of operands are
// these.
// CHECK-LABEL: func.func @tidy_loop(
// CHECK-SAME:    %[[C:[a-z0-9]+]]: tensor<f32>, %[[D:[a-z0-9]+]]: tensor<f32>, %[[E:[a-z0-9]+]]: tensor<f32>, %[[X:[a-z0-9]+]]: tensor<4xf32>, %[[U:[a-z0-9]+]]:
// CHECK:         %[[S:.*]] = mjx.scan(%[[D]], %[[E]], %[[C]], %[[X]]) {length = 4 : i64, num_carry = 1 : i64, num_consts = 2 : i64}
// CHECK-SAME:        -> tensor<f32>
// CHECK-DAG:         mjx.constant dense<2.0
// CHECK-NOT:         mjx.sin
// CHECK:         return %[[S]], %[[D]], %[[X]]
func.func @tidy_loop(%c: tensor<f32>, %d: tensor<f32>, %e: tensor<f32>, %x: tensor<4xf32>, %u: tensor<4xf32>) -> (tensor<f32>, tensor<f32>, tensor<4xf32>) {
  %two = mjx.constant dense<2.0> : tensor<f32>
  %es = mjx.broadcast_in_dim %e, dims = [] : tensor<f32> -> tensor<4xf32>
  %0:6 = mjx.scan(%two, %c, %d, %c, %x, %u, %es) {length = 4 : i64, num_carry = 3 : i64, num_consts = 1 : i64} : (tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<f32>, tensor<f32>, tensor<f32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  ^bb0(%k: tensor<f32>, %a: tensor<f32>, %b: tensor<f32>, %w: tensor<f32>, %y: tensor<f32>, %v: tensor<f32>, %z: tensor<f32>):
    %1 = mjx.mul %a, %y : tensor<f32>
    %2 = mjx.add %1, %k : tensor<f32>
    %3 = mjx.mul %2, %b : tensor<f32>
    %4 = mjx.add %3, %z : tensor<f32>
    %5 = mjx.sin %w : tensor<f32>
    %6 = mjx.add %5, %v : tensor<f32>
    mjx.yield %4, %b, %6, %y, %5, %5 : tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>
  }
  return %0#0, %0#1, %0#3 : tensor<f32>, tensor<f32>, tensor<4xf32>
}

// -----

// CHECK-LABEL: func.func @hoist(
// CHECK-SAME:    %[[W:[a-z0-9]+]]: tensor<3xf32>, %[[X:[a-z0-9]+]]:
// CHECK-NEXT:    %[[E:.*]] = mjx.exp %[[W]] : tensor<3xf32>
// CHECK-NEXT:    %[[M:.*]] = mjx.map(%[[E]], %[[X]])
// CHECK-NOT:       mjx.exp
// CHECK:           mjx.broadcast_in_dim
// CHECK:         return %[[M]]
func.func @hoist(%w: tensor<3xf32>, %x: tensor<8x2x3xf32>) -> tensor<8x2x3xf32> {
  %0 = mjx.map(%w, %x) {num_consts = 1 : i64, size = 8 : i64} : (tensor<3xf32>, tensor<8x2x3xf32>) -> tensor<8x2x3xf32> {
  ^bb0(%a: tensor<3xf32>, %b: tensor<2x3xf32>):
    %1 = mjx.exp %a : tensor<3xf32>
    %2 = mjx.broadcast_in_dim %1, dims = [1] : tensor<3xf32> -> tensor<2x3xf32>
    %3 = mjx.mul %2, %b : tensor<2x3xf32>
    mjx.yield %3 : tensor<2x3xf32>
  }
  return %0 : tensor<8x2x3xf32>
}

// -----

// Equal regions are merged, and equal computations in them.
// CHECK-LABEL: func.func @merge(
// CHECK-COUNT-1: mjx.scan
// CHECK-COUNT-1: mjx.sin
// CHECK-NOT:     mjx.sin
// CHECK-NOT:     mjx.scan
func.func @merge(%c: tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  %0 = mjx.scan(%c) {length = 4 : i64, num_carry = 1 : i64, num_consts = 0 : i64} : (tensor<f32>) -> tensor<f32> {
  ^bb0(%a: tensor<f32>):
    %1 = mjx.sin %a : tensor<f32>
    %2 = mjx.sin %a : tensor<f32>
    %3 = mjx.mul %1, %2 : tensor<f32>
    mjx.yield %3 : tensor<f32>
  }
  %4 = mjx.scan(%c) {length = 4 : i64, num_carry = 1 : i64, num_consts = 0 : i64} : (tensor<f32>) -> tensor<f32> {
  ^bb0(%a: tensor<f32>):
    %1 = mjx.sin %a : tensor<f32>
    %2 = mjx.mul %1, %1 : tensor<f32>
    mjx.yield %2 : tensor<f32>
  }
  return %0, %4 : tensor<f32>, tensor<f32>
}

// -----

// The slice that the round before read is carried.
// CHECK-LABEL: func.func @carry_late_slice(
// CHECK-SAME:    %[[C:[a-z0-9]+]]: tensor<3xf32>, %[[E:[a-z0-9]+]]: tensor<3xf32>, %[[S:[a-z0-9]+]]:
// CHECK-NEXT:    %[[R:.*]]:2 = mjx.scan(%[[C]], %[[E]], %[[S]]) {length = 5 : i64, num_carry = 2 : i64, num_consts = 0 : i64, reverse = true}
// CHECK-NEXT:    ^bb0(%[[A:.*]]: tensor<3xf32>, %[[B:.*]]: tensor<3xf32>, %[[X:.*]]: tensor<3xf32>):
// CHECK-NEXT:      %[[M:.*]] = mjx.mul %[[A]], %[[B]]
// CHECK-NEXT:      mjx.yield %[[M]], %[[X]]
func.func @carry_late_slice(%c: tensor<3xf32>, %e: tensor<3xf32>, %s: tensor<5x3xf32>) -> tensor<3xf32> {
  %n = mjx.iota dim = 0 : tensor<5xi32>
  %0 = mjx.scan(%s, %e, %c, %n) {length = 5 : i64, num_carry = 1 : i64, num_consts = 2 : i64, reverse = true} : (tensor<5x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<5xi32>) -> tensor<3xf32> {
  ^bb0(%stack: tensor<5x3xf32>, %end: tensor<3xf32>, %a: tensor<3xf32>, %i: tensor<i32>):
    %zero = mjx.constant dense<0> : tensor<i32>
    %one = mjx.constant dense<1> : tensor<i32>
    %last = mjx.constant dense<4> : tensor<i32>
    %1 = mjx.add %i, %one : tensor<i32>
    %2 = mjx.dynamic_slice %stack at (%1, %zero), sizes = [1, 3] : tensor<5x3xf32>, tensor<i32>, tensor<i32> -> tensor<1x3xf32>
    %3 = mjx.reshape %2 : tensor<1x3xf32> -> tensor<3xf32>
    %4 = mjx.compare eq %i, %last : tensor<i32>, tensor<i32> -> tensor<i1>
    %5 = mjx.broadcast_in_dim %4, dims = [] : tensor<i1> -> tensor<3xi1>
    %6 = mjx.select %5, %end, %3 : tensor<3xi1>, tensor<3xf32>, tensor<3xf32> -> tensor<3xf32>
    %7 = mjx.mul %a, %6 : tensor<3xf32>
    mjx.yield %7 : tensor<3xf32>
  }
  return %0 : tensor<3xf32>
}
