//===- Module.cpp - The extension mjx._mjx --------------------------------===//
#include "Bindings.h"
#include "DiskCache.h"

namespace nb = nanobind;

NB_MODULE(_mjx, m) {
  m.doc() = "The compiler and the runtime, for the Python part of mjx.";
  // Programs may be freed when the interpreter has gone.
  nb::set_leak_warnings(false);
  bindRuntime(m);
  bindCallback(m);
  bindArray(m);
  bindDispatch(m);
  bindGetitem(m);
  bindDiskCache(m);
  bindCompiler(m);
  bindDialect(m);
}
