//===- Sort.cpp - Sorting along an axis -------------------------*- C++ -*-===//
//
// Elements become unsigned keys in the demanded order, so that one stable sort
// by digits serves all types, directions and numbers of keys. A lone operand is
// sorted as it is, a key of 32 bits together with its 32 bits of payload. In
// general the operands share a permutation, found by sorting it by the last key
// first.
//
//===----------------------------------------------------------------------===//

#include "RadixSort.h"
#include "SortKeys.h"

#include "mjx/Runtime/Allocator.h"
#include "mjx/Runtime/Device.h"
#include "mjx/Runtime/ElementType.h"
#include "mjx/Runtime/Kernels.h"
#include "mjx/Runtime/ThreadPool.h"

#include <atomic>
#include <limits>
#include <type_traits>

namespace mjx::runtime {
namespace {

enum SortError : int32_t { malformed = 1, outOfMemory = 2 };

struct SortOperand {
  const char *in;
  char *out;
  ElementType type;
  int64_t bytes;
};

struct SortProblem {
  int64_t outer, n, inner, numOperands, numKeys;
  bool descending;
  const SortOperand *operands;

  int64_t lines() const { return outer * inner; }
  /// Index of the first element of a line; the others follow `inner` apart.
  int64_t lineStart(int64_t line) const { return line / inner * n * inner + line % inner; }
};

/// Uninitialized memory, kept by the device for the next call: to touch fresh
/// pages takes as long as a pass of sorting. False when there is no more.
template <typename T> class Space {
public:
  explicit Space(int64_t n) : bytes(size_t(n) * sizeof(T)) {
    if (n > 0)
      block = static_cast<T *>(cpuDevice().allocator().allocate(bytes));
    missing = n > 0 && !block;
  }
  ~Space() {
    if (block)
      cpuDevice().allocator().free(block, bytes);
  }
  Space(const Space &) = delete;
  Space &operator=(const Space &) = delete;

  T *get() const { return block; }
  T &operator[](int64_t i) const { return block[i]; }
  explicit operator bool() const { return !missing; }

private:
  size_t bytes;
  T *block = nullptr;
  bool missing;
};

/// Calls body(i) for i below n, on several threads where that is asked for.
template <typename Body> void forElements(int64_t n, bool parallel, Body body) {
  auto range = [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      body(i);
  };
  if (!parallel)
    return range(0, n);
  ThreadPool::global().parallelFor(n, 1 << 16, range);
}

struct ItsOwnKey {
  template <typename Item> Item operator()(const Item &item) const { return item; }
};

struct UpperHalf {
  uint32_t operator()(const uint64_t &item) const { return uint32_t(item >> 32); }
};

template <typename Item, typename KeyOf>
void sortItems(const Item *in, Item *out, Item *space, int64_t n, bool parallel,
               const KeyOf &keyOf) {
  if (parallel)
    sortByKeyInParallel(in, out, space, n, keyOf);
  else
    sortByKey(in, out, space, n, keyOf);
}

//===----------------------------------------------------------------------===//
// Lines of items that are elements, or hold the elements of two operands
//===----------------------------------------------------------------------===//

/// Whether the keys of all elements hold all of them: there is no NaN, no -0.
template <typename Order, typename Bits> bool areWhole(const Bits *elements, int64_t n) {
  bool whole = true;
  for (int64_t i = 0; i < n; ++i)
    whole &= Order::isWhole(elements[i]);
  return whole;
}

template <typename Order, typename Bits> struct Elements {
  using Element = Bits;
  using Item = Bits;

  const Bits *in;
  Bits *out;
  Bits flip;

  Elements(const SortProblem &problem)
      : in(reinterpret_cast<const Bits *>(problem.operands[0].in)),
        out(reinterpret_cast<Bits *>(problem.operands[0].out)),
        flip(problem.descending ? Bits(~Bits(0)) : Bits(0)) {}

  Item load(int64_t at) const { return in[at]; }
  void store(int64_t at, Item item) const { out[at] = item; }

  /// Elements become keys and again elements where that loses nothing; else
  /// they are moved, and keys computed as they are needed.
  void sort(const Bits *from, Bits *to, Bits *space, int64_t n, bool parallel) const {
    if constexpr (sizeof(Bits) >= 4)
      if (areWhole<Order>(from, n))
        return sortWhole(from, to, space, n, parallel);
    sortItems(from, to, space, n, parallel,
              [flip = flip](const Bits &bits) { return Bits(Order::key(bits) ^ flip); });
  }

private:
  void sortWhole(const Bits *from, Bits *to, Bits *space, int64_t n, bool parallel) const {
    forElements(n, parallel, [=, flip = flip](int64_t i) { to[i] = Order::key(from[i]) ^ flip; });
    sortItems(to, to, space, n, parallel, ItsOwnKey());
    forElements(n, parallel,
                [=, flip = flip](int64_t i) { to[i] = Order::bits(Bits(to[i] ^ flip)); });
  }
};

/// Keys of 32 bits, which must be whole, and what moves with them.
template <typename Order> struct Pairs {
  using Element = uint32_t;
  using Item = uint64_t;

  const uint32_t *in, *payload;
  uint32_t *out, *movedPayload;
  uint32_t flip;

  Pairs(const SortProblem &problem)
      : in(reinterpret_cast<const uint32_t *>(problem.operands[0].in)),
        payload(reinterpret_cast<const uint32_t *>(problem.operands[1].in)),
        out(reinterpret_cast<uint32_t *>(problem.operands[0].out)),
        movedPayload(reinterpret_cast<uint32_t *>(problem.operands[1].out)),
        flip(problem.descending ? ~uint32_t(0) : 0) {}

  Item load(int64_t at) const { return uint64_t(Order::key(in[at]) ^ flip) << 32 | payload[at]; }
  void store(int64_t at, Item item) const {
    out[at] = Order::bits(uint32_t(item >> 32) ^ flip);
    movedPayload[at] = uint32_t(item);
  }
  void sort(const Item *from, Item *to, Item *space, int64_t n, bool parallel) const {
    sortItems(from, to, space, n, parallel, UpperHalf());
  }
};

/// Neighboring lines, sorted one after the other. Where the elements of a line
/// are apart, those of its neighbors share their cache lines, and a few cache
/// lines in a row come at little more than the price of one.
template <typename Format> class LineSorter {
public:
  LineSorter(const SortProblem &problem) : problem(problem), format(problem) {
    constexpr int64_t element = sizeof(typename Format::Element), cacheBytes = 1 << 20;
    int64_t fitting = cacheBytes / (problem.n * int64_t(sizeof(Item)));
    int64_t forAll = problem.lines() / ThreadPool::global().numThreads();
    int64_t wanted = std::clamp(forAll, 64 / element, 256 / element);
    width = std::max<int64_t>(1, std::min({fitting, wanted, problem.inner}));
    blocks = (problem.inner + width - 1) / width;
    parallel = problem.outer * blocks < ThreadPool::global().numThreads();
  }

  int32_t run() const {
    std::atomic<int32_t> result{0};
    ThreadPool::global().parallelFor(problem.outer * blocks, 1 + 20000 / (problem.n * width),
                                     [&](int64_t begin, int64_t end) {
                                       if (!sortBlocks(begin, end))
                                         result = outOfMemory;
                                     });
    return result;
  }

private:
  using Item = typename Format::Item;

  bool sortBlocks(int64_t begin, int64_t end) const {
    bool direct = std::is_same_v<Item, typename Format::Element> && problem.inner == 1;
    Space<Item> items(direct ? 0 : problem.n * width), space(problem.n);
    if (!items || !space)
      return false;
    for (int64_t block = begin; block < end; ++block)
      if (direct)
        sortInPlace(block, space.get());
      else
        sortGathered(block, items.get(), space.get());
    return true;
  }

  void sortInPlace(int64_t line, Item *space) const {
    if constexpr (std::is_same_v<Item, typename Format::Element>)
      format.sort(format.in + line * problem.n, format.out + line * problem.n, space, problem.n,
                  parallel);
  }

  void sortGathered(int64_t block, Item *items, Item *space) const {
    int64_t n = problem.n, inner = problem.inner, column = block % blocks * width;
    int64_t start = block / blocks * n * inner + column, count = std::min(width, inner - column);
    forElements(n, parallel, [&](int64_t i) {
      for (int64_t line = 0; line < count; ++line)
        items[line * n + i] = format.load(start + i * inner + line);
    });
    for (int64_t line = 0; line < count; ++line)
      format.sort(items + line * n, items + line * n, space, n, parallel);
    forElements(n, parallel, [&](int64_t i) {
      for (int64_t line = 0; line < count; ++line)
        format.store(start + i * inner + line, items[line * n + i]);
    });
  }

  const SortProblem &problem;
  Format format;
  int64_t width, blocks;
  bool parallel;
};

//===----------------------------------------------------------------------===//
// Any operands, by a permutation
//===----------------------------------------------------------------------===//

/// The place of an element in its line under a key of up to 32 bits.
struct NarrowEntry {
  uint64_t bits;

  uint32_t key() const { return uint32_t(bits >> 32); }
  uint32_t index() const { return uint32_t(bits); }
  static NarrowEntry of(uint64_t key, uint32_t index) { return {key << 32 | index}; }
};

/// The same under a key of any width.
struct WideEntry {
  uint64_t bits;
  uint32_t place;

  uint64_t key() const { return bits; }
  uint32_t index() const { return place; }
  static WideEntry of(uint64_t key, uint32_t index) { return {key, index}; }
};

template <typename Entry> class PermutationSorter {
public:
  PermutationSorter(const SortProblem &problem) : problem(problem) {
    parallel = problem.lines() < ThreadPool::global().numThreads();
    for (int64_t i = 0; i < problem.numOperands; ++i)
      widest = std::max(widest, problem.operands[i].bytes);
  }

  int32_t run() const {
    std::atomic<int32_t> result{0};
    auto sortLines = [&](int64_t begin, int64_t end) {
      Space<Entry> entries(problem.n), spare(problem.n);
      Space<char> moved(problem.n * widest);
      if (!entries || !spare || !moved) {
        result = outOfMemory;
        return;
      }
      for (int64_t line = begin; line < end; ++line)
        sortLine(problem.lineStart(line), entries.get(), spare.get(), moved.get());
    };
    ThreadPool::global().parallelFor(problem.lines(), 1 + 10000 / problem.n, sortLines);
    return result;
  }

private:
  void sortLine(int64_t start, Entry *entries, Entry *spare, char *moved) const {
    forElements(problem.n, parallel, [&](int64_t i) { entries[i] = Entry::of(0, uint32_t(i)); });
    for (int64_t key = problem.numKeys; key-- > 0;) {
      const SortOperand &operand = problem.operands[key];
      for (int64_t part = isComplex(operand.type) ? 2 : 1; part-- > 0;) {
        readKeys(operand, start, part, entries);
        sortItems(entries, entries, spare, problem.n, parallel,
                  [](const Entry &entry) { return entry.key(); });
      }
    }
    for (int64_t i = 0; i < problem.numOperands; ++i)
      moveOperand(problem.operands[i], start, entries, moved);
  }

  /// Gives the entries one part (of a complex number, the real or imaginary) of
  /// an operand as keys.
  void readKeys(const SortOperand &operand, int64_t start, int64_t part, Entry *entries) const {
    visitOrder(operand.type, [&](auto order, auto zero) {
      using Bits = decltype(zero);
      int64_t parts = operand.bytes / int64_t(sizeof(Bits));
      Bits flip = problem.descending ? Bits(~Bits(0)) : Bits(0);
      auto *base = reinterpret_cast<const Bits *>(operand.in) + part;
      forElements(problem.n, parallel, [&](int64_t i) {
        uint32_t index = entries[i].index();
        Bits bits = base[(start + index * problem.inner) * parts];
        entries[i] = Entry::of(Bits(order.key(bits) ^ flip), index);
      });
      return true;
    });
  }

  template <typename T>
  void moveElements(const SortOperand &operand, int64_t start, const Entry *entries,
                    char *space) const {
    auto *in = reinterpret_cast<const T *>(operand.in) + start;
    auto *out = reinterpret_cast<T *>(operand.out) + start;
    auto *moved = reinterpret_cast<T *>(space);
    int64_t inner = problem.inner;
    if (in != out)
      return forElements(problem.n, parallel,
                         [=](int64_t i) { out[i * inner] = in[entries[i].index() * inner]; });
    forElements(problem.n, parallel, [=](int64_t i) { moved[i] = in[entries[i].index() * inner]; });
    forElements(problem.n, parallel, [=](int64_t i) { out[i * inner] = moved[i]; });
  }

  void moveOperand(const SortOperand &operand, int64_t start, const Entry *entries,
                   char *space) const {
    struct Wide {
      uint64_t parts[2];
    };
    switch (operand.bytes) {
    case 1:
      return moveElements<uint8_t>(operand, start, entries, space);
    case 2:
      return moveElements<uint16_t>(operand, start, entries, space);
    case 4:
      return moveElements<uint32_t>(operand, start, entries, space);
    case 8:
      return moveElements<uint64_t>(operand, start, entries, space);
    default:
      return moveElements<Wide>(operand, start, entries, space);
    }
  }

  const SortProblem &problem;
  bool parallel;
  int64_t widest = 0;
};

} // namespace

static int32_t sortElements(const SortProblem &problem) {
  int32_t result = 0;
  visitOrder(problem.operands[0].type, [&](auto order, auto zero) {
    result = LineSorter<Elements<decltype(order), decltype(zero)>>(problem).run();
    return true;
  });
  return result;
}

/// Calls visit(order) if there is one key of 32 bits that is whole and one payload
/// of 32 bits, as argsort has.
template <typename Visitor> static bool visitPair(const SortProblem &problem, Visitor visit) {
  const SortOperand &key = problem.operands[0];
  if (problem.numOperands != 2 || problem.numKeys != 1 || problem.operands[1].bytes != 4)
    return false;
  if (key.type == ElementType::UInt32)
    return visit(UnsignedOrder());
  if (key.type == ElementType::Int32)
    return visit(SignedOrder());
  auto *elements = reinterpret_cast<const uint32_t *>(key.in);
  return key.type == ElementType::Float32 &&
         areWhole<FloatOrder<8>>(elements, problem.lines() * problem.n) && visit(FloatOrder<8>());
}

static bool hasWideKeys(const SortProblem &problem) {
  return std::any_of(problem.operands, problem.operands + problem.numKeys,
                     [](const SortOperand &operand) {
                       return operand.bytes / (isComplex(operand.type) ? 2 : 1) > 4;
                     });
}

static int32_t sort(const SortProblem &problem) {
  if (problem.lines() <= 0 || problem.n <= 0)
    return 0;
  if (problem.numOperands == 1 && !isComplex(problem.operands[0].type))
    return sortElements(problem);
  int32_t result = 0;
  if (visitPair(problem, [&](auto order) {
        result = LineSorter<Pairs<decltype(order)>>(problem).run();
        return true;
      }))
    return result;
  if (hasWideKeys(problem))
    return PermutationSorter<WideEntry>(problem).run();
  return PermutationSorter<NarrowEntry>(problem).run();
}

} // namespace mjx::runtime

int32_t mjx_rt_sort(const int64_t *desc, void *const *ins, void *const *outs) {
  using namespace mjx::runtime;
  constexpr int64_t fixed = 7, numTypes = int64_t(ElementType::Complex128) + 1;
  SortProblem problem = {desc[0], desc[1], desc[2], desc[3], desc[4], desc[5] != 0, nullptr};
  if (problem.numOperands < 1 || problem.numKeys < 1 || problem.numKeys > problem.numOperands ||
      problem.n > std::numeric_limits<uint32_t>::max())
    return malformed;
  Space<SortOperand> operands(problem.numOperands);
  if (!operands)
    return outOfMemory;
  for (int64_t i = 0; i < problem.numOperands; ++i) {
    if (desc[fixed + i] < 0 || desc[fixed + i] >= numTypes)
      return malformed;
    auto type = ElementType(desc[fixed + i]);
    operands[i] = {static_cast<const char *>(ins[i]), static_cast<char *>(outs[i]), type,
                   elementBytes(type)};
  }
  problem.operands = operands.get();
  return sort(problem);
}
