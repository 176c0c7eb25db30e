// RUN: mjx-opt %s --split-input-file --mjx-cpu-lower-linalg=vector-bytes=64 | FileCheck %s
// RUN: mjx-opt %s --split-input-file --mjx-cpu-lower-linalg=vector-bytes=32 | FileCheck %s --check-prefix=AVX2

#ij = affine_map<(i, j) -> (i, j)>

// Contiguous memory is one loop over vectors; what is left at its end is one
// masked step, or a scalar loop where masks are slow.
// CHECK-LABEL: func.func @elementwise
// CHECK: %[[END:.*]] = arith.constant 64 : index
// CHECK: scf.for %{{.*}} = %{{.*}} to %[[END]]
// CHECK: vector.load %{{.*}} : memref<70xf32>, vector<16xf32>
// CHECK: math.exp %{{.*}} : vector<16xf32>
// CHECK: vector.maskedload
// CHECK: vector.maskedstore
// AVX2-LABEL: func.func @elementwise
// AVX2: vector.load %{{.*}} : memref<70xf32>, vector<8xf32>
// AVX2: memref.load
// AVX2: math.exp %{{.*}} : f32
func.func @elementwise(%a: memref<10x7xf32>, %b: memref<10x7xf32>) {
  linalg.generic {indexing_maps = [#ij, #ij], iterator_types = ["parallel", "parallel"]}
      ins(%a : memref<10x7xf32>) outs(%b : memref<10x7xf32>) {
  ^bb0(%x: f32, %o: f32):
    %y = math.exp %x : f32
    linalg.yield %y : f32
  }
  return
}

// -----

#ij = affine_map<(i, j) -> (i, j)>
#i = affine_map<(i, j) -> (i)>

// A sum along memory keeps four vectors of partial sums in registers. Only the
// final sum over lanes may be in any order.
// CHECK-LABEL: func.func @row_sum
// CHECK: scf.for
// CHECK: memref.load
// CHECK: scf.for {{.*}} iter_args({{.*}}) -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>)
// CHECK: arith.addf %{{.*}}, %{{.*}} : vector<16xf32>
// CHECK: vector.reduction <add>, %{{.*}}, %{{.*}} fastmath<reassoc>
// CHECK: memref.store
func.func @row_sum(%a: memref<8x256xf32>, %b: memref<8xf32>) {
  linalg.generic {indexing_maps = [#ij, #i], iterator_types = ["parallel", "reduction"]}
      ins(%a : memref<8x256xf32>) outs(%b : memref<8xf32>) {
  ^bb0(%x: f32, %o: f32):
    %y = arith.addf %o, %x : f32
    linalg.yield %y : f32
  }
  return
}

// -----

#ij = affine_map<(i, j) -> (i, j)>
#j = affine_map<(i, j) -> (j)>

// A sum across rows walks along them, whatever the order of the op's loops.
// CHECK-LABEL: func.func @column_sum
// CHECK: scf.for %[[ROW:[a-z0-9]+]] =
// CHECK: scf.for %[[COLUMN:[a-z0-9]+]] =
// CHECK: %[[OFFSET:.*]] = arith.muli %[[ROW]]
// CHECK: vector.load
// CHECK: vector.store %{{.*}}[%[[COLUMN]]]
func.func @column_sum(%a: memref<8x256xf32>, %b: memref<256xf32>) {
  linalg.generic {indexing_maps = [affine_map<(j, i) -> (i, j)>, affine_map<(j, i) -> (j)>],
      iterator_types = ["parallel", "reduction"]}
      ins(%a : memref<8x256xf32>) outs(%b : memref<256xf32>) {
  ^bb0(%x: f32, %o: f32):
    %y = arith.addf %o, %x : f32
    linalg.yield %y : f32
  }
  return
}
