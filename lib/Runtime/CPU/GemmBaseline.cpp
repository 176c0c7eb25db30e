//===- GemmBaseline.cpp - Tiles for any processor ---------------*- C++ -*-===//

#include "Half.h"
#include "MicroKernel.h"

namespace mjx::runtime {
namespace {

/// 16-byte vectors of the compiler's own, which every processor of interest has
/// or can emulate.
template <typename T> struct Generic {
  using Scalar = T;
  typedef T Vector __attribute__((vector_size(16)));
  using Mask = int64_t; // lanes in use
  static constexpr int lanes = 16 / sizeof(T), vectors = 2, rows = 4;

  MJX_INLINE Vector zero() { return Vector{}; }
  MJX_INLINE Vector broadcast(T x) { return x - Vector{}; }
  MJX_INLINE Vector load(const T *p) {
    Vector v;
    __builtin_memcpy(&v, p, sizeof(v));
    return v;
  }
  MJX_INLINE Vector load(const T *p, Mask n) {
    Vector v{};
    for (int i = 0; i < lanes; ++i)
      if (i < n)
        v[i] = p[i];
    return v;
  }
  MJX_INLINE void store(T *p, Vector v) { __builtin_memcpy(p, &v, sizeof(v)); }
  MJX_INLINE void store(T *p, Vector v, Mask n) {
    for (int i = 0; i < lanes; ++i)
      if (i < n)
        p[i] = v[i];
  }
  MJX_INLINE Vector fma(Vector x, Vector y, Vector z) { return x * y + z; }
  MJX_INLINE Mask mask(int64_t n) { return n; }
};

} // namespace

static void widenF16(int64_t n, const uint16_t *from, float *to) {
  for (int64_t i = 0; i < n; ++i)
    to[i] = halfToFloat(from[i]);
}

static void narrowF16(int64_t n, const float *from, uint16_t *to) {
  for (int64_t i = 0; i < n; ++i)
    to[i] = floatToHalf(from[i]);
}

const GemmKernels baselineGemmKernels = {Tiles<Generic<float>>::kernels(),
                                         Tiles<Generic<double>>::kernels(), widenF16, narrowF16};

} // namespace mjx::runtime
