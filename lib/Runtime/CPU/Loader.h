//===- Loader.h - From object code to an entry point ------------*- C++ -*-===//
#ifndef MJX_LIB_RUNTIME_CPU_LOADER_H
#define MJX_LIB_RUNTIME_CPU_LOADER_H

#include "mjx/Runtime/Device.h"

namespace mjx::runtime {

/// Links the image's object into this process. The program unloads the code
/// when it is destroyed.
Result<std::unique_ptr<Program>> loadCPUProgram(const ExecutableImage &image);

} // namespace mjx::runtime

#endif // MJX_LIB_RUNTIME_CPU_LOADER_H
