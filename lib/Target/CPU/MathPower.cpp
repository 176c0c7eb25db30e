//===- MathPower.cpp - Powers of f32 numbers ------------------------------===//
//
// x^y = 2^(y * log2(x)), computed in f64: its digits absorb what multiplying a
// logarithm by a large exponent loses.
//
//===----------------------------------------------------------------------===//
#include "MathExpansions.h"

#include <limits>

using namespace mlir;

namespace mjx {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// f64 arithmetic on as many lanes as an f32 value has.
class Wide {
public:
  using Predicate = arith::CmpFPredicate;

  Wide(OpBuilder &b, Location loc, Type narrow)
      : b(b), loc(loc), narrow(narrow), type(lanes(b.getF64Type())), bits(lanes(b.getI64Type())) {}

  Value f(double value) { return splat(type, b.getF64FloatAttr(value)); }
  Value i(int64_t value) { return splat(bits, b.getI64IntegerAttr(value)); }
  Value widen(Value x) { return arith::ExtFOp::create(b, loc, type, x); }
  Value round(Value x) { return arith::TruncFOp::create(b, loc, narrow, x); }
  Value fma(Value x, Value y, Value z) { return math::FmaOp::create(b, loc, x, y, z); }
  Value mul(Value x, Value y) { return arith::MulFOp::create(b, loc, x, y); }
  Value add(Value x, Value y) { return arith::AddFOp::create(b, loc, x, y); }
  Value sub(Value x, Value y) { return arith::SubFOp::create(b, loc, x, y); }
  Value abs(Value x) { return math::AbsFOp::create(b, loc, x); }
  Value neg(Value x) { return arith::NegFOp::create(b, loc, x); }
  Value nearest(Value x) { return math::RoundEvenOp::create(b, loc, x); }
  Value cmp(Predicate p, Value x, Value y) { return arith::CmpFOp::create(b, loc, p, x, y); }
  Value select(Value c, Value x, Value y) { return arith::SelectOp::create(b, loc, c, x, y); }
  Value both(Value x, Value y) { return arith::AndIOp::create(b, loc, x, y); }
  Value either(Value x, Value y) { return arith::OrIOp::create(b, loc, x, y); }

  /// log2 of a magnitude; infinite for 0 and infinity, NaN for NaN.
  Value log2(Value x);
  /// 2^p for any p; beyond what f32 holds it is 0 or infinite once rounded.
  Value exp2(Value p);

private:
  Type lanes(Type element) {
    auto vector = dyn_cast<VectorType>(narrow);
    return vector ? Type(vector.clone(element)) : element;
  }
  Value splat(Type type, TypedAttr scalar) {
    if (auto vector = dyn_cast<VectorType>(type))
      scalar = DenseElementsAttr::get(vector, Attribute(scalar));
    return arith::ConstantOp::create(b, loc, scalar);
  }
  Value polynomial(Value x, ArrayRef<double> coefficients) {
    Value result = f(coefficients.front());
    for (double coefficient : coefficients.drop_front())
      result = fma(result, x, f(coefficient));
    return result;
  }

  OpBuilder &b;
  Location loc;
  Type narrow, type, bits;
};

Value Wide::log2(Value x) {
  Value word = arith::BitcastOp::create(b, loc, bits, x);
  // Split at sqrt(1/2), as for the f32 logarithm.
  Value above = arith::SubIOp::create(b, loc, word, i(0x3fe6a09e667f3bcd));
  Value exponent = arith::ShRSIOp::create(b, loc, above, i(52));
  Value shifted = arith::ShLIOp::create(b, loc, exponent, i(52));
  Value mantissa =
      arith::BitcastOp::create(b, loc, type, arith::SubIOp::create(b, loc, word, shifted));
  Value e = arith::SIToFPOp::create(b, loc, type, exponent);
  // log(m) = 2 atanh(t), t = (m - 1) / (m + 1).
  Value t = arith::DivFOp::create(b, loc, sub(mantissa, f(1)), add(mantissa, f(1)));
  Value series = polynomial(
      mul(t, t), {1.0 / 15, 1.0 / 13, 1.0 / 11, 1.0 / 9, 1.0 / 7, 1.0 / 5, 1.0 / 3, 1.0});
  Value result = fma(mul(t, f(2.88539008177792681)), series, e);
  result = select(cmp(Predicate::OEQ, x, f(0)), f(-infinity), result);
  return select(cmp(Predicate::OLT, x, f(infinity)), result, x);
}

Value Wide::exp2(Value p) {
  p = select(cmp(Predicate::OGT, f(-160), p), f(-160), p);
  p = select(cmp(Predicate::OLT, f(160), p), f(160), p);
  constexpr double shifter = 6755399441055744.0; // 1.5 * 2^52
  Value moved = add(p, f(shifter));
  Value number = sub(moved, f(shifter));
  Value n = arith::SubIOp::create(b, loc, arith::BitcastOp::create(b, loc, bits, moved),
                                  i(0x4338000000000000));
  Value r = mul(sub(p, number), f(0.693147180559945309));
  Value fraction = polynomial(
      r, {1.0 / 40320, 1.0 / 5040, 1.0 / 720, 1.0 / 120, 1.0 / 24, 1.0 / 6, 0.5, 1.0, 1.0});
  Value power = arith::ShLIOp::create(b, loc, arith::AddIOp::create(b, loc, n, i(1023)), i(52));
  return mul(fraction, arith::BitcastOp::create(b, loc, type, power));
}

} // namespace

Value F32Math::pow(Value narrowX, Value narrowY) {
  Wide w(b, loc, type);
  Value x = w.widen(narrowX), y = w.widen(narrowY), magnitude = w.abs(x);
  Value result = w.exp2(w.mul(y, w.log2(magnitude)));

  Value isInteger = w.cmp(Predicate::OEQ, w.nearest(y), y);
  Value half = w.mul(y, w.f(0.5));
  Value isOdd = w.both(isInteger, w.cmp(Predicate::ONE, w.nearest(half), half));
  // The sign bit, so that -0 counts.
  Value isNegative =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, toBits(narrowX), i(0));
  result = w.select(w.both(isNegative, isOdd), w.neg(result), result);

  Value negativeFinite =
      w.both(w.cmp(Predicate::OLT, x, w.f(0)), w.cmp(Predicate::OLT, magnitude, w.f(infinity)));
  Value fractional = w.cmp(Predicate::ONE, w.nearest(y), y);
  Value nan = w.f(std::numeric_limits<double>::quiet_NaN());
  result = w.select(w.both(negativeFinite, fractional), nan, result);

  Value unit = w.both(w.cmp(Predicate::OEQ, magnitude, w.f(1)),
                      w.cmp(Predicate::OEQ, w.abs(y), w.f(infinity)));
  unit = w.either(unit, w.cmp(Predicate::OEQ, y, w.f(0)));
  unit = w.either(unit, w.cmp(Predicate::OEQ, x, w.f(1)));
  return w.round(w.select(unit, w.f(1), result));
}

} // namespace mjx
