// RUN: mjx-opt %s --mjx-decompose | FileCheck %s

// An op with a lowering of its own stays.
// CHECK-LABEL: func.func @stays(
// CHECK:         mjx.tanh
func.func @stays(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = mjx.tanh %x : tensor<2xf32>
  return %0 : tensor<2xf32>
}

// What an op decomposes into is decomposed in turn, in the regions it makes too.
// CHECK-LABEL: func.func @again(
// CHECK-NOT:     mjx.lgamma
// CHECK:         mjx.while
// CHECK-NOT:     mjx.lgamma
// CHECK:         return
func.func @again(%a: tensor<2xf32>, %x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = mjx.igamma %a, %x : tensor<2xf32>
  return %0 : tensor<2xf32>
}

// CHECK-LABEL: func.func @inside(
// CHECK:         mjx.scan
// CHECK-NOT:     mjx.logistic
// CHECK:         mjx.exp
// CHECK:         mjx.yield
func.func @inside(%c: tensor<f32>, %xs: tensor<3xf32>) -> tensor<f32> {
  %r = mjx.scan(%c, %xs) {length = 3 : i64, num_carry = 1 : i64, num_consts = 0 : i64} : (tensor<f32>, tensor<3xf32>) -> tensor<f32> {
  ^bb0(%a: tensor<f32>, %x: tensor<f32>):
    %l = mjx.logistic %x : tensor<f32>
    %s = mjx.add %a, %l : tensor<f32>
    mjx.yield %s : tensor<f32>
  }
  return %r : tensor<f32>
}

// A call is what its function computes, once for each call.
// CHECK-LABEL: func.func @caller(
// CHECK-NEXT:    %[[ONCE:.*]] = mjx.neg %{{.*}} : tensor<2xui32>
// CHECK-NEXT:    %[[TWICE:.*]] = mjx.neg %[[ONCE]] : tensor<2xui32>
// CHECK-NEXT:    return %[[TWICE]]
func.func private @callee(%x: tensor<2xui32>) -> tensor<2xui32> {
  %0 = mjx.neg %x : tensor<2xui32>
  return %0 : tensor<2xui32>
}
func.func @caller(%x: tensor<2xui32>) -> tensor<2xui32> {
  %0 = mjx.call @callee(%x) : (tensor<2xui32>) -> tensor<2xui32>
  %1 = mjx.call @callee(%0) : (tensor<2xui32>) -> tensor<2xui32>
  return %1 : tensor<2xui32>
}
