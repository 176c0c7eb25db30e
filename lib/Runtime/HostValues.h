//===- HostValues.h - Descriptors and values of host calls ------*- C++ -*-===//
#ifndef MJX_LIB_RUNTIME_HOSTVALUES_H
#define MJX_LIB_RUNTIME_HOSTVALUES_H

#include "mjx/Runtime/HostCalls.h"

namespace mjx::runtime {

/// Reads the parts of a kernel's descriptor one after the other; see Kernels.h.
class DescriptorReader {
public:
  explicit DescriptorReader(const int64_t *words) : next(words) {}
  int64_t number() { return *next++; }
  std::string text();
  /// A list of types, of arrays at `data`.
  std::vector<HostArray> arrays(void *const *data);

private:
  const int64_t *next;
};

/// As messages show it: a number, or the first few elements.
std::string textOf(const HostArray &array);

} // namespace mjx::runtime

#endif // MJX_LIB_RUNTIME_HOSTVALUES_H
