//===- Fork.cpp - Noticing that threads were left behind --------*- C++ -*-===//

#include "mjx/Runtime/Fork.h"

#include <atomic>
#include <mutex>
#include <pthread.h>

namespace mjx::runtime {

static std::atomic<bool> threadsStarted{false};
static std::atomic<bool> isChild{false};

static void markChild() {
  if (threadsStarted.load(std::memory_order_relaxed))
    isChild.store(true, std::memory_order_relaxed);
}

void noteThreadsStart() {
  static std::once_flag once;
  std::call_once(once, [] { pthread_atfork(nullptr, nullptr, markChild); });
  threadsStarted.store(true, std::memory_order_relaxed);
}

bool forkedFromThreads() { return isChild.load(std::memory_order_relaxed); }

Status forkError() {
  return Status::error("mjx cannot compute in a process forked after its threads had started, "
                       "because they exist only in the parent; start the process with the "
                       "'spawn' or 'forkserver' method, or fork before the first computation");
}

} // namespace mjx::runtime
