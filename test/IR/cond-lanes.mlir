// RUN: mjx-opt %s --mjx-resolve-transforms --cse | FileCheck %s
// Lanes that choose differently: all run what is cheap, and each selects.

// A lane computes what it does not choose of ones, so that nothing infinite gets into derivatives.
// CHECK-LABEL: func @guarded(
// CHECK-SAME:    %[[P:[a-z0-9]+]]:
// CHECK-SAME:    %[[X:[a-z0-9]+]]:
// CHECK-NOT:     mjx.cond
// CHECK-DAG:     %[[ONES:.*]] = mjx.constant dense<1.000000e+00> : tensor<8xf32>
// CHECK-DAG:     %[[SAFE:.*]] = mjx.select %[[P]], %[[X]], %[[ONES]]
// CHECK-DAG:     %[[LOG:.*]] = mjx.log %[[SAFE]]
// CHECK:         mjx.select %[[P]], %[[LOG]], %[[X]]
func.func @guarded(%ps: tensor<8xi1>, %xs: tensor<8xf32>) -> tensor<8xf32> {
  %r = mjx.vmap(%ps, %xs) in_axes = [0, 0], out_axes = [0] {size = 8 : i64} : (tensor<8xi1>, tensor<8xf32>) -> tensor<8xf32> {
  ^bb0(%p: tensor<i1>, %x: tensor<f32>):
    %y = mjx.cond %p(%x) : tensor<i1>, (tensor<f32>) -> tensor<f32> {
    ^bb0(%a: tensor<f32>):
      mjx.yield %a : tensor<f32>
    }, {
    ^bb0(%a: tensor<f32>):
      %0 = mjx.log %a : tensor<f32>
      mjx.yield %0 : tensor<f32>
    }
    mjx.yield %y : tensor<f32>
  }
  return %r : tensor<8xf32>
}

// Indices are moved into range by comparing at the end; what is left takes the first.
// CHECK-LABEL: func @three(
// CHECK-SAME:    %[[I:[a-z0-9]+]]:
// CHECK-DAG:     mjx.compare eq %[[I]], %{{.*}} : tensor<8xi32>, tensor<8xi32>
// CHECK-DAG:     mjx.compare ge %[[I]], %{{.*}} : tensor<8xi32>, tensor<8xi32>
// CHECK-NOT:     mjx.map
func.func @three(%is: tensor<8xi32>, %x: tensor<f32>) -> tensor<8xf32> {
  %r = mjx.vmap(%is, %x) in_axes = [0, -1], out_axes = [0] {size = 8 : i64} : (tensor<8xi32>, tensor<f32>) -> tensor<8xf32> {
  ^bb0(%i: tensor<i32>, %b: tensor<f32>):
    %y = mjx.cond %i(%b) : tensor<i32>, (tensor<f32>) -> tensor<f32> {
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
    mjx.yield %y : tensor<f32>
  }
  return %r : tensor<8xf32>
}

// Lanes that combine have to run the branch together, with what they really have.
// CHECK-LABEL: func @combines(
// CHECK-SAME:    %[[P:[a-z0-9]+]]:
// CHECK-SAME:    %[[X:[a-z0-9]+]]:
// CHECK:         mjx.reduce add %[[X]], dims = [0] : tensor<8x99xf32> -> tensor<99xf32>
// CHECK-NOT:     mjx.map
func.func @combines(%ps: tensor<8xi1>, %xs: tensor<8x99xf32>) -> tensor<8x99xf32> {
  %r = mjx.vmap(%ps, %xs) in_axes = [0, 0], out_axes = [0] {axis = "i", size = 8 : i64} : (tensor<8xi1>, tensor<8x99xf32>) -> tensor<8x99xf32> {
  ^bb0(%p: tensor<i1>, %x: tensor<99xf32>):
    %y = mjx.cond %p(%x) : tensor<i1>, (tensor<99xf32>) -> tensor<99xf32> {
    ^bb0(%a: tensor<99xf32>):
      mjx.yield %a : tensor<99xf32>
    }, {
    ^bb0(%a: tensor<99xf32>):
      %0 = mjx.all_reduce add %a over "i" {size = 8 : i64} : tensor<99xf32>
      mjx.yield %0 : tensor<99xf32>
    }
    mjx.yield %y : tensor<99xf32>
  }
  return %r : tensor<8x99xf32>
}

// Lanes of a loop that combine go round together, and those that are done wait.
// CHECK-LABEL: func @masked(
// CHECK:         mjx.while(
// CHECK:           %[[ANY:.*]] = mjx.reduce or %{{.*}}, dims = [0] : tensor<8xi1> -> tensor<i1>
// CHECK:           mjx.yield %[[ANY]]
// CHECK:         } do {
// CHECK:           mjx.select
func.func @masked(%xs: tensor<8xf32>) -> tensor<8xf32> {
  %r = mjx.vmap(%xs) in_axes = [0], out_axes = [0] {axis = "i", size = 8 : i64} : (tensor<8xf32>) -> tensor<8xf32> {
  ^bb0(%x: tensor<f32>):
    %y = mjx.while(%x) {body_consts = 0 : i64, cond_consts = 0 : i64} : (tensor<f32>) -> tensor<f32> {
    ^bb0(%a: tensor<f32>):
      %limit = mjx.constant dense<9.0> : tensor<f32>
      %0 = mjx.compare lt %a, %limit : tensor<f32>, tensor<f32> -> tensor<i1>
      mjx.yield %0 : tensor<i1>
    } do {
    ^bb0(%a: tensor<f32>):
      %0 = mjx.all_reduce max %a over "i" {size = 8 : i64} : tensor<f32>
      %1 = mjx.add %a, %0 : tensor<f32>
      mjx.yield %1 : tensor<f32>
    }
    mjx.yield %y : tensor<f32>
  }
  return %r : tensor<8xf32>
}

// A loop over positions varies over the batch, without a batched operand.
// CHECK-LABEL: func @positions(
// CHECK:         %[[I:.*]] = mjx.iota dim = 0 : tensor<8xi32>
// CHECK:         mjx.scan(%[[I]], {{.*}}) {{.*}} -> tensor<8xi32>
func.func @positions(%x: tensor<i32>) -> tensor<8xi32> {
  %r = mjx.vmap(%x) in_axes = [-1], out_axes = [0] {axis = "i", size = 8 : i64} : (tensor<i32>) -> tensor<8xi32> {
  ^bb0(%a: tensor<i32>):
    %y = mjx.scan(%a) {length = 3 : i64, num_carry = 1 : i64, num_consts = 0 : i64} : (tensor<i32>) -> tensor<i32> {
    ^bb0(%c: tensor<i32>):
      %0 = mjx.axis_index over "i" {size = 8 : i64} : tensor<i32>
      %1 = mjx.add %c, %0 : tensor<i32>
      mjx.yield %1 : tensor<i32>
    }
    mjx.yield %y : tensor<i32>
  }
  return %r : tensor<8xi32>
}
