//===- RadixSort.h - Sorting by digits --------------------------*- C++ -*-===//
#ifndef MJX_LIB_RUNTIME_CPU_RADIXSORT_H
#define MJX_LIB_RUNTIME_CPU_RADIXSORT_H

#include "mjx/Runtime/ThreadPool.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

namespace mjx::runtime {

/// Up to here items are inserted one by one.
constexpr int64_t fewItems = 48;

// Loops below copy `keyOf` first: read through a reference it would be loaded
// anew after every store.

template <typename Item, typename KeyOf>
void insertByKey(Item *items, int64_t n, const KeyOf &shared) {
  KeyOf keyOf = shared;
  for (int64_t i = 1; i < n; ++i) {
    Item item = items[i];
    auto key = keyOf(item);
    int64_t j = i;
    for (; j > 0 && key < keyOf(items[j - 1]); --j)
      items[j] = items[j - 1];
    items[j] = item;
  }
}

/// Distributes items by digits of `width` bits of their keys, last digit first,
/// leaving out digits that all keys share.
///
/// Where the leading digits tell nearly all keys apart, only these are
/// distributed by, and the short runs of items that share them are sorted
/// after that: half the passes for 64-bit keys.
template <int width, typename Item, typename KeyOf> class DigitSort {
public:
  using Key = decltype(std::declval<KeyOf>()(std::declval<const Item &>()));

  DigitSort(int64_t n, const KeyOf &keyOf) : n(n), shared(keyOf) {}

  /// Sorts `in` into `out`; `in` may be one of the others.
  void run(const Item *in, Item *out, Item *space) {
    int first = firstDigit(in), passes = 0;
    for (int digit = first; digit < numDigits; ++digit)
      passes += !isShared[digit];
    Item *to = passes % 2 ? out : space, *next = passes % 2 ? space : out;
    if (passes == 0)
      copy(in, out);
    else if (in == to)
      in = copy(in, next);
    for (int digit = first; digit < numDigits; ++digit) {
      if (isShared[digit])
        continue;
      distribute(in, to, digit);
      in = to;
      std::swap(to, next);
    }
    if (first > 0)
      sortRuns(out, space, width * first);
  }

private:
  static constexpr int numValues = 1 << width;
  static constexpr int numDigits = (8 * sizeof(Key) + width - 1) / width;
  /// As many digits are counted in one go.
  static constexpr int countedAtOnce = std::min(4, numDigits);

  const Item *copy(const Item *from, Item *to) const {
    if (from != to)
      std::memcpy(to, from, n * sizeof(Item));
    return to;
  }

  /// Counts the digits from `begin` on, of which some may be counted already.
  void countDigits(const Item *items, int begin) {
    KeyOf keyOf = shared;
    std::memset(counts[begin], 0, countedAtOnce * sizeof(counts[0]));
    for (int64_t i = 0; i < n; ++i) {
      uint64_t key = uint64_t(keyOf(items[i])) >> width * begin;
      for (int digit = begin; digit < begin + countedAtOnce; ++digit, key >>= width)
        ++counts[digit][key & (numValues - 1)];
    }
  }

  /// How likely two items are to have the same digit. In integers, since those
  /// are added in any order, several at a time.
  double chanceOfEqual(int digit) const {
    uint64_t pairs = 0;
    for (uint32_t count : counts[digit])
      pairs += uint64_t(count) * count;
    return double(pairs) / double(uint64_t(n) * uint64_t(n));
  }

  /// The last digit to distribute by: the last there is, unless those before,
  /// were they independent, leave few items that share them, and two passes
  /// can be saved, since looking for runs costs one.
  int firstDigit(const Item *items) {
    int enough = 0, counted = numDigits;
    double confused = double(n);
    for (int digit = numDigits; digit-- > enough;) {
      if (digit < counted)
        countDigits(items, counted = std::max(0, counted - countedAtOnce));
      double chance = chanceOfEqual(digit);
      isShared[digit] = chance == 1;
      confused *= chance;
      if (confused < 0.5 && digit >= 2)
        enough = digit;
    }
    return enough;
  }

  void distribute(const Item *from, Item *to, int digit) {
    KeyOf keyOf = shared;
    uint32_t *places = counts[digit], start = 0;
    for (int value = 0; value < numValues; ++value)
      start += std::exchange(places[value], start);
    for (int64_t i = 0; i < n; ++i)
      to[places[uint64_t(keyOf(from[i])) >> width * digit & (numValues - 1)]++] = from[i];
  }

  /// Sorts items that share all of the key but the last `shift` bits.
  void sortRuns(Item *items, Item *space, int shift) const {
    KeyOf keyOf = shared;
    auto prefix = [&](int64_t i) { return uint64_t(keyOf(items[i])) >> shift; };
    int64_t end;
    for (int64_t begin = 0; begin < n; begin = end) {
      uint64_t first = prefix(begin);
      for (end = begin + 1; end < n && prefix(end) == first;)
        ++end;
      if (end - begin <= fewItems)
        insertByKey(items + begin, end - begin, keyOf);
      else
        DigitSort<8, Item, KeyOf>(end - begin, keyOf)
            .run(items + begin, items + begin, space + begin);
    }
  }

  int64_t n;
  const KeyOf &shared;
  bool isShared[numDigits];
  uint32_t counts[numDigits][numValues];
};

/// Sorts n items stably by keyOf(item), an unsigned number, from `in` into
/// `out`; `space` has as many elements, and `in` may be one of the others.
template <typename Item, typename KeyOf>
void sortByKey(const Item *in, Item *out, Item *space, int64_t n, const KeyOf &keyOf) {
  // Wider digits want more room in the cache, and each has more to count.
  constexpr int64_t leastForWide = 1 << 13, leastForNarrow = 1 << 18;
  if (n <= fewItems) {
    if (in != out)
      std::memcpy(out, in, n * sizeof(Item));
    return insertByKey(out, n, keyOf);
  }
  using Narrow = DigitSort<8, Item, KeyOf>;
  if (sizeof(typename Narrow::Key) > 2 && n >= leastForWide && n < leastForNarrow)
    DigitSort<11, Item, KeyOf>(n, keyOf).run(in, out, space);
  else
    Narrow(n, keyOf).run(in, out, space);
}

/// What is left of two sorted ranges to merge.
template <typename Item, typename KeyOf> struct MergeCursor {
  const Item *left, *leftEnd, *right, *rightEnd;
  Item *out;

  bool hasBoth() const { return left < leftEnd && right < rightEnd; }
  void step(const KeyOf &keyOf) {
    bool takeRight = keyOf(*right) < keyOf(*left);
    *out++ = takeRight ? *right : *left;
    right += takeRight;
    left += !takeRight;
  }
  void finish(const KeyOf &keyOf) {
    while (hasBoth())
      step(keyOf);
    std::copy(right, rightEnd, std::copy(left, leftEnd, out));
  }
};

/// Two neighboring sorted ranges of `from`, merged by pieces of the result.
template <typename Item, typename KeyOf> class Merge {
public:
  Merge(const Item *from, int64_t begin, int64_t middle, int64_t end, const KeyOf &keyOf)
      : left(from + begin), right(from + middle), numLeft(middle - begin), numRight(end - middle),
        begin(begin), shared(keyOf) {}

  int64_t size() const { return numLeft + numRight; }

  /// Writes items [first, last) of the result, counted from its begin. A step
  /// waits for the one before, so that two halves together take as long as one.
  void piece(Item *to, int64_t first, int64_t last) const {
    KeyOf keyOf = shared;
    int64_t middle = first + (last - first) / 2;
    auto low = cursor(to, first, middle), high = cursor(to, middle, last);
    while (low.hasBoth() && high.hasBoth()) {
      low.step(keyOf);
      high.step(keyOf);
    }
    low.finish(keyOf);
    high.finish(keyOf);
  }

private:
  MergeCursor<Item, KeyOf> cursor(Item *to, int64_t first, int64_t last) const {
    int64_t i = leftAmong(first), j = leftAmong(last);
    return {left + i, left + j, right + (first - i), right + (last - j), to + begin + first};
  }

  /// How many of the first `count` items of the result are from the left.
  int64_t leftAmong(int64_t count) const {
    int64_t low = std::max<int64_t>(0, count - numRight), high = std::min(count, numLeft);
    while (low < high) {
      int64_t middle = low + (high - low) / 2;
      if (shared(right[count - middle - 1]) < shared(left[middle]))
        high = middle;
      else
        low = middle + 1;
    }
    return low;
  }

  const Item *left, *right;
  int64_t numLeft, numRight, begin;
  const KeyOf &shared;
};

/// sortByKey by all threads of the pool: each sorts a part, and the parts are
/// merged two by two.
template <typename Item, typename KeyOf>
void sortByKeyInParallel(const Item *in, Item *out, Item *space, int64_t n, const KeyOf &keyOf) {
  ThreadPool &pool = ThreadPool::global();
  constexpr int64_t leastPerPart = 1 << 16;
  int64_t wanted = std::min<int64_t>(pool.numThreads(), n / leastPerPart), numParts = 1;
  Item *sorted = out, *other = space;
  for (; numParts < wanted; numParts *= 2)
    std::swap(sorted, other);
  if (numParts == 1)
    return sortByKey(in, out, space, n, keyOf);
  auto partBegin = [&](int64_t part) { return n * part / numParts; };
  pool.parallelFor(numParts, 1, [&](int64_t begin, int64_t end) {
    for (int64_t part = begin; part < end; ++part) {
      int64_t at = partBegin(part);
      sortByKey(in + at, sorted + at, other + at, partBegin(part + 1) - at, keyOf);
    }
  });
  for (int64_t run = 1; run < numParts; run *= 2) {
    pool.parallelFor(numParts, 1, [&](int64_t begin, int64_t end) {
      for (int64_t part = begin; part < end; ++part) {
        int64_t first = part / (2 * run) * 2 * run, piece = part - first;
        Merge<Item, KeyOf> merge(sorted, partBegin(first), partBegin(first + run),
                                 partBegin(first + 2 * run), keyOf);
        int64_t size = merge.size();
        merge.piece(other, size * piece / (2 * run), size * (piece + 1) / (2 * run));
      }
    });
    std::swap(sorted, other);
  }
}

} // namespace mjx::runtime

#endif // MJX_LIB_RUNTIME_CPU_RADIXSORT_H
