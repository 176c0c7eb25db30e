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
  size_t cachedBytes() const;
  size_t usedBytes() const;
  size_t highWaterBytes() const;

  /// A quarter of the memory this process may use.
  static size_t defaultCacheLimit();

private:
  static constexpr size_t numClasses = 4 * 42;
  void evict(size_t wanted, std::vector<std::pair<void *, size_t>> &out);

  mutable std::mutex mutex;
  std::array<std::vector<void *>, numClasses> freeBlocks;
  size_t cacheLimit;
  size_t cached = 0;
  size_t used = 0;
  size_t highWater = 0;
};

} // namespace mjx::runtime

#endif // MJX_RUNTIME_ALLOCATOR_H
