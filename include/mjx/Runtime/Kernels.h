//===- Kernels.h - What generated code calls --------------------*- C++ -*-===//
#ifndef MJX_RUNTIME_KERNELS_H
#define MJX_RUNTIME_KERNELS_H

#include <cstdint>
#include <string>
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

/// The k greatest elements of each row of a dense array of shape [rows, n], in
/// descending order of mjx_rt_sort, and their places in the row.
///
/// desc = {rows, n, k, ElementType}, 0 <= k <= n. ins = {array}, outs = {values
/// of shape [rows, k], places as int32}. Returns 0, 1 on a malformed descriptor,
/// or 2 when out of memory.
int32_t mjx_rt_top_k(const int64_t *desc, void *const *ins, void *const *outs);

/// Calls a function of the host. desc = {number of the function, then a list of
/// types for ins and one for outs}, where a list is its length and for each array
/// its ElementType, its rank and its extents. Returns 0, or 4 after a failure
/// that takeKernelError() then describes.
int32_t mjx_rt_host_callback(const int64_t *desc, void *const *ins, void *const *outs);

/// Calls a C function that was registered by name. desc = {whether it wants
/// pointers only, then lists of types as above, then the name and the values of
/// its parameters, each a text}, where a text is the number of its bytes and
/// then these, eight in a word.
int32_t mjx_rt_custom_call(const int64_t *desc, void *const *ins, void *const *outs);

/// Fails. desc = {list of types of ins, then the class of the error and the
/// message, as texts}. `{i}` in the message stands for array i.
int32_t mjx_rt_fail(const int64_t *desc, void *const *ins, void *const *outs);

/// Kernels on stacks of dense matrices, by LAPACK but for the smallest. desc =
/// {ElementType, number of matrices, then what lib/Runtime/CPU/Lapack*.cpp says}.
/// What the dialect says of the op holds here. Those that return a matrix of the
/// shape of an operand work in place: outs[0] holds the operand.
#define MJX_RT_MATRIX_KERNELS(X)                                                                   \
  X(cholesky)                                                                                      \
  X(triangular_solve)                                                                              \
  X(lu)                                                                                            \
  X(tridiagonal_solve)                                                                             \
  X(geqrf)                                                                                         \
  X(householder_product)                                                                           \
  X(ormqr)                                                                                         \
  X(hessenberg)                                                                                    \
  X(tridiagonal)                                                                                   \
  X(svd)                                                                                           \
  X(eigh)                                                                                          \
  X(eig)                                                                                           \
  X(schur)
#define MJX_DECLARE_MATRIX_KERNEL(name)                                                            \
  int32_t mjx_rt_lapack_##name(const int64_t *desc, void *const *ins, void *const *outs);
MJX_RT_MATRIX_KERNELS(MJX_DECLARE_MATRIX_KERNEL)
#undef MJX_DECLARE_MATRIX_KERNEL

/// desc = {batch, pivots, size}
int32_t mjx_rt_lu_pivots_to_permutation(const int64_t *desc, void *const *ins, void *const *outs);

/// Fourier transforms of `batch` dense arrays. desc = {ElementType of the real
/// numbers, kind (0: fft, 1: ifft, 2: rfft, 3: irfft), batch, rank, lengths}.
int32_t mjx_rt_fft(const int64_t *desc, void *const *ins, void *const *outs);

/// Calls body(context, begin, end) for ranges covering [0, n), each of at least
/// `grain` iterations but for the last, on the runtime's threads and the
/// caller; returns when all are done.
void mjx_rt_parallel_for(int64_t n, int64_t grain,
                         void (*body)(void *context, int64_t begin, int64_t end), void *context);
}

namespace mjx::runtime {

/// What kernels return, combined with `or`.
enum KernelStatus : int32_t {
  kernelMalformed = 1,   ///< the descriptor makes no sense
  kernelOutOfMemory = 2, ///< there is none left
  kernelLacksLapack = 8, ///< no library was found
  kernelLacksFft = 16,   ///< this build has none
};

/// Where LAPACK is, if the environment's MJX_LAPACK does not say; without either
/// it is one of the system's. Has an effect until the first kernel needs it.
void setLapackPath(std::string path);

/// The address of one of the functions above, or null.
void *lookupRuntimeSymbol(std::string_view name);

} // namespace mjx::runtime

#endif // MJX_RUNTIME_KERNELS_H
