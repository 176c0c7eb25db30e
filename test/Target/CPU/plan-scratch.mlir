// RUN: mjx-opt %s --split-input-file --mjx-cpu-plan-scratch | FileCheck %s

// Three buffers of 4 KiB, of which never more than two hold something.
// CHECK-LABEL: func.func @chain
// CHECK-SAME: %[[S:[a-z0-9]+]]: memref<8192xi8>
// CHECK-SAME: mjx.scratch_bytes = 8192
// CHECK-NOT: memref.alloc
// CHECK-COUNT-3: memref.view %[[S]]
func.func @chain(%x: memref<1024xf32>, %y: memref<1024xf32>) attributes {mjx.program} {
  %a = memref.alloc() : memref<1024xf32>
  linalg.exp ins(%x : memref<1024xf32>) outs(%a : memref<1024xf32>)
  %b = memref.alloc() : memref<1024xf32>
  linalg.exp ins(%a : memref<1024xf32>) outs(%b : memref<1024xf32>)
  %c = memref.alloc() : memref<1024xf32>
  linalg.exp ins(%b : memref<1024xf32>) outs(%c : memref<1024xf32>)
  linalg.exp ins(%c : memref<1024xf32>) outs(%y : memref<1024xf32>)
  return
}

// -----

// What a loop reads is needed until the loop ends; what an iteration makes for
// itself is shared. A view keeps its buffer alive.
// CHECK-LABEL: func.func @loop
// CHECK-SAME: mjx.scratch_bytes = 8192
func.func @loop(%x: memref<1024xf32>, %y: memref<1024xf32>) attributes {mjx.program} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c9 = arith.constant 9 : index
  %a = memref.alloc() : memref<1024xf32>
  linalg.exp ins(%x : memref<1024xf32>) outs(%a : memref<1024xf32>)
  %v = memref.subview %a[0] [1024] [1] : memref<1024xf32> to memref<1024xf32, strided<[1]>>
  scf.for %i = %c0 to %c9 step %c1 {
    %b = memref.alloc() : memref<1024xf32>
    linalg.exp ins(%v : memref<1024xf32, strided<[1]>>) outs(%b : memref<1024xf32>)
    linalg.exp ins(%b : memref<1024xf32>) outs(%y : memref<1024xf32>)
    %c = memref.alloc() : memref<1024xf32>
    linalg.exp ins(%v : memref<1024xf32, strided<[1]>>) outs(%c : memref<1024xf32>)
    linalg.exp ins(%c : memref<1024xf32>) outs(%y : memref<1024xf32>)
  }
  return
}

// -----

// A buffer is in use as long as a choice that may be it.
// CHECK-LABEL: func.func @choice
// CHECK-SAME: mjx.scratch_bytes = 8192
func.func @choice(%p: i1, %x: memref<1024xf32>, %y: memref<1024xf32>, %z: memref<1024xf32>)
    attributes {mjx.program} {
  %a = memref.alloc() : memref<1024xf32>
  linalg.exp ins(%x : memref<1024xf32>) outs(%a : memref<1024xf32>)
  %c = arith.select %p, %a, %x : memref<1024xf32>
  %b = memref.alloc() : memref<1024xf32>
  linalg.exp ins(%x : memref<1024xf32>) outs(%b : memref<1024xf32>)
  linalg.exp ins(%b : memref<1024xf32>) outs(%y : memref<1024xf32>)
  linalg.exp ins(%c : memref<1024xf32>) outs(%z : memref<1024xf32>)
  return
}

// -----

// Each iteration of a parallel loop has its own place for what is in it.
// CHECK-LABEL: func.func @parallel
// CHECK-SAME: %[[S:[a-z0-9]+]]: memref<36864xi8>
// CHECK-SAME: mjx.scratch_bytes = 36864
// CHECK: scf.parallel (%[[I:.*]]) =
// CHECK: %[[START:.*]] = arith.muli %[[I]], %[[SHARE:.*]] : index
// CHECK: %[[MINE:.*]] = arith.addi %[[START]], %{{.*}} : index
// CHECK: %[[PLACE:.*]] = arith.addi %[[MINE]], %{{.*}} : index
// CHECK: memref.view %[[S]][%[[PLACE]]]
func.func @parallel(%x: memref<1024xf32>, %y: memref<1024xf32>) attributes {mjx.program} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %a = memref.alloc() : memref<1024xf32>
  linalg.exp ins(%x : memref<1024xf32>) outs(%a : memref<1024xf32>)
  scf.parallel (%i) = (%c0) to (%c8) step (%c1) {
    %b = memref.alloc() : memref<1024xf32>
    linalg.exp ins(%a : memref<1024xf32>) outs(%b : memref<1024xf32>)
    linalg.exp ins(%b : memref<1024xf32>) outs(%y : memref<1024xf32>)
    scf.reduce
  }
  return
}
