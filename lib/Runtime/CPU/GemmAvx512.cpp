//===- GemmAvx512.cpp - Tiles for AVX-512 -----------------------*- C++ -*-===//
// Compiled with AVX-512 F, BW, DQ, VL, FMA and F16C.

#include "MicroKernel.h"

#include <immintrin.h>

namespace mjx::runtime {
namespace {

struct F32 {
  using Scalar = float;
  using Vector = __m512;
  using Mask = __mmask16;
  static constexpr int lanes = 16, vectors = 4, rows = 6;

  MJX_INLINE Vector zero() { return _mm512_setzero_ps(); }
  MJX_INLINE Vector broadcast(float x) { return _mm512_set1_ps(x); }
  MJX_INLINE Vector load(const float *p) { return _mm512_loadu_ps(p); }
  MJX_INLINE Vector load(const float *p, Mask mask) { return _mm512_maskz_loadu_ps(mask, p); }
  MJX_INLINE void store(float *p, Vector v) { _mm512_storeu_ps(p, v); }
  MJX_INLINE void store(float *p, Vector v, Mask mask) { _mm512_mask_storeu_ps(p, mask, v); }
  MJX_INLINE Vector fma(Vector x, Vector y, Vector z) { return _mm512_fmadd_ps(x, y, z); }
  MJX_INLINE Mask mask(int64_t n) { return Mask((1u << n) - 1); }
};

struct F64 {
  using Scalar = double;
  using Vector = __m512d;
  using Mask = __mmask8;
  static constexpr int lanes = 8, vectors = 4, rows = 6;

  MJX_INLINE Vector zero() { return _mm512_setzero_pd(); }
  MJX_INLINE Vector broadcast(double x) { return _mm512_set1_pd(x); }
  MJX_INLINE Vector load(const double *p) { return _mm512_loadu_pd(p); }
  MJX_INLINE Vector load(const double *p, Mask mask) { return _mm512_maskz_loadu_pd(mask, p); }
  MJX_INLINE void store(double *p, Vector v) { _mm512_storeu_pd(p, v); }
  MJX_INLINE void store(double *p, Vector v, Mask mask) { _mm512_mask_storeu_pd(p, mask, v); }
  MJX_INLINE Vector fma(Vector x, Vector y, Vector z) { return _mm512_fmadd_pd(x, y, z); }
  MJX_INLINE Mask mask(int64_t n) { return Mask((1u << n) - 1); }
};

} // namespace

static __mmask16 firstLanes(int64_t n) {
  return n >= 16 ? __mmask16(0xffff) : __mmask16((1u << n) - 1);
}

static void widenF16(int64_t n, const uint16_t *from, float *to) {
  for (int64_t i = 0; i < n; i += 16) {
    __mmask16 mask = firstLanes(n - i);
    __m512 wide = _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(mask, from + i));
    _mm512_mask_storeu_ps(to + i, mask, wide);
  }
}

static void narrowF16(int64_t n, const float *from, uint16_t *to) {
  for (int64_t i = 0; i < n; i += 16) {
    __mmask16 mask = firstLanes(n - i);
    __m512 wide = _mm512_maskz_loadu_ps(mask, from + i);
    _mm256_mask_storeu_epi16(to + i, mask, _mm512_cvtps_ph(wide, _MM_FROUND_TO_NEAREST_INT));
  }
}

const GemmKernels avx512GemmKernels = {Tiles<F32>::kernels(), Tiles<F64>::kernels(), widenF16,
                                       narrowF16};

} // namespace mjx::runtime
