//===- ReductionOps.cpp - Many elements to fewer, or in order -------------===//
#include "StructuredRules.h"

using namespace mlir;

namespace mjx {

namespace {

LogicalResult checkDim(std::optional<Location> loc, StringRef who, int64_t dim, int64_t rank) {
  if (dim >= 0 && dim < rank)
    return success();
  return emitOptionalError(loc, who, ": expected a dimension in [0, ", rank, "), but got ", dim);
}

LogicalResult checkDims(std::optional<Location> loc, StringRef who, ArrayRef<int64_t> dims,
                        int64_t rank) {
  SmallVector<bool> isSeen(rank);
  for (int64_t dim : dims) {
    if (failed(checkDim(loc, who, dim, rank)))
      return failure();
    if (std::exchange(isSeen[dim], true))
      return emitOptionalError(loc, who, ": expected each dimension once, but got ", dim, " twice");
  }
  return success();
}

bool isBool(Type element) { return element.isInteger(1); }

/// Whether elements of this type can be combined by `kind`.
bool isCombinable(StringRef kind, Type element) {
  if (kind == "add" || kind == "mul")
    return !isBool(element);
  if (kind == "min" || kind == "max")
    return !isa<ComplexType>(element);
  if (kind == "logaddexp")
    return isa<FloatType>(element);
  return isa<IntegerType>(element);
}

} // namespace

LogicalResult checkKind(std::optional<Location> loc, StringRef who, StringRef kind, Type element) {
  if (isCombinable(kind, element))
    return success();
  StringRef expected = kind == "add" || kind == "mul"   ? "numbers"
                       : kind == "min" || kind == "max" ? "real numbers or booleans"
                       : kind == "logaddexp"            ? "floating point numbers"
                                                        : "integers or booleans";
  return emitOptionalError(loc, who, ": expected ", expected, " for kind ", kind,
                           ", but got elements of type ", element);
}

namespace {

SmallVector<int64_t> extents(ArrayRef<int64_t> shape, ArrayRef<int64_t> dims) {
  SmallVector<int64_t> result;
  for (int64_t dim : dims)
    result.push_back(shape[dim]);
  return result;
}

/// `dims` of one example, counted in a batch whose dimension is `batch`.
SmallVector<int64_t> batchedDims(ArrayRef<int64_t> dims, int64_t batch) {
  SmallVector<int64_t> result;
  for (int64_t dim : dims)
    result.push_back(dim + (dim >= batch));
  return result;
}

/// Where the batch dimension is once `dims`, counted in the batch, are gone.
int64_t batchDimWithout(ArrayRef<int64_t> dims, int64_t batch) {
  return batch - llvm::count_if(dims, [&](int64_t dim) { return dim < batch; });
}

//===----------------------------------------------------------------------===//
// Parts along one dimension
//===----------------------------------------------------------------------===//

Val reverse(Val x, int64_t dim) {
  return {*x.emitter, x.emitter->create<ReverseOp>(x.type(), x.value, dim)};
}

/// Elements `start` to `start + size` along `dim`.
Val part(Val x, int64_t dim, int64_t start, int64_t size) {
  SmallVector<int64_t> starts(x.rank(), 0), limits(x.shape()), ones(x.rank(), 1), shape(x.shape());
  starts[dim] = start;
  limits[dim] = start + size;
  shape[dim] = size;
  return {*x.emitter,
          x.emitter->create<SliceOp>(x.type().clone(shape), x.value, starts, limits, ones)};
}

/// Puts `low` and `high` elements of `fill` around `dim`; removes if negative.
Val pad(Val x, double fill, int64_t dim, int64_t low, int64_t high) {
  SmallVector<int64_t> lows(x.rank(), 0), highs(x.rank(), 0), interior(x.rank(), 0);
  SmallVector<int64_t> shape(x.shape());
  lows[dim] = low;
  highs[dim] = high;
  shape[dim] += low + high;
  Value value = x.emitter->splat(x.type().clone(ArrayRef<int64_t>()), fill);
  return {*x.emitter,
          x.emitter->create<PadOp>(x.type().clone(shape), x.value, value, lows, highs, interior)};
}

Val cumulative(StringRef kind, Val x, int64_t dim, bool isReverse) {
  return {*x.emitter, x.emitter->create<CumulativeOp>(x.type(), kind, x.value, dim, isReverse)};
}

} // namespace

//===----------------------------------------------------------------------===//
// reduce
//===----------------------------------------------------------------------===//

LogicalResult ReduceOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                         Adaptor adaptor, SmallVectorImpl<Type> &types) {
  auto type = dyn_cast<RankedTensorType>(adaptor.getX().getType());
  if (!type)
    return emitOptionalError(loc, "reduce: expected a tensor, but got ", adaptor.getX().getType());
  ArrayRef<int64_t> dims = adaptor.getDims();
  if (failed(checkKind(loc, "reduce", adaptor.getKind(), type.getElementType())) ||
      failed(checkDims(loc, "reduce", dims, type.getRank())))
    return failure();
  types.push_back(type.clone(extents(type.getShape(), otherDims(type.getRank(), dims))));
  return success();
}

static int64_t elementsReduced(ReduceOp op) {
  int64_t count = 1;
  for (int64_t dim : op.getDims())
    count *= op.getX().getType().getShape()[dim];
  return count;
}

/// The sum of `count` elements that are all alike; null if not a real number.
static Attribute multipleOf(SplatElementsAttr splat, int64_t count) {
  Type element = splat.getElementType();
  if (isa<FloatType>(element))
    return FloatAttr::get(element, splat.getSplatValue<APFloat>().convertToDouble() *
                                       static_cast<double>(count));
  if (!isa<IntegerType>(element))
    return {};
  APInt value = splat.getSplatValue<APInt>();
  return IntegerAttr::get(element, value * APInt(value.getBitWidth(), count, /*isSigned=*/false,
                                                 /*implicitTrunc=*/true));
}

OpFoldResult ReduceOp::fold(FoldAdaptor adaptor) {
  if (getDims().empty())
    return getX();
  auto splat = dyn_cast_if_present<SplatElementsAttr>(adaptor.getX());
  int64_t count = elementsReduced(*this);
  if (!splat || count == 0)
    return {};
  StringRef kind = getKind();
  if (kind == "min" || kind == "max" || kind == "and" || kind == "or")
    return splat.resizeSplat(getType());
  Attribute sum = kind == "add" ? multipleOf(splat, count) : Attribute();
  return sum ? DenseElementsAttr::get(getType(), sum) : Attribute();
}

/// With the dimensions `dims` joined into one, which comes last.
static Val joinLast(Val x, ArrayRef<int64_t> dims) {
  SmallVector<int64_t> permutation = otherDims(x.rank(), dims);
  SmallVector<int64_t> shape = extents(x.shape(), permutation);
  int64_t joined = 1;
  for (int64_t size : extents(x.shape(), dims))
    joined *= size;
  shape.push_back(joined);
  llvm::append_range(permutation, dims);
  return reshape(transpose(x, permutation), shape);
}

/// In each place the product of the elements on one side of it.
static Val exclusiveProduct(Val x, int64_t dim, bool isReverse) {
  Val products = cumulative("mul", x, dim, isReverse);
  return pad(products, 1, dim, isReverse ? -1 : 1, isReverse ? 1 : -1);
}

// d(prod x) = sum over i of dx[i] * (product of the x[j], j != i), where the
// product is that of all before i times that of all after it: right for zeros.
static Val productTangent(Val x, Val dx, ArrayRef<int64_t> dims) {
  x = joinLast(x, dims);
  int64_t last = x.rank() - 1;
  Val others = exclusiveProduct(x, last, false) * exclusiveProduct(x, last, true);
  return sum(joinLast(dx, dims) * others, last);
}

// d(max x) = the mean of dx over the elements that are greatest.
static Val extremumTangent(Val x, Val out, Val dx, ArrayRef<int64_t> dims) {
  Val isAttained = compare(x, broadcast(out, x.shape(), otherDims(x.rank(), dims)), "eq");
  Val count = sum(convert(isAttained, x.element()), dims);
  return sum(select(isAttained, dx, Val()), dims) / count;
}

// d(sum x) = sum dx; the others above. Of no elements the result is constant.
LogicalResult ReduceOp::buildJvp(JvpContext &c) {
  Val x = c.in(0), dx = c.tangent(0);
  if (elementsReduced(*this) == 0)
    return success();
  if (getKind() == "add")
    c.set(sum(dx, getDims()));
  else if (getKind() == "mul")
    c.set(productTangent(x, dx, getDims()));
  else if (getKind() == "min" || getKind() == "max")
    c.set(extremumTangent(x, c.out(), dx, getDims()));
  return success();
}

// The reverse of a sum: every element of x gets the cotangent.
LogicalResult ReduceOp::buildTranspose(TransposeContext &c) {
  if (getKind() != "add")
    return emitOpError("is linear for kind add only, but is of kind ") << getKind();
  RankedTensorType type = c.inType(0);
  c.add(0, broadcast(c.cotangent(), type.getShape(), otherDims(type.getRank(), getDims())));
  return success();
}

LogicalResult ReduceOp::buildBatch(BatchContext &c) {
  SmallVector<int64_t> dims = batchedDims(getDims(), c.dim(0));
  Val x = c.in(0);
  Type type = x.type().clone(extents(x.shape(), otherDims(x.rank(), dims)));
  c.set({c.emitter, c.emitter.create<ReduceOp>(type, getKind(), x.value, dims)},
        batchDimWithout(dims, c.dim(0)));
  return success();
}

//===----------------------------------------------------------------------===//
// arg_reduce
//===----------------------------------------------------------------------===//

LogicalResult ArgReduceOp::verify() {
  RankedTensorType type = getX().getType();
  int64_t dim = getDim(), rank = type.getRank();
  if (failed(checkDim(getLoc(), "arg_reduce", dim, rank)))
    return failure();
  SmallVector<int64_t> shape = extents(type.getShape(), otherDims(rank, dim));
  if (getType().getShape() != ArrayRef<int64_t>(shape))
    return emitOpError("expected a result of shape [") << shape << "], but got " << getType();
  if (type.getDimSize(dim) == 0 && !llvm::is_contained(shape, 0))
    return emitOpError("expected at least one element along dimension ")
           << dim << ", but got " << type;
  return success();
}

LogicalResult ArgReduceOp::buildBatch(BatchContext &c) {
  int64_t dim = batchedDims(getDim(), c.dim(0)).front();
  Val x = c.in(0);
  Type type = getType().clone(extents(x.shape(), otherDims(x.rank(), dim)));
  c.set({c.emitter, c.emitter.create<ArgReduceOp>(type, getKind(), x.value, dim)},
        batchDimWithout(dim, c.dim(0)));
  return success();
}

//===----------------------------------------------------------------------===//
// cumulative
//===----------------------------------------------------------------------===//

LogicalResult CumulativeOp::verify() {
  if (failed(checkDim(getLoc(), "cumulative", getDim(), getType().getRank())))
    return failure();
  return checkKind(getLoc(), "cumulative", getKind(), getType().getElementType());
}

// Of one element, or none, there is nothing to combine.
OpFoldResult CumulativeOp::fold(FoldAdaptor) {
  return getType().getDimSize(getDim()) <= 1 ? OpFoldResult(getX()) : OpFoldResult();
}

namespace {

/// How the tangent of a partial result follows from the one before and from the
/// tangent of the element that joins: dy[i] = keep[i] dy[i-1] + take[i] dx[i],
/// for i from 1. (dy[0] = dx[0].)
struct Recurrence {
  Val keep, take;
};

/// exp(x - y), and 1 where both are the same infinity.
Val ratioOfExps(Val x, Val y) { return ExpOp::of(select(compare(x, y, "eq"), Val(), x - y)); }

Recurrence recurrenceOf(StringRef kind, Val x, Val y, int64_t dim) {
  int64_t n = x.shape()[dim];
  Val element = part(x, dim, 1, n - 1), before = part(y, dim, 0, n - 1);
  if (kind == "mul")
    return {element, before};
  if (kind == "logaddexp") {
    Val after = part(y, dim, 1, n - 1);
    return {ratioOfExps(before, after), ratioOfExps(element, after)};
  }
  // Ties share the tangent, as in the binary op.
  Val wins = compare(element, before, kind == "max" ? "gt" : "lt");
  Val isTie = compare(element, before, "eq");
  Val keep = select(wins, Val(), select(isTie, element.splat(0.5), element.splat(1)));
  return {keep, 1.0 - keep};
}

/// Solves y[i] = a[i] y[i-1] + b[i], y[0] = b[0], in log2(n) steps of whole
/// arrays, each of which doubles the number of terms that y[i] has taken in.
/// `a` starts at a[1].
Val solveRecurrence(Val a, Val b, int64_t dim) {
  int64_t n = b.shape()[dim];
  for (int64_t step = 1; step < n; step *= 2) {
    b = b + pad(a * part(b, dim, 0, n - step), 0, dim, step, 0);
    if (int64_t rest = n - 2 * step; rest > 0)
      a = part(a, dim, step, rest) * part(a, dim, 0, rest);
  }
  return b;
}

} // namespace

// d(cumsum x) = cumsum dx. The others solve the recurrence of their tangents,
// which divides by nothing and so is right for zeros and infinities.
LogicalResult CumulativeOp::buildJvp(JvpContext &c) {
  Val x = c.in(0), y = c.out(), dx = c.tangent(0);
  int64_t dim = getDim(), n = x.shape()[dim];
  if (getKind() == "add" || n <= 1) {
    c.set(n <= 1 ? dx : cumulative("add", dx, dim, getReverse()));
    return success();
  }
  auto oriented = [&](Val value) { return getReverse() ? reverse(value, dim) : value; };
  Recurrence tangent = recurrenceOf(getKind(), oriented(x), oriented(y), dim);
  Val taken = pad(tangent.take, 1, dim, 1, 0) * oriented(dx);
  c.set(oriented(solveRecurrence(tangent.keep, taken, dim)));
  return success();
}

// Element i of a sum reaches all partial sums from i on.
LogicalResult CumulativeOp::buildTranspose(TransposeContext &c) {
  if (getKind() != "add")
    return emitOpError("is linear for kind add only, but is of kind ") << getKind();
  c.add(0, cumulative("add", c.cotangent(), getDim(), !getReverse()));
  return success();
}

LogicalResult CumulativeOp::buildBatch(BatchContext &c) {
  int64_t dim = batchedDims(getDim(), c.dim(0)).front();
  c.set(cumulative(getKind(), c.in(0), dim, getReverse()), c.dim(0));
  return success();
}

//===----------------------------------------------------------------------===//
// sort
//===----------------------------------------------------------------------===//

LogicalResult SortOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                       SmallVectorImpl<Type> &types) {
  ValueRange xs = adaptor.getXs();
  if (xs.empty())
    return emitOptionalError(loc, "sort: expected at least one operand, but got none");
  for (Value x : xs) {
    auto type = dyn_cast<RankedTensorType>(x.getType());
    auto first = dyn_cast<RankedTensorType>(xs.front().getType());
    if (!type || type.getShape() != first.getShape())
      return emitOptionalError(loc, "sort: expected operands of one shape, but got ",
                               xs.front().getType(), " and ", x.getType());
    types.push_back(type);
  }
  int64_t keys = adaptor.getNumKeys(), operands = xs.size();
  if (keys < 1 || keys > operands)
    return emitOptionalError(loc, "sort: expected num_keys in [1, ", operands, "], but got ", keys);
  return checkDim(loc, "sort", adaptor.getDim(), cast<RankedTensorType>(types[0]).getRank());
}

LogicalResult SortOp::fold(FoldAdaptor, SmallVectorImpl<OpFoldResult> &results) {
  if (tensorType(getXs().front()).getDimSize(getDim()) > 1)
    return failure();
  llvm::append_range(results, getXs());
  return success();
}

/// Elements of `x` along `dim` at the places that `indices`, of the same shape,
/// say.
static Val takeAlong(Val x, Val indices, int64_t dim) {
  SmallVector<int64_t> batching = otherDims(x.rank(), dim), sizes(x.rank(), 1);
  SmallVector<int64_t> shape(x.shape());
  shape.push_back(1);
  Value columns = reshape(indices, shape);
  return {*x.emitter,
          x.emitter->create<GatherOp>(x.type(), x.value, columns, ArrayRef<int64_t>(), dim, dim,
                                      batching, batching, sizes, "promise", FloatAttr())};
}

// Tangents are permuted as the operands are: an iota sorted along is the
// permutation.
LogicalResult SortOp::buildJvp(JvpContext &c) {
  int64_t dim = getDim();
  auto type = cast<RankedTensorType>(getXs().front().getType());
  bool fits = type.getDimSize(dim) <= std::numeric_limits<int32_t>::max();
  Type places = type.clone(IntegerType::get(getContext(), fits ? 32 : 64));
  SmallVector<Value> operands(getXs());
  operands.push_back(c.emitter.create<IotaOp>(places, dim));
  SmallVector<Type> types(ValueRange(operands).getTypes());
  auto sorted = c.emitter.create<SortOp>(types, operands, dim, getNumKeys(), getDescending());
  Val permutation(c.emitter, sorted.getResults().back());
  for (unsigned i = 0; i < getXs().size(); ++i) {
    c.setOut(i, sorted.getResult(i));
    if (Val dx = c.tangent(i))
      c.set(i, takeAlong(dx, permutation, dim));
  }
  return success();
}

LogicalResult SortOp::buildBatch(BatchContext &c) {
  auto batched = llvm::find_if(c.dims, [](int64_t dim) { return dim >= 0; });
  int64_t batch = *batched;
  SmallVector<Value> operands;
  for (unsigned i = 0; i < c.operands.size(); ++i)
    operands.push_back(c.at(i, batch));
  SmallVector<Type> types(ValueRange(operands).getTypes());
  auto sorted = c.emitter.create<SortOp>(types, operands, batchedDims(getDim(), batch).front(),
                                         getNumKeys(), getDescending());
  for (auto [i, result] : llvm::enumerate(sorted.getResults()))
    c.set(i, {c.emitter, result}, batch);
  return success();
}

} // namespace mjx
