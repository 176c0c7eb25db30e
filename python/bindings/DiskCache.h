//===- DiskCache.h - Compiled programs kept across processes ----*- C++ -*-===//
#ifndef MJX_PYTHON_BINDINGS_DISKCACHE_H
#define MJX_PYTHON_BINDINGS_DISKCACHE_H

#include "mjx/Runtime/ExecutableImage.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <nanobind/nanobind.h>

/// The image of the program with a fingerprint: from disk, or from `compile`,
/// and then kept on disk. An empty fingerprint is that of a program that means
/// nothing to other processes.
mjx::runtime::ExecutableImage
imageThroughDisk(const std::string &fingerprint, llvm::ArrayRef<int64_t> donated,
                 llvm::function_ref<mjx::runtime::ExecutableImage()> compile);

void bindDiskCache(nanobind::module_ &m);

#endif // MJX_PYTHON_BINDINGS_DISKCACHE_H
