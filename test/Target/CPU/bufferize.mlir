// RUN: mjx-opt %s --split-input-file --mjx-cpu-pass-destinations --mjx-cpu-assign-destinations \
// RUN:   --mjx-cpu-bufferize --canonicalize --cse --canonicalize | FileCheck %s

// Inserting into a donated array touches the slice only.
// CHECK-LABEL: func.func @insert
// CHECK-SAME: %[[U:[a-z0-9]+]]: memref<2xf32>, %[[OUT:[a-z0-9]+]]: memref<1000000xf32>
// CHECK-NEXT: %[[V:.*]] = memref.subview %[[OUT]][3] [2] [1]
// CHECK-NEXT: memref.copy %[[U]], %[[V]]
// CHECK-NEXT: return
func.func @insert(%a: tensor<1000000xf32> {mjx.donated}, %u: tensor<2xf32>) -> tensor<1000000xf32>
    attributes {mjx.program} {
  %r = tensor.insert_slice %u into %a[3] [2] [1] : tensor<2xf32> into tensor<1000000xf32>
  return %r : tensor<1000000xf32>
}

// -----

#id = affine_map<(i) -> (i)>
#reversed = affine_map<(i) -> (7 - i)>

// The memory of a donated input is not written while its old values are needed.
// CHECK-LABEL: func.func @reversed
// CHECK: %[[T:.*]] = memref.alloc
// CHECK: linalg.generic {{.*}} outs(%[[T]]
// CHECK: memref.copy %[[T]],
func.func @reversed(%a: tensor<8xf32> {mjx.donated}) -> tensor<8xf32> attributes {mjx.program} {
  %e = tensor.empty() : tensor<8xf32>
  %r = linalg.generic {indexing_maps = [#reversed, #id, #id], iterator_types = ["parallel"]}
      ins(%a, %a : tensor<8xf32>, tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%p: f32, %q: f32, %o: f32):
    %s = arith.addf %p, %q : f32
    linalg.yield %s : f32
  } -> tensor<8xf32>
  return %r : tensor<8xf32>
}

// -----

// Results that are inputs, constants, or the same value twice.
// CHECK-LABEL: func.func @trivial
// CHECK-COUNT-3: memref.copy
// CHECK: return
func.func @trivial(%a: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>, tensor<3xi32>)
    attributes {mjx.program} {
  %c = arith.constant dense<[1, 2, 3]> : tensor<3xi32>
  return %a, %a, %c : tensor<8xf32>, tensor<8xf32>, tensor<3xi32>
}
