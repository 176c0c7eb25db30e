//===- Destinations.h - Which memory a tensor is computed in ----*- C++ -*-===//
#ifndef MJX_LIB_TARGET_CPU_DESTINATIONS_H
#define MJX_LIB_TARGET_CPU_DESTINATIONS_H

#include "Shared.h"

namespace mjx {

/// The value a chain of updates starts from, and the operand that reads it
/// (null if the chain is empty).
struct Destination {
  mlir::Value value;
  mlir::OpOperand *use = nullptr;
};

/// Follows a tensor back through the operands it is updated from: loop
/// initializers, insertion destinations, reduction initializers.
Destination destinationRoot(mlir::Value tensor);

} // namespace mjx

#endif // MJX_LIB_TARGET_CPU_DESTINATIONS_H
