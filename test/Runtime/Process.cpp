//===- Process.cpp - Tests of fork and exit ---------------------*- C++ -*-===//

#include "Check.h"

#include "mjx/Runtime/Executable.h"
#include "mjx/Runtime/Fork.h"
#include "mjx/Runtime/ThreadPool.h"

#include <atomic>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace mjx::runtime::test {

/// Runs `body` in a child; its failed checks fail the parent too.
static void inChild(FunctionRef<void()> body) {
  pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    alarm(30); // a hang is a failure
    failures = 0;
    body();
    std::exit(failures != 0);
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void beforeThreadsAChildIsFree() {
  inChild([] {
    CHECK(!forkedFromThreads());
    std::atomic<bool> done{false};
    CHECK(cpuDevice().stream().enqueue([&] { done = true; }).ok());
    cpuDevice().stream().drain();
    CHECK(done);
  });
}

static void afterThreadsAChildIsTold() {
  Device &device = cpuDevice();
  Event begun = Event::pending(), late = Event::pending();
  CHECK(device.stream().enqueue([=] { begun.signal(), (void)late.wait(); }).ok());
  CHECK(begun.wait().ok());
  inChild([&] {
    CHECK(mentions(device.stream().enqueue([] {}), "forked"));
    CHECK(!device.stream().tryInline([] {}));
    CHECK(mentions(late.wait(), "spawn"));
    device.stream().drain();
    std::atomic<int64_t> sum{0};
    ThreadPool::global().parallelFor(100, 1, [&](int64_t b, int64_t e) { sum += e - b; });
    CHECK(sum == 100);
  });
  late.signal();
  device.stream().drain();
}

void testFork() {
  beforeThreadsAChildIsFree();
  afterThreadsAChildIsTold();
}

// The last line appears although main has long returned.
void testExit() {
  static ThreadPool &pool = ThreadPool::global();
  for (int i = 0; i < 3; ++i)
    CHECK(cpuDevice()
              .stream()
              .enqueue([i] {
                std::this_thread::sleep_for(std::chrono::milliseconds(30));
                pool.parallelFor(8, 1, [](int64_t, int64_t) {});
                std::printf("work %d finished\n", i);
              })
              .ok());
}

} // namespace mjx::runtime::test
