//===- ShapeOps.cpp - Rules of ops that move elements ---------------------===//
#include "StructuredRules.h"

#include <numeric>

using namespace mlir;

namespace mjx {

//===----------------------------------------------------------------------===//
// BroadcastInDim
//===----------------------------------------------------------------------===//

LogicalResult BroadcastInDimOp::verify() {
  Checker check{getLoc(), getOperationName()};
  RankedTensorType x = getX().getType(), out = getOut().getType();
  ArrayRef<int64_t> dims = getDims();
  if (failed(check.sameElements(x, out)) || failed(check.length("dims", dims, x.getRank())) ||
      failed(check.dims("dims", dims, out.getRank())) || failed(check.increasing("dims", dims)))
    return failure();
  for (auto [extent, dim] : llvm::zip(x.getShape(), dims))
    if (extent != 1 && extent != out.getDimSize(dim))
      return check.fail("expected every extent to be 1 or that of the result, but got ",
                        listText(x.getShape()), " and ", listText(out.getShape()),
                        " with dims = ", listText(dims));
  return success();
}

OpFoldResult BroadcastInDimOp::fold(FoldAdaptor adaptor) {
  if (getX().getType() == getType())
    return getX();
  if (auto inner = getX().getDefiningOp<BroadcastInDimOp>()) {
    SmallVector<int64_t> dims =
        llvm::map_to_vector(inner.getDims(), [&](int64_t dim) { return getDims()[dim]; });
    getXMutable().assign(inner.getX());
    setDims(dims);
    return getResult();
  }
  return resplat(adaptor.getX(), getType());
}

// d(broadcast x) = broadcast dx
LogicalResult BroadcastInDimOp::buildJvp(JvpContext &c) {
  c.set(broadcast(c.tangent(0), getType().getShape(), getDims()));
  return success();
}

// Each element of x gathers the cotangents of all its copies.
LogicalResult BroadcastInDimOp::buildTranspose(TransposeContext &c) {
  SmallVector<int64_t> copied = otherDims(getType().getRank(), getDims());
  for (auto [extent, dim] : llvm::zip(getX().getType().getShape(), getDims()))
    if (extent != getType().getDimSize(dim))
      copied.push_back(dim);
  llvm::sort(copied);
  c.add(0, reshape(sum(c.cotangent(), copied), c.inType(0).getShape()));
  return success();
}

LogicalResult BroadcastInDimOp::buildBatch(BatchContext &c) {
  int64_t from = c.dim(0), to = from == 0 ? 0 : getDims()[from - 1] + 1;
  SmallVector<int64_t> dims = withInserted(shiftedDims(getDims(), to), from, to);
  c.set(broadcast(c.in(0), withInserted(getType().getShape(), to, c.size), dims), to);
  return success();
}

//===----------------------------------------------------------------------===//
// Reshape
//===----------------------------------------------------------------------===//

LogicalResult ReshapeOp::verify() {
  Checker check{getLoc(), getOperationName()};
  if (failed(check.sameElements(getX().getType(), getType())))
    return failure();
  int64_t from = getX().getType().getNumElements(), to = getType().getNumElements();
  if (from != to)
    return check.fail("expected as many elements as the operand has, ", from, ", but got ", to);
  return success();
}

OpFoldResult ReshapeOp::fold(FoldAdaptor adaptor) {
  if (getX().getType() == getType())
    return getX();
  if (auto inner = getX().getDefiningOp<ReshapeOp>()) {
    if (inner.getX().getType() == getType())
      return inner.getX();
    getXMutable().assign(inner.getX());
    return getResult();
  }
  if (auto constant = dyn_cast_or_null<DenseElementsAttr>(adaptor.getX()))
    return constant.reshape(getType());
  return {};
}

// d(reshape x) = reshape dx
LogicalResult ReshapeOp::buildJvp(JvpContext &c) {
  c.set(reshape(c.tangent(0), getType().getShape()));
  return success();
}

LogicalResult ReshapeOp::buildTranspose(TransposeContext &c) {
  c.add(0, reshape(c.cotangent(), c.inType(0).getShape()));
  return success();
}

/// Where in `shape` as many elements lie to the left as `count`, or -1.
static int64_t splitAt(ArrayRef<int64_t> shape, int64_t count) {
  int64_t product = 1;
  for (int64_t i = 0, rank = shape.size(); i <= rank; ++i) {
    if (product == count)
      return i;
    if (i < rank)
      product *= shape[i];
  }
  return -1;
}

// The batch dimension stays where it is if the shapes agree on a cut there.
LogicalResult ReshapeOp::buildBatch(BatchContext &c) {
  ArrayRef<int64_t> left = c.in(0).shape().take_front(c.dim(0));
  int64_t count = std::accumulate(left.begin(), left.end(), int64_t(1), std::multiplies<>());
  int64_t cut = splitAt(getType().getShape(), count);
  int64_t dim = std::max<int64_t>(cut, 0);
  Val x = cut < 0 ? c.front(0) : c.in(0);
  c.set(reshape(x, withInserted(getType().getShape(), dim, c.size)), dim);
  return success();
}

//===----------------------------------------------------------------------===//
// Transpose
//===----------------------------------------------------------------------===//

LogicalResult TransposeOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                            Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Checker check{loc, getOperationName()};
  if (failed(check.tensors(adaptor.getX())))
    return failure();
  RankedTensorType x = tensorType(adaptor.getX());
  ArrayRef<int64_t> permutation = adaptor.getPermutation();
  if (failed(check.length("permutation", permutation, x.getRank())) ||
      failed(check.dims("permutation", permutation, x.getRank())))
    return failure();
  SmallVector<int64_t> shape =
      llvm::map_to_vector(permutation, [&](int64_t dim) { return x.getDimSize(dim); });
  types.push_back(x.clone(shape));
  return success();
}

OpFoldResult TransposeOp::fold(FoldAdaptor adaptor) {
  if (llvm::equal(getPermutation(), iotaDims(getType().getRank())))
    return getX();
  if (auto inner = getX().getDefiningOp<TransposeOp>()) {
    SmallVector<int64_t> both = llvm::map_to_vector(
        getPermutation(), [&](int64_t dim) { return inner.getPermutation()[dim]; });
    if (llvm::equal(both, iotaDims(both.size())))
      return inner.getX();
    getXMutable().assign(inner.getX());
    setPermutation(both);
    return getResult();
  }
  return resplat(adaptor.getX(), getType());
}

// d(transpose x) = transpose dx
LogicalResult TransposeOp::buildJvp(JvpContext &c) {
  c.set(transpose(c.tangent(0), getPermutation()));
  return success();
}

LogicalResult TransposeOp::buildTranspose(TransposeContext &c) {
  c.add(0, transpose(c.cotangent(), inversePermutation(getPermutation())));
  return success();
}

LogicalResult TransposeOp::buildBatch(BatchContext &c) {
  int64_t dim = c.dim(0);
  c.set(transpose(c.in(0), withInserted(shiftedDims(getPermutation(), dim), dim, dim)), dim);
  return success();
}

//===----------------------------------------------------------------------===//
// Reverse
//===----------------------------------------------------------------------===//

static Val reverse(Val x, ArrayRef<int64_t> dims) {
  return {*x.emitter, x.emitter->create<ReverseOp>(x.type(), x.value, dims)};
}

LogicalResult ReverseOp::verify() {
  return Checker{getLoc(), getOperationName()}.dims("dims", getDims(), getType().getRank());
}

OpFoldResult ReverseOp::fold(FoldAdaptor adaptor) {
  if (llvm::all_of(getDims(), [&](int64_t dim) { return getType().getDimSize(dim) <= 1; }))
    return getX();
  auto inner = getX().getDefiningOp<ReverseOp>();
  if (inner && inner.getDims() == getDims())
    return inner.getX();
  return resplat(adaptor.getX(), getType());
}

// d(reverse x) = reverse dx
LogicalResult ReverseOp::buildJvp(JvpContext &c) {
  c.set(reverse(c.tangent(0), getDims()));
  return success();
}

LogicalResult ReverseOp::buildTranspose(TransposeContext &c) {
  c.add(0, reverse(c.cotangent(), getDims()));
  return success();
}

LogicalResult ReverseOp::buildBatch(BatchContext &c) {
  c.set(reverse(c.in(0), shiftedDims(getDims(), c.dim(0))), c.dim(0));
  return success();
}

//===----------------------------------------------------------------------===//
// Concatenate
//===----------------------------------------------------------------------===//

static LogicalResult checkJoinable(Checker check, RankedTensorType first, RankedTensorType x,
                                   int64_t dim) {
  if (failed(check.sameElements(first, x)))
    return failure();
  bool joinable = first.getRank() == x.getRank();
  for (int64_t i = 0; joinable && i < first.getRank(); ++i)
    joinable = i == dim || first.getDimSize(i) == x.getDimSize(i);
  if (!joinable)
    return check.fail("expected shapes that differ in dimension ", dim, " only, but got ",
                      listText(first.getShape()), " and ", listText(x.getShape()));
  return success();
}

LogicalResult ConcatenateOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                              Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Checker check{loc, getOperationName()};
  if (adaptor.getXs().empty())
    return check.fail("expected at least one operand, but got none");
  if (failed(check.tensors(adaptor.getXs())))
    return failure();
  RankedTensorType first = tensorType(adaptor.getXs().front());
  int64_t dim = adaptor.getDim(), extent = 0;
  if (dim < 0 || dim >= first.getRank())
    return check.fail("expected dim in [0, ", first.getRank(), "), but got ", dim);
  for (Value x : adaptor.getXs()) {
    if (failed(checkJoinable(check, first, tensorType(x), dim)))
      return failure();
    extent += tensorType(x).getDimSize(dim);
  }
  SmallVector<int64_t> shape(first.getShape());
  shape[dim] = extent;
  types.push_back(first.clone(shape));
  return success();
}

OpFoldResult ConcatenateOp::fold(FoldAdaptor adaptor) {
  SmallVector<Value> filledXs = llvm::to_vector(llvm::make_filter_range(
      getXs(), [&](Value x) { return tensorType(x).getDimSize(getDim()) != 0; }));
  if (filledXs.size() <= 1)
    return filledXs.empty() ? getXs().front() : filledXs.front();
  if (filledXs.size() < getXs().size()) {
    getXsMutable().assign(filledXs);
    return getResult();
  }
  Attribute first = resplat(adaptor.getXs().front(), getType());
  bool same = first && llvm::all_of(adaptor.getXs(),
                                    [&](Attribute x) { return resplat(x, getType()) == first; });
  return same ? first : Attribute();
}

// d(concatenate x...) = concatenate dx...
LogicalResult ConcatenateOp::buildJvp(JvpContext &c) {
  SmallVector<Val> tangents;
  for (unsigned i = 0; i < c.tangents.size(); ++i)
    tangents.push_back(c.materialized(i));
  c.set(concatenate(tangents, getDim()));
  return success();
}

LogicalResult ConcatenateOp::buildTranspose(TransposeContext &c) {
  SmallVector<int64_t> start = filled(getType().getRank(), 0), ones(start.size(), 1);
  for (unsigned i = 0; i < getXs().size(); ++i) {
    if (c.isLinear(i))
      c.add(i, slice(c.cotangent(), start, c.inType(i).getShape(), ones));
    start[getDim()] += c.inType(i).getDimSize(getDim());
  }
  return success();
}

LogicalResult ConcatenateOp::buildBatch(BatchContext &c) {
  int64_t batch = *llvm::find_if(c.dims, [](int64_t dim) { return dim >= 0; });
  SmallVector<Val> xs;
  for (unsigned i = 0; i < c.operands.size(); ++i)
    xs.push_back(c.at(i, batch));
  int64_t dim = getDim();
  c.set(concatenate(xs, dim + (dim >= batch)), batch);
  return success();
}

//===----------------------------------------------------------------------===//
// Pad
//===----------------------------------------------------------------------===//

static Val pad(Val x, Val value, ArrayRef<int64_t> low, ArrayRef<int64_t> high,
               ArrayRef<int64_t> interior) {
  return {*x.emitter, x.emitter->create<PadOp>(x.value, value.value, low, high, interior)};
}

static LogicalResult checkPad(Checker check, PadOp::Adaptor adaptor) {
  if (failed(check.tensors({adaptor.getX(), adaptor.getValue()})))
    return failure();
  RankedTensorType x = tensorType(adaptor.getX()), value = tensorType(adaptor.getValue());
  if (failed(check.sameElements(x, value)) ||
      failed(check.length("low", adaptor.getLow(), x.getRank())) ||
      failed(check.length("high", adaptor.getHigh(), x.getRank())) ||
      failed(check.length("interior", adaptor.getInterior(), x.getRank())))
    return failure();
  if (value.getRank() != 0)
    return check.fail("expected a scalar to pad with, but got ", value);
  if (llvm::any_of(adaptor.getInterior(), [](int64_t n) { return n < 0; }))
    return check.fail("expected interior of at least 0, but got ", listText(adaptor.getInterior()));
  return success();
}

LogicalResult PadOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                      SmallVectorImpl<Type> &types) {
  Checker check{loc, getOperationName()};
  if (failed(checkPad(check, adaptor)))
    return failure();
  RankedTensorType x = tensorType(adaptor.getX());
  SmallVector<int64_t> shape;
  for (auto [n, low, high, interior] :
       llvm::zip(x.getShape(), adaptor.getLow(), adaptor.getHigh(), adaptor.getInterior())) {
    shape.push_back(low + high + n + std::max<int64_t>(n - 1, 0) * interior);
    if (shape.back() < 0)
      return check.fail("expected low and high to leave extents of at least 0, "
                        "but got low = ",
                        listText(adaptor.getLow()), " and high = ", listText(adaptor.getHigh()),
                        " for shape ", listText(x.getShape()));
  }
  types.push_back(x.clone(shape));
  return success();
}

OpFoldResult PadOp::fold(FoldAdaptor adaptor) {
  auto isZero = [](int64_t n) { return n == 0; };
  if (llvm::all_of(getLow(), isZero) && llvm::all_of(getHigh(), isZero) &&
      getX().getType() == getType())
    return getX();
  Attribute x = resplat(adaptor.getX(), getType());
  return x && x == resplat(adaptor.getValue(), getType()) ? x : Attribute();
}

// d(pad x value) = pad dx dvalue
LogicalResult PadOp::buildJvp(JvpContext &c) {
  c.set(pad(c.materialized(0), c.materialized(1), getLow(), getHigh(), getInterior()));
  return success();
}

// Where elements were removed the cotangent is first grown by zeros. Then x has
// the elements it was put at, and the value the sum of all others.
LogicalResult PadOp::buildTranspose(TransposeContext &c) {
  auto negated = [](int64_t n) { return std::max<int64_t>(-n, 0); };
  SmallVector<int64_t> growLow = llvm::map_to_vector(getLow(), negated);
  SmallVector<int64_t> growHigh = llvm::map_to_vector(getHigh(), negated);
  SmallVector<int64_t> start, strides;
  for (auto [low, interior] : llvm::zip(getLow(), getInterior())) {
    start.push_back(std::max<int64_t>(low, 0));
    strides.push_back(interior + 1);
  }
  Val ct = c.cotangent();
  if (growLow != filled(start.size(), 0) || growHigh != filled(start.size(), 0))
    ct = pad(ct, {c.emitter, c.emitter.zeros(c.inType(1))}, growLow, growHigh,
             filled(start.size(), 0));
  if (c.isLinear(0))
    c.add(0, slice(ct, start, c.inType(0).getShape(), strides));
  if (c.isLinear(1))
    c.add(1, sum(updateSlice("set", ct, {c.emitter, c.emitter.zeros(c.inType(0))}, start, strides),
                 iotaDims(ct.rank())));
  return success();
}

/// True where the result of `op` is the value padded with.
static Val paddingMask(PadOp op, Emitter &emitter) {
  auto type = op.getX().getType().clone(IntegerType::get(op.getContext(), 1));
  Val inside(emitter, emitter.splat(type, 0));
  Val outside(emitter, emitter.splat(type.clone(ArrayRef<int64_t>()), 1));
  return pad(inside, outside, op.getLow(), op.getHigh(), op.getInterior());
}

// A batched value cannot be padded with; it is selected where padding lies.
LogicalResult PadOp::buildBatch(BatchContext &c) {
  int64_t dim = std::max<int64_t>(c.dim(0), 0);
  Val value = c.isBatched(1) ? Val(c.emitter, c.emitter.zeros(getValue().getType())) : c.in(1);
  Val padded = pad(c.at(0, dim), value, withInserted(getLow(), dim, 0),
                   withInserted(getHigh(), dim, 0), withInserted(getInterior(), dim, 0));
  if (c.isBatched(1)) {
    Val mask = moveBatchDim(paddingMask(*this, c.emitter), -1, dim, c.size);
    padded = select(mask, broadcast(c.in(1), padded.shape(), dim), padded);
  }
  c.set(padded, dim);
  return success();
}

//===----------------------------------------------------------------------===//
// Slice
//===----------------------------------------------------------------------===//

LogicalResult SliceOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                        SmallVectorImpl<Type> &types) {
  Checker check{loc, getOperationName()};
  if (failed(check.tensors(adaptor.getX())))
    return failure();
  RankedTensorType x = tensorType(adaptor.getX());
  if (failed(check.length("start", adaptor.getStart(), x.getRank())) ||
      failed(check.length("limit", adaptor.getLimit(), x.getRank())) ||
      failed(check.length("strides", adaptor.getStrides(), x.getRank())))
    return failure();
  SmallVector<int64_t> shape;
  for (auto [n, start, limit, stride] :
       llvm::zip(x.getShape(), adaptor.getStart(), adaptor.getLimit(), adaptor.getStrides())) {
    if (start < 0 || start > limit || limit > n)
      return check.fail(
          "expected 0 <= start <= limit <= extent, but got start = ", listText(adaptor.getStart()),
          " and limit = ", listText(adaptor.getLimit()), " for shape ", listText(x.getShape()));
    if (stride < 1)
      return check.fail("expected strides of at least 1, but got ", listText(adaptor.getStrides()));
    shape.push_back(llvm::divideCeil(limit - start, stride));
  }
  types.push_back(x.clone(shape));
  return success();
}

/// Makes `op` a slice of what `inner` is a slice of.
static void composeSlices(SliceOp op, SliceOp inner) {
  SmallVector<int64_t> start, limit, strides;
  for (auto [i, size] : llvm::enumerate(op.getType().getShape())) {
    int64_t step = inner.getStrides()[i], extent = inner.getX().getType().getDimSize(i);
    // Steps that are not taken may be large enough to overflow.
    strides.push_back(size > 1 ? op.getStrides()[i] * step : 1);
    start.push_back(size > 0 ? inner.getStart()[i] + op.getStart()[i] * step : 0);
    limit.push_back(std::min(endOf(start.back(), size, strides.back()), extent));
  }
  op.getXMutable().assign(inner.getX());
  op.setStart(start);
  op.setLimit(limit);
  op.setStrides(strides);
}

OpFoldResult SliceOp::fold(FoldAdaptor adaptor) {
  // As many elements as there are can only be all of them.
  if (getX().getType() == getType())
    return getX();
  if (auto inner = getX().getDefiningOp<SliceOp>()) {
    composeSlices(*this, inner);
    return getResult();
  }
  return resplat(adaptor.getX(), getType());
}

// d(slice x) = slice dx
LogicalResult SliceOp::buildJvp(JvpContext &c) {
  c.set(slice(c.tangent(0), getStart(), getType().getShape(), getStrides()));
  return success();
}

// ct is added into the accumulator, at the cost of the slice alone.
LogicalResult SliceOp::buildTranspose(TransposeContext &c) {
  c.accumulate(0, [&](Val accumulator) {
    return addPart(accumulator, c.cotangent(), getStart(), getStrides());
  });
  return success();
}

LogicalResult SliceOp::buildBatch(BatchContext &c) {
  int64_t dim = c.dim(0);
  c.set(slice(c.in(0), withInserted(getStart(), dim, 0),
              withInserted(getType().getShape(), dim, c.size), withInserted(getStrides(), dim, 1)),
        dim);
  return success();
}

} // namespace mjx
