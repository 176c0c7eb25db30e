//===- PointwiseOps.cpp - What the pointwise records leave to say ---------===//
#include "PointwiseRules.h"

#include "mjx/IR/Mjx.h"

#include "mlir/IR/TypeUtilities.h"

#include <cmath>
#include <limits>

using namespace mlir;

namespace mjx {

static RankedTensorType withElement(Type type, Type element) {
  return cast<RankedTensorType>(type).clone(element);
}

//===----------------------------------------------------------------------===//
// Verify and infer
//===----------------------------------------------------------------------===//

static LogicalResult inferPart(Type operand, SmallVectorImpl<Type> &types) {
  auto element = dyn_cast<ComplexType>(getElementTypeOrSelf(operand));
  if (!element)
    return failure();
  types.push_back(withElement(operand, element.getElementType()));
  return success();
}

LogicalResult RealOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                       SmallVectorImpl<Type> &types) {
  if (succeeded(inferPart(adaptor.getX().getType(), types)))
    return success();
  return emitOptionalError(loc, "real: expected a complex operand, but got ",
                           adaptor.getX().getType());
}

LogicalResult ImagOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                       SmallVectorImpl<Type> &types) {
  if (succeeded(inferPart(adaptor.getX().getType(), types)))
    return success();
  return emitOptionalError(loc, "imag: expected a complex operand, but got ",
                           adaptor.getX().getType());
}

LogicalResult ComplexOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                          Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Type x = adaptor.getX().getType(), y = adaptor.getY().getType();
  Type element = getElementTypeOrSelf(x);
  if (x != y || !(element.isF32() || element.isF64()))
    return emitOptionalError(
        loc, "complex: expected two operands of one type of f32 or f64, but got ", x, " and ", y);
  types.push_back(withElement(x, ComplexType::get(element)));
  return success();
}

LogicalResult CompareOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                                          Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Type x = adaptor.getX().getType(), y = adaptor.getY().getType();
  if (x != y)
    return emitOptionalError(loc, "compare: expected operands of one type, but got ", x, " and ",
                             y);
  StringRef direction = adaptor.getDirection();
  if (isa<ComplexType>(getElementTypeOrSelf(x)) && direction != "eq" && direction != "ne")
    return emitOptionalError(loc,
                             "compare: complex numbers are not ordered; expected direction "
                             "eq or ne, but got ",
                             direction);
  types.push_back(withElement(x, IntegerType::get(context, 1)));
  return success();
}

LogicalResult SelectOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                         Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Type x = adaptor.getOnTrue().getType(), y = adaptor.getOnFalse().getType();
  if (x != y)
    return emitOptionalError(loc, "select: expected two choices of one type, but got ", x, " and ",
                             y);
  auto shape = cast<ShapedType>(adaptor.getPredicate().getType()).getShape();
  if (shape != cast<ShapedType>(x).getShape())
    return emitOptionalError(loc, "select: expected a predicate of the shape of ", x, ", but got ",
                             adaptor.getPredicate().getType());
  types.push_back(x);
  return success();
}

static LogicalResult verifySameShape(Operation *op) {
  auto from = cast<ShapedType>(op->getOperand(0).getType());
  auto to = cast<ShapedType>(op->getResult(0).getType());
  if (from.getShape() != to.getShape())
    return op->emitOpError("expected operand and result of one shape, but got ")
           << from << " and " << to;
  return success();
}

LogicalResult ConvertOp::verify() { return verifySameShape(*this); }

LogicalResult BitcastConvertOp::verify() {
  Type from = getX().getType().getElementType(), to = getOut().getType().getElementType();
  bool isPlain = from.isIntOrFloat() && to.isIntOrFloat();
  if (!isPlain || from.getIntOrFloatBitWidth() != to.getIntOrFloatBitWidth())
    return emitOpError("expected integers or floats of equal width, but got ")
           << from << " and " << to;
  return verifySameShape(*this);
}

LogicalResult ReducePrecisionOp::verify() {
  if (getExponentBits() < 1 || getExponentBits() > 11)
    return emitOpError("expected 1 to 11 exponent bits, but got ") << getExponentBits();
  if (getMantissaBits() < 0 || getMantissaBits() > 52)
    return emitOpError("expected 0 to 52 mantissa bits, but got ") << getMantissaBits();
  return success();
}

//===----------------------------------------------------------------------===//
// Fold
//===----------------------------------------------------------------------===//

OpFoldResult NegOp::fold(FoldAdaptor) {
  auto inner = getX().getDefiningOp<NegOp>();
  return inner ? OpFoldResult(inner.getX()) : OpFoldResult();
}

// x + 0 is x for integers. Of floats -0 is the neutral one: -0 + 0 is 0.
OpFoldResult AddOp::fold(FoldAdaptor) {
  Type element = getType().getElementType();
  auto isNeutral = [&](Value value) {
    return isSplat(value, 0) && (isa<IntegerType>(element) || !isPositiveZero(value));
  };
  if (isa<ComplexType>(element))
    return {};
  if (isNeutral(getY()))
    return getX();
  return isNeutral(getX()) ? OpFoldResult(getY()) : OpFoldResult();
}

OpFoldResult SubOp::fold(FoldAdaptor) {
  return isPositiveZero(getY()) ? OpFoldResult(getX()) : OpFoldResult();
}

OpFoldResult MulOp::fold(FoldAdaptor) {
  if (isSplat(getY(), 1))
    return getX();
  return isSplat(getX(), 1) ? OpFoldResult(getY()) : OpFoldResult();
}

OpFoldResult DivOp::fold(FoldAdaptor) {
  return isSplat(getY(), 1) ? OpFoldResult(getX()) : OpFoldResult();
}

OpFoldResult SelectOp::fold(FoldAdaptor) {
  if (getOnTrue() == getOnFalse() || isSplat(getPredicate(), 1))
    return getOnTrue();
  return isSplat(getPredicate(), 0) ? OpFoldResult(getOnFalse()) : OpFoldResult();
}

/// x where both operands are x.
static OpFoldResult sameOperands(Value x, Value y) {
  return x == y ? OpFoldResult(x) : OpFoldResult();
}

OpFoldResult MaxOp::fold(FoldAdaptor) { return sameOperands(getX(), getY()); }
OpFoldResult MinOp::fold(FoldAdaptor) { return sameOperands(getX(), getY()); }

OpFoldResult AndOp::fold(FoldAdaptor) {
  // All bits set is -1, which for booleans is 1.
  if (isSplat(getY(), -1) || isSplat(getX(), 0))
    return getX();
  return isSplat(getX(), -1) || isSplat(getY(), 0) ? getY() : sameOperands(getX(), getY());
}

OpFoldResult OrOp::fold(FoldAdaptor) {
  if (isSplat(getY(), 0) || isSplat(getX(), -1))
    return getX();
  return isSplat(getX(), 0) || isSplat(getY(), -1) ? getY() : sameOperands(getX(), getY());
}

OpFoldResult XorOp::fold(FoldAdaptor) {
  if (isSplat(getY(), 0))
    return getX();
  return isSplat(getX(), 0) ? OpFoldResult(getY()) : OpFoldResult();
}

OpFoldResult NotOp::fold(FoldAdaptor) {
  auto inner = getX().getDefiningOp<NotOp>();
  return inner ? OpFoldResult(inner.getX()) : OpFoldResult();
}

OpFoldResult ConjOp::fold(FoldAdaptor) {
  auto inner = getX().getDefiningOp<ConjOp>();
  return inner ? OpFoldResult(inner.getX()) : OpFoldResult();
}

OpFoldResult RealOp::fold(FoldAdaptor) {
  auto whole = getX().getDefiningOp<ComplexOp>();
  return whole ? OpFoldResult(whole.getX()) : OpFoldResult();
}

OpFoldResult ImagOp::fold(FoldAdaptor) {
  auto whole = getX().getDefiningOp<ComplexOp>();
  return whole ? OpFoldResult(whole.getY()) : OpFoldResult();
}

OpFoldResult ComplexOp::fold(FoldAdaptor) {
  auto real = getX().getDefiningOp<RealOp>();
  auto imag = getY().getDefiningOp<ImagOp>();
  bool areParts = real && imag && real.getX() == imag.getX();
  return areParts ? OpFoldResult(real.getX()) : OpFoldResult();
}

OpFoldResult StopGradientOp::fold(FoldAdaptor) {
  auto inner = getX().getDefiningOp<StopGradientOp>();
  return inner ? OpFoldResult(inner.getOut()) : OpFoldResult();
}

// Of equal operands, unless they may be NaN.
OpFoldResult CompareOp::fold(FoldAdaptor) {
  if (getX() != getY() || !isa<IntegerType>(getX().getType().getElementType()))
    return {};
  StringRef direction = getDirection();
  bool holds = direction == "eq" || direction == "le" || direction == "ge";
  return DenseElementsAttr::get(getType(), holds);
}

OpFoldResult ConvertOp::fold(FoldAdaptor) {
  return getX().getType() == getType() ? OpFoldResult(getX()) : OpFoldResult();
}

//===----------------------------------------------------------------------===//
// Jvp
//===----------------------------------------------------------------------===//

Val signOrOne(Val x) { return select(compare(x, 0.0, "lt"), x.splat(-1), x.splat(1)); }

Val truncatedQuotient(Val x, Val y) {
  Val quotient = x / y;
  return select(compare(quotient, 0.0, "lt"), CeilOp::of(quotient), FloorOp::of(quotient));
}

// d(x^y) = y x^(y-1) dx + x^y log(x) dy, the logarithm taken as 0 at x = 0
Val powTangent(Val x, Val y, Val out, Val dx, Val dy) {
  Val byBase = dx ? dx * (y * PowOp::of(x, y - 1.0)) : Val();
  if (!dy)
    return byBase;
  Val base = select(compare(x, 0.0, "eq"), x.splat(1), x);
  return byBase + dy * (LogOp::of(base) * out);
}

Val extremumTangent(Val x, Val y, Val out, Val dx, Val dy) {
  Val onWin = select(compare(y, out, "eq"), x.splat(0.5), x.splat(1));
  // A number like others: it is used again, so nothing is to be moved into it.
  Val share = select(compare(x, out, "eq"), onWin, x.splat(0));
  return dx * share + dy * (1.0 - share);
}

Val complexTangent(Val out, Val dx, Val dy) {
  Val present = dx ? dx : dy;
  (void)out;
  return ComplexOp::of(dx ? dx : present.splat(0), dy ? dy : present.splat(0));
}

//===----------------------------------------------------------------------===//
// Decompositions
//===----------------------------------------------------------------------===//

using Decomposition = FailureOr<SmallVector<Value>>;

/// `function` of the operand computed in f64 if it is f64 or `inDouble`, in f32
/// otherwise, and rounded.
static Decomposition computeWide(Emitter &emitter, Operation *op, bool inDouble,
                                 llvm::function_ref<Val(Val)> function) {
  Val x(emitter, op->getOperand(0));
  Type wide = inDouble || x.element().isF64() ? Type(Float64Type::get(op->getContext()))
                                              : Type(Float32Type::get(op->getContext()));
  return SmallVector<Value>{convert(function(convert(x, wide)), x.element())};
}

/// Horner's scheme, highest coefficient first.
static Val polynomial(Val x, ArrayRef<double> coefficients) {
  Val value = x.splat(coefficients.front());
  for (double coefficient : coefficients.drop_front())
    value = value * x + coefficient;
  return value;
}

// With e^-|x|, which does not overflow: 1 / (1 + e^-x) and e^x / (1 + e^x).
Decomposition LogisticOp::buildDecomposition(Emitter &emitter) {
  return computeWide(emitter, *this, /*inDouble=*/false, [](Val x) {
    Val small = ExpOp::of(-AbsOp::of(x));
    return select(compare(x, 0.0, "lt"), small, x.splat(1)) / (small + 1.0);
  });
}

// Source: M. Giles, "Approximating the erfinv function", GPU Computing Gems,
// 2011: polynomials in w = -log(1 - x^2), here for double precision.
static Val erfInvDouble(Val x) {
  Val w = -Log1pOp::of(-(x * x));
  Val root = SqrtOp::of(w);
  Val central = polynomial(
      w - 3.125,
      {-3.6444120640178196996e-21, -1.685059138182016589e-19,  1.2858480715256400167e-18,
       1.115787767802518096e-17,   -1.333171662854620906e-16,  2.0972767875968561637e-17,
       6.6376381343583238325e-15,  -4.0545662729752068639e-14, -8.1519341976054721522e-14,
       2.6335093153082322977e-12,  -1.2975133253453532498e-11, -5.4154120542946279317e-11,
       1.051212273321532285e-09,   -4.1126339803469836976e-09, -2.9070369957882005086e-08,
       4.2347877827932403518e-07,  -1.3654692000834678645e-06, -1.3882523362786468719e-05,
       0.0001867342080340571352,   -0.00074070253416626697512, -0.0060336708714301490533,
       0.24015818242558961693,     1.6536545626831027356});
  Val middle =
      polynomial(root - 3.25,
                 {2.2137376921775787049e-09, 9.0756561938885390979e-08, -2.7517406297064545428e-07,
                  1.8239629214389227755e-08, 1.5027403968909827627e-06, -4.013867526981545969e-06,
                  2.9234449089955446044e-06, 1.2475304481671778723e-05, -4.7318229009055733981e-05,
                  6.8284851459573175448e-05, 2.4031110387097893999e-05, -0.0003550375203628474796,
                  0.00095328937973738049703, -0.0016882755560235047313, 0.0024914420961078508066,
                  -0.0037512085075692412107, 0.005370914553590063617, 1.0052589676941592334,
                  3.0838856104922207635});
  Val tail =
      polynomial(root - 5.0,
                 {-2.7109920616438573243e-11, -2.5556418169965252055e-10, 1.5076572693500548083e-09,
                  -3.7894654401267369937e-09, 7.6157012080783393804e-09, -1.4960026627149240478e-08,
                  2.9147953450901080826e-08, -6.7711997758452339498e-08, 2.2900482228026654717e-07,
                  -9.9298272942317002539e-07, 4.5260625972231537039e-06, -1.9681778105531670567e-05,
                  7.5995277030017761139e-05, -0.00021503011930044477347, -0.00013871931833623122026,
                  1.0103004648645343977, 4.8499064014085844221});
  Val outer = select(compare(w, 16.0, "lt"), middle, tail);
  return select(compare(w, 6.25, "lt"), central, outer) * x;
}

// The same for single precision. 1 - x^2 is taken as (1 - x)(1 + x), without
// which the ends would be off by 60 units in the last place; with it, 3.8.
static Val erfInvSingle(Val x) {
  Val w = -LogOp::of((1.0 - x) * (1.0 + x));
  Val central =
      polynomial(w - 2.5, {2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06,
                           0.00021858087, -0.00125372503, -0.00417768164, 0.246640727, 1.50140941});
  Val tail = polynomial(SqrtOp::of(w) - 3.0,
                        {-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844,
                         0.00573950773, -0.0076224613, 0.00943887047, 1.00167406, 2.83297682});
  return select(compare(w, 5.0, "lt"), central, tail) * x;
}

Decomposition ErfInvOp::buildDecomposition(Emitter &emitter) {
  return computeWide(emitter, *this, /*inDouble=*/false, [](Val x) {
    Val value = x.element().isF64() ? erfInvDouble(x) : erfInvSingle(x);
    Val infinity = x * std::numeric_limits<double>::infinity();
    return select(compare(AbsOp::of(x), 1.0, "eq"), infinity, value);
  });
}

/// |sin(pi x)|, exactly zero at integers.
static Val absSinPi(Val x) {
  Val magnitude = AbsOp::of(x);
  Val fraction = magnitude - FloorOp::of(magnitude);
  Val nearest = MinOp::of(fraction, 1.0 - fraction);
  return SinOp::of(nearest * M_PI);
}

// Source: C. Lanczos, "A Precision Approximation of the Gamma Function", 1964,
// with g = 7 and nine terms. Valid for z = x - 1 >= -1/2.
static Val lanczosLogGamma(Val z) {
  constexpr double terms[] = {676.5203681218851,     -1259.1392167224028,  771.32342877765313,
                              -176.61502916214059,   12.507343278686905,   -0.13857109526572012,
                              9.9843695780195716e-6, 1.5056327351493116e-7};
  Val series = z.splat(0.99999999999980993);
  for (auto [i, term] : llvm::enumerate(terms))
    series = series + term / (z + double(i + 1));
  Val t = z + 7.5;
  return (z + 0.5) * LogOp::of(t) - t + LogOp::of(series) + 0.5 * std::log(2 * M_PI);
}

/// From 1/2 to 5/2, where lgamma has its zeros: with y = x - 2 the series
/// y (1 - gamma) + sum of (-1)^k (zeta(k) - 1) y^k / k over k from 2, and the same
/// less log x with y = x - 1.
static Val lgammaNearZeros(Val x) {
  Val isFirst = compare(x, 1.5, "lt");
  Val y = select(isFirst, x - 1.0, x - 2.0);
  Val series =
      y * polynomial(y, {-6.4229645638380996e-11, 1.3304764374244489e-10,  -2.7595228851242334e-10,
                         5.7313672416788623e-10,  -1.1921401405860912e-09, 2.4836745438024785e-09,
                         -5.1834750419700466e-09, 1.0838659214896955e-08,  -2.2711094608943164e-08,
                         4.7698101693639804e-08,  -1.0043224823968099e-07, 2.1207184805554665e-07,
                         -4.4924691987645662e-07, 9.5514121304074194e-07,  -2.0392157538013662e-06,
                         4.3748667899074882e-06,  -9.4394882752683967e-06, 2.0507212775670691e-05,
                         -4.4926236738133142e-05, 9.9457512781808531e-05,  -0.00022315475845357939,
                         0.00050966952474304245,  -0.001192753911703261,   0.0028905103307415234,
                         -0.0073855510286739857,  0.020580808427784546,    -0.067352301053198102,
                         0.3224670334241132,      0.42278433509846713});
  return series - select(isFirst, Log1pOp::of(y), Val());
}

// lgamma(x) = log(pi / |sin(pi x)|) - lgamma(1 - x) below 1/2
Decomposition LgammaOp::buildDecomposition(Emitter &emitter) {
  bool isDouble = getX().getType().getElementType().isF64();
  return computeWide(emitter, *this, /*inDouble=*/true, [&](Val x) {
    Val isReflected = compare(x, 0.5, "lt");
    Val direct = lanczosLogGamma(select(isReflected, -x, x - 1.0));
    if (isDouble) {
      Val isNear = AndOp::of(compare(x, 0.5, "ge"), compare(x, 2.5, "le"));
      direct = select(isNear, lgammaNearZeros(select(isNear, x, x.splat(1))), direct);
    }
    Val reflected = LogOp::of(M_PI / absSinPi(x)) - direct;
    Val infinity = x.splat(std::numeric_limits<double>::infinity());
    Val value = select(isReflected, reflected, direct);
    return select(compare(AbsOp::of(x), infinity, "eq"), infinity, value);
  });
}

/// How far polygamma arguments are moved up before the asymptotic series.
static constexpr int polygammaSteps = 10;

// psi(x) = psi(x + n) - sum 1 / (x + k), and
// psi(y) ~ log y - 1/(2y) - sum B_2k / (2k y^2k)
static Val digammaPositive(Val x) {
  Val steps = x.splat(0);
  for (int k = 0; k < polygammaSteps; ++k)
    steps = steps + 1.0 / (x + double(k));
  Val y = x + double(polygammaSteps), z = 1.0 / (y * y);
  Val series = polynomial(
      z, {1.0 / 12, -691.0 / 32760, 1.0 / 132, -1.0 / 240, 1.0 / 252, -1.0 / 120, 1.0 / 12, 0.0});
  return LogOp::of(y) - 0.5 / y - series - steps;
}

// psi(x) = psi(1 - x) - pi / tan(pi x) below 1/2
Decomposition DigammaOp::buildDecomposition(Emitter &emitter) {
  return computeWide(emitter, *this, /*inDouble=*/true, [](Val x) {
    Val isReflected = compare(x, 0.5, "lt");
    Val direct = digammaPositive(select(isReflected, 1.0 - x, x));
    Val fraction = x - FloorOp::of(x);
    Val isPole = compare(fraction, 0.0, "eq");
    Val cotangent = M_PI / TanOp::of(fraction * M_PI);
    Val reflected = select(isPole, x.splat(std::nan("")), direct - cotangent);
    return select(isReflected, reflected, direct);
  });
}

// psi'(x) = psi'(x + n) + sum 1 / (x + k)^2, and
// psi'(y) ~ 1/y + 1/(2y^2) + sum B_2k / y^(2k+1)
static Val trigammaPositive(Val x) {
  Val steps = x.splat(0);
  for (int k = 0; k < polygammaSteps; ++k) {
    Val term = 1.0 / (x + double(k));
    steps = steps + term * term;
  }
  Val w = 1.0 / (x + double(polygammaSteps));
  Val z = w * w;
  Val series = polynomial(
      z, {7.0 / 6, -691.0 / 2730, 5.0 / 66, -1.0 / 30, 1.0 / 42, -1.0 / 30, 1.0 / 6, 1.0});
  return w * series + 0.5 * z + steps;
}

// psi'(x) = pi^2 / sin^2(pi x) - psi'(1 - x) below 1/2
Val trigamma(Val x) {
  Type element = x.element();
  Val wide = convert(x, Float64Type::get(element.getContext()));
  Val isReflected = compare(wide, 0.5, "lt");
  Val direct = trigammaPositive(select(isReflected, 1.0 - wide, wide));
  Val cosecant = M_PI / absSinPi(wide);
  return convert(select(isReflected, cosecant * cosecant - direct, direct), element);
}

} // namespace mjx
