//===- FuseTrees.h - Trees of elementwise ops at once -----------*- C++ -*-===//
#ifndef MJX_LIB_TARGET_CPU_FUSETREES_H
#define MJX_LIB_TARGET_CPU_FUSETREES_H

#include "mlir/IR/BuiltinOps.h"

namespace mjx {

/// Fuses ops that go through the same elements in the same order, each of which
/// has the next as its only user, into bodies of at most `maxBodyOps` ops.
void fuseTrees(mlir::ModuleOp module, int64_t maxBodyOps);

} // namespace mjx

#endif // MJX_LIB_TARGET_CPU_FUSETREES_H
