//===- ExecutableImage.h - What the compiler hands to the runtime -*- C++
//-*-===//
#ifndef MJX_RUNTIME_EXECUTABLEIMAGE_H
#define MJX_RUNTIME_EXECUTABLEIMAGE_H

#include "mjx/Runtime/ElementType.h"

#include <map>
#include <string>
#include <vector>

namespace mjx::runtime {

struct BufferType {
  ElementType element;
  std::vector<int64_t> shape;

  int64_t elements() const {
    int64_t count = 1;
    for (int64_t extent : shape)
      count *= extent;
    return count;
  }
  int64_t bytes() const { return elements() * elementBytes(element); }
  bool operator==(const BufferType &other) const {
    return element == other.element && shape == other.shape;
  }
};

/// A compiled program: all that crosses from the compiler to the runtime.
///
/// `object` is a relocatable object file holding `entry`, a C function
///     int32_t entry(void *const *buffers, void *scratch)
/// whose buffers are the inputs in order, then the outputs in order, dense and
/// row-major. `scratch` points to `scratchBytes` bytes, 64-byte aligned, whose
/// contents mean nothing before or after. The result is 0 on success.
struct ExecutableImage {
  std::string name;
  std::string target;
  std::string object;
  std::string entry;
  std::vector<BufferType> inputs;
  std::vector<BufferType> outputs;
  /// For each output the input whose bytes it takes over, or -1. The entry
  /// function always finds both to be the same memory, holding the input's
  /// values at first: those of a donated input, or a copy the runtime made.
  /// Every other input is only read.
  std::vector<int64_t> aliases;
  int64_t scratchBytes = 0;
  /// Arithmetic the program does, roughly, infinity if unbounded: decides
  /// inline or queued execution.
  double estimatedFlops = 0;
  /// Whether running it does more than compute its outputs, so that others may
  /// have to wait for it.
  bool hasEffects = false;
  /// Whether it calls what may wait for other programs: it then runs apart.
  bool callsHost = false;
  /// Numbers of the functions of the host it calls; see HostCalls.h. They mean
  /// nothing to another process.
  std::vector<int64_t> callbacks;
  /// Whether some of them wait for those of programs started before.
  bool isOrdered = false;
  /// Milliseconds spent in each compiler stage, by name.
  std::map<std::string, double> compileTimes;
};

} // namespace mjx::runtime

#endif // MJX_RUNTIME_EXECUTABLEIMAGE_H
