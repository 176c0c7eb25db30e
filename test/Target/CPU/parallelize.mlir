// RUN: mjx-opt %s --split-input-file --mjx-cpu-parallelize | FileCheck %s

// Lanes with much to do, each writing its own row, are shared among threads. Memory that only
// they use is theirs.
// CHECK-LABEL: func.func @rows
// CHECK-NOT:     memref.alloc
// CHECK:         scf.parallel (%[[CHUNK:.*]]) = (%{{.*}}) to (%[[COUNT:.*]]) step
// CHECK:           %[[BEGIN:.*]] = arith.muli %[[CHUNK]], %{{.*}}
// CHECK:           %[[END:.*]] = arith.addi %[[BEGIN]], %{{.*}}
// CHECK:           scf.for %[[I:.*]] = %[[BEGIN]] to %[[END]]
// CHECK:             memref.alloc
// CHECK:             memref.subview %{{.*}}[%[[I]], 0] [1, 4096]
// CHECK-NOT:     mjx.lanes
func.func @rows(%x: memref<256x4096xf32>, %y: memref<256x4096xf32>) attributes {mjx.program} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c256 = arith.constant 256 : index
  %t = memref.alloc() : memref<4096xf32>
  scf.for %i = %c0 to %c256 step %c1 {
    %xi = memref.subview %x[%i, 0] [1, 4096] [1, 1] : memref<256x4096xf32> to memref<4096xf32, strided<[1], offset: ?>>
    %yi = memref.subview %y[%i, 0] [1, 4096] [1, 1] : memref<256x4096xf32> to memref<4096xf32, strided<[1], offset: ?>>
    linalg.exp ins(%xi : memref<4096xf32, strided<[1], offset: ?>>) outs(%t : memref<4096xf32>)
    linalg.exp ins(%t : memref<4096xf32>) outs(%yi : memref<4096xf32, strided<[1], offset: ?>>)
  } {mjx.lanes}
  return
}

// -----

// Little to do: a plain loop.
// CHECK-LABEL: func.func @small
// CHECK-NOT:     scf.parallel
// CHECK-NOT:     mjx.lanes
func.func @small(%x: memref<4x4xf32>, %y: memref<4x4xf32>) attributes {mjx.program} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  scf.for %i = %c0 to %c4 step %c1 {
    %xi = memref.subview %x[%i, 0] [1, 4] [1, 1] : memref<4x4xf32> to memref<4xf32, strided<[1], offset: ?>>
    %yi = memref.subview %y[%i, 0] [1, 4] [1, 1] : memref<4x4xf32> to memref<4xf32, strided<[1], offset: ?>>
    linalg.exp ins(%xi : memref<4xf32, strided<[1], offset: ?>>) outs(%yi : memref<4xf32, strided<[1], offset: ?>>)
  } {mjx.lanes}
  return
}

// -----

// Lanes write the same memory, which is read afterwards.
// CHECK-LABEL: func.func @shared
// CHECK-NOT:     scf.parallel
func.func @shared(%x: memref<256x4096xf32>, %y: memref<4096xf32>) attributes {mjx.program} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c256 = arith.constant 256 : index
  scf.for %i = %c0 to %c256 step %c1 {
    %xi = memref.subview %x[%i, 0] [1, 4096] [1, 1] : memref<256x4096xf32> to memref<4096xf32, strided<[1], offset: ?>>
    linalg.exp ins(%xi : memref<4096xf32, strided<[1], offset: ?>>) outs(%y : memref<4096xf32>)
  } {mjx.lanes}
  return
}

// -----

// A lane reads rows that others write.
// CHECK-LABEL: func.func @crossed
// CHECK-NOT:     scf.parallel
func.func @crossed(%y: memref<256x4096xf32>) attributes {mjx.program} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c256 = arith.constant 256 : index
  %c255 = arith.constant 255 : index
  scf.for %i = %c0 to %c256 step %c1 {
    %j = arith.subi %c255, %i : index
    %yj = memref.subview %y[%j, 0] [1, 4096] [1, 1] : memref<256x4096xf32> to memref<4096xf32, strided<[1], offset: ?>>
    %yi = memref.subview %y[%i, 0] [1, 4096] [1, 1] : memref<256x4096xf32> to memref<4096xf32, strided<[1], offset: ?>>
    linalg.exp ins(%yj : memref<4096xf32, strided<[1], offset: ?>>) outs(%yi : memref<4096xf32, strided<[1], offset: ?>>)
  } {mjx.lanes}
  return
}

// -----

// Calls with effects keep their order.
// CHECK-LABEL: func.func @effects
// CHECK-NOT:     scf.parallel
func.func @effects(%x: memref<256x4096xf32>, %y: memref<256x4096xf32>) attributes {mjx.program} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c256 = arith.constant 256 : index
  scf.for %i = %c0 to %c256 step %c1 {
    %t = memref.alloc() : memref<4096xf32>
    %xi = memref.subview %x[%i, 0] [1, 4096] [1, 1] : memref<256x4096xf32> to memref<4096xf32, strided<[1], offset: ?>>
    linalg.exp ins(%xi : memref<4096xf32, strided<[1], offset: ?>>) outs(%t : memref<4096xf32>)
    mjx_rt.call @mjx_rt_host_callback ins(%t : memref<4096xf32>) {effects}
  } {mjx.lanes}
  return
}

// -----

// A buffer that is one of two is written by lanes only if both are theirs.
// CHECK-LABEL: func.func @chosen
// CHECK-NOT:     scf.parallel
func.func @chosen(%p: i1, %x: memref<256x4096xf32>, %y: memref<4096xf32>) attributes {mjx.program} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c256 = arith.constant 256 : index
  scf.for %i = %c0 to %c256 step %c1 {
    %t = memref.alloc() : memref<4096xf32>
    %b = arith.select %p, %t, %y : memref<4096xf32>
    %xi = memref.subview %x[%i, 0] [1, 4096] [1, 1] : memref<256x4096xf32> to memref<4096xf32, strided<[1], offset: ?>>
    linalg.exp ins(%xi : memref<4096xf32, strided<[1], offset: ?>>) outs(%b : memref<4096xf32>)
  } {mjx.lanes}
  return
}
