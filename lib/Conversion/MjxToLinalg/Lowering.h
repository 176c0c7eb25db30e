//===- Lowering.h - What the lowerings of all families share ----*- C++ -*-===//
#ifndef MJX_CONVERSION_MJXTOLINALG_LOWERING_H
#define MJX_CONVERSION_MJXTOLINALG_LOWERING_H

#include "mjx/IR/Mjx.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mjx {

using LoweredValues = llvm::FailureOr<llvm::SmallVector<mlir::Value>>;

/// The type with signless integers that stands for `type` after lowering.
mlir::Type loweredType(mlir::Type type);
mlir::RankedTensorType loweredTensor(mlir::Type type);

/// Lowers the ops of `region`'s block with its arguments standing for
/// `arguments`, and returns what it yields.
LoweredValues lowerRegion(mlir::Region &region, mlir::ImplicitLocOpBuilder &b,
                          mlir::ValueRange arguments);

/// Whether the elements of `type`, a type of the mjx dialect, are unsigned.
bool isUnsigned(mlir::Type type);

/// The number by which the runtime knows elements of `type`, a type of the mjx
/// dialect.
int64_t runtimeElement(mlir::Type type);

mlir::Value emptyTensor(mlir::ImplicitLocOpBuilder &b, llvm::ArrayRef<int64_t> shape,
                        mlir::Type element);
/// A tensor with `element`, a scalar, everywhere.
mlir::Value filledTensor(mlir::ImplicitLocOpBuilder &b, llvm::ArrayRef<int64_t> shape,
                         mlir::Value element);
/// A tensor of `shape` with the elements of `x` from place `low` on, `interior`
/// places apart, where these are inside, and `element`, a scalar, elsewhere.
mlir::Value padded(mlir::ImplicitLocOpBuilder &b, mlir::Value x, llvm::ArrayRef<int64_t> low,
                   llvm::ArrayRef<int64_t> interior, llvm::ArrayRef<int64_t> shape,
                   mlir::Value element);
/// A scalar of a lowered (signless) number type: exact for small integers.
mlir::Value scalarConstant(mlir::ImplicitLocOpBuilder &b, mlir::Type element, double number);
mlir::Value indexConstant(mlir::ImplicitLocOpBuilder &b, int64_t number);
/// The only element of a rank-0 tensor.
mlir::Value scalarOf(mlir::ImplicitLocOpBuilder &b, mlir::Value tensor);
/// A rank-0 tensor of `scalar`.
mlir::Value tensorOf(mlir::ImplicitLocOpBuilder &b, mlir::Value scalar);
/// An integer scalar as an index, clamped into [0, limit].
mlir::Value clampedIndex(mlir::ImplicitLocOpBuilder &b, mlir::Value integer, bool isUnsigned,
                         int64_t limit);
/// Combines two scalars by a reduction kind ("add", "mul", "min", "max",
/// "and", "or", "xor", "logaddexp"), NaN-preserving for min and max.
mlir::Value combineScalars(mlir::ImplicitLocOpBuilder &b, llvm::StringRef kind, bool isUnsigned,
                           mlir::Value x, mlir::Value y);
/// The value that changes nothing under combineScalars.
mlir::Value reductionIdentity(mlir::ImplicitLocOpBuilder &b, llvm::StringRef kind, bool isUnsigned,
                              mlir::Type element);

/// A linalg.generic that computes each element of a `shape` tensor from its
/// indices: body(builder, indices) -> scalar. Reads other tensors by extract.
mlir::Value
generate(mlir::ImplicitLocOpBuilder &b, llvm::ArrayRef<int64_t> shape, mlir::Type element,
         llvm::function_ref<mlir::Value(mlir::ImplicitLocOpBuilder &, mlir::ValueRange)> body);

/// Attaches `lower(op, builder, operands)` as the lowering of OpT.
template <class OpT, auto lower>
struct LoweringModel : LinalgLoweringOpInterface::ExternalModel<LoweringModel<OpT, lower>, OpT> {
  LoweredValues lowerToLinalg(mlir::Operation *op, mlir::ImplicitLocOpBuilder &b,
                              mlir::ValueRange operands) const {
    return lower(mlir::cast<OpT>(op), b, operands);
  }
};
template <class OpT, auto lower> void attachLowering(mlir::MLIRContext &context) {
  OpT::template attachInterface<LoweringModel<OpT, lower>>(context);
}

// One per family, each defined in the file of that name.
void attachCreationLowerings(mlir::MLIRContext &context);
void attachPointwiseLowerings(mlir::MLIRContext &context);
void attachShapeLowerings(mlir::MLIRContext &context);
void attachIndexingLowerings(mlir::MLIRContext &context);
void attachReductionLowerings(mlir::MLIRContext &context);
void attachContractionLowerings(mlir::MLIRContext &context);
void attachFactorizationLowerings(mlir::MLIRContext &context);
void attachRandomLowerings(mlir::MLIRContext &context);
void attachControlFlowLowerings(mlir::MLIRContext &context);
void attachTransformLowerings(mlir::MLIRContext &context);
void attachEffectLowerings(mlir::MLIRContext &context);
void attachWindowLowerings(mlir::MLIRContext &context);

} // namespace mjx

#endif // MJX_CONVERSION_MJXTOLINALG_LOWERING_H
