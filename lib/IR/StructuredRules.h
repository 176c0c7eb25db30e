//===- StructuredRules.h - What rules about dimensions share ----*- C++ -*-===//
#ifndef MJX_LIB_IR_STRUCTUREDRULES_H
#define MJX_LIB_IR_STRUCTUREDRULES_H

#include "mjx/IR/Mjx.h"

#include "mlir/IR/Diagnostics.h"

namespace mjx {

/// `[1, 2]`, for messages.
std::string listText(llvm::ArrayRef<int64_t> values);

/// Complains in the name of an op, if there is a place to complain at.
struct Checker {
  std::optional<mlir::Location> loc;
  llvm::StringRef op;

  template <class... Args> llvm::LogicalResult fail(Args &&...args) const {
    return mlir::emitOptionalError(loc, "'", op, "' op ", std::forward<Args>(args)...);
  }
  /// All are tensors of known shape.
  llvm::LogicalResult tensors(mlir::ValueRange values) const;
  llvm::LogicalResult sameElements(mlir::Type x, mlir::Type y) const;
  llvm::LogicalResult length(llvm::StringRef name, llvm::ArrayRef<int64_t> values,
                             int64_t length) const;
  /// Different dimensions of a tensor of `rank`.
  llvm::LogicalResult dims(llvm::StringRef name, llvm::ArrayRef<int64_t> dims, int64_t rank) const;
  llvm::LogicalResult increasing(llvm::StringRef name, llvm::ArrayRef<int64_t> dims) const;
};

/// Elements of this type can be combined by `kind`, a kind of reduction.
llvm::LogicalResult checkKind(std::optional<mlir::Location> loc, llvm::StringRef who,
                              llvm::StringRef kind, mlir::Type element);

inline mlir::RankedTensorType tensorType(mlir::Value value) {
  return mlir::cast<mlir::RankedTensorType>(value.getType());
}

/// `values` with `value` inserted before position `at`.
llvm::SmallVector<int64_t> withInserted(llvm::ArrayRef<int64_t> values, int64_t at, int64_t value);
/// The same dimensions after one was inserted at `at`.
llvm::SmallVector<int64_t> shiftedDims(llvm::ArrayRef<int64_t> dims, int64_t at);
llvm::SmallVector<int64_t> filled(int64_t size, int64_t value);

/// One past the last of `size` elements from `start` in steps of `stride`.
int64_t endOf(int64_t start, int64_t size, int64_t stride);

/// A constant of `type` with the one element of `splat`; null unless it is a
/// splat.
mlir::Attribute resplat(mlir::Attribute splat, mlir::RankedTensorType type);

/// The elements start, start + stride, ... of which `x` has `sizes`.
Val slice(Val x, llvm::ArrayRef<int64_t> start, llvm::ArrayRef<int64_t> sizes,
          llvm::ArrayRef<int64_t> strides);
Val updateSlice(llvm::StringRef kind, Val dest, Val x, llvm::ArrayRef<int64_t> start,
                llvm::ArrayRef<int64_t> strides);
/// An accumulator of cotangents with `x` added to a part of it.
Val addPart(Val accumulator, Val x, llvm::ArrayRef<int64_t> start, llvm::ArrayRef<int64_t> strides);
/// How a first part is put into an accumulator: set if nothing is there yet.
llvm::StringRef beginUpdate(Val accumulator);
/// `next`, which is the accumulator with something put in an unknown place.
Val updatedAnywhere(Val accumulator, Val next);
Val concatenate(llvm::ArrayRef<Val> xs, int64_t dim);

} // namespace mjx

#endif // MJX_LIB_IR_STRUCTUREDRULES_H
