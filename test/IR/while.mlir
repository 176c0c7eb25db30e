// RUN: mjx-opt %s --split-input-file | mjx-opt --split-input-file | FileCheck %s
// RUN: mjx-opt %s --split-input-file --mjx-resolve-transforms --canonicalize --cse | FileCheck %s --check-prefix=RULES
// RUN: mjx-opt %s --split-input-file --mjx-resolve-transforms --canonicalize --cse --mjx-to-linalg | FileCheck %s --check-prefix=LINALG

// CHECK-LABEL: func @plain
// CHECK: mjx.while(%{{.*}}, %{{.*}}, %{{.*}}) {body_consts = 1 : i64, cond_consts = 1 : i64}
// CHECK: mjx.compare lt
// CHECK: } do {

// LINALG-LABEL: func @plain
// LINALG-SAME: (%[[L:.*]]: tensor<f32>, %[[K:.*]]: tensor<f32>, %[[X:.*]]: tensor<f32>)
// LINALG: scf.while (%{{.*}} = %[[X]]) : (tensor<f32>) -> tensor<f32>
// LINALG: scf.condition(%{{.*}}) %{{.*}} : tensor<f32>
// LINALG: } do {
// LINALG: scf.yield %{{.*}} : tensor<f32>
func.func @plain(%l: tensor<f32>, %k: tensor<f32>, %x: tensor<f32>) -> tensor<f32> {
  %r = mjx.while(%l, %k, %x) {cond_consts = 1 : i64, body_consts = 1 : i64} : (tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<f32> {
  ^bb0(%limit: tensor<f32>, %c: tensor<f32>):
    %p = mjx.compare lt %c, %limit : tensor<f32>, tensor<f32> -> tensor<i1>
    mjx.yield %p : tensor<i1>
  } do {
  ^bb0(%f: tensor<f32>, %c: tensor<f32>):
    %0 = mjx.mul %f, %c : tensor<f32>
    mjx.yield %0 : tensor<f32>
  }
  return %r : tensor<f32>
}

// -----

// The tangent goes round with the value; the condition does not look at it.
// RULES-LABEL: func @jvp
// RULES: mjx.while(%{{.*}}) {body_consts = 2 : i64, cond_consts = 1 : i64}
// RULES-NEXT: ^bb0(%[[L:.*]]: tensor<f32>, %[[C:.*]]: tensor<f32>, %{{.*}}: tensor<f32>):
// RULES-NEXT: mjx.compare lt %[[C]], %[[L]]
// RULES: ^bb0(%[[F:.*]]: tensor<f32>, %[[DF:.*]]: tensor<f32>, %[[C1:.*]]: tensor<f32>, %[[DC:.*]]: tensor<f32>):
// RULES: %[[V:.*]] = mjx.mul %[[F]], %[[C1]]
// RULES-DAG: %[[A:.*]] = mjx.mul %[[DF]], %[[C1]]
// RULES-DAG: %[[B:.*]] = mjx.mul %{{.*}}
// RULES: %[[T:.*]] = mjx.add
// RULES: mjx.yield %[[V]], %[[T]]
func.func @jvp(%l: tensor<f32>, %k: tensor<f32>, %x: tensor<f32>, %dk: tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  %y:2 = mjx.jvp(%l, %k, %x, %dk) wrt = [1] : (tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>, %d: tensor<f32>):
    %r = mjx.while(%a, %b, %d) {cond_consts = 1 : i64, body_consts = 1 : i64} : (tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<f32> {
    ^bb0(%limit: tensor<f32>, %c: tensor<f32>):
      %p = mjx.compare lt %c, %limit : tensor<f32>, tensor<f32> -> tensor<i1>
      mjx.yield %p : tensor<i1>
    } do {
    ^bb0(%f: tensor<f32>, %c: tensor<f32>):
      %0 = mjx.mul %f, %c : tensor<f32>
      mjx.yield %0 : tensor<f32>
    }
    mjx.yield %r : tensor<f32>
  }
  return %y#0, %y#1 : tensor<f32>, tensor<f32>
}

// -----

// All lanes stop together: the counter is not batched, so the loop stays one.
// RULES-LABEL: func @vmap_together
// RULES-NOT: mjx.map
// RULES: mjx.while({{.*}}) {{.*}} : (tensor<8xf32>, tensor<i32>, tensor<8xf32>) -> (tensor<i32>, tensor<8xf32>)
func.func @vmap_together(%k: tensor<8xf32>, %x: tensor<f32>) -> tensor<8xf32> {
  %y = mjx.vmap(%k, %x) in_axes = [0, -1], out_axes = [0] {size = 8 : i64} : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32> {
  ^bb0(%b: tensor<f32>, %d: tensor<f32>):
    %i0 = mjx.constant dense<0> : tensor<i32>
    %r:2 = mjx.while(%b, %i0, %d) {cond_consts = 0 : i64, body_consts = 1 : i64} : (tensor<f32>, tensor<i32>, tensor<f32>) -> (tensor<i32>, tensor<f32>) {
    ^bb0(%i: tensor<i32>, %c: tensor<f32>):
      %n = mjx.constant dense<5> : tensor<i32>
      %p = mjx.compare lt %i, %n : tensor<i32>, tensor<i32> -> tensor<i1>
      mjx.yield %p : tensor<i1>
    } do {
    ^bb0(%f: tensor<f32>, %i: tensor<i32>, %c: tensor<f32>):
      %one = mjx.constant dense<1> : tensor<i32>
      %next = mjx.add %i, %one : tensor<i32>
      %0 = mjx.mul %f, %c : tensor<f32>
      mjx.yield %next, %0 : tensor<i32>, tensor<f32>
    }
    mjx.yield %r#1 : tensor<f32>
  }
  return %y : tensor<8xf32>
}

// -----

// Each lane stops when it is done.
// RULES-LABEL: func @vmap_apart
// RULES-SAME: (%[[L:.*]]: tensor<f32>, %[[X:.*]]: tensor<8xf32>)
// RULES: mjx.map(%[[L]], %[[X]]) {num_consts = 1 : i64, size = 8 : i64}
// RULES-NEXT: ^bb0(%[[L1:.*]]: tensor<f32>, %[[X1:.*]]: tensor<f32>):
// RULES-NEXT: mjx.while(%[[L1]], %[[X1]])
func.func @vmap_apart(%l: tensor<f32>, %x: tensor<8xf32>) -> tensor<8xf32> {
  %y = mjx.vmap(%l, %x) in_axes = [-1, 0], out_axes = [0] {size = 8 : i64} : (tensor<f32>, tensor<8xf32>) -> tensor<8xf32> {
  ^bb0(%a: tensor<f32>, %d: tensor<f32>):
    %r = mjx.while(%a, %d) {cond_consts = 1 : i64, body_consts = 0 : i64} : (tensor<f32>, tensor<f32>) -> tensor<f32> {
    ^bb0(%limit: tensor<f32>, %c: tensor<f32>):
      %p = mjx.compare lt %c, %limit : tensor<f32>, tensor<f32> -> tensor<i1>
      mjx.yield %p : tensor<i1>
    } do {
    ^bb0(%c: tensor<f32>):
      %0 = mjx.add %c, %c : tensor<f32>
      mjx.yield %0 : tensor<f32>
    }
    mjx.yield %r : tensor<f32>
  }
  return %y : tensor<8xf32>
}
