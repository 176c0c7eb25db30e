//===- MathExpansions.h - Functions as straight-line arithmetic -*- C++ -*-===//
#ifndef MJX_LIB_TARGET_CPU_MATHEXPANSIONS_H
#define MJX_LIB_TARGET_CPU_MATHEXPANSIONS_H

#include "Shared.h"

namespace mjx {

/// f32 functions without branches, on a scalar or on the lanes of a vector.
///
/// Errors stay below 2 units in the last place over all finite arguments
/// (`sinCos`: up to `sinCosLimit`); NaN, infinities, signed zeros and
/// subnormals come out as the C library's. Every fused multiply-add is written
/// out, so results do not depend on what the code generator contracts.
class F32Math {
public:
  using Value = mlir::Value;
  F32Math(mlir::OpBuilder &builder, mlir::Location loc, mlir::Type type);

  Value exp(Value x);
  Value exp2(Value x);
  Value expm1(Value x);
  Value log(Value x);
  Value log2(Value x);
  Value log10(Value x);
  Value log1p(Value x);
  Value tanh(Value x);
  Value erf(Value x);
  Value pow(Value x, Value y);
  Value atan2(Value y, Value x);
  Value atan(Value x) { return atan2(x, f(1)); }
  /// Beyond the limit the reduction by multiples of pi/2 loses digits.
  static constexpr float sinCosLimit = 1e5f;
  Value sin(Value x);
  Value cos(Value x);
  /// Some lane's magnitude exceeds the limit (infinite, but not NaN): one i1.
  Value exceedsSinCosLimit(Value x);

private:
  using Predicate = mlir::arith::CmpFPredicate;

  // Constants, and one line of arithmetic each.
  Value splat(mlir::Type type, mlir::TypedAttr scalar);
  Value f(float value);
  Value i(int32_t value);
  Value fma(Value a, Value b, Value c);
  Value mul(Value a, Value b);
  Value add(Value a, Value b);
  Value sub(Value a, Value b);
  Value div(Value a, Value b);
  Value abs(Value a);
  Value iadd(Value a, Value b);
  Value isub(Value a, Value b);
  Value shl(Value a, int bits);
  Value sar(Value a, int bits);
  Value iand(Value a, Value b);
  Value ior(Value a, Value b);
  Value ixor(Value a, Value b);
  Value toBits(Value a);
  Value fromBits(Value a);
  Value cmp(Predicate predicate, Value a, Value b);
  Value select(Value condition, Value a, Value b);
  Value signOf(Value a);

  /// max(x, low) and min(x, high) that keep NaN, one instruction each.
  Value atLeast(Value x, float low);
  Value atMost(Value x, float high);
  /// Coefficients from the highest power down.
  Value polynomial(Value x, llvm::ArrayRef<float> coefficients);

  struct Rounded {
    Value number;  // as a float
    Value integer; // as an i32
  };
  /// x to the nearest integer, |x| < 2^22; NaN gives any integer.
  Rounded round(Value x);
  /// 2^n for n in [-126, 127].
  Value power2(Value n);
  /// y * 2^n for n in [-252, 254], with subnormal results rounded once.
  Value scale(Value y, Value n);
  /// exp(r) - 1 - r for |r| <= ln(2)/2, over r squared.
  Value expTail(Value r);
  Value exp01(Value r);

  struct Reduced {
    Value rest;
    Rounded quotient;
  };
  /// x = quotient * ln(2) + rest.
  Reduced byLn2(Value x);

  struct Logarithm {
    Value exponent; // x = 2^exponent * (1 + f)
    Value high;     // f - f^2/2 ...
    Value low;      // ... and the rest of log(1 + f)
  };
  Logarithm logarithm(Value x);
  /// Puts the cases no polynomial covers: zero, negative, infinite, NaN.
  Value finishLog(Value x, Value result);
  Value sinCos(Value x, bool cosine);

  mlir::OpBuilder &b;
  mlir::Location loc;
  mlir::Type type, bitsType;
};

} // namespace mjx

#endif // MJX_LIB_TARGET_CPU_MATHEXPANSIONS_H
