//===- Float8.cpp - Conversions of 8-bit floats ---------------------------===//
//
// In integers and f32, so that they vectorize: no machine we know has
// instructions for all formats.
//
//===----------------------------------------------------------------------===//
#include "Float8.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/TypeUtilities.h"

#include "llvm/ADT/APFloat.h"

#include <cmath>

using namespace mlir;

namespace mjx {

namespace {

/// What the bits of a format mean. Below the sign are exponent and mantissa, a
/// number that grows with the magnitude.
struct Format {
  explicit Format(Type type) {
    const llvm::fltSemantics &semantics = cast<FloatType>(type).getFloatSemantics();
    mantissa = llvm::APFloat::semanticsPrecision(semantics) - 1;
    bias = 1 - llvm::APFloat::semanticsMinExponent(semantics);
    largest = bitsOf(llvm::APFloat::getLargest(semantics));
    nan = bitsOf(llvm::APFloat::getQNaN(semantics));
    hasInfinity = isa<Float8E5M2Type>(type);
    // The bits of -0 are NaN.
    hasOneZero = nan == 0x80;
  }

  static int64_t bitsOf(const llvm::APFloat &value) {
    return value.bitcastToAPInt().getZExtValue();
  }
  /// What numbers too large become.
  int64_t overflow() const { return hasInfinity ? largest + 1 : nan; }

  int64_t mantissa, bias, largest, nan;
  bool hasInfinity, hasOneZero;
};

/// Arithmetic on scalars or vectors shaped like one value.
struct Lanes {
  OpBuilder &b;
  Location loc;
  Type like;

  Type typed(Type element) const {
    auto shaped = dyn_cast<ShapedType>(like);
    return shaped ? Type(shaped.clone(element)) : element;
  }
  Type i32() const { return typed(b.getI32Type()); }
  Type f32() const { return typed(b.getF32Type()); }
  Type i8() const { return typed(b.getI8Type()); }

  Value constant(TypedAttr scalar) const {
    if (auto shaped = dyn_cast<ShapedType>(like))
      scalar = DenseElementsAttr::get(shaped.clone(scalar.getType()), Attribute(scalar));
    return arith::ConstantOp::create(b, loc, scalar);
  }
  Value word(int64_t value) const { return constant(b.getI32IntegerAttr(value)); }
  Value number(double value) const { return constant(b.getF32FloatAttr(value)); }

  Value isAbove(Value x, int64_t bound) const {
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ugt, x, word(bound));
  }
  Value isEqual(Value x, int64_t value) const {
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, x, word(value));
  }
  Value choose(Value condition, Value x, Value y) const {
    return arith::SelectOp::create(b, loc, condition, x, y);
  }
  Value asWord(Value x) const { return arith::BitcastOp::create(b, loc, i32(), x); }
  Value asFloat(Value x) const { return arith::BitcastOp::create(b, loc, f32(), x); }
  Value andWith(Value x, int64_t mask) const {
    return arith::AndIOp::create(b, loc, x, word(mask));
  }
  Value shiftLeft(Value x, int64_t by) const { return arith::ShLIOp::create(b, loc, x, word(by)); }
  Value shiftRight(Value x, int64_t by) const {
    return arith::ShRUIOp::create(b, loc, x, word(by));
  }
};

constexpr int64_t wideMantissa = 23, wideBias = 127, quietNaN = 0x7fc00000;

} // namespace

bool isFloat8(Type type) {
  Type element = getElementTypeOrSelf(type);
  return isa<FloatType>(element) && element.getIntOrFloatBitWidth() == 8;
}

// Moved to the place of an f32's exponent and mantissa, the magnitude is off by
// a power of two alone, for subnormal numbers too.
Value extendFloat8(OpBuilder &b, Location loc, Value x) {
  Lanes lanes{b, loc, x.getType()};
  Format format(getElementTypeOrSelf(x.getType()));
  Value byte = arith::BitcastOp::create(b, loc, lanes.i8(), x);
  Value bits = arith::ExtUIOp::create(b, loc, lanes.i32(), byte);
  Value magnitude = lanes.andWith(bits, 0x7f);
  Value moved = lanes.asFloat(lanes.shiftLeft(magnitude, wideMantissa - format.mantissa));
  Value scale = lanes.number(std::ldexp(1.0, wideBias - format.bias));
  Value finite = lanes.asWord(arith::MulFOp::create(b, loc, moved, scale));
  Value nan = lanes.word(quietNaN), result = finite;
  if (format.hasOneZero) {
    result = lanes.choose(lanes.isEqual(bits, format.nan), nan, finite);
  } else {
    if (format.hasInfinity)
      result =
          lanes.choose(lanes.isEqual(magnitude, format.overflow()), lanes.word(0x7f800000), finite);
    int64_t lastNumber = format.hasInfinity ? format.overflow() : format.largest;
    result = lanes.choose(lanes.isAbove(magnitude, lastNumber), nan, result);
  }
  Value sign = lanes.shiftLeft(lanes.andWith(bits, 0x80), 24);
  return lanes.asFloat(arith::OrIOp::create(b, loc, result, sign));
}

/// The magnitude of normal numbers: the bits rounded at the last place kept.
static Value roundNormal(const Lanes &lanes, const Format &format, Value magnitude) {
  int64_t dropped = wideMantissa - format.mantissa;
  Value odd = lanes.andWith(lanes.shiftRight(magnitude, dropped), 1);
  Value half = lanes.word((int64_t(1) << (dropped - 1)) - 1);
  Value sum = arith::AddIOp::create(lanes.b, lanes.loc, magnitude,
                                    arith::AddIOp::create(lanes.b, lanes.loc, half, odd));
  Value rounded = lanes.shiftRight(sum, dropped);
  return arith::SubIOp::create(lanes.b, lanes.loc, rounded,
                               lanes.word((wideBias - format.bias) << format.mantissa));
}

/// That of subnormal numbers: added to a number whose last place is the least
/// subnormal, they are rounded by the addition.
static Value roundSubnormal(const Lanes &lanes, const Format &format, Value magnitude) {
  double large = std::ldexp(1.0, wideMantissa + 1 - format.bias - format.mantissa);
  Value sum =
      arith::AddFOp::create(lanes.b, lanes.loc, lanes.asFloat(magnitude), lanes.number(large));
  return arith::SubIOp::create(lanes.b, lanes.loc, lanes.asWord(sum),
                               lanes.asWord(lanes.number(large)));
}

Value truncateToFloat8(OpBuilder &b, Location loc, Value x, Type wanted) {
  Lanes lanes{b, loc, x.getType()};
  Format format(getElementTypeOrSelf(wanted));
  Value bits = lanes.asWord(x), magnitude = lanes.andWith(bits, 0x7fffffff);
  int64_t leastNormal = (wideBias + 1 - format.bias) << wideMantissa;
  Value result =
      lanes.choose(lanes.isAbove(magnitude, leastNormal - 1), roundNormal(lanes, format, magnitude),
                   roundSubnormal(lanes, format, magnitude));
  result =
      lanes.choose(lanes.isAbove(result, format.largest), lanes.word(format.overflow()), result);
  if (format.hasInfinity)
    result = lanes.choose(lanes.isAbove(magnitude, 0x7f800000), lanes.word(format.nan), result);
  Value sign = lanes.andWith(lanes.shiftRight(bits, 24), 0x80);
  // NaN has its sign set already, and zero has none.
  if (format.hasOneZero)
    sign = lanes.choose(lanes.isEqual(result, 0), lanes.word(0), sign);
  Value byte =
      arith::TruncIOp::create(b, loc, lanes.i8(), arith::OrIOp::create(b, loc, result, sign));
  return arith::BitcastOp::create(b, loc, wanted, byte);
}

} // namespace mjx
