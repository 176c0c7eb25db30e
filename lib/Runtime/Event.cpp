//===- Event.cpp - Something that will have happened ------------*- C++ -*-===//

#include "mjx/Runtime/Event.h"

#include "Thread.h"
#include "mjx/Runtime/Fork.h"
#include "mjx/Runtime/HostCalls.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <vector>

namespace mjx::runtime {

struct Event::State {
  std::atomic<bool> ready{false};
  std::mutex mutex;
  std::condition_variable changed;
  Status status; // constant once ready
  std::vector<std::function<void(const Status &)>> callbacks;
  bool isApart = false; // constant
};

Event Event::pending() { return Event(std::make_shared<State>()); }

Event Event::pendingApart() {
  Event event = pending();
  event.state->isApart = true;
  return event;
}

bool Event::isApart() const { return state && state->isApart; }

Event Event::failed(Status error) {
  Event event = pending();
  event.signal(std::move(error));
  return event;
}

bool Event::ready() const { return !state || state->ready.load(std::memory_order_acquire); }

// Most waits end within microseconds, when sleeping would cost more than it
// saves; on a busy machine the limit keeps the loss small.
static bool spinUntilReady(const Event &event) {
  for (int i = 0; i < 200; ++i) {
    if (event.ready())
      return true;
    pausePolling();
  }
  return event.ready();
}

Status Event::wait() const {
  if (spinUntilReady(*this))
    return status();
  if (forkedFromThreads())
    return forkError();
  yieldTurn();
  std::unique_lock<std::mutex> lock(state->mutex);
  state->changed.wait(lock, [&] { return state->ready.load(); });
  return state->status;
}

bool Event::waitFor(std::chrono::microseconds limit) const {
  if (spinUntilReady(*this))
    return true;
  if (forkedFromThreads())
    return false;
  yieldTurn();
  std::unique_lock<std::mutex> lock(state->mutex);
  return state->changed.wait_for(lock, limit, [&] { return state->ready.load(); });
}

Status Event::status() const {
  if (!state || !ready())
    return Status();
  return state->status;
}

void Event::then(std::function<void(const Status &)> callback) const {
  if (state) {
    std::lock_guard<std::mutex> lock(state->mutex);
    if (!ready()) {
      state->callbacks.push_back(std::move(callback));
      return;
    }
  }
  callback(status());
}

void Event::signal(Status status) const {
  if (!state)
    return;
  std::vector<std::function<void(const Status &)>> callbacks;
  {
    std::lock_guard<std::mutex> lock(state->mutex);
    if (ready())
      return;
    state->status = std::move(status);
    callbacks.swap(state->callbacks);
    state->ready.store(true, std::memory_order_release);
  }
  state->changed.notify_all();
  for (auto &callback : callbacks)
    callback(state->status);
}

} // namespace mjx::runtime
