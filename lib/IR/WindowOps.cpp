//===- WindowOps.cpp - Sliding windows, and the greatest elements ---------===//
#include "IndexingRules.h"

using namespace mlir;

namespace mjx {

namespace {

using Dims = SmallVector<int64_t>;

/// The extent of `size` elements that are `dilation` apart.
int64_t spread(int64_t size, int64_t dilation) { return size == 0 ? 0 : (size - 1) * dilation + 1; }

/// The numbers of windows: place `w` of window `o` is element
/// `o * strides + w * windowDilation - low` of an operand spread by
/// `baseDilation`.
struct Windows {
  Dims window, strides, low, high, baseDilation, windowDilation;

  template <class OpT> static Windows of(OpT op) {
    return {Dims(op.getWindow()), Dims(op.getStrides()),      Dims(op.getLow()),
            Dims(op.getHigh()),   Dims(op.getBaseDilation()), Dims(op.getWindowDilation())};
  }

  /// Over one dimension more, at `dim`, in which every window is one element.
  Windows withBatch(int64_t dim) const {
    return {withInserted(window, dim, 1),       withInserted(strides, dim, 1),
            withInserted(low, dim, 0),          withInserted(high, dim, 0),
            withInserted(baseDilation, dim, 1), withInserted(windowDilation, dim, 1)};
  }

  LogicalResult check(Checker check, int64_t rank) const {
    for (auto [name, values] : {std::pair("window", &window), std::pair("strides", &strides),
                                std::pair("base_dilation", &baseDilation),
                                std::pair("window_dilation", &windowDilation)}) {
      if (failed(check.length(name, *values, rank)))
        return failure();
      if (llvm::any_of(*values, [](int64_t value) { return value < 1; }))
        return check.fail("expected ", name, " to be positive, but got ", listText(*values));
    }
    return success(succeeded(check.length("low", low, rank)) &&
                   succeeded(check.length("high", high, rank)));
  }

  Dims resultShape(ArrayRef<int64_t> shape) const {
    Dims result;
    for (auto [dim, size] : llvm::enumerate(shape)) {
      int64_t room = spread(size, baseDilation[dim]) + low[dim] + high[dim] -
                     spread(window[dim], windowDilation[dim]);
      result.push_back(room < 0 ? 0 : room / strides[dim] + 1);
    }
    return result;
  }
};

Val reduceWindow(StringRef kind, Val x, const Windows &w) {
  return {*x.emitter, x.emitter->create<ReduceWindowOp>(kind, x.value, w.window, w.strides, w.low,
                                                        w.high, w.baseDilation, w.windowDilation)};
}

/// A window_gather or a window_scatter; null if the source is.
template <class OpT> Val chosen(StringRef kind, Val source, Val x, const Windows &w) {
  if (!source)
    return {};
  return {*x.emitter, x.emitter->create<OpT>(kind, source.value, x.value, w.window, w.strides,
                                             w.low, w.high, w.baseDilation, w.windowDilation)};
}

double elementsInWindows(Value out, ArrayRef<int64_t> window) {
  double count = static_cast<double>(tensorType(out).getNumElements());
  for (int64_t size : window)
    count *= static_cast<double>(size);
  return count;
}

} // namespace

//===----------------------------------------------------------------------===//
// reduce_window
//===----------------------------------------------------------------------===//

LogicalResult ReduceWindowOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                               Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Checker check{loc, getOperationName()};
  Windows w = Windows::of(adaptor);
  if (failed(check.tensors(adaptor.getX())))
    return failure();
  RankedTensorType type = tensorType(adaptor.getX());
  if (failed(checkKind(loc, "reduce_window", adaptor.getKind(), type.getElementType())) ||
      failed(w.check(check, type.getRank())))
    return failure();
  types.push_back(type.clone(w.resultShape(type.getShape())));
  return success();
}

double ReduceWindowOp::countFlops() { return elementsInWindows(getOut(), getWindow()); }

/// The element at each place of the windows, place by place, `fill` where there
/// is none; null if `x` is.
static SmallVector<Val> elementsAtPlaces(Val x, const Windows &w, double fill,
                                         ArrayRef<int64_t> shape) {
  Dims interior;
  for (int64_t dilation : w.baseDilation)
    interior.push_back(dilation - 1);
  Value value = x.emitter->splat(x.type().clone(ArrayRef<int64_t>()), fill);
  Val padded(*x.emitter, x.emitter->create<PadOp>(x.value, value, w.low, w.high, interior));
  SmallVector<Val> elements;
  Dims place(w.window.size(), 0);
  while (true) {
    Dims start;
    for (auto [at, dilation] : llvm::zip(place, w.windowDilation))
      start.push_back(at * dilation);
    elements.push_back(slice(padded, start, shape, w.strides));
    int64_t dim = w.window.size() - 1;
    while (dim >= 0 && ++place[dim] == w.window[dim])
      place[dim--] = 0;
    if (dim < 0)
      return elements;
  }
}

// d(prod x) = sum over places i of dx[i] * (product of the x[j], j != i), which
// is the product of all before i times that of all after it: right for zeros.
static Val productTangent(Val x, Val dx, const Windows &w, ArrayRef<int64_t> shape) {
  SmallVector<Val> xs = elementsAtPlaces(x, w, 1, shape);
  SmallVector<Val> dxs = elementsAtPlaces(dx, w, 0, shape);
  SmallVector<Val> after(xs.size());
  after.back() = xs.back().splat(1);
  for (size_t i = xs.size() - 1; i > 0; --i)
    after[i - 1] = after[i] * xs[i];
  Val before = xs.front().splat(1), tangent;
  for (auto [element, delta, rest] : llvm::zip(xs, dxs, after)) {
    tangent = tangent + delta * (before * rest);
    before = before * element;
  }
  return tangent;
}

// d(sum x) = sum dx; d(max x) = dx at the place of the maximum.
LogicalResult ReduceWindowOp::buildJvp(JvpContext &c) {
  Windows w = Windows::of(*this);
  ArrayRef<int64_t> shape = getOut().getType().getShape();
  if (llvm::is_contained(shape, 0))
    return success();
  if (getKind() == "add")
    c.set(reduceWindow("add", c.tangent(0), w));
  else if (getKind() == "mul")
    c.set(productTangent(c.in(0), c.tangent(0), w, shape));
  else if (getKind() == "min" || getKind() == "max")
    c.set(chosen<WindowGatherOp>(getKind(), c.tangent(0), c.in(0), w));
  return success();
}

// y[o] = sum over w of x[(o s + w d - low) / b] gives
// x'[i] = sum over w of y'[(i b + w d - ((W - 1) d - low)) / s], W places wide:
// windows over the cotangent, with strides and base dilation exchanged.
LogicalResult ReduceWindowOp::buildTranspose(TransposeContext &c) {
  if (getKind() != "add")
    return emitOpError("is linear for kind add only, but is of kind ") << getKind();
  Windows w = Windows::of(*this), reversed = w;
  std::swap(reversed.strides, reversed.baseDilation);
  ArrayRef<int64_t> shape = c.inType(0).getShape(), outer = getOut().getType().getShape();
  if (llvm::is_contained(shape, 0) || llvm::is_contained(outer, 0))
    return success();
  for (size_t dim = 0; dim < shape.size(); ++dim) {
    int64_t extent = spread(w.window[dim], w.windowDilation[dim]);
    reversed.low[dim] = extent - 1 - w.low[dim];
    reversed.high[dim] = (shape[dim] - 1) * w.baseDilation[dim] + extent -
                         spread(outer[dim], w.strides[dim]) - reversed.low[dim];
  }
  c.add(0, reduceWindow("add", c.cotangent(), reversed));
  return success();
}

LogicalResult ReduceWindowOp::buildBatch(BatchContext &c) {
  c.set(reduceWindow(getKind(), c.in(0), Windows::of(*this).withBatch(c.dim(0))), c.dim(0));
  return success();
}

//===----------------------------------------------------------------------===//
// window_gather and window_scatter
//===----------------------------------------------------------------------===//

/// Infers the one's type; the source has the shape `sourceShape(x, windows)`.
template <class AdaptorT>
static LogicalResult checkChoice(Checker check, AdaptorT adaptor, bool isGather,
                                 SmallVectorImpl<Type> &types) {
  if (failed(check.tensors({adaptor.getSource(), adaptor.getX()})))
    return failure();
  RankedTensorType source = tensorType(adaptor.getSource()), x = tensorType(adaptor.getX());
  Windows w = Windows::of(adaptor);
  if (failed(w.check(check, x.getRank())))
    return failure();
  Dims ofWindows = w.resultShape(x.getShape());
  ArrayRef<int64_t> expected = isGather ? x.getShape() : ArrayRef<int64_t>(ofWindows);
  if (source.getShape() != expected)
    return check.fail("expected a source of shape ", listText(expected), ", but got ", source);
  types.push_back(source.clone(isGather ? ArrayRef<int64_t>(ofWindows) : x.getShape()));
  return success();
}

/// The op over one dimension more; what is the same for all is repeated.
template <class OpT> static LogicalResult batchChoice(OpT op, BatchContext &c) {
  int64_t dim = c.isBatched(0) ? c.dim(0) : c.dim(1);
  c.set(chosen<OpT>(op.getKind(), c.at(0, dim), c.at(1, dim), Windows::of(op).withBatch(dim)), dim);
  return success();
}

LogicalResult WindowGatherOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                               Adaptor adaptor, SmallVectorImpl<Type> &types) {
  return checkChoice({loc, getOperationName()}, adaptor, /*isGather=*/true, types);
}

double WindowGatherOp::countFlops() { return elementsInWindows(getOut(), getWindow()); }

// Linear in the source; where the extremum is does not vary continuously.
LogicalResult WindowGatherOp::buildJvp(JvpContext &c) {
  c.set(chosen<WindowGatherOp>(getKind(), c.tangent(0), c.in(1), Windows::of(*this)));
  return success();
}

LogicalResult WindowGatherOp::buildTranspose(TransposeContext &c) {
  c.add(0, chosen<WindowScatterOp>(getKind(), c.cotangent(), c.in(1), Windows::of(*this)));
  return success();
}

LogicalResult WindowGatherOp::buildBatch(BatchContext &c) { return batchChoice(*this, c); }

LogicalResult WindowScatterOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                                Adaptor adaptor, SmallVectorImpl<Type> &types) {
  return checkChoice({loc, getOperationName()}, adaptor, /*isGather=*/false, types);
}

double WindowScatterOp::countFlops() { return elementsInWindows(getSource(), getWindow()); }

LogicalResult WindowScatterOp::buildJvp(JvpContext &c) {
  c.set(chosen<WindowScatterOp>(getKind(), c.tangent(0), c.in(1), Windows::of(*this)));
  return success();
}

LogicalResult WindowScatterOp::buildTranspose(TransposeContext &c) {
  c.add(0, chosen<WindowGatherOp>(getKind(), c.cotangent(), c.in(1), Windows::of(*this)));
  return success();
}

LogicalResult WindowScatterOp::buildBatch(BatchContext &c) { return batchChoice(*this, c); }

//===----------------------------------------------------------------------===//
// top_k
//===----------------------------------------------------------------------===//

LogicalResult TopKOp::inferReturnTypes(MLIRContext *context, std::optional<Location> loc,
                                       Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Checker check{loc, getOperationName()};
  if (failed(check.tensors(adaptor.getX())))
    return failure();
  RankedTensorType type = tensorType(adaptor.getX());
  if (type.getRank() == 0)
    return check.fail("expected at least one dimension, but got ", type);
  int64_t k = adaptor.getK(), size = type.getShape().back();
  if (k < 0 || k > size)
    return check.fail("expected k in [0, ", size, "], but got ", k);
  Dims shape(type.getShape());
  shape.back() = k;
  types.push_back(type.clone(shape));
  types.push_back(RankedTensorType::get(shape, IntegerType::get(context, 32)));
  return success();
}

// One pass that compares each element with the least one kept.
double TopKOp::countFlops() { return static_cast<double>(tensorType(getX()).getNumElements()); }

// Tangents are taken from the places of the elements.
LogicalResult TopKOp::buildJvp(JvpContext &c) {
  Val dx = c.tangent(0), indices = c.out(1);
  int64_t last = dx.rank() - 1;
  Dims batching = iotaDims(last), column(indices.shape());
  column.push_back(1);
  PartDims dims{/*window=*/{}, /*dropped=*/{last}, /*indexMap=*/{last}, batching, batching};
  c.set(0, gather(dx, reshape(indices, column), dims, filled(dx.rank(), 1), "promise"));
  return success();
}

LogicalResult TopKOp::buildBatch(BatchContext &c) {
  auto op = c.emitter.create<TopKOp>(c.front(0).value, uint64_t(getK()));
  c.set(0, {c.emitter, op.getValues()}, 0);
  c.set(1, {c.emitter, op.getIndices()}, 0);
  return success();
}

} // namespace mjx
