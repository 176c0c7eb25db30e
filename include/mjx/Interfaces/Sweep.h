//===- Sweep.h - Asking every op of a block for its rule --------*- C++ -*-===//
//
// The three drivers. They name no op: what an op does is the op's affair.
//
//===----------------------------------------------------------------------===//
#ifndef MJX_INTERFACES_SWEEP_H
#define MJX_INTERFACES_SWEEP_H

#include "mjx/Interfaces/Rules.h"

#include "mlir/IR/IRMapping.h"

namespace mjx {

/// Clones the ops of `body` at the emitter's primal place, values renamed by
/// `map`, and emits tangents. `tangents` holds those of the block's values, a
/// missing one being zero, and is extended on the way.
llvm::LogicalResult sweepJvp(Emitter &emitter, mlir::Block &body, mlir::IRMapping &map,
                             llvm::DenseMap<mlir::Value, mlir::Value> &tangents);

/// Runs the ops of `linearBlock` backwards from the cotangents of their results
/// to those of their operands. Non-linear operands must be visible where the
/// emitter emits; linear ones are those the emitter knows.
llvm::LogicalResult sweepTranspose(Emitter &emitter, mlir::Block &linearBlock,
                                   Cotangents &cotangents);

/// Emits the ops of `body` over a batch along `axis`. `dims` holds the batch
/// dimensions of the block's values, a missing one meaning unbatched, and is
/// extended on the way.
llvm::LogicalResult sweepBatch(Emitter &emitter, mlir::Block &body, mlir::IRMapping &map,
                               llvm::DenseMap<mlir::Value, int64_t> &dims, BatchAxis axis);

} // namespace mjx

#endif // MJX_INTERFACES_SWEEP_H
