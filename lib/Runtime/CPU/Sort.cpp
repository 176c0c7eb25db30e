//===- Sort.cpp - Sorting along an axis -------------------------*- C++ -*-===//
//
// Elements become unsigned keys in the demanded order, so that one stable sort
// by digits serves all types, directions and numbers of keys. A lone operand is
// sorted as keys and turned back; several share a permutation, found by sorting
// it by the last key first.
//
//===----------------------------------------------------------------------===//

#include "RadixSort.h"
#include "SortKeys.h"

#include "mjx/Runtime/ElementType.h"
#include "mjx/Runtime/Kernels.h"
#include "mjx/Runtime/ThreadPool.h"

#include <atomic>
#include <limits>
#include <memory>
#include <new>

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

/// Uninitialized memory that may be missing.
template <typename T> using Space = std::unique_ptr<T[]>;

template <typename T> Space<T> allocateSpace(int64_t n) {
  return Space<T>(new (std::nothrow) T[n]);
}

} // namespace

//===----------------------------------------------------------------------===//
// One operand, contiguous lines
//===----------------------------------------------------------------------===//

template <typename Order, typename Bits>
static void sortElements(Bits *items, Bits *space, int64_t n, bool descending) {
  Bits flip = descending ? Bits(~Bits(0)) : Bits(0);
  sortByKey(items, space, n, [flip](Bits bits) { return Bits(Order::key(bits) ^ flip); });
}

/// Sorts copies of the elements themselves; keys are computed as they are
/// needed, which costs less than keeping them.
template <typename Order, typename Bits> static int32_t sortContiguous(const SortProblem &problem) {
  const SortOperand &operand = problem.operands[0];
  std::atomic<int32_t> result{0};
  auto sortLines = [&](int64_t begin, int64_t end) {
    auto space = allocateSpace<Bits>(problem.n);
    if (!space) {
      result = outOfMemory;
      return;
    }
    for (int64_t line = begin; line < end; ++line) {
      auto *out = reinterpret_cast<Bits *>(operand.out) + line * problem.n;
      auto *in = reinterpret_cast<const Bits *>(operand.in) + line * problem.n;
      if (in != out)
        std::memcpy(out, in, problem.n * sizeof(Bits));
      sortElements<Order>(out, space.get(), problem.n, problem.descending);
    }
  };
  ThreadPool::global().parallelFor(problem.lines(), 1 + 20000 / problem.n, sortLines);
  return result;
}

//===----------------------------------------------------------------------===//
// Several operands, or lines that are spread out
//===----------------------------------------------------------------------===//

namespace {

struct Entry {
  uint64_t key;
  uint32_t index;
};

/// Memory to sort one line in.
struct LineSpace {
  Space<Entry> entries, spare;
  Space<char> moved;

  bool allocate(const SortProblem &problem) {
    int64_t widest = 0;
    for (int64_t i = 0; i < problem.numOperands; ++i)
      widest = std::max(widest, problem.operands[i].bytes);
    entries = allocateSpace<Entry>(problem.n);
    spare = allocateSpace<Entry>(problem.n);
    moved = allocateSpace<char>(problem.n * widest);
    return entries && spare && moved;
  }
};

} // namespace

/// Sorts the entries by one part (of a complex number, the real or imaginary)
/// of one operand.
static void sortByPart(const SortProblem &problem, const SortOperand &operand, int64_t start,
                       int64_t part, LineSpace &space) {
  visitOrder(operand.type, [&](auto order, auto zero) {
    using Bits = decltype(zero);
    int64_t parts = operand.bytes / int64_t(sizeof(Bits));
    Bits flip = problem.descending ? Bits(~Bits(0)) : Bits(0);
    const char *base = operand.in + part * sizeof(Bits);
    for (int64_t i = 0; i < problem.n; ++i) {
      int64_t at = start + space.entries[i].index * problem.inner;
      Bits bits;
      std::memcpy(&bits, base + at * parts * sizeof(Bits), sizeof(Bits));
      space.entries[i].key = Bits(order.key(bits) ^ flip);
    }
    sortByKey(space.entries.get(), space.spare.get(), problem.n,
              [](const Entry &entry) { return entry.key; });
    return true;
  });
}

template <typename T>
static void moveElements(const SortProblem &problem, const SortOperand &operand, int64_t start,
                         LineSpace &space) {
  auto *in = reinterpret_cast<const T *>(operand.in) + start;
  auto *out = reinterpret_cast<T *>(operand.out) + start;
  auto *moved = reinterpret_cast<T *>(space.moved.get());
  for (int64_t i = 0; i < problem.n; ++i)
    moved[i] = in[space.entries[i].index * problem.inner];
  for (int64_t i = 0; i < problem.n; ++i)
    out[i * problem.inner] = moved[i];
}

static void moveOperand(const SortProblem &problem, const SortOperand &operand, int64_t start,
                        LineSpace &space) {
  struct Wide {
    uint64_t parts[2];
  };
  switch (operand.bytes) {
  case 1:
    return moveElements<uint8_t>(problem, operand, start, space);
  case 2:
    return moveElements<uint16_t>(problem, operand, start, space);
  case 4:
    return moveElements<uint32_t>(problem, operand, start, space);
  case 8:
    return moveElements<uint64_t>(problem, operand, start, space);
  default:
    return moveElements<Wide>(problem, operand, start, space);
  }
}

static void sortLine(const SortProblem &problem, int64_t line, LineSpace &space) {
  int64_t start = problem.lineStart(line);
  for (int64_t i = 0; i < problem.n; ++i)
    space.entries[i].index = uint32_t(i);
  for (int64_t key = problem.numKeys; key-- > 0;) {
    const SortOperand &operand = problem.operands[key];
    for (int64_t part = isComplex(operand.type) ? 2 : 1; part-- > 0;)
      sortByPart(problem, operand, start, part, space);
  }
  for (int64_t i = 0; i < problem.numOperands; ++i)
    moveOperand(problem, problem.operands[i], start, space);
}

static int32_t sortByPermutation(const SortProblem &problem) {
  std::atomic<int32_t> result{0};
  auto sortLines = [&](int64_t begin, int64_t end) {
    LineSpace space;
    if (!space.allocate(problem)) {
      result = outOfMemory;
      return;
    }
    for (int64_t line = begin; line < end; ++line)
      sortLine(problem, line, space);
  };
  ThreadPool::global().parallelFor(problem.lines(), 1 + 10000 / problem.n, sortLines);
  return result;
}

static int32_t sort(const SortProblem &problem) {
  const SortOperand &first = problem.operands[0];
  if (problem.lines() <= 0 || problem.n <= 0)
    return 0;
  if (problem.numOperands > 1 || problem.inner > 1 || isComplex(first.type))
    return sortByPermutation(problem);
  int32_t result = 0;
  visitOrder(first.type, [&](auto order, auto zero) {
    result = sortContiguous<decltype(order), decltype(zero)>(problem);
    return true;
  });
  return result;
}

} // namespace mjx::runtime

int32_t mjx_rt_sort(const int64_t *desc, void *const *ins, void *const *outs) {
  using namespace mjx::runtime;
  constexpr int64_t fixed = 7, numTypes = int64_t(ElementType::Complex128) + 1;
  SortProblem problem = {desc[0], desc[1], desc[2], desc[3], desc[4], desc[5] != 0, nullptr};
  if (problem.numOperands < 1 || problem.numKeys < 1 || problem.numKeys > problem.numOperands ||
      problem.n > std::numeric_limits<uint32_t>::max())
    return malformed;
  auto operands = allocateSpace<SortOperand>(problem.numOperands);
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
