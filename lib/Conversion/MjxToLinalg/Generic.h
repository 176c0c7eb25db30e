//===- Generic.h - A linalg.generic in one call -----------------*- C++ -*-===//
#ifndef MJX_CONVERSION_MJXTOLINALG_GENERIC_H
#define MJX_CONVERSION_MJXTOLINALG_GENERIC_H

#include "Lowering.h"

namespace mjx {

/// Scalars to yield, from the elements of the operands and then of the inits.
using ScalarBody = llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::ImplicitLocOpBuilder &,
                                                                     mlir::ValueRange)>;
constexpr auto parallelLoop = mlir::utils::IteratorType::parallel;
constexpr auto reductionLoop = mlir::utils::IteratorType::reduction;

inline mlir::linalg::GenericOp buildGeneric(mlir::ImplicitLocOpBuilder &b, mlir::ValueRange inputs,
                                            mlir::ValueRange inits,
                                            llvm::ArrayRef<mlir::AffineMap> maps,
                                            llvm::ArrayRef<mlir::utils::IteratorType> iterators,
                                            ScalarBody body) {
  return mlir::linalg::GenericOp::create(
      b, mlir::TypeRange(inits), inputs, inits, maps, iterators,
      [&](mlir::OpBuilder &inner, mlir::Location loc, mlir::ValueRange args) {
        mlir::ImplicitLocOpBuilder scalars(loc, inner);
        mlir::linalg::YieldOp::create(scalars, body(scalars, args));
      });
}

/// The map of `loops` loops to the numbers `dims` of some of them.
inline mlir::AffineMap loopMap(mlir::MLIRContext *context, int64_t loops,
                               llvm::ArrayRef<int64_t> dims) {
  llvm::SmallVector<mlir::AffineExpr> exprs;
  for (int64_t dim : dims)
    exprs.push_back(mlir::getAffineDimExpr(dim, context));
  return mlir::AffineMap::get(loops, 0, exprs, context);
}

/// The type sums of `element` are formed in: f32 for floats of 16 bits or fewer.
inline mlir::Type accumulatorType(mlir::Type element) {
  bool isNarrow = mlir::isa<mlir::FloatType>(element) && element.getIntOrFloatBitWidth() <= 16;
  return isNarrow ? mlir::Float32Type::get(element.getContext()) : element;
}

/// A float in another type of float.
inline mlir::Value resizeFloat(mlir::ImplicitLocOpBuilder &b, mlir::Value x, mlir::Type type) {
  if (x.getType() == type)
    return x;
  if (x.getType().getIntOrFloatBitWidth() < type.getIntOrFloatBitWidth())
    return mlir::arith::ExtFOp::create(b, type, x);
  return mlir::arith::TruncFOp::create(b, type, x);
}

/// Each float of a tensor in another type of float.
inline mlir::Value resizeFloats(mlir::ImplicitLocOpBuilder &b, mlir::Value x, mlir::Type element) {
  auto type = mlir::cast<mlir::RankedTensorType>(x.getType());
  if (type.getElementType() == element)
    return x;
  mlir::AffineMap map = b.getMultiDimIdentityMap(type.getRank());
  llvm::SmallVector<mlir::utils::IteratorType> loops(type.getRank(), parallelLoop);
  return buildGeneric(b, x, emptyTensor(b, type.getShape(), element), {map, map}, loops,
                      [&](mlir::ImplicitLocOpBuilder &s, mlir::ValueRange args) {
                        return llvm::SmallVector<mlir::Value>{resizeFloat(s, args[0], element)};
                      })
      .getResult(0);
}

} // namespace mjx

#endif // MJX_CONVERSION_MJXTOLINALG_GENERIC_H
