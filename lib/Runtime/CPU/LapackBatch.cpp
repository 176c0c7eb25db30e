//===- LapackBatch.cpp - What kernels on stacks of matrices share -*- C++ -*-===//

#include "LapackBatch.h"

#include "mjx/Runtime/ThreadPool.h"

#include <atomic>

namespace mjx::runtime {

Workspace::~Workspace() {
  for (auto [block, bytes] : blocks)
    cpuDevice().allocator().free(block, bytes);
}

void *Workspace::takeBytes(size_t bytes) {
  void *block = cpuDevice().allocator().allocate(bytes);
  if (block)
    blocks.emplace_back(block, bytes);
  else
    failed = true;
  return block;
}

// Below this, waking a worker takes longer than the work.
static constexpr double flopsPerPart = 50000;
// From here on, the library's threads gain more than they cost.
static constexpr double flopsForThreads = 2e9;

int32_t overBatch(int64_t batch, double flops, FunctionRef<int32_t(int64_t, int64_t)> body) {
  ThreadPool &pool = ThreadPool::global();
  std::atomic<int32_t> status{0};
  LapackThreads threads(batch == 1 && flops >= flopsForThreads ? pool.numThreads() : 1);
  pool.parallelFor(batch, 1 + int64_t(flopsPerPart / (flops + 1)),
                   [&](int64_t begin, int64_t end) { status |= body(begin, end); });
  return status;
}

} // namespace mjx::runtime
