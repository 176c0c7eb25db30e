//===- GatherScatterOps.cpp - Rules of many parts at computed places ------===//
#include "IndexingRules.h"

using namespace mlir;

namespace mjx {

Val gather(Val x, Val indices, const PartDims &dims, ArrayRef<int64_t> sizes, StringRef mode,
           FloatAttr fill) {
  return {*x.emitter, x.emitter->create<GatherOp>(x.value, indices.value, dims.window, dims.dropped,
                                                  dims.indexMap, dims.operandBatching,
                                                  dims.indicesBatching, sizes, mode, fill)};
}

Val scatter(StringRef kind, Val dest, Val indices, Val updates, const PartDims &dims,
            StringRef mode, bool unique, bool sorted) {
  return {*dest.emitter,
          dest.emitter->create<ScatterOp>(
              kind, dest.value, indices.value, updates.value, dims.window, dims.dropped,
              dims.indexMap, dims.operandBatching, dims.indicesBatching, mode, unique, sorted)};
}

LogicalResult checkCombinable(Checker check, StringRef kind, Type element) {
  bool ordered = kind == "min" || kind == "max";
  if (kind == "set" || (ordered ? !isa<ComplexType>(element) : !element.isInteger(1)))
    return success();
  return check.fail("expected elements that ", kind, " can combine, but got ", element,
                    "; convert them to another type first");
}

//===----------------------------------------------------------------------===//
// Gather and scatter: which dimensions meet
//===----------------------------------------------------------------------===//

static LogicalResult checkBatching(Checker check, const PartDims &dims, RankedTensorType whole,
                                   RankedTensorType indices) {
  ArrayRef<int64_t> ours = dims.operandBatching, theirs = dims.indicesBatching;
  if (failed(check.length("indices_batching_dims", theirs, ours.size())) ||
      failed(check.dims("indices_batching_dims", theirs, indices.getRank() - 1)))
    return failure();
  for (auto [our, their] : llvm::zip(ours, theirs))
    if (whole.getDimSize(our) != indices.getDimSize(their))
      return check.fail("expected batching dimensions of equal extents, but got ",
                        whole.getDimSize(our), " and ", indices.getDimSize(their));
  return success();
}

/// Each dimension of the whole is dropped, batching or kept, and only those not
/// batching are moved along.
static LogicalResult checkPartDims(Checker check, const PartDims &dims, RankedTensorType whole,
                                   RankedTensorType indices, int64_t partsRank) {
  int64_t rank = whole.getRank();
  if (!isa<IntegerType>(indices.getElementType()) || indices.getRank() < 1)
    return check.fail("expected integer indices of at least one dimension, but got ", indices);
  SmallVector<int64_t> absent(dims.dropped), unmoved(dims.operandBatching);
  llvm::append_range(absent, dims.operandBatching);
  llvm::append_range(unmoved, dims.indexMap);
  if (failed(check.dims("dropped and batching dimensions", absent, rank)) ||
      failed(check.dims("index map and batching dimensions", unmoved, rank)) ||
      failed(check.length("window dimensions", dims.window, rank - absent.size())) ||
      failed(check.dims("window dimensions", dims.window, partsRank)) ||
      failed(check.increasing("window dimensions", dims.window)) ||
      failed(check.length("index map", dims.indexMap, indices.getShape().back())))
    return failure();
  return checkBatching(check, dims, whole, indices);
}

/// The shape of parts of `sizes`.
static SmallVector<int64_t> partsShape(const PartDims &dims, RankedTensorType indices,
                                       ArrayRef<int64_t> sizes) {
  SmallVector<int64_t> shape(indices.getRank() - 1 + dims.window.size());
  for (auto [part, whole] : llvm::zip(dims.window, dims.kept(sizes.size())))
    shape[part] = sizes[whole];
  for (auto [i, part] : llvm::enumerate(otherDims(shape.size(), dims.window)))
    shape[part] = indices.getDimSize(i);
  return shape;
}

/// The extents of one part of `parts` in a whole of `rank`.
static SmallVector<int64_t> partSizes(const PartDims &dims, int64_t rank, ArrayRef<int64_t> parts) {
  SmallVector<int64_t> sizes(rank, 1);
  for (auto [part, whole] : llvm::zip(dims.window, dims.kept(rank)))
    sizes[whole] = parts[part];
  return sizes;
}

/// Parts have to fit, unless there are none or those that do not are dropped.
static LogicalResult checkFit(Checker check, const PartDims &dims, RankedTensorType whole,
                              ArrayRef<int64_t> sizes, ArrayRef<int64_t> parts, StringRef mode) {
  if (mode == "fill" || llvm::is_contained(parts, 0))
    return success();
  for (auto [dim, size] : llvm::enumerate(sizes))
    if (size > whole.getDimSize(dim))
      return check.fail("expected parts that fit into ", listText(whole.getShape()), ", but got ",
                        listText(sizes));
  return success();
}

//===----------------------------------------------------------------------===//
// Gather
//===----------------------------------------------------------------------===//

static LogicalResult checkSizes(Checker check, const PartDims &dims, ArrayRef<int64_t> sizes,
                                int64_t rank) {
  if (failed(check.length("slice_sizes", sizes, rank)))
    return failure();
  SmallVector<int64_t> kept = dims.kept(rank);
  for (auto [dim, size] : llvm::enumerate(sizes))
    if (size < 0 || (size != 1 && !llvm::is_contained(kept, dim)))
      return check.fail("expected slice_sizes of at least 0, and 1 in collapsed and batching "
                        "dimensions, but got ",
                        listText(sizes));
  return success();
}

LogicalResult GatherOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                         Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Checker check{loc, getOperationName()};
  if (failed(check.tensors({adaptor.getX(), adaptor.getIndices()})))
    return failure();
  RankedTensorType x = tensorType(adaptor.getX()), indices = tensorType(adaptor.getIndices());
  PartDims dims = PartDims::ofGather(adaptor);
  int64_t rank = indices.getRank() - 1 + dims.window.size();
  ArrayRef<int64_t> sizes = adaptor.getSliceSizes();
  if (failed(checkPartDims(check, dims, x, indices, rank)) ||
      failed(checkSizes(check, dims, sizes, x.getRank())))
    return failure();
  SmallVector<int64_t> shape = partsShape(dims, indices, sizes);
  if (failed(checkFit(check, dims, x, sizes, shape, adaptor.getMode())))
    return failure();
  types.push_back(x.clone(shape));
  return success();
}

// d(x[i]) = dx[i]; what is filled in is constant.
LogicalResult GatherOp::buildJvp(JvpContext &c) {
  if (c.tangents[0])
    c.set(gather(c.tangent(0), c.in(1), PartDims::ofGather(*this), getSliceSizes(), getMode()));
  return success();
}

// ct is added into the accumulator where it was read.
LogicalResult GatherOp::buildTranspose(TransposeContext &c) {
  c.accumulate(0, [&](Val accumulator) {
    Val next = scatter("add", accumulator, c.in(1), c.cotangent(), PartDims::ofGather(*this),
                       getMode(), /*unique=*/false);
    return updatedAnywhere(accumulator, next);
  });
  return success();
}

namespace {
/// How gather and scatter become those of a batch.
struct BatchedParts {
  PartDims dims;
  /// Where the batch dimension is in the whole (-1: nowhere) and in the parts.
  int64_t whole, parts;
  Val indices;
};
} // namespace

/// Examples share the indices: the batch dimension is one more of the window.
static BatchedParts batchWindow(BatchContext &c, PartDims dims, int64_t whole) {
  SmallVector<int64_t> kept = dims.kept(tensorType(c.op->getOperand(0)).getRank());
  int64_t place = llvm::count_if(kept, [&](int64_t dim) { return dim < whole; });
  int64_t parts = place == 0 ? 0 : dims.window[place - 1] + 1;
  dims.window = withInserted(shiftedDims(dims.window, parts), place, parts);
  dims.dropped = shiftedDims(dims.dropped, whole);
  dims.indexMap = shiftedDims(dims.indexMap, whole);
  dims.operandBatching = shiftedDims(dims.operandBatching, whole);
  return {dims, whole, parts, c.in(1)};
}

/// Each example has its indices, which go in step with a batched whole.
static BatchedParts batchIndices(BatchContext &c, PartDims dims, int64_t whole, int64_t partsRank) {
  // The last dimension has to stay last.
  int64_t from = c.dim(1), last = c.in(1).rank() - 1, dim = from == last ? 0 : from;
  SmallVector<int64_t> steps = otherDims(partsRank, dims.window);
  int64_t parts = dim < static_cast<int64_t>(steps.size()) ? steps[dim] : partsRank;
  dims.window = shiftedDims(dims.window, parts);
  dims.indicesBatching = shiftedDims(dims.indicesBatching, dim);
  if (whole >= 0) {
    dims.dropped = shiftedDims(dims.dropped, whole);
    dims.indexMap = shiftedDims(dims.indexMap, whole);
    dims.operandBatching = shiftedDims(dims.operandBatching, whole);
    dims.operandBatching.push_back(whole);
    dims.indicesBatching.push_back(dim);
  }
  return {dims, whole, parts, c.at(1, dim)};
}

LogicalResult GatherOp::buildBatch(BatchContext &c) {
  PartDims dims = PartDims::ofGather(*this);
  BatchedParts batched = c.isBatched(1) ? batchIndices(c, dims, c.dim(0), getType().getRank())
                                        : batchWindow(c, dims, c.dim(0));
  SmallVector<int64_t> sizes(getSliceSizes());
  if (batched.whole >= 0)
    sizes.insert(sizes.begin() + batched.whole, c.isBatched(1) ? 1 : c.size);
  c.set(gather(c.in(0), batched.indices, batched.dims, sizes, getMode(), getFillValueAttr()),
        batched.parts);
  return success();
}

//===----------------------------------------------------------------------===//
// Scatter
//===----------------------------------------------------------------------===//

LogicalResult ScatterOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                          Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Checker check{loc, getOperationName()};
  if (failed(check.tensors({adaptor.getDest(), adaptor.getIndices(), adaptor.getUpdates()})))
    return failure();
  RankedTensorType dest = tensorType(adaptor.getDest()), updates = tensorType(adaptor.getUpdates());
  RankedTensorType indices = tensorType(adaptor.getIndices());
  PartDims dims = PartDims::ofScatter(adaptor);
  if (failed(check.sameElements(dest, updates)) ||
      failed(checkCombinable(check, adaptor.getKind(), dest.getElementType())) ||
      failed(checkPartDims(check, dims, dest, indices, updates.getRank())))
    return failure();
  int64_t rank = indices.getRank() - 1 + dims.window.size();
  if (updates.getRank() != rank)
    return check.fail("expected updates of rank ", rank, ", but got ", updates);
  SmallVector<int64_t> sizes = partSizes(dims, dest.getRank(), updates.getShape());
  SmallVector<int64_t> expected = partsShape(dims, indices, sizes);
  if (updates.getShape() != ArrayRef(expected))
    return check.fail("expected updates of shape ", listText(expected), ", but got ", updates);
  if (failed(checkFit(check, dims, dest, sizes, expected, adaptor.getMode())))
    return failure();
  types.push_back(dest);
  return success();
}

namespace {
/// A scatter as a family of maps that differ in what is scattered.
struct ScatterRule {
  explicit ScatterRule(ScatterOp op)
      : op(op), dims(PartDims::ofScatter(op)),
        sizes(partSizes(dims, op.getType().getRank(), op.getUpdates().getType().getShape())) {}

  Val scatter(StringRef kind, Val dest, Val indices, Val updates) {
    return mjx::scatter(kind, dest, indices, updates, dims, op.getMode(), op.getUnique(),
                        op.getSorted());
  }
  /// What lies in `whole` where the updates go; 0 where they are dropped.
  Val gather(Val whole, Val indices) {
    return mjx::gather(whole, indices, dims, sizes, op.getMode());
  }

  ScatterOp op;
  PartDims dims;
  SmallVector<int64_t> sizes;
};
} // namespace

// With u the updates that meet at an element, and "other" all of them but one:
//   d(dest * prod u) = ddest * prod u + dest * sum (du * prod other)
// prod other is the product of those that are not 0, divided by u. Where one
// other is 0 it is that times this one, which the sum of those that are 0 gives:
// a value of 0, but with a derivative. Where more are it is 0, as is its
// derivative; that is exact in second order.
static Val productTangent(ScatterRule &rule, JvpContext &c) {
  Val dest = c.in(0), indices = c.in(1), updates = c.in(2);
  Val tangent = c.tangents[0] ? rule.scatter("mul", c.tangent(0), indices, updates) : Val();
  if (!c.tangents[2])
    return tangent;
  Val others = rule.gather(dest, indices);
  if (!rule.op.getUnique()) {
    Val isZero = compare(updates, 0, "eq"), one = updates.splat(1);
    Val nonzero = select(isZero, one, updates);
    Val product = rule.gather(rule.scatter("mul", dest, indices, nonzero), indices);
    Val zeros = rule.gather(
        rule.scatter("add", dest.splat(0), indices, convert(isZero, updates.element())), indices);
    Val otherZeros = zeros - convert(isZero, updates.element());
    Val vanishing = select(isZero, updates, Val());
    Val sum = rule.gather(rule.scatter("add", dest.splat(0), indices, vanishing), indices);
    Val rest = product / nonzero;
    Val withOne = select(compare(otherZeros, 1.0, "eq"), rest * (sum - vanishing), Val());
    others = select(compare(otherZeros, 0, "eq"), rest, withOne);
  }
  return tangent + rule.scatter("add", dest.splat(0), indices, c.tangent(2) * others);
}

// The tangent of an extremum is the mean of those of the elements that attain
// it. NaN attains what it made NaN.
static Val extremumTangent(ScatterRule &rule, JvpContext &c) {
  Val dest = c.in(0), indices = c.in(1), updates = c.in(2);
  auto attains = [](Val x, Val extremum) {
    return OrOp::of(compare(x, extremum, "eq"), compare(x, x, "ne"));
  };
  Val destWins = attains(dest, c.out());
  Val updateWins = attains(updates, rule.gather(c.out(), indices));
  Val winners = rule.scatter("add", convert(destWins, dest.element()), indices,
                             convert(updateWins, dest.element()));
  Val tangent = select(destWins, c.tangent(0), Val());
  if (c.tangents[2])
    tangent = rule.scatter("add", tangent ? tangent : dest.splat(0), indices,
                           select(updateWins, c.tangent(2), Val()));
  return tangent / winners;
}

// set: the tangent of dest with those of the updates set; add: with them added.
LogicalResult ScatterOp::buildJvp(JvpContext &c) {
  ScatterRule rule(*this);
  if (getKind() == "mul")
    c.set(productTangent(rule, c));
  else if (getKind() == "min" || getKind() == "max")
    c.set(extremumTangent(rule, c));
  else if (getKind() == "add" && !c.tangents[2])
    c.set(c.tangent(0));
  else
    c.set(rule.scatter(getKind(), c.materialized(0), c.in(1), c.materialized(2)));
  return success();
}

/// Whether an update is the last one of its element: numbers the updates, sets
/// the numbers, and looks which remain.
static Val isLastWriter(ScatterRule &rule, Emitter &emitter, Val indices) {
  RankedTensorType updates = rule.op.getUpdates().getType();
  int64_t count = updates.getNumElements();
  auto integer = IntegerType::get(rule.op.getContext(), llvm::isInt<32>(count) ? 32 : 64);
  Val line(emitter, emitter.create<IotaOp>(RankedTensorType::get({count}, integer), 0));
  Val numbers = reshape(line, updates.getShape());
  Val nobody(emitter, emitter.splat(rule.op.getType().clone(integer), -1));
  Val last = rule.gather(rule.scatter("set", nobody, indices, numbers), indices);
  return compare(last, numbers, "eq");
}

// The updates read ct where they went, and those overwritten nothing. What was
// set is not read from dest: zeros there. A product is diagonal in dest.
LogicalResult ScatterOp::buildTranspose(TransposeContext &c) {
  ScatterRule rule(*this);
  Val ct = c.cotangent(), indices = c.in(1);
  bool isSet = getKind() == "set", isSum = isSet || getKind() == "add";
  if (c.isLinear(2) && !isSum)
    return emitOpError() << "is linear in the updates only if they are set or added";
  if (c.isLinear(2)) {
    Val part = rule.gather(ct, indices);
    bool overwrites = isSet && !getUnique();
    c.add(2, overwrites ? select(isLastWriter(rule, c.emitter, indices), part, Val()) : part);
  }
  if (!c.isLinear(0))
    return success();
  if (getKind() == "add")
    c.add(0, ct);
  else if (isSet)
    c.add(0, rule.scatter("set", ct, indices, {c.emitter, c.emitter.zeros(c.inType(2))}));
  else if (getKind() == "mul")
    c.add(0, rule.scatter("mul", ct, indices, c.in(2)));
  else
    return emitOpError() << "is not linear for " << getKind();
  return success();
}

LogicalResult ScatterOp::buildBatch(BatchContext &c) {
  PartDims dims = PartDims::ofScatter(*this);
  int64_t whole = std::max<int64_t>(c.dim(0), 0);
  BatchedParts batched = c.isBatched(1)
                             ? batchIndices(c, dims, whole, getUpdates().getType().getRank())
                             : batchWindow(c, dims, whole);
  c.set(scatter(getKind(), c.at(0, whole), batched.indices, c.at(2, batched.parts), batched.dims,
                getMode(), getUnique()),
        whole);
  return success();
}

} // namespace mjx
