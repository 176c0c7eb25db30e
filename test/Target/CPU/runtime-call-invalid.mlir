// RUN: mjx-opt %s --split-input-file --verify-diagnostics

func.func @results(%a: tensor<4xf32>, %o: memref<4xf32>) {
  // expected-error@+1 {{expected one result for each tensor in `outs` (1), but got 0}}
  mjx_rt.call @f ins(%a : tensor<4xf32>) outs(%a : tensor<4xf32>)
  return
}

// -----

func.func @dynamic(%a: memref<?xf32>) {
  // expected-error@+1 {{expected operands of static shape, but got 'memref<?xf32>'}}
  mjx_rt.call @f ins(%a : memref<?xf32>)
  return
}

// -----

func.func @sizes(%a: memref<4x4xf32>) {
  // expected-error@+1 {{expected 4 sizes, but got 3}}
  mjx_rt.gemm %a, %a, %a sizes [4, 4, 4] strides [0, 4, 1, 0, 4, 1, 0, 4] : memref<4x4xf32>, memref<4x4xf32>, memref<4x4xf32>
  return
}
