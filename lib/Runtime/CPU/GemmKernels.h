//===- GemmKernels.h - What depends on the instruction set ------*- C++ -*-===//
#ifndef MJX_LIB_RUNTIME_CPU_GEMMKERNELS_H
#define MJX_LIB_RUNTIME_CPU_GEMMKERNELS_H

#include <cstdint>

namespace mjx::runtime {

/// The innermost parts of the matrix product for one element type.
template <typename T> struct TileKernels {
  /// C[m x n] (+)= A[m x k] * B[k x n] for one register tile. A is addressed by
  /// strides, rows of B and C are contiguous, `n` is at most `columns`.
  using Tile = void (*)(int64_t k, const T *a, int64_t aRow, int64_t aCol, const T *b, int64_t bRow,
                        T *c, int64_t cRow, int64_t n, bool accumulate);

  int64_t rows;    // of the largest tile
  int64_t columns; // of the largest tile, lanes * vectors
  int64_t lanes;   // elements of one vector
  /// By (m - 1) * (columns / lanes) + (vectors needed for n) - 1.
  const Tile *tiles;
  /// out[p * outRow + j] = b[j * bCol + p] for p < k, j < n, and 0 for j in
  /// [n, n rounded up to lanes).
  void (*packTransposed)(int64_t k, int64_t n, const T *b, int64_t bCol, T *out, int64_t outRow);

  /// out[i * outStep] (+)= sum over p of rows[i * rowStep + p] * vector[p].
  void (*rowDots)(int64_t count, int64_t k, const T *rows, int64_t rowStep, const T *vector, T *out,
                  int64_t outStep, bool accumulate);

  Tile tile(int64_t m, int64_t n) const {
    return tiles[(m - 1) * (columns / lanes) + (n + lanes - 1) / lanes - 1];
  }
};

struct GemmKernels {
  TileKernels<float> f32;
  TileKernels<double> f64;
  void (*widenF16)(int64_t n, const uint16_t *from, float *to);
  void (*narrowF16)(int64_t n, const float *from, uint16_t *to);
};

/// One definition per instruction set, each in a file compiled for it.
extern const GemmKernels baselineGemmKernels;
#if defined(__x86_64__)
extern const GemmKernels avx2GemmKernels;
extern const GemmKernels avx512GemmKernels;
#endif

/// The best for this processor, or at most what the environment variable
/// MJX_MAX_ISA ("baseline", "avx2", "avx512") allows.
const GemmKernels &gemmKernels();

} // namespace mjx::runtime

#endif // MJX_LIB_RUNTIME_CPU_GEMMKERNELS_H
