//===- SpecialOps.cpp - Special functions ---------------------------------===//
//
// All are computed in f64. What takes a number of steps that depends on the
// operands is a loop over whole tensors that ends when every element is done;
// an element that another formula serves takes part with harmless operands.
//
//===----------------------------------------------------------------------===//
#include "mjx/IR/Mjx.h"

#include "PointwiseRules.h"

#include <cmath>

using namespace mlir;

namespace mjx {

using Decomposition = FailureOr<SmallVector<Value>>;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();
constexpr double epsilon = 1.2e-16;
constexpr int64_t mostSteps = 10000;

/// `function` of the operands in f64, rounded.
Decomposition computeInDouble(Emitter &emitter, Operation *op,
                              llvm::function_ref<Val(ArrayRef<Val>)> function) {
  SmallVector<Val> wide;
  for (Value operand : op->getOperands())
    wide.push_back(convert({emitter, operand}, Float64Type::get(op->getContext())));
  Type element = cast<RankedTensorType>(op->getResult(0).getType()).getElementType();
  return SmallVector<Value>{convert(function(wide), element)};
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

using State = SmallVector<Val>;

/// Calls step(state) to get from the region's arguments to what it yields.
void fillRegion(Region &region, TypeRange types, Location loc,
                llvm::function_ref<State(Emitter &, State)> step) {
  Block &block = region.emplaceBlock();
  block.addArguments(types, SmallVector<Location>(types.size(), loc));
  OpBuilder builder(loc.getContext());
  builder.setInsertionPointToEnd(&block);
  Emitter emitter(builder, loc);
  State state;
  for (Value argument : block.getArguments())
    state.push_back({emitter, argument});
  State next = step(emitter, state);
  builder.setInsertionPointToEnd(&block);
  YieldOp::create(builder, loc, SmallVector<Value>(next.begin(), next.end()));
}

/// Whether an element of a tensor of booleans is true.
Val any(Val x) {
  if (x.rank() == 0)
    return x;
  Type scalar = x.type().clone(ArrayRef<int64_t>());
  return {*x.emitter, x.emitter->create<ReduceOp>(scalar, "or", x.value, iotaDims(x.rank()))};
}

/// Replaces the state by step(state) while isActive(state) is true of some
/// element, but not for ever. Neither may use values from outside.
State repeat(State state, llvm::function_ref<Val(ArrayRef<Val>)> isActive,
             llvm::function_ref<State(ArrayRef<Val>)> step) {
  Emitter &emitter = *state.front().emitter;
  auto counter = RankedTensorType::get({}, IntegerType::get(emitter.loc.getContext(), 32));
  state.push_back({emitter, emitter.zeros(counter)});
  SmallVector<Value> ins(state.begin(), state.end());
  SmallVector<Type> types = llvm::map_to_vector(ins, [](Value in) { return in.getType(); });
  Region cond, body;
  fillRegion(cond, types, emitter.loc, [&](Emitter &, State now) -> State {
    Val mayGoOn = compare(now.back(), double(mostSteps), "lt");
    return {AndOp::of(any(isActive(ArrayRef(now).drop_back())), mayGoOn)};
  });
  fillRegion(body, types, emitter.loc, [&](Emitter &, State now) {
    State next = step(ArrayRef(now).drop_back());
    next.push_back(now.back() + 1.0);
    return next;
  });
  OperationState description(emitter.loc, WhileOp::getOperationName());
  WhileOp::Properties &properties = description.getOrAddProperties<WhileOp::Properties>();
  OpBuilder &b = emitter.primal;
  properties.cond_consts = b.getI64IntegerAttr(0);
  properties.body_consts = b.getI64IntegerAttr(0);
  description.addOperands(ins);
  description.addTypes(types);
  description.addRegion()->takeBody(cond);
  description.addRegion()->takeBody(body);
  Operation *loop = emitter.create(description);
  State results;
  for (Value result : loop->getResults().drop_back())
    results.push_back({emitter, result});
  return results;
}

//===----------------------------------------------------------------------===//
// Numbers with a derivative
//===----------------------------------------------------------------------===//

/// A value and its derivative in one variable.
struct Dual {
  Val value, slope;
};

Dual operator+(Dual x, Dual y) { return {x.value + y.value, x.slope + y.slope}; }
Dual operator*(Dual x, Dual y) {
  return {x.value * y.value, x.slope * y.value + x.value * y.slope};
}
Dual operator/(Dual x, Dual y) {
  Val quotient = x.value / y.value;
  Val change = x.slope + -(quotient * y.slope);
  return {quotient, change ? change / y.value : Val()};
}
Dual operator+(Dual x, double y) { return {x.value + y, x.slope}; }
Dual operator/(double x, Dual y) { return Dual{y.value.splat(x), {}} / y; }

/// The same as parts of the state of a loop.
void append(State &state, Val x) { state.push_back(x); }
void append(State &state, Dual x) {
  state.push_back(x.value);
  state.push_back(x.slope ? x.slope : x.value.splat(0));
}
template <class T> T take(ArrayRef<Val> &state);
template <> Val take<Val>(ArrayRef<Val> &state) {
  Val result = state.front();
  state = state.drop_front();
  return result;
}
template <> Dual take<Dual>(ArrayRef<Val> &state) {
  Dual result{state[0], state[1]};
  state = state.drop_front(2);
  return result;
}

Val constantLike(Val, Val x) { return x; }
Dual constantLike(Dual, Val x) { return {x, {}}; }

Val choose(Val condition, Val x, Val y) { return select(condition, x, y); }
Dual choose(Val condition, Dual x, Dual y) {
  return {select(condition, x.value, y.value), select(condition, x.slope, y.slope)};
}

/// Whether adding `term` still changes `sum`.
Val matters(Val term, Val sum) { return compare(AbsOp::of(term), AbsOp::of(sum) * epsilon, "gt"); }
Val matters(Dual term, Dual sum) {
  return OrOp::of(matters(term.value, sum.value), matters(term.slope, sum.slope));
}

//===----------------------------------------------------------------------===//
// Gamma functions
//===----------------------------------------------------------------------===//

/// Horner's scheme, highest coefficient first.
Val polynomial(Val x, ArrayRef<double> coefficients) {
  Val value = x.splat(coefficients.front());
  for (double coefficient : coefficients.drop_front())
    value = value * x + coefficient;
  return value;
}

/// d - log(1 + d) for d = x - 1, without cancellation: with s = d / (2 + d),
/// log(1 + d) is 2 (s + s^3/3 + s^5/5 + ...).
Val logDefect(Val x, Val d) {
  Val s = d / (d + 2.0), square = s * s;
  Val series = polynomial(square, {2.0 / 21, 2.0 / 19, 2.0 / 17, 2.0 / 15, 2.0 / 13, 2.0 / 11,
                                   2.0 / 9, 2.0 / 7, 2.0 / 5, 2.0 / 3});
  Val isSmall = compare(AbsOp::of(d), 0.3, "lt");
  return select(isSmall, s * (d - square * series), d - LogOp::of(x));
}

/// log gamma(x + 1) - (x log x - x + log(2 pi x) / 2), for x >= 10.
Val stirlingCorrection(Val x) {
  Val r = 1.0 / x;
  return r * polynomial(r * r, {1.0 / 156, -691.0 / 360360, 1.0 / 1188, -1.0 / 1680, 1.0 / 1260,
                                -1.0 / 360, 1.0 / 12});
}

/// x log(y), 0 where x is.
Val xlogy(Val x, Val y) { return select(compare(x, 0.0, "eq"), Val(), x * LogOp::of(y)); }

/// x^a e^-x / gamma(a + 1), for positive operands; by Stirling's formula where
/// the factors would be too large to divide.
Val gammaFactor(Val a, Val x) {
  Val isLarge = compare(a, 10.0, "ge");
  Val large = select(isLarge, a, a.splat(10)), small = select(isLarge, a.splat(1), a);
  Val exponent = -(large * logDefect(x / large, (x - large) / large)) - stirlingCorrection(large);
  Val byStirling = ExpOp::of(exponent) / SqrtOp::of(large * (2 * M_PI));
  Val direct = ExpOp::of(xlogy(small, x) - x - LgammaOp::of(small + 1.0));
  return select(isLarge, byStirling, direct);
}

/// The sum of x^n / ((a + 1) ... (a + n)); for x not much above a.
template <class T> T gammaSeries(T a, Val x) {
  Val one = x.splat(1);
  State state{x};
  for (T start : {a, constantLike(a, one), constantLike(a, one)})
    append(state, start);
  auto isActive = [](ArrayRef<Val> s) {
    (void)take<Val>(s), (void)take<T>(s);
    T term = take<T>(s);
    return matters(term, take<T>(s));
  };
  State result = repeat(state, isActive, [](ArrayRef<Val> s) {
    Val x = take<Val>(s);
    T a = take<T>(s) + 1.0, term = take<T>(s), sum = take<T>(s);
    term = term * (constantLike(a, x) / a);
    State next{x};
    for (T value : {a, term, sum + term})
      append(next, value);
    return next;
  });
  size_t width = (result.size() - 1) / 3;
  ArrayRef<Val> rest = ArrayRef(result).drop_front(1 + 2 * width);
  return take<T>(rest);
}

/// The continued fraction 1 / (x + 1 - a - (1 - a) / (x + 3 - a - ...)); for x
/// above a and 1. W. Lentz's method, as J. Thompson and A. Barnett changed it.
template <class T> T gammaFraction(T a, Val x) {
  Val one = x.splat(1);
  T first = constantLike(a, x + 1.0) + constantLike(a, -one) * a;
  State state{x.splat(0)};
  // a, the partial denominator, two ratios of convergents, the convergent and
  // by how much it changed.
  for (T start : {a, first, constantLike(a, x.splat(1e300)), 1.0 / first, 1.0 / first})
    append(state, start);
  append(state, constantLike(a, x.splat(2)));
  auto isActive = [](ArrayRef<Val> s) {
    (void)take<Val>(s);
    for (int i = 0; i < 4; ++i)
      (void)take<T>(s);
    T h = take<T>(s);
    return matters((take<T>(s) + -1.0) * h, h);
  };
  State result = repeat(state, isActive, [&](ArrayRef<Val> s) {
    // Factors near one would go on to add up their rounding.
    Val isOn = isActive(s);
    Val i = take<Val>(s) + 1.0;
    T a = take<T>(s), b = take<T>(s) + 2.0, c = take<T>(s), d = take<T>(s), h = take<T>(s);
    T numerator = constantLike(a, i) * (a + constantLike(a, -i));
    d = 1.0 / (numerator * d + b);
    c = b + numerator / c;
    T change = choose(isOn, c * d, constantLike(a, i.splat(1)));
    State next{i};
    for (T value : {a, b, c, d, h * change, change})
      append(next, value);
    return next;
  });
  size_t width = (result.size() - 1) / 6;
  ArrayRef<Val> rest = ArrayRef(result).drop_front(1 + 4 * width);
  return take<T>(rest);
}

/// Which formula serves an element, and operands for both that do no harm where
/// it is the other.
struct GammaDomain {
  GammaDomain(Val a, Val x)
      : isUpper(AndOp::of(compare(x, 1.0, "gt"), compare(x, a, "gt"))),
        isInside(AndOp::of(AndOp::of(compare(a, 0.0, "gt"), compare(x, 0.0, "gt")),
                           AndOp::of(compare(a, infinity, "lt"), compare(x, infinity, "lt")))) {
    Val isLower = AndOp::of(isInside, NotOp::of(isUpper));
    Val isFraction = AndOp::of(isInside, isUpper);
    lowerA = select(isLower, a, a.splat(1)), lowerX = select(isLower, x, x.splat(0.5));
    upperA = select(isFraction, a, a.splat(1)), upperX = select(isFraction, x, x.splat(2));
    insideA = select(isInside, a, a.splat(1)), insideX = select(isInside, x, x.splat(1));
  }
  Val isUpper, isInside, lowerA, lowerX, upperA, upperX, insideA, insideX;
};

/// The limits of igamma at the ends of its domain; NaN outside.
Val igammaLimit(Val a, Val x) {
  Val isValid = AndOp::of(compare(a, 0.0, "gt"), compare(x, 0.0, "ge"));
  Val isDouble = AndOp::of(compare(a, infinity, "eq"), compare(x, infinity, "eq"));
  Val atEnd = select(compare(x, infinity, "eq"), x.splat(1), Val());
  if (!atEnd)
    atEnd = x.splat(0);
  return select(AndOp::of(isValid, NotOp::of(isDouble)), atEnd, x.splat(notANumber));
}

/// igamma, or one minus it, each from the formula that does not cancel.
Val incompleteGamma(Val a, Val x, bool isComplement) {
  GammaDomain domain(a, x);
  Val factor = gammaFactor(domain.insideA, domain.insideX);
  Val lower = factor * gammaSeries<Val>(domain.lowerA, domain.lowerX);
  Val upper = factor * domain.insideA * gammaFraction<Val>(domain.upperA, domain.upperX);
  Val value = isComplement ? select(domain.isUpper, upper, 1.0 - lower)
                           : select(domain.isUpper, 1.0 - upper, lower);
  Val limit = igammaLimit(a, x);
  return select(domain.isInside, value, isComplement ? 1.0 - limit : limit);
}

/// The derivative of igamma in its order over the factor of gammaFactor: with
/// L = log x - psi(a + 1) that of the factor's logarithm, S the series and F the
/// fraction, L S + S' below and -(a F' + F + a F L) above.
Val orderSlope(const GammaDomain &domain) {
  Dual a{domain.lowerA, domain.lowerA.splat(1)};
  Dual series = gammaSeries<Dual>(a, domain.lowerX);
  Dual upperA{domain.upperA, domain.upperA.splat(1)};
  Dual fraction = gammaFraction<Dual>(upperA, domain.upperX);
  Val log = LogOp::of(domain.insideX) - DigammaOp::of(domain.insideA + 1.0);
  Val lower = log * series.value + series.slope;
  Val upper = domain.insideA * (fraction.slope + fraction.value * log) + fraction.value;
  return select(domain.isUpper, -upper, lower);
}

LogicalResult hasNoDerivative(Operation *op, StringRef variable) {
  return op->emitOpError("has no derivative in ")
         << variable << "; keep it constant, or stop its gradient";
}

} // namespace

Decomposition IgammaOp::buildDecomposition(Emitter &emitter) {
  return computeInDouble(emitter, *this, [](ArrayRef<Val> in) {
    return incompleteGamma(in[0], in[1], /*isComplement=*/false);
  });
}

Decomposition IgammacOp::buildDecomposition(Emitter &emitter) {
  return computeInDouble(emitter, *this, [](ArrayRef<Val> in) {
    return incompleteGamma(in[0], in[1], /*isComplement=*/true);
  });
}

Decomposition IgammaGradAOp::buildDecomposition(Emitter &emitter) {
  return computeInDouble(emitter, *this, [](ArrayRef<Val> in) {
    GammaDomain domain(in[0], in[1]);
    Val slope = gammaFactor(domain.insideA, domain.insideX) * orderSlope(domain);
    // It does not change at the ends, where igamma is defined.
    return select(domain.isInside, slope, igammaLimit(in[0], in[1]) * 0.0);
  });
}

// igamma(a, x(a)) stays what it is if dx = -(d igamma/da) / (d igamma/dx), where
// the latter is the factor times a / x.
Decomposition RandomGammaGradOp::buildDecomposition(Emitter &emitter) {
  return computeInDouble(emitter, *this, [](ArrayRef<Val> in) {
    GammaDomain domain(in[0], in[1]);
    Val slope = -(orderSlope(domain) * domain.insideX / domain.insideA);
    return select(domain.isInside, slope, igammaLimit(in[0], in[1]) * 0.0);
  });
}

LogicalResult IgammaGradAOp::buildJvp(JvpContext &) { return hasNoDerivative(*this, "itself"); }
LogicalResult RandomGammaGradOp::buildJvp(JvpContext &) { return hasNoDerivative(*this, "itself"); }

// d igamma/dx = x^(a-1) e^-x / gamma(a)
Val igammaTangent(Val order, Val x, Val dorder, Val dx) {
  Val tangent = dorder ? dorder * IgammaGradAOp::of(order, x) : Val();
  if (!dx)
    return tangent;
  Type wide = Float64Type::get(x.element().getContext());
  Val a = convert(order, wide), y = convert(x, wide);
  Val density = ExpOp::of(xlogy(a - 1.0, y) - y - LgammaOp::of(a));
  return tangent + dx * convert(density, x.element());
}

//===----------------------------------------------------------------------===//
// Incomplete beta function
//===----------------------------------------------------------------------===//

namespace {

/// log(x^a (1-x)^b / beta(a, b)), with y = 1 - x. For large parameters from the
/// distances of x and y to where the product is greatest.
Val logBetaFactor(Val a, Val b, Val x, Val y) {
  Val isLarge = compare(MinOp::of(a, b), 10.0, "ge");
  Val p = select(isLarge, a, a.splat(10)), q = select(isLarge, b, b.splat(10)), n = p + q;
  Val distance =
      p * logDefect(x * n / p, (x * n - p) / p) + q * logDefect(y * n / q, (y * n - q) / q);
  Val correction = stirlingCorrection(n) - stirlingCorrection(p) - stirlingCorrection(q);
  Val large = 0.5 * LogOp::of(p * (q / n) / (2 * M_PI)) - distance + correction;
  Val r = select(isLarge, a.splat(1), a), s = select(isLarge, b.splat(1), b);
  Val logBeta = LgammaOp::of(r) + LgammaOp::of(s) - LgammaOp::of(r + s);
  return select(isLarge, large, r * LogOp::of(x) + s * Log1pOp::of(-x) - logBeta);
}

/// The continued fraction of the incomplete beta function, 1 + d1/(1 + d2/...),
/// where it converges fast: x < (a + 1) / (a + b + 2). Two steps at once.
Val betaFraction(Val a, Val b, Val x) {
  Val one = x.splat(1);
  Val d = 1.0 / (1.0 - (a + b) * x / (a + 1.0));
  State result = repeat(
      {a, b, x, x.splat(0), one, d, d, x.splat(2)},
      [](ArrayRef<Val> s) { return matters(s[7] - 1.0, s[7].splat(1)); },
      [](ArrayRef<Val> s) -> State {
        Val isOn = matters(s[7] - 1.0, s[7].splat(1));
        Val a = s[0], b = s[1], x = s[2], m = s[3] + 1.0, c = s[4], d = s[5], h = s[6];
        Val twice = m + m, at = a + twice;
        Val even = m * (b - m) * x / ((at - 1.0) * at);
        d = 1.0 / (even * d + 1.0), c = 1.0 + even / c;
        Val product = d * c;
        Val odd = -((a + m) * (a + b + m) * x / (at * (at + 1.0)));
        d = 1.0 / (odd * d + 1.0), c = 1.0 + odd / c;
        // Factors near one would go on to add up their rounding.
        Val change = select(isOn, product * (d * c), x.splat(1));
        return {a, b, x, m, c, d, h * change, change};
      });
  return result[6];
}

Val incompleteBeta(Val a, Val b, Val x) {
  Val isValid = AndOp::of(AndOp::of(compare(a, 0.0, "gt"), compare(b, 0.0, "gt")),
                          AndOp::of(compare(x, 0.0, "ge"), compare(x, 1.0, "le")));
  Val isInside = AndOp::of(AndOp::of(isValid, compare(MaxOp::of(a, b), infinity, "lt")),
                           AndOp::of(compare(x, 0.0, "gt"), compare(x, 1.0, "lt")));
  Val p = select(isInside, a, a.splat(1)), q = select(isInside, b, b.splat(1));
  Val at = select(isInside, x, x.splat(0.5)), rest = 1.0 - at;
  // Beyond its mean the function of the complement is the one that converges.
  Val isSwapped = compare(at, (p + 1.0) / (p + q + 2.0), "gt");
  Val first = select(isSwapped, q, p), second = select(isSwapped, p, q);
  Val place = select(isSwapped, rest, at);
  Val value = ExpOp::of(logBetaFactor(p, q, at, rest)) * betaFraction(first, second, place) / first;
  value = select(isSwapped, 1.0 - value, value);
  Val atEnd = select(compare(x, 0.0, "eq"), x.splat(0), x.splat(1));
  Val isEnd = AndOp::of(isValid, OrOp::of(compare(x, 0.0, "eq"), compare(x, 1.0, "eq")));
  return select(isInside, value, select(isEnd, atEnd, x.splat(notANumber)));
}

} // namespace

Decomposition BetaincOp::buildDecomposition(Emitter &emitter) {
  return computeInDouble(emitter, *this,
                         [](ArrayRef<Val> in) { return incompleteBeta(in[0], in[1], in[2]); });
}

// d betainc/dx = x^(a-1) (1-x)^(b-1) / beta(a, b)
LogicalResult BetaincOp::buildJvp(JvpContext &c) {
  if (c.tangent(0) || c.tangent(1))
    return hasNoDerivative(*this, "its parameters");
  Type wide = Float64Type::get(getContext()), element = getX().getType().getElementType();
  Val a = convert(c.in(0), wide), b = convert(c.in(1), wide), x = convert(c.in(2), wide);
  Val logBeta = LgammaOp::of(a) + LgammaOp::of(b) - LgammaOp::of(a + b);
  Val density = ExpOp::of(xlogy(a - 1.0, x) + xlogy(b - 1.0, 1.0 - x) - logBeta);
  c.set(c.tangent(2) * convert(density, element));
  return success();
}

//===----------------------------------------------------------------------===//
// Hurwitz zeta function
//===----------------------------------------------------------------------===//

namespace {

/// From here on the sum of (w + k)^-x is left to the formula, for x up to w.
Val zetaStart(Val x) { return MaxOp::of(x, x.splat(12)); }

/// The sum of (w + k)^-x over k from 0, for w from zetaStart on: L. Euler's and
/// C. Maclaurin's formula.
Val zetaTail(Val x, Val w, Val power) {
  // B_2j / (2j)!
  constexpr double coefficients[] = {
      1.0 / 12,
      -1.0 / 720,
      1.0 / 30240,
      -1.0 / 1209600,
      1.0 / 47900160,
      -691.0 / 1307674368000.0,
      1.0 / 74724249600.0,
      -3617.0 / 10670622842880000.0,
      43867.0 / 5109094217170944000.0,
      -174611.0 / 802857662698291200000.0,
      5.5090028283602295e-18,
      -1.3954464685812522e-19,
  };
  Val sum = power * w / (x - 1.0) + power * 0.5;
  Val factor = power * (x / w), square = 1.0 / (w * w);
  for (auto [j, coefficient] : llvm::enumerate(coefficients)) {
    sum = sum + factor * coefficient;
    factor = factor * ((x + double(2 * j + 1)) * ((x + double(2 * j + 2)) * square));
  }
  return sum;
}

/// Adds terms until the formula serves, or until they do not matter. What comes
/// next and the sum; the former is infinite in the second case.
std::pair<Val, Val> zetaHead(Val x, Val q) {
  auto isActive = [](ArrayRef<Val> s) { return compare(s[1], zetaStart(s[0]), "lt"); };
  State result = repeat({x, q, q.splat(0)}, isActive, [&](ArrayRef<Val> s) -> State {
    Val x = s[0], w = s[1], isBelow = isActive(s);
    Val term = select(isBelow, PowOp::of(w, -x), Val());
    Val sum = s[2] + term;
    Val isDone =
        AndOp::of(AndOp::of(isBelow, compare(w, 0.0, "gt")), NotOp::of(matters(term, sum)));
    Val next = select(isBelow, w + 1.0, w);
    return {x, select(isDone, w.splat(infinity), next), sum};
  });
  return {result[1], result[2]};
}

Val hurwitzZeta(Val x, Val q) {
  Val isWhole = compare(q, FloorOp::of(q), "eq"), isBelow = compare(q, 0.0, "le");
  Val isPole = AndOp::of(AndOp::of(isBelow, isWhole), compare(x, 1.0, "gt"));
  // Powers of negative numbers.
  Val isInvalid =
      AndOp::of(AndOp::of(isBelow, NotOp::of(isWhole)), compare(x, FloorOp::of(x), "ne"));
  Val isInside = AndOp::of(AndOp::of(compare(x, 1.0, "gt"), compare(q, infinity, "lt")),
                           NotOp::of(OrOp::of(isPole, isInvalid)));
  Val inX = select(isInside, x, x.splat(2)), inQ = select(isInside, q, q.splat(12));
  auto [w, head] = zetaHead(inX, inQ);
  Val isFinite = compare(w, infinity, "lt"), from = select(isFinite, w, w.splat(12));
  Val power = PowOp::of(from, -inX);
  isFinite = AndOp::of(isFinite, compare(power, 0.0, "gt"));
  Val value = head + select(isFinite, zetaTail(inX, from, power), Val());
  Val isFar = AndOp::of(compare(x, 1.0, "gt"), compare(q, infinity, "eq"));
  Val isInfinite = OrOp::of(compare(x, 1.0, "eq"), isPole);
  Val isNaN = OrOp::of(compare(x, x, "ne"), compare(q, q, "ne"));
  Val outside = select(isFar, x.splat(0), x.splat(notANumber));
  outside = select(AndOp::of(isInfinite, NotOp::of(isNaN)), x.splat(infinity), outside);
  return select(isInside, value, outside);
}

} // namespace

Decomposition ZetaOp::buildDecomposition(Emitter &emitter) {
  return computeInDouble(emitter, *this,
                         [](ArrayRef<Val> in) { return hurwitzZeta(in[0], in[1]); });
}

// d zeta(x, q)/dq = -x zeta(x + 1, q)
LogicalResult ZetaOp::buildJvp(JvpContext &c) {
  if (c.tangent(0))
    return hasNoDerivative(*this, "its exponent");
  c.set(c.tangent(1) * -(c.in(0) * ZetaOp::of(c.in(0) + 1.0, c.in(1))));
  return success();
}

//===----------------------------------------------------------------------===//
// Modified Bessel functions
//===----------------------------------------------------------------------===//

namespace {

/// The sum of coefficients[k] T_k(t), with Chebyshev's polynomials.
Val chebyshev(Val t, ArrayRef<double> coefficients) {
  Val twice = t + t, next, value = t.splat(coefficients.back());
  for (double coefficient : llvm::reverse(coefficients.drop_front().drop_back())) {
    Val before = twice * value + coefficient;
    if (next)
      before = before - next;
    next = value, value = before;
  }
  return t * value + coefficients.front() - next;
}

/// A function of |x| that is smooth in x / 4 - 1 up to 8, and over sqrt(x) in
/// 16 / x - 1 above. The coefficients were computed with 60 digits.
Val besselBranches(Val x, ArrayRef<double> near, ArrayRef<double> far, bool isOdd) {
  Val magnitude = AbsOp::of(x), isNear = compare(magnitude, 8.0, "le");
  Val close = select(isNear, magnitude, x.splat(8)),
      distant = select(isNear, x.splat(8), magnitude);
  Val inner = chebyshev(close * 0.25 - 1.0, near);
  Val outer = chebyshev(16.0 / distant - 1.0, far) / SqrtOp::of(distant);
  if (!isOdd)
    return select(isNear, inner, outer);
  return select(isNear, inner * x, SignOp::of(x) * outer);
}

} // namespace

Decomposition BesselI0eOp::buildDecomposition(Emitter &emitter) {
  return computeInDouble(emitter, *this, [](ArrayRef<Val> in) {
    return besselBranches(
        in[0], {0.33839763720473803,     -0.3046826723431984,     0.17162090152220877,
                -0.094901097048047639,   0.049305284239670712,    -0.023737414805899471,
                0.010546460394594998,    -0.0043243099950505759,  0.0016394756169413357,
                -0.00057637557453858236, 0.00018850288509584165,  -5.754195010082104e-05,
                1.6448448070728896e-05,  -4.4167383584587505e-06, 1.1173875391201037e-06,
                -2.6707938539406119e-07, 6.0469950225419186e-08,  -1.300025009986248e-08,
                2.6598237246823866e-09,  -5.1897956016352627e-10, 9.675809035373237e-11,
                -1.7268262914415559e-11, 2.9550526631296399e-12,  -4.856446783111929e-13,
                7.6761854986049361e-14,  -1.1685332877993451e-14, 1.7153912855551331e-15,
                -2.4312798465479549e-16},
        {0.40224520550705439,     0.0033691164782556943,   6.8897583469168245e-05,
         2.8913705208347567e-06,  2.0489185894690638e-07,  2.266668990498178e-08,
         3.3962320257083865e-09,  4.9406023882249701e-10,  1.1889147107846439e-11,
         -3.1499165279632416e-11, -1.3215811840447713e-11, -1.7941785315068062e-12,
         7.180124451383666e-13,   3.8527783827421426e-13,  1.54008621752141e-14,
         -4.1505693472872222e-14, -9.5548466988283073e-15, 3.8116806693526224e-15,
         1.7725601330565263e-15,  -3.425485619677219e-16,  -2.8276239805165836e-16,
         3.4612228676974612e-17,  4.4656214202967598e-17,  -4.8305044859441819e-18,
         -7.2331804878747538e-18},
        /*isOdd=*/false);
  });
}

Decomposition BesselI1eOp::buildDecomposition(Emitter &emitter) {
  return computeInDouble(emitter, *this, [](ArrayRef<Val> in) {
    return besselBranches(
        in[0], {0.12629359322181682,     -0.17641651835783406,    0.10264365868984709,
                -0.052945981208094989,   0.024726449030626516,    -0.010564084894626197,
                0.0041564229443128882,   -0.0015135724506312532,  0.00051228595616857576,
                -0.00016176081582589674, 4.7815651075500542e-05,  -1.3273163656039436e-05,
                3.4702513081376785e-06,  -8.5687202646954547e-07, 2.0032947535521353e-07,
                -4.4450591287963281e-08, 9.3815373864957726e-09,  -1.8872497517228294e-09,
                3.6255902815521172e-10,  -6.6634897235020271e-11, 1.1736186298890901e-11,
                -1.9839743977649436e-12, 3.2237933659455748e-13,  -5.0421855047279118e-14,
                7.6006842947354077e-15,  -1.1055969477353862e-15, 1.5536319577362005e-16,
                -2.111421214358166e-17},
        {0.38928811750914005,     -0.0097610974913614687,  -0.00011058893876262371,
         -3.8825648088776906e-06, -2.5122362378702088e-07, -2.6314688468895196e-08,
         -3.835380385964237e-09,  -5.5897434621965838e-10, -1.8974958123505413e-11,
         3.2526035830154884e-11,  1.4125807436613782e-11,  2.0356285441470896e-12,
         -7.1985517762459084e-13, -4.0835511110921974e-13, -2.1015418427726643e-14,
         4.272440016711951e-14,   1.0420276984128802e-14,  -3.8144030724370075e-15,
         -1.8803547755107825e-15, 3.3082023109209285e-16,  2.9626289976459501e-16,
         -3.2095259219934238e-17, -4.6503053684893586e-17, 4.4143483230717077e-18,
         7.5172963108421052e-18},
        /*isOdd=*/true);
  });
}

// d bessel_i1e(x) = bessel_i0e(x) - (sign(x) + 1 / x) bessel_i1e(x), 1/2 at 0
Val besselI1eSlope(Val x, Val out) {
  Val isZero = compare(x, 0.0, "eq"), other = select(isZero, x.splat(1), x);
  return select(isZero, x.splat(0.5), BesselI0eOp::of(x) - (SignOp::of(x) + 1.0 / other) * out);
}

} // namespace mjx
