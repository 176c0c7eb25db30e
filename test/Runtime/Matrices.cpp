//===- Matrices.cpp - Tests of factorizations and transforms ----*- C++ -*-===//
//
// Factors are multiplied, transforms compared with sums. Where this process finds
// no LAPACK, large matrices must say so.
//
//===----------------------------------------------------------------------===//

#include "Check.h"

#include "mjx/Runtime/Kernels.h"

#include <cmath>
#include <complex>
#include <limits>
#include <random>

namespace mjx::runtime::test {

namespace {

std::mt19937_64 randomBits(7);

template <typename T> struct Element;
template <> struct Element<float> {
  static constexpr ElementType type = ElementType::Float32;
  static constexpr double limit = 2e-5;
};
template <> struct Element<double> {
  static constexpr ElementType type = ElementType::Float64;
  static constexpr double limit = 1e-13;
};
template <> struct Element<std::complex<float>> {
  static constexpr ElementType type = ElementType::Complex64;
  static constexpr double limit = 4e-5;
};
template <> struct Element<std::complex<double>> {
  static constexpr ElementType type = ElementType::Complex128;
  static constexpr double limit = 2e-13;
};

double number() { return double(int64_t(randomBits())) * 0x1p-63; }

void draw(float &x) { x = float(number()); }
void draw(double &x) { x = number(); }
template <typename R> void draw(std::complex<R> &x) { x = {R(number()), R(number())}; }

template <typename T> using Matrix = std::vector<T>; // row-major

template <typename T> Matrix<T> randomMatrix(int64_t rows, int64_t columns) {
  Matrix<T> a(rows * columns);
  for (T &x : a)
    draw(x);
  return a;
}

template <typename T> T conjugate(T x) { return x; }
template <typename R> std::complex<R> conjugate(std::complex<R> x) { return std::conj(x); }

/// x y for `rows` x `inner` and `inner` x `columns`.
template <typename T>
Matrix<T> product(const T *x, const T *y, int64_t rows, int64_t inner, int64_t columns) {
  Matrix<T> z(rows * columns, T(0));
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t k = 0; k < inner; ++k)
      for (int64_t j = 0; j < columns; ++j)
        z[i * columns + j] += x[i * inner + k] * y[k * columns + j];
  return z;
}

template <typename T> Matrix<T> adjoint(const T *x, int64_t rows, int64_t columns) {
  Matrix<T> y(rows * columns);
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < columns; ++j)
      y[j * rows + i] = conjugate(x[i * columns + j]);
  return y;
}

template <typename T> bool near(const Matrix<T> &x, const T *y, double scale = 1) {
  for (size_t i = 0; i < x.size(); ++i)
    if (!(std::abs(x[i] - y[i]) <= Element<T>::limit * scale))
      return false;
  return true;
}

/// False where the kernel lacks a library, which only large matrices may.
bool ran(int32_t status, int64_t n) {
  if (status == kernelLacksLapack && CHECK(n > 8))
    return false;
  return CHECK(status == 0);
}

template <typename T> void testCholesky(int64_t batch, int64_t n) {
  Matrix<T> given, factors;
  for (int64_t i = 0; i < batch; ++i) {
    Matrix<T> x = randomMatrix<T>(n, n),
              a = product(x.data(), adjoint(x.data(), n, n).data(), n, n, n);
    for (int64_t j = 0; j < n; ++j)
      a[j * n + j] += T(1);
    given.insert(given.end(), a.begin(), a.end());
  }
  factors = given;
  int64_t desc[] = {int64_t(Element<T>::type), batch, n};
  void *outs[] = {factors.data()};
  if (!ran(mjx_rt_lapack_cholesky(desc, nullptr, outs), n))
    return;
  for (int64_t i = 0; i < batch; ++i) {
    const T *l = factors.data() + i * n * n;
    CHECK(near(product(l, adjoint(l, n, n).data(), n, n, n), given.data() + i * n * n, n));
    for (int64_t row = 0; row < n; ++row)
      for (int64_t column = row + 1; column < n; ++column)
        CHECK(l[row * n + column] == T(0));
  }
}

template <typename T> void testIndefinite(int64_t n) {
  Matrix<T> a(2 * n * n, T(0));
  for (int64_t i = 0; i < n; ++i)
    a[i * n + i] = a[n * n + i * n + i] = T(1);
  a[n * n - 1] = T(-1);
  int64_t desc[] = {int64_t(Element<T>::type), 2, n};
  void *outs[] = {a.data()};
  if (!ran(mjx_rt_lapack_cholesky(desc, nullptr, outs), n))
    return;
  for (int64_t i = 0; i < n * n; ++i)
    CHECK(std::isnan(std::real(a[i])));
  CHECK(a[n * n] == T(1));
}

template <typename T> void testLu(int64_t batch, int64_t m, int64_t n) {
  int64_t least = std::min(m, n);
  Matrix<T> given = randomMatrix<T>(batch * m, n), factors = given;
  std::vector<int32_t> pivots(batch * least), permutation(batch * m), again(batch * m);
  int64_t desc[] = {int64_t(Element<T>::type), batch, m, n};
  void *outs[] = {factors.data(), pivots.data(), permutation.data()};
  if (!ran(mjx_rt_lapack_lu(desc, nullptr, outs), std::max(m, n)))
    return;
  for (int64_t i = 0; i < batch; ++i) {
    Matrix<T> l(m * least, T(0)), u(least * n, T(0)), rows;
    const T *lu = factors.data() + i * m * n;
    for (int64_t row = 0; row < m; ++row)
      for (int64_t column = 0; column < n; ++column) {
        if (row > column)
          l[row * least + column] = lu[row * n + column];
        else
          u[row * n + column] = lu[row * n + column];
      }
    for (int64_t j = 0; j < least; ++j)
      l[j * least + j] = T(1);
    for (int64_t row = 0; row < m; ++row) {
      const T *from = given.data() + (i * m + permutation[i * m + row]) * n;
      rows.insert(rows.end(), from, from + n);
    }
    CHECK(near(product(l.data(), u.data(), m, least, n), rows.data(), n));
    // With the greatest element of the column as pivot, no factor exceeds 1.
    for (const T &x : l)
      CHECK(std::abs(x) < 1.5);
  }
  int64_t counts[] = {batch, least, m};
  void *ins[] = {pivots.data()}, *found[] = {again.data()};
  CHECK(mjx_rt_lu_pivots_to_permutation(counts, ins, found) == 0);
  CHECK(again == permutation);
}

template <typename T> void testTriangular(int64_t n, int64_t others) {
  for (int form = 0; form < 24; ++form) {
    bool left = form & 1, lower = form & 2, unit = form & 4;
    int transpose = form / 8;
    Matrix<T> a = randomMatrix<T>(n, n), t(n * n, T(0));
    for (int64_t i = 0; i < n; ++i)
      for (int64_t j = 0; j < n; ++j) {
        a[i * n + j] *= T(1.0 / double(n));
        if (i == j)
          a[i * n + i] += T(2);
        T element = i == j && unit ? T(1) : a[i * n + j];
        bool isRead = i == j || (i > j) == lower;
        T used = isRead ? element : T(0);
        t[transpose ? j * n + i : i * n + j] = transpose == 2 ? conjugate(used) : used;
        if (!isRead || (i == j && unit))
          a[i * n + j] = T(std::numeric_limits<double>::quiet_NaN());
      }
    Matrix<T> b = left ? randomMatrix<T>(n, others) : randomMatrix<T>(others, n), x = b;
    int64_t desc[] = {int64_t(Element<T>::type), 1, n, others, left, lower, transpose, unit};
    void *ins[] = {a.data()}, *outs[] = {x.data()};
    if (!ran(mjx_rt_lapack_triangular_solve(desc, ins, outs), n))
      return;
    CHECK(near(left ? product(t.data(), x.data(), n, n, others)
                    : product(x.data(), t.data(), others, n, n),
               b.data(), 10 * n));
  }
}

template <typename T> void testEveryMatrix() {
  for (int64_t n : {1, 2, 3, 4, 5, 8, 9, 20}) {
    testCholesky<T>(n < 9 ? 19 : 2, n);
    testIndefinite<T>(n);
    testTriangular<T>(n, 1);
    testTriangular<T>(n, 3);
    // Not a multiple of what is taken at once.
    testLu<T>(n < 9 ? 19 : 2, n, n);
  }
  testLu<T>(3, 5, 2);
  testLu<T>(3, 2, 5);
  testLu<T>(2, 12, 3);
  testCholesky<T>(0, 3);
  testLu<T>(2, 0, 3);
}

void testSingular() {
  Matrix<double> a(16 * 9, 0.0);
  std::vector<int32_t> pivots(16 * 3), permutation(16 * 3);
  int64_t desc[] = {int64_t(ElementType::Float64), 16, 3, 3};
  void *outs[] = {a.data(), pivots.data(), permutation.data()};
  CHECK(mjx_rt_lapack_lu(desc, nullptr, outs) == 0);
  for (double x : a)
    CHECK(x == 0);
  CHECK(permutation[0] == 0 && permutation[1] == 1 && permutation[2] == 2);
  int64_t unknown[] = {int64_t(ElementType::Int32), 1, 3, 3};
  CHECK(mjx_rt_lapack_lu(unknown, nullptr, outs) == kernelMalformed);
  CHECK(mjx_rt_lapack_cholesky(unknown, nullptr, outs) == kernelMalformed);
}

//===----------------------------------------------------------------------===//
// Fourier transforms
//===----------------------------------------------------------------------===//

template <typename R> void testTransforms(int64_t batch, int64_t n) {
  using Complex = std::complex<R>;
  Matrix<Complex> x = randomMatrix<Complex>(batch, n), y(batch * n), back(batch * n);
  int64_t desc[] = {int64_t(Element<R>::type), 0, batch, 1, n};
  void *ins[] = {x.data()}, *outs[] = {y.data()};
  int32_t status = mjx_rt_fft(desc, ins, outs);
  if (status == kernelLacksFft)
    return;
  CHECK(status == 0);
  const double pi = std::acos(-1.0);
  Matrix<Complex> turns(n * n);
  for (int64_t i = 0; i < n * n; ++i) {
    double angle = -2 * pi * double(i / n * (i % n) % n) / double(n);
    turns[i] = {R(std::cos(angle)), R(std::sin(angle))};
  }
  CHECK(near(y, product(x.data(), turns.data(), batch, n, n).data(), double(n)));
  desc[1] = 1;
  ins[0] = y.data(), outs[0] = back.data();
  CHECK(mjx_rt_fft(desc, ins, outs) == 0);
  CHECK(near(back, x.data(), double(n)));

  Matrix<R> reals = randomMatrix<R>(batch, n), again(batch * n);
  Matrix<Complex> half(batch * (n / 2 + 1));
  desc[1] = 2;
  ins[0] = reals.data(), outs[0] = half.data();
  CHECK(mjx_rt_fft(desc, ins, outs) == 0);
  desc[1] = 3;
  ins[0] = half.data(), outs[0] = again.data();
  CHECK(mjx_rt_fft(desc, ins, outs) == 0);
  CHECK(near(again, reals.data(), double(n)));
}

/// Over two dimensions what it is over one and then the other.
void testPlanes(int64_t rows, int64_t columns) {
  using Complex = std::complex<double>;
  Matrix<Complex> x = randomMatrix<Complex>(rows, columns), once(x.size()), both(x.size());
  int64_t plane[] = {int64_t(ElementType::Float64), 0, 1, 2, rows, columns};
  int64_t lines[] = {int64_t(ElementType::Float64), 0, rows, 1, columns};
  void *ins[] = {x.data()}, *outs[] = {both.data()};
  if (mjx_rt_fft(plane, ins, outs) == kernelLacksFft)
    return;
  outs[0] = once.data();
  CHECK(mjx_rt_fft(lines, ins, outs) == 0);
  Matrix<Complex> turned(x.size()), found(x.size());
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < columns; ++j)
      turned[j * rows + i] = once[i * columns + j];
  lines[2] = columns, lines[4] = rows;
  ins[0] = turned.data(), outs[0] = found.data();
  CHECK(mjx_rt_fft(lines, ins, outs) == 0);
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < columns; ++j)
      turned[i * columns + j] = found[j * rows + i];
  CHECK(near(turned, both.data(), double(rows * columns)));
}

} // namespace

void testMatrices() {
  testEveryMatrix<float>();
  testEveryMatrix<double>();
  testEveryMatrix<std::complex<float>>();
  testEveryMatrix<std::complex<double>>();
  testSingular();
  for (int64_t n : {1, 2, 3, 8, 13, 60, 67})
    for (int64_t batch : {0, 1, 5}) {
      testTransforms<float>(batch, n);
      testTransforms<double>(batch, n);
    }
  testPlanes(6, 5);
  testPlanes(8, 150);
  testPlanes(200, 96);
  int64_t none[] = {int64_t(ElementType::Float64), 0, 1, 1, 0};
  CHECK(mjx_rt_fft(none, nullptr, nullptr) != 0);
}

} // namespace mjx::runtime::test
