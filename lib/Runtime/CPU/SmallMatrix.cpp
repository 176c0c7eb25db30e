//===- SmallMatrix.cpp - Matrices of a few rows -----------------*- C++ -*-===//

#include "SmallMatrix.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <utility>

namespace mjx::runtime {

namespace {

template <typename T> struct RealOf {
  using type = T;
};
template <typename T> struct RealOf<std::complex<T>> {
  using type = T;
};

// The product of the standard library checks for infinities, which takes longer
// than the product.
template <typename T> T times(T x, T y) { return x * y; }
template <typename T> std::complex<T> times(std::complex<T> x, std::complex<T> y) {
  return {x.real() * y.real() - x.imag() * y.imag(), x.real() * y.imag() + x.imag() * y.real()};
}
template <typename T> T conjugate(T x) { return x; }
template <typename T> std::complex<T> conjugate(std::complex<T> x) { return std::conj(x); }
/// What pivots are compared by: no root, and no overflow.
template <typename T> T magnitude(T x) { return std::fabs(x); }
template <typename T> T magnitude(std::complex<T> x) {
  return std::fabs(x.real()) + std::fabs(x.imag());
}

/// Calls visit(std::integral_constant<int, n>()), for n from 1 to smallExtent.
template <typename Visitor> void withExtent(int64_t n, Visitor visit) {
  switch (n) {
  case 1:
    return visit(std::integral_constant<int, 1>());
  case 2:
    return visit(std::integral_constant<int, 2>());
  case 3:
    return visit(std::integral_constant<int, 3>());
  case 4:
    return visit(std::integral_constant<int, 4>());
  case 5:
    return visit(std::integral_constant<int, 5>());
  case 6:
    return visit(std::integral_constant<int, 6>());
  case 7:
    return visit(std::integral_constant<int, 7>());
  case 8:
    return visit(std::integral_constant<int, 8>());
  }
}

//===----------------------------------------------------------------------===//
// Cholesky
//===----------------------------------------------------------------------===//

/// Row by row; false where a pivot is not positive.
template <int n, typename T> bool factorCholesky(T *a) {
  using Real = typename RealOf<T>::type;
  for (int i = 0; i < n; ++i)
    for (int j = 0; j <= i; ++j) {
      T sum = a[i * n + j];
      for (int k = 0; k < j; ++k)
        sum -= times(a[i * n + k], conjugate(a[j * n + k]));
      if (j < i) {
        a[i * n + j] = sum / std::real(a[j * n + j]);
        continue;
      }
      Real pivot = std::real(sum);
      if (!(pivot > 0))
        return false;
      a[i * n + i] = std::sqrt(pivot);
    }
  return true;
}

} // namespace

template <typename T> void smallCholesky(T *matrices, int64_t count, int64_t n) {
  using Real = typename RealOf<T>::type;
  withExtent(n, [&](auto extent) {
    constexpr int size = decltype(extent)::value;
    for (T *a = matrices, *end = a + count * size * size; a != end; a += size * size) {
      if (!factorCholesky<size>(a)) {
        std::fill_n(a, size * size, T(std::numeric_limits<Real>::quiet_NaN()));
        continue;
      }
      for (int i = 0; i < size; ++i)
        std::fill(a + i * size + i + 1, a + (i + 1) * size, T(0));
    }
  });
}

//===----------------------------------------------------------------------===//
// LU
//===----------------------------------------------------------------------===//

namespace {

/// `rows` of n columns each.
template <int n, typename T> void factorLu(T *a, int32_t *pivots, int rows) {
  int least = std::min(rows, n);
  for (int k = 0; k < least; ++k) {
    int best = k;
    for (int i = k + 1; i < rows; ++i)
      if (magnitude(a[i * n + k]) > magnitude(a[best * n + k]))
        best = i;
    pivots[k] = best;
    if (best != k)
      std::swap_ranges(a + k * n, a + (k + 1) * n, a + best * n);
    T pivot = a[k * n + k];
    // A column of zeros needs no elimination.
    if (pivot == T(0))
      continue;
    for (int i = k + 1; i < rows; ++i) {
      T factor = a[i * n + k] = a[i * n + k] / pivot;
      for (int j = k + 1; j < n; ++j)
        a[i * n + j] -= times(factor, a[k * n + j]);
    }
  }
}

} // namespace

template <typename T>
void smallLu(T *matrices, int32_t *pivots, int64_t count, int64_t m, int64_t n) {
  withExtent(n, [&](auto extent) {
    constexpr int size = decltype(extent)::value;
    int64_t least = std::min(m, n);
    for (int64_t i = 0; i < count; ++i) {
      T *a = matrices + i * m * size;
      // Most are square; the compiler then unrolls the loop over rows too.
      if (m == size)
        factorLu<size>(a, pivots + i * least, size);
      else
        factorLu<size>(a, pivots + i * least, int(m));
    }
  });
}

//===----------------------------------------------------------------------===//
// Triangular systems
//===----------------------------------------------------------------------===//

namespace {

/// The matrix as it multiplies a column of the unknown from the left.
template <int n, typename T> void arrange(const T *a, const TriangularForm &form, T (&m)[n][n]) {
  bool isTransposed = (form.transpose != 0) == form.leftSide;
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) {
      T element = isTransposed ? a[j * n + i] : a[i * n + j];
      m[i][j] = form.transpose == 2 ? conjugate(element) : element;
    }
  if (form.unitDiagonal)
    for (int i = 0; i < n; ++i)
      m[i][i] = T(1);
}

/// One column of unknowns, `stride` apart.
template <int n, typename T>
void substitute(const T (&m)[n][n], bool forward, T *side, int64_t stride) {
  T x[n];
  for (int i = 0; i < n; ++i)
    x[i] = side[i * stride];
  if (forward) {
    for (int i = 0; i < n; ++i) {
      for (int j = 0; j < i; ++j)
        x[i] -= times(m[i][j], x[j]);
      x[i] = x[i] / m[i][i];
    }
  } else {
    for (int i = n - 1; i >= 0; --i) {
      for (int j = i + 1; j < n; ++j)
        x[i] -= times(m[i][j], x[j]);
      x[i] = x[i] / m[i][i];
    }
  }
  for (int i = 0; i < n; ++i)
    side[i * stride] = x[i];
}

} // namespace

template <typename T>
void smallTriangularSolve(const T *matrices, T *sides, int64_t count, int64_t n, int64_t others,
                          const TriangularForm &form) {
  bool isTransposed = (form.transpose != 0) == form.leftSide;
  bool forward = form.lower != isTransposed;
  withExtent(n, [&](auto extent) {
    constexpr int size = decltype(extent)::value;
    for (int64_t i = 0; i < count; ++i) {
      T m[size][size];
      arrange<size>(matrices + i * size * size, form, m);
      T *side = sides + i * size * others;
      for (int64_t j = 0; j < others; ++j) {
        if (form.leftSide)
          substitute<size>(m, forward, side + j, others);
        else
          substitute<size>(m, forward, side + j * size, 1);
      }
    }
  });
}

#define MJX_SMALL_MATRIX(T)                                                                        \
  template void smallCholesky<T>(T *, int64_t, int64_t);                                           \
  template void smallLu<T>(T *, int32_t *, int64_t, int64_t, int64_t);                             \
  template void smallTriangularSolve<T>(const T *, T *, int64_t, int64_t, int64_t,                 \
                                        const TriangularForm &);
MJX_SMALL_MATRIX(float)
MJX_SMALL_MATRIX(double)
MJX_SMALL_MATRIX(std::complex<float>)
MJX_SMALL_MATRIX(std::complex<double>)

} // namespace mjx::runtime
