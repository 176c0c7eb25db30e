//===- Event.h - Something that will have happened --------------*- C++ -*-===//
#ifndef MJX_RUNTIME_EVENT_H
#define MJX_RUNTIME_EVENT_H

#include "mjx/Runtime/Status.h"

#include <chrono>
#include <functional>
#include <memory>

namespace mjx::runtime {

/// A point in time to wait for, reached once, with success or with an error.
/// Copies refer to the same point. All members may be called from any thread.
class Event {
public:
  /// Already reached, with success; costs nothing.
  Event() = default;
  /// To be reached by `signal`.
  static Event pending();
  /// The same, but maybe only after work that is queued later: that work must
  /// not keep a queue waiting for it.
  static Event pendingApart();
  bool isApart() const;
  /// Already reached, with an error.
  static Event failed(Status error);

  bool ready() const;
  /// Blocks until the event is ready, and says how it went. In a process
  /// forked while the event was pending, returns an error instead.
  Status wait() const;
  /// Blocks for at most `limit`; true if the event is ready.
  bool waitFor(std::chrono::microseconds limit) const;
  /// How it went; success as long as the event is pending.
  Status status() const;

  /// Calls `callback` once: now if the event is ready, else on the thread that
  /// signals. It should be short and must not wait for work of that thread.
  void then(std::function<void(const Status &)> callback) const;
  /// Makes the event ready. Only the first call has an effect.
  void signal(Status status = {}) const;

private:
  struct State;
  explicit Event(std::shared_ptr<State> state) : state(std::move(state)) {}
  std::shared_ptr<State> state; // null: ready, successful
};

} // namespace mjx::runtime

#endif // MJX_RUNTIME_EVENT_H
