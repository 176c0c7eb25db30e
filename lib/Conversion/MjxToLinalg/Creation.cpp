//===- Creation.cpp - Tensors out of nothing, in linalg -------------------===//
#include "Lowering.h"

#include "mlir/Dialect/Complex/IR/Complex.h"
#include "mlir/IR/DialectResourceBlobManager.h"

using namespace mlir;

namespace mjx {

//===----------------------------------------------------------------------===//
// Constant
//===----------------------------------------------------------------------===//

static Value complexConstant(ImplicitLocOpBuilder &b, ComplexType type, std::complex<APFloat> x) {
  Type part = type.getElementType();
  ArrayAttr parts =
      b.getArrayAttr({FloatAttr::get(part, x.real()), FloatAttr::get(part, x.imag())});
  return complex::ConstantOp::create(b, type, parts);
}

static Value splatElement(ImplicitLocOpBuilder &b, DenseElementsAttr value) {
  if (auto type = dyn_cast<ComplexType>(value.getElementType()))
    return complexConstant(b, type, value.getSplatValue<std::complex<APFloat>>());
  return arith::ConstantOp::create(b, value.getSplatValue<TypedAttr>());
}

/// Complex elements from constants of their parts: a constant of complex
/// elements has no form in LLVM.
static Value complexElements(ImplicitLocOpBuilder &b, DenseElementsAttr value) {
  auto type = cast<RankedTensorType>(value.getType());
  auto element = cast<ComplexType>(type.getElementType());
  SmallVector<APFloat> reals, imags;
  for (std::complex<APFloat> x : value.getValues<std::complex<APFloat>>()) {
    reals.push_back(x.real());
    imags.push_back(x.imag());
  }
  RankedTensorType part = type.clone(element.getElementType());
  Value real = arith::ConstantOp::create(b, DenseElementsAttr::get(part, reals));
  Value imag = arith::ConstantOp::create(b, DenseElementsAttr::get(part, imags));
  return generate(b, type.getShape(), element, [&](ImplicitLocOpBuilder &s, ValueRange indices) {
    return complex::CreateOp::create(s, element, tensor::ExtractOp::create(s, real, indices),
                                     tensor::ExtractOp::create(s, imag, indices));
  });
}

// A splat is filled in rather than stored, and thus can be updated in place.
static LoweredValues lowerConstant(ConstantOp op, ImplicitLocOpBuilder &b, ValueRange) {
  RankedTensorType type = loweredTensor(op.getOut().getType());
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(op.getValue())) {
    auto value = DenseResourceElementsAttr::get(type, resource.getRawHandle());
    return SmallVector<Value>{arith::ConstantOp::create(b, value)};
  }
  auto value = dyn_cast<DenseElementsAttr>(op.getValue());
  if (!value)
    return op.emitOpError() << "expected a dense constant, but got " << op.getValue();
  // No elements are no bits to reinterpret.
  if (type.getNumElements() == 0)
    return SmallVector<Value>{emptyTensor(b, type.getShape(), type.getElementType())};
  if (value.getElementType() != type.getElementType())
    value = value.bitcast(type.getElementType());
  if (value.isSplat() && type.getRank() > 0)
    return SmallVector<Value>{filledTensor(b, type.getShape(), splatElement(b, value))};
  if (isa<ComplexType>(type.getElementType()))
    return SmallVector<Value>{value.isSplat() ? tensorOf(b, splatElement(b, value))
                                              : complexElements(b, value)};
  return SmallVector<Value>{arith::ConstantOp::create(b, value)};
}

//===----------------------------------------------------------------------===//
// Iota
//===----------------------------------------------------------------------===//

/// An index as a number of a lowered type.
static Value numberOf(ImplicitLocOpBuilder &b, Value index, Type type) {
  if (isa<IntegerType>(type))
    return arith::IndexCastOp::create(b, type, index);
  if (auto complex = dyn_cast<ComplexType>(type)) {
    Value real = numberOf(b, index, complex.getElementType());
    return complex::CreateOp::create(b, type, real, scalarConstant(b, complex.getElementType(), 0));
  }
  Value integer = arith::IndexCastOp::create(b, b.getI64Type(), index);
  if (type.getIntOrFloatBitWidth() >= 32)
    return arith::SIToFPOp::create(b, type, integer);
  Value wide = arith::SIToFPOp::create(b, b.getF32Type(), integer);
  return arith::TruncFOp::create(b, type, wide);
}

static LoweredValues lowerIota(IotaOp op, ImplicitLocOpBuilder &b, ValueRange) {
  RankedTensorType type = loweredTensor(op.getOut().getType());
  Value result = generate(b, type.getShape(), type.getElementType(),
                          [&](ImplicitLocOpBuilder &s, ValueRange indices) {
                            return numberOf(s, indices[op.getDim()], type.getElementType());
                          });
  return SmallVector<Value>{result};
}

void attachCreationLowerings(MLIRContext &context) {
  attachLowering<ConstantOp, lowerConstant>(context);
  attachLowering<IotaOp, lowerIota>(context);
}

} // namespace mjx
