// RUN: mjx-opt %s --split-input-file --mjx-resolve-transforms --cse | FileCheck %s

// A step reads a row, and writes one: the pattern of jax-ml/jax#10197. What is
// stored is the cosine of the row; the reverse reads one row of the cotangent,
// zeroes it, and adds to another.
// CHECK-LABEL: func @rows
// CHECK: %[[P:.*]]:2 = mjx.scan(%{{.*}}, %[[IS:.*]], %[[JS:.*]]) {length = 998 : i64, num_carry = 1 : i64, num_consts = 0 : i64}
// CHECK-SAME: -> (tensor<1000x10x10xf32>, tensor<998x1x10x10xf32>)
// CHECK: mjx.scan(%{{.*}}) {length = 998 : i64, num_carry = 1 : i64, num_consts = 0 : i64, reverse = true}
// CHECK-SAME: -> tensor<1000x10x10xf32>
// CHECK-NEXT: ^bb0(%[[CT:.*]]: tensor<1000x10x10xf32>, %[[J:[^:]*]]: tensor<i32>, %[[COS:[^:]*]]: tensor<1x10x10xf32>, %[[I:[^:]*]]: tensor<i32>):
// CHECK-DAG: %[[NONE:.*]] = mjx.constant dense<0.000000e+00> : tensor<1x10x10xf32>
// CHECK-DAG: %[[ROW:.*]] = mjx.dynamic_slice %[[CT]] at(%[[I]],
// CHECK-DAG: %[[REST:.*]] = mjx.dynamic_update_slice set %[[CT]], %[[NONE]] at(%[[I]],
// CHECK-DAG: %[[PART:.*]] = mjx.mul %[[ROW]], %[[COS]]
// CHECK: %[[NEXT:.*]] = mjx.dynamic_update_slice add %[[REST]], %[[PART]] at(%[[J]],
// CHECK-NEXT: mjx.yield %[[NEXT]]
func.func @rows(%p: tensor<1000x10x10xf32>, %is: tensor<998xi32>, %js: tensor<998xi32>, %ct: tensor<1000x10x10xf32>) -> tensor<1000x10x10xf32> {
  %y, %dy = mjx.linearize(%p, %is, %js) wrt = [0] : (tensor<1000x10x10xf32>, tensor<998xi32>, tensor<998xi32>)
      -> (tensor<1000x10x10xf32>, !mjx.linear<(tensor<1000x10x10xf32>) -> tensor<1000x10x10xf32>>) {
  ^bb0(%q: tensor<1000x10x10xf32>, %ks: tensor<998xi32>, %ls: tensor<998xi32>):
    %s = mjx.scan(%q, %ks, %ls) {num_consts = 0 : i64, num_carry = 1 : i64, length = 998 : i64}
        : (tensor<1000x10x10xf32>, tensor<998xi32>, tensor<998xi32>) -> tensor<1000x10x10xf32> {
    ^bb0(%r: tensor<1000x10x10xf32>, %i: tensor<i32>, %j: tensor<i32>):
      %zero = mjx.constant dense<0> : tensor<i32>
      %0 = mjx.dynamic_slice %r at(%j, %zero, %zero), sizes = [1, 10, 10]
          : tensor<1000x10x10xf32>, tensor<i32>, tensor<i32>, tensor<i32> -> tensor<1x10x10xf32>
      %1 = mjx.sin %0 : tensor<1x10x10xf32>
      %2 = mjx.dynamic_update_slice set %r, %1 at(%i, %zero, %zero)
          : tensor<1000x10x10xf32>, tensor<1x10x10xf32>, tensor<i32>, tensor<i32>, tensor<i32> -> tensor<1000x10x10xf32>
      mjx.yield %2 : tensor<1000x10x10xf32>
    }
    mjx.yield %s : tensor<1000x10x10xf32>
  }
  %g = mjx.apply_transpose %dy(%ct) : (!mjx.linear<(tensor<1000x10x10xf32>) -> tensor<1000x10x10xf32>>, tensor<1000x10x10xf32>) -> tensor<1000x10x10xf32>
  return %g : tensor<1000x10x10xf32>
}

// -----

// h' = tanh(W h + x) stores one vector a step, the carry; what tanh returned is
// the carry of the next step, and after the last one the result.
// CHECK-LABEL: func @rnn
// CHECK: %[[P:.*]]:2 = mjx.scan({{.*}}) {length = 10
// CHECK-SAME: -> (tensor<4xf32>, tensor<10x4xf32>)
// CHECK-NEXT: ^bb0(%{{.*}}: tensor<4x4xf32>, %[[H:.*]]: tensor<4xf32>, %{{.*}}: tensor<4xf32>):
// CHECK: mjx.yield %{{.*}}, %[[H]]
// CHECK: %[[STEPS:.*]] = mjx.iota dim = 0 : tensor<10xi32>
// CHECK: mjx.scan(%{{.*}}, %[[P]]#1, %[[P]]#0, {{.*}}, %[[STEPS]], %[[P]]#1) {length = 10
// CHECK: %[[ONE:.*]] = mjx.constant dense<1> : tensor<i32>
// CHECK: %[[AFTER:.*]] = mjx.add %{{.*}}, %[[ONE]]
// CHECK: mjx.dynamic_slice %{{.*}} at(%[[AFTER]],
// CHECK: %[[LAST:.*]] = mjx.constant dense<9> : tensor<i32>
// CHECK: mjx.compare eq %{{.*}}, %[[LAST]]
// CHECK: mjx.select
// CHECK-NOT: mjx.tanh
// CHECK: return
func.func @rnn(%W: tensor<4x4xf32>, %h0: tensor<4xf32>, %xs: tensor<10x4xf32>) -> (tensor<4x4xf32>, tensor<4xf32>, tensor<10x4xf32>) {
  %h, %lin = mjx.linearize(%W, %h0, %xs) wrt = [0, 1, 2] : (tensor<4x4xf32>, tensor<4xf32>, tensor<10x4xf32>)
      -> (tensor<4xf32>, !mjx.linear<(tensor<4x4xf32>, tensor<4xf32>, tensor<10x4xf32>) -> tensor<4xf32>>) {
  ^bb0(%w: tensor<4x4xf32>, %h: tensor<4xf32>, %x: tensor<10x4xf32>):
    %r = mjx.scan(%w, %h, %x) {length = 10 : i64, num_carry = 1 : i64, num_consts = 1 : i64} : (tensor<4x4xf32>, tensor<4xf32>, tensor<10x4xf32>) -> tensor<4xf32> {
    ^bb0(%w1: tensor<4x4xf32>, %c: tensor<4xf32>, %x1: tensor<4xf32>):
      %0 = mjx.dot_general %w1, %c, batch = [] x [], contract = [1] x [0] : tensor<4x4xf32>, tensor<4xf32> -> tensor<4xf32>
      %1 = mjx.add %0, %x1 : tensor<4xf32>
      %2 = mjx.tanh %1 : tensor<4xf32>
      mjx.yield %2 : tensor<4xf32>
    }
    mjx.yield %r : tensor<4xf32>
  }
  %g:3 = mjx.apply_transpose %lin(%h) : (!mjx.linear<(tensor<4x4xf32>, tensor<4xf32>, tensor<10x4xf32>) -> tensor<4xf32>>, tensor<4xf32>)
      -> (tensor<4x4xf32>, tensor<4xf32>, tensor<10x4xf32>)
  return %g#0, %g#1, %g#2 : tensor<4x4xf32>, tensor<4xf32>, tensor<10x4xf32>
}

// -----

// Cotangents that nobody asks for are not carried: neither that of the weight,
// which is not differentiated by, nor that of the second carry, which is not
// used. The counter is the same in every step: nothing is stored, so that the
// loop for the values is not needed at all.
// CHECK-LABEL: func @unwanted
// CHECK-COUNT-1: mjx.scan(
// CHECK-SAME: {length = 6 : i64, num_carry = 1 : i64, {{.*}}reverse = true}
// CHECK-SAME: -> tensor<4xf32>
func.func @unwanted(%w: tensor<4xf32>, %x: tensor<4xf32>, %n: tensor<i32>, %ct: tensor<4xf32>) -> tensor<4xf32> {
  %y, %dy = mjx.linearize(%w, %x, %n) wrt = [1] : (tensor<4xf32>, tensor<4xf32>, tensor<i32>)
      -> (tensor<4xf32>, !mjx.linear<(tensor<4xf32>) -> tensor<4xf32>>) {
  ^bb0(%v: tensor<4xf32>, %a: tensor<4xf32>, %m: tensor<i32>):
    %s:3 = mjx.scan(%v, %a, %a, %m) {num_consts = 1 : i64, num_carry = 3 : i64, length = 6 : i64}
        : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<i32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<i32>) {
    ^bb0(%u: tensor<4xf32>, %c: tensor<4xf32>, %d: tensor<4xf32>, %k: tensor<i32>):
      %scale = mjx.convert %k : tensor<i32> -> tensor<f32>
      %wide = mjx.broadcast_in_dim %scale, dims = [] : tensor<f32> -> tensor<4xf32>
      %0 = mjx.mul %c, %u : tensor<4xf32>
      %1 = mjx.mul %0, %wide : tensor<4xf32>
      %2 = mjx.mul %d, %c : tensor<4xf32>
      mjx.yield %1, %2, %k : tensor<4xf32>, tensor<4xf32>, tensor<i32>
    }
    mjx.yield %s#0 : tensor<4xf32>
  }
  %g = mjx.apply_transpose %dy(%ct) : (!mjx.linear<(tensor<4xf32>) -> tensor<4xf32>>, tensor<4xf32>) -> tensor<4xf32>
  return %g : tensor<4xf32>
}

// -----

// Random bits are drawn again; the mask they make is not stored.
// CHECK-LABEL: func @dropout
// CHECK: mjx.scan({{.*}}) {length = 5
// CHECK-SAME: -> (tensor<64xf32>, tensor<5x64xf32>)
// CHECK: mjx.scan({{.*}}) {length = 5
// CHECK: mjx.random_bits
func.func @dropout(%keys: tensor<5x2xui32>, %x: tensor<64xf32>, %ct: tensor<64xf32>) -> tensor<64xf32> {
  %y, %dy = mjx.linearize(%keys, %x) wrt = [1] : (tensor<5x2xui32>, tensor<64xf32>)
      -> (tensor<64xf32>, !mjx.linear<(tensor<64xf32>) -> tensor<64xf32>>) {
  ^bb0(%ks: tensor<5x2xui32>, %a: tensor<64xf32>):
    %s = mjx.scan(%a, %ks) {num_consts = 0 : i64, num_carry = 1 : i64, length = 5 : i64} : (tensor<64xf32>, tensor<5x2xui32>) -> tensor<64xf32> {
    ^bb0(%c: tensor<64xf32>, %key: tensor<2xui32>):
      %bits = mjx.random_bits %key : tensor<2xui32> -> tensor<64xui32>
      %half = mjx.constant dense<2147483648> : tensor<64xui32>
      %keep = mjx.compare lt %bits, %half : tensor<64xui32>, tensor<64xui32> -> tensor<64xi1>
      %none = mjx.constant dense<0.0> : tensor<64xf32>
      %sin = mjx.sin %c : tensor<64xf32>
      %0 = mjx.select %keep, %sin, %none : tensor<64xi1>, tensor<64xf32>, tensor<64xf32> -> tensor<64xf32>
      mjx.yield %0 : tensor<64xf32>
    }
    mjx.yield %s : tensor<64xf32>
  }
  %g = mjx.apply_transpose %dy(%ct) : (!mjx.linear<(tensor<64xf32>) -> tensor<64xf32>>, tensor<64xf32>) -> tensor<64xf32>
  return %g : tensor<64xf32>
}

// -----

// In reverse, a loop of at most 100 steps: 10 blocks, of which the starts are
// stored, of 10 steps, which are run again. Both do nothing behind the end.
// CHECK-LABEL: func @bounded
// CHECK: %[[P:.*]]:{{.*}} = mjx.scan({{.*}}) {length = 10
// CHECK-SAME: tensor<10xf32>
// CHECK: mjx.cond
// CHECK: mjx.checkpoint
// CHECK: mjx.scan({{.*}}) {length = 10
// CHECK: mjx.cond
// CHECK: mjx.scan({{.*}}%[[P]]#{{.*}}) {length = 10
// CHECK-SAME: reverse = true
// CHECK: mjx.cond
// CHECK: mjx.checkpoint
// CHECK-SAME: recomputes = true
// CHECK: mjx.scan({{.*}}) {length = 10
// CHECK: mjx.scan({{.*}}) {length = 10{{.*}}reverse = true
func.func @bounded(%l: tensor<f32>, %x: tensor<f32>, %ct: tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  %y, %dy = mjx.linearize(%l, %x) wrt = [1] : (tensor<f32>, tensor<f32>) -> (tensor<f32>, !mjx.linear<(tensor<f32>) -> tensor<f32>>) {
  ^bb0(%a: tensor<f32>, %d: tensor<f32>):
    %r = mjx.while(%a, %d) {cond_consts = 1 : i64, body_consts = 0 : i64, max_steps = 100 : i64} : (tensor<f32>, tensor<f32>) -> tensor<f32> {
    ^bb0(%limit: tensor<f32>, %c: tensor<f32>):
      %p = mjx.compare lt %c, %limit : tensor<f32>, tensor<f32> -> tensor<i1>
      mjx.yield %p : tensor<i1>
    } do {
    ^bb0(%c: tensor<f32>):
      %0 = mjx.mul %c, %c : tensor<f32>
      mjx.yield %0 : tensor<f32>
    }
    mjx.yield %r : tensor<f32>
  }
  %g = mjx.apply_transpose %dy(%ct) : (!mjx.linear<(tensor<f32>) -> tensor<f32>>, tensor<f32>) -> tensor<f32>
  return %y, %g : tensor<f32>, tensor<f32>
}
