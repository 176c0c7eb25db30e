//===- Sort.cpp - Tests of sorting ------------------------------*- C++ -*-===//
//
// Against std::stable_sort with the order written out.
//
//===----------------------------------------------------------------------===//

#include "Check.h"

#include "mjx/Runtime/Kernels.h"
#include "mjx/Runtime/ThreadPool.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <random>

namespace mjx::runtime::test {

namespace {

struct Shape {
  int64_t outer, n, inner;
  int64_t size() const { return outer * n * inner; }
};

std::mt19937_64 randomBits(11);

} // namespace

/// The documented order, for numbers of any type.
template <typename T> static bool before(T x, T y) {
  if (std::isnan(double(y)))
    return !std::isnan(double(x));
  return x < y;
}

template <typename T> static bool sameBits(T x, T y) { return std::memcmp(&x, &y, sizeof(T)) == 0; }

/// What elements look like: many equal ones and the special values of the type;
/// numbers only; or nearly all different in the upper half of their bits, but for
/// groups that differ in the lower half.
enum class Values { Special, Numbers, Grouped };

template <typename T> static std::vector<T> specialValues(int64_t count) {
  std::vector<T> values(count);
  for (T &value : values) {
    uint64_t bits = randomBits();
    if (bits % 3 == 0)
      value = T(int(bits >> 8 & 7) - (std::is_signed_v<T> ? 4 : 0));
    else if (std::is_floating_point_v<T>)
      value = T(double(int64_t(bits)) * 1e-15);
    else
      value = T(bits >> 5);
  }
  if (std::is_floating_point_v<T>)
    for (T &value : values)
      switch (randomBits() % 16) {
      case 0:
        value = T(-0.0);
        break;
      case 1:
        value = std::copysign(std::numeric_limits<T>::quiet_NaN(), randomBits() % 2 ? T(1) : T(-1));
        break;
      case 2:
        value = std::copysign(std::numeric_limits<T>::infinity(), randomBits() % 2 ? T(1) : T(-1));
        break;
      case 3:
        value = std::numeric_limits<T>::denorm_min();
        break;
      }
  return values;
}

template <typename T> static std::vector<T> someValues(int64_t count, Values kind) {
  std::vector<T> values = specialValues<T>(count);
  if (kind == Values::Numbers)
    for (T &value : values)
      if (std::isnan(double(value)) || value == T(0))
        value = T(1);
  if (kind == Values::Grouped)
    for (int64_t i = 0; i < count; ++i) {
      uint64_t bits = randomBits(), group = i % 8 ? bits : uint64_t(i % 64) << 55;
      bits = group >> 32 << 32 | uint32_t(bits);
      bits >>= 64 - 8 * sizeof(T);
      if (std::is_floating_point_v<T>) // below all ones in the exponent
        bits &= ~(uint64_t(1) << (8 * sizeof(T) - 2));
      std::memcpy(&values[i], &bits, sizeof(T));
    }
  return values;
}

/// The permutation of one line that sorts by `keys`, compared in turn.
template <typename T>
static std::vector<int64_t> expectedOrder(const std::vector<std::vector<T>> &keys, Shape shape,
                                          int64_t start, bool descending) {
  std::vector<int64_t> order(shape.n);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int64_t i, int64_t j) {
    for (const auto &key : keys) {
      T x = key[start + i * shape.inner], y = key[start + j * shape.inner];
      if (descending)
        std::swap(x, y);
      if (before(x, y) || before(y, x))
        return before(x, y);
    }
    return false;
  });
  return order;
}

template <typename T>
static void sortsLikeStableSort(ElementType type, Shape shape, int numOperands, int numKeys,
                                bool descending, bool inPlace, Values kind = Values::Special) {
  std::vector<std::vector<T>> ins, outs;
  std::vector<int64_t> desc = {shape.outer, shape.n, shape.inner, numOperands, numKeys,
                               descending,  1};
  for (int i = 0; i < numOperands; ++i) {
    ins.push_back(someValues<T>(shape.size(), kind));
    desc.push_back(int64_t(type));
  }
  outs = ins;
  std::vector<void *> inPointers, outPointers;
  for (int i = 0; i < numOperands; ++i) {
    outPointers.push_back(outs[i].data());
    inPointers.push_back(inPlace ? outs[i].data() : ins[i].data());
  }
  REQUIRE(mjx_rt_sort(desc.data(), inPointers.data(), outPointers.data()) == 0);
  std::vector<std::vector<T>> keys(ins.begin(), ins.begin() + numKeys);
  bool equal = true;
  for (int64_t line = 0; line < shape.outer * shape.inner; ++line) {
    int64_t start = line / shape.inner * shape.n * shape.inner + line % shape.inner;
    auto order = expectedOrder(keys, shape, start, descending);
    for (int i = 0; i < numOperands; ++i)
      for (int64_t j = 0; j < shape.n; ++j)
        equal &= sameBits(outs[i][start + j * shape.inner], ins[i][start + order[j] * shape.inner]);
  }
  if (!CHECK(equal))
    std::fprintf(stderr, "%s, [%ld,%ld,%ld], %d operands, %d keys, %d, values %d\n",
                 std::string(elementName(type)).c_str(), long(shape.outer), long(shape.n),
                 long(shape.inner), numOperands, numKeys, descending, int(kind));
}

template <typename T> static void testType(ElementType type) {
  for (Shape shape :
       {Shape{1, 1, 1}, Shape{1, 2, 1}, Shape{3, 47, 1}, Shape{2, 48, 1}, Shape{1, 5000, 1},
        Shape{40, 300, 1}, Shape{2, 100, 3}, Shape{1, 7, 5}, Shape{0, 4, 2}, Shape{2, 0, 2}})
    for (bool descending : {false, true}) {
      sortsLikeStableSort<T>(type, shape, 1, 1, descending, false);
      sortsLikeStableSort<T>(type, shape, 1, 1, descending, true);
      sortsLikeStableSort<T>(type, shape, 3, 1, descending, false);
      sortsLikeStableSort<T>(type, shape, 3, 2, descending, true);
    }
}

// Numbers only, alone and with payloads, in lines that lie together or apart.
template <typename T> static void testNumbers(ElementType type) {
  for (Shape shape : {Shape{1, 1, 1}, Shape{1, 2, 1}, Shape{2, 49, 1}, Shape{1, 9001, 1},
                      Shape{1, 301, 37}, Shape{2, 65, 16}, Shape{2, 5, 200}})
    for (Values kind : {Values::Numbers, Values::Grouped})
      for (bool descending : {false, true})
        for (int numOperands : {1, 2, 3}) {
          sortsLikeStableSort<T>(type, shape, numOperands, 1, descending, false, kind);
          sortsLikeStableSort<T>(type, shape, numOperands, 1, descending, true, kind);
        }
}

// Lines that are worth wider digits, fewer digits, and several threads.
template <typename T> static void testLongLines(ElementType type) {
  for (int64_t n : {100000, 300001})
    for (Values kind : {Values::Special, Values::Numbers, Values::Grouped})
      for (int numOperands : {1, 2}) {
        sortsLikeStableSort<T>(type, {1, n, 1}, numOperands, 1, n % 2, false, kind);
        sortsLikeStableSort<T>(type, {1, n, 1}, numOperands, 1, false, true, kind);
      }
}

// Of these lines, fewer fit into the cache than share cache lines.
static void longLinesThatAreApart() {
  Shape shape = {1, 100000, 5};
  sortsLikeStableSort<float>(ElementType::Float32, shape, 1, 1, false, false, Values::Numbers);
  sortsLikeStableSort<float>(ElementType::Float32, shape, 2, 1, false, true, Values::Numbers);
}

// With a payload of another width; -0 and +0 keep their order.
static void mixedTypesMoveTogether() {
  float keys[] = {2, -0.f, NAN, 0.f, -1};
  uint8_t payload[] = {0, 1, 2, 3, 4}, moved[5];
  float sorted[5];
  int64_t desc[] = {
      1, 5, 1, 2, 1, 0, 1, int64_t(ElementType::Float32), int64_t(ElementType::UInt8)};
  void *ins[] = {keys, payload}, *outs[] = {sorted, moved};
  REQUIRE(mjx_rt_sort(desc, ins, outs) == 0);
  const uint8_t expected[] = {4, 1, 3, 0, 2};
  CHECK(std::equal(moved, moved + 5, expected));
  CHECK(std::signbit(sorted[1]) && !std::signbit(sorted[2]));
}

static void complexNumbersCompareByParts() {
  float values[] = {1, 2, 1, -2, 0, 5, 1, 0}, sorted[8];
  int64_t desc[] = {1, 4, 1, 1, 1, 0, 1, int64_t(ElementType::Complex64)};
  void *ins[] = {values}, *outs[] = {sorted};
  REQUIRE(mjx_rt_sort(desc, ins, outs) == 0);
  const float expected[] = {0, 5, 1, -2, 1, 0, 1, 2};
  CHECK(std::equal(sorted, sorted + 8, expected));
}

static void sixteenBitFloatsSort() {
  // Infinity, -1, NaN, 1, -infinity, 0 in half precision and in bfloat16.
  uint16_t half[] = {0x7c00, 0xbc00, 0xfe00, 0x3c00, 0xfc00, 0};
  uint16_t brain[] = {0x7f80, 0xbf80, 0xffc0, 0x3f80, 0xff80, 0};
  const uint16_t halfSorted[] = {0xfc00, 0xbc00, 0, 0x3c00, 0x7c00, 0xfe00};
  const uint16_t brainSorted[] = {0xff80, 0xbf80, 0, 0x3f80, 0x7f80, 0xffc0};
  int64_t desc[] = {1, 6, 1, 1, 1, 0, 1, int64_t(ElementType::Float16)};
  void *pointers[] = {half};
  CHECK(mjx_rt_sort(desc, pointers, pointers) == 0);
  CHECK(std::equal(half, half + 6, halfSorted));
  desc[7] = int64_t(ElementType::BFloat16);
  pointers[0] = brain;
  CHECK(mjx_rt_sort(desc, pointers, pointers) == 0);
  CHECK(std::equal(brain, brain + 6, brainSorted));
}

static void malformedDescriptorsAreRefused() {
  float value = 1;
  void *pointers[] = {&value};
  int64_t noOperands[] = {1, 1, 1, 0, 0, 0, 1};
  int64_t tooManyKeys[] = {1, 1, 1, 1, 2, 0, 1, 11};
  int64_t noSuchType[] = {1, 1, 1, 1, 1, 0, 1, 99};
  for (int64_t *desc : {noOperands, tooManyKeys, noSuchType})
    CHECK(mjx_rt_sort(desc, pointers, pointers) == 1);
}

void testSort() {
  ThreadPool::global().setNumThreads(3);
  testType<uint8_t>(ElementType::Bool);
  testType<uint8_t>(ElementType::UInt8);
  testType<int8_t>(ElementType::Int8);
  testType<uint16_t>(ElementType::UInt16);
  testType<int16_t>(ElementType::Int16);
  testType<uint32_t>(ElementType::UInt32);
  testType<int32_t>(ElementType::Int32);
  testType<uint64_t>(ElementType::UInt64);
  testType<int64_t>(ElementType::Int64);
  testType<float>(ElementType::Float32);
  testType<double>(ElementType::Float64);
  testNumbers<uint32_t>(ElementType::UInt32);
  testNumbers<int32_t>(ElementType::Int32);
  testNumbers<float>(ElementType::Float32);
  testNumbers<uint64_t>(ElementType::UInt64);
  testNumbers<int64_t>(ElementType::Int64);
  testNumbers<double>(ElementType::Float64);
  testLongLines<int16_t>(ElementType::Int16);
  testLongLines<int32_t>(ElementType::Int32);
  testLongLines<float>(ElementType::Float32);
  testLongLines<uint64_t>(ElementType::UInt64);
  testLongLines<double>(ElementType::Float64);
  longLinesThatAreApart();
  mixedTypesMoveTogether();
  complexNumbersCompareByParts();
  sixteenBitFloatsSort();
  malformedDescriptorsAreRefused();
}

} // namespace mjx::runtime::test
