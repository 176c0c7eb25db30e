//===- IndexingRules.h - What gather and scatter share ----------*- C++ -*-===//
#ifndef MJX_LIB_IR_INDEXINGRULES_H
#define MJX_LIB_IR_INDEXINGRULES_H

#include "StructuredRules.h"

namespace mjx {

/// The dimension numbers of gather and scatter. The "whole" is what is gathered
/// from or scattered into, the "parts" are the result or the updates.
struct PartDims {
  /// Dimensions of the parts that run through one part.
  llvm::SmallVector<int64_t> window;
  /// Dimensions of the whole that a part has size 1 in and lacks.
  llvm::SmallVector<int64_t> dropped;
  /// Dimension of the whole that each index component moves along.
  llvm::SmallVector<int64_t> indexMap;
  /// Dimensions of the whole that go in step with dimensions of the indices.
  llvm::SmallVector<int64_t> operandBatching, indicesBatching;

  template <class GatherT> static PartDims ofGather(GatherT op) {
    return {llvm::to_vector(op.getOffsetDims()), llvm::to_vector(op.getCollapsedDims()),
            llvm::to_vector(op.getStartIndexMap()), llvm::to_vector(op.getOperandBatchingDims()),
            llvm::to_vector(op.getIndicesBatchingDims())};
  }
  template <class ScatterT> static PartDims ofScatter(ScatterT op) {
    return {llvm::to_vector(op.getUpdateWindowDims()), llvm::to_vector(op.getInsertedDims()),
            llvm::to_vector(op.getScatterIndexMap()), llvm::to_vector(op.getOperandBatchingDims()),
            llvm::to_vector(op.getIndicesBatchingDims())};
  }

  /// Dimensions of a whole of `rank` that a part has too, in order.
  llvm::SmallVector<int64_t> kept(int64_t rank) const {
    return llvm::to_vector(llvm::make_filter_range(otherDims(rank, dropped), [&](int64_t dim) {
      return !llvm::is_contained(operandBatching, dim);
    }));
  }
};

Val gather(Val x, Val indices, const PartDims &dims, llvm::ArrayRef<int64_t> sizes,
           llvm::StringRef mode, mlir::FloatAttr fill = {});
Val scatter(llvm::StringRef kind, Val dest, Val indices, Val updates, const PartDims &dims,
            llvm::StringRef mode, bool unique, bool sorted = false);

/// What `kind` combines has to be numbers, ordered for an extremum.
llvm::LogicalResult checkCombinable(Checker check, llvm::StringRef kind, mlir::Type element);

} // namespace mjx

#endif // MJX_LIB_IR_INDEXINGRULES_H
