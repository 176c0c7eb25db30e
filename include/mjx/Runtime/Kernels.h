//===- Kernels.h - What generated code calls --------------------*- C++ -*-===//
#ifndef MJX_RUNTIME_KERNELS_H
#define MJX_RUNTIME_KERNELS_H

#include <cstdint>
#include <string_view>

/// Element types of the matrix product: suffix of its name, C++ type of an
/// element. Signedness does not matter to integers, whose arithmetic wraps.
#define MJX_RT_GEMM_TYPES(X)                                                                       \
  X(f32, float)                                                                                    \
  X(f64, double)                                                                                   \
  X(bf16, uint16_t)                                                                                \
  X(f16, uint16_t)                                                                                 \
  X(i8, uint8_t)                                                                                   \
  X(i16, uint16_t)                                                                                 \
  X(i32, uint32_t)                                                                                 \
  X(i64, uint64_t)                                                                                 \
  X(c64, void)                                                                                     \
  X(c128, void)

extern "C" {

/// C[p,i,j] (+)= sum over k of A[p,i,k] * B[p,k,j], for p < batch, i < m, j <
/// n. Strides are in elements and may be zero or negative for A and B; a row of
/// C is contiguous and overlaps neither A nor B. Adds to C if `accumulate`,
/// else overwrites it; K = 0 gives zeros. bf16 and f16 accumulate in f32.
#define MJX_DECLARE_GEMM(suffix, type)                                                             \
  void mjx_rt_gemm_##suffix(int64_t batch, int64_t m, int64_t n, int64_t k, const type *a,         \
                            int64_t aBatch, int64_t aRow, int64_t aCol, const type *b,             \
                            int64_t bBatch, int64_t bRow, int64_t bCol, type *c, int64_t cBatch,   \
                            int64_t cRow, int32_t accumulate);
MJX_RT_GEMM_TYPES(MJX_DECLARE_GEMM)
#undef MJX_DECLARE_GEMM

/// Sorts along one axis of dense arrays of shape [outer, n, inner], moving the
/// elements of all operands as the keys, the first `numKeys` operands, demand.
///
/// desc = {outer, n, inner, numOperands, numKeys, descending, stable, then one
/// ElementType per operand}. Keys compare in turn, by a total order: -0 equals
/// +0, NaNs are equal to each other and greater than any number (so they come
/// last in ascending, first in descending order), complex numbers compare by
/// real part, then imaginary part. Always stable: equal elements keep their
/// order, in descending sorts too. `outs` may be `ins`. Returns 0, 1 on a
/// malformed descriptor, or 2 when out of memory.
int32_t mjx_rt_sort(const int64_t *desc, void *const *ins, void *const *outs);

/// Calls body(context, begin, end) for ranges covering [0, n), each of at least
/// `grain` iterations but for the last, on the runtime's threads and the
/// caller; returns when all are done.
void mjx_rt_parallel_for(int64_t n, int64_t grain,
                         void (*body)(void *context, int64_t begin, int64_t end), void *context);
}

namespace mjx::runtime {

/// The address of one of the functions above, or null.
void *lookupRuntimeSymbol(std::string_view name);

} // namespace mjx::runtime

#endif // MJX_RUNTIME_KERNELS_H
