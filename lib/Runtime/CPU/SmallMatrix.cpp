//===- SmallMatrix.cpp - Matrices of a few rows -----------------*- C++ -*-===//

#include "SmallMatrix.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <type_traits>
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

// Which row has the pivot is different from matrix to matrix, so that branches on
// it are mispredicted, which takes longer than the work. Square matrices of real
// numbers are therefore taken `lanes` at once, with selections in place of
// branches. Row numbers are of type T, so that they select what they stand for.
constexpr int lanes = 8;
constexpr int mostInLanes = 4;

/// Elements of the same place next to each other, a matrix per lane.
template <int n, typename T> struct Lanes {
  T a[n][n][lanes];
  T pivots[n][lanes];

  void load(const T *matrices) {
    for (int i = 0; i < n * n; ++i)
      for (int lane = 0; lane < lanes; ++lane)
        a[i / n][i % n][lane] = matrices[lane * n * n + i];
  }
  void store(T *matrices, int32_t *rows) const {
    for (int i = 0; i < n * n; ++i)
      for (int lane = 0; lane < lanes; ++lane)
        matrices[lane * n * n + i] = a[i / n][i % n][lane];
    for (int i = 0; i < n; ++i)
      for (int lane = 0; lane < lanes; ++lane)
        rows[lane * n + i] = int32_t(pivots[i][lane]);
  }

  void choosePivots(int k) {
    T greatest[lanes];
    for (int lane = 0; lane < lanes; ++lane) {
      greatest[lane] = std::fabs(a[k][k][lane]);
      pivots[k][lane] = T(k);
    }
    for (int i = k + 1; i < n; ++i)
      for (int lane = 0; lane < lanes; ++lane) {
        T size = std::fabs(a[i][k][lane]);
        bool isGreater = size > greatest[lane];
        greatest[lane] = isGreater ? size : greatest[lane];
        pivots[k][lane] = isGreater ? T(i) : pivots[k][lane];
      }
  }

  void exchange(int k) {
    for (int i = k + 1; i < n; ++i)
      for (int j = 0; j < n; ++j)
        for (int lane = 0; lane < lanes; ++lane) {
          bool isPivot = pivots[k][lane] == T(i);
          T upper = a[k][j][lane], lower = a[i][j][lane];
          a[k][j][lane] = isPivot ? lower : upper;
          a[i][j][lane] = isPivot ? upper : lower;
        }
  }

  void eliminate(int k) {
    for (int i = k + 1; i < n; ++i) {
      for (int lane = 0; lane < lanes; ++lane) {
        T pivot = a[k][k][lane];
        a[i][k][lane] /= pivot == T(0) ? T(1) : pivot;
      }
      for (int j = k + 1; j < n; ++j)
        for (int lane = 0; lane < lanes; ++lane)
          a[i][j][lane] -= a[i][k][lane] * a[k][j][lane];
    }
  }
};

template <int n, typename T> void factorLanes(T *matrices, int32_t *pivots) {
  Lanes<n, T> all;
  all.load(matrices);
  for (int k = 0; k < n; ++k) {
    all.choosePivots(k);
    all.exchange(k);
    all.eliminate(k);
  }
  all.store(matrices, pivots);
}

/// As many of the matrices as fill the lanes; returns how many those are.
template <int n, typename T> int64_t factorByLanes(T *matrices, int32_t *pivots, int64_t count) {
  int64_t done = 0;
  if constexpr (n <= mostInLanes && std::is_floating_point_v<T>)
    for (; done + lanes <= count; done += lanes)
      factorLanes<n>(matrices + done * n * n, pivots + done * n);
  return done;
}

} // namespace

template <typename T>
void smallLu(T *matrices, int32_t *pivots, int64_t count, int64_t m, int64_t n) {
  withExtent(n, [&](auto extent) {
    constexpr int size = decltype(extent)::value;
    int64_t least = std::min(m, n);
    int64_t done = m == size ? factorByLanes<size>(matrices, pivots, count) : 0;
    for (int64_t i = done; i < count; ++i) {
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
