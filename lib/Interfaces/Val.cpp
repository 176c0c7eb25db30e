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

Val operator-(Val x) {
  if (!x)
    return x;
  if (Val y = negated(x))
    return y;
  return NegOp::of(x);
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
  return SubOp::of(x, y);
}

/// x * c for a constant; null if there is nothing better than the product.
static Val scaled(Val x, const APFloat &c) {
  if (c.isExactlyValue(1))
    return x;
  if (c.isExactlyValue(-1))
    return -x;
  auto inner = x.value.getDefiningOp<MulOp>();
  if (!inner)
    return {};
  for (auto [value, other] : {std::pair(inner.getX(), inner.getY()), {inner.getY(), inner.getX()}})
    if (std::optional<APFloat> d = realSplat(other))
      if (std::optional<APFloat> merged = mergedScale(*d, c)) {
        Val y(*x.emitter, value);
        return y * splatLike(y, *merged);
      }
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
  // A sign that is outside may meet another or become a difference.
  if (Val z = negated(x))
    return -(z * y);
  if (Val z = negated(y))
    return -(x * z);
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
  return SelectOp::of(predicate, x ? x : present.splat(0), y ? y : present.splat(0));
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
