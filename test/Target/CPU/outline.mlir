// RUN: mjx-opt %s --split-input-file --mjx-cpu-outline | FileCheck %s
// RUN: mjx-opt %s --split-input-file --mjx-cpu-outline --mjx-cpu-lower-to-llvm | FileCheck %s --check-prefix=LLVM

// Buffers become arguments, views of them are made anew inside.
// CHECK-LABEL: func.func @program
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<64xf32>, %[[S:[a-z0-9]+]]: memref<4096xi8>
// CHECK:         %[[K:.*]] = memref.load %[[X]]
// CHECK:         mjx_rt.parallel @mjx_lanes_0(%{{.*}}, %{{.*}}, %{{.*}}) count 16
// CHECK-NOT:     scf.parallel
// CHECK-LABEL: func.func private @mjx_lanes_0
// CHECK-SAME:    %[[BEGIN:[a-z0-9]+]]: index, %[[END:[a-z0-9]+]]: index)
// CHECK-SAME:    mjx.lanes_body
// CHECK:         scf.for %[[I:.*]] = %[[BEGIN]] to %[[END]]
// CHECK:           memref.view

// The program packs the arguments, the runtime hands out ranges, and a function between unpacks.
// LLVM: llvm.func @mjx_rt_parallel_for(i64, i64, !llvm.ptr, !llvm.ptr)
// LLVM-LABEL: llvm.func @program
// LLVM: %[[CONTEXT:.*]] = llvm.alloca %{{.*}} x !llvm.struct<(
// LLVM: %[[RANGE:.*]] = llvm.mlir.addressof @mjx_lanes_0_range
// LLVM: llvm.call @mjx_rt_parallel_for(%{{.*}}, %{{.*}}, %[[RANGE]], %[[CONTEXT]])
// LLVM-DAG: llvm.func @mjx_lanes_0({{.*}}) -> i32
// LLVM-DAG: llvm.func internal @mjx_lanes_0_range(
// LLVM: %[[STATUS:.*]] = llvm.call @mjx_lanes_0(
// LLVM: llvm.atomicrmw _or %{{.*}}, %[[STATUS]] monotonic
func.func @program(%x: memref<64xf32>, %scratch: memref<4096xi8>) attributes {mjx.program} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c64 = arith.constant 64 : index
  %k = memref.load %x[%c0] : memref<64xf32>
  %view = memref.view %scratch[%c64][] : memref<4096xi8> to memref<16xf32>
  scf.parallel (%i) = (%c0) to (%c16) step (%c1) {
    memref.store %k, %view[%i] : memref<16xf32>
    memref.store %k, %x[%i] : memref<64xf32>
    scf.reduce
  }
  return
}

// -----

// A buffer that takes more than a pointer to pass: one iteration after the other.
// CHECK-LABEL: func.func @strided
// CHECK:         scf.for
// CHECK-NOT:     mjx_rt.parallel
func.func @strided(%x: memref<64x2xf32, strided<[2, 1]>>, %n: index, %p: i1) attributes {mjx.program} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %k = arith.constant 1.0 : f32
  %a = memref.subview %x[0, 0] [16, 1] [1, 1] : memref<64x2xf32, strided<[2, 1]>> to memref<16xf32, strided<[2]>>
  %b = scf.for %j = %c0 to %n step %c1 iter_args(%c = %a) -> memref<16xf32, strided<[2]>> {
    scf.yield %c : memref<16xf32, strided<[2]>>
  }
  scf.parallel (%i) = (%c0) to (%c16) step (%c1) {
    memref.store %k, %b[%i] : memref<16xf32, strided<[2]>>
    scf.reduce
  }
  return
}
