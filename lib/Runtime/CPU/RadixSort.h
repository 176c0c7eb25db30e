//===- RadixSort.h - Sorting by digits --------------------------*- C++ -*-===//
#ifndef MJX_LIB_RUNTIME_CPU_RADIXSORT_H
#define MJX_LIB_RUNTIME_CPU_RADIXSORT_H

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

namespace mjx::runtime {

/// Sorts `items` stably by keyOf(item), an unsigned number; `space` has as many
/// elements. Few items are inserted one by one; many are distributed by one
/// byte of the key at a time, last byte first, leaving out bytes all keys
/// share.
template <typename Item, typename KeyOf>
void sortByKey(Item *items, Item *space, int64_t n, KeyOf keyOf) {
  using Key = decltype(keyOf(*items));
  constexpr int digits = sizeof(Key);
  if (n < 48) {
    for (int64_t i = 1; i < n; ++i) {
      Item item = items[i];
      Key key = keyOf(item);
      int64_t j = i;
      for (; j > 0 && key < keyOf(items[j - 1]); --j)
        items[j] = items[j - 1];
      items[j] = item;
    }
    return;
  }
  uint32_t counts[digits][256] = {};
  for (int64_t i = 0; i < n; ++i) {
    Key key = keyOf(items[i]);
    for (int digit = 0; digit < digits; ++digit)
      ++counts[digit][uint8_t(uint64_t(key) >> 8 * digit)];
  }
  Item *from = items, *to = space;
  for (int digit = 0; digit < digits; ++digit) {
    auto digitOf = [&](const Item &item) { return uint8_t(uint64_t(keyOf(item)) >> 8 * digit); };
    uint32_t *count = counts[digit];
    if (count[digitOf(from[0])] == n)
      continue;
    uint32_t start = 0;
    for (int value = 0; value < 256; ++value)
      start += std::exchange(count[value], start);
    for (int64_t i = 0; i < n; ++i)
      to[count[digitOf(from[i])]++] = from[i];
    std::swap(from, to);
  }
  if (from != items)
    std::memcpy(items, from, n * sizeof(Item));
}

} // namespace mjx::runtime

#endif // MJX_LIB_RUNTIME_CPU_RADIXSORT_H
