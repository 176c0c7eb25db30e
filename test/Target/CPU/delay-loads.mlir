// RUN: mjx-opt %s --mjx-cpu-lower-linalg=vector-bytes=64 | FileCheck %s

// Many values are loaded where they are used first.
// CHECK-LABEL: func.func @many
// CHECK: scf.for
// CHECK: vector.load
// CHECK: vector.load
// CHECK-NOT: vector.load
// CHECK: arith.addf
// CHECK: vector.load
// CHECK-NOT: vector.load
// CHECK: arith.addf
#id = affine_map<(d0) -> (d0)>
func.func @many(%x0: memref<32xf32>, %x1: memref<32xf32>, %x2: memref<32xf32>, %x3: memref<32xf32>, %x4: memref<32xf32>, %x5: memref<32xf32>, %x6: memref<32xf32>, %x7: memref<32xf32>, %x8: memref<32xf32>, %o: memref<32xf32>) {
  linalg.generic {indexing_maps = [#id, #id, #id, #id, #id, #id, #id, #id, #id, #id], iterator_types = ["parallel"]}
      ins(%x0, %x1, %x2, %x3, %x4, %x5, %x6, %x7, %x8 : memref<32xf32>, memref<32xf32>, memref<32xf32>, memref<32xf32>, memref<32xf32>, memref<32xf32>, memref<32xf32>, memref<32xf32>, memref<32xf32>)
      outs(%o : memref<32xf32>) {
  ^bb0(%a0: f32, %a1: f32, %a2: f32, %a3: f32, %a4: f32, %a5: f32, %a6: f32, %a7: f32, %a8: f32, %old: f32):
    %s1 = arith.addf %a0, %a1 : f32
    %s2 = arith.addf %s1, %a2 : f32
    %s3 = arith.addf %s2, %a3 : f32
    %s4 = arith.addf %s3, %a4 : f32
    %s5 = arith.addf %s4, %a5 : f32
    %s6 = arith.addf %s5, %a6 : f32
    %s7 = arith.addf %s6, %a7 : f32
    %s8 = arith.addf %s7, %a8 : f32
    linalg.yield %s8 : f32
  }
  return
}
