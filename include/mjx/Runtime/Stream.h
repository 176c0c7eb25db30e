//===- Stream.h - Work of one device, in order ------------------*- C++ -*-===//
#ifndef MJX_RUNTIME_STREAM_H
#define MJX_RUNTIME_STREAM_H

#include "mjx/Runtime/Event.h"
#include "mjx/Runtime/FunctionRef.h"
#include "mjx/Runtime/Status.h"

#include <cstddef>
#include <functional>
#include <memory>

namespace mjx::runtime {

/// Executes work of one device in the order in which it is given, one piece at
/// a time. Work reports its own success; a stream reports only that it could
/// not take it. Work given by work that is running on the same stream is done
/// at once, as a part of it.
class Stream {
public:
  using Work = std::function<void()>;
  virtual ~Stream();

  /// Appends work. Blocks while the queue is full. Fails, without running the
  /// work, after shutdown and in a process forked while the stream's thread
  /// ran.
  virtual Status enqueue(Work work) = 0;
  /// As `enqueue`, but never blocks, and never runs the work on the caller.
  virtual Status post(Work work) = 0;
  /// Ready when all work given so far is done.
  virtual Event fence() = 0;
  /// Runs work now, on the caller, if nothing is queued or running; else does
  /// nothing and returns false. For work too small to be worth a thread switch.
  virtual bool tryInline(FunctionRef<void()> work) = 0;
  /// True if enqueue would block now.
  virtual bool full() const = 0;
  /// Blocks until all work given so far is done.
  virtual void drain() = 0;
  /// Drains, then ends the thread. Work given later is refused.
  virtual void shutdown() = 0;
};

/// A stream served by one thread of this process, started with the first queued
/// work; at most `capacity` pieces wait.
std::unique_ptr<Stream> createThreadStream(size_t capacity);

} // namespace mjx::runtime

#endif // MJX_RUNTIME_STREAM_H
