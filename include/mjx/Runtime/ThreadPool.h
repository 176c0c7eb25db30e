//===- ThreadPool.h - Parallelism inside one program ------------*- C++ -*-===//
#ifndef MJX_RUNTIME_THREADPOOL_H
#define MJX_RUNTIME_THREADPOOL_H

#include "mjx/Runtime/FunctionRef.h"

#include <cstdint>
#include <memory>

namespace mjx::runtime {

/// Workers that help a caller through a loop. Threads start with the first loop
/// that can use them.
///
/// A loop is cut into chunks that are taken from one counter by whoever has
/// time, the caller included. The caller never waits for a worker to wake up,
/// only for chunks a worker has begun; so loops finish on a busy machine, may
/// be nested, and may be started from several threads at once.
class ThreadPool {
public:
  /// The pool used by kernels; never destroyed.
  static ThreadPool &global();

  explicit ThreadPool(int numThreads);
  ~ThreadPool();

  /// Calls body(begin, end) for ranges that cover [0, n), each of at least
  /// `grain` iterations but for the last. Returns when all are done.
  void parallelFor(int64_t n, int64_t grain, FunctionRef<void(int64_t, int64_t)> body);

  /// Threads that take part in a loop, the caller included.
  int numThreads() const;
  /// At least 1. Blocks until the current workers have left their chunks.
  void setNumThreads(int count);
  /// Ends the workers; later loops run on their callers alone.
  void shutdown();

  /// MJX_NUM_THREADS, else OMP_NUM_THREADS, else the cores this process may
  /// use by affinity and by its control group's quota.
  static int defaultNumThreads();

private:
  struct Impl;
  std::unique_ptr<Impl> impl;
};

} // namespace mjx::runtime

#endif // MJX_RUNTIME_THREADPOOL_H
