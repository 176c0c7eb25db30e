//===- Cost.h - What an op costs --------------------------------*- C++ -*-===//
#ifndef MJX_INTERFACES_COST_H
#define MJX_INTERFACES_COST_H

#include "mlir/IR/TypeRange.h"

namespace mjx {

/// Where an op puts its result.
enum class ResultMemory {
  Fresh,  ///< in memory of its own
  View,   ///< it is the first operand under another type
  Update, ///< in that of the first operand, or in a copy if that is needed later
};

/// Elements of a tensor; 0 for what has none.
double elementsOf(mlir::Type type);
/// Bytes of tensors together; a boolean takes one.
double bytesOf(mlir::TypeRange types);

} // namespace mjx

#endif // MJX_INTERFACES_COST_H
