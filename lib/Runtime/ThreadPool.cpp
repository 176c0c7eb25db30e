//===- ThreadPool.cpp - Parallelism inside one program ----------*- C++ -*-===//

#include "mjx/Runtime/ThreadPool.h"

#include "Thread.h"
#include "mjx/Runtime/Fork.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <new>
#include <sched.h>
#include <string>
#include <vector>

namespace mjx::runtime {

// Some 20 microseconds: about what it costs to fall asleep and be woken.
static constexpr int pollLimit = 400;

namespace {

/// One loop. Shared, since a worker may look at it after the caller has left;
/// `body` is used only for a chunk, which the caller waits for.
struct Loop {
  FunctionRef<void(int64_t, int64_t)> body;
  int64_t n, chunkSize, numChunks;
  std::atomic<int64_t> next{0};
  std::atomic<int64_t> done{0};
  std::mutex mutex;
  std::condition_variable finished;

  Loop(FunctionRef<void(int64_t, int64_t)> body, int64_t n, int64_t chunkSize)
      : body(body), n(n), chunkSize(chunkSize), numChunks((n + chunkSize - 1) / chunkSize) {}

  bool exhausted() const { return next.load() >= numChunks; }

  void takeChunks() {
    for (int64_t i; (i = next.fetch_add(1)) < numChunks;) {
      body(i * chunkSize, std::min(n, (i + 1) * chunkSize));
      if (done.fetch_add(1) + 1 == numChunks) {
        std::lock_guard<std::mutex> lock(mutex);
        finished.notify_all();
      }
    }
  }

  void waitForChunks() {
    for (int i = 0; i < pollLimit; ++i) {
      if (done.load() == numChunks)
        return;
      pausePolling();
    }
    std::unique_lock<std::mutex> lock(mutex);
    finished.wait(lock, [&] { return done.load() == numChunks; });
  }
};

} // namespace

struct ThreadPool::Impl {
  std::mutex mutex;
  std::condition_variable loopAdded;
  std::vector<std::shared_ptr<Loop>> loops; // those with chunks to take
  std::vector<std::unique_ptr<Thread>> workers;
  std::atomic<int> numThreads{1};
  std::atomic<uint64_t> posted{0};
  bool started = false, stopping = false, closed = false;
  std::mutex resizing;

  void serve();
  std::shared_ptr<Loop> pickLoop();
  void startWorkers();
  void stopWorkers();
  void post(const std::shared_ptr<Loop> &loop);
  void withdraw(const std::shared_ptr<Loop> &loop);
};

// The newest loop first: what is nested holds up what is around it.
std::shared_ptr<Loop> ThreadPool::Impl::pickLoop() {
  for (size_t i = loops.size(); i-- > 0;)
    if (!loops[i]->exhausted())
      return loops[i];
  return nullptr;
}

void ThreadPool::Impl::serve() {
  std::unique_lock<std::mutex> lock(mutex);
  while (!stopping) {
    if (std::shared_ptr<Loop> loop = pickLoop()) {
      lock.unlock();
      loop->takeChunks();
      loop.reset();
      // Loops tend to follow each other closely: look again before sleeping.
      uint64_t seen = posted.load();
      for (int i = 0; i < pollLimit && posted.load() == seen; ++i)
        pausePolling();
      lock.lock();
      continue;
    }
    loopAdded.wait(lock);
  }
}

void ThreadPool::Impl::startWorkers() {
  started = true;
  for (int i = 1; i < numThreads.load(); ++i) {
    auto worker = Thread::start([this] { serve(); });
    if (!worker)
      break; // the loop gets done by fewer
    workers.push_back(std::move(worker));
  }
}

void ThreadPool::Impl::stopWorkers() {
  std::vector<std::unique_ptr<Thread>> leaving;
  {
    std::lock_guard<std::mutex> lock(mutex);
    stopping = true;
    leaving.swap(workers);
  }
  loopAdded.notify_all();
  for (auto &worker : leaving)
    worker->join();
  std::lock_guard<std::mutex> lock(mutex);
  stopping = false;
  started = false;
}

void ThreadPool::Impl::post(const std::shared_ptr<Loop> &loop) {
  {
    std::lock_guard<std::mutex> lock(mutex);
    if (!started && !stopping && !closed)
      startWorkers();
    loops.push_back(loop);
    posted.fetch_add(1);
  }
  if (loop->numChunks > 2)
    loopAdded.notify_all();
  else
    loopAdded.notify_one();
}

void ThreadPool::Impl::withdraw(const std::shared_ptr<Loop> &loop) {
  std::lock_guard<std::mutex> lock(mutex);
  auto found = std::find(loops.begin(), loops.end(), loop);
  if (found != loops.end()) // there was memory to post it
    loops.erase(found);
}

ThreadPool::ThreadPool(int numThreads) : impl(std::make_unique<Impl>()) {
  impl->numThreads = std::max(1, numThreads);
}

ThreadPool::~ThreadPool() {
  if (forkedFromThreads())
    (void)impl.release(); // its threads and locks belong to the parent
  else
    shutdown();
}

ThreadPool &ThreadPool::global() {
  // Leaked: kernels may run while the process ends.
  static auto *pool = new ThreadPool(defaultNumThreads());
  return *pool;
}

// More chunks than threads, so that a slow thread costs little.
static int64_t chunkSizeFor(int64_t n, int64_t grain, int numThreads) {
  int64_t wanted = 4 * int64_t(numThreads);
  return std::max({int64_t(1), grain, (n + wanted - 1) / wanted});
}

void ThreadPool::parallelFor(int64_t n, int64_t grain, FunctionRef<void(int64_t, int64_t)> body) {
  if (n <= 0)
    return;
  int threads = numThreads();
  int64_t chunkSize = chunkSizeFor(n, grain, threads);
  if (threads == 1 || chunkSize >= n || forkedFromThreads())
    return body(0, n);
  std::shared_ptr<Loop> loop;
  try {
    loop = std::make_shared<Loop>(body, n, chunkSize);
    impl->post(loop);
  } catch (const std::bad_alloc &) { // the caller is enough
    if (!loop)
      return body(0, n);
  }
  loop->takeChunks();
  impl->withdraw(loop);
  loop->waitForChunks();
}

int ThreadPool::numThreads() const { return impl->numThreads.load(); }

void ThreadPool::setNumThreads(int count) {
  if (forkedFromThreads())
    return;
  std::lock_guard<std::mutex> lock(impl->resizing);
  impl->stopWorkers();
  impl->numThreads = std::max(1, count);
}

void ThreadPool::shutdown() {
  if (forkedFromThreads())
    return;
  std::lock_guard<std::mutex> lock(impl->resizing);
  {
    std::lock_guard<std::mutex> guard(impl->mutex);
    impl->closed = true;
  }
  impl->stopWorkers();
}

static int positiveFromEnvironment(const char *name) {
  const char *text = std::getenv(name);
  int value = text ? std::atoi(text) : 0; // of "4,2" the first counts
  return std::max(0, value);
}

// Cores granted by the control group's quota, rounded up; 0 if unlimited.
static int coresByQuota() {
  std::string quota;
  double period = 0;
  std::ifstream unified("/sys/fs/cgroup/cpu.max");
  if (!(unified >> quota >> period)) {
    std::ifstream oldQuota("/sys/fs/cgroup/cpu/cpu.cfs_quota_us");
    std::ifstream oldPeriod("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
    if (!(oldQuota >> quota) || !(oldPeriod >> period))
      return 0;
  }
  double granted = std::atof(quota.c_str()); // "max" reads as 0
  if (granted <= 0 || period <= 0)
    return 0;
  return std::max(1, int((granted + period - 1) / period));
}

static int coresByAffinity() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) != 0)
    return 1;
  return std::max(1, CPU_COUNT(&set));
}

int ThreadPool::defaultNumThreads() {
  for (const char *name : {"MJX_NUM_THREADS", "OMP_NUM_THREADS"})
    if (int count = positiveFromEnvironment(name))
      return count;
  int cores = coresByAffinity();
  int quota = coresByQuota();
  return quota ? std::min(cores, quota) : cores;
}

} // namespace mjx::runtime
