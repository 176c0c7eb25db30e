//===- ScalarOps.cpp - Scalar forms of pointwise ops ----------------------===//
#include "PointwiseRules.h"

#include "mjx/IR/Mjx.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace mjx {

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

ElementKind elementKind(Type type) {
  Type element = getElementTypeOrSelf(type);
  if (isa<FloatType>(element))
    return ElementKind::Float;
  if (isa<ComplexType>(element))
    return ElementKind::Complex;
  if (element.isInteger(1))
    return ElementKind::Bool;
  return element.isUnsignedInteger() ? ElementKind::Unsigned : ElementKind::Signed;
}

Type scalarType(Type type) {
  Type element = getElementTypeOrSelf(type);
  if (auto integer = dyn_cast<IntegerType>(element))
    return IntegerType::get(type.getContext(), integer.getWidth());
  return element;
}

static bool isHalf(Type type) { return isa<FloatType>(type) && type.getIntOrFloatBitWidth() < 32; }

SmallVector<Value> widenHalves(ImplicitLocOpBuilder &b, ValueRange args) {
  return llvm::map_to_vector(args, [&](Value arg) -> Value {
    return isHalf(arg.getType()) ? arith::ExtFOp::create(b, b.getF32Type(), arg) : arg;
  });
}

Value narrowToHalf(ImplicitLocOpBuilder &b, Value value, Type type) {
  if (!value || !isHalf(type) || isHalf(value.getType()))
    return value;
  return arith::TruncFOp::create(b, type, value);
}

//===----------------------------------------------------------------------===//
// Small pieces
//===----------------------------------------------------------------------===//

static Value integer(ImplicitLocOpBuilder &b, Type type, APInt value) {
  return arith::ConstantOp::create(b, b.getIntegerAttr(type, value));
}
static Value integer(ImplicitLocOpBuilder &b, Type type, int64_t value) {
  return arith::ConstantOp::create(b, b.getIntegerAttr(type, value));
}
static Value real(ImplicitLocOpBuilder &b, Type type, double value) {
  return arith::ConstantOp::create(b, b.getFloatAttr(type, value));
}
static Value cmp(ImplicitLocOpBuilder &b, arith::CmpIPredicate predicate, Value x, Value y) {
  return arith::CmpIOp::create(b, predicate, x, y);
}
static Value cmp(ImplicitLocOpBuilder &b, arith::CmpFPredicate predicate, Value x, Value y) {
  return arith::CmpFOp::create(b, predicate, x, y);
}
static Value choose(ImplicitLocOpBuilder &b, Value predicate, Value x, Value y) {
  return arith::SelectOp::create(b, predicate, x, y);
}

Value IdentityScalarOp::create(ImplicitLocOpBuilder &, ValueRange args) { return args[0]; }

Value NegateIntOp::create(ImplicitLocOpBuilder &b, ValueRange args) {
  return arith::SubIOp::create(b, integer(b, args[0].getType(), 0), args[0]);
}

Value InvertBitsOp::create(ImplicitLocOpBuilder &b, ValueRange args) {
  return arith::XOrIOp::create(b, args[0], integer(b, args[0].getType(), -1));
}

Value MakeComplexOp::create(ImplicitLocOpBuilder &b, ValueRange args) {
  return complex::CreateOp::create(b, ComplexType::get(args[0].getType()), args[0], args[1]);
}

//===----------------------------------------------------------------------===//
// Sign
//===----------------------------------------------------------------------===//

Value SignFloatOp::create(ImplicitLocOpBuilder &b, ValueRange args) {
  Value x = args[0], one = real(b, x.getType(), 1), zero = real(b, x.getType(), 0);
  Value isOrdinary = cmp(b, arith::CmpFPredicate::ONE, x, zero); // false for NaN
  return choose(b, isOrdinary, math::CopySignOp::create(b, one, x), x);
}

Value SignSignedOp::create(ImplicitLocOpBuilder &b, ValueRange args) {
  Value x = args[0], zero = integer(b, x.getType(), 0);
  Value positive =
      choose(b, cmp(b, arith::CmpIPredicate::sgt, x, zero), integer(b, x.getType(), 1), zero);
  return choose(b, cmp(b, arith::CmpIPredicate::slt, x, zero), integer(b, x.getType(), -1),
                positive);
}

Value SignUnsignedOp::create(ImplicitLocOpBuilder &b, ValueRange args) {
  Value x = args[0], zero = integer(b, x.getType(), 0);
  return choose(b, cmp(b, arith::CmpIPredicate::ne, x, zero), integer(b, x.getType(), 1), zero);
}

//===----------------------------------------------------------------------===//
// Integer division, which must not trap
//===----------------------------------------------------------------------===//

/// `y`, or 1 where dividing by `y` would trap.
static Value safeDivisor(ImplicitLocOpBuilder &b, Value y, Value isUnsafe) {
  return choose(b, isUnsafe, integer(b, y.getType(), 1), y);
}

static Value isEqual(ImplicitLocOpBuilder &b, Value y, int64_t number) {
  return cmp(b, arith::CmpIPredicate::eq, y, integer(b, y.getType(), number));
}

Value DivSignedOp::create(ImplicitLocOpBuilder &b, ValueRange args) {
  Value x = args[0], y = args[1];
  Value isZero = isEqual(b, y, 0), isMinusOne = isEqual(b, y, -1);
  Value divisor = safeDivisor(b, y, arith::OrIOp::create(b, isZero, isMinusOne));
  Value quotient = arith::DivSIOp::create(b, x, divisor);
  quotient = choose(b, isMinusOne, NegateIntOp::create(b, x), quotient);
  return choose(b, isZero, integer(b, y.getType(), -1), quotient);
}

Value DivUnsignedOp::create(ImplicitLocOpBuilder &b, ValueRange args) {
  Value x = args[0], y = args[1], isZero = isEqual(b, y, 0);
  Value quotient = arith::DivUIOp::create(b, x, safeDivisor(b, y, isZero));
  return choose(b, isZero, integer(b, y.getType(), -1), quotient);
}

Value RemSignedOp::create(ImplicitLocOpBuilder &b, ValueRange args) {
  Value x = args[0], y = args[1], isZero = isEqual(b, y, 0);
  // x rem 1 and x rem -1 are both 0, so the replacement serves -1 as well.
  Value divisor = safeDivisor(b, y, arith::OrIOp::create(b, isZero, isEqual(b, y, -1)));
  return choose(b, isZero, x, arith::RemSIOp::create(b, x, divisor));
}

Value RemUnsignedOp::create(ImplicitLocOpBuilder &b, ValueRange args) {
  Value x = args[0], y = args[1], isZero = isEqual(b, y, 0);
  return choose(b, isZero, x, arith::RemUIOp::create(b, x, safeDivisor(b, y, isZero)));
}

//===----------------------------------------------------------------------===//
// Shifts, defined for any amount
//===----------------------------------------------------------------------===//

static Value isInWidth(ImplicitLocOpBuilder &b, Value amount) {
  Value width = integer(b, amount.getType(), amount.getType().getIntOrFloatBitWidth());
  return cmp(b, arith::CmpIPredicate::ult, amount, width);
}

template <class ShiftOp> static Value shiftOrZero(ImplicitLocOpBuilder &b, ValueRange args) {
  Value fits = isInWidth(b, args[1]), zero = integer(b, args[0].getType(), 0);
  Value shifted = ShiftOp::create(b, args[0], choose(b, fits, args[1], zero));
  return choose(b, fits, shifted, zero);
}

Value ShiftLeftOp::create(ImplicitLocOpBuilder &b, ValueRange args) {
  return shiftOrZero<arith::ShLIOp>(b, args);
}

Value ShiftRightLogicalOp::create(ImplicitLocOpBuilder &b, ValueRange args) {
  return shiftOrZero<arith::ShRUIOp>(b, args);
}

Value ShiftRightArithmeticOp::create(ImplicitLocOpBuilder &b, ValueRange args) {
  int64_t width = args[0].getType().getIntOrFloatBitWidth();
  Value most = integer(b, args[1].getType(), width - 1);
  Value amount = choose(b, isInWidth(b, args[1]), args[1], most);
  return arith::ShRSIOp::create(b, args[0], amount);
}

//===----------------------------------------------------------------------===//
// Compare
//===----------------------------------------------------------------------===//

static int directionIndex(StringRef direction) {
  return llvm::StringSwitch<int>(direction)
      .Case("eq", 0)
      .Case("ne", 1)
      .Case("lt", 2)
      .Case("le", 3)
      .Case("gt", 4)
      .Case("ge", 5)
      .Default(2);
}

static Value compareIntegers(ImplicitLocOpBuilder &b, StringRef direction, bool isSigned, Value x,
                             Value y) {
  using P = arith::CmpIPredicate;
  constexpr P signedOnes[] = {P::eq, P::ne, P::slt, P::sle, P::sgt, P::sge};
  constexpr P unsignedOnes[] = {P::eq, P::ne, P::ult, P::ule, P::ugt, P::uge};
  int index = directionIndex(direction);
  return cmp(b, isSigned ? signedOnes[index] : unsignedOnes[index], x, y);
}

/// Bits that, as signed integers, are ordered as the floats in total order:
/// the magnitude bits of negative numbers are inverted.
static Value totalOrderKey(ImplicitLocOpBuilder &b, Value x) {
  unsigned width = x.getType().getIntOrFloatBitWidth();
  Type type = b.getIntegerType(width);
  Value bits = arith::BitcastOp::create(b, type, x);
  Value sign = arith::ShRSIOp::create(b, bits, integer(b, type, width - 1));
  Value mask = arith::AndIOp::create(b, sign, integer(b, type, APInt::getSignedMaxValue(width)));
  return arith::XOrIOp::create(b, bits, mask);
}

static Value compareFloats(ImplicitLocOpBuilder &b, StringRef direction, ValueRange args) {
  using P = arith::CmpFPredicate;
  constexpr P predicates[] = {P::OEQ, P::UNE, P::OLT, P::OLE, P::OGT, P::OGE};
  if (direction == "total")
    return cmp(b, arith::CmpIPredicate::slt, totalOrderKey(b, args[0]), totalOrderKey(b, args[1]));
  SmallVector<Value> wide = widenHalves(b, args);
  return cmp(b, predicates[directionIndex(direction)], wide[0], wide[1]);
}

Value buildScalarCompare(Operation *op, StringRef direction, ImplicitLocOpBuilder &b,
                         ValueRange args) {
  ElementKind kind = elementKind(op->getOperand(0).getType());
  switch (kind) {
  case ElementKind::Float:
    return compareFloats(b, direction, args);
  case ElementKind::Complex:
    if (direction == "eq")
      return complex::EqualOp::create(b, args[0], args[1]);
    return complex::NotEqualOp::create(b, args[0], args[1]);
  default:
    return compareIntegers(b, direction, kind == ElementKind::Signed, args[0], args[1]);
  }
}

//===----------------------------------------------------------------------===//
// Convert
//===----------------------------------------------------------------------===//

static Value floatToFloat(ImplicitLocOpBuilder &b, Value x, Type to) {
  x = widenHalves(b, x)[0];
  unsigned from = x.getType().getIntOrFloatBitWidth(), width = to.getIntOrFloatBitWidth();
  if (from == width)
    return x;
  return from < width ? Value(arith::ExtFOp::create(b, to, x))
                      : Value(arith::TruncFOp::create(b, to, x));
}

/// Truncation that saturates; NaN gives 0. What is out of range is replaced
/// before the conversion, whose result would be undefined.
static Value floatToInteger(ImplicitLocOpBuilder &b, Value x, Type to, bool isSigned) {
  x = widenHalves(b, x)[0];
  Type from = x.getType();
  unsigned width = to.getIntOrFloatBitWidth();
  Value zero = real(b, from, 0);
  Value low = isSigned ? real(b, from, -std::ldexp(1.0, width - 1)) : zero;
  Value high = real(b, from, std::ldexp(1.0, isSigned ? width - 1 : width));
  Value isLow = cmp(b, arith::CmpFPredicate::OLT, x, low);
  Value isHigh = cmp(b, arith::CmpFPredicate::OGE, x, high);
  Value isNaN = cmp(b, arith::CmpFPredicate::UNO, x, x);
  Value isOut = arith::OrIOp::create(b, arith::OrIOp::create(b, isLow, isHigh), isNaN);
  Value inside = choose(b, isOut, zero, x);
  Value result = isSigned ? Value(arith::FPToSIOp::create(b, to, inside))
                          : Value(arith::FPToUIOp::create(b, to, inside));
  APInt least = isSigned ? APInt::getSignedMinValue(width) : APInt(width, 0);
  APInt greatest = isSigned ? APInt::getSignedMaxValue(width) : APInt::getMaxValue(width);
  result = choose(b, isLow, integer(b, to, least), result);
  return choose(b, isHigh, integer(b, to, greatest), result);
}

static Value integerToInteger(ImplicitLocOpBuilder &b, Value x, Type to, bool isSigned) {
  unsigned from = x.getType().getIntOrFloatBitWidth(), width = to.getIntOrFloatBitWidth();
  if (from == width)
    return x;
  if (from > width)
    return arith::TruncIOp::create(b, to, x);
  return isSigned ? Value(arith::ExtSIOp::create(b, to, x))
                  : Value(arith::ExtUIOp::create(b, to, x));
}

static Value integerToFloat(ImplicitLocOpBuilder &b, Value x, Type to, bool isSigned) {
  Type wide = isHalf(to) ? Type(b.getF32Type()) : to;
  Value result = isSigned ? Value(arith::SIToFPOp::create(b, wide, x))
                          : Value(arith::UIToFPOp::create(b, wide, x));
  return narrowToHalf(b, result, to);
}

static Value toBool(ImplicitLocOpBuilder &b, Value x, ElementKind from) {
  if (from == ElementKind::Float) {
    Value wide = widenHalves(b, x)[0];
    return cmp(b, arith::CmpFPredicate::UNE, wide, real(b, wide.getType(), 0));
  }
  return cmp(b, arith::CmpIPredicate::ne, x, integer(b, x.getType(), 0));
}

static Value convertReal(ImplicitLocOpBuilder &b, Value x, ElementKind from, Type to,
                         ElementKind kind) {
  if (kind == from && x.getType() == to)
    return x;
  if (kind == ElementKind::Bool)
    return toBool(b, x, from);
  bool fromFloat = from == ElementKind::Float, isSigned = from == ElementKind::Signed;
  if (kind == ElementKind::Float)
    return fromFloat ? floatToFloat(b, x, to) : integerToFloat(b, x, to, isSigned);
  if (fromFloat)
    return floatToInteger(b, x, to, kind == ElementKind::Signed);
  return integerToInteger(b, x, to, isSigned);
}

static Value complexToBool(ImplicitLocOpBuilder &b, Value re, Value im) {
  return arith::OrIOp::create(b, toBool(b, re, ElementKind::Float),
                              toBool(b, im, ElementKind::Float));
}

Value buildScalarConvert(Operation *op, ImplicitLocOpBuilder &b, Value arg) {
  ElementKind from = elementKind(op->getOperand(0).getType());
  ElementKind kind = elementKind(op->getResult(0).getType());
  Type to = scalarType(op->getResult(0).getType());
  auto complexTo = dyn_cast<ComplexType>(to);
  if (from != ElementKind::Complex && !complexTo)
    return convertReal(b, arg, from, to, kind);
  bool isComplex = from == ElementKind::Complex;
  Value re = isComplex ? Value(complex::ReOp::create(b, arg)) : arg;
  Value im = isComplex ? Value(complex::ImOp::create(b, arg)) : Value();
  if (isComplex)
    from = ElementKind::Float;
  if (!complexTo)
    return kind == ElementKind::Bool ? complexToBool(b, re, im)
                                     : convertReal(b, re, from, to, kind);
  Type part = complexTo.getElementType();
  re = convertReal(b, re, from, part, ElementKind::Float);
  im = im ? convertReal(b, im, from, part, ElementKind::Float) : real(b, part, 0);
  return complex::CreateOp::create(b, complexTo, re, im);
}

Value buildScalarBitcast(Operation *op, ImplicitLocOpBuilder &b, Value arg) {
  Type to = scalarType(op->getResult(0).getType());
  return arg.getType() == to ? arg : Value(arith::BitcastOp::create(b, to, arg));
}

//===----------------------------------------------------------------------===//
// Reduce precision
//===----------------------------------------------------------------------===//

namespace {
/// A float taken apart as an integer.
struct FloatBits {
  FloatBits(ImplicitLocOpBuilder &b, Type type)
      : b(b), width(type.getIntOrFloatBitWidth()),
        mantissa(cast<FloatType>(type).getFPMantissaWidth() - 1), exponent(width - 1 - mantissa),
        type(b.getIntegerType(width)) {}

  Value constant(APInt value) { return integer(b, type, value); }

  /// Nearest with `kept` mantissa bits, halves to even: add half of what is
  /// dropped, less one unless the last kept bit is odd, and cut.
  Value roundMantissa(Value bits, int64_t kept) {
    int64_t dropped = mantissa - kept;
    if (dropped <= 0)
      return bits;
    Value last = arith::ShRUIOp::create(b, bits, constant(APInt(width, dropped)));
    last = arith::AndIOp::create(b, last, constant(APInt(width, 1)));
    Value half = constant(APInt::getLowBitsSet(width, dropped - 1));
    bits = arith::AddIOp::create(b, bits, arith::AddIOp::create(b, half, last));
    return arith::AndIOp::create(b, bits, constant(~APInt::getLowBitsSet(width, dropped)));
  }

  Value limitExponent(Value bits, int64_t kept) {
    if (kept >= exponent)
      return bits;
    APInt bias(width, (1ull << (exponent - 1)) - 1), small(width, (1ull << (kept - 1)) - 1);
    APInt mask = APInt::getLowBitsSet(width, exponent).shl(mantissa);
    Value field = arith::AndIOp::create(b, bits, constant(mask));
    Value sign = arith::AndIOp::create(b, bits, constant(APInt::getSignMask(width)));
    Value isLarge =
        cmp(b, arith::CmpIPredicate::ugt, field, constant((bias + small).shl(mantissa)));
    Value isSmall =
        cmp(b, arith::CmpIPredicate::ult, field, constant((bias - small + 1).shl(mantissa)));
    Value infinity = arith::OrIOp::create(b, sign, constant(mask));
    return choose(b, isLarge, infinity, choose(b, isSmall, sign, bits));
  }

  ImplicitLocOpBuilder &b;
  unsigned width;
  int64_t mantissa, exponent;
  Type type;
};
} // namespace

Value buildScalarReducePrecision(ImplicitLocOpBuilder &b, Value arg, int64_t exponentBits,
                                 int64_t mantissaBits) {
  Value x = widenHalves(b, arg)[0];
  FloatBits format(b, x.getType());
  Value bits = arith::BitcastOp::create(b, format.type, x);
  bits = format.limitExponent(format.roundMantissa(bits, mantissaBits), exponentBits);
  Value rounded = arith::BitcastOp::create(b, x.getType(), bits);
  Value isNaN = cmp(b, arith::CmpFPredicate::UNO, x, x);
  return narrowToHalf(b, choose(b, isNaN, x, rounded), arg.getType());
}

} // namespace mjx
