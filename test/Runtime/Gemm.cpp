//===- Gemm.cpp - Tests of the matrix products ------------------*- C++ -*-===//
//
// Against plain loops in f64 over the same elements, whatever their layout.
//
//===----------------------------------------------------------------------===//

#include "Check.h"

#include "mjx/Runtime/Kernels.h"
#include "mjx/Runtime/ThreadPool.h"

#include <cmath>
#include <complex>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <random>
#include <sys/resource.h>
#include <unistd.h>

namespace mjx::runtime::test {

namespace {

struct Sizes {
  int64_t batch, m, n, k;
};

/// How a matrix lies in memory.
enum class Layout { rows, columns, padded, spread, reversed, broadcast };

constexpr Layout layouts[] = {Layout::rows,   Layout::columns,  Layout::padded,
                              Layout::spread, Layout::reversed, Layout::broadcast};

template <typename T> struct Operand {
  std::vector<T> memory;
  int64_t batch, row, col, origin;

  Operand(Layout layout, int64_t count, int64_t rows, int64_t columns);
  const T *data() const { return memory.data() + origin; }
  T at(int64_t p, int64_t i, int64_t j) const { return data()[p * batch + i * row + j * col]; }
};

std::mt19937 randomBits(7);

} // namespace

template <typename T>
Operand<T>::Operand(Layout layout, int64_t count, int64_t rows, int64_t columns) : origin(0) {
  batch = rows * columns;
  row = columns, col = 1;
  switch (layout) {
  case Layout::rows:
    break;
  case Layout::columns:
    row = 1, col = rows;
    break;
  case Layout::padded:
    row = columns + 3, batch = rows * row + 5;
    break;
  case Layout::spread:
    row = 2 * columns * 3, col = 3, batch = rows * row;
    break;
  case Layout::reversed:
    origin = rows * columns - 1, row = -columns, col = -1;
    break;
  case Layout::broadcast:
    batch = 0, row = 0;
    break;
  }
  memory.resize(std::max(int64_t(1), count * std::max(batch, rows * columns)) + 6 * rows * columns);
}

static float fromBfloat(uint16_t bits) {
  uint32_t wide = uint32_t(bits) << 16;
  float value;
  std::memcpy(&value, &wide, 4);
  return value;
}

// Small integers: exact in every type, so that 16-bit inputs need no rounding.
static uint16_t smallHalf(int value) { // -4 .. 4 in IEEE half precision
  static const uint16_t positive[] = {0, 0x3c00, 0x4000, 0x4200, 0x4400};
  return value < 0 ? positive[-value] | 0x8000 : positive[value];
}

static float fromHalf(uint16_t bits) {
  int exponent = bits >> 10 & 31, fraction = bits & 1023;
  float magnitude = exponent == 31 ? (fraction ? NAN : INFINITY)
                    : exponent     ? std::ldexp(1024.f + fraction, exponent - 25)
                                   : std::ldexp(float(fraction), -24);
  return bits & 0x8000 ? -magnitude : magnitude;
}

//===----------------------------------------------------------------------===//
// f32 and f64
//===----------------------------------------------------------------------===//

template <typename T>
using Gemm = void (*)(int64_t, int64_t, int64_t, int64_t, const T *, int64_t, int64_t, int64_t,
                      const T *, int64_t, int64_t, int64_t, T *, int64_t, int64_t, int32_t);

template <typename T> static void fillRandomly(std::vector<T> &values) {
  std::uniform_real_distribution<T> uniform(-1, 1);
  for (T &value : values)
    value = uniform(randomBits);
}

template <typename T>
static bool matches(Gemm<T> gemm, Sizes s, Layout layoutA, Layout layoutB, bool accumulate) {
  Operand<T> a(layoutA, s.batch, s.m, s.k), b(layoutB, s.batch, s.k, s.n);
  fillRandomly(a.memory);
  fillRandomly(b.memory);
  int64_t cRow = s.n + 2, cBatch = s.m * cRow + 3;
  std::vector<T> c(s.batch * cBatch + 1);
  fillRandomly(c);
  std::vector<T> before = c;
  gemm(s.batch, s.m, s.n, s.k, a.data(), a.batch, a.row, a.col, b.data(), b.batch, b.row, b.col,
       c.data(), cBatch, cRow, accumulate);
  double tolerance = std::numeric_limits<T>::epsilon() * (s.k / 2.0 + 8);
  for (int64_t p = 0; p < s.batch; ++p)
    for (int64_t i = 0; i < s.m; ++i)
      for (int64_t j = 0; j < s.n; ++j) {
        int64_t at = p * cBatch + i * cRow + j;
        double sum = accumulate ? before[at] : 0.0;
        for (int64_t q = 0; q < s.k; ++q)
          sum += double(a.at(p, i, q)) * double(b.at(p, q, j));
        if (!(std::abs(c[at] - sum) <= tolerance * (1 + std::abs(sum))))
          return false;
        before[at] = c[at];
      }
  return before == c; // nothing between the rows was touched
}

template <typename T> static void smallProducts(Gemm<T> gemm) {
  for (int64_t m : {1, 5, 6, 7, 13})
    for (int64_t n : {1, 3, 8, 15, 16, 17, 64, 70})
      for (int64_t k : {0, 1, 9, 33})
        for (bool accumulate : {false, true})
          CHECK(matches<T>(gemm, {1, m, n, k}, Layout::rows, Layout::rows, accumulate));
}

template <typename T> static void allLayouts(Gemm<T> gemm) {
  for (Layout a : layouts)
    for (Layout b : layouts)
      for (Sizes s : {Sizes{2, 7, 19, 5}, Sizes{3, 40, 70, 50}, Sizes{1, 31, 70, 60}})
        if (!CHECK(matches<T>(gemm, s, a, b, s.k == 50)))
          std::fprintf(stderr, "layouts %d, %d\n", int(a), int(b));
}

template <typename T> static void largeProducts(Gemm<T> gemm) {
  CHECK(matches<T>(gemm, {1, 150, 200, 90}, Layout::rows, Layout::rows, false));
  CHECK(matches<T>(gemm, {1, 60, 1100, 40}, Layout::rows, Layout::columns, true));
  CHECK(matches<T>(gemm, {1, 101, 67, 600}, Layout::columns, Layout::rows, false));
  CHECK(matches<T>(gemm, {300, 8, 8, 8}, Layout::rows, Layout::rows, false));
  CHECK(matches<T>(gemm, {7, 65, 129, 33}, Layout::padded, Layout::spread, true));
  CHECK(matches<T>(gemm, {1, 1, 3000, 100}, Layout::rows, Layout::rows, false));
  CHECK(matches<T>(gemm, {1, 3000, 1, 100}, Layout::rows, Layout::rows, false));
  CHECK(matches<T>(gemm, {1, 401, 5, 2000}, Layout::rows, Layout::rows, false));
}

// Products with one row or column, which take ways of their own.
template <typename T> static void vectorProducts(Gemm<T> gemm) {
  for (Layout a : layouts)
    for (Layout b : layouts)
      for (Sizes s :
           {Sizes{1, 1, 1, 40}, Sizes{1, 1, 23, 37}, Sizes{2, 23, 1, 37}, Sizes{1, 230, 1, 600}})
        for (bool accumulate : {false, true})
          CHECK(matches<T>(gemm, s, a, b, accumulate));
}

// Contiguous columns times a column into a contiguous column.
template <typename T> static void columnsTimesVector(Gemm<T> gemm) {
  std::vector<T> a(50 * 30), x(30), y(50);
  fillRandomly(a);
  fillRandomly(x);
  gemm(1, 50, 1, 30, a.data(), 0, 1, 50, x.data(), 0, 1, 1, y.data(), 0, 1, 0);
  for (int64_t i = 0; i < 50; ++i) {
    double sum = 0;
    for (int64_t q = 0; q < 30; ++q)
      sum += double(a[q * 50 + i]) * double(x[q]);
    CHECK(std::abs(y[i] - sum) < 1e-5);
  }
}

template <typename T> static void emptyProducts(Gemm<T> gemm) {
  T c[2] = {3, 4};
  gemm(0, 2, 2, 2, c, 0, 0, 0, c, 0, 0, 0, c, 0, 0, 0);
  gemm(1, 0, 2, 2, c, 0, 0, 0, c, 0, 0, 0, c, 0, 0, 0);
  gemm(1, 2, 0, 2, c, 0, 0, 0, c, 0, 0, 0, c, 0, 0, 0);
  gemm(1, 1, 2, 0, c, 0, 0, 0, c, 0, 0, 0, c, 0, 2, 1);
  CHECK(c[0] == 3 && c[1] == 4);
  gemm(1, 1, 2, 0, c, 0, 0, 0, c, 0, 0, 0, c, 0, 2, 0);
  CHECK(c[0] == 0 && c[1] == 0);
}

// Exactly the elements that meet a NaN or 0 * infinity become NaN.
template <typename T> static void specialValues(Gemm<T> gemm, int64_t n) {
  T inf = std::numeric_limits<T>::infinity();
  std::vector<T> a(n * n, 1), b(n * n, 1), c(n * n);
  a[1 * n + 2] = NAN;
  a[3 * n + 1] = 0;
  b[1 * n + 4] = inf;
  gemm(1, n, n, n, a.data(), 0, n, 1, b.data(), 0, n, 1, c.data(), 0, n, 0);
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < n; ++j) {
      T value = c[i * n + j];
      if (i == 1 || (i == 3 && j == 4))
        CHECK(std::isnan(value));
      else
        CHECK(j == 4 ? value == inf : value == T(i == 3 ? n - 1 : n));
    }
}

template <typename T> static void testFloats(Gemm<T> gemm) {
  smallProducts(gemm);
  allLayouts(gemm);
  largeProducts(gemm);
  vectorProducts(gemm);
  columnsTimesVector(gemm);
  emptyProducts(gemm);
  specialValues(gemm, 5);
  specialValues(gemm, 70);
}

//===----------------------------------------------------------------------===//
// The other types, on small integers, whose sums are exact
//===----------------------------------------------------------------------===//

/// `encode` makes an element of a small integer, `decode` a number of an
/// element.
template <typename T, typename G, typename Encode, typename Decode>
static void testExact(G gemm, Encode encode, Decode decode) {
  std::uniform_int_distribution<int> small(-4, 4);
  for (Layout layoutA : layouts)
    for (Layout layoutB : layouts)
      for (Sizes s : {Sizes{2, 3, 5, 4}, Sizes{1, 17, 21, 7}, Sizes{2, 3, 2, 0}})
        for (bool accumulate : {false, true}) {
          Operand<T> a(layoutA, s.batch, s.m, s.k);
          Operand<T> b(layoutB, s.batch, s.k, s.n);
          for (auto *memory : {&a.memory, &b.memory})
            for (T &value : *memory)
              value = encode(small(randomBits));
          std::vector<T> c(s.batch * s.m * s.n, encode(3));
          gemm(s.batch, s.m, s.n, s.k, a.data(), a.batch, a.row, a.col, b.data(), b.batch, b.row,
               b.col, c.data(), s.m * s.n, s.n, accumulate);
          bool equal = true;
          for (int64_t p = 0; p < s.batch; ++p)
            for (int64_t i = 0; i < s.m; ++i)
              for (int64_t j = 0; j < s.n; ++j) {
                auto sum = accumulate ? decode(encode(3)) : decode(T());
                for (int64_t q = 0; q < s.k; ++q)
                  sum += decode(a.at(p, i, q)) * decode(b.at(p, q, j));
                equal &= decode(c[(p * s.m + i) * s.n + j]) == sum;
              }
          CHECK(equal);
        }
}

template <typename Unsigned, typename Signed, typename G> static void testIntegers(G gemm) {
  testExact<Unsigned>(
      gemm, [](int x) { return Unsigned(Signed(x)); },
      [](Unsigned x) { return int64_t(Signed(x)); });
}

static void integersWrap() {
  uint8_t a = 200, b = 3, c = 100;
  mjx_rt_gemm_i8(1, 1, 1, 1, &a, 0, 1, 1, &b, 0, 1, 1, &c, 0, 1, 1);
  CHECK(c == uint8_t(700));
  uint16_t x = 65535, y = 65535, z;
  mjx_rt_gemm_i16(1, 1, 1, 1, &x, 0, 1, 1, &y, 0, 1, 1, &z, 0, 1, 0);
  CHECK(z == 1);
}

// 1 + 2^-7 times itself needs two more bits than bf16 has; the sum of 256 such
// products is exact in f32 and rounded once.
static void narrowTypesRoundOnce() {
  std::vector<uint16_t> a(256, 0x3f81);
  uint16_t c;
  mjx_rt_gemm_bf16(1, 1, 1, 256, a.data(), 0, 256, 1, a.data(), 0, 1, 1, &c, 0, 1, 0);
  CHECK(fromBfloat(c) == 260.f);
  std::vector<uint16_t> half(2048, 0x3c01); // 1 + 2^-10
  mjx_rt_gemm_f16(1, 1, 1, 2048, half.data(), 0, 2048, 1, half.data(), 0, 1, 1, &c, 0, 1, 0);
  CHECK(fromHalf(c) == 2052.f);
  uint16_t large = 0x7bff, two = 0x4000, tiny = 1, one = 0x3c00, nan = 0x7e01;
  auto times = [](uint16_t x, uint16_t y) {
    uint16_t z;
    mjx_rt_gemm_f16(1, 1, 1, 1, &x, 0, 1, 1, &y, 0, 1, 1, &z, 0, 1, 0);
    return z;
  };
  CHECK(times(large, two) == 0x7c00);
  CHECK(times(tiny, one) == 1);
  CHECK(times(tiny, 0x3800) == 0);
  CHECK(times(3, 0x3800) == 2);
  CHECK(std::isnan(fromHalf(times(nan, one))));
}

/// The bytes of address space the process has.
static size_t addressSpace() {
  size_t pages = 0;
  if (std::FILE *file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, "%zu", &pages) != 1)
      pages = 0;
    std::fclose(file);
  }
  return pages * size_t(sysconf(_SC_PAGESIZE));
}

// Where there is no room for copies in f32 the product is made without them.
static void narrowTypesDoWithoutMemory() {
  constexpr int64_t n = 2048, k = 3;
  std::vector<uint16_t> a(n * k), b(k * n), expected(n * n), c(n * n);
  for (int64_t i = 0; i < n * k; ++i)
    a[i] = b[i] = uint16_t(0x3f80 + i % 64); // numbers from 1 to 1.5
  auto multiply = [&](std::vector<uint16_t> &result, bool accumulate) {
    mjx_rt_gemm_bf16(1, n, n, k, a.data(), 0, k, 1, b.data(), 0, n, 1, result.data(), 0, n,
                     accumulate);
  };
  rlimit before;
  getrlimit(RLIMIT_AS, &before);
  rlimit tight = {addressSpace() + (4 << 20), before.rlim_max}; // the copies take 16 MiB
  REQUIRE(setrlimit(RLIMIT_AS, &tight) == 0);
  void *volatile room = std::malloc(16 << 20); // lest the compiler takes it for granted
  CHECK(!room);
  multiply(c, false);
  multiply(c, true);
  setrlimit(RLIMIT_AS, &before);
  multiply(expected, false);
  multiply(expected, true);
  CHECK(c == expected);
}

void testGemm() {
  narrowTypesDoWithoutMemory(); // while the process holds no free memory
  ThreadPool::global().setNumThreads(3);
  testFloats<float>(mjx_rt_gemm_f32);
  testFloats<double>(mjx_rt_gemm_f64);
  testIntegers<uint8_t, int8_t>(mjx_rt_gemm_i8);
  testIntegers<uint16_t, int16_t>(mjx_rt_gemm_i16);
  testIntegers<uint32_t, int32_t>(mjx_rt_gemm_i32);
  testIntegers<uint64_t, int64_t>(mjx_rt_gemm_i64);
  integersWrap();
  auto complexOf = [](int x) { return std::complex<float>(x, 1 - x); };
  testExact<std::complex<float>>(mjx_rt_gemm_c64, complexOf,
                                 [](std::complex<float> z) { return std::complex<double>(z); });
  testExact<std::complex<double>>(
      mjx_rt_gemm_c128, [](int x) { return std::complex<double>(x, 2 - x); },
      [](std::complex<double> z) { return z; });
  testExact<uint16_t>(
      mjx_rt_gemm_bf16,
      [](int x) {
        float value = float(x);
        uint32_t bits;
        std::memcpy(&bits, &value, 4);
        return uint16_t(bits >> 16);
      },
      fromBfloat);
  testExact<uint16_t>(mjx_rt_gemm_f16, smallHalf, fromHalf);
  narrowTypesRoundOnce();
  CHECK(!lookupRuntimeSymbol("mjx_rt_nothing"));
  CHECK(lookupRuntimeSymbol("mjx_rt_gemm_f32") == reinterpret_cast<void *>(&mjx_rt_gemm_f32));
}

} // namespace mjx::runtime::test
