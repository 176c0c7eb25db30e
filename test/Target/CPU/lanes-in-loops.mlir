// RUN: mjx-opt %s --mjx-pipeline=cpu --mlir-print-ir-after=mjx-cpu-parallelize -o /dev/null 2>&1 | FileCheck %s

// A step of a scan maps over the rows of its carry. Each row is written where it goes, and the carry
// is copied once for a step, not once for a row.
// CHECK-LABEL: func.func @main
// CHECK:         scf.for
// CHECK:           scf.parallel
// CHECK-NOT:         memref.copy %{{.*}}: memref<64x512xf32> to
// CHECK:             scf.if
// CHECK-NOT:         memref.copy %{{.*}}: memref<64x512xf32> to
// CHECK:             scf.reduce
// CHECK:           memref.copy %{{.*}} : memref<64x512xf32> to memref<64x512xf32>
// CHECK-NOT:       memref.copy
// CHECK:         }
func.func @main(%x: tensor<64x512xf32>) -> tensor<64x512xf32> {
  %r = mjx.scan(%x) {length = 5 : i64, num_carry = 1 : i64, num_consts = 0 : i64} : (tensor<64x512xf32>) -> tensor<64x512xf32> {
  ^bb0(%c: tensor<64x512xf32>):
    %m = mjx.map(%c) {num_consts = 0 : i64, size = 64 : i64} : (tensor<64x512xf32>) -> tensor<64x512xf32> {
    ^bb0(%row: tensor<512xf32>):
      %sum = mjx.reduce add %row, dims = [0] : tensor<512xf32> -> tensor<f32>
      %zero = mjx.constant dense<0.0> : tensor<f32>
      %p = mjx.compare gt %sum, %zero : tensor<f32>, tensor<f32> -> tensor<i1>
      %y = mjx.cond %p(%row) : tensor<i1>, (tensor<512xf32>) -> tensor<512xf32> {
      ^bb0(%a: tensor<512xf32>):
        %0 = mjx.sin %a : tensor<512xf32>
        mjx.yield %0 : tensor<512xf32>
      }, {
      ^bb0(%a: tensor<512xf32>):
        %0 = mjx.sort %a, dim = 0 : tensor<512xf32> -> tensor<512xf32>
        mjx.yield %0 : tensor<512xf32>
      }
      mjx.yield %y : tensor<512xf32>
    }
    mjx.yield %m : tensor<64x512xf32>
  }
  return %r : tensor<64x512xf32>
}
