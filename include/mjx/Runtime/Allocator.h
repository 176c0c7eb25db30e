//===- Allocator.h - Pooled memory ------------------------------*- C++ -*-===//
#ifndef MJX_RUNTIME_ALLOCATOR_H
#define MJX_RUNTIME_ALLOCATOR_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

namespace mjx::runtime {

/// What an allocator did so far. Bytes are those of whole blocks.
struct MemoryStats {
  size_t used = 0;    // by blocks that were not returned yet
  size_t cached = 0;  // kept for reuse
  size_t peak = 0;    // the most that was used at one time
  size_t largest = 0; // the largest block there was
  uint64_t allocations = 0;
};

/// Memory in size classes (four to a power of two) that keeps what is returned
/// to it for the next request, up to a limit: fresh pages cost more than most
/// programs that fill them. Blocks are 64-byte aligned; those of 4 MiB and more
/// ask for huge pages. Thread safe.
class Allocator {
public:
  /// `cacheLimit` bounds the bytes kept for reuse, not those in use.
  explicit Allocator(size_t cacheLimit = defaultCacheLimit());
  ~Allocator();
  Allocator(const Allocator &) = delete;
  Allocator &operator=(const Allocator &) = delete;

  /// At least `bytes` bytes of arbitrary content, or null when the system has
  /// no more (after the cache was given back). Never null for zero bytes.
  void *allocate(size_t bytes);
  /// Returns a block; `bytes` is what was asked for.
  void free(void *block, size_t bytes);

  /// Gives everything kept for reuse back to the system.
  void trim();
  MemoryStats stats() const;
  size_t cachedBytes() const { return stats().cached; }
  size_t usedBytes() const { return stats().used; }
  size_t highWaterBytes() const { return stats().peak; }

  /// The memory this process may use: what the machine, its control group and
  /// its own limits allow.
  static size_t memoryLimit();
  /// A quarter of that, as it was at first.
  static size_t defaultCacheLimit();

private:
  static constexpr size_t numClasses = 4 * 42;
  void evict(size_t wanted, std::vector<std::pair<void *, size_t>> &out);

  mutable std::mutex mutex;
  std::array<std::vector<void *>, numClasses> freeBlocks;
  size_t cacheLimit;
  MemoryStats counts;
};

} // namespace mjx::runtime

#endif // MJX_RUNTIME_ALLOCATOR_H
