//===- Float8.h - Conversions of 8-bit floats -------------------*- C++ -*-===//
#ifndef MJX_LIB_TARGET_CPU_FLOAT8_H
#define MJX_LIB_TARGET_CPU_FLOAT8_H

#include "mlir/IR/Builders.h"

namespace mjx {

/// Whether `type`, or the type of its elements, is a float of 8 bits.
bool isFloat8(mlir::Type type);

/// An 8-bit float, or a vector of them, as f32. Exact.
mlir::Value extendFloat8(mlir::OpBuilder &b, mlir::Location loc, mlir::Value x);

/// An f32, or a vector of them, as the 8-bit float `wanted` or vector of it.
/// Rounds to nearest even; what is too large becomes infinity, or NaN where the
/// format has none.
mlir::Value truncateToFloat8(mlir::OpBuilder &b, mlir::Location loc, mlir::Value x,
                             mlir::Type wanted);

} // namespace mjx

#endif // MJX_LIB_TARGET_CPU_FLOAT8_H
