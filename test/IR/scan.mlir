// RUN: mjx-opt %s --split-input-file | mjx-opt --split-input-file | FileCheck %s
// RUN: mjx-opt %s --split-input-file --mjx-resolve-transforms --canonicalize --cse | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --split-input-file --mjx-resolve-transforms --canonicalize --cse --mjx-to-linalg | FileCheck %s --check-prefix=LINALG

// CHECK-LABEL: func @plain
// CHECK: mjx.scan(%{{.*}}) {length = 4 : i64, num_carry = 1 : i64, num_consts = 0 : i64, reverse = true}
// CHECK: mjx.yield %{{.*}}, %{{.*}} : tensor<f32>, tensor<3xf32>

// The carry and the stacked results are iteration arguments.
// LINALG-LABEL: func @plain
// LINALG-SAME: (%[[C:.*]]: tensor<f32>, %[[XS:.*]]: tensor<4x3xf32>)
// LINALG: %[[ROOM:.*]] = tensor.empty() : tensor<4x3xf32>
// LINALG: scf.for %[[STEP:.*]] = %{{.*}} iter_args(%{{.*}} = %[[C]], %[[YS:.*]] = %[[ROOM]])
// LINALG: %[[I:.*]] = arith.subi %{{.*}}, %[[STEP]]
// LINALG: tensor.extract_slice %[[XS]][%[[I]], 0] [1, 3] [1, 1] : tensor<4x3xf32> to tensor<3xf32>
// LINALG: tensor.insert_slice %{{.*}} into %[[YS]][%[[I]], 0] [1, 3] [1, 1] : tensor<3xf32> into tensor<4x3xf32>
// LINALG: scf.yield
func.func @plain(%c: tensor<f32>, %xs: tensor<4x3xf32>) -> (tensor<f32>, tensor<4x3xf32>) {
  %s, %ys = mjx.scan(%c, %xs) {num_consts = 0 : i64, num_carry = 1 : i64, length = 4 : i64, reverse = true}
      : (tensor<f32>, tensor<4x3xf32>) -> (tensor<f32>, tensor<4x3xf32>) {
  ^bb0(%carry: tensor<f32>, %x: tensor<3xf32>):
    %0 = mjx.sin %carry : tensor<f32>
    %1 = mjx.neg %x : tensor<3xf32>
    mjx.yield %0, %1 : tensor<f32>, tensor<3xf32>
  }
  return %s, %ys : tensor<f32>, tensor<4x3xf32>
}

// -----

// Forward mode: one loop, nothing stored.
// RULES-LABEL: func @jvp
// RULES: mjx.scan({{.*}}) {length = 4 : i64, num_carry = 2 : i64, num_consts = 0 : i64}
// RULES-SAME: -> (tensor<f32>, tensor<f32>)
// RULES-NEXT: ^bb0(%[[C:.*]]: tensor<f32>, %[[DC:.*]]: tensor<f32>, %[[X:.*]]: tensor<f32>):
// RULES: %[[S:.*]] = mjx.sin %[[C]]
// RULES: %[[COS:.*]] = mjx.cos %[[C]]
// RULES: %[[DS:.*]] = mjx.mul %[[DC]], %[[COS]]
// RULES: %[[Y:.*]] = mjx.mul %[[S]], %[[X]]
// RULES: %[[DY:.*]] = mjx.mul %[[DS]], %[[X]]
// RULES: mjx.yield %[[Y]], %[[DY]]
// RULES-NOT: mjx.scan
func.func @jvp(%c: tensor<f32>, %xs: tensor<4xf32>, %dc: tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  %y:2 = mjx.jvp(%c, %xs, %dc) wrt = [0] : (tensor<f32>, tensor<4xf32>, tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%a: tensor<f32>, %b: tensor<4xf32>):
    %s = mjx.scan(%a, %b) {num_consts = 0 : i64, num_carry = 1 : i64, length = 4 : i64}
        : (tensor<f32>, tensor<4xf32>) -> (tensor<f32>) {
    ^bb0(%carry: tensor<f32>, %x: tensor<f32>):
      %0 = mjx.sin %carry : tensor<f32>
      %1 = mjx.mul %0, %x : tensor<f32>
      mjx.yield %1 : tensor<f32>
    }
    mjx.yield %s : tensor<f32>
  }
  return %y#0, %y#1 : tensor<f32>, tensor<f32>
}

// -----

// Reverse mode. `exp(k)` depends on constants only: computed once, not stacked.
// The slices are there already. What is stacked is one value a step.
// RULES-LABEL: func @grad
// RULES-SAME: (%[[K:.*]]: tensor<f32>, %[[C:.*]]: tensor<f32>, %[[XS:.*]]: tensor<4xf32>, %[[CT:.*]]: tensor<f32>)
// RULES-DAG: %[[EXP:.*]] = mjx.exp %[[K]]
// RULES: %[[P:.*]]:2 = mjx.scan(%{{.*}}, %[[C]], %[[XS]]) {length = 4 : i64, num_carry = 1 : i64, num_consts = 1 : i64}
// RULES-SAME: -> (tensor<f32>, tensor<4xf32>)
// RULES: mjx.cos
// RULES: mjx.scan(%[[EXP]], %[[CT]], %[[P]]#1) {length = 4 : i64, num_carry = 1 : i64, num_consts = 1 : i64, reverse = true}
// RULES-NEXT: ^bb0(%[[E:.*]]: tensor<f32>, %[[DC:.*]]: tensor<f32>, %[[COS:.*]]: tensor<f32>):
// RULES: %[[A:.*]] = mjx.mul %[[DC]], %[[E]]
// RULES: %[[B:.*]] = mjx.mul %[[A]], %[[COS]]
// RULES: mjx.yield %[[B]], %[[DC]]
func.func @grad(%k: tensor<f32>, %c: tensor<f32>, %xs: tensor<4xf32>, %ct: tensor<f32>) -> (tensor<f32>, tensor<4xf32>) {
  %y, %dy = mjx.linearize(%k, %c, %xs) wrt = [1, 2] : (tensor<f32>, tensor<f32>, tensor<4xf32>)
      -> (tensor<f32>, !mjx.linear<(tensor<f32>, tensor<4xf32>) -> tensor<f32>>) {
  ^bb0(%k0: tensor<f32>, %a: tensor<f32>, %b: tensor<4xf32>):
    %s = mjx.scan(%k0, %a, %b) {num_consts = 1 : i64, num_carry = 1 : i64, length = 4 : i64}
        : (tensor<f32>, tensor<f32>, tensor<4xf32>) -> (tensor<f32>) {
    ^bb0(%const: tensor<f32>, %carry: tensor<f32>, %x: tensor<f32>):
      %0 = mjx.sin %carry : tensor<f32>
      %1 = mjx.exp %const : tensor<f32>
      %2 = mjx.mul %0, %1 : tensor<f32>
      %3 = mjx.add %2, %x : tensor<f32>
      mjx.yield %3 : tensor<f32>
    }
    mjx.yield %s : tensor<f32>
  }
  %g:2 = mjx.apply_transpose %dy(%ct) : (!mjx.linear<(tensor<f32>, tensor<4xf32>) -> tensor<f32>>, tensor<f32>)
      -> (tensor<f32>, tensor<4xf32>)
  return %g#0, %g#1 : tensor<f32>, tensor<4xf32>
}

// -----

// A step that reads one row of a constant adds to that row only; the counter
// that says which has no tangent.
// RULES-LABEL: func @grad_of_indexed_constant
// RULES: mjx.scan({{.*}}) {length = 5 : i64, num_carry = {{.*}}, num_consts = 0 : i64}
// RULES-SAME: tensor<5xi32>
// RULES: mjx.scan({{.*}}) {length = 5 : i64, num_carry = 1 : i64, num_consts = 1 : i64, reverse = true}
// RULES-NEXT: ^bb0(%[[CT:.*]]: tensor<1x8xf32>, %[[ACC:.*]]: tensor<5x8xf32>, %[[I:.*]]: tensor<i32>
// RULES: %[[NEXT:.*]] = mjx.dynamic_update_slice add %[[ACC]], %[[CT]] at(%[[I]],
// RULES: mjx.yield %[[NEXT]] :
func.func @grad_of_indexed_constant(%a: tensor<5x8xf32>, %ct: tensor<1x8xf32>) -> tensor<5x8xf32> {
  %y, %dy = mjx.linearize(%a) wrt = [0] : (tensor<5x8xf32>)
      -> (tensor<1x8xf32>, !mjx.linear<(tensor<5x8xf32>) -> tensor<1x8xf32>>) {
  ^bb0(%b: tensor<5x8xf32>):
    %i0 = mjx.constant dense<0> : tensor<i32>
    %s0 = mjx.constant dense<0.0> : tensor<1x8xf32>
    %s:2 = mjx.scan(%b, %i0, %s0) {num_consts = 1 : i64, num_carry = 2 : i64, length = 5 : i64}
        : (tensor<5x8xf32>, tensor<i32>, tensor<1x8xf32>) -> (tensor<i32>, tensor<1x8xf32>) {
    ^bb0(%const: tensor<5x8xf32>, %i: tensor<i32>, %carry: tensor<1x8xf32>):
      %one = mjx.constant dense<1> : tensor<i32>
      %zero = mjx.constant dense<0> : tensor<i32>
      %next = mjx.add %i, %one : tensor<i32>
      %row = mjx.dynamic_slice %const at (%i, %zero), sizes = [1, 8]
          : tensor<5x8xf32>, tensor<i32>, tensor<i32> -> tensor<1x8xf32>
      %sum = mjx.add %carry, %row : tensor<1x8xf32>
      mjx.yield %next, %sum : tensor<i32>, tensor<1x8xf32>
    }
    mjx.yield %s#1 : tensor<1x8xf32>
  }
  %g = mjx.apply_transpose %dy(%ct) : (!mjx.linear<(tensor<5x8xf32>) -> tensor<1x8xf32>>, tensor<1x8xf32>) -> tensor<5x8xf32>
  return %g : tensor<5x8xf32>
}

// -----

// Nothing differentiable comes out: the loop is left alone.
// RULES-LABEL: func @grad_of_inactive
// RULES: mjx.scan({{.*}}) {length = 4 : i64, num_carry = 1 : i64, num_consts = 0 : i64}
// RULES-SAME: -> tensor<i32>
// RULES-NOT: mjx.scan
func.func @grad_of_inactive(%xs: tensor<4xf32>, %n: tensor<i32>, %ct: tensor<4xf32>) -> (tensor<i32>, tensor<4xf32>) {
  %y:2, %dy = mjx.linearize(%xs, %n) wrt = [0] : (tensor<4xf32>, tensor<i32>)
      -> (tensor<i32>, tensor<4xf32>, !mjx.linear<(tensor<4xf32>) -> tensor<4xf32>>) {
  ^bb0(%a: tensor<4xf32>, %m: tensor<i32>):
    %s = mjx.scan(%m, %a) {num_consts = 0 : i64, num_carry = 1 : i64, length = 4 : i64}
        : (tensor<i32>, tensor<4xf32>) -> tensor<i32> {
    ^bb0(%carry: tensor<i32>, %x: tensor<f32>):
      %0 = mjx.convert %x : tensor<f32> -> tensor<i32>
      %1 = mjx.add %carry, %0 : tensor<i32>
      mjx.yield %1 : tensor<i32>
    }
    mjx.yield %s, %a : tensor<i32>, tensor<4xf32>
  }
  %g = mjx.apply_transpose %dy(%ct) : (!mjx.linear<(tensor<4xf32>) -> tensor<4xf32>>, tensor<4xf32>) -> tensor<4xf32>
  return %y#0, %g : tensor<i32>, tensor<4xf32>
}

// -----

// The carry becomes batched because of the slices, the counter does not.
// RULES-LABEL: func @vmap
// RULES-SAME: (%[[C:.*]]: tensor<f32>, %[[XS:.*]]: tensor<8x4xf32>)
// RULES-DAG: %[[XT:.*]] = mjx.transpose %[[XS]], permutation = [1, 0]
// RULES-DAG: %[[CB:.*]] = mjx.broadcast_in_dim %[[C]], dims = [] : tensor<f32> -> tensor<8xf32>
// RULES: %[[R:.*]]:3 = mjx.scan(%{{.*}}, %[[CB]], %[[XT]])
// RULES-SAME: (tensor<i32>, tensor<8xf32>, tensor<4x8xf32>) -> (tensor<i32>, tensor<8xf32>, tensor<4x8xf32>)
// RULES: mjx.add %{{.*}} : tensor<8xf32>
// RULES: mjx.transpose %[[R]]#2, permutation = [1, 0]
func.func @vmap(%c: tensor<f32>, %xs: tensor<8x4xf32>) -> (tensor<i32>, tensor<8xf32>, tensor<8x4xf32>) {
  %r:3 = mjx.vmap(%c, %xs) in_axes = [-1, 0], out_axes = [-1, 0, 0] {size = 8 : i64}
      : (tensor<f32>, tensor<8x4xf32>) -> (tensor<i32>, tensor<8xf32>, tensor<8x4xf32>) {
  ^bb0(%a: tensor<f32>, %b: tensor<4xf32>):
    %i0 = mjx.constant dense<0> : tensor<i32>
    %s:3 = mjx.scan(%i0, %a, %b) {num_consts = 0 : i64, num_carry = 2 : i64, length = 4 : i64}
        : (tensor<i32>, tensor<f32>, tensor<4xf32>) -> (tensor<i32>, tensor<f32>, tensor<4xf32>) {
    ^bb0(%i: tensor<i32>, %carry: tensor<f32>, %x: tensor<f32>):
      %one = mjx.constant dense<1> : tensor<i32>
      %next = mjx.add %i, %one : tensor<i32>
      %0 = mjx.add %carry, %x : tensor<f32>
      mjx.yield %next, %0, %0 : tensor<i32>, tensor<f32>, tensor<f32>
    }
    mjx.yield %s#0, %s#1, %s#2 : tensor<i32>, tensor<f32>, tensor<4xf32>
  }
  return %r#0, %r#1, %r#2 : tensor<i32>, tensor<8xf32>, tensor<8x4xf32>
}
