//===- LapackOrthogonal.cpp - Products of reflectors ------------*- C++ -*-===//
//
// The QR of a row-major matrix is the LQ of the column-major one that LAPACK
// sees: the reflectors come out in the places where they belong, and but for the
// conjugates of their scales nothing has to be changed. Column exchanges and
// reductions to other forms have no such counterpart; these move the matrix.
//
//===----------------------------------------------------------------------===//

#include "LapackBatch.h"

namespace mjx::runtime {
namespace {

template <typename T> void conjugateAll(T *x, int64_t count) {
  if constexpr (isComplex<T>)
    std::transform(x, x + count, x, [](T value) { return std::conj(value); });
}

//===----------------------------------------------------------------------===//
// geqrf
//===----------------------------------------------------------------------===//

template <typename T> int32_t factorQr(T *a, T *taus, int64_t m, int64_t n) {
  void *gelqf = lapackFor<T>()->gelqf;
  Int rows = Int(n), columns = Int(m), ask = -1, size = 0, info = 0;
  T query{};
  callFortran(gelqf, &rows, &columns, a, &rows, taus, &query, &ask, &info);
  Workspace space;
  T *work = space.takeAsked(query, size);
  if (!space.ok())
    return kernelOutOfMemory;
  callFortran(gelqf, &rows, &columns, a, &rows, taus, work, &size, &info);
  conjugateAll(taus, std::min(m, n));
  return 0;
}

template <typename T>
int32_t factorPivotedQr(T *a, T *taus, int32_t *permutation, int64_t m, int64_t n) {
  Workspace space;
  Int rows = Int(m), columns = Int(n), ask = -1, size = 0, info = 0;
  T *moved = space.take<T>(m * n);
  auto *reals = space.take<Real<T>>(2 * n);
  if (!space.ok())
    return kernelOutOfMemory;
  transposeMatrix(a, moved, m, n);
  std::fill_n(permutation, n, 0); // every column may move
  auto call = [&](T *work, Int *length) {
    void *geqp3 = lapackFor<T>()->geqp3;
    if constexpr (isComplex<T>)
      callFortran(geqp3, &rows, &columns, moved, &rows, permutation, taus, work, length, reals,
                  &info);
    else
      callFortran(geqp3, &rows, &columns, moved, &rows, permutation, taus, work, length, &info);
  };
  T query{};
  call(&query, &ask);
  T *work = space.takeAsked(query, size);
  if (!space.ok())
    return kernelOutOfMemory;
  std::fill_n(permutation, n, 0);
  call(work, &size);
  transposeMatrix(moved, a, n, m);
  for (int64_t i = 0; i < n; ++i)
    permutation[i] = std::clamp<int32_t>(permutation[i] - 1, 0, columns - 1);
  return 0;
}

/// desc = {batch, m, n, pivoting}
template <typename T> int32_t geqrfKernel(const int64_t *desc, void *const *, void *const *outs) {
  int64_t batch = desc[0], m = desc[1], n = desc[2], least = std::min(m, n);
  bool pivoting = desc[3] != 0;
  if (least > 0 && !lapackFor<T>())
    return kernelLacksLapack;
  if (!fitsInt(m, n))
    return kernelMalformed;
  return overBatch(batch, 4.0 * m * n * least, [&](int64_t begin, int64_t end) {
    int32_t status = 0;
    for (int64_t i = begin; i < end; ++i) {
      T *a = part<T>(outs[0], i, m * n), *taus = part<T>(outs[1], i, least);
      auto *permutation = pivoting ? part<int32_t>(outs[2], i, n) : nullptr;
      if (least == 0)
        for (int64_t j = 0; pivoting && j < n; ++j)
          permutation[j] = int32_t(j);
      else
        status |= pivoting ? factorPivotedQr(a, taus, permutation, m, n) : factorQr(a, taus, m, n);
    }
    return status;
  });
}

//===----------------------------------------------------------------------===//
// householder_product
//===----------------------------------------------------------------------===//

template <typename T>
int32_t formProduct(T *a, const T *taus, int64_t m, int64_t n, int64_t count) {
  Workspace space;
  T *scales = space.take<T>(count);
  if (!space.ok())
    return kernelOutOfMemory;
  std::copy(taus, taus + count, scales);
  conjugateAll(scales, count);
  void *orglq = lapackFor<T>()->orglq;
  Int rows = Int(n), columns = Int(m), reflectors = Int(count), ask = -1, size = 0, info = 0;
  T query{};
  callFortran(orglq, &rows, &columns, &reflectors, a, &rows, scales, &query, &ask, &info);
  T *work = space.takeAsked(query, size);
  if (!space.ok())
    return kernelOutOfMemory;
  callFortran(orglq, &rows, &columns, &reflectors, a, &rows, scales, work, &size, &info);
  return 0;
}

/// desc = {batch, m, n, reflectors}
template <typename T>
int32_t householder_productKernel(const int64_t *desc, void *const *ins, void *const *outs) {
  int64_t batch = desc[0], m = desc[1], n = desc[2], count = desc[3];
  if (batch == 0 || m == 0 || n == 0)
    return 0;
  if (!lapackFor<T>())
    return kernelLacksLapack;
  if (!fitsInt(m, n) || m < n || n < count)
    return kernelMalformed;
  return overBatch(batch, 4.0 * m * n * count, [&](int64_t begin, int64_t end) {
    int32_t status = 0;
    for (int64_t i = begin; i < end; ++i)
      status |=
          formProduct(part<T>(outs[0], i, m * n), constPart<T>(ins[0], i, count), m, n, count);
    return status;
  });
}

//===----------------------------------------------------------------------===//
// ormqr
//===----------------------------------------------------------------------===//

/// How reflectors meet the matrix they are applied to.
struct ReflectorForm {
  int64_t length, stride, count; ///< rows and columns of the packed matrix, reflectors
  int64_t rows, columns;         ///< of the other matrix
  bool left, adjoint;
};

template <typename T>
int32_t applyReflectors(const T *packed, const T *taus, T *c, const ReflectorForm &form) {
  Workspace space;
  // LAPACK writes to the reflectors while it applies them.
  T *a = space.take<T>(form.length * form.stride), *scales = space.take<T>(form.count);
  if (!space.ok())
    return kernelOutOfMemory;
  std::copy(packed, packed + form.length * form.stride, a);
  std::copy(taus, taus + form.count, scales);
  conjugateAll(scales, form.count);
  void *ormlq = lapackFor<T>()->ormlq;
  const char *side = form.left ? "R" : "L";
  const char *transpose = !form.adjoint ? "N" : isComplex<T> ? "C" : "T";
  Int rows = Int(form.columns), columns = Int(form.rows), count = Int(form.count);
  Int stride = Int(form.stride), ask = -1, size = 0, info = 0;
  T query{};
  auto call = [&](T *work, Int *length) {
    callFortran(ormlq, side, transpose, &rows, &columns, &count, a, &stride, scales, c, &rows, work,
                length, &info, one, one);
  };
  call(&query, &ask);
  T *work = space.takeAsked(query, size);
  if (!space.ok())
    return kernelOutOfMemory;
  call(work, &size);
  return 0;
}

/// desc = {batch, length, stride, reflectors, rows, columns, left, adjoint}
template <typename T>
int32_t ormqrKernel(const int64_t *desc, void *const *ins, void *const *outs) {
  int64_t batch = desc[0];
  ReflectorForm form{desc[1], desc[2], desc[3], desc[4], desc[5], desc[6] != 0, desc[7] != 0};
  if (batch == 0 || form.rows == 0 || form.columns == 0 || form.count == 0)
    return 0;
  if (!lapackFor<T>())
    return kernelLacksLapack;
  if (!fitsInt(form.length, form.stride, form.rows, form.columns) || form.stride < form.count)
    return kernelMalformed;
  double flops = 4.0 * form.rows * form.columns * form.count;
  return overBatch(batch, flops, [&](int64_t begin, int64_t end) {
    int32_t status = 0;
    for (int64_t i = begin; i < end; ++i)
      status |= applyReflectors(constPart<T>(ins[0], i, form.length * form.stride),
                                constPart<T>(ins[1], i, form.count),
                                part<T>(outs[0], i, form.rows * form.columns), form);
    return status;
  });
}

//===----------------------------------------------------------------------===//
// hessenberg and tridiagonal
//===----------------------------------------------------------------------===//

template <typename T> int32_t reduceToHessenberg(T *a, T *taus, int64_t n) {
  Workspace space;
  T *moved = space.take<T>(n * n);
  if (!space.ok())
    return kernelOutOfMemory;
  transposeMatrix(a, moved, n, n);
  void *gehrd = lapackFor<T>()->gehrd;
  Int extent = Int(n), first = 1, ask = -1, size = 0, info = 0;
  T query{};
  callFortran(gehrd, &extent, &first, &extent, moved, &extent, taus, &query, &ask, &info);
  T *work = space.takeAsked(query, size);
  if (!space.ok())
    return kernelOutOfMemory;
  callFortran(gehrd, &extent, &first, &extent, moved, &extent, taus, work, &size, &info);
  transposeMatrix(moved, a, n, n);
  return 0;
}

/// desc = {batch, n}
template <typename T>
int32_t hessenbergKernel(const int64_t *desc, void *const *, void *const *outs) {
  int64_t batch = desc[0], n = desc[1];
  if (batch == 0 || n == 0)
    return 0;
  if (!lapackFor<T>())
    return kernelLacksLapack;
  if (!fitsInt(n))
    return kernelMalformed;
  return overBatch(batch, 10.0 / 3 * n * n * n, [&](int64_t begin, int64_t end) {
    int32_t status = 0;
    for (int64_t i = begin; i < end; ++i)
      status |= reduceToHessenberg(part<T>(outs[0], i, n * n), part<T>(outs[1], i, n - 1), n);
    return status;
  });
}

template <typename T>
int32_t reduceToTridiagonal(T *a, Real<T> *d, Real<T> *e, T *taus, int64_t n, bool lower) {
  Workspace space;
  T *moved = space.take<T>(n * n);
  if (!space.ok())
    return kernelOutOfMemory;
  transposeMatrix(a, moved, n, n);
  void *sytrd = lapackFor<T>()->sytrd;
  const char *triangle = lower ? "L" : "U";
  Int extent = Int(n), ask = -1, size = 0, info = 0;
  T query{};
  callFortran(sytrd, triangle, &extent, moved, &extent, d, e, taus, &query, &ask, &info, one);
  T *work = space.takeAsked(query, size);
  if (!space.ok())
    return kernelOutOfMemory;
  callFortran(sytrd, triangle, &extent, moved, &extent, d, e, taus, work, &size, &info, one);
  transposeMatrix(moved, a, n, n);
  return 0;
}

/// desc = {batch, n, lower}
template <typename T>
int32_t tridiagonalKernel(const int64_t *desc, void *const *, void *const *outs) {
  int64_t batch = desc[0], n = desc[1];
  if (batch == 0 || n == 0)
    return 0;
  if (!lapackFor<T>())
    return kernelLacksLapack;
  if (!fitsInt(n))
    return kernelMalformed;
  return overBatch(batch, 4.0 / 3 * n * n * n, [&](int64_t begin, int64_t end) {
    int32_t status = 0;
    for (int64_t i = begin; i < end; ++i)
      status |= reduceToTridiagonal(part<T>(outs[0], i, n * n), part<Real<T>>(outs[1], i, n),
                                    part<Real<T>>(outs[2], i, n - 1), part<T>(outs[3], i, n - 1), n,
                                    desc[2] != 0);
    return status;
  });
}

} // namespace
} // namespace mjx::runtime

MJX_MATRIX_KERNEL(geqrf)
MJX_MATRIX_KERNEL(householder_product)
MJX_MATRIX_KERNEL(ormqr)
MJX_MATRIX_KERNEL(hessenberg)
MJX_MATRIX_KERNEL(tridiagonal)
