// RUN: mjx-opt %s --split-input-file --mjx-cpu-pass-destinations --mjx-cpu-assign-destinations | FileCheck %s
// RUN: mjx-opt %s --split-input-file --mjx-cpu-pass-destinations --mjx-cpu-assign-destinations \
// RUN:   --mjx-cpu-bufferize --canonicalize --cse --canonicalize | FileCheck %s --check-prefix=BUFFERS

#id = affine_map<(i) -> (i)>

// A carry computed element by element is updated where it is: no memory is
// allocated, and the only copy brings the input into the output.
// CHECK-LABEL: func.func @elementwise
// CHECK: scf.for {{.*}} iter_args(%[[C:.*]] = 
// CHECK: %[[N:.*]] = linalg.generic
// CHECK: %[[M:.*]] = bufferization.materialize_in_destination %[[N]] in %[[C]]
// CHECK: scf.yield %[[M]]
// BUFFERS-LABEL: func.func @elementwise
// BUFFERS-NOT: memref.alloc
// BUFFERS: memref.copy
// BUFFERS-NOT: memref.copy
// BUFFERS: return
func.func @elementwise(%a: tensor<8xf32>) -> tensor<8xf32> attributes {mjx.program} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c9 = arith.constant 9 : index
  %e = tensor.empty() : tensor<8xf32>
  %r = scf.for %i = %c0 to %c9 step %c1 iter_args(%x = %a) -> tensor<8xf32> {
    %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
        ins(%x : tensor<8xf32>) outs(%e : tensor<8xf32>) {
    ^bb0(%p: f32, %o: f32):
      %q = arith.addf %p, %p : f32
      linalg.yield %q : f32
    } -> tensor<8xf32>
    scf.yield %y : tensor<8xf32>
  }
  return %r : tensor<8xf32>
}

// -----

// Carries that change places move through memory of their own.
// CHECK-LABEL: func.func @swapped
// CHECK: scf.for {{.*}} iter_args(%[[X:.*]] = %{{.*}}, %[[Y:.*]] = 
// CHECK-DAG: %[[OLDY:.*]] = bufferization.alloc_tensor() copy(%[[Y]])
// CHECK-DAG: %[[OLDX:.*]] = bufferization.alloc_tensor() copy(%[[X]])
// CHECK-DAG: %[[A:.*]] = bufferization.materialize_in_destination %[[OLDY]] in %[[X]]
// CHECK-DAG: %[[B:.*]] = bufferization.materialize_in_destination %[[OLDX]] in %[[Y]]
// CHECK: scf.yield %[[A]], %[[B]]
// BUFFERS-LABEL: func.func @swapped
func.func @swapped(%a: tensor<8xf32>, %b: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>)
    attributes {mjx.program} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c9 = arith.constant 9 : index
  %r:2 = scf.for %i = %c0 to %c9 step %c1 iter_args(%x = %a, %y = %b)
      -> (tensor<8xf32>, tensor<8xf32>) {
    scf.yield %y, %x : tensor<8xf32>, tensor<8xf32>
  }
  return %r#0, %r#1 : tensor<8xf32>, tensor<8xf32>
}

// -----

#id = affine_map<(i) -> (i)>

// Stacked outputs are written in place; so is a carry that one branch keeps.
// BUFFERS-LABEL: func.func @stacked
// BUFFERS-NOT: memref.alloc
// BUFFERS: scf.for
// BUFFERS: scf.if
// BUFFERS-NOT: else
// BUFFERS: memref.subview
// BUFFERS: return
// CHECK-LABEL: func.func @stacked
// CHECK: scf.if
// CHECK: bufferization.materialize_in_destination
func.func @stacked(%a: tensor<8xf32>) -> (tensor<8xf32>, tensor<9x8xf32>) attributes {mjx.program} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %c9 = arith.constant 9 : index
  %e = tensor.empty() : tensor<8xf32>
  %s = tensor.empty() : tensor<9x8xf32>
  %r:2 = scf.for %i = %c0 to %c9 step %c1 iter_args(%x = %a, %ys = %s)
      -> (tensor<8xf32>, tensor<9x8xf32>) {
    %p = arith.cmpi slt, %i, %c4 : index
    %y = scf.if %p -> tensor<8xf32> {
      %z = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
          ins(%x : tensor<8xf32>) outs(%e : tensor<8xf32>) {
      ^bb0(%u: f32, %o: f32):
        %q = arith.addf %u, %u : f32
        linalg.yield %q : f32
      } -> tensor<8xf32>
      scf.yield %z : tensor<8xf32>
    } else {
      scf.yield %x : tensor<8xf32>
    }
    %w = tensor.insert_slice %y into %ys[%i, 0] [1, 8] [1, 1] : tensor<8xf32> into tensor<9x8xf32>
    scf.yield %y, %w : tensor<8xf32>, tensor<9x8xf32>
  }
  return %r#0, %r#1 : tensor<8xf32>, tensor<9x8xf32>
}

// -----

// A loop that hands only some of its carries on to its body gets the others
// back: each carry is then updated where it is.
// BUFFERS-LABEL: func.func @handed_on
// BUFFERS: scf.while
// BUFFERS: return
// CHECK-LABEL: func.func @handed_on
// CHECK: scf.while (%[[A:.*]] = {{.*}}, %[[B:.*]] = {{.*}}) :
// CHECK: scf.condition(%{{.*}}) %[[A]], %[[B]]
// CHECK: ^bb0(%[[X:.*]]: tensor<f32>, %[[Y:.*]]: tensor<f32>):
// CHECK: math.exp
// CHECK: materialize_in_destination {{.*}} in %[[Y]]
func.func @handed_on(%a: tensor<f32>, %b: tensor<f32>) -> tensor<f32> attributes {mjx.program} {
  %r = scf.while (%x = %a, %y = %b) : (tensor<f32>, tensor<f32>) -> tensor<f32> {
    %u = tensor.extract %x[] : tensor<f32>
    %v = tensor.extract %y[] : tensor<f32>
    %p = arith.cmpf olt, %u, %v : f32
    scf.condition(%p) %y : tensor<f32>
  } do {
  ^bb0(%z: tensor<f32>):
    %w = tensor.extract %z[] : tensor<f32>
    %e = math.exp %w : f32
    %n = tensor.from_elements %e : tensor<f32>
    scf.yield %z, %n : tensor<f32>, tensor<f32>
  }
  return %r : tensor<f32>
}
