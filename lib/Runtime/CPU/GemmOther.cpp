//===- GemmOther.cpp - Matrix products of the other types -------*- C++ -*-===//

#include "Gemm.h"
#include "Half.h"

#include "mjx/Runtime/Kernels.h"
#include "mjx/Runtime/ThreadPool.h"

#include <algorithm>
#include <complex>
#include <memory>
#include <new>
#include <type_traits>

namespace mjx::runtime {

// (x + iy)(u + iv) by its four products: std::complex would call a routine that
// repairs infinities, which NumPy does not do either.
template <typename T> static std::complex<T> product(std::complex<T> x, std::complex<T> y) {
  return {x.real() * y.real() - x.imag() * y.imag(), x.real() * y.imag() + x.imag() * y.real()};
}

// Small integers become int in arithmetic; as unsigned their overflow wraps.
template <typename T> static T product(T x, T y) {
  return T(std::common_type_t<T, unsigned>(x) * y);
}

template <typename T> static void multiplyRow(const MatrixProduct<T> &p, int64_t i) {
  T *sums = p.c.at(i, 0);
  if (!p.accumulate)
    std::fill_n(sums, p.n, T(0));
  for (int64_t q = 0; q < p.k; ++q) {
    T element = *p.a.at(i, q);
    const T *row = p.b.at(q, 0);
    if (p.b.col == 1)
      for (int64_t j = 0; j < p.n; ++j)
        sums[j] += product(element, row[j]);
    else
      for (int64_t j = 0; j < p.n; ++j)
        sums[j] += product(element, row[j * p.b.col]);
  }
}

template <typename T> static void multiplySimply(BatchedProduct<T> batched) {
  const MatrixProduct<T> &first = batched.first;
  if (batched.count <= 0 || first.m <= 0 || first.n <= 0)
    return;
  int64_t grain = 1 + 200000 / (1 + first.n * std::max(int64_t(0), first.k));
  ThreadPool::global().parallelFor(batched.count * first.m, grain, [&](int64_t begin, int64_t end) {
    for (int64_t index = begin; index < end; ++index) {
      MatrixProduct<T> member = batched.member(index / first.m);
      multiplyRow(member, index % first.m);
    }
  });
}

namespace {

struct BFloat16 {
  static void widen(int64_t n, const uint16_t *from, float *to) {
    for (int64_t i = 0; i < n; ++i)
      to[i] = bfloatToFloat(from[i]);
  }
  static void narrow(int64_t n, const float *from, uint16_t *to) {
    for (int64_t i = 0; i < n; ++i)
      to[i] = floatToBfloat(from[i]);
  }
};

struct Float16 {
  static void widen(int64_t n, const uint16_t *from, float *to) {
    gemmKernels().widenF16(n, from, to);
  }
  static void narrow(int64_t n, const float *from, uint16_t *to) {
    gemmKernels().narrowF16(n, from, to);
  }
};

} // namespace

// A dense copy in f32, contiguous along whichever index the source is.
template <typename Format>
static Matrix<const float> widen(Matrix<const uint16_t> source, int64_t rows, int64_t columns,
                                 float *space, uint16_t *line) {
  bool byColumns = source.row == 1 && source.col != 1;
  if (byColumns) {
    std::swap(rows, columns);
    std::swap(source.row, source.col);
  }
  for (int64_t i = 0; i < rows; ++i) {
    const uint16_t *from = source.at(i, 0);
    if (source.col != 1) {
      for (int64_t j = 0; j < columns; ++j)
        line[j] = *source.at(i, j);
      from = line;
    }
    Format::widen(columns, from, space + i * columns);
  }
  return byColumns ? Matrix<const float>{space, 1, columns}
                   : Matrix<const float>{space, columns, 1};
}

template <typename Format> static float widened(uint16_t element) {
  float wide;
  Format::widen(1, &element, &wide);
  return wide;
}

// Slow, but without memory: for when there is none.
template <typename Format> static void multiplyInPlace(const MatrixProduct<uint16_t> &p) {
  for (int64_t i = 0; i < p.m; ++i)
    for (int64_t j = 0; j < p.n; ++j) {
      float sum = p.accumulate ? widened<Format>(*p.c.at(i, j)) : 0;
      for (int64_t q = 0; q < p.k; ++q)
        sum += widened<Format>(*p.a.at(i, q)) * widened<Format>(*p.b.at(q, j));
      Format::narrow(1, &sum, p.c.at(i, j));
    }
}

template <typename Format> static void multiplyNarrow(const MatrixProduct<uint16_t> &p) {
  int64_t longest = std::max({p.m, p.n, p.k});
  std::unique_ptr<float[]> space(new (std::nothrow) float[p.m * p.k + p.k * p.n + p.m * p.n]);
  std::unique_ptr<uint16_t[]> line(new (std::nothrow) uint16_t[longest]);
  if (!space || !line)
    return multiplyInPlace<Format>(p);
  float *a = space.get(), *b = a + p.m * p.k, *c = b + p.k * p.n;
  MatrixProduct<float> wide = {p.m,
                               p.n,
                               p.k,
                               widen<Format>(p.a, p.m, p.k, a, line.get()),
                               widen<Format>(p.b, p.k, p.n, b, line.get()),
                               {c, p.n, 1},
                               p.accumulate};
  if (p.accumulate)
    for (int64_t i = 0; i < p.m; ++i)
      Format::widen(p.n, p.c.at(i, 0), wide.c.at(i, 0));
  multiply<float>({wide, 1, 0, 0, 0});
  for (int64_t i = 0; i < p.m; ++i)
    Format::narrow(p.n, wide.c.at(i, 0), p.c.at(i, 0));
}

template <typename Format> static void multiplyNarrow(BatchedProduct<uint16_t> batched) {
  const auto &first = batched.first;
  if (batched.count <= 0 || first.m <= 0 || first.n <= 0)
    return;
  int64_t work = first.m * first.n * std::max(int64_t(1), first.k);
  ThreadPool::global().parallelFor(batched.count, 1 + 500000 / work,
                                   [&](int64_t begin, int64_t end) {
                                     for (int64_t index = begin; index < end; ++index)
                                       multiplyNarrow<Format>(batched.member(index));
                                   });
}

} // namespace mjx::runtime

#define MJX_DEFINE_GEMM(suffix, Given, T, function)                                                \
  void mjx_rt_gemm_##suffix(int64_t batch, int64_t m, int64_t n, int64_t k, const Given *a,        \
                            int64_t aBatch, int64_t aRow, int64_t aCol, const Given *b,            \
                            int64_t bBatch, int64_t bRow, int64_t bCol, Given *c, int64_t cBatch,  \
                            int64_t cRow, int32_t accumulate) {                                    \
    using namespace mjx::runtime;                                                                  \
    function({{m,                                                                                  \
               n,                                                                                  \
               std::max(int64_t(0), k),                                                            \
               {static_cast<const T *>(a), aRow, aCol},                                            \
               {static_cast<const T *>(b), bRow, bCol},                                            \
               {static_cast<T *>(c), cRow, 1},                                                     \
               accumulate != 0},                                                                   \
              batch,                                                                               \
              aBatch,                                                                              \
              bBatch,                                                                              \
              cBatch});                                                                            \
  }
MJX_DEFINE_GEMM(bf16, uint16_t, uint16_t, multiplyNarrow<BFloat16>)
MJX_DEFINE_GEMM(f16, uint16_t, uint16_t, multiplyNarrow<Float16>)
MJX_DEFINE_GEMM(i8, uint8_t, uint8_t, multiplySimply<uint8_t>)
MJX_DEFINE_GEMM(i16, uint16_t, uint16_t, multiplySimply<uint16_t>)
MJX_DEFINE_GEMM(i32, uint32_t, uint32_t, multiplySimply<uint32_t>)
MJX_DEFINE_GEMM(i64, uint64_t, uint64_t, multiplySimply<uint64_t>)
MJX_DEFINE_GEMM(c64, void, std::complex<float>, multiplySimply<std::complex<float>>)
MJX_DEFINE_GEMM(c128, void, std::complex<double>, multiplySimply<std::complex<double>>)
#undef MJX_DEFINE_GEMM
