//===- Thread.h - A thread that may fail to start ---------------*- C++ -*-===//
#ifndef MJX_LIB_RUNTIME_THREAD_H
#define MJX_LIB_RUNTIME_THREAD_H

#include <functional>
#include <memory>
#include <pthread.h>

namespace mjx::runtime {

/// std::thread reports a refusal of the system by an exception, which would end
/// a process built without them; this one returns null.
class Thread {
public:
  static std::unique_ptr<Thread> start(std::function<void()> body);
  void join() { pthread_join(handle, nullptr); }

private:
  pthread_t handle;
};

/// A hint to the core that the thread is polling.
inline void pausePolling() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

} // namespace mjx::runtime

#endif // MJX_LIB_RUNTIME_THREAD_H
