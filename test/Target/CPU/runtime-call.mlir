// RUN: mjx-opt %s --mjx-cpu-pass-destinations --mjx-cpu-bufferize --canonicalize --cse --canonicalize \
// RUN:   | FileCheck %s --check-prefix=BUFFERS
// RUN: mjx-opt %s --mjx-cpu-pipeline | FileCheck %s --check-prefix=LLVM
// RUN: mjx-opt %s --mjx-cpu-pass-destinations --mjx-cpu-bufferize --mjx-cpu-make-dense \
// RUN:   | FileCheck %s --check-prefix=DENSE

// BUFFERS: mjx_rt.call @mjx_rt_sort ins(%{{.*}} : memref<4x1xf32, strided<[8, 1], offset: 3>>) outs(%arg1 : memref<4x1xf32>) {desc = array<i64: 1, 4, 1, 1, 1, 0, 1, 12>}

// A strided operand is copied to dense memory first.
// DENSE: %[[DENSE:.*]] = memref.alloc() : memref<4x1xf32>
// DENSE: linalg.copy ins(%{{.*}}strided<[8, 1], offset: 3>>) outs(%[[DENSE]]
// DENSE: mjx_rt.call @mjx_rt_sort ins(%[[DENSE]] : memref<4x1xf32>)

// LLVM: llvm.func @mjx_rt_sort(!llvm.ptr, !llvm.ptr, !llvm.ptr) -> i32
// LLVM: %[[STATUS:.*]] = llvm.call @mjx_rt_sort(
// LLVM: llvm.or %{{.*}}, %[[STATUS]]
func.func @main(%a: tensor<4x8xf32>) -> tensor<4x1xf32> attributes {mjx.program} {
  %s = tensor.extract_slice %a[0, 3] [4, 1] [1, 1] : tensor<4x8xf32> to tensor<4x1xf32>
  %e = tensor.empty() : tensor<4x1xf32>
  %r = mjx_rt.call @mjx_rt_sort ins(%s : tensor<4x1xf32>) outs(%e : tensor<4x1xf32>)
      {desc = array<i64: 1, 4, 1, 1, 1, 0, 1, 12>} -> tensor<4x1xf32>
  return %r : tensor<4x1xf32>
}
