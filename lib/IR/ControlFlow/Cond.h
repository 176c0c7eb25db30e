//===- Cond.h - One of several branches -------------------------*- C++ -*-===//
#ifndef MJX_LIB_IR_CONTROLFLOW_COND_H
#define MJX_LIB_IR_CONTROLFLOW_COND_H

#include "Regions.h"

namespace mjx {

/// A cond under construction: branches that take the same operands.
class CondBuilder {
public:
  CondBuilder(mlir::Location loc, unsigned branches);

  /// Adds an operand; argument() is what it is in a branch.
  unsigned add(mlir::Value operand);
  mlir::Value argument(unsigned branch, unsigned operand) {
    return block(branch).getArgument(operand);
  }
  mlir::Block &block(unsigned branch) { return regions[branch].front(); }
  mlir::OpBuilder builder(unsigned branch) { return atEnd(block(branch), loc); }
  /// Ends a branch.
  void yield(unsigned branch, mlir::ValueRange values);
  mlir::Operation *finish(Emitter &emitter, mlir::Value index);

private:
  mlir::Location loc;
  std::vector<mlir::Region> regions;
  llvm::SmallVector<mlir::Value> operands;
};

/// What branch `branch` of `op` yields as result `k`.
mlir::Value yielded(CondOp op, unsigned branch, unsigned k);

llvm::LogicalResult linearizeCond(JvpContext &c, CondOp op);
llvm::LogicalResult transposeCond(TransposeContext &c, CondOp op);
/// Lanes choose for themselves.
llvm::LogicalResult batchDivergentCond(BatchContext &c, CondOp op);

} // namespace mjx

#endif // MJX_LIB_IR_CONTROLFLOW_COND_H
