//===- Thread.cpp - A thread that may fail to start -------------*- C++ -*-===//

#include "Thread.h"

#include "mjx/Runtime/Fork.h"

#include <csignal>
#include <new>

namespace mjx::runtime {

static void *runBody(void *argument) {
  std::unique_ptr<std::function<void()>> body(static_cast<std::function<void()> *>(argument));
  (*body)();
  return nullptr;
}

std::unique_ptr<Thread> Thread::start(std::function<void()> body) {
  noteThreadsStart();
  auto thread = std::make_unique<Thread>();
  auto *argument = new (std::nothrow) std::function<void()>(std::move(body));
  if (!argument)
    return nullptr;
  // Signals are the business of the application's own threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int failure = pthread_create(&thread->handle, nullptr, runBody, argument);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (failure == 0)
    return thread;
  delete argument;
  return nullptr;
}

} // namespace mjx::runtime
