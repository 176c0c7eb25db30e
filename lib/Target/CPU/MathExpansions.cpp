//===- MathExpansions.cpp - Functions as straight-line arithmetic ---------===//
#include "MathExpansions.h"

#include <limits>

using namespace mlir;

namespace mjx {

static constexpr float infinity = std::numeric_limits<float>::infinity();

F32Math::F32Math(OpBuilder &builder, Location loc, Type type)
    : b(builder), loc(loc), type(type), bitsType(b.getI32Type()) {
  if (auto vector = dyn_cast<VectorType>(type))
    bitsType = vector.clone(bitsType);
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

Value F32Math::splat(Type type, TypedAttr scalar) {
  if (auto vector = dyn_cast<VectorType>(type))
    scalar = DenseElementsAttr::get(vector, Attribute(scalar));
  return arith::ConstantOp::create(b, loc, scalar);
}
Value F32Math::f(float value) { return splat(type, b.getF32FloatAttr(value)); }
Value F32Math::i(int32_t value) { return splat(bitsType, b.getI32IntegerAttr(value)); }
Value F32Math::fma(Value x, Value y, Value z) { return math::FmaOp::create(b, loc, x, y, z); }
Value F32Math::mul(Value x, Value y) { return arith::MulFOp::create(b, loc, x, y); }
Value F32Math::add(Value x, Value y) { return arith::AddFOp::create(b, loc, x, y); }
Value F32Math::sub(Value x, Value y) { return arith::SubFOp::create(b, loc, x, y); }
Value F32Math::div(Value x, Value y) { return arith::DivFOp::create(b, loc, x, y); }
Value F32Math::abs(Value x) { return math::AbsFOp::create(b, loc, x); }
Value F32Math::iadd(Value x, Value y) { return arith::AddIOp::create(b, loc, x, y); }
Value F32Math::isub(Value x, Value y) { return arith::SubIOp::create(b, loc, x, y); }
Value F32Math::shl(Value x, int bits) { return arith::ShLIOp::create(b, loc, x, i(bits)); }
Value F32Math::sar(Value x, int bits) { return arith::ShRSIOp::create(b, loc, x, i(bits)); }
Value F32Math::iand(Value x, Value y) { return arith::AndIOp::create(b, loc, x, y); }
Value F32Math::ior(Value x, Value y) { return arith::OrIOp::create(b, loc, x, y); }
Value F32Math::ixor(Value x, Value y) { return arith::XOrIOp::create(b, loc, x, y); }
Value F32Math::toBits(Value x) { return arith::BitcastOp::create(b, loc, bitsType, x); }
Value F32Math::fromBits(Value x) { return arith::BitcastOp::create(b, loc, type, x); }
Value F32Math::cmp(Predicate predicate, Value x, Value y) {
  return arith::CmpFOp::create(b, loc, predicate, x, y);
}
Value F32Math::select(Value condition, Value x, Value y) {
  return arith::SelectOp::create(b, loc, condition, x, y);
}
Value F32Math::signOf(Value x) { return iand(toBits(x), i(std::numeric_limits<int32_t>::min())); }

Value F32Math::atLeast(Value x, float low) {
  return select(cmp(Predicate::OGT, f(low), x), f(low), x);
}
Value F32Math::atMost(Value x, float high) {
  return select(cmp(Predicate::OLT, f(high), x), f(high), x);
}

Value F32Math::polynomial(Value x, ArrayRef<float> coefficients) {
  Value result = f(coefficients.front());
  for (float coefficient : coefficients.drop_front())
    result = fma(result, x, f(coefficient));
  return result;
}

F32Math::Rounded F32Math::round(Value x) {
  // Adding 1.5 * 2^23 leaves no bits for a fraction; unlike a conversion to
  // integer this is defined for NaN.
  constexpr float shifter = 12582912.0f;
  Value shifted = add(x, f(shifter));
  return {sub(shifted, f(shifter)), isub(toBits(shifted), i(0x4b400000))};
}

Value F32Math::power2(Value n) { return fromBits(shl(iadd(n, i(127)), 23)); }

Value F32Math::scale(Value y, Value n) {
  Value half = sar(n, 1);
  return mul(mul(y, power2(half)), power2(isub(n, half)));
}

//===----------------------------------------------------------------------===//
// Exponentials
//===----------------------------------------------------------------------===//

Value F32Math::expTail(Value r) {
  return polynomial(r, {1.9875691500e-4f, 1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f,
                        1.6666665459e-1f, 5.0000001201e-1f});
}

Value F32Math::exp01(Value r) { return add(fma(expTail(r), mul(r, r), r), f(1)); }

F32Math::Reduced F32Math::byLn2(Value x) {
  Rounded n = round(mul(x, f(1.44269504088896341f)));
  // ln(2) in two parts, the first short enough for exact products.
  Value rest = fma(n.number, f(-0.693359375f), x);
  return {fma(n.number, f(2.12194440e-4f), rest), n};
}

Value F32Math::exp(Value x) {
  Reduced r = byLn2(atMost(atLeast(x, -104), 89));
  return scale(exp01(r.rest), r.quotient.integer);
}

Value F32Math::exp2(Value x) {
  x = atMost(atLeast(x, -151), 129);
  Rounded n = round(x);
  Value rest = mul(sub(x, n.number), f(0.693147180559945309f));
  return scale(exp01(rest), n.integer);
}

Value F32Math::expm1(Value x) {
  Reduced r = byLn2(atMost(atLeast(x, -18), 89));
  Value small = fma(expTail(r.rest), mul(r.rest, r.rest), r.rest);
  // Half of 2^n, which does not overflow; the sum is doubled at the end.
  Value half = power2(isub(r.quotient.integer, i(1)));
  Value sum = fma(small, half, sub(half, f(0.5f)));
  Value result = add(sum, sum);
  return select(cmp(Predicate::OEQ, x, f(0)), x, result);
}

Value F32Math::tanh(Value x) {
  Value magnitude = abs(x), square = mul(x, x);
  Value p = polynomial(square, {-5.70498872745e-3f, 2.06390887954e-2f, -5.37397155531e-2f,
                                1.33314422036e-1f, -3.33332819422e-1f});
  Value small = fma(mul(p, square), magnitude, magnitude);
  Value e = exp(atMost(add(magnitude, magnitude), 30));
  Value large = sub(f(1), div(f(2), add(e, f(1))));
  Value result = select(cmp(Predicate::OLT, magnitude, f(0.625f)), small, large);
  return fromBits(ior(toBits(result), signOf(x)));
}

// Both polynomials are weighted minimax fits: of erf(x) / x - 1 in x squared
// below 0.92, of -log(erfc(x)) above; at 3.95 the result rounds to 1.
Value F32Math::erf(Value x) {
  Value magnitude = abs(x), square = mul(x, x);
  Value p = polynomial(square, {8.3700972e-5f, -8.1427034e-4f, 5.2010324e-3f, -2.6859399e-2f,
                                1.12836957e-1f, -3.76126349e-1f, 1.28379166e-1f});
  Value small = fma(p, magnitude, magnitude);
  Value t = atMost(magnitude, 3.95f);
  Value r = polynomial(t, {-1.957217e-4f, 3.0411023e-3f, -2.2218486e-2f, 1.0391409e-1f,
                           6.372022e-1f, 1.1276637f, 1.9854587e-4f});
  Value large = sub(f(1), exp(sub(f(0), r)));
  Value result = select(cmp(Predicate::OLT, magnitude, f(0.921875f)), small, large);
  return fromBits(ior(toBits(result), signOf(x)));
}

//===----------------------------------------------------------------------===//
// Logarithms
//===----------------------------------------------------------------------===//

F32Math::Logarithm F32Math::logarithm(Value x) {
  Value tiny = cmp(Predicate::OLT, x, f(std::numeric_limits<float>::min()));
  Value bits = toBits(select(tiny, mul(x, f(8388608.0f)), x));
  // Split at sqrt(1/2), so that 1 + f lies in [sqrt(1/2), sqrt(2)).
  Value exponent = sar(isub(bits, i(0x3f3504f3)), 23);
  Value mantissa = fromBits(isub(bits, shl(exponent, 23)));
  Value e = arith::SIToFPOp::create(b, loc, type, exponent);
  e = select(tiny, sub(e, f(23)), e);
  Value fraction = sub(mantissa, f(1)), square = mul(fraction, fraction);
  Value p = polynomial(fraction, {7.0376836292e-2f, -1.1514610310e-1f, 1.1676998740e-1f,
                                  -1.2420140846e-1f, 1.4249322787e-1f, -1.6668057665e-1f,
                                  2.0000714765e-1f, -2.4999993993e-1f, 3.3333331174e-1f});
  Value low = mul(mul(fraction, square), p);
  return {e, fraction, fma(square, f(-0.5f), low)};
}

Value F32Math::finishLog(Value x, Value result) {
  result = select(cmp(Predicate::OLT, x, f(infinity)), result, x);
  result = select(cmp(Predicate::OEQ, x, f(0)), f(-infinity), result);
  Value nan = f(std::numeric_limits<float>::quiet_NaN());
  return select(cmp(Predicate::OLT, x, f(0)), nan, result);
}

Value F32Math::log(Value x) {
  Logarithm l = logarithm(x);
  Value low = fma(l.exponent, f(-2.12194440e-4f), l.low);
  return finishLog(x, fma(l.exponent, f(0.693359375f), add(l.high, low)));
}

Value F32Math::log2(Value x) {
  Logarithm l = logarithm(x);
  // log2(e) in two parts: the high part of the logarithm needs both.
  Value low = mul(add(l.high, l.low), f(1.92596299e-8f));
  low = fma(l.low, f(1.44269502162933349609375f), low);
  Value sum = fma(l.high, f(1.44269502162933349609375f), low);
  return finishLog(x, add(l.exponent, sum));
}

Value F32Math::log10(Value x) {
  Logarithm l = logarithm(x);
  // log10(e) and log10(2) in two parts.
  Value low = mul(add(l.high, l.low), f(-1.010305e-8f));
  low = fma(l.exponent, f(4.6050389811952137e-6f), low);
  low = fma(l.low, f(0.434294492006301879883f), low);
  Value sum = fma(l.high, f(0.434294492006301879883f), low);
  return finishLog(x, fma(l.exponent, f(0.301025390625f), sum));
}

Value F32Math::log1p(Value x) {
  Value u = add(x, f(1));
  // What rounding 1 + x lost, to first order.
  Value lost = div(sub(x, sub(u, f(1))), u);
  Value result = add(log(u), lost);
  Value regular = cmp(Predicate::OLT, abs(u), f(infinity));
  Value nonzero = cmp(Predicate::UNE, u, f(0));
  regular = arith::AndIOp::create(b, loc, regular, nonzero);
  result = select(regular, result, log(u));
  return select(cmp(Predicate::OEQ, x, f(0)), x, result);
}

//===----------------------------------------------------------------------===//
// Circular functions
//===----------------------------------------------------------------------===//

Value F32Math::sinCos(Value x, bool cosine) {
  Rounded q = round(mul(x, f(0.636619772367581343f)));
  // pi/2 in three parts.
  Value r = fma(q.number, f(-1.57079637050628662109375f), x);
  r = fma(q.number, f(4.37113900018624283e-8f), r);
  r = fma(q.number, f(1.71512448e-15f), r);
  Value quadrant = cosine ? iadd(q.integer, i(1)) : q.integer;
  Value z = mul(r, r);
  Value sinTail = polynomial(z, {2.718311493989822e-6f, -1.9839334836096632e-4f,
                                 8.3333293858894632e-3f, -1.6666666641626524e-1f});
  Value sine = fma(mul(sinTail, z), r, r);
  Value cosTail = polynomial(z, {2.44331571e-5f, -1.38873162e-3f, 4.16666456e-2f, -0.5f});
  Value cosineOfR = fma(cosTail, z, f(1));
  Value odd = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, iand(quadrant, i(1)), i(0));
  Value result = select(odd, cosineOfR, sine);
  return fromBits(ixor(toBits(result), shl(iand(quadrant, i(2)), 30)));
}

Value F32Math::atan2(Value y, Value x) {
  Value ax = abs(x), ay = abs(y);
  Value steep = cmp(Predicate::OGT, ay, ax);
  Value low = select(steep, ax, ay), high = select(steep, ay, ax);
  // 0/0 counts as 0 and infinity/infinity as 1; NaN is put back at the end.
  Value ratio = select(cmp(Predicate::OEQ, high, f(0)), f(0), div(low, high));
  ratio = select(cmp(Predicate::OEQ, low, f(infinity)), f(1), ratio);
  Value square = mul(ratio, ratio);
  // A weighted minimax fit of (atan(t) / t - 1) / t^2 in t^2.
  Value p = polynomial(square, {-1.79359387e-3f, 1.09144812e-2f, -3.1177612e-2f, 5.79573587e-2f,
                                -8.40343684e-2f, 1.09521814e-1f, -1.42642409e-1f, 1.99985489e-1f,
                                -3.33332986e-1f});
  Value angle = fma(mul(p, square), ratio, ratio);
  // Complements, with pi/2 and pi in two parts.
  angle = select(steep, add(sub(f(1.57079637f), angle), f(-4.37113883e-8f)), angle);
  Value left = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, toBits(x), i(0));
  angle = select(left, add(sub(f(3.14159274f), angle), f(-8.74227766e-8f)), angle);
  angle = fromBits(ior(toBits(angle), signOf(y)));
  return select(cmp(Predicate::UNO, x, y), add(x, y), angle);
}

Value F32Math::sin(Value x) {
  Value ofMagnitude = sinCos(abs(x), /*cosine=*/false);
  return fromBits(ixor(toBits(ofMagnitude), signOf(x)));
}

Value F32Math::cos(Value x) { return sinCos(x, /*cosine=*/true); }

Value F32Math::exceedsSinCosLimit(Value x) {
  Value large = cmp(Predicate::OGT, abs(x), f(sinCosLimit));
  if (!isa<VectorType>(type))
    return large;
  return vector::ReductionOp::create(b, loc, vector::CombiningKind::OR, large);
}

} // namespace mjx
