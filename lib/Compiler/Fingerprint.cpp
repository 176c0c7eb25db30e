//===- Fingerprint.cpp - This build of the compiler, and its target -------===//
#include "mjx/Compiler/Compiler.h"
#include "mjx/Target/CPU.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Config/llvm-config.h"

#include <cstring>
#include <elf.h>
#include <link.h>

using namespace mjx;

namespace {

/// The linker's digest of the library that holds an address.
struct BuildId {
  uintptr_t address;
  std::string digest;
};

} // namespace

static std::string findNote(const char *notes, size_t size) {
  while (size >= sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) header;
    std::memcpy(&header, notes, sizeof header);
    auto padded = [](size_t n) { return (n + 3) & ~size_t(3); };
    size_t total = sizeof header + padded(header.n_namesz) + padded(header.n_descsz);
    if (total > size)
      break;
    const char *name = notes + sizeof header;
    if (header.n_type == NT_GNU_BUILD_ID && header.n_namesz == 4 && !std::memcmp(name, "GNU", 4))
      return {name + padded(header.n_namesz), header.n_descsz};
    notes += total;
    size -= total;
  }
  return {};
}

static int visitLibrary(dl_phdr_info *info, size_t, void *data) {
  auto &wanted = *static_cast<BuildId *>(data);
  bool holds = false;
  for (const ElfW(Phdr) &part : llvm::ArrayRef(info->dlpi_phdr, info->dlpi_phnum))
    holds |=
        part.p_type == PT_LOAD && wanted.address - (info->dlpi_addr + part.p_vaddr) < part.p_memsz;
  if (!holds)
    return 0;
  for (const ElfW(Phdr) &part : llvm::ArrayRef(info->dlpi_phdr, info->dlpi_phnum))
    if (part.p_type == PT_NOTE && wanted.digest.empty())
      wanted.digest =
          findNote(reinterpret_cast<const char *>(info->dlpi_addr + part.p_vaddr), part.p_memsz);
  return 1;
}

std::string mjx::compilerFingerprint() {
  static const std::string fingerprint = [] {
    BuildId id{reinterpret_cast<uintptr_t>(&visitLibrary), ""};
    dl_iterate_phdr(visitLibrary, &id);
    if (id.digest.empty())
      return std::string();
    const cpu::HostTarget &host = cpu::hostTarget();
    return llvm::toHex(id.digest) + "/" LLVM_VERSION_STRING "/" + host.triple + "/" + host.cpu +
           "/" + host.features;
  }();
  return fingerprint;
}
