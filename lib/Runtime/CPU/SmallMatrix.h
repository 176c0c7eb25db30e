//===- SmallMatrix.h - Matrices of a few rows -------------------*- C++ -*-===//
//
// Batches of matrices so small that calling a library costs more than the work.
// Row-major; the extents are known to the compiler.
//
//===----------------------------------------------------------------------===//
#ifndef MJX_RUNTIME_CPU_SMALLMATRIX_H
#define MJX_RUNTIME_CPU_SMALLMATRIX_H

#include <cstdint>

namespace mjx::runtime {

/// Up to this many rows and columns there are kernels here.
constexpr int64_t smallExtent = 8;

/// How a triangular matrix enters an equation.
struct TriangularForm {
  bool leftSide, lower, unitDiagonal;
  int transpose; ///< 0: as it is, 1: transposed, 2: adjoint
};

/// Replaces each of `count` matrices of n <= smallExtent rows by its Cholesky
/// factor, of which the upper triangle is zero; by NaN where there is none.
template <typename T> void smallCholesky(T *matrices, int64_t count, int64_t n);

/// Replaces matrices of m x n, both at most smallExtent, by their LU factors;
/// `pivots` has min(m, n) numbers for each.
template <typename T>
void smallLu(T *matrices, int32_t *pivots, int64_t count, int64_t m, int64_t n);

/// Replaces right-hand sides, `others` of them for each matrix of n <=
/// smallExtent rows, by solutions.
template <typename T>
void smallTriangularSolve(const T *matrices, T *sides, int64_t count, int64_t n, int64_t others,
                          const TriangularForm &form);

} // namespace mjx::runtime

#endif // MJX_RUNTIME_CPU_SMALLMATRIX_H
