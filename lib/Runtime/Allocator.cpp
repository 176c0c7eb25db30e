//===- Allocator.cpp - Pooled memory ----------------------------*- C++ -*-===//

#include "mjx/Runtime/Allocator.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <string>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

namespace mjx::runtime {

static constexpr size_t alignment = 64;
static constexpr size_t hugePage = size_t(2) << 20;
static constexpr size_t hugeThreshold = size_t(4) << 20;
static constexpr int firstPower = 6; // the smallest block has 2^6 bytes

namespace {
struct SizeClass {
  size_t index;
  size_t bytes;
};
} // namespace

// Classes between 2^p and 2^(p+1) are 2^p * {1, 1.25, 1.5, 1.75}: at most a
// quarter of a block is wasted. Those of 64 and 128 keep 64-byte multiples.
static size_t classBytes(size_t index) {
  size_t power = size_t(1) << (firstPower + index / 4);
  size_t bytes = power + power / 4 * (index % 4);
  return (bytes + alignment - 1) / alignment * alignment;
}

static SizeClass classFor(size_t bytes) {
  bytes = std::max(bytes, alignment);
  size_t power = 63 - __builtin_clzll(bytes);
  size_t quarter = (size_t(1) << power) / 4;
  size_t above = bytes - (size_t(1) << power);
  size_t index = (power - firstPower) * 4 + (above + quarter - 1) / quarter;
  return {index, classBytes(index)};
}

static void *mapHuge(size_t bytes) {
  // Over-map by a huge page, then give back what lies outside the alignment.
  size_t mapped = bytes + hugePage;
  void *memory = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    return nullptr;
  auto start = reinterpret_cast<uintptr_t>(memory);
  uintptr_t aligned = (start + hugePage - 1) / hugePage * hugePage;
  if (aligned != start)
    munmap(memory, aligned - start);
  if (size_t tail = start + mapped - (aligned + bytes))
    munmap(reinterpret_cast<void *>(aligned + bytes), tail);
  void *block = reinterpret_cast<void *>(aligned);
  madvise(block, bytes, MADV_HUGEPAGE);
  return block;
}

static void *systemAllocate(size_t bytes) {
  return bytes >= hugeThreshold ? mapHuge(bytes) : aligned_alloc(alignment, bytes);
}

static void systemFree(void *block, size_t bytes) {
  if (bytes >= hugeThreshold)
    munmap(block, bytes);
  else
    std::free(block);
}

Allocator::Allocator(size_t cacheLimit) : cacheLimit(cacheLimit) {}

Allocator::~Allocator() { trim(); }

void *Allocator::allocate(size_t bytes) {
  if (bytes > size_t(1) << 46)
    return nullptr;
  SizeClass size = classFor(bytes);
  {
    std::lock_guard<std::mutex> lock(mutex);
    counts.used += size.bytes;
    counts.peak = std::max(counts.peak, counts.used);
    counts.largest = std::max(counts.largest, size.bytes);
    ++counts.allocations;
    auto &blocks = freeBlocks[size.index];
    if (!blocks.empty()) {
      void *block = blocks.back();
      blocks.pop_back();
      counts.cached -= size.bytes;
      return block;
    }
  }
  void *block = systemAllocate(size.bytes);
  if (!block) {
    trim();
    block = systemAllocate(size.bytes);
  }
  if (!block) {
    std::lock_guard<std::mutex> lock(mutex);
    counts.used -= size.bytes;
  }
  return block;
}

void Allocator::free(void *block, size_t bytes) {
  SizeClass size = classFor(bytes);
  std::vector<std::pair<void *, size_t>> evicted;
  {
    std::lock_guard<std::mutex> lock(mutex);
    counts.used -= size.bytes;
    if (size.bytes > cacheLimit) {
      evicted.emplace_back(block, size.bytes);
    } else {
      if (counts.cached + size.bytes > cacheLimit)
        evict(counts.cached + size.bytes - cacheLimit, evicted);
      freeBlocks[size.index].push_back(block);
      counts.cached += size.bytes;
    }
  }
  for (auto &[old, oldBytes] : evicted)
    systemFree(old, oldBytes);
}

// Takes out at least `wanted` bytes, the largest blocks first.
void Allocator::evict(size_t wanted, std::vector<std::pair<void *, size_t>> &out) {
  size_t freed = 0;
  for (size_t index = numClasses; index-- > 0 && freed < wanted;) {
    size_t bytes = classBytes(index);
    auto &blocks = freeBlocks[index];
    while (!blocks.empty() && freed < wanted) {
      out.emplace_back(blocks.back(), bytes);
      blocks.pop_back();
      freed += bytes;
    }
  }
  counts.cached -= freed;
}

void Allocator::trim() {
  std::vector<std::pair<void *, size_t>> evicted;
  {
    std::lock_guard<std::mutex> lock(mutex);
    evict(std::numeric_limits<size_t>::max(), evicted);
  }
  for (auto &[block, bytes] : evicted)
    systemFree(block, bytes);
}

MemoryStats Allocator::stats() const {
  std::lock_guard<std::mutex> lock(mutex);
  return counts;
}

// The control group's limit, or the largest number if there is none.
static size_t groupLimit() {
  for (const char *path :
       {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    std::ifstream file(path);
    size_t limit = 0;
    if (file >> limit)
      return limit;
  }
  return std::numeric_limits<size_t>::max();
}

static size_t addressSpaceLimit() {
  rlimit limit;
  bool known = getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
  return known ? size_t(limit.rlim_cur) : std::numeric_limits<size_t>::max();
}

size_t Allocator::memoryLimit() {
  static const size_t fixed =
      std::min(size_t(sysconf(_SC_PHYS_PAGES)) * size_t(sysconf(_SC_PAGESIZE)), groupLimit());
  return std::min(fixed, addressSpaceLimit());
}

size_t Allocator::defaultCacheLimit() {
  static const size_t limit = memoryLimit() / 4;
  return limit;
}

} // namespace mjx::runtime
