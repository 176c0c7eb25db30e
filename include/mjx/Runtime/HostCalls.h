//===- HostCalls.h - What programs ask of the host --------------*- C++ -*-===//
//
// Programs may call functions of the frontend, which this library knows by
// number only. Such programs run on threads of their own, off the device's
// stream: a function may compute with arrays and wait for them, and what it
// waits for must not be queued behind it.
//
//===----------------------------------------------------------------------===//
#ifndef MJX_RUNTIME_HOSTCALLS_H
#define MJX_RUNTIME_HOSTCALLS_H

#include "mjx/Runtime/Event.h"
#include "mjx/Runtime/ExecutableImage.h"
#include "mjx/Runtime/Status.h"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace mjx::runtime {

/// A dense row-major array in memory of the caller.
struct HostArray {
  BufferType type;
  void *data;
};

/// The functions of the frontend. Numbers are its own; each is retained by the
/// programs that call it.
struct HostFunctions {
  /// Reads `ins`, fills `outs`; called on any thread.
  Status (*call)(int64_t number, const std::vector<HostArray> &ins,
                 const std::vector<HostArray> &outs) = nullptr;
  void (*retain)(int64_t number) = nullptr;
  /// Called on any thread; must not block.
  void (*release)(int64_t number) = nullptr;
};
void setHostFunctions(const HostFunctions &functions);
const HostFunctions &hostFunctions();

/// Lets programs call a C function by name; see include/mjx-c/Foreign.h. A name
/// may be registered again for the same address only.
Status registerForeignFunction(const std::string &name, void *function);
bool isForeignFunction(const std::string &name);

/// The error that a kernel on this thread left for the program around it, taken
/// away. Success if there is none.
Status takeKernelError();

//===----------------------------------------------------------------------===//
// Running apart
//===----------------------------------------------------------------------===//

/// Calls `work` when all `events` are ready: now, or on the thread that signals
/// the last.
void afterAll(const std::vector<Event> &events, std::function<void()> work);

/// Runs work on a thread that nothing else runs on; on the caller if the system
/// has no more threads.
void runApart(std::function<void()> work);

/// The place of a program among those with effects that its thread has started.
/// They run one after the other; one that is not ordered lets the next one go
/// when its function waits for something.
class Turn {
public:
  /// Takes the next turn of the calling thread.
  static Turn take(bool isOrdered);
  /// Ready when it has come.
  const Event &begins() const { return before; }
  /// Calls `work` as the holder of the turn, then ends it.
  void run(const std::function<void()> &work) const;

private:
  Event before, after;
  bool isOrdered = false;
};

/// To be called before this thread blocks.
void yieldTurn();
/// Whether this thread runs a program that was started apart.
bool isRunningApart();

/// Counts a launch until `done`, for `waitForEffects`; with `isSilent` its error
/// is told there, since it has no outputs.
void noteEffect(const Event &done, bool isSilent);
/// Waits, for at most `limit`, until the programs started so far that have
/// effects or call the host are done. True if they are; also in one of them,
/// which would wait for itself.
bool waitForEffects(std::chrono::microseconds limit);
/// The first error nobody has seen, taken away. Success if there is none.
Status takeEffectError();

/// Ends the threads, after what they are running.
void shutdownApart();

} // namespace mjx::runtime

#endif // MJX_RUNTIME_HOSTCALLS_H
