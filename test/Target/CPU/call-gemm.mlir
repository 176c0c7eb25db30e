// RUN: mjx-opt %s --split-input-file --mjx-cpu-call-gemm | FileCheck %s

#nk = affine_map<(m, n, k) -> (m, k)>
#kn = affine_map<(m, n, k) -> (k, n)>
#mn = affine_map<(m, n, k) -> (m, n)>

// The fill with zero becomes part of the call.
// CHECK-LABEL: func.func @plain
// CHECK-NOT: linalg
// CHECK: mjx_rt.gemm %arg0, %arg1, %arg2 sizes [1, 20, 40, 30] strides [0, 30, 1, 0, 40, 1, 0, 40] :
func.func @plain(%a: memref<20x30xf32>, %b: memref<30x40xf32>, %c: memref<20x40xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%c : memref<20x40xf32>)
  linalg.generic {indexing_maps = [#nk, #kn, #mn], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<20x30xf32>, memref<30x40xf32>) outs(%c : memref<20x40xf32>) {
  ^bb0(%x: f32, %y: f32, %o: f32):
    %p = arith.mulf %x, %y : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  }
  return
}

// -----

#km = affine_map<(m, n, k) -> (k, m)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>

// Transposed operands are strides; without a fill the product is added.
// CHECK-LABEL: func.func @transposed
// CHECK: mjx_rt.gemm %arg0, %arg1, %arg2 sizes [1, 20, 40, 30] strides [0, 1, 20, 0, 1, 30, 0, 40] accumulate
func.func @transposed(%a: memref<30x20xf64>, %b: memref<40x30xf64>, %c: memref<20x40xf64>) {
  linalg.generic {indexing_maps = [#km, #nk, #mn], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<30x20xf64>, memref<40x30xf64>) outs(%c : memref<20x40xf64>) {
  ^bb0(%x: f64, %y: f64, %o: f64):
    %p = arith.mulf %x, %y : f64
    %s = arith.addf %o, %p : f64
    linalg.yield %s : f64
  }
  return
}

// -----

#mk = affine_map<(m, n, k) -> (m, k)>
#kn = affine_map<(m, n, k) -> (k, n)>
#nm = affine_map<(m, n, k) -> (n, m)>

// A transposed result is the product of the transposed operands.
// CHECK-LABEL: func.func @transposed_result
// CHECK: mjx_rt.gemm %arg1, %arg0, %arg2 sizes [1, 40, 20, 30] strides [0, 1, 40, 0, 1, 30, 0, 20]
func.func @transposed_result(%a: memref<20x30xf32>, %b: memref<30x40xf32>, %c: memref<40x20xf32>) {
  linalg.generic {indexing_maps = [#mk, #kn, #nm], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<20x30xf32>, memref<30x40xf32>) outs(%c : memref<40x20xf32>) {
  ^bb0(%x: f32, %y: f32, %o: f32):
    %p = arith.mulf %x, %y : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  }
  return
}

// -----

#q = affine_map<(b, h, t, s, d) -> (b, t, h, d)>
#k = affine_map<(b, h, t, s, d) -> (b, s, h, d)>
#o = affine_map<(b, h, t, s, d) -> (b, h, t, s)>

// Of two batch dimensions that do not merge, one is a loop around the call.
// CHECK-LABEL: func.func @attention
// CHECK: scf.for %[[B:[a-z0-9]+]] =
// CHECK: %[[Q:.*]] = memref.subview %arg0[%[[B]], 0, 0, 0]
// CHECK: mjx_rt.gemm %[[Q]], %{{.*}}, %{{.*}} sizes [4, 9, 10, 16] strides [16, 64, 1, 16, 1, 64, 90, 10]
func.func @attention(%q: memref<2x9x4x16xf32>, %k: memref<2x10x4x16xf32>, %o: memref<2x4x9x10xf32>) {
  linalg.generic {indexing_maps = [#q, #k, #o],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%q, %k : memref<2x9x4x16xf32>, memref<2x10x4x16xf32>) outs(%o : memref<2x4x9x10xf32>) {
  ^bb0(%x: f32, %y: f32, %c: f32):
    %p = arith.mulf %x, %y : f32
    %s = arith.addf %c, %p : f32
    linalg.yield %s : f32
  }
  return
}

// -----

#mk = affine_map<(m, n, k) -> (m, k)>
#kn = affine_map<(m, n, k) -> (k, n)>
#mn = affine_map<(m, n, k) -> (m, n)>

// Tiny products and other arithmetic stay.
// CHECK-LABEL: func.func @kept
// CHECK-NOT: mjx_rt.gemm
// CHECK-COUNT-2: linalg.generic
func.func @kept(%a: memref<4x4xf32>, %b: memref<4x4xf32>, %c: memref<4x4xf32>,
                %d: memref<20x30xf32>, %e: memref<30x40xf32>, %f: memref<20x40xf32>) {
  linalg.generic {indexing_maps = [#mk, #kn, #mn], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<4x4xf32>, memref<4x4xf32>) outs(%c : memref<4x4xf32>) {
  ^bb0(%x: f32, %y: f32, %o: f32):
    %p = arith.mulf %x, %y : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  }
  linalg.generic {indexing_maps = [#mk, #kn, #mn], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%d, %e : memref<20x30xf32>, memref<30x40xf32>) outs(%f : memref<20x40xf32>) {
  ^bb0(%x: f32, %y: f32, %o: f32):
    %p = arith.addf %x, %y : f32
    %s = arith.maximumf %o, %p : f32
    linalg.yield %s : f32
  }
  return
}
