//===- IndexingOps.cpp - Rules of parts at fixed and computed places ------===//
//
// A part is read by an op and set or added to by its partner: slice and
// update_slice, dynamic_slice and dynamic_update_slice, gather and scatter.
// Each is the transpose of the other.
//
//===----------------------------------------------------------------------===//
#include "IndexingRules.h"

using namespace mlir;

namespace mjx {

//===----------------------------------------------------------------------===//
// UpdateSlice
//===----------------------------------------------------------------------===//

Val updateSlice(StringRef kind, Val dest, Val x, ArrayRef<int64_t> start,
                ArrayRef<int64_t> strides) {
  return {*dest.emitter,
          dest.emitter->create<UpdateSliceOp>(kind, dest.value, x.value, start, strides)};
}

static LogicalResult checkUpdate(Checker check, StringRef kind, Value destValue, Value xValue) {
  if (failed(check.tensors({destValue, xValue})))
    return failure();
  RankedTensorType dest = tensorType(destValue), x = tensorType(xValue);
  if (failed(check.sameElements(dest, x)) ||
      failed(checkCombinable(check, kind, dest.getElementType())))
    return failure();
  if (dest.getRank() != x.getRank())
    return check.fail("expected a part of rank ", dest.getRank(), ", but got ", x);
  return success();
}

LogicalResult UpdateSliceOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                              Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Checker check{loc, getOperationName()};
  if (failed(checkUpdate(check, adaptor.getKind(), adaptor.getDest(), adaptor.getX())))
    return failure();
  RankedTensorType dest = tensorType(adaptor.getDest()), x = tensorType(adaptor.getX());
  if (failed(check.length("start", adaptor.getStart(), dest.getRank())) ||
      failed(check.length("strides", adaptor.getStrides(), dest.getRank())))
    return failure();
  for (auto [n, m, start, stride] :
       llvm::zip(dest.getShape(), x.getShape(), adaptor.getStart(), adaptor.getStrides())) {
    // Rearranged so that nothing overflows.
    bool fits = stride >= 1 && start >= 0 && start <= n &&
                (m == 0 || (start < n && m - 1 <= (n - 1 - start) / stride));
    if (!fits)
      return check.fail("expected the part ", listText(x.getShape()),
                        " at start = ", listText(adaptor.getStart()),
                        " with strides = ", listText(adaptor.getStrides()), " to lie inside ",
                        listText(dest.getShape()), ", but it does not");
  }
  types.push_back(dest);
  return success();
}

OpFoldResult UpdateSliceOp::fold(FoldAdaptor) {
  if (getX().getType().getNumElements() == 0)
    return getDest();
  // A part as large as the whole is the whole.
  if (getKind() == "set" && getX().getType() == getType())
    return getX();
  return {};
}

/// Whether the result has the tangent of dest as it is.
static bool onlyAddsTo(JvpContext &c, StringRef kind) { return kind == "add" && !c.tangents[1]; }

// set: the tangent of dest with that of the part set; add: with it added.
LogicalResult UpdateSliceOp::buildJvp(JvpContext &c) {
  if (onlyAddsTo(c, getKind()))
    c.set(c.tangent(0));
  else
    c.set(updateSlice(getKind(), c.materialized(0), c.materialized(1), getStart(), getStrides()));
  return success();
}

// x reads its part of ct. What was set is not read from dest: zeros there.
LogicalResult UpdateSliceOp::buildTranspose(TransposeContext &c) {
  Val ct = c.cotangent();
  if (c.isLinear(1))
    c.add(1, slice(ct, getStart(), c.inType(1).getShape(), getStrides()));
  if (!c.isLinear(0))
    return success();
  Val zeros = getKind() == "set" ? Val(c.emitter, c.emitter.zeros(c.inType(1))) : Val();
  c.add(0, zeros ? updateSlice("set", ct, zeros, getStart(), getStrides()) : ct);
  return success();
}

LogicalResult UpdateSliceOp::buildBatch(BatchContext &c) {
  int64_t dim = c.isBatched(0) ? c.dim(0) : c.dim(1);
  c.set(updateSlice(getKind(), c.at(0, dim), c.at(1, dim), withInserted(getStart(), dim, 0),
                    withInserted(getStrides(), dim, 1)),
        dim);
  return success();
}

//===----------------------------------------------------------------------===//
// Computed starts
//===----------------------------------------------------------------------===//

// A part as large as the whole is the whole, wherever it is said to start.
OpFoldResult DynamicSliceOp::fold(FoldAdaptor) {
  return getX().getType() == getType() ? OpFoldResult(getX()) : OpFoldResult();
}

OpFoldResult DynamicUpdateSliceOp::fold(FoldAdaptor) {
  if (getX().getType().getNumElements() == 0)
    return getDest();
  bool isWhole = getKind() == "set" && getX().getType() == getType();
  return isWhole ? OpFoldResult(getX()) : OpFoldResult();
}

static Val dynamicSlice(Val x, ValueRange starts, ArrayRef<int64_t> sizes) {
  return {*x.emitter, x.emitter->create<DynamicSliceOp>(x.value, starts, sizes)};
}

static Val dynamicUpdateSlice(StringRef kind, Val dest, Val x, ValueRange starts) {
  return {*dest.emitter,
          dest.emitter->create<DynamicUpdateSliceOp>(kind, dest.value, x.value, starts)};
}

/// One scalar integer per dimension, of parts that fit.
static LogicalResult checkPlace(Checker check, RankedTensorType whole, ValueRange starts,
                                ArrayRef<int64_t> sizes) {
  if (static_cast<int64_t>(starts.size()) != whole.getRank())
    return check.fail("expected ", whole.getRank(), " starts, one per dimension, but got ",
                      starts.size());
  for (Value start : starts) {
    auto type = dyn_cast<RankedTensorType>(start.getType());
    if (!type || type.getRank() != 0 || !isa<IntegerType>(type.getElementType()) ||
        type.getElementType().isInteger(1))
      return check.fail("expected starts to be integer scalars, but got ", start.getType());
  }
  for (auto [extent, size] : llvm::zip(whole.getShape(), sizes))
    if (size < 0 || size > extent)
      return check.fail("expected sizes between 0 and those of ", listText(whole.getShape()),
                        ", but got ", listText(sizes));
  return success();
}

/// The starts with a zero for the batch dimension at `dim`.
static SmallVector<Value> startsWithZero(BatchContext &c, unsigned first, int64_t dim) {
  SmallVector<Value> starts(llvm::drop_begin(c.operands, first));
  auto i32 = RankedTensorType::get({}, IntegerType::get(c.op->getContext(), 32));
  Type type = starts.empty() ? Type(i32) : starts.front().getType();
  starts.insert(starts.begin() + dim, c.emitter.zeros(type));
  return starts;
}

static bool anyStartBatched(BatchContext &c, unsigned first) {
  return llvm::any_of(ArrayRef(c.dims).drop_front(first), [](int64_t dim) { return dim >= 0; });
}

/// Where starts matter: a part as large as the whole cannot be elsewhere.
static SmallVector<int64_t> movingDims(ArrayRef<int64_t> whole, ArrayRef<int64_t> part) {
  SmallVector<int64_t> dims;
  for (auto [dim, extents] : llvm::enumerate(llvm::zip(whole, part)))
    if (std::get<0>(extents) != std::get<1>(extents))
      dims.push_back(dim);
  return dims.empty() ? SmallVector<int64_t>{0} : dims;
}

/// One index vector per example, a [size, dims] tensor, out of the starts at
/// operands `first + dims[k]`.
static Val stackedStarts(BatchContext &c, unsigned first, ArrayRef<int64_t> dims) {
  Type element = c.in(first + dims.front()).element();
  for (int64_t dim : dims)
    if (c.in(first + dim).element() != element)
      element = IntegerType::get(c.op->getContext(), 64);
  SmallVector<Val> columns;
  for (int64_t dim : dims)
    columns.push_back(reshape(convert(c.front(first + dim), element), {c.size, 1}));
  return concatenate(columns, 1);
}

//===----------------------------------------------------------------------===//
// DynamicSlice
//===----------------------------------------------------------------------===//

LogicalResult DynamicSliceOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                               Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Checker check{loc, getOperationName()};
  if (failed(check.tensors(adaptor.getX())))
    return failure();
  RankedTensorType x = tensorType(adaptor.getX());
  if (failed(check.length("sizes", adaptor.getSizes(), x.getRank())) ||
      failed(checkPlace(check, x, adaptor.getStarts(), adaptor.getSizes())))
    return failure();
  types.push_back(x.clone(adaptor.getSizes()));
  return success();
}

// d(x at i) = dx at i
LogicalResult DynamicSliceOp::buildJvp(JvpContext &c) {
  if (c.tangents[0])
    c.set(dynamicSlice(c.tangent(0), getStarts(), getSizes()));
  return success();
}

// ct is added into the accumulator, at the cost of the part alone.
LogicalResult DynamicSliceOp::buildTranspose(TransposeContext &c) {
  c.accumulate(0, [&](Val accumulator) {
    Val next =
        dynamicUpdateSlice(beginUpdate(accumulator), accumulator, c.cotangent(), getStarts());
    return updatedAnywhere(accumulator, next);
  });
  return success();
}

/// A gather of one part per example.
static Val gatherParts(DynamicSliceOp op, BatchContext &c) {
  PartDims dims;
  SmallVector<int64_t> sizes(op.getSizes());
  SmallVector<int64_t> moving = movingDims(op.getX().getType().getShape(), sizes);
  Val indices = stackedStarts(c, 1, moving);
  dims.indexMap = moving;
  if (c.isBatched(0)) {
    dims.indexMap = shiftedDims(moving, c.dim(0));
    dims.operandBatching = {c.dim(0)};
    dims.indicesBatching = {0};
    sizes.insert(sizes.begin() + c.dim(0), 1);
  }
  dims.window = shiftedDims(iotaDims(op.getSizes().size()), 0);
  return gather(c.in(0), indices, dims, sizes, "clip");
}

LogicalResult DynamicSliceOp::buildBatch(BatchContext &c) {
  if (anyStartBatched(c, 1)) {
    c.set(gatherParts(*this, c), 0);
    return success();
  }
  int64_t dim = c.dim(0);
  c.set(dynamicSlice(c.in(0), startsWithZero(c, 1, dim), withInserted(getSizes(), dim, c.size)),
        dim);
  return success();
}

//===----------------------------------------------------------------------===//
// DynamicUpdateSlice
//===----------------------------------------------------------------------===//

LogicalResult DynamicUpdateSliceOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                                     Adaptor adaptor,
                                                     SmallVectorImpl<Type> &types) {
  Checker check{loc, getOperationName()};
  if (failed(checkUpdate(check, adaptor.getKind(), adaptor.getDest(), adaptor.getX())) ||
      failed(checkPlace(check, tensorType(adaptor.getDest()), adaptor.getStarts(),
                        tensorType(adaptor.getX()).getShape())))
    return failure();
  types.push_back(adaptor.getDest().getType());
  return success();
}

// set: the tangent of dest with that of the part set; add: with it added.
LogicalResult DynamicUpdateSliceOp::buildJvp(JvpContext &c) {
  if (onlyAddsTo(c, getKind()))
    c.set(c.tangent(0));
  else if (c.tangents[0] || c.tangents[1])
    c.set(dynamicUpdateSlice(getKind(), c.materialized(0), c.materialized(1), getStarts()));
  return success();
}

// x reads its part of ct. What was set is not read from dest: zeros there.
LogicalResult DynamicUpdateSliceOp::buildTranspose(TransposeContext &c) {
  Val ct = c.cotangent();
  if (c.isLinear(1))
    c.add(1, dynamicSlice(ct, getStarts(), c.inType(1).getShape()));
  if (!c.isLinear(0))
    return success();
  Val zeros = getKind() == "set" ? Val(c.emitter, c.emitter.zeros(c.inType(1))) : Val();
  c.add(0, zeros ? dynamicUpdateSlice("set", ct, zeros, getStarts()) : ct);
  return success();
}

/// A scatter of one part per example.
static Val scatterParts(DynamicUpdateSliceOp op, BatchContext &c) {
  ArrayRef<int64_t> part = op.getX().getType().getShape();
  SmallVector<int64_t> moving = movingDims(op.getType().getShape(), part);
  PartDims dims;
  dims.window = shiftedDims(iotaDims(part.size()), 0);
  dims.indexMap = shiftedDims(moving, 0);
  dims.operandBatching = dims.indicesBatching = {0};
  return scatter(op.getKind(), c.front(0), stackedStarts(c, 2, moving), c.front(1), dims, "clip",
                 /*unique=*/true);
}

LogicalResult DynamicUpdateSliceOp::buildBatch(BatchContext &c) {
  if (anyStartBatched(c, 2)) {
    c.set(scatterParts(*this, c), 0);
    return success();
  }
  int64_t dim = c.isBatched(0) ? c.dim(0) : c.dim(1);
  c.set(dynamicUpdateSlice(getKind(), c.at(0, dim), c.at(1, dim), startsWithZero(c, 2, dim)), dim);
  return success();
}

} // namespace mjx
