//===- Runtime.h - Executables for the rest of the extension ----*- C++ -*-===//
#ifndef MJX_PYTHON_BINDINGS_RUNTIME_H
#define MJX_PYTHON_BINDINGS_RUNTIME_H

#include "mjx/Runtime/Executable.h"

#include <nanobind/nanobind.h>

/// Loads an image on the CPU device. Throws std::runtime_error with the
/// loader's reason. May be called without the GIL.
std::shared_ptr<mjx::runtime::Executable> loadExecutable(mjx::runtime::ExecutableImage image);

/// The buffer of a Buffer object; null for other objects.
std::shared_ptr<mjx::runtime::Buffer> bufferOf(PyObject *object);
/// A new Buffer object. Throws when out of memory.
PyObject *wrapBuffer(std::shared_ptr<mjx::runtime::Buffer> buffer);
/// Throws an error that Python gets as one of its class, with the GIL.
void raiseIfFailed(const mjx::runtime::Status &status);
/// Blocks, without the GIL, until the contents are there. Throws what spoiled
/// them, or nanobind::python_error on Ctrl-C.
void waitForBuffer(const mjx::runtime::Buffer &buffer);
/// Starts a program, without the GIL where that may take long. Throws an error
/// with the user's line.
mjx::runtime::BufferList launchProgram(mjx::runtime::Executable &program,
                                       const mjx::runtime::BufferList &inputs,
                                       const std::vector<int64_t> &donated,
                                       const mjx::runtime::CallNames *names);

nanobind::tuple shapeTuple(const std::vector<int64_t> &shape);
nanobind::str elementText(mjx::runtime::ElementType type);
/// As the extension spells types: a list of (element type, shape) pairs.
nanobind::list typeList(const std::vector<mjx::runtime::BufferType> &types);

#endif // MJX_PYTHON_BINDINGS_RUNTIME_H
