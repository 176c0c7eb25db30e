//===- Val.cpp - A value to write mathematics with ------------------------===//
#include "mjx/Interfaces/Val.h"

#include "mjx/IR/Mjx.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace mjx {

static bool isSplatAttribute(DenseElementsAttr attribute, double number) {
  if (!attribute || !attribute.isSplat())
    return false;
  Type element = attribute.getElementType();
  if (isa<FloatType>(element))
    return attribute.getSplatValue<APFloat>().convertToDouble() == number;
  if (isa<IntegerType>(element))
    return attribute.getSplatValue<APInt>() == APInt(element.getIntOrFloatBitWidth(),
                                                     static_cast<int64_t>(number),
                                                     /*isSigned=*/true, /*implicitTrunc=*/true);
  auto value = attribute.getSplatValue<std::complex<APFloat>>();
  return value.real().convertToDouble() == number && value.imag().isZero();
}

DenseElementsAttr splatOf(Value value) {
  while (auto broadcast = value.getDefiningOp<BroadcastInDimOp>())
    value = broadcast.getX();
  auto constant = value.getDefiningOp<ConstantOp>();
  auto elements = constant ? dyn_cast<DenseElementsAttr>(constant.getValue()) : DenseElementsAttr();
  return elements && elements.isSplat() ? elements : DenseElementsAttr();
}

bool isSplat(Value value, double number) { return isSplatAttribute(splatOf(value), number); }

bool isPositiveZero(Value value) {
  DenseElementsAttr splat = splatOf(value);
  if (!isSplatAttribute(splat, 0))
    return false;
  if (isa<FloatType>(splat.getElementType()))
    return !splat.getSplatValue<APFloat>().isNegative();
  if (isa<IntegerType>(splat.getElementType()))
    return true;
  auto zero = splat.getSplatValue<std::complex<APFloat>>();
  return !zero.real().isNegative() && !zero.imag().isNegative();
}

/// Whether |c| is a power of 2, neither so great nor so small that products
/// with its inverse could be out of range.
static bool isExactScale(const APFloat &c) {
  int exponent = ilogb(c);
  return c.isFiniteNonZero() && c.getExactLog2Abs() != INT_MIN && std::abs(exponent) <= 64;
}

std::optional<APFloat> mergedScale(const APFloat &c, const APFloat &d) {
  APFloat product = c;
  product.multiply(d, APFloat::rmNearestTiesToEven);
  bool isExact = isExactScale(c) || isExactScale(d);
  if (!isExact || !product.isNormal())
    return std::nullopt;
  return product;
}

//===----------------------------------------------------------------------===//
// Operators
//===----------------------------------------------------------------------===//

static Val splatLike(Val x, APFloat number) {
  DenseElementsAttr value = DenseElementsAttr::get(x.type(), number);
  // Constants have no operands: never linear.
  return {*x.emitter, ConstantOp::create(x.emitter->primal, x.emitter->loc, value)};
}

static std::optional<APFloat> realSplat(Value value) {
  DenseElementsAttr splat = splatOf(value);
  if (!splat || !isa<FloatType>(splat.getElementType()))
    return std::nullopt;
  return splat.getSplatValue<APFloat>();
}

/// What `x` is the negative of; null if it is not written so.
static Val negated(Val x) {
  auto neg = x.value.getDefiningOp<NegOp>();
  return neg ? Val(*x.emitter, neg.getX()) : Val();
}

/// A product with a constant, taken apart: `value` is null if `x` is none.
struct Scaled {
  Val value;
  std::optional<APFloat> scale;
};

static Scaled scaledParts(Val x) {
  auto product = x.value.getDefiningOp<MulOp>();
  if (!product)
    return {};
  if (std::optional<APFloat> scale = realSplat(product.getY()))
    return {{*x.emitter, product.getX()}, scale};
  if (std::optional<APFloat> scale = realSplat(product.getX()))
    return {{*x.emitter, product.getY()}, scale};
  return {};
}

/// The same for a scale that may move out of other products, and is in nobody's
/// way yet.
static Scaled movableScale(Val x) {
  Scaled parts = x.value.use_empty() ? scaledParts(x) : Scaled();
  return parts.value && isExactScale(*parts.scale) ? parts : Scaled();
}

/// Whether two values are seen to be the same: one, or the same product.
static bool areSame(Value x, Value y, int depth = 2) {
  if (x == y)
    return true;
  auto first = x.getDefiningOp<MulOp>(), second = y.getDefiningOp<MulOp>();
  if (DenseElementsAttr splat = splatOf(x); splat && x.getType() == y.getType())
    return splat == splatOf(y);
  if (!first || !second || depth == 0)
    return false;
  Value a = first.getX(), b = first.getY(), c = second.getX(), d = second.getY();
  return (areSame(a, c, depth - 1) && areSame(b, d, depth - 1)) ||
         (areSame(a, d, depth - 1) && areSame(b, c, depth - 1));
}

/// A product in which one factor repeats a smaller tensor: `small` is that, null
/// if `x` is no such.
struct SmallFactor {
  Val small, other;
  BroadcastInDimOp copies;
};

static SmallFactor smallFactor(Val x) {
  auto product = x.value.getDefiningOp<MulOp>();
  if (!product)
    return {};
  for (auto [factor, other] :
       {std::pair(product.getX(), product.getY()), {product.getY(), product.getX()}}) {
    auto copies = factor.getDefiningOp<BroadcastInDimOp>();
    if (copies && copies.getX().getType().getNumElements() < x.type().getNumElements())
      return {{*x.emitter, copies.getX()}, {*x.emitter, other}, copies};
  }
  return {};
}

/// A choice that is exactly zero where it is not made: `arm` is what it is
/// otherwise, null if `x` is no such.
struct Chosen {
  Val predicate, arm;
  bool onTrue = true;
};

static Chosen chosenParts(Val x) {
  auto select = x.value.getDefiningOp<SelectOp>();
  if (!select || !x.value.use_empty())
    return {};
  auto isNothing = [&](Value value) {
    auto found = x.emitter->begun.find(value);
    return found != x.emitter->begun.end() && found->second.start.empty();
  };
  Val predicate(*x.emitter, select.getPredicate());
  if (isNothing(select.getOnFalse()))
    return {predicate, {*x.emitter, select.getOnTrue()}, true};
  if (isNothing(select.getOnTrue()))
    return {predicate, {*x.emitter, select.getOnFalse()}, false};
  return {};
}

/// The choice with another arm.
static Val chosen(const Chosen &choice, Val arm) {
  return choice.onTrue ? select(choice.predicate, arm, {}) : select(choice.predicate, {}, arm);
}

Val operator-(Val x) {
  if (!x)
    return x;
  if (Val y = negated(x))
    return y;
  if (std::optional<APFloat> c = realSplat(x))
    return splatLike(x, neg(*c));
  return NegOp::of(x);
}

/// The sum of two choices by one predicate is one choice.
static Val sumOfChoices(Val x, Val y) {
  Chosen first = chosenParts(x), second = first.arm ? chosenParts(y) : Chosen();
  if (!second.arm || first.predicate.value != second.predicate.value)
    return {};
  if (first.onTrue == second.onTrue)
    return chosen(first, first.arm + second.arm);
  return first.onTrue ? select(first.predicate, first.arm, second.arm)
                      : select(first.predicate, second.arm, first.arm);
}

/// 2 x where that is cheaper than x + x: half of something, or a product with
/// copies of something smaller, which is doubled. Null if it is neither.
static Val doubled(Val x) {
  if (scaledParts(x).value)
    return x * 2.0;
  SmallFactor factor = smallFactor(x);
  if (!factor.small)
    return {};
  return factor.other * broadcast(factor.small * 2.0, x.shape(), factor.copies.getDims());
}

/// x + y where y is in x already, if that is cheaper; null otherwise.
static Val sumOfSame(Val x, Val y) {
  if (areSame(x, y))
    return doubled(x);
  auto add = x.value.use_empty() ? x.value.getDefiningOp<AddOp>() : AddOp();
  if (!add)
    return {};
  for (auto [value, other] : {std::pair(add.getX(), add.getY()), {add.getY(), add.getX()}})
    if (Val twice = areSame(value, y) ? doubled(y) : Val())
      return Val(*x.emitter, other) + twice;
  return {};
}

/// The same for x - y.
static Val differenceOfSame(Val x, Val y) {
  auto sub = x.value.use_empty() ? x.value.getDefiningOp<SubOp>() : SubOp();
  Val twice = sub && areSame(sub.getY(), y) ? doubled(y) : Val();
  return twice ? Val(*x.emitter, sub.getX()) - twice : Val();
}

Val operator+(Val x, Val y) {
  if (!x)
    return y;
  if (!y)
    return x;
  if (Val z = negated(y))
    return x - z;
  if (Val z = negated(x))
    return y - z;
  if (Val choice = sumOfChoices(x, y))
    return choice;
  if (Val z = sumOfSame(x, y))
    return z;
  if (Scaled first = movableScale(x), second = movableScale(y);
      first.value && second.value && first.scale->bitwiseIsEqual(*second.scale))
    return (first.value + second.value) * splatLike(first.value, *first.scale);
  return AddOp::of(x, y);
}

Val operator-(Val x, Val y) {
  if (!y)
    return x;
  if (!x)
    return -y;
  if (isPositiveZero(y))
    return x;
  if (Val z = negated(y))
    return x + z;
  if (Val z = negated(x))
    return -(z + y);
  if (Val z = differenceOfSame(x, y))
    return z;
  return SubOp::of(x, y);
}

/// x * c for a constant; null if there is nothing better than the product.
static Val scaled(Val x, const APFloat &c) {
  if (c.isExactlyValue(1))
    return x;
  if (c.isExactlyValue(-1))
    return -x;
  Scaled inner = scaledParts(x);
  if (auto merged = inner.value ? mergedScale(*inner.scale, c) : std::nullopt)
    return inner.value * splatLike(inner.value, *merged);
  return {};
}

/// A product in which a sign, a scale by a power of 2 or a choice of `x` is
/// outside, where it may meet another; null if `x` has none.
static Val productOutside(Val x, Val y) {
  if (Val z = negated(x))
    return -(z * y);
  if (Chosen choice = chosenParts(x); choice.arm)
    return chosen(choice, choice.arm * y);
  if (Scaled inner = movableScale(x); inner.value)
    return (inner.value * y) * splatLike(inner.value, *inner.scale);
  return {};
}

Val operator*(Val x, Val y) {
  if (!x || !y)
    return {};
  if (isSplat(y, 1))
    return x;
  if (isSplat(x, 1))
    return y;
  std::optional<APFloat> c = realSplat(x), d = realSplat(y);
  if (c && d) {
    c->multiply(*d, APFloat::rmNearestTiesToEven);
    return splatLike(x, *c);
  }
  if (Val z = d ? scaled(x, *d) : c ? scaled(y, *c) : Val())
    return z;
  if (Val z = c || isSplat(x, -1) ? Val() : productOutside(x, y))
    return z;
  if (Val z = d ? Val() : productOutside(y, x))
    return z;
  return MulOp::of(x, y);
}

Val operator/(Val x, Val y) {
  if (!x || isSplat(y, 1))
    return x;
  std::optional<APFloat> d = realSplat(y);
  if (d && isExactScale(*d)) {
    APFloat inverse(d->getSemantics(), 1);
    inverse.divide(*d, APFloat::rmNearestTiesToEven);
    return x * splatLike(x, inverse);
  }
  if (Val z = negated(x))
    return -(z / y);
  if (Chosen choice = chosenParts(x); choice.arm)
    return chosen(choice, choice.arm / y);
  return DivOp::of(x, y);
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

Val compare(Val x, Val y, StringRef direction) { return CompareOp::of(x, y, direction); }

Val select(Val predicate, Val x, Val y) {
  if (!x && !y)
    return {};
  Val present = x ? x : y;
  auto arm = [&](Val value) {
    if (value)
      return value;
    Val zeros = present.splat(0);
    present.emitter->begun[zeros] = {};
    return zeros;
  };
  return SelectOp::of(predicate, arm(x), arm(y));
}

Val convert(Val x, Type element) {
  return !x || x.element() == element ? x : ConvertOp::of(x, element);
}

/// The constant that `x` is everywhere, in another shape; null if it is not one.
static Val splatIn(Val x, ArrayRef<int64_t> shape) {
  DenseElementsAttr splat = splatOf(x);
  if (!splat)
    return {};
  return {*x.emitter, ConstantOp::create(x.emitter->primal, x.emitter->loc,
                                         splat.resizeSplat(x.type().clone(shape)))};
}

static SmallVector<int64_t> at(ArrayRef<int64_t> values, ArrayRef<int64_t> indices) {
  return llvm::map_to_vector(indices, [&](int64_t i) { return values[i]; });
}

Val broadcast(Val x, ArrayRef<int64_t> shape, ArrayRef<int64_t> dims) {
  if (!x || x.shape() == shape)
    return x;
  if (Val constant = splatIn(x, shape))
    return constant;
  if (auto inner = x.value.getDefiningOp<BroadcastInDimOp>())
    return broadcast({*x.emitter, inner.getX()}, shape, at(dims, inner.getDims()));
  // A sign that is outside may become a difference.
  if (Val y = negated(x))
    return -broadcast(y, shape, dims);
  return {*x.emitter, x.emitter->create<BroadcastInDimOp>(x.type().clone(shape), x.value, dims)};
}

Val reshape(Val x, ArrayRef<int64_t> shape) {
  if (!x || x.shape() == shape)
    return x;
  if (Val constant = splatIn(x, shape))
    return constant;
  if (auto inner = x.value.getDefiningOp<ReshapeOp>())
    return reshape({*x.emitter, inner.getX()}, shape);
  return {*x.emitter, x.emitter->create<ReshapeOp>(x.type().clone(shape), x.value)};
}

Val transpose(Val x, ArrayRef<int64_t> permutation) {
  if (!x || llvm::equal(permutation, iotaDims(permutation.size())))
    return x;
  SmallVector<int64_t> shape = at(x.shape(), permutation);
  if (Val constant = splatIn(x, shape))
    return constant;
  if (auto inner = x.value.getDefiningOp<TransposeOp>())
    return transpose({*x.emitter, inner.getX()}, at(inner.getPermutation(), permutation));
  return {*x.emitter, x.emitter->create<TransposeOp>(x.type().clone(shape), x.value, permutation)};
}

/// The sum over `dims` of a broadcast: where the copies are summed, a multiple.
static Val sumOfCopies(Val x, ArrayRef<int64_t> dims) {
  auto copies = x.value.getDefiningOp<BroadcastInDimOp>();
  if (!copies || x.type().getNumElements() == 0)
    return {};
  double count = 1;
  SmallVector<int64_t> left, summed;
  for (int64_t dim : iotaDims(x.rank())) {
    bool isSummed = llvm::is_contained(dims, dim);
    bool isNew = !llvm::is_contained(copies.getDims(), dim);
    if (isSummed && isNew)
      count *= static_cast<double>(x.shape()[dim]);
    else
      left.push_back(dim);
    if (isSummed && !isNew)
      summed.push_back(left.size() - 1);
  }
  bool holdsCount = !x.element().isF16() && !x.element().isBF16() && count < (1 << 24);
  if (left.size() == static_cast<size_t>(x.rank()) || !holdsCount)
    return {};
  SmallVector<int64_t> places = llvm::map_to_vector(copies.getDims(), [&](int64_t dim) {
    return static_cast<int64_t>(llvm::find(left, dim) - left.begin());
  });
  Val fewer = broadcast({*x.emitter, copies.getX()}, at(x.shape(), left), places);
  return sum(fewer, summed) * count;
}

Val sum(Val x, ArrayRef<int64_t> dims) {
  if (!x || dims.empty())
    return x;
  SmallVector<int64_t> shape = at(x.shape(), otherDims(x.rank(), dims));
  if (llvm::all_of(dims, [&](int64_t dim) { return x.shape()[dim] == 1; }))
    return reshape(x, shape);
  if (Val multiple = sumOfCopies(x, dims))
    return multiple;
  if (Val y = negated(x))
    return -sum(y, dims);
  return {*x.emitter, x.emitter->create<ReduceOp>(x.type().clone(shape), "add", x.value, dims)};
}

//===----------------------------------------------------------------------===//
// Dimensions
//===----------------------------------------------------------------------===//

SmallVector<int64_t> iotaDims(int64_t n) { return llvm::to_vector(llvm::seq<int64_t>(0, n)); }

SmallVector<int64_t> inversePermutation(ArrayRef<int64_t> permutation) {
  SmallVector<int64_t> inverse(permutation.size());
  for (auto [i, dim] : llvm::enumerate(permutation))
    inverse[dim] = i;
  return inverse;
}

SmallVector<int64_t> otherDims(int64_t rank, ArrayRef<int64_t> dims) {
  return llvm::to_vector(llvm::make_filter_range(
      llvm::seq<int64_t>(0, rank), [&](int64_t d) { return !llvm::is_contained(dims, d); }));
}

} // namespace mjx
