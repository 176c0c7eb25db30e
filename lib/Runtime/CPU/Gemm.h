//===- Gemm.h - Products of strided matrices --------------------*- C++ -*-===//
#ifndef MJX_LIB_RUNTIME_CPU_GEMM_H
#define MJX_LIB_RUNTIME_CPU_GEMM_H

#include "GemmKernels.h"

namespace mjx::runtime {

/// Elements addressed by strides; owns nothing.
template <typename T> struct Matrix {
  T *data;
  int64_t row, col;

  T *at(int64_t i, int64_t j) const { return data + i * row + j * col; }
};

/// c (+)= a * b for a of m x k and b of k x n elements; c's columns are
/// adjacent.
template <typename T> struct MatrixProduct {
  int64_t m, n, k;
  Matrix<const T> a, b;
  Matrix<T> c;
  bool accumulate;
};

/// `count` products whose operands are a step apart.
template <typename T> struct BatchedProduct {
  MatrixProduct<T> first;
  int64_t count;
  int64_t aStep, bStep, cStep;

  MatrixProduct<T> member(int64_t index) const {
    MatrixProduct<T> one = first;
    one.a.data += index * aStep;
    one.b.data += index * bStep;
    one.c.data += index * cStep;
    return one;
  }
};

/// Uses the pool's threads when that pays. For float and double.
template <typename T> void multiply(BatchedProduct<T> batched);

} // namespace mjx::runtime

#endif // MJX_LIB_RUNTIME_CPU_GEMM_H
