//===- Regions.h - What ops with regions share ------------------*- C++ -*-===//
//
// Checks, data flow through regions, and moving computations between blocks.
//
//===----------------------------------------------------------------------===//
#ifndef MJX_LIB_IR_CONTROLFLOW_REGIONS_H
#define MJX_LIB_IR_CONTROLFLOW_REGIONS_H

#include "mjx/IR/Mjx.h"
#include "mjx/Interfaces/Residuals.h"
#include "mjx/Interfaces/Sweep.h"

#include "llvm/ADT/SetVector.h"

#include <optional>

namespace mjx {

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

/// Whose region is checked, and where complaints about it go.
struct RegionCheck {
  std::optional<mlir::Location> loc;
  /// The op's name and the region's, for instance "mjx.scan" and "the body".
  llvm::StringRef op, region;

  /// The terminator, if the region is a block that takes `arguments` and ends
  /// by yielding tensors.
  llvm::FailureOr<YieldOp> run(mlir::Region &region, mlir::TypeRange arguments) const;
  /// Whether what it yields has the types `expected`, called `what`.
  llvm::LogicalResult yields(YieldOp yield, mlir::TypeRange expected, llvm::StringRef what) const;
};

/// The type of `length` values of type `slice`, stacked.
mlir::Type stackedType(mlir::Type slice, int64_t length);
/// The type of one of the values stacked in `stacked`.
mlir::Type sliceType(mlir::Type stacked);
/// Checks that the leading dimension of every one of `types`, operands of `op`
/// counted from `first`, is `length`.
llvm::LogicalResult checkStacked(std::optional<mlir::Location> loc, llvm::StringRef op,
                                 mlir::TypeRange types, unsigned first, int64_t length);

//===----------------------------------------------------------------------===//
// What reaches what
//===----------------------------------------------------------------------===//

/// One truth value for each of some values.
using Marks = llvm::SmallVector<bool>;

/// What is followed through a program: having a tangent, or varying over a
/// batch.
struct Mark {
  enum Kind { Tangent, Batch };
  Mark(Kind kind, llvm::StringRef axis = {}) : kind(kind), axis(axis) {}
  operator Kind() const { return kind; }

  Kind kind;
  /// What collectives call the batch.
  llvm::StringRef axis;
};

/// Which results of `op` the mark may reach from the operands that have it.
Marks reachedResults(mlir::Operation *op, llvm::ArrayRef<bool> operands, Mark mark);
/// Which values `block` yields with the mark, from its arguments that have it.
Marks reachedYields(mlir::Block &block, llvm::ArrayRef<bool> arguments, Mark mark);
/// The same for a loop's body, whose first yielded values become its arguments
/// from `first` on: marks these until nothing changes.
Marks reachCarries(mlir::Block &body, Marks &arguments, unsigned first, unsigned carries,
                   Mark mark);

/// Which arguments of `block`, of those that are `linear`, may get a cotangent
/// if the values yielded have those marked.
Marks reachedArguments(mlir::Block &block, llvm::ArrayRef<bool> linear,
                       llvm::ArrayRef<bool> yields);

//===----------------------------------------------------------------------===//
// From block to block
//===----------------------------------------------------------------------===//

/// At the end of `block`, which need not belong to an op yet.
mlir::OpBuilder atEnd(mlir::Block &block, mlir::Location loc);
/// The values of `from` that ops of `user` use, in order of their first use.
llvm::SetVector<mlir::Value> valuesUsed(mlir::Block &from, mlir::Block &user);
/// The values of `block` that depend on none of its arguments but `arguments`,
/// and these.
llvm::DenseSet<mlir::Value> computedFrom(mlir::Block &block, mlir::ValueRange arguments);
/// Uses `map[v]` instead of `v` in the ops of `block`.
void replaceIn(mlir::Block &block, const llvm::DenseMap<mlir::Value, mlir::Value> &map);
/// Clones into the front of `user` those values of `from` it uses that depend
/// on no argument.
void cloneConstants(mlir::Block &from, mlir::Block &user);

/// Uses one of several ops that compute the same instead of the others, which
/// stay without users. Gives what stands for each of their results.
llvm::DenseMap<mlir::Value, mlir::Value> mergeDuplicates(mlir::Block &block);
/// Computes again, at the front of `user`, those values of `from` it uses which
/// `rules` do not want stored.
void computeAgain(mlir::Block &from, mlir::Block &user, const ResidualRules &rules);
/// Erases ops without users.
void eraseDead(mlir::Block &block);

/// Clones the ops of `body`: those with a linear operand to `linearPlace`,
/// marking their results, the others to where the emitter emits.
void splitLinear(Emitter &emitter, mlir::Block &body, mlir::IRMapping &map,
                 mlir::Block &linearPlace);

/// The cotangents of an op's linear operands accumulated so far, for rules that
/// add to them inside regions. A value that is several operands is accumulated
/// through the first of them.
class Accumulators {
public:
  explicit Accumulators(TransposeContext &c) : c(c) {}

  /// What there is for operand `i`; null if that is nothing, or not its to take.
  Val claim(unsigned i);
  /// The same, zeros instead of null.
  Val claimOrZeros(unsigned i);
  /// What there is for operand `i` now, what was claimed included.
  void give(unsigned i, mlir::Value value);
  /// To be called when all is given.
  void finish();

private:
  TransposeContext &c;
  llvm::DenseSet<mlir::Value> claimed;
  llvm::DenseSet<unsigned> owners;
  llvm::SmallVector<std::pair<unsigned, mlir::Value>> later;
};

/// Complains if lanes that only go along with the others would do something.
llvm::LogicalResult checkMaskable(BatchContext &c);

/// Replaces all calls nested in `op` by the bodies of their callees.
llvm::LogicalResult inlineCalls(mlir::Operation *op);

} // namespace mjx

#endif // MJX_LIB_IR_CONTROLFLOW_REGIONS_H
