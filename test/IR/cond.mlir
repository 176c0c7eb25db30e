// RUN: mjx-opt %s --split-input-file | mjx-opt --split-input-file | FileCheck %s
// RUN: mjx-opt %s --split-input-file --mjx-resolve-transforms --canonicalize --cse | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --split-input-file --mjx-resolve-transforms --canonicalize --cse --mjx-to-linalg | FileCheck %s --check-prefix=LINALG

// CHECK-LABEL: func @three
// CHECK: mjx.cond %{{.*}}(%{{.*}}) : tensor<i32>, (tensor<f32>) -> tensor<f32>

// LINALG-LABEL: func @three
// LINALG: %[[I:.*]] = arith.minsi
// LINALG: %[[FIRST:.*]] = arith.cmpi slt, %[[I]], %{{.*}} : index
// LINALG: scf.if %[[FIRST]] -> (tensor<f32>)
// LINALG: math.sin
// LINALG: } else {
// LINALG: %[[SECOND:.*]] = arith.cmpi slt, %[[I]], %{{.*}} : index
// LINALG: scf.if %[[SECOND]] -> (tensor<f32>)
// LINALG: math.cos
// LINALG: } else {
func.func @three(%i: tensor<i32>, %x: tensor<f32>) -> tensor<f32> {
  %y = mjx.cond %i(%x) : tensor<i32>, (tensor<f32>) -> tensor<f32> {
  ^bb0(%a: tensor<f32>):
    %0 = mjx.sin %a : tensor<f32>
    mjx.yield %0 : tensor<f32>
  }, {
  ^bb0(%a: tensor<f32>):
    %0 = mjx.cos %a : tensor<f32>
    mjx.yield %0 : tensor<f32>
  }, {
  ^bb0(%a: tensor<f32>):
    mjx.yield %a : tensor<f32>
  }
  return %y : tensor<f32>
}

// -----

// False is the first branch.
// LINALG-LABEL: func @two
// LINALG: %[[P:.*]] = tensor.extract
// LINALG: scf.if %[[P]] -> (tensor<f32>)
// LINALG: math.cos
// LINALG: } else {
// LINALG: math.sin
func.func @two(%p: tensor<i1>, %x: tensor<f32>) -> tensor<f32> {
  %y = mjx.cond %p(%x) : tensor<i1>, (tensor<f32>) -> tensor<f32> {
  ^bb0(%a: tensor<f32>):
    %0 = mjx.sin %a : tensor<f32>
    mjx.yield %0 : tensor<f32>
  }, {
  ^bb0(%a: tensor<f32>):
    %0 = mjx.cos %a : tensor<f32>
    mjx.yield %0 : tensor<f32>
  }
  return %y : tensor<f32>
}

// -----

// RULES-LABEL: func @jvp
// RULES: mjx.cond %{{.*}}(%[[X:.*]], %[[DX:.*]]) : tensor<i1>, (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>)
// RULES: mjx.cos
// RULES: }, {
// RULES: mjx.yield %[[A:.*]], %[[DA:.*]] :
// RULES-NOT: mjx.cond
func.func @jvp(%p: tensor<i1>, %x: tensor<f32>, %dx: tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  %r:2 = mjx.jvp(%p, %x, %dx) wrt = [1] : (tensor<i1>, tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%q: tensor<i1>, %b: tensor<f32>):
    %y = mjx.cond %q(%b) : tensor<i1>, (tensor<f32>) -> tensor<f32> {
    ^bb0(%a: tensor<f32>):
      %0 = mjx.sin %a : tensor<f32>
      mjx.yield %0 : tensor<f32>
    }, {
    ^bb0(%a: tensor<f32>):
      mjx.yield %a : tensor<f32>
    }
    mjx.yield %y : tensor<f32>
  }
  return %r#0, %r#1 : tensor<f32>, tensor<f32>
}

// -----

// What is cheap is computed again from the operands, which are there.
// RULES-LABEL: func @grad(
// RULES: mjx.cond %[[P:.*]](%[[X:.*]]) : tensor<i1>, (tensor<f32>) -> tensor<f32> {
// RULES: mjx.cond %[[P]](%{{.*}}) : tensor<i1>, (tensor<f32>, tensor<f32>) -> tensor<f32> {
// RULES: mjx.cos
// RULES: mjx.mul
// RULES: }, {
// RULES: mjx.sin
// RULES: mjx.mul
func.func @grad(%p: tensor<i1>, %x: tensor<f32>, %ct: tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  %r, %dr = mjx.linearize(%p, %x) wrt = [1] : (tensor<i1>, tensor<f32>) -> (tensor<f32>, !mjx.linear<(tensor<f32>) -> tensor<f32>>) {
  ^bb0(%q: tensor<i1>, %b: tensor<f32>):
    %y = mjx.cond %q(%b) : tensor<i1>, (tensor<f32>) -> tensor<f32> {
    ^bb0(%a: tensor<f32>):
      %0 = mjx.sin %a : tensor<f32>
      mjx.yield %0 : tensor<f32>
    }, {
    ^bb0(%a: tensor<f32>):
      %0 = mjx.cos %a : tensor<f32>
      mjx.yield %0 : tensor<f32>
    }
    mjx.yield %y : tensor<f32>
  }
  %g = mjx.apply_transpose %dr(%ct) : (!mjx.linear<(tensor<f32>) -> tensor<f32>>, tensor<f32>) -> tensor<f32>
  return %r, %g : tensor<f32>, tensor<f32>
}

// -----

// Branches share a slot for what is not cheap: the cosine of a product in one,
// the sine of a sum in the other.
// RULES-LABEL: func @grad_with_slots
// RULES: %[[V:.*]]:2 = mjx.cond %[[P:.*]](%{{.*}}) : tensor<i1>, (tensor<3xf32>) -> (tensor<f32>, tensor<f32>) {
// RULES: mjx.dot_general
// RULES: %[[COS:.*]] = mjx.cos
// RULES: mjx.yield %{{.*}}, %[[COS]] :
// RULES: }, {
// RULES: mjx.reduce add
// RULES: %[[SIN:.*]] = mjx.sin
// RULES: mjx.yield %{{.*}}, %[[SIN]] :
// RULES: mjx.cond %[[P]]({{.*}}%[[V]]#1
func.func @grad_with_slots(%p: tensor<i1>, %x: tensor<3xf32>, %ct: tensor<f32>) -> (tensor<f32>, tensor<3xf32>) {
  %r, %dr = mjx.linearize(%p, %x) wrt = [1] : (tensor<i1>, tensor<3xf32>) -> (tensor<f32>, !mjx.linear<(tensor<3xf32>) -> tensor<f32>>) {
  ^bb0(%q: tensor<i1>, %b: tensor<3xf32>):
    %y = mjx.cond %q(%b) : tensor<i1>, (tensor<3xf32>) -> tensor<f32> {
    ^bb0(%a: tensor<3xf32>):
      %0 = mjx.dot_general %a, %a, batch = [] x [], contract = [0] x [0] : tensor<3xf32>, tensor<3xf32> -> tensor<f32>
      %1 = mjx.sin %0 : tensor<f32>
      mjx.yield %1 : tensor<f32>
    }, {
    ^bb0(%a: tensor<3xf32>):
      %0 = mjx.reduce add %a, dims = [0] : tensor<3xf32> -> tensor<f32>
      %1 = mjx.cos %0 : tensor<f32>
      mjx.yield %1 : tensor<f32>
    }
    mjx.yield %y : tensor<f32>
  }
  %g = mjx.apply_transpose %dr(%ct) : (!mjx.linear<(tensor<3xf32>) -> tensor<f32>>, tensor<f32>) -> tensor<3xf32>
  return %r, %g : tensor<f32>, tensor<3xf32>
}

// -----

// A result batched in one branch is batched in all.
// RULES-LABEL: func @vmap_together
// RULES: mjx.cond %{{.*}}(%{{.*}}) : tensor<i1>, (tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
// RULES: }, {
// RULES: mjx.broadcast_in_dim %{{.*}}, dims = [] : tensor<f32> -> tensor<8xf32>
func.func @vmap_together(%p: tensor<i1>, %x: tensor<8xf32>, %k: tensor<f32>) -> tensor<8xf32> {
  %r = mjx.vmap(%p, %x, %k) in_axes = [-1, 0, -1], out_axes = [0] {size = 8 : i64} : (tensor<i1>, tensor<8xf32>, tensor<f32>) -> tensor<8xf32> {
  ^bb0(%q: tensor<i1>, %b: tensor<f32>, %c: tensor<f32>):
    %y = mjx.cond %q(%b, %c) : tensor<i1>, (tensor<f32>, tensor<f32>) -> tensor<f32> {
    ^bb0(%a: tensor<f32>, %d: tensor<f32>):
      mjx.yield %a : tensor<f32>
    }, {
    ^bb0(%a: tensor<f32>, %d: tensor<f32>):
      mjx.yield %d : tensor<f32>
    }
    mjx.yield %y : tensor<f32>
  }
  return %r : tensor<8xf32>
}

// -----

// Each lane takes its own branch, and only that.
// RULES-LABEL: func @vmap_apart
// RULES-SAME: (%[[P:.*]]: tensor<8xi1>, %[[X:.*]]: tensor<99xf32>)
// RULES: mjx.map(%[[X]], %[[P]]) {num_consts = 1 : i64, size = 8 : i64}
// RULES-NEXT: ^bb0(%[[X1:.*]]: tensor<99xf32>, %[[P1:.*]]: tensor<i1>):
// RULES-NEXT: mjx.cond %[[P1]](%[[X1]])
func.func @vmap_apart(%p: tensor<8xi1>, %x: tensor<99xf32>) -> tensor<8x99xf32> {
  %r = mjx.vmap(%p, %x) in_axes = [0, -1], out_axes = [0] {size = 8 : i64} : (tensor<8xi1>, tensor<99xf32>) -> tensor<8x99xf32> {
  ^bb0(%q: tensor<i1>, %b: tensor<99xf32>):
    %y = mjx.cond %q(%b) : tensor<i1>, (tensor<99xf32>) -> tensor<99xf32> {
    ^bb0(%a: tensor<99xf32>):
      mjx.yield %a : tensor<99xf32>
    }, {
    ^bb0(%a: tensor<99xf32>):
      %0 = mjx.sin %a : tensor<99xf32>
      mjx.yield %0 : tensor<99xf32>
    }
    mjx.yield %y : tensor<99xf32>
  }
  return %r : tensor<8x99xf32>
}

// -----

// A scan in a cond in a scan: the array read by index in the innermost body is
// accumulated into through all three.
// RULES-LABEL: func @nested
// RULES: mjx.scan({{.*}}) {length = 2 : i64, {{.*}}, reverse = true}
// RULES: mjx.cond
// RULES: mjx.scan({{.*}}) {length = 3 : i64, {{.*}}, reverse = true}
// RULES: mjx.dynamic_update_slice add
func.func @nested(%xs: tensor<3xf32>, %ps: tensor<2xi1>, %js: tensor<3xi32>, %ct: tensor<1xf32>) -> tensor<3xf32> {
  %y, %dy = mjx.linearize(%xs, %ps, %js) wrt = [0] : (tensor<3xf32>, tensor<2xi1>, tensor<3xi32>)
      -> (tensor<1xf32>, !mjx.linear<(tensor<3xf32>) -> tensor<1xf32>>) {
  ^bb0(%a: tensor<3xf32>, %b: tensor<2xi1>, %c: tensor<3xi32>):
    %s0 = mjx.constant dense<1.0> : tensor<1xf32>
    %s = mjx.scan(%a, %c, %s0, %b) {num_consts = 2 : i64, num_carry = 1 : i64, length = 2 : i64}
        : (tensor<3xf32>, tensor<3xi32>, tensor<1xf32>, tensor<2xi1>) -> tensor<1xf32> {
    ^bb0(%d: tensor<3xf32>, %e: tensor<3xi32>, %u: tensor<1xf32>, %p: tensor<i1>):
      %v = mjx.cond %p(%d, %e, %u) : tensor<i1>, (tensor<3xf32>, tensor<3xi32>, tensor<1xf32>) -> tensor<1xf32> {
      ^bb0(%f: tensor<3xf32>, %g: tensor<3xi32>, %w: tensor<1xf32>):
        mjx.yield %w : tensor<1xf32>
      }, {
      ^bb0(%f: tensor<3xf32>, %g: tensor<3xi32>, %w: tensor<1xf32>):
        %t = mjx.scan(%f, %w, %g) {num_consts = 1 : i64, num_carry = 1 : i64, length = 3 : i64}
            : (tensor<3xf32>, tensor<1xf32>, tensor<3xi32>) -> tensor<1xf32> {
        ^bb0(%h: tensor<3xf32>, %q: tensor<1xf32>, %j: tensor<i32>):
          %0 = mjx.dynamic_slice %h at (%j), sizes = [1] : tensor<3xf32>, tensor<i32> -> tensor<1xf32>
          %1 = mjx.mul %q, %0 : tensor<1xf32>
          mjx.yield %1 : tensor<1xf32>
        }
        mjx.yield %t : tensor<1xf32>
      }
      mjx.yield %v : tensor<1xf32>
    }
    mjx.yield %s : tensor<1xf32>
  }
  %g = mjx.apply_transpose %dy(%ct) : (!mjx.linear<(tensor<3xf32>) -> tensor<1xf32>>, tensor<1xf32>) -> tensor<3xf32>
  return %g : tensor<3xf32>
}
