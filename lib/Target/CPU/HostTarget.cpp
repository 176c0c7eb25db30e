//===- HostTarget.cpp - The processor we run on ---------------------------===//
#include "mjx/Target/CPU.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

using namespace mjx;

namespace {

int64_t widestVector(const llvm::Triple &triple, const llvm::StringMap<bool> &features) {
  auto has = [&](llvm::StringRef name) { return features.lookup(name); };
  if (!triple.isX86())
    return 16;
  if (has("avx512f") && has("avx512bw") && has("avx512dq") && has("avx512vl"))
    return 64;
  return has("avx2") && has("fma") ? 32 : 16;
}

cpu::HostTarget detectHost() {
  cpu::HostTarget host;
  llvm::Triple triple(llvm::sys::getProcessTriple());
  host.triple = triple.str();
  host.cpu = llvm::sys::getHostCPUName().str();
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  std::vector<std::string> sorted;
  for (const auto &feature : features)
    sorted.push_back((feature.second ? "+" : "-") + feature.first().str());
  // The text is part of cache keys: keep it independent of hashing.
  std::sort(sorted.begin(), sorted.end());
  for (const std::string &feature : sorted)
    host.features += (host.features.empty() ? "" : ",") + feature;
  host.vectorBytes = widestVector(triple, features);
  host.x86 = triple.isX86();
  return host;
}

llvm::Expected<std::unique_ptr<llvm::TargetMachine>> createMachine() {
  if (llvm::InitializeNativeTarget() || llvm::InitializeNativeTargetAsmPrinter())
    return llvm::createStringError(
        "[compile] this build of LLVM cannot generate code for its own host");
  const cpu::HostTarget &host = cpu::hostTarget();
  llvm::Triple triple(host.triple);
  std::string error;
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return llvm::createStringError("[compile] no code generator for " + host.triple + ": " + error);
  llvm::TargetOptions options;
  // A product and a sum are fused only where the program says so: the streams
  // of random numbers and exact comparisons depend on it.
  options.AllowFPOpFusion = llvm::FPOpFusion::Standard;
  std::unique_ptr<llvm::TargetMachine> machine(target->createTargetMachine(
      triple, host.cpu, host.features, options, llvm::Reloc::PIC_, llvm::CodeModel::Small,
      llvm::CodeGenOptLevel::Default, /*JIT=*/true));
  if (!machine)
    return llvm::createStringError("[compile] no target machine for " + host.triple);
  return machine;
}

} // namespace

const cpu::HostTarget &cpu::hostTarget() {
  static const HostTarget host = detectHost();
  return host;
}

llvm::Expected<llvm::TargetMachine *> cpu::targetMachine() {
  // Never destroyed: threads may still compile while the process exits.
  static llvm::TargetMachine *machine = nullptr;
  if (!machine) {
    auto created = createMachine();
    if (!created)
      return created.takeError();
    machine = created->release();
  }
  return machine;
}
