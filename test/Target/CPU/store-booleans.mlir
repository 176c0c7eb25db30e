// RUN: mjx-opt %s --mjx-cpu-store-booleans | FileCheck %s

// CHECK-LABEL: func.func @not
// CHECK-SAME: (%[[A:.*]]: memref<4xi8>, %[[B:.*]]: memref<4xi8>)
// CHECK: %[[BYTE:.*]] = memref.load %[[A]]
// CHECK: %[[BIT:.*]] = arith.trunci %[[BYTE]] : i8 to i1
// CHECK: %[[NOT:.*]] = arith.xori %[[BIT]]
// CHECK: %[[OUT:.*]] = arith.extui %[[NOT]] : i1 to i8
// CHECK: memref.store %[[OUT]], %[[B]]
func.func @not(%a: memref<4xi1>, %b: memref<4xi1>) attributes {mjx.program} {
  %c0 = arith.constant 0 : index
  %true = arith.constant true
  %x = memref.load %a[%c0] : memref<4xi1>
  %y = arith.xori %x, %true : i1
  memref.store %y, %b[%c0] : memref<4xi1>
  return
}
