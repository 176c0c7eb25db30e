//===- Stream.cpp - Work of one device, in order ----------------*- C++ -*-===//

#include "mjx/Runtime/Stream.h"

#include "Thread.h"
#include "mjx/Runtime/Fork.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

namespace mjx::runtime {

Stream::~Stream() = default;

namespace {

class ThreadStream final : public Stream {
public:
  explicit ThreadStream(size_t capacity) : capacity(capacity) {}
  ~ThreadStream() override { shutdown(); }

  Status enqueue(Work work) override;
  Status post(Work work) override;
  Event fence() override;
  bool tryInline(FunctionRef<void()> work) override;
  bool full() const override;
  void drain() override;
  void shutdown() override;

private:
  void serve();
  bool startThread();
  void runHere(std::unique_lock<std::mutex> &lock, FunctionRef<void()> work);
  bool runsHere() const { return running == this; }

  const size_t capacity;
  mutable std::mutex mutex;
  std::condition_variable workAdded, workTaken, becameIdle;
  std::deque<Work> queue;
  std::unique_ptr<Thread> thread;
  bool busy = false; // a piece of work is running, here or inline
  bool closed = false;

  /// The stream whose work this thread is executing: what that work starts
  /// belongs to it, and would wait for itself in the queue.
  static thread_local const ThreadStream *running;
};

} // namespace

thread_local const ThreadStream *ThreadStream::running = nullptr;

static Status closedError() {
  return Status::error("the mjx runtime has been shut down; no computation can start while the "
                       "process ends");
}

Status ThreadStream::enqueue(Work work) {
  if (forkedFromThreads())
    return forkError();
  if (runsHere()) {
    work();
    return Status();
  }
  std::unique_lock<std::mutex> lock(mutex);
  if (!closed && !startThread()) {
    // No thread to be had: late is better than never.
    becameIdle.wait(lock, [&] { return !busy; });
    runHere(lock, work);
    return Status();
  }
  workTaken.wait(lock, [&] { return closed || queue.size() < capacity; });
  if (closed)
    return closedError();
  queue.push_back(std::move(work));
  lock.unlock();
  workAdded.notify_one();
  return Status();
}

Status ThreadStream::post(Work work) {
  if (forkedFromThreads())
    return forkError();
  std::unique_lock<std::mutex> lock(mutex);
  if (!closed && !startThread()) {
    lock.unlock();
    return enqueue(std::move(work)); // which does it here
  }
  if (closed)
    return closedError();
  queue.push_back(std::move(work));
  lock.unlock();
  workAdded.notify_one();
  return Status();
}

Event ThreadStream::fence() {
  {
    std::lock_guard<std::mutex> lock(mutex);
    if (forkedFromThreads() || (!busy && queue.empty()))
      return Event();
  }
  Event reached = Event::pending();
  Status accepted = post([reached] { reached.signal(); });
  return accepted.ok() ? reached : Event();
}

bool ThreadStream::tryInline(FunctionRef<void()> work) {
  if (forkedFromThreads())
    return false;
  if (runsHere()) {
    work();
    return true;
  }
  std::unique_lock<std::mutex> lock(mutex);
  if (busy || closed || !queue.empty())
    return false;
  runHere(lock, work);
  return true;
}

// Runs work while `busy` keeps everybody else from doing so.
void ThreadStream::runHere(std::unique_lock<std::mutex> &lock, FunctionRef<void()> work) {
  busy = true;
  lock.unlock();
  const ThreadStream *outer = std::exchange(running, this);
  work();
  running = outer;
  lock.lock();
  busy = false;
  if (!queue.empty())
    workAdded.notify_one();
  becameIdle.notify_all();
}

bool ThreadStream::full() const {
  if (forkedFromThreads())
    return false;
  std::lock_guard<std::mutex> lock(mutex);
  return !closed && queue.size() >= capacity;
}

bool ThreadStream::startThread() {
  if (!thread)
    thread = Thread::start([this] { serve(); });
  return thread != nullptr;
}

void ThreadStream::serve() {
  std::unique_lock<std::mutex> lock(mutex);
  for (;;) {
    workAdded.wait(lock, [&] { return !busy && (closed || !queue.empty()); });
    if (queue.empty())
      return;
    Work work = std::move(queue.front());
    queue.pop_front();
    workTaken.notify_one();
    runHere(lock, [&] {
      work();
      work = nullptr; // drops what it holds before the stream looks idle
    });
  }
}

void ThreadStream::drain() {
  if (forkedFromThreads() || runsHere())
    return;
  std::unique_lock<std::mutex> lock(mutex);
  becameIdle.wait(lock, [&] { return !busy && queue.empty(); });
}

void ThreadStream::shutdown() {
  if (forkedFromThreads()) {
    (void)thread.release();
    return;
  }
  std::unique_ptr<Thread> ending;
  {
    std::lock_guard<std::mutex> lock(mutex);
    closed = true;
    if (!runsHere())
      ending = std::move(thread);
  }
  workAdded.notify_all();
  workTaken.notify_all();
  if (ending)
    ending->join();
}

std::unique_ptr<Stream> createThreadStream(size_t capacity) {
  return std::make_unique<ThreadStream>(capacity);
}

} // namespace mjx::runtime
