//===- Fingerprint.h - Programs compared by content -------------*- C++ -*-===//
#ifndef MJX_PYTHON_BINDINGS_FINGERPRINT_H
#define MJX_PYTHON_BINDINGS_FINGERPRINT_H

#include "mlir/IR/BuiltinOps.h"

#include <string>

/// Equal for modules of equal content; of a meaning within this process.
std::string structureDigest(mlir::ModuleOp module);
/// Equal for modules that print alike without locations, in any process.
std::string textDigest(mlir::ModuleOp module);

#endif // MJX_PYTHON_BINDINGS_FINGERPRINT_H
