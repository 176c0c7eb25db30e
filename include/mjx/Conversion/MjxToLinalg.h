//===- MjxToLinalg.h - mjx to linalg on tensors -----------------*- C++ -*-===//
#ifndef MJX_CONVERSION_MJXTOLINALG_H
#define MJX_CONVERSION_MJXTOLINALG_H

#include "mlir/IR/DialectRegistry.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassManager.h"

namespace mjx {

/// Attaches to every op its lowering, once the dialect is loaded.
void registerLinalgLowerings(mlir::DialectRegistry &registry);

/// From `mjx`, transforms included, to `linalg`, `tensor` and `scf`: resolve,
/// simplify, decompose, lower.
void buildMjxToLinalgPipeline(mlir::OpPassManager &pm);

/// Marks a loop whose iterations may run in any order, as those of a map may.
inline constexpr llvm::StringLiteral lanesAttr = "mjx.lanes";

#define GEN_PASS_DECL
#include "mjx/Conversion/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "mjx/Conversion/Passes.h.inc"

} // namespace mjx

#endif // MJX_CONVERSION_MJXTOLINALG_H
