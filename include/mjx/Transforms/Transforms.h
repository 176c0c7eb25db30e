//===- Transforms.h - mjx to mjx --------------------------------*- C++ -*-===//
#ifndef MJX_TRANSFORMS_TRANSFORMS_H
#define MJX_TRANSFORMS_TRANSFORMS_H

#include "mlir/IR/Operation.h"

namespace mjx {

/// Resolves `op`, which has TransformOpInterface and no unresolved transform
/// inside, replaces its uses and erases it. Returns what took the place of its
/// results. On failure a diagnostic was emitted and `op` is still there.
llvm::FailureOr<llvm::SmallVector<mlir::Value>> resolveTransform(mlir::Operation *op);

/// Resolves all transforms nested in `root`, innermost first.
llvm::LogicalResult resolveTransforms(mlir::Operation *root);

/// Makes what is in the regions of `root` cheaper without changing its results:
/// patterns and merging of equal computations in turn, `rounds` times at most.
void simplify(mlir::Operation *root, int64_t rounds = 4);

/// Replaces ops that no backend has by simpler ones, everywhere in `root`.
llvm::LogicalResult decomposeOps(mlir::Operation *root);

/// Puts a check behind every op in `root` with floating point results that stops
/// the program where one is NaN, or infinite.
void checkValues(mlir::Operation *root, bool nans, bool infs);

} // namespace mjx

#endif // MJX_TRANSFORMS_TRANSFORMS_H
