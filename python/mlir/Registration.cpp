//===- Registration.cpp - Dialects and passes for the MLIR bindings -------===//
#include "mjx-c/Mjx.h"

#include "mlir/Bindings/Python/Nanobind.h"
#include "mlir/Bindings/Python/NanobindAdaptors.h"

NB_MODULE(_mjxRegistration, m) {
  m.def("register_dialects", &mjxRegisterDialects, nanobind::arg("registry"),
        "Adds the mjx dialect and all it is lowered to.");
  m.def("register_passes", &mjxRegisterPasses, "Makes the passes of mjx known by name.");
}
