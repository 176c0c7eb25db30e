//===- TopK.cpp - The greatest elements of rows -----------------*- C++ -*-===//
//
// A candidate is a number whose upper part is the key of an element and whose
// lower part is greater the earlier the element comes, so that candidates differ
// and their order is the stable one. Few are kept sorted while the row goes by,
// which is skipped in blocks that have nothing to add; many are selected first
// and sorted then.
//
//===----------------------------------------------------------------------===//

#include "SortKeys.h"

#include "mjx/Runtime/Kernels.h"
#include "mjx/Runtime/ThreadPool.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <limits>
#include <memory>
#include <new>
#include <type_traits>

namespace mjx::runtime {
namespace {

/// Up to here it is cheaper to keep candidates sorted than to select them.
constexpr int64_t fewCandidates = 128;
constexpr int64_t blockSize = 64;
__extension__ typedef unsigned __int128 UInt128;

template <typename Order, typename Bits> class RowSelector {
public:
  using Candidate = std::conditional_t<sizeof(Bits) <= 4, uint64_t, UInt128>;

  RowSelector(int64_t n, int64_t k) : n(n), k(k) {}

  /// Candidates that need to be remembered at once.
  int64_t spaceNeeded() const { return k <= fewCandidates ? k + 1 : n; }

  void run(const Bits *row, Candidate *space, Bits *values, int32_t *places) const {
    if (k <= fewCandidates)
      keepFew(row, space);
    else
      selectMany(row, space);
    for (int64_t i = 0; i < k; ++i) {
      places[i] = int32_t(~uint32_t(space[i]));
      values[i] = row[places[i]];
    }
  }

private:
  static Candidate candidate(const Bits *row, int64_t i) {
    return Candidate(Order::key(row[i])) << 32 | uint32_t(~uint32_t(i));
  }

  void keepFew(const Bits *row, Candidate *kept) const {
    for (int64_t i = 0; i < k; ++i)
      kept[i] = candidate(row, i);
    std::sort(kept, kept + k, std::greater<Candidate>());
    for (int64_t begin = k; begin < n; begin += blockSize)
      keepFromBlock(row, begin, std::min(n, begin + blockSize), kept);
  }

  /// Among equal elements those already kept come first.
  void keepFromBlock(const Bits *row, int64_t begin, int64_t end, Candidate *kept) const {
    Bits least = Bits(kept[k - 1] >> 32), greatest = 0;
    for (int64_t i = begin; i < end; ++i)
      greatest = std::max(greatest, Order::key(row[i]));
    if (greatest <= least)
      return;
    for (int64_t i = begin; i < end; ++i) {
      if (Order::key(row[i]) <= Bits(kept[k - 1] >> 32))
        continue;
      Candidate next = candidate(row, i);
      Candidate *place = std::upper_bound(kept, kept + k, next, std::greater<Candidate>());
      std::copy_backward(place, kept + k - 1, kept + k);
      *place = next;
    }
  }

  void selectMany(const Bits *row, Candidate *all) const {
    for (int64_t i = 0; i < n; ++i)
      all[i] = candidate(row, i);
    if (k < n)
      std::nth_element(all, all + k, all + n, std::greater<Candidate>());
    std::sort(all, all + k, std::greater<Candidate>());
  }

  int64_t n, k;
};

} // namespace

template <typename Order, typename Bits>
static int32_t selectRows(int64_t rows, int64_t n, int64_t k, const void *in, void *values,
                          void *places) {
  using Selector = RowSelector<Order, Bits>;
  Selector selector(n, k);
  std::atomic<int32_t> result{0};
  ThreadPool::global().parallelFor(rows, 1 + 40000 / n, [&](int64_t begin, int64_t end) {
    std::unique_ptr<typename Selector::Candidate[]> space(
        new (std::nothrow) typename Selector::Candidate[selector.spaceNeeded()]);
    if (!space) {
      result = 2;
      return;
    }
    for (int64_t row = begin; row < end; ++row)
      selector.run(static_cast<const Bits *>(in) + row * n, space.get(),
                   static_cast<Bits *>(values) + row * k, static_cast<int32_t *>(places) + row * k);
  });
  return result;
}

} // namespace mjx::runtime

int32_t mjx_rt_top_k(const int64_t *desc, void *const *ins, void *const *outs) {
  using namespace mjx::runtime;
  int64_t rows = desc[0], n = desc[1], k = desc[2];
  constexpr int64_t numTypes = int64_t(ElementType::Complex64);
  if (k < 0 || k > n || n > std::numeric_limits<int32_t>::max() || desc[3] < 0 ||
      desc[3] >= numTypes)
    return 1;
  if (rows <= 0 || k == 0)
    return 0;
  int32_t result = 0;
  visitOrder(ElementType(desc[3]), [&](auto order, auto zero) {
    result = selectRows<decltype(order), decltype(zero)>(rows, n, k, ins[0], outs[0], outs[1]);
    return true;
  });
  return result;
}
