// RUN: mjx-opt %s --split-input-file --mjx-cpu-tile-rows --cse | FileCheck %s
// RUN: mjx-opt %s --split-input-file --mjx-cpu-tile-rows --cse --mjx-cpu-pass-destinations \
// RUN:   --mjx-cpu-assign-destinations --mjx-cpu-bufferize | FileCheck %s --check-prefix=BUFFERS

#ij = affine_map<(i, j) -> (i, j)>
#i = affine_map<(i, j) -> (i)>

// Both consumers of the exponential see the row just computed; no temporary is
// larger than a row.
// CHECK-LABEL: func.func @normalized
// CHECK: scf.for %[[ROW:[a-z0-9]+]] =
// CHECK: tensor.extract_slice %arg0[%[[ROW]], 0] [1, 256] [1, 1]
// CHECK-COUNT-1: math.exp
// CHECK: iterator_types = ["parallel", "reduction"]
// CHECK: arith.divf
// CHECK: tensor.insert_slice
// CHECK-NOT: math.exp
// BUFFERS-LABEL: func.func @normalized
// BUFFERS-NOT: memref.alloc{{.*}}memref<64x256xf32>
// BUFFERS: memref.alloc{{.*}}memref<1x256xf32>
// BUFFERS-NOT: memref.alloc{{.*}}memref<64x256xf32>
// BUFFERS: return
func.func @normalized(%x: tensor<64x256xf32>) -> tensor<64x256xf32> attributes {mjx.program} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<64x256xf32>
  %y = linalg.generic {indexing_maps = [#ij, #ij], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<64x256xf32>) outs(%e : tensor<64x256xf32>) {
  ^bb0(%p: f32, %o: f32):
    %q = math.exp %p : f32
    linalg.yield %q : f32
  } -> tensor<64x256xf32>
  %f = tensor.empty() : tensor<64xf32>
  %g = linalg.fill ins(%zero : f32) outs(%f : tensor<64xf32>) -> tensor<64xf32>
  %s = linalg.generic {indexing_maps = [#ij, #i], iterator_types = ["parallel", "reduction"]}
      ins(%y : tensor<64x256xf32>) outs(%g : tensor<64xf32>) {
  ^bb0(%p: f32, %o: f32):
    %q = arith.addf %o, %p : f32
    linalg.yield %q : f32
  } -> tensor<64xf32>
  %r = linalg.generic {indexing_maps = [#ij, #i, #ij], iterator_types = ["parallel", "parallel"]}
      ins(%y, %s : tensor<64x256xf32>, tensor<64xf32>) outs(%e : tensor<64x256xf32>) {
  ^bb0(%p: f32, %q: f32, %o: f32):
    %d = arith.divf %p, %q : f32
    linalg.yield %d : f32
  } -> tensor<64x256xf32>
  return %r : tensor<64x256xf32>
}

// -----

#ij = affine_map<(i, j) -> (i, j)>
#i = affine_map<(i, j) -> (i)>

// A sum that is also a result of the program is kept, row by row.
// CHECK-LABEL: func.func @kept
// CHECK: %[[LOOP:.*]]:2 = scf.for
// CHECK: return %[[LOOP]]#0, %[[LOOP]]#1
func.func @kept(%x: tensor<64x256xf32>) -> (tensor<64x256xf32>, tensor<64xf32>)
    attributes {mjx.program} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<64x256xf32>
  %f = tensor.empty() : tensor<64xf32>
  %g = linalg.fill ins(%zero : f32) outs(%f : tensor<64xf32>) -> tensor<64xf32>
  %s = linalg.generic {indexing_maps = [#ij, #i], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<64x256xf32>) outs(%g : tensor<64xf32>) {
  ^bb0(%p: f32, %o: f32):
    %q = arith.addf %o, %p : f32
    linalg.yield %q : f32
  } -> tensor<64xf32>
  %r = linalg.generic {indexing_maps = [#ij, #i, #ij], iterator_types = ["parallel", "parallel"]}
      ins(%x, %s : tensor<64x256xf32>, tensor<64xf32>) outs(%e : tensor<64x256xf32>) {
  ^bb0(%p: f32, %q: f32, %o: f32):
    %d = arith.divf %p, %q : f32
    linalg.yield %d : f32
  } -> tensor<64x256xf32>
  return %r, %s : tensor<64x256xf32>, tensor<64xf32>
}
