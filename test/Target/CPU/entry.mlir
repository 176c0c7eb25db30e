// RUN: mjx-opt %s --mjx-pipeline=cpu | FileCheck %s

// CHECK: llvm.func internal @mjx_program(%{{.*}}: !llvm.ptr {llvm.noalias}
// CHECK-NOT: @malloc

// The buffers of a donated input and its output may be two: then the input is
// copied. The program sees the output's.
// CHECK-LABEL: llvm.func @mjx_entry
// CHECK-SAME: (%[[TABLE:.*]]: !llvm.ptr, %[[SCRATCH:.*]]: !llvm.ptr) -> i32
// CHECK: %[[IN:.*]] = llvm.load
// CHECK: %[[U:.*]] = llvm.load
// CHECK: %[[OUT:.*]] = llvm.load
// CHECK: %[[DIFFERS:.*]] = llvm.icmp "ne" %[[IN]], %[[OUT]]
// CHECK: llvm.cond_br %[[DIFFERS]], ^[[COPY:.*]], ^[[GO:.*]]
// CHECK: ^[[COPY]]:
// CHECK: %[[BYTES:.*]] = llvm.mlir.constant(32 : i64)
// CHECK: "llvm.intr.memcpy"(%[[OUT]], %[[IN]], %[[BYTES]])
// CHECK: ^[[GO]]:
// CHECK: %[[STATUS:.*]] = llvm.call @mjx_program(%[[IN]], %[[U]], %[[OUT]], %[[SCRATCH]])
// CHECK: llvm.return %[[STATUS]]
func.func @main(%a: tensor<8xf32> {mjx.donated}, %u: tensor<2xf32>) -> tensor<8xf32>
    attributes {mjx.program} {
  %r = tensor.insert_slice %u into %a[3] [2] [1] : tensor<2xf32> into tensor<8xf32>
  return %r : tensor<8xf32>
}
