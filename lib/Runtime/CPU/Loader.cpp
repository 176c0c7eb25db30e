//===- Loader.cpp - From object code to an entry point ----------*- C++ -*-===//

#include "Loader.h"

#include "LapackLibrary.h"

#include "mjx/Runtime/HostCalls.h"
#include "mjx/Runtime/Kernels.h"

#include "llvm/ExecutionEngine/Orc/AbsoluteSymbols.h"
#include "llvm/ExecutionEngine/Orc/Core.h"
#include "llvm/ExecutionEngine/Orc/ObjectLinkingLayer.h"
#include "llvm/ExecutionEngine/Orc/SelfExecutorProcessControl.h"
#include "llvm/ExecutionEngine/Orc/TaskDispatch.h"
#include "llvm/Support/MemoryBuffer.h"

#include <atomic>
#include <dlfcn.h>

using namespace llvm;
using namespace llvm::orc;

namespace mjx::runtime {

/// The mathematics and memory functions of the C library. The process' own
/// symbols come second, since a Python interpreter need not export libm's.
static void *lookupSystemSymbol(const std::string &name) {
  static void *math = dlopen("libm.so.6", RTLD_LAZY | RTLD_LOCAL);
  if (math)
    if (void *address = dlsym(math, name.c_str()))
      return address;
  if (void *address = dlsym(RTLD_DEFAULT, name.c_str()))
    return address;
  // Vector variants, which compilers call by the names of the vector ABI.
  static void *vectorMath = dlopen("libmvec.so.1", RTLD_LAZY | RTLD_LOCAL);
  return vectorMath ? dlsym(vectorMath, name.c_str()) : nullptr;
}

namespace {

/// Gives generated code what it calls: kernels first, then the C library.
class RuntimeSymbols final : public DefinitionGenerator {
public:
  Error tryToGenerate(LookupState &, LookupKind, JITDylib &library, JITDylibLookupFlags,
                      const SymbolLookupSet &wanted) override {
    SymbolMap found;
    for (const auto &[symbol, flags] : wanted) {
      std::string name = (*symbol).str();
      void *address = lookupRuntimeSymbol(name);
      if (!address)
        address = lookupSystemSymbol(name);
      if (address)
        found[symbol] = {ExecutorAddr::fromPtr(address),
                         JITSymbolFlags::Exported | JITSymbolFlags::Callable};
    }
    return found.empty() ? Error::success() : library.define(absoluteSymbols(std::move(found)));
  }
};

/// The process' linker. Each program is a library of its own in it, so that the
/// names of programs never meet.
class Linker {
public:
  static Expected<Linker &> get();

  Expected<void *> link(const ExecutableImage &image, JITDylib *&library);
  void unload(JITDylib &library) { consumeError(session.removeJITDylib(library)); }

private:
  explicit Linker(std::unique_ptr<ExecutorProcessControl> control)
      : session(std::move(control)), layer(session) {
    session.setErrorReporter([](Error error) { details += toString(std::move(error)) + "; "; });
  }

  /// What went wrong in detail while this thread linked: a lookup returns only
  /// which symbols it could not have. Linking stays on the calling thread.
  static thread_local std::string details;

  ExecutionSession session;
  ObjectLinkingLayer layer;
  std::atomic<uint64_t> count{0};
};

class CPUProgram final : public Program {
public:
  using Entry = int32_t (*)(void *const *, void *);
  CPUProgram(Linker &linker, JITDylib &library, Entry entry, std::string name)
      : linker(linker), library(&library), entry(entry), name(std::move(name)) {}
  ~CPUProgram() override { linker.unload(*library); }

  Status run(void *const *buffers, void *scratch) const override {
    int32_t code = entry(buffers, scratch);
    Status described = takeKernelError();
    if (code == 0)
      return Status();
    if (!described.ok())
      return described;
    if (code == 2)
      return Status::error(name + ": out of memory in a kernel");
    if (code & kernelLacksLapack)
      return Status::error(name + ": " + lapackAdvice());
    if (code & kernelLacksFft)
      return Status::error(name + ": this build has no Fourier transforms, because the sources of "
                                  "ducc0 could not be fetched. Run `./dev setup` where the Python "
                                  "package index can be reached, or set MJX_FFT_SOURCE, and build "
                                  "again");
    return Status::error(name + " failed at run time with code " + std::to_string(code));
  }

private:
  Linker &linker;
  JITDylibSP library;
  Entry entry;
  std::string name;
};

} // namespace

thread_local std::string Linker::details;

Expected<Linker &> Linker::get() {
  // Leaked: code may run until the process is gone.
  static Linker *linker = nullptr;
  static std::mutex mutex;
  std::lock_guard<std::mutex> lock(mutex);
  if (!linker) {
    auto control =
        SelfExecutorProcessControl::Create(nullptr, std::make_unique<InPlaceTaskDispatcher>());
    if (!control)
      return control.takeError();
    linker = new Linker(std::move(*control));
  }
  return *linker;
}

Expected<void *> Linker::link(const ExecutableImage &image, JITDylib *&library) {
  auto object = MemoryBuffer::getMemBufferCopy(image.object, image.name);
  library = &session.createBareJITDylib("program" + std::to_string(++count));
  library->addGenerator(std::make_unique<RuntimeSymbols>());
  if (Error error = layer.add(*library, std::move(object)))
    return std::move(error);
  details.clear();
  auto entry = session.lookup({library}, session.intern(image.entry));
  if (!entry)
    return createStringError(details + toString(entry.takeError()));
  return entry->getAddress().toPtr<void *>();
}

Result<std::unique_ptr<Program>> loadCPUProgram(const ExecutableImage &image) {
  auto fail = [&](Error error) {
    return Status::error("cannot load " + image.name + ": " + toString(std::move(error)));
  };
  auto linker = Linker::get();
  if (!linker)
    return fail(linker.takeError());
  JITDylib *library = nullptr;
  auto entry = linker->link(image, library);
  if (!entry) {
    Status status = fail(entry.takeError());
    if (library)
      linker->unload(*library);
    return status;
  }
  return std::unique_ptr<Program>(std::make_unique<CPUProgram>(
      *linker, *library, reinterpret_cast<CPUProgram::Entry>(*entry), image.name));
}

} // namespace mjx::runtime
