// RUN: mjx-opt %s --mjx-pipeline=cpu | FileCheck %s --implicit-check-not=barrier
// RUN: mjx-opt %s --mjx-to-linalg --cse --canonicalize --cse | FileCheck %s --check-prefix=TENSORS

// What is behind a barrier is computed again, in code that has no barrier.
// TENSORS-COUNT-2: math.sin
// CHECK-COUNT-2: llvm.br
func.func @twice(%x: tensor<64xf32>) -> (tensor<64xf32>, tensor<64xf32>) {
  %0 = mjx.sin %x : tensor<64xf32>
  %y = mjx.optimization_barrier %x : tensor<64xf32>
  %1 = mjx.sin %y : tensor<64xf32>
  return %0, %1 : tensor<64xf32>, tensor<64xf32>
}
