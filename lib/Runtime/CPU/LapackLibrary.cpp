//===- LapackLibrary.cpp - Somebody else's LAPACK ---------------*- C++ -*-===//

#include "LapackLibrary.h"

#include "mjx/Runtime/Kernels.h"

#include <cstdlib>
#include <dlfcn.h>
#include <mutex>
#include <vector>

namespace mjx::runtime {

namespace {

std::mutex pathMutex;
std::string preferredPath;

/// A library may give its symbols a prefix of its own.
constexpr const char *prefixes[] = {"", "scipy_"};

class Library {
public:
  static const Library &get() {
    // Leaked: kernels may run until the process is gone.
    static const Library *library = new Library();
    return *library;
  }

  const Lapack *table(int kind) const { return handle ? &tables[kind] : nullptr; }
  void setThreads(int count) const {
    if (threadSetter)
      threadSetter(count);
  }
  const std::string &reasons() const { return tried; }

private:
  Library() {
    for (const std::string &path : candidates())
      if (!path.empty() && open(path))
        return;
  }

  static std::vector<std::string> candidates() {
    const char *chosen = std::getenv("MJX_LAPACK");
    std::lock_guard<std::mutex> lock(pathMutex);
    return {chosen ? chosen : "", preferredPath, "liblapack.so.3", "libopenblas.so.0"};
  }

  bool open(const std::string &path) {
    void *opened = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!opened) {
      const char *reason = dlerror();
      tried += "\n  " + std::string(reason ? reason : path.c_str());
      return false;
    }
    for (const char *prefix : prefixes)
      if (fill(opened, prefix)) {
        handle = opened;
        findThreadSetter(prefix);
        setThreads(1);
        return true;
      }
    tried += "\n  " + path + ": lacks routines, or has them under other names";
    dlclose(opened);
    return false;
  }

  bool fill(void *opened, const std::string &prefix) {
    const char letters[] = {'s', 'd', 'c', 'z'};
    for (int kind = 0; kind < 4; ++kind) {
      auto find = [&](const char *real, const char *complex) {
        std::string name = prefix + letters[kind] + (kind < 2 ? real : complex) + "_";
        return dlsym(opened, name.c_str());
      };
#define MJX_LAPACK_FIND(real, complex)                                                             \
  if (!(tables[kind].real = find(#real, #complex)))                                                \
    return false;
      MJX_LAPACK_ROUTINES(MJX_LAPACK_FIND)
#undef MJX_LAPACK_FIND
    }
    return true;
  }

  void findThreadSetter(const std::string &prefix) {
    for (const std::string &name :
         {prefix + "openblas_set_num_threads", std::string("openblas_set_num_threads"),
          std::string("MKL_Set_Num_Threads")})
      if (void *found = dlsym(handle, name.c_str())) {
        threadSetter = reinterpret_cast<void (*)(int)>(found);
        return;
      }
  }

  Lapack tables[4];
  void *handle = nullptr;
  void (*threadSetter)(int) = nullptr;
  std::string tried;
};

} // namespace

template <> const Lapack *lapackFor<float>() { return Library::get().table(0); }
template <> const Lapack *lapackFor<double>() { return Library::get().table(1); }
template <> const Lapack *lapackFor<std::complex<float>>() { return Library::get().table(2); }
template <> const Lapack *lapackFor<std::complex<double>>() { return Library::get().table(3); }

void setLapackPath(std::string path) {
  std::lock_guard<std::mutex> lock(pathMutex);
  preferredPath = std::move(path);
}

std::string lapackAdvice() {
  return "no LAPACK library was found, which matrices larger than 8x8 and decompositions need. "
         "Install one with `pip install scipy-openblas32`, or set MJX_LAPACK to the path of one "
         "with 32-bit integers, in a new process. Tried:" +
         Library::get().reasons();
}

//===----------------------------------------------------------------------===//
// Threads
//===----------------------------------------------------------------------===//

// The library has one number of threads for the process. Whoever comes second
// while a matrix is being worked on by several leaves the number alone.
static std::mutex threadsMutex;

LapackThreads::LapackThreads(int count) : changed(count > 1 && threadsMutex.try_lock()) {
  if (changed)
    Library::get().setThreads(count);
}

LapackThreads::~LapackThreads() {
  if (!changed)
    return;
  Library::get().setThreads(1);
  threadsMutex.unlock();
}

} // namespace mjx::runtime
