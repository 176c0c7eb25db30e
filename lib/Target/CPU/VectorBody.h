//===- VectorBody.h - The body of a structured op, on lanes -----*- C++ -*-===//
#ifndef MJX_LIB_TARGET_CPU_VECTORBODY_H
#define MJX_LIB_TARGET_CPU_VECTORBODY_H

#include "Shared.h"

namespace mjx {

/// The value in every lane of a vector; itself for one lane.
mlir::Value spread(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value value, int64_t lanes);

/// The scalar code of a structured op, to be written out for one element or
/// for a vector of them.
class VectorBody {
public:
  explicit VectorBody(mlir::linalg::LinalgOp op);

  /// Every op of the body works on vectors as it does on scalars.
  bool isVectorizable() const;
  /// Every result is `combiner(accumulator, ...)`, in any order.
  bool isReduction() const { return reduction; }
  /// Too long to be worth repeating.
  bool isLong() const;
  /// Elements handled at once in registers of that many bytes.
  int64_t lanes(int64_t vectorBytes) const;

  /// Writes the body out. `indices` are the op's dimensions (null: zero), of
  /// which `lane` counts the lanes.
  llvm::SmallVector<mlir::Value> clone(mlir::OpBuilder &builder,
                                       llvm::ArrayRef<mlir::Value> arguments,
                                       llvm::ArrayRef<mlir::Value> indices, int64_t lane,
                                       int64_t lanes);

  /// What an accumulator starts from, for each result.
  llvm::SmallVector<mlir::Value> neutral(mlir::OpBuilder &builder, int64_t lanes);
  /// The combiner on two sets of partial results.
  llvm::SmallVector<mlir::Value> merge(mlir::OpBuilder &builder, mlir::ValueRange a,
                                       mlir::ValueRange b);
  /// Folds vectors of partial results into scalar totals.
  llvm::SmallVector<mlir::Value> combine(mlir::OpBuilder &builder, mlir::ValueRange totals,
                                         mlir::ValueRange partials);

private:
  void findCombiners();
  mlir::Value cloneIndex(mlir::OpBuilder &builder, mlir::Value index, bool isLane, int64_t lanes);

  mlir::linalg::LinalgOp op;
  mlir::Block *block;
  /// The op that joins an element to each accumulator.
  llvm::SmallVector<mlir::Operation *> combiners;
  bool reduction = false;
};

} // namespace mjx

#endif // MJX_LIB_TARGET_CPU_VECTORBODY_H
