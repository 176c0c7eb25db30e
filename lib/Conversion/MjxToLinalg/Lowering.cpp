//===- Lowering.cpp - What the lowerings of all families share ------------===//
#include "Lowering.h"

#include "mjx/Runtime/ElementType.h"

#include "mlir/Dialect/Complex/IR/Complex.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace mjx {

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

static Type signless(Type element) {
  auto integer = dyn_cast<IntegerType>(element);
  return integer ? IntegerType::get(element.getContext(), integer.getWidth()) : element;
}

Type loweredType(Type type) {
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    return tensor.clone(signless(tensor.getElementType()));
  return signless(type);
}

RankedTensorType loweredTensor(Type type) { return cast<RankedTensorType>(loweredType(type)); }

static runtime::ElementType runtimeFloat(Type type) {
  using Code = runtime::ElementType;
  return llvm::TypeSwitch<Type, Code>(type)
      .Case<Float8E4M3B11FNUZType>([](auto) { return Code::Float8E4M3B11FNUZ; })
      .Case<Float8E4M3FNType>([](auto) { return Code::Float8E4M3FN; })
      .Case<Float8E4M3FNUZType>([](auto) { return Code::Float8E4M3FNUZ; })
      .Case<Float8E5M2Type>([](auto) { return Code::Float8E5M2; })
      .Case<Float8E5M2FNUZType>([](auto) { return Code::Float8E5M2FNUZ; })
      .Case<BFloat16Type>([](auto) { return Code::BFloat16; })
      .Case<Float16Type>([](auto) { return Code::Float16; })
      .Case<Float32Type>([](auto) { return Code::Float32; })
      .Default(Code::Float64);
}

static runtime::ElementType runtimeInteger(Type type) {
  using Code = runtime::ElementType;
  bool isUnsigned = type.isUnsignedInteger();
  switch (type.getIntOrFloatBitWidth()) {
  case 1:
    return Code::Bool;
  case 4:
    return isUnsigned ? Code::UInt4 : Code::Int4;
  case 8:
    return isUnsigned ? Code::UInt8 : Code::Int8;
  case 16:
    return isUnsigned ? Code::UInt16 : Code::Int16;
  case 32:
    return isUnsigned ? Code::UInt32 : Code::Int32;
  default:
    return isUnsigned ? Code::UInt64 : Code::Int64;
  }
}

int64_t runtimeElement(Type type) {
  using Code = runtime::ElementType;
  if (auto complex = dyn_cast<ComplexType>(type))
    return int64_t(complex.getElementType().isF32() ? Code::Complex64 : Code::Complex128);
  return int64_t(isa<FloatType>(type) ? runtimeFloat(type) : runtimeInteger(type));
}

bool isUnsigned(Type type) { return getElementTypeOrSelf(type).isUnsignedInteger(); }

//===----------------------------------------------------------------------===//
// Tensors and scalars
//===----------------------------------------------------------------------===//

Value emptyTensor(ImplicitLocOpBuilder &b, ArrayRef<int64_t> shape, Type element) {
  return tensor::EmptyOp::create(b, shape, element);
}

Value filledTensor(ImplicitLocOpBuilder &b, ArrayRef<int64_t> shape, Value element) {
  Value empty = emptyTensor(b, shape, element.getType());
  return linalg::FillOp::create(b, element, empty).getResult(0);
}

Value scalarConstant(ImplicitLocOpBuilder &b, Type element, double number) {
  if (auto type = dyn_cast<ComplexType>(element)) {
    Type part = type.getElementType();
    ArrayAttr parts = b.getArrayAttr({b.getFloatAttr(part, number), b.getFloatAttr(part, 0)});
    return complex::ConstantOp::create(b, type, parts);
  }
  if (isa<FloatType>(element))
    return arith::ConstantOp::create(b, b.getFloatAttr(element, number));
  APInt bits(element.getIntOrFloatBitWidth(), static_cast<int64_t>(number), /*isSigned=*/true,
             /*implicitTrunc=*/true);
  return arith::ConstantOp::create(b, b.getIntegerAttr(element, bits));
}

Value indexConstant(ImplicitLocOpBuilder &b, int64_t number) {
  return arith::ConstantIndexOp::create(b, number);
}

Value scalarOf(ImplicitLocOpBuilder &b, Value tensor) {
  return tensor::ExtractOp::create(b, tensor, ValueRange{});
}

Value tensorOf(ImplicitLocOpBuilder &b, Value scalar) {
  return tensor::FromElementsOp::create(b, RankedTensorType::get({}, scalar.getType()), scalar);
}

Value clampedIndex(ImplicitLocOpBuilder &b, Value integer, bool isUnsigned, int64_t limit) {
  Type index = b.getIndexType();
  Value most = indexConstant(b, limit);
  if (isUnsigned) {
    Value position = arith::IndexCastUIOp::create(b, index, integer);
    return arith::MinUIOp::create(b, position, most);
  }
  Value position = arith::IndexCastOp::create(b, index, integer);
  position = arith::MaxSIOp::create(b, position, indexConstant(b, 0));
  return arith::MinSIOp::create(b, position, most);
}

Value generate(ImplicitLocOpBuilder &b, ArrayRef<int64_t> shape, Type element,
               llvm::function_ref<Value(ImplicitLocOpBuilder &, ValueRange)> body) {
  Value init = emptyTensor(b, shape, element);
  int64_t rank = shape.size();
  SmallVector<utils::IteratorType> iterators(rank, utils::IteratorType::parallel);
  auto build = [&](OpBuilder &nested, Location loc, ValueRange) {
    ImplicitLocOpBuilder inner(loc, nested);
    SmallVector<Value> indices;
    for (int64_t dim = 0; dim < rank; ++dim)
      indices.push_back(linalg::IndexOp::create(inner, dim));
    linalg::YieldOp::create(inner, body(inner, indices));
  };
  AffineMap identity = b.getMultiDimIdentityMap(rank);
  return linalg::GenericOp::create(b, TypeRange{init.getType()}, ValueRange{}, init,
                                   ArrayRef<AffineMap>{identity}, iterators, build)
      .getResult(0);
}

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

/// Which ops combine scalars of one kind of element.
template <class AddT, class MulT, class MinT, class MaxT>
static Value combineNumbers(ImplicitLocOpBuilder &b, StringRef kind, Value x, Value y) {
  if (kind == "add")
    return AddT::create(b, x, y);
  if (kind == "mul")
    return MulT::create(b, x, y);
  if (kind == "min")
    return MinT::create(b, x, y);
  if (kind == "max")
    return MaxT::create(b, x, y);
  return {};
}

// log(e^x + e^y) = m + log1p(e^-|x - y|) with m the greater; the select keeps
// equal infinities, whose difference is NaN.
static Value logAddExp(ImplicitLocOpBuilder &b, Value x, Value y) {
  Value greater = arith::MaximumFOp::create(b, x, y);
  Value distance = math::AbsFOp::create(b, arith::SubFOp::create(b, x, y));
  Value tail = math::Log1pOp::create(b, math::ExpOp::create(b, arith::NegFOp::create(b, distance)));
  Value isSame = arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, x, y);
  Value log2 = scalarConstant(b, x.getType(), 0.69314718055994530942);
  return arith::AddFOp::create(b, greater, arith::SelectOp::create(b, isSame, log2, tail));
}

Value combineScalars(ImplicitLocOpBuilder &b, StringRef kind, bool isUnsigned, Value x, Value y) {
  Type type = x.getType();
  if (isa<ComplexType>(type))
    return kind == "add" ? Value(complex::AddOp::create(b, x, y))
                         : Value(complex::MulOp::create(b, x, y));
  if (kind == "logaddexp")
    return logAddExp(b, x, y);
  if (isa<FloatType>(type))
    return combineNumbers<arith::AddFOp, arith::MulFOp, arith::MinimumFOp, arith::MaximumFOp>(
        b, kind, x, y);
  if (kind == "and")
    return arith::AndIOp::create(b, x, y);
  if (kind == "or")
    return arith::OrIOp::create(b, x, y);
  if (kind == "xor")
    return arith::XOrIOp::create(b, x, y);
  // The greater of two booleans is their disjunction, as for unsigned bits.
  if (isUnsigned || type.isInteger(1))
    return combineNumbers<arith::AddIOp, arith::MulIOp, arith::MinUIOp, arith::MaxUIOp>(b, kind, x,
                                                                                        y);
  return combineNumbers<arith::AddIOp, arith::MulIOp, arith::MinSIOp, arith::MaxSIOp>(b, kind, x,
                                                                                      y);
}

static Value extremeInteger(ImplicitLocOpBuilder &b, Type type, bool isUnsigned, bool isGreatest) {
  unsigned width = type.getIntOrFloatBitWidth();
  APInt value =
      isUnsigned || width == 1
          ? (isGreatest ? APInt::getMaxValue(width) : APInt::getMinValue(width))
          : (isGreatest ? APInt::getSignedMaxValue(width) : APInt::getSignedMinValue(width));
  return arith::ConstantOp::create(b, b.getIntegerAttr(type, value));
}

/// Infinity, or the last number of formats that have none.
static APFloat extremeFloat(FloatType type, bool isGreatest) {
  const llvm::fltSemantics &semantics = type.getFloatSemantics();
  return APFloat::semanticsHasInf(semantics) ? APFloat::getInf(semantics, !isGreatest)
                                             : APFloat::getLargest(semantics, !isGreatest);
}

Value reductionIdentity(ImplicitLocOpBuilder &b, StringRef kind, bool isUnsigned, Type element) {
  if (kind == "add" || kind == "or" || kind == "xor")
    return scalarConstant(b, element, 0);
  if (kind == "mul")
    return scalarConstant(b, element, 1);
  if (kind == "and")
    return scalarConstant(b, element, -1);
  if (auto type = dyn_cast<FloatType>(element))
    return arith::ConstantOp::create(b, FloatAttr::get(type, extremeFloat(type, kind == "min")));
  return extremeInteger(b, element, isUnsigned, /*isGreatest=*/kind == "min");
}

} // namespace mjx
