// RUN: mjx-opt %s --mjx-pipeline=cpu --mlir-print-ir-after=mjx-cpu-make-dense -o /dev/null 2>&1 | FileCheck %s

// A loop adds an outer product to what it carries. That one factor is a row,
// reshaped, does not reshape the sum, which is updated in place.
// CHECK-LABEL: func.func @main
// CHECK: scf.for
// CHECK-NOT: {{memref.(copy|alloc).*memref<(64x32|64x1x32)xf32>}}
// CHECK: {{^    }$}}
func.func @main(%sum: tensor<64x32xf32>, %xs: tensor<50x64xf32>, %table: tensor<50x32xf32>, %is: tensor<50xi32>) -> tensor<64x32xf32> {
  %r = mjx.scan(%table, %sum, %xs, %is) {num_consts = 1 : i64, num_carry = 1 : i64, length = 50 : i64}
      : (tensor<50x32xf32>, tensor<64x32xf32>, tensor<50x64xf32>, tensor<50xi32>) -> tensor<64x32xf32> {
  ^bb0(%t: tensor<50x32xf32>, %s: tensor<64x32xf32>, %x: tensor<64xf32>, %i: tensor<i32>):
    %zero = mjx.constant dense<0> : tensor<i32>
    %row = mjx.dynamic_slice %t at(%i, %zero), sizes = [1, 32]
        : tensor<50x32xf32>, tensor<i32>, tensor<i32> -> tensor<1x32xf32>
    %half = mjx.constant dense<0.5> : tensor<32xf32>
    %y = mjx.reshape %row : tensor<1x32xf32> -> tensor<32xf32>
    %z = mjx.max %y, %half : tensor<32xf32>
    %0 = mjx.dot_general %x, %z, batch = [] x [], contract = [] x [] : tensor<64xf32>, tensor<32xf32> -> tensor<64x32xf32>
    %1 = mjx.add %s, %0 : tensor<64x32xf32>
    mjx.yield %1 : tensor<64x32xf32>
  }
  return %r : tensor<64x32xf32>
}
