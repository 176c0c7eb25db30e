// RUN: mjx-opt %s --mjx-cost -o /dev/null | FileCheck %s
// RUN: mjx-opt %s '--pass-pipeline=builtin.module(mjx-cost{per-op})' -o /dev/null | FileCheck %s --check-prefix=OPS

// A product of 2 n m k, a sum of n m; the constant is free.
// CHECK: cost of @dense: ops = 3, flops = 112, bytes read = 240, bytes written = 68, peak bytes = 240
// OPS-LABEL: cost of @dense:
// OPS-NEXT:    mjx.dot_general: ops = 1, flops = 96, bytes read = 144, bytes written = 32
// OPS-NEXT:    mjx.mul: ops = 1, flops = 8, bytes read = 64, bytes written = 32
// OPS-NEXT:    mjx.reduce: ops = 1, flops = 8, bytes read = 32, bytes written = 4
func.func @dense(%x: tensor<2x6xf32>, %w: tensor<6x4xf32>) -> tensor<f32> {
  %0 = mjx.dot_general %x, %w, batch = [] x [], contract = [1] x [0] : tensor<2x6xf32>, tensor<6x4xf32> -> tensor<2x4xf32>
  %c = mjx.constant dense<3.0> : tensor<2x4xf32>
  %1 = mjx.mul %0, %c : tensor<2x4xf32>
  %2 = mjx.reduce add %1, dims = [0, 1] : tensor<2x4xf32> -> tensor<f32>
  return %2 : tensor<f32>
}

// Ten rounds of one addition on 4 bytes, and ten stacked.
// CHECK: cost of @loop: ops = 2, flops = 10, bytes read = 80, bytes written = 80,
func.func @loop(%c: tensor<f32>, %x: tensor<10xf32>) -> (tensor<f32>, tensor<10xf32>) {
  %0:2 = mjx.scan(%c, %x) {length = 10 : i64, num_carry = 1 : i64, num_consts = 0 : i64} : (tensor<f32>, tensor<10xf32>) -> (tensor<f32>, tensor<10xf32>) {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %1 = mjx.add %a, %b : tensor<f32>
    mjx.yield %1, %1 : tensor<f32>, tensor<f32>
  }
  return %0#0, %0#1 : tensor<f32>, tensor<10xf32>
}

// The costlier branch counts.
// CHECK: cost of @branches: ops = 4, flops = 12,
func.func @branches(%i: tensor<i1>, %x: tensor<6xf32>) -> tensor<6xf32> {
  %0 = mjx.cond %i(%x) : tensor<i1>, (tensor<6xf32>) -> tensor<6xf32> {
  ^bb0(%a: tensor<6xf32>):
    %1 = mjx.sin %a : tensor<6xf32>
    mjx.yield %1 : tensor<6xf32>
  }, {
  ^bb0(%a: tensor<6xf32>):
    %1 = mjx.sin %a : tensor<6xf32>
    %2 = mjx.mul %1, %a : tensor<6xf32>
    mjx.yield %2 : tensor<6xf32>
  }
  return %0 : tensor<6xf32>
}

// The first update copies its operand, which is the caller's; the second is in
// the copy; the third would overwrite what is returned.
// CHECK: cost of @updates: ops = 3, flops = 0, bytes read = 824, bytes written = 824, peak bytes = 1208
// OPS-LABEL: cost of @updates:
// OPS-NEXT:    mjx.update_slice: ops = 1, flops = 0, bytes read = 408, bytes written = 408
// OPS-NEXT:    mjx.update_slice: ops = 1, flops = 0, bytes read = 8, bytes written = 8
// OPS-NEXT:    mjx.update_slice: ops = 1, flops = 0, bytes read = 408, bytes written = 408
func.func @updates(%x: tensor<100xf32>, %y: tensor<2xf32>) -> (tensor<100xf32>, tensor<100xf32>) {
  %0 = mjx.update_slice set %x, %y, start = [0], strides = [1] : tensor<100xf32>, tensor<2xf32> -> tensor<100xf32>
  %1 = mjx.update_slice set %0, %y, start = [2], strides = [1] : tensor<100xf32>, tensor<2xf32> -> tensor<100xf32>
  %2 = mjx.update_slice set %1, %y, start = [4], strides = [1] : tensor<100xf32>, tensor<2xf32> -> tensor<100xf32>
  return %1, %2 : tensor<100xf32>, tensor<100xf32>
}

// A reshape is a view: it costs nothing and keeps nothing.
// CHECK: cost of @view: ops = 2, flops = 6, bytes read = 24, bytes written = 24, peak bytes = 48
func.func @view(%x: tensor<6xf32>) -> tensor<2x3xf32> {
  %0 = mjx.sin %x : tensor<6xf32>
  %1 = mjx.reshape %0 : tensor<6xf32> -> tensor<2x3xf32>
  return %1 : tensor<2x3xf32>
}
