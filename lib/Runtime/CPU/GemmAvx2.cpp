//===- GemmAvx2.cpp - Tiles for AVX2 ----------------------------*- C++ -*-===//
// Compiled with AVX2, FMA and F16C.

#include "Half.h"
#include "MicroKernel.h"

#include <immintrin.h>

namespace mjx::runtime {
namespace {

struct F32 {
  using Scalar = float;
  using Vector = __m256;
  using Mask = __m256i;
  static constexpr int lanes = 8, vectors = 2, rows = 6;

  MJX_INLINE Vector zero() { return _mm256_setzero_ps(); }
  MJX_INLINE Vector broadcast(float x) { return _mm256_set1_ps(x); }
  MJX_INLINE Vector load(const float *p) { return _mm256_loadu_ps(p); }
  MJX_INLINE Vector load(const float *p, Mask mask) { return _mm256_maskload_ps(p, mask); }
  MJX_INLINE void store(float *p, Vector v) { _mm256_storeu_ps(p, v); }
  MJX_INLINE void store(float *p, Vector v, Mask mask) { _mm256_maskstore_ps(p, mask, v); }
  MJX_INLINE Vector fma(Vector x, Vector y, Vector z) { return _mm256_fmadd_ps(x, y, z); }
  MJX_INLINE Mask mask(int64_t n) {
    __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(int(n)), lane);
  }
};

struct F64 {
  using Scalar = double;
  using Vector = __m256d;
  using Mask = __m256i;
  static constexpr int lanes = 4, vectors = 2, rows = 6;

  MJX_INLINE Vector zero() { return _mm256_setzero_pd(); }
  MJX_INLINE Vector broadcast(double x) { return _mm256_set1_pd(x); }
  MJX_INLINE Vector load(const double *p) { return _mm256_loadu_pd(p); }
  MJX_INLINE Vector load(const double *p, Mask mask) { return _mm256_maskload_pd(p, mask); }
  MJX_INLINE void store(double *p, Vector v) { _mm256_storeu_pd(p, v); }
  MJX_INLINE void store(double *p, Vector v, Mask mask) { _mm256_maskstore_pd(p, mask, v); }
  MJX_INLINE Vector fma(Vector x, Vector y, Vector z) { return _mm256_fmadd_pd(x, y, z); }
  MJX_INLINE Mask mask(int64_t n) {
    __m256i lane = _mm256_setr_epi64x(0, 1, 2, 3);
    return _mm256_cmpgt_epi64(_mm256_set1_epi64x(n), lane);
  }
};

} // namespace

static void widenF16(int64_t n, const uint16_t *from, float *to) {
  int64_t i = 0;
  for (; i + 8 <= n; i += 8)
    _mm256_storeu_ps(to + i,
                     _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i *>(from + i))));
  for (; i < n; ++i)
    to[i] = halfToFloat(from[i]);
}

static void narrowF16(int64_t n, const float *from, uint16_t *to) {
  int64_t i = 0;
  for (; i + 8 <= n; i += 8)
    _mm_storeu_si128(reinterpret_cast<__m128i *>(to + i),
                     _mm256_cvtps_ph(_mm256_loadu_ps(from + i), _MM_FROUND_TO_NEAREST_INT));
  for (; i < n; ++i)
    to[i] = floatToHalf(from[i]);
}

const GemmKernels avx2GemmKernels = {Tiles<F32>::kernels(), Tiles<F64>::kernels(), widenF16,
                                     narrowF16};

} // namespace mjx::runtime
