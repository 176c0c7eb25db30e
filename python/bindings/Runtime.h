//===- Runtime.h - Executables for the rest of the extension ----*- C++ -*-===//
#ifndef MJX_PYTHON_BINDINGS_RUNTIME_H
#define MJX_PYTHON_BINDINGS_RUNTIME_H

#include "mjx/Runtime/Executable.h"

#include <nanobind/nanobind.h>

/// Loads an image on the CPU device. Throws std::runtime_error with the
/// loader's reason. May be called without the GIL.
std::shared_ptr<mjx::runtime::Executable> loadExecutable(mjx::runtime::ExecutableImage image);

/// As the extension spells types: a list of (element type, shape) pairs.
nanobind::list typeList(const std::vector<mjx::runtime::BufferType> &types);

#endif // MJX_PYTHON_BINDINGS_RUNTIME_H
