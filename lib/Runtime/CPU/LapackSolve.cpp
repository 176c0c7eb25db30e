//===- LapackSolve.cpp - Factorizations that solve systems ------*- C++ -*-===//
//
// Matrices are row-major; LAPACK takes what it gets for column-major, that is
// for the transpose. The transpose of a lower triangle is an upper one, and of
// an equation one from the other side, which is why neither cholesky nor
// triangular_solve moves anything. LU has to, as it exchanges rows.
//
//===----------------------------------------------------------------------===//

#include "LapackBatch.h"
#include "SmallMatrix.h"

#include <cstring>

namespace mjx::runtime {
namespace {

//===----------------------------------------------------------------------===//
// cholesky
//===----------------------------------------------------------------------===//

template <typename T> void finishCholesky(T *a, int64_t n, Int info) {
  if (info != 0) {
    std::fill_n(a, n * n, nan<T>());
    return;
  }
  for (int64_t i = 0; i < n; ++i)
    std::fill(a + i * n + i + 1, a + (i + 1) * n, T(0));
}

/// desc = {batch, n}
template <typename T>
int32_t choleskyKernel(const int64_t *desc, void *const *, void *const *outs) {
  int64_t batch = desc[0], n = desc[1];
  double flops = double(n) * n * n / 3;
  if (batch == 0 || n == 0)
    return 0;
  if (n <= smallExtent)
    return overBatch(batch, flops, [&](int64_t begin, int64_t end) {
      smallCholesky(part<T>(outs[0], begin, n * n), end - begin, n);
      return 0;
    });
  const Lapack *lapack = lapackFor<T>();
  if (!lapack)
    return kernelLacksLapack;
  if (!fitsInt(n))
    return kernelMalformed;
  return overBatch(batch, flops, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      T *a = part<T>(outs[0], i, n * n);
      Int size = Int(n), info = 0;
      callFortran(lapack->potrf, "U", &size, a, &size, &info, one);
      finishCholesky(a, n, info);
    }
    return 0;
  });
}

//===----------------------------------------------------------------------===//
// triangular_solve
//===----------------------------------------------------------------------===//

template <typename T>
void solveTriangular(const Lapack &lapack, const T *a, T *b, Int n, Int others,
                     const TriangularForm &form) {
  const char *transposes[] = {"N", "T", "C"};
  Int rows = form.leftSide ? others : n, columns = form.leftSide ? n : others;
  T factor(1);
  callFortran(lapack.trsm, form.leftSide ? "R" : "L", form.lower ? "U" : "L",
              transposes[form.transpose], form.unitDiagonal ? "U" : "N", &rows, &columns, &factor,
              a, &n, b, &rows, one, one, one, one);
}

/// desc = {batch, n, others, left side, lower, transpose, unit diagonal}
template <typename T>
int32_t triangular_solveKernel(const int64_t *desc, void *const *ins, void *const *outs) {
  int64_t batch = desc[0], n = desc[1], others = desc[2];
  TriangularForm form{desc[3] != 0, desc[4] != 0, desc[6] != 0, int(desc[5])};
  double flops = double(n) * n * others;
  if (batch == 0 || n == 0 || others == 0)
    return 0;
  if (form.transpose < 0 || form.transpose > 2 || !fitsInt(n, others))
    return kernelMalformed;
  if (n <= smallExtent)
    return overBatch(batch, flops, [&](int64_t begin, int64_t end) {
      smallTriangularSolve(constPart<T>(ins[0], begin, n * n), part<T>(outs[0], begin, n * others),
                           end - begin, n, others, form);
      return 0;
    });
  const Lapack *lapack = lapackFor<T>();
  if (!lapack)
    return kernelLacksLapack;
  return overBatch(batch, flops, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      solveTriangular(*lapack, constPart<T>(ins[0], i, n * n), part<T>(outs[0], i, n * others),
                      Int(n), Int(others), form);
    return 0;
  });
}

//===----------------------------------------------------------------------===//
// lu
//===----------------------------------------------------------------------===//

/// Counts from 0; a comparison with NaN may have chosen a row out of reach.
void normalizePivots(int32_t *pivots, int64_t count, int64_t rows, Int first) {
  for (int64_t i = 0; i < count; ++i) {
    pivots[i] -= first;
    if (pivots[i] < i || pivots[i] >= rows)
      pivots[i] = int32_t(i);
  }
}

void permutationOf(const int32_t *pivots, int64_t count, int32_t *permutation, int64_t size) {
  for (int64_t i = 0; i < size; ++i)
    permutation[i] = int32_t(i);
  for (int64_t i = 0; i < count; ++i) {
    // Out of range, nothing is exchanged.
    uint64_t other = uint64_t(pivots[i]) < uint64_t(size) ? uint64_t(pivots[i]) : uint64_t(i);
    std::swap(permutation[i], permutation[other]);
  }
}

template <typename T> int32_t luByLapack(T *a, int32_t *pivots, int64_t m, int64_t n) {
  Workspace space;
  T *columns = space.take<T>(m * n);
  if (!space.ok())
    return kernelOutOfMemory;
  Int rows = Int(m), others = Int(n), info = 0;
  transposeMatrix(a, columns, m, n);
  callFortran(lapackFor<T>()->getrf, &rows, &others, columns, &rows, pivots, &info);
  transposeMatrix(columns, a, n, m);
  normalizePivots(pivots, std::min(m, n), m, 1);
  return 0;
}

/// desc = {batch, m, n}
template <typename T> int32_t luKernel(const int64_t *desc, void *const *, void *const *outs) {
  int64_t batch = desc[0], m = desc[1], n = desc[2], least = std::min(m, n);
  bool isSmall = m <= smallExtent && n <= smallExtent;
  if (!fitsInt(m, n))
    return kernelMalformed;
  if (least > 0 && !isSmall && !lapackFor<T>())
    return kernelLacksLapack;
  return overBatch(batch, 2.0 * m * n * least, [&](int64_t begin, int64_t end) {
    int32_t status = 0;
    auto *pivots = part<int32_t>(outs[1], 0, 0);
    if (isSmall && least > 0)
      smallLu(part<T>(outs[0], begin, m * n), pivots + begin * least, end - begin, m, n);
    for (int64_t i = begin; i < end; ++i) {
      if (!isSmall && least > 0)
        status |= luByLapack(part<T>(outs[0], i, m * n), pivots + i * least, m, n);
      permutationOf(pivots + i * least, least, part<int32_t>(outs[2], i, m), m);
    }
    return status;
  });
}

//===----------------------------------------------------------------------===//
// tridiagonal_solve
//===----------------------------------------------------------------------===//

template <typename T>
int32_t solveTridiagonal(const T *dl, const T *d, const T *du, T *b, int64_t n, int64_t others) {
  Workspace space;
  T *lower = space.take<T>(n), *middle = space.take<T>(n), *upper = space.take<T>(n);
  T *columns = others == 1 ? b : space.take<T>(n * others);
  if (!space.ok())
    return kernelOutOfMemory;
  std::copy(dl + 1, dl + n, lower);
  std::copy(d, d + n, middle);
  std::copy(du, du + n - 1, upper);
  if (columns != b)
    transposeMatrix(b, columns, n, others);
  Int size = Int(n), sides = Int(others), info = 0;
  callFortran(lapackFor<T>()->gtsv, &size, &sides, lower, middle, upper, columns, &size, &info);
  if (columns != b)
    transposeMatrix(columns, b, others, n);
  if (info != 0)
    std::fill_n(b, n * others, nan<T>());
  return 0;
}

/// desc = {batch, n, others}
template <typename T>
int32_t tridiagonal_solveKernel(const int64_t *desc, void *const *ins, void *const *outs) {
  int64_t batch = desc[0], n = desc[1], others = desc[2];
  if (batch == 0 || n == 0 || others == 0)
    return 0;
  if (!lapackFor<T>())
    return kernelLacksLapack;
  if (!fitsInt(n, others))
    return kernelMalformed;
  return overBatch(batch, 9.0 * n * others, [&](int64_t begin, int64_t end) {
    int32_t status = 0;
    for (int64_t i = begin; i < end; ++i)
      status |=
          solveTridiagonal(constPart<T>(ins[0], i, n), constPart<T>(ins[1], i, n),
                           constPart<T>(ins[2], i, n), part<T>(outs[0], i, n * others), n, others);
    return status;
  });
}

} // namespace
} // namespace mjx::runtime

MJX_MATRIX_KERNEL(cholesky)
MJX_MATRIX_KERNEL(triangular_solve)
MJX_MATRIX_KERNEL(lu)
MJX_MATRIX_KERNEL(tridiagonal_solve)

int32_t mjx_rt_lu_pivots_to_permutation(const int64_t *desc, void *const *ins, void *const *outs) {
  using namespace mjx::runtime;
  int64_t batch = desc[0], count = desc[1], size = desc[2];
  for (int64_t i = 0; i < batch; ++i)
    permutationOf(constPart<int32_t>(ins[0], i, count), count, part<int32_t>(outs[0], i, size),
                  size);
  return 0;
}
