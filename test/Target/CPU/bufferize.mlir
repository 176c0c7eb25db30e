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

// -----

// Carries that start with the same unwritten memory are kept apart.
// CHECK-LABEL: func.func @stacked_twice
// CHECK: %[[P:.*]] = memref.alloc{{.*}} memref<3x2xf64>
// CHECK-NEXT: %[[Q:.*]] = memref.alloc{{.*}} memref<3x2xf64>
// CHECK: scf.for
// CHECK-NEXT: memref.subview %[[Q]]
// CHECK: memref.subview %[[P]]
func.func @stacked_twice(%a: tensor<2xf64>, %b: tensor<2xf64>) -> (tensor<2xf64>, tensor<2xf64>)
    attributes {mjx.program} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %e = tensor.empty() : tensor<3x2xf64>
  %r:4 = scf.for %i = %c0 to %c3 step %c1 iter_args(%x = %a, %y = %b, %p = %e, %q = %e)
      -> (tensor<2xf64>, tensor<2xf64>, tensor<3x2xf64>, tensor<3x2xf64>) {
    %f = tensor.empty() : tensor<2xf64>
    %s = linalg.add ins(%x, %y : tensor<2xf64>, tensor<2xf64>) outs(%f : tensor<2xf64>) -> tensor<2xf64>
    %d = linalg.sub ins(%x, %y : tensor<2xf64>, tensor<2xf64>) outs(%f : tensor<2xf64>) -> tensor<2xf64>
    %ps = tensor.insert_slice %s into %p[%i, 0] [1, 2] [1, 1] : tensor<2xf64> into tensor<3x2xf64>
    %qs = tensor.insert_slice %d into %q[%i, 0] [1, 2] [1, 1] : tensor<2xf64> into tensor<3x2xf64>
    scf.yield %s, %d, %ps, %qs
        : tensor<2xf64>, tensor<2xf64>, tensor<3x2xf64>, tensor<3x2xf64>
  }
  return %r#0, %r#1 : tensor<2xf64>, tensor<2xf64>
}

// -----

// A carry that a condition chooses moves to memory of its own.
// CHECK-LABEL: func.func @chosen
// CHECK: scf.for
// CHECK: arith.select
func.func @chosen(%a: tensor<f64>, %n: tensor<i32>) -> tensor<f64> attributes {mjx.program} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %three = arith.constant 3 : i32
  %half = arith.constant dense<5.000000e-01> : tensor<f64>
  %r:2 = scf.for %i = %c0 to %c4 step %c1 iter_args(%k = %n, %x = %a) -> (tensor<i32>, tensor<f64>) {
    %v = tensor.extract %k[] : tensor<i32>
    %go = arith.cmpi slt, %v, %three : i32
    %z = arith.addi %v, %three : i32
    %w = tensor.from_elements %z : tensor<i32>
    %m = arith.select %go, %w, %k : tensor<i32>
    %y = arith.select %go, %half, %x : tensor<f64>
    scf.yield %m, %y : tensor<i32>, tensor<f64>
  }
  return %r#1 : tensor<f64>
}
