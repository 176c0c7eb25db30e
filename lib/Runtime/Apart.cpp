//===- Apart.cpp - Programs that run off the device's stream ----*- C++ -*-===//

#include "mjx/Runtime/HostCalls.h"

#include "Thread.h"
#include "mjx/Runtime/Fork.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <vector>

namespace mjx::runtime {

void afterAll(const std::vector<Event> &events, std::function<void()> work) {
  struct Countdown {
    std::atomic<size_t> left;
    std::function<void()> work;
  };
  auto countdown = std::make_shared<Countdown>();
  countdown->left = events.size() + 1;
  countdown->work = std::move(work);
  auto count = [countdown](const Status &) {
    if (countdown->left.fetch_sub(1) == 1)
      std::exchange(countdown->work, nullptr)();
  };
  for (const Event &event : events)
    event.then(count);
  count(Status());
}

//===----------------------------------------------------------------------===//
// Threads
//===----------------------------------------------------------------------===//

namespace {

/// As many threads as there are pieces of work at one time: what one waits for
/// may be done by another.
class Runners {
public:
  static Runners &get() {
    static auto *runners = new Runners; // programs may run to the very end
    return *runners;
  }

  void run(std::function<void()> work) {
    std::unique_lock<std::mutex> lock(mutex);
    queue.push_back(std::move(work));
    if (idle < queue.size() && !startThread() && idle == 0) {
      work = std::move(queue.back());
      queue.pop_back();
      lock.unlock();
      return work();
    }
    lock.unlock();
    added.notify_one();
  }

  void shutdown() {
    if (forkedFromThreads())
      return;
    std::vector<std::unique_ptr<Thread>> ending;
    {
      std::lock_guard<std::mutex> lock(mutex);
      closed = true;
      ending.swap(threads);
    }
    added.notify_all();
    for (auto &thread : ending)
      thread->join();
  }

private:
  bool startThread() {
    auto thread = closed ? nullptr : Thread::start([this] { serve(); });
    if (!thread)
      return false;
    threads.push_back(std::move(thread));
    ++idle;
    return true;
  }

  void serve() {
    std::unique_lock<std::mutex> lock(mutex);
    for (;;) {
      added.wait(lock, [&] { return closed || !queue.empty(); });
      if (queue.empty())
        return;
      std::function<void()> work = std::move(queue.front());
      queue.pop_front();
      --idle;
      lock.unlock();
      work();
      work = nullptr;
      lock.lock();
      ++idle;
    }
  }

  std::mutex mutex;
  std::condition_variable added;
  std::deque<std::function<void()>> queue;
  std::vector<std::unique_ptr<Thread>> threads;
  size_t idle = 0; // waiting for work, or about to
  bool closed = false;
};

} // namespace

void runApart(std::function<void()> work) { Runners::get().run(std::move(work)); }
void shutdownApart() { Runners::get().shutdown(); }

//===----------------------------------------------------------------------===//
// Turns
//===----------------------------------------------------------------------===//

/// Ready when the last program with effects that this thread started lets the
/// next one go.
static thread_local Event lastTurn;
/// What the program running on this thread lets the next one go with, as soon
/// as it waits; null if it is not to, or none is running.
static thread_local const Event *heldTurn = nullptr;
static thread_local int depthApart = 0;

Turn Turn::take(bool isOrdered) {
  Turn turn;
  turn.isOrdered = isOrdered;
  turn.after = Event::pending();
  turn.before = std::exchange(lastTurn, turn.after);
  return turn;
}

void Turn::run(const std::function<void()> &work) const {
  const Event *outerHeld = std::exchange(heldTurn, isOrdered ? nullptr : &after);
  // What the work starts has an order of its own.
  Event outerLast = std::exchange(lastTurn, Event());
  ++depthApart;
  work();
  --depthApart;
  lastTurn = outerLast;
  heldTurn = outerHeld;
  after.signal();
}

void yieldTurn() {
  if (heldTurn)
    heldTurn->signal();
}

bool isRunningApart() { return depthApart > 0; }

//===----------------------------------------------------------------------===//
// Effects in flight
//===----------------------------------------------------------------------===//

namespace {
struct Effect {
  Event done;
  bool isSilent;
};
struct Effects {
  std::mutex mutex;
  std::vector<Effect> started;
  Status error;

  static Effects &get() {
    static auto *effects = new Effects;
    return *effects;
  }

  /// Forgets what is done, but for the first error that has no other place.
  void prune() {
    size_t kept = 0;
    for (Effect &effect : started) {
      if (!effect.done.ready())
        started[kept++] = effect;
      else if (effect.isSilent && error.ok())
        error = effect.done.status();
    }
    started.resize(kept);
  }
};
} // namespace

void noteEffect(const Event &done, bool isSilent) {
  Effects &effects = Effects::get();
  std::lock_guard<std::mutex> lock(effects.mutex);
  effects.prune();
  effects.started.push_back({done, isSilent});
}

bool waitForEffects(std::chrono::microseconds limit) {
  if (forkedFromThreads() || isRunningApart())
    return true;
  Effects &effects = Effects::get();
  std::vector<Effect> started;
  {
    std::lock_guard<std::mutex> lock(effects.mutex);
    started = effects.started;
  }
  auto end = std::chrono::steady_clock::now() + limit;
  for (const Effect &effect : started) {
    auto left = std::chrono::duration_cast<std::chrono::microseconds>(
        end - std::chrono::steady_clock::now());
    if (!effect.done.waitFor(std::max(left, std::chrono::microseconds(0))))
      return false;
  }
  return true;
}

Status takeEffectError() {
  Effects &effects = Effects::get();
  std::lock_guard<std::mutex> lock(effects.mutex);
  effects.prune();
  return std::exchange(effects.error, Status());
}

} // namespace mjx::runtime
