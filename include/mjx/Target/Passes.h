//===- Passes.h - Passes and pipelines of the targets -----------*- C++ -*-===//
#ifndef MJX_TARGET_PASSES_H
#define MJX_TARGET_PASSES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace mjx {

#define GEN_PASS_DECL
#include "mjx/Target/Passes.h.inc"

/// What every program needs loaded: dialects, bufferization and translation
/// interfaces of the ops between linalg and machine code.
void registerTargetDialects(mlir::DialectRegistry &registry);

/// Every `mjx-cpu-*` pass, and the pipeline `mjx-cpu-pipeline`.
void registerTargetPasses();

} // namespace mjx

#endif // MJX_TARGET_PASSES_H
