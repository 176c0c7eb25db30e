// RUN: mjx-opt %s --mjx-cpu-make-dense | FileCheck %s

// CHECK-LABEL: func @dense(
// CHECK: memref.copy
func.func @dense(%a: memref<2x3xf32>, %b: memref<2x3xf32>) {
  memref.copy %a, %b : memref<2x3xf32> to memref<2x3xf32>
  return
}

// CHECK-LABEL: func @strided(
// CHECK-NOT: memref.copy
// CHECK: linalg.copy
func.func @strided(%a: memref<2x3xf32, strided<[6, 1]>>, %b: memref<2x3xf32>) {
  memref.copy %a, %b : memref<2x3xf32, strided<[6, 1]>> to memref<2x3xf32>
  return
}

// The stride of a dimension of size 1 says nothing, but LLVM's conversion reads it.
// CHECK-LABEL: func @strided_ones(
// CHECK-NOT: memref.copy
// CHECK: linalg.copy
func.func @strided_ones(%a: memref<1x3x1xf64, strided<[12, 1, 2], offset: 6>>, %b: memref<1x3x1xf64>) {
  memref.copy %a, %b : memref<1x3x1xf64, strided<[12, 1, 2], offset: 6>> to memref<1x3x1xf64>
  return
}
