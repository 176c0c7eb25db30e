//===- ContractionOps.cpp - Sums of products ------------------------------===//
#include "mjx/IR/Mjx.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace mjx {

namespace {

using Dims = SmallVector<int64_t>;

int64_t product(ArrayRef<int64_t> sizes) {
  int64_t result = 1;
  for (int64_t size : sizes)
    result *= size;
  return result;
}

Dims concat(ArrayRef<int64_t> x, ArrayRef<int64_t> y) {
  Dims result(x);
  llvm::append_range(result, y);
  return result;
}

/// The numbers `start`, `start + 1`, ... as many as `like` has.
Dims countFrom(int64_t start, ArrayRef<int64_t> like) {
  return llvm::to_vector(llvm::seq<int64_t>(start, start + like.size()));
}

LogicalResult checkOperands(std::optional<Location> loc, StringRef who, Type lhs, Type rhs) {
  if (isa<RankedTensorType>(lhs) && isa<RankedTensorType>(rhs) &&
      getElementTypeOrSelf(lhs) == getElementTypeOrSelf(rhs))
    return success();
  return emitOptionalError(loc, who, ": expected tensors of one element type, but got ", lhs,
                           " and ", rhs);
}

} // namespace

//===----------------------------------------------------------------------===//
// dot_general
//===----------------------------------------------------------------------===//

namespace {

/// The numbers of a dot_general: per side, batch, contracted and free dims.
struct DotDims {
  Dims lhsBatch, rhsBatch, lhsContract, rhsContract;

  Dims lhsFree(int64_t rank) const { return otherDims(rank, concat(lhsBatch, lhsContract)); }
  Dims rhsFree(int64_t rank) const { return otherDims(rank, concat(rhsBatch, rhsContract)); }

  Dims resultShape(ArrayRef<int64_t> lhs, ArrayRef<int64_t> rhs) const {
    Dims shape;
    for (int64_t dim : concat(lhsBatch, lhsFree(lhs.size())))
      shape.push_back(lhs[dim]);
    for (int64_t dim : rhsFree(rhs.size()))
      shape.push_back(rhs[dim]);
    return shape;
  }
};

DotDims dotDims(DotGeneralOp op) {
  return {Dims(op.getLhsBatch()), Dims(op.getRhsBatch()), Dims(op.getLhsContract()),
          Dims(op.getRhsContract())};
}

Val dot(Val lhs, Val rhs, const DotDims &dims) {
  return DotGeneralOp::of(lhs, rhs, dims.lhsBatch, dims.rhsBatch, dims.lhsContract,
                          dims.rhsContract);
}

LogicalResult checkSide(std::optional<Location> loc, StringRef side, ArrayRef<int64_t> batch,
                        ArrayRef<int64_t> contract, int64_t rank) {
  SmallVector<bool> isSeen(rank);
  for (int64_t dim : concat(batch, contract)) {
    if (dim < 0 || dim >= rank)
      return emitOptionalError(loc, "dot_general: expected dimensions of ", side, " in [0, ", rank,
                               "), but got ", dim);
    if (std::exchange(isSeen[dim], true))
      return emitOptionalError(loc, "dot_general: expected each dimension of ", side,
                               " once, but got ", dim, " twice");
  }
  return success();
}

LogicalResult checkPairs(std::optional<Location> loc, StringRef role, RankedTensorType lhs,
                         RankedTensorType rhs, ArrayRef<int64_t> lhsDims,
                         ArrayRef<int64_t> rhsDims) {
  for (auto [i, j] : llvm::zip(lhsDims, rhsDims))
    if (lhs.getDimSize(i) != rhs.getDimSize(j))
      return emitOptionalError(loc, "dot_general: expected ", role,
                               " dimensions of equal size, but got size ", lhs.getDimSize(i),
                               " of lhs dimension ", i, " and ", rhs.getDimSize(j),
                               " of rhs dimension ", j);
  return success();
}

} // namespace

LogicalResult DotGeneralOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                             Adaptor adaptor, SmallVectorImpl<Type> &types) {
  if (failed(checkOperands(loc, "dot_general", adaptor.getLhs().getType(),
                           adaptor.getRhs().getType())))
    return failure();
  auto lhs = cast<RankedTensorType>(adaptor.getLhs().getType());
  auto rhs = cast<RankedTensorType>(adaptor.getRhs().getType());
  DotDims dims{Dims(adaptor.getLhsBatch()), Dims(adaptor.getRhsBatch()),
               Dims(adaptor.getLhsContract()), Dims(adaptor.getRhsContract())};
  if (dims.lhsBatch.size() != dims.rhsBatch.size() ||
      dims.lhsContract.size() != dims.rhsContract.size())
    return emitOptionalError(
        loc, "dot_general: expected as many dimensions of lhs as of rhs, but got batch ",
        dims.lhsBatch.size(), " and ", dims.rhsBatch.size(), ", contract ", dims.lhsContract.size(),
        " and ", dims.rhsContract.size());
  if (failed(checkSide(loc, "lhs", dims.lhsBatch, dims.lhsContract, lhs.getRank())) ||
      failed(checkSide(loc, "rhs", dims.rhsBatch, dims.rhsContract, rhs.getRank())) ||
      failed(checkPairs(loc, "batch", lhs, rhs, dims.lhsBatch, dims.rhsBatch)) ||
      failed(checkPairs(loc, "contracted", lhs, rhs, dims.lhsContract, dims.rhsContract)))
    return failure();
  types.push_back(lhs.clone(dims.resultShape(lhs.getShape(), rhs.getShape())));
  return success();
}

SmallVector<int64_t> DotGeneralOp::getLhsFree() {
  return dotDims(*this).lhsFree(getLhs().getType().getRank());
}

SmallVector<int64_t> DotGeneralOp::getRhsFree() {
  return dotDims(*this).rhsFree(getRhs().getType().getRank());
}

Val DotGeneralOp::of(Val lhs, Val rhs, ArrayRef<int64_t> lhsBatch, ArrayRef<int64_t> rhsBatch,
                     ArrayRef<int64_t> lhsContract, ArrayRef<int64_t> rhsContract) {
  if (!lhs || !rhs)
    return {};
  DotDims dims{Dims(lhsBatch), Dims(rhsBatch), Dims(lhsContract), Dims(rhsContract)};
  Type type = lhs.type().clone(dims.resultShape(lhs.shape(), rhs.shape()));
  return {*lhs.emitter, lhs.emitter->create<DotGeneralOp>(type, lhs.value, rhs.value, lhsBatch,
                                                          rhsBatch, lhsContract, rhsContract)};
}

// d(x . y) = dx . y + x . dy
LogicalResult DotGeneralOp::buildJvp(JvpContext &c) {
  DotDims dims = dotDims(*this);
  c.set(dot(c.tangent(0), c.in(1), dims) + dot(c.in(0), c.tangent(1), dims));
  return success();
}

/// The cotangent of one side: `ct` contracted with the other side over the
/// latter's free dims. `self` and `other` tell both sides' dims, `ctSelf` and
/// `ctOther` where their free ones are in `ct`.
static Val transposeSide(Val ct, Val other, ArrayRef<int64_t> selfBatch, ArrayRef<int64_t> selfFree,
                         ArrayRef<int64_t> selfContract, ArrayRef<int64_t> otherBatch,
                         ArrayRef<int64_t> otherFree, ArrayRef<int64_t> otherContract,
                         ArrayRef<int64_t> ctOther) {
  Val result = DotGeneralOp::of(ct, other, countFrom(0, selfBatch), otherBatch, ctOther, otherFree);
  // Contracted dims come in the order they have in `other`.
  SmallVector<std::pair<int64_t, int64_t>> pairs;
  for (auto [theirs, ours] : llvm::zip(otherContract, selfContract))
    pairs.emplace_back(theirs, ours);
  llvm::sort(pairs);
  Dims order = concat(selfBatch, selfFree);
  for (auto [theirs, ours] : pairs)
    order.push_back(ours);
  return transpose(result, inversePermutation(order));
}

// ct . y over y's free dims, and x . ct over x's.
LogicalResult DotGeneralOp::buildTranspose(TransposeContext &c) {
  DotDims dims = dotDims(*this);
  Dims lhsFree = getLhsFree(), rhsFree = getRhsFree();
  int64_t batch = dims.lhsBatch.size();
  if (c.isLinear(0))
    c.add(0, transposeSide(c.cotangent(), c.in(1), dims.lhsBatch, lhsFree, dims.lhsContract,
                           dims.rhsBatch, rhsFree, dims.rhsContract,
                           countFrom(batch + lhsFree.size(), rhsFree)));
  else
    c.add(1, transposeSide(c.cotangent(), c.in(0), dims.rhsBatch, rhsFree, dims.rhsContract,
                           dims.lhsBatch, lhsFree, dims.lhsContract, countFrom(batch, lhsFree)));
  return success();
}

static void makeRoom(Dims &dims, int64_t batch) {
  if (batch >= 0)
    for (int64_t &dim : dims)
      dim += dim >= batch;
}

// A batch on both sides is one more batch dim, in front; on one side it is a
// free dim, and the product stays one product.
LogicalResult DotGeneralOp::buildBatch(BatchContext &c) {
  DotDims dims = dotDims(*this);
  int64_t lhs = c.dim(0), rhs = c.dim(1);
  makeRoom(dims.lhsBatch, lhs), makeRoom(dims.lhsContract, lhs);
  makeRoom(dims.rhsBatch, rhs), makeRoom(dims.rhsContract, rhs);
  auto placeIn = [](ArrayRef<int64_t> dims, int64_t dim) {
    return llvm::find(dims, dim) - dims.begin();
  };
  int64_t where = 0;
  if (lhs >= 0 && rhs >= 0) {
    dims.lhsBatch.insert(dims.lhsBatch.begin(), lhs);
    dims.rhsBatch.insert(dims.rhsBatch.begin(), rhs);
  } else if (lhs >= 0) {
    where = dims.lhsBatch.size() + placeIn(dims.lhsFree(c.in(0).rank()), lhs);
  } else {
    where = dims.lhsBatch.size() + getLhsFree().size() + placeIn(dims.rhsFree(c.in(1).rank()), rhs);
  }
  c.set(dot(c.in(0), c.in(1), dims), where);
  return success();
}

//===----------------------------------------------------------------------===//
// conv_general
//===----------------------------------------------------------------------===//

namespace {

/// Everything about a convolution but its operands.
struct Window {
  Dims strides, low, high, lhsDilation, rhsDilation;
  int64_t featureGroups = 1, batchGroups = 1;
};

Window windowOf(ConvGeneralOp op) {
  return {Dims(op.getStrides()),       Dims(op.getLow()),         Dims(op.getHigh()),
          Dims(op.getLhsDilation()),   Dims(op.getRhsDilation()), int64_t(op.getFeatureGroups()),
          int64_t(op.getBatchGroups())};
}

/// Extent of `size` elements that are `dilation` apart.
int64_t spread(int64_t size, int64_t dilation) { return size ? (size - 1) * dilation + 1 : 0; }

Dims convShape(ArrayRef<int64_t> lhs, ArrayRef<int64_t> rhs, const Window &window) {
  Dims shape{lhs[0] / window.batchGroups, rhs[0]};
  for (size_t i = 0; i < window.strides.size(); ++i) {
    int64_t input = spread(lhs[i + 2], window.lhsDilation[i]) + window.low[i] + window.high[i];
    int64_t kernel = spread(rhs[i + 2], window.rhsDilation[i]);
    input = std::max<int64_t>(input, 0);
    shape.push_back(input < kernel ? 0 : (input - kernel) / window.strides[i] + 1);
  }
  return shape;
}

Val convolve(Val lhs, Val rhs, const Window &w) {
  if (!lhs || !rhs)
    return {};
  Type type = lhs.type().clone(convShape(lhs.shape(), rhs.shape(), w));
  return {*lhs.emitter, lhs.emitter->create<ConvGeneralOp>(
                            type, lhs.value, rhs.value, w.strides, w.low, w.high, w.lhsDilation,
                            w.rhsDilation, w.featureGroups, w.batchGroups)};
}

LogicalResult checkWindow(std::optional<Location> loc, const Window &window, size_t space) {
  for (const Dims *list :
       {&window.strides, &window.low, &window.high, &window.lhsDilation, &window.rhsDilation})
    if (list->size() != space)
      return emitOptionalError(loc,
                               "conv_general: expected strides, low, high and dilations with "
                               "one number for each of ",
                               space, " spatial dimensions, but got ", list->size());
  for (const Dims *list : {&window.strides, &window.lhsDilation, &window.rhsDilation})
    for (int64_t number : *list)
      if (number < 1)
        return emitOptionalError(
            loc, "conv_general: expected strides and dilations of at least 1, but got ", number);
  if (window.featureGroups < 1 || window.batchGroups < 1 ||
      (window.featureGroups > 1 && window.batchGroups > 1))
    return emitOptionalError(loc,
                             "conv_general: expected feature_groups and batch_groups of at "
                             "least 1, and one of them 1, but got ",
                             window.featureGroups, " and ", window.batchGroups);
  return success();
}

LogicalResult checkFeatures(std::optional<Location> loc, RankedTensorType lhs, RankedTensorType rhs,
                            const Window &window) {
  int64_t features = lhs.getDimSize(1), wanted = rhs.getDimSize(1) * window.featureGroups;
  if (features != wanted)
    return emitOptionalError(loc,
                             "conv_general: expected as many features in lhs as the kernel "
                             "has times feature_groups, ",
                             wanted, ", but got ", features);
  int64_t groups = window.featureGroups * window.batchGroups;
  if (rhs.getDimSize(0) % groups)
    return emitOptionalError(loc, "conv_general: expected a number of output features that ",
                             groups, " groups divide, but got ", rhs.getDimSize(0));
  if (lhs.getDimSize(0) % window.batchGroups)
    return emitOptionalError(loc, "conv_general: expected a batch that batch_groups = ",
                             window.batchGroups, " divides, but got ", lhs.getDimSize(0));
  return success();
}

ArrayRef<int64_t> spaceOf(ArrayRef<int64_t> shape) { return shape.drop_front(2); }

} // namespace

LogicalResult ConvGeneralOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                              Adaptor adaptor, SmallVectorImpl<Type> &types) {
  if (failed(checkOperands(loc, "conv_general", adaptor.getLhs().getType(),
                           adaptor.getRhs().getType())))
    return failure();
  auto lhs = cast<RankedTensorType>(adaptor.getLhs().getType());
  auto rhs = cast<RankedTensorType>(adaptor.getRhs().getType());
  if (lhs.getRank() < 2 || lhs.getRank() != rhs.getRank())
    return emitOptionalError(loc,
                             "conv_general: expected operands of one rank, at least 2, but got ",
                             lhs, " and ", rhs);
  Window window{Dims(adaptor.getStrides()),       Dims(adaptor.getLow()),
                Dims(adaptor.getHigh()),          Dims(adaptor.getLhsDilation()),
                Dims(adaptor.getRhsDilation()),   int64_t(adaptor.getFeatureGroups()),
                int64_t(adaptor.getBatchGroups())};
  if (failed(checkWindow(loc, window, lhs.getRank() - 2)) ||
      failed(checkFeatures(loc, lhs, rhs, window)))
    return failure();
  types.push_back(lhs.clone(convShape(lhs.getShape(), rhs.getShape(), window)));
  return success();
}

// d(x * y) = dx * y + x * dy
LogicalResult ConvGeneralOp::buildJvp(JvpContext &c) {
  Window window = windowOf(*this);
  c.set(convolve(c.tangent(0), c.in(1), window) + convolve(c.in(0), c.tangent(1), window));
  return success();
}

namespace {

/// `x` with dimension `dim` split in `groups` parts, of which the number comes
/// first, and the parts' number moved to `to` and joined with what is there.
/// `to` counts after the split.
Val moveGroups(Val x, int64_t groups, int64_t dim, int64_t to) {
  Dims shape(x.shape());
  shape[dim] /= groups;
  Dims split(shape);
  split.insert(split.begin() + dim, groups);
  Dims order = otherDims(split.size(), dim);
  order.insert(order.begin() + to, dim);
  shape[to] *= groups;
  return reshape(transpose(reshape(x, split), order), shape);
}

Dims swapTwo(int64_t rank) {
  Dims permutation = iotaDims(rank);
  std::swap(permutation[0], permutation[1]);
  return permutation;
}

/// The kernel that leads from cotangents back to inputs: reversed in space, with
/// features in and out exchanged inside each group.
Val reversedKernel(Val rhs, int64_t groups) {
  Dims space = countFrom(2, spaceOf(rhs.shape()));
  if (product(spaceOf(rhs.shape())) != 1)
    rhs = {*rhs.emitter, rhs.emitter->create<ReverseOp>(rhs.type(), rhs.value, space)};
  rhs = transpose(rhs, swapTwo(rhs.rank()));
  return groups == 1 ? rhs : moveGroups(rhs, groups, 1, 0);
}

// lhs' = ct, spread by the strides and padded so that every kernel position
// that met an input element meets it again, * the reversed kernel.
Val transposeLhs(Val ct, Val rhs, RankedTensorType lhs, const Window &w) {
  Window back{w.lhsDilation, {}, {}, w.strides, w.rhsDilation, w.featureGroups * w.batchGroups, 1};
  for (size_t i = 0; i < w.strides.size(); ++i) {
    int64_t kernel = spread(rhs.shape()[i + 2], w.rhsDilation[i]);
    int64_t input = spread(lhs.getDimSize(i + 2), w.lhsDilation[i]);
    int64_t low = kernel - w.low[i] - 1;
    back.low.push_back(low);
    back.high.push_back(input + kernel - 1 - spread(ct.shape()[i + 2], w.strides[i]) - low);
  }
  Val result = convolve(ct, reversedKernel(rhs, back.featureGroups), back);
  return w.batchGroups == 1 ? result : moveGroups(result, w.batchGroups, 1, 0);
}

// rhs' = lhs * ct, the batch being what is summed over: batch and features
// change places, and so do feature groups and batch groups.
Val transposeRhs(Val ct, Val lhs, RankedTensorType rhs, const Window &w) {
  Window back{w.rhsDilation, w.low, {}, w.lhsDilation, w.strides, w.batchGroups, w.featureGroups};
  for (size_t i = 0; i < w.strides.size(); ++i)
    back.high.push_back(spread(ct.shape()[i + 2], w.strides[i]) +
                        spread(rhs.getDimSize(i + 2), w.rhsDilation[i]) - 1 -
                        spread(lhs.shape()[i + 2], w.lhsDilation[i]) - w.low[i]);
  Dims swapped = swapTwo(lhs.rank());
  return transpose(convolve(transpose(lhs, swapped), transpose(ct, swapped), back), swapped);
}

} // namespace

LogicalResult ConvGeneralOp::buildTranspose(TransposeContext &c) {
  Window window = windowOf(*this);
  // No result, or nothing summed: nothing flows back.
  if (c.cotangent().type().getNumElements() == 0)
    return success();
  if (c.isLinear(0))
    c.add(0, transposeLhs(c.cotangent(), c.in(1), c.inType(0), window));
  else
    c.add(1, transposeRhs(c.cotangent(), c.in(0), c.inType(1), window));
  return success();
}

namespace {

/// Joins the first two dimensions.
Val joinFront(Val x) {
  Dims shape(x.shape().drop_front());
  shape[0] *= x.shape()[0];
  return reshape(x, shape);
}

/// Splits `size` off the front of dimension `dim`.
Val splitDim(Val x, int64_t dim, int64_t size) {
  Dims shape(x.shape());
  shape[dim] /= size;
  shape.insert(shape.begin() + dim, size);
  return reshape(x, shape);
}

/// Moves dimension `from` to `to`.
Val moveDim(Val x, int64_t from, int64_t to) { return moveBatchDim(x, from, to, 0); }

/// A batch of examples becomes part of dimension 0, inside each of its groups.
Val foldIntoGroups(Val batched, int64_t groups) {
  if (groups == 1)
    return joinFront(batched);
  Val split = moveDim(splitDim(batched, 1, groups), 0, 1);
  return joinFront(joinFront(split));
}

} // namespace

// Different inputs, one kernel: more images.
static void batchLhs(BatchContext &c, const Window &w) {
  Val result = convolve(foldIntoGroups(c.front(0), w.batchGroups), c.in(1), w);
  c.set(splitDim(result, 0, c.size), 0);
}

// One input, different kernels: more output features.
static void batchRhs(BatchContext &c, const Window &w) {
  int64_t groups = w.featureGroups * w.batchGroups;
  Val result = convolve(c.in(0), foldIntoGroups(c.front(1), groups), w);
  if (groups == 1)
    return c.set(splitDim(result, 1, c.size), 1);
  // Features are [groups, batch, features of a group].
  Val split = moveDim(splitDim(splitDim(result, 1, groups), 2, c.size), 2, 1);
  Dims shape(split.shape());
  shape[2] *= shape[3];
  shape.erase(shape.begin() + 3);
  c.set(reshape(split, shape), 1);
}

// Different inputs, each with its kernel: groups that do not mix.
static void batchBoth(BatchContext &c, Window w) {
  Val lhs, rhs = joinFront(c.front(1));
  if (w.batchGroups > 1) {
    lhs = joinFront(c.front(0));
    w.batchGroups *= c.size;
  } else {
    Val middle = c.at(0, 1);
    Dims shape(middle.shape());
    shape[1] *= shape[2];
    shape.erase(shape.begin() + 2);
    lhs = reshape(middle, shape);
    w.featureGroups *= c.size;
  }
  c.set(splitDim(convolve(lhs, rhs, w), 1, c.size), 1);
}

LogicalResult ConvGeneralOp::buildBatch(BatchContext &c) {
  Window window = windowOf(*this);
  if (c.size == 0) {
    Dims shape{0};
    llvm::append_range(shape, getType().getShape());
    c.set({c.emitter, c.emitter.zeros(getType().clone(shape))}, 0);
    return success();
  }
  if (c.isBatched(0) && c.isBatched(1))
    batchBoth(c, window);
  else if (c.isBatched(0))
    batchLhs(c, window);
  else
    batchRhs(c, window);
  return success();
}

} // namespace mjx
