//===- Residuals.h - What reverse mode stores -------------------*- C++ -*-===//
//
// A linear block uses values of a primal one. Where the two run at different
// times, these values are stored in between, or computed again from fewer
// stored ones.
//
//===----------------------------------------------------------------------===//
#ifndef MJX_INTERFACES_RESIDUALS_H
#define MJX_INTERFACES_RESIDUALS_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SetVector.h"

namespace mjx {

/// Whether an op may be computed again rather than its results stored: it says
/// so itself, by the trait Recomputable.
bool isRecomputable(mlir::Operation *op);

/// What may be done with the values of a block.
struct ResidualRules {
  /// Whether a value need not be stored: it is there anyway, or constant.
  llvm::function_ref<bool(mlir::Value)> isFree;
  /// Whether a value may be stored; null if all may.
  llvm::function_ref<bool(mlir::Value)> mayStore = nullptr;
  /// Whether an op may be computed again; null to ask the op itself.
  llvm::function_ref<bool(mlir::Operation *)> mayRecompute = nullptr;
  /// How many ops may run again for each value used. Those on much smaller
  /// tensors are not counted.
  unsigned longestChain = 12;
};

/// The values to store so that `used` can be computed from them and the free
/// ones: those of fewest bytes, by a minimum cut. Whatever cannot be computed
/// again must be allowed to be stored.
llvm::SetVector<mlir::Value> selectResiduals(mlir::ValueRange used, const ResidualRules &rules);

/// Clones what computes `wanted` from values that `map` knows to `builder`,
/// extending `map`. Values without an op in `block` stay.
void cloneComputation(mlir::Block &block, mlir::ValueRange wanted, mlir::OpBuilder &builder,
                      mlir::IRMapping &map);

} // namespace mjx

#endif // MJX_INTERFACES_RESIDUALS_H
