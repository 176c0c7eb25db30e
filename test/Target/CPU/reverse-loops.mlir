// RUN: mjx-opt %s --mjx-pipeline=cpu --mlir-print-ir-after=mjx-cpu-make-dense -o /dev/null 2>&1 | FileCheck %s

// The reverse of a loop that reads one row of a table and writes another works
// in place: on the table of cotangents, and on the stack of what is stored. No
// step copies either, or takes memory for more than a row.
// CHECK-LABEL: func.func @main
// CHECK: scf.for
// CHECK-NOT: {{memref.(copy|alloc).*memref<(64|50x1)x32xf32>}}
// CHECK: {{^    }$}}
// CHECK: scf.for
// CHECK-NOT: {{memref.(copy|alloc).*memref<(64|50x1)x32xf32>}}
// CHECK: {{^    }$}}
// CHECK-NOT: scf.for
func.func @main(%p: tensor<64x32xf32>, %is: tensor<50xi32>, %js: tensor<50xi32>, %ct: tensor<64x32xf32>) -> (tensor<64x32xf32>, tensor<64x32xf32>) {
  %y, %dy = mjx.linearize(%p, %is, %js) wrt = [0] : (tensor<64x32xf32>, tensor<50xi32>, tensor<50xi32>)
      -> (tensor<64x32xf32>, !mjx.linear<(tensor<64x32xf32>) -> tensor<64x32xf32>>) {
  ^bb0(%q: tensor<64x32xf32>, %ks: tensor<50xi32>, %ls: tensor<50xi32>):
    %s = mjx.scan(%q, %ks, %ls) {num_consts = 0 : i64, num_carry = 1 : i64, length = 50 : i64}
        : (tensor<64x32xf32>, tensor<50xi32>, tensor<50xi32>) -> tensor<64x32xf32> {
    ^bb0(%r: tensor<64x32xf32>, %i: tensor<i32>, %j: tensor<i32>):
      %zero = mjx.constant dense<0> : tensor<i32>
      %0 = mjx.dynamic_slice %r at(%j, %zero), sizes = [1, 32]
          : tensor<64x32xf32>, tensor<i32>, tensor<i32> -> tensor<1x32xf32>
      %1 = mjx.sin %0 : tensor<1x32xf32>
      %2 = mjx.dynamic_update_slice set %r, %1 at(%i, %zero)
          : tensor<64x32xf32>, tensor<1x32xf32>, tensor<i32>, tensor<i32> -> tensor<64x32xf32>
      mjx.yield %2 : tensor<64x32xf32>
    }
    mjx.yield %s : tensor<64x32xf32>
  }
  %g = mjx.apply_transpose %dy(%ct) : (!mjx.linear<(tensor<64x32xf32>) -> tensor<64x32xf32>>, tensor<64x32xf32>) -> tensor<64x32xf32>
  return %y, %g : tensor<64x32xf32>, tensor<64x32xf32>
}
