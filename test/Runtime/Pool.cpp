//===- Pool.cpp - Tests of the thread pool ----------------------*- C++ -*-===//

#include "Check.h"

#include "mjx/Runtime/ThreadPool.h"

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <thread>

namespace mjx::runtime::test {

static void everyIndexIsVisitedOnce(ThreadPool &pool, int64_t n, int64_t grain) {
  std::vector<std::atomic<int>> visits(n);
  pool.parallelFor(n, grain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      ++visits[i];
  });
  CHECK(std::all_of(visits.begin(), visits.end(),
                    [](const std::atomic<int> &count) { return count == 1; }));
}

static void chunksRespectTheGrain(ThreadPool &pool) {
  pool.parallelFor(103, 10,
                   [&](int64_t begin, int64_t end) { CHECK(end - begin >= 10 || end == 103); });
}

static void loopsNest(ThreadPool &pool) {
  std::atomic<int64_t> sum{0};
  pool.parallelFor(20, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      pool.parallelFor(50, 1, [&](int64_t b, int64_t e) { sum += e - b; });
  });
  CHECK(sum == 1000);
}

static void callersShareThePool(ThreadPool &pool) {
  std::atomic<int64_t> sum{0};
  std::vector<std::thread> callers;
  for (int t = 0; t < 4; ++t)
    callers.emplace_back([&] {
      for (int round = 0; round < 200; ++round)
        pool.parallelFor(16, 1, [&](int64_t b, int64_t e) { sum += e - b; });
    });
  for (std::thread &caller : callers)
    caller.join();
  CHECK(sum == 4 * 200 * 16);
}

static void threadsWorkTogether() {
  ThreadPool pool(2);
  std::atomic<int> inside{0};
  std::atomic<bool> met{false};
  // Each chunk waits for another one: with one thread the deadline passes.
  pool.parallelFor(2, 1, [&](int64_t, int64_t) {
    ++inside;
    auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!met && std::chrono::steady_clock::now() < deadline)
      if (inside == 2)
        met = true;
  });
  CHECK(met);
}

static void theNumberOfThreadsChanges() {
  ThreadPool pool(3);
  for (int count : {1, 4, 2, 0, 3}) {
    pool.setNumThreads(count);
    CHECK(pool.numThreads() == std::max(1, count));
    everyIndexIsVisitedOnce(pool, 1000, 1);
  }
  pool.shutdown();
  everyIndexIsVisitedOnce(pool, 1000, 1);
}

static void theEnvironmentIsHeard() {
  setenv("OMP_NUM_THREADS", "5,2", 1);
  CHECK(ThreadPool::defaultNumThreads() == 5);
  setenv("MJX_NUM_THREADS", "3", 1);
  CHECK(ThreadPool::defaultNumThreads() == 3);
  setenv("MJX_NUM_THREADS", "nonsense", 1);
  unsetenv("OMP_NUM_THREADS");
  CHECK(ThreadPool::defaultNumThreads() >= 1);
  unsetenv("MJX_NUM_THREADS");
}

void testPool() {
  ThreadPool pool(4);
  for (int64_t n : {0, 1, 2, 7, 64, 1000})
    for (int64_t grain : {1, 3, 2000})
      everyIndexIsVisitedOnce(pool, n, grain);
  chunksRespectTheGrain(pool);
  loopsNest(pool);
  callersShareThePool(pool);
  threadsWorkTogether();
  theNumberOfThreadsChanges();
  theEnvironmentIsHeard();
}

} // namespace mjx::runtime::test
