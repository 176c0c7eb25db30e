//===- Val.h - A value to write mathematics with ----------------*- C++ -*-===//
//
// The language of the rules: SSA values with operators. A null Val is an exact
// zero, and the operators simplify at emission (x + 0, x * 1, -(-x), ...), so
// that little is left for later passes.
//
//===----------------------------------------------------------------------===//
#ifndef MJX_INTERFACES_VAL_H
#define MJX_INTERFACES_VAL_H

#include "mjx/Interfaces/Emitter.h"

#include "mlir/IR/BuiltinAttributes.h"

#include <optional>

namespace mjx {

struct Val {
  Val() = default;
  Val(Emitter &emitter, mlir::Value value) : emitter(value ? &emitter : nullptr), value(value) {}

  explicit operator bool() const { return static_cast<bool>(value); }
  operator mlir::Value() const { return value; }
  mlir::RankedTensorType type() const {
    return mlir::cast<mlir::RankedTensorType>(value.getType());
  }
  llvm::ArrayRef<int64_t> shape() const { return type().getShape(); }
  int64_t rank() const { return type().getRank(); }
  mlir::Type element() const { return type().getElementType(); }
  /// `number` in every element, in the type of this value.
  Val splat(double number) const { return {*emitter, emitter->splat(type(), number)}; }

  Emitter *emitter = nullptr;
  mlir::Value value;
};

Val operator-(Val x);
Val operator+(Val x, Val y);
Val operator-(Val x, Val y);
Val operator*(Val x, Val y);
Val operator/(Val x, Val y);
inline Val operator+(Val x, double y) { return x + x.splat(y); }
inline Val operator-(Val x, double y) { return x - x.splat(y); }
inline Val operator*(Val x, double y) { return x ? x * x.splat(y) : x; }
inline Val operator/(Val x, double y) { return x ? x / x.splat(y) : x; }
inline Val operator+(double x, Val y) { return y.splat(x) + y; }
inline Val operator-(double x, Val y) { return y.splat(x) - y; }
inline Val operator*(double x, Val y) { return y ? y.splat(x) * y : y; }
inline Val operator/(double x, Val y) { return y.splat(x) / y; }

/// Compares elementwise; `direction` as in `mjx.compare`.
Val compare(Val x, Val y, llvm::StringRef direction);
inline Val compare(Val x, double y, llvm::StringRef direction) {
  return compare(x, x.splat(y), direction);
}
/// Elements of `x` where `predicate` holds, of `y` elsewhere. Null stands for
/// zero; null if both are.
Val select(Val predicate, Val x, Val y);
Val convert(Val x, mlir::Type element);
/// The element `x` broadcast, reshaped, permuted or summed; no op where nothing changes.
Val broadcast(Val x, llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> dims);
Val reshape(Val x, llvm::ArrayRef<int64_t> shape);
Val transpose(Val x, llvm::ArrayRef<int64_t> permutation);
Val sum(Val x, llvm::ArrayRef<int64_t> dims);

/// `accumulator`, which may be null, with `value` added to it.
Val combined(Val accumulator, Val value);

/// Whether `value` is, through broadcasts, the constant `number` everywhere.
/// The zeros are one number here.
bool isSplat(mlir::Value value, double number);
/// Whether it is so of 0, and the zero is not -0: x - 0 is x, x - (-0) is not.
bool isPositiveZero(mlir::Value value);
/// The constant that `value` is, through broadcasts, if that is a splat; null
/// otherwise. Of the type of the constant, which need not be that of `value`.
mlir::DenseElementsAttr splatOf(mlir::Value value);
/// x c d as x (c d), where that is the same number for every x: the scale
/// (c d), or nothing. Numbers are real.
std::optional<llvm::APFloat> mergedScale(const llvm::APFloat &c, const llvm::APFloat &d);

/// 0, 1, ..., n-1.
llvm::SmallVector<int64_t> iotaDims(int64_t n);
llvm::SmallVector<int64_t> inversePermutation(llvm::ArrayRef<int64_t> permutation);
/// The dims in [0, rank) that are not in `dims`, in order.
llvm::SmallVector<int64_t> otherDims(int64_t rank, llvm::ArrayRef<int64_t> dims);

} // namespace mjx

#endif // MJX_INTERFACES_VAL_H
