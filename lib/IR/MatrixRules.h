//===- MatrixRules.h - What rules about matrices share ----------*- C++ -*-===//
//
// Values are stacks of matrices: the last two dimensions are a matrix's, those
// in front a batch. A null Val is zero here too.
//
//===----------------------------------------------------------------------===//
#ifndef MJX_LIB_IR_MATRIXRULES_H
#define MJX_LIB_IR_MATRIXRULES_H

#include "StructuredRules.h"

namespace mjx {

inline int64_t rowsOf(mlir::RankedTensorType type) { return type.getDimSize(type.getRank() - 2); }
inline int64_t columnsOf(mlir::RankedTensorType type) {
  return type.getDimSize(type.getRank() - 1);
}
/// The lesser extent of the matrices.
inline int64_t diagonalOf(mlir::RankedTensorType type) {
  return std::min(rowsOf(type), columnsOf(type));
}
inline llvm::ArrayRef<int64_t> batchOf(mlir::RankedTensorType type) {
  return type.getShape().drop_back(2);
}
/// `type` with the same batch of arrays of shape `last`.
mlir::RankedTensorType withLast(mlir::RankedTensorType type, llvm::ArrayRef<int64_t> last);
/// The type of the real numbers of a complex one, and of real ones themselves.
mlir::Type realElement(mlir::Type element);
mlir::Type complexElement(mlir::Type element);
inline bool isComplex(Val x) { return mlir::isa<mlir::ComplexType>(x.element()); }

/// Each operand is a tensor of rank 2 or more, and all are of one element type.
llvm::LogicalResult checkMatrices(Checker check, mlir::ValueRange values);
llvm::LogicalResult checkSquare(Checker check, mlir::RankedTensorType type);
/// `value` has the batch of `matrices` and, after it, the extents `last`.
llvm::LogicalResult checkLast(Checker check, llvm::StringRef name, mlir::Value value,
                              mlir::RankedTensorType matrices, llvm::ArrayRef<int64_t> last);

/// The op on more leading dimensions: every operand with the batch in front.
llvm::LogicalResult batchLeading(BatchContext &c);
/// Complains that `op` has no derivative, and tells what to use.
llvm::LogicalResult refuseJvp(JvpContext &c, llvm::StringRef hint);
/// Operations of an algorithm that takes `perMatrix` for each matrix of `type`.
double flopsOf(mlir::RankedTensorType type, double perMatrix);

Val conj(Val x);
Val realPart(Val x);
/// `x` as a complex number, if it is not one.
Val asComplex(Val x);
Val matrixTranspose(Val x);
Val adjoint(Val x);
Val matmul(Val x, Val y);
/// The part on and below the diagonal number `k` (`lower`), or on and above it.
Val triangle(Val x, bool lower, int64_t k = 0);
/// Booleans of the shape of `x`, true where row - column `direction` k.
Val compareRows(Val x, llvm::StringRef direction, int64_t k = 0);
Val identityLike(Val x);
/// The diagonals of square matrices, one dimension less.
Val diagonal(Val x);
/// `x`, a value for each row or each column, beside every one of `columns`
/// columns, or below every one of `rows` rows.
Val repeatColumns(Val x, int64_t columns);
Val repeatRows(Val x, int64_t rows);
/// The Hermitian matrices of which `x` has the lower or upper triangle.
Val hermitian(Val x, bool lower);
/// Columns (or rows) `start` to `start + size`.
Val columnsAt(Val x, int64_t start, int64_t size);
Val rowsAt(Val x, int64_t start, int64_t size);
/// Rows of `x` at the places that `indices`, a list for each matrix, say.
Val takeRows(Val x, Val indices);
/// 1 / x, and 0 where x is zero.
Val inverseOrZero(Val x);

Val triangularSolve(Val a, Val b, bool leftSide, bool lower, llvm::StringRef transposeA = "no",
                    bool unitDiagonal = false);
/// Solves a y = b by way of `lu`.
Val solve(Val a, Val b);

} // namespace mjx

#endif // MJX_LIB_IR_MATRIXRULES_H
