//===- Memory.cpp - Tests of the allocator ----------------------*- C++ -*-===//

#include "Check.h"

#include "mjx/Runtime/Allocator.h"

#include <cstring>
#include <thread>

namespace mjx::runtime::test {

static void blocksAreAlignedAndWide() {
  Allocator allocator(size_t(1) << 30);
  for (size_t bytes = 0; bytes < 40000; bytes += bytes / 7 + 1) {
    void *block = allocator.allocate(bytes);
    REQUIRE(block);
    CHECK(reinterpret_cast<uintptr_t>(block) % 64 == 0);
    std::memset(block, 0x5a, bytes);
    allocator.free(block, bytes);
  }
  size_t large = (size_t(4) << 20) + 1;
  void *block = allocator.allocate(large);
  REQUIRE(block);
  CHECK(reinterpret_cast<uintptr_t>(block) % (size_t(2) << 20) == 0);
  std::memset(block, 1, large);
  allocator.free(block, large);
  CHECK(allocator.usedBytes() == 0);
}

static void blocksAreReused() {
  Allocator allocator(size_t(1) << 20);
  void *first = allocator.allocate(1000);
  allocator.free(first, 1000);
  CHECK(allocator.cachedBytes() >= 1000);
  CHECK(allocator.allocate(990) == first);
  CHECK(allocator.cachedBytes() == 0);
  allocator.free(first, 990);
}

static void theCacheIsBounded() {
  Allocator allocator(10000);
  std::vector<void *> blocks;
  for (int i = 0; i < 100; ++i)
    blocks.push_back(allocator.allocate(1024));
  CHECK(allocator.usedBytes() == 100 * 1024);
  for (void *block : blocks)
    allocator.free(block, 1024);
  CHECK(allocator.cachedBytes() <= 10000);
  CHECK(allocator.cachedBytes() > 0);
  CHECK(allocator.highWaterBytes() == 100 * 1024);
  void *large = allocator.allocate(20000);
  allocator.free(large, 20000);
  CHECK(allocator.cachedBytes() <= 10000);
  allocator.trim();
  CHECK(allocator.cachedBytes() == 0);
}

static void theImpossibleIsRefused() {
  Allocator allocator(1000);
  CHECK(!allocator.allocate(size_t(1) << 60));
  CHECK(!allocator.allocate((size_t(1) << 46) - 1));
  CHECK(allocator.usedBytes() == 0);
}

static void threadsShareIt() {
  Allocator allocator(100000);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 2000; ++i) {
        size_t bytes = 64 * (1 + (i * 7 + t) % 40);
        void *block = allocator.allocate(bytes);
        std::memset(block, t, bytes);
        allocator.free(block, bytes);
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  CHECK(allocator.usedBytes() == 0);
}

void testMemory() {
  blocksAreAlignedAndWide();
  blocksAreReused();
  theCacheIsBounded();
  theImpossibleIsRefused();
  threadsShareIt();
}

} // namespace mjx::runtime::test
