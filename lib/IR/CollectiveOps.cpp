//===- CollectiveOps.cpp - Ops on one example that see the others ---------===//
//
// The vmap that has the name resolves them: what was one value for each example
// is one dimension then. Under any other vmap they are ops like others. Each is
// linear as a map of all examples, and transposed as such.
//
//===----------------------------------------------------------------------===//
#include "IndexingRules.h"

using namespace mlir;

namespace mjx {

namespace {

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

/// `groups` is a permutation of all positions, in lists of `size`.
LogicalResult checkGroups(Checker check, int64_t size, ArrayRef<int64_t> groups) {
  if (size < 0)
    return check.fail("expected size to be at least 0, but got ", size);
  if (groups.empty())
    return success();
  int64_t count = groups.size();
  if (size == 0 || count % size != 0)
    return check.fail("expected groups of size ", size, ", one after another, but got ",
                      listText(groups));
  return check.dims("groups", groups, count);
}

/// Each position sends at most once and receives at most once.
LogicalResult checkPairs(Checker check, int64_t size, ArrayRef<int64_t> pairs) {
  if (pairs.size() % 2 != 0)
    return check.fail("expected pairs to list sources and targets in turn, but got ",
                      listText(pairs));
  SmallVector<int64_t> sides[2];
  for (auto [i, position] : llvm::enumerate(pairs))
    sides[i % 2].push_back(position);
  if (failed(check.dims("the sources of pairs", sides[0], size)))
    return failure();
  return check.dims("the targets of pairs", sides[1], size);
}

/// Complains unless the vmap has the size the op was made for.
LogicalResult checkResolvable(BatchContext &c, int64_t size, ArrayRef<int64_t> groups) {
  int64_t expected = groups.empty() ? size : groups.size();
  if (expected == c.size)
    return success();
  return c.op->emitOpError("expected axis \"")
         << c.axis.name << "\" to have " << expected << " examples, but the vmap has " << c.size;
}

/// Complains that no vmap has the name.
LogicalResult failUnbound(Operation *op, StringRef axis) {
  return op->emitOpError("expected an enclosing vmap over axis \"") << axis << "\", but found none";
}

RankedTensorType withDim(RankedTensorType x, int64_t dim, int64_t size) {
  return x.clone(withInserted(x.getShape(), dim, size));
}

RankedTensorType withoutDim(RankedTensorType x, int64_t dim) {
  SmallVector<int64_t> shape(x.getShape());
  shape.erase(shape.begin() + dim);
  return x.clone(shape);
}

/// Dimension `dim` of `x` has one slice for each of `size` examples.
LogicalResult checkSlices(Checker check, StringRef name, RankedTensorType x, int64_t dim,
                          int64_t size) {
  if (dim < 0 || dim >= x.getRank())
    return check.fail("expected ", name, " in [0, ", x.getRank(), "), but got ", dim);
  if (x.getDimSize(dim) != size)
    return check.fail("expected dimension ", dim, " of ", x, " to have one slice for each of ",
                      size, " examples");
  return success();
}

LogicalResult checkPlace(Checker check, StringRef name, int64_t dim, int64_t rank) {
  if (dim >= 0 && dim <= rank)
    return success();
  return check.fail("expected ", name, " in [0, ", rank, "], but got ", dim);
}

//===----------------------------------------------------------------------===//
// Values of all lanes
//===----------------------------------------------------------------------===//

Val moveDim(Val x, int64_t from, int64_t to) { return moveBatchDim(x, from, to, 0); }

Val reduce(Val x, StringRef kind, int64_t dim) {
  return {*x.emitter, x.emitter->create<ReduceOp>(withoutDim(x.type(), dim), kind, x.value,
                                                  ArrayRef<int64_t>{dim})};
}

Val sliceOf(Val x, int64_t start, int64_t size) {
  if (size == x.shape().front())
    return x;
  SmallVector<int64_t> starts(x.rank(), 0), sizes(x.shape()), ones(x.rank(), 1);
  starts[0] = start;
  sizes[0] = size;
  return slice(x, starts, sizes, ones);
}

Val zeros(Val like, int64_t size) {
  SmallVector<int64_t> shape(like.shape());
  shape[0] = size;
  return {*like.emitter, like.emitter->zeros(like.type().clone(shape))};
}

Val constantIndices(Emitter &emitter, ArrayRef<int64_t> values) {
  SmallVector<int32_t> narrow(values.begin(), values.end());
  auto type =
      RankedTensorType::get({static_cast<int64_t>(values.size()), 1}, emitter.primal.getI32Type());
  auto data = DenseElementsAttr::get(type, ArrayRef<int32_t>(narrow));
  return {emitter, ConstantOp::create(emitter.primal, emitter.loc, type, data)};
}

/// Positions that follow one another, of which few runs are better sliced.
struct Run {
  int64_t start, size;
};

SmallVector<Run> runsOf(ArrayRef<int64_t> positions) {
  SmallVector<Run> runs;
  for (int64_t position : positions) {
    bool continues =
        !runs.empty() &&
        (position < 0 ? runs.back().start < 0
                      : runs.back().start >= 0 && runs.back().start + runs.back().size == position);
    if (continues)
      ++runs.back().size;
    else
      runs.push_back({position, 1});
  }
  return runs;
}

/// Rows `positions` of `x`, zeros where a position is -1.
Val takeRows(Val x, ArrayRef<int64_t> positions) {
  constexpr size_t fewRuns = 4;
  if (positions == ArrayRef(iotaDims(x.shape().front())))
    return x;
  SmallVector<Run> runs = runsOf(positions);
  if (runs.size() <= fewRuns)
    return concatenate(llvm::map_to_vector(runs,
                                           [&](Run run) {
                                             return run.start < 0 ? zeros(x, run.size)
                                                                  : sliceOf(x, run.start, run.size);
                                           }),
                       0);
  PartDims dims;
  dims.window = shiftedDims(iotaDims(x.rank() - 1), 0);
  dims.dropped = dims.indexMap = {0};
  SmallVector<int64_t> sizes(x.shape());
  sizes[0] = 1;
  return gather(x, constantIndices(*x.emitter, positions), dims, sizes, "fill");
}

/// Values of all lanes, with the lanes in dimension `dim`: in front, or behind
/// the groups that they form.
class Lanes {
public:
  Lanes(BatchContext &c, int64_t size, ArrayRef<int64_t> groups)
      : dim(groups.empty() ? 0 : 1), c(c), size(size), groups(groups) {}

  Val operand() const { return split(c.front(0)); }

  /// Sets the result, one value for each lane.
  void setVarying(Val value) const {
    if (groups.empty())
      return c.set(value, 0);
    SmallVector<int64_t> shape(value.shape().drop_front());
    shape.front() = c.size;
    c.set(takeRows(reshape(value, shape), inversePermutation(groups)), 0);
  }

  /// Sets the result, one value for all lanes that belong together.
  void setUniform(Val value) const {
    if (groups.empty())
      return c.set(value, -1);
    SmallVector<int64_t> groupOf(groups.size());
    for (auto [i, position] : llvm::enumerate(groups))
      groupOf[position] = i / size;
    c.set(takeRows(value, groupOf), 0);
  }

  RankedTensorType typeOf(RankedTensorType one) const {
    RankedTensorType type = withDim(one, 0, size);
    return groups.empty() ? type : withDim(type, 0, groups.size() / size);
  }

  const int64_t dim;

private:
  Val split(Val value) const {
    if (groups.empty())
      return value;
    SmallVector<int64_t> shape(value.shape());
    shape.front() = size;
    shape.insert(shape.begin(), groups.size() / size);
    return reshape(takeRows(value, groups), shape);
  }

  BatchContext &c;
  int64_t size;
  ArrayRef<int64_t> groups;
};

//===----------------------------------------------------------------------===//
// The ops as functions
//===----------------------------------------------------------------------===//

template <class OpT> Val allReduce(OpT op, Val x, StringRef kind) {
  return {*x.emitter, x.emitter->template create<AllReduceOp>(x.value, kind, op.getAxis(),
                                                              op.getSize(), op.getGroups())};
}

template <class OpT> Val allGather(OpT op, Val x, int64_t dim) {
  return {*x.emitter, x.emitter->template create<AllGatherOp>(x.value, dim, op.getAxis(),
                                                              op.getSize(), op.getGroups())};
}

Val reduceScatter(AllGatherOp op, Val x, int64_t dim) {
  return {*x.emitter, x.emitter->create<ReduceScatterOp>(x.value, dim, op.getAxis(), op.getSize(),
                                                         op.getGroups())};
}

Val reduceScatter(ReduceScatterOp op, Val x, int64_t dim) {
  return {*x.emitter, x.emitter->create<ReduceScatterOp>(x.value, dim, op.getAxis(), op.getSize(),
                                                         op.getGroups())};
}

Val allToAll(AllToAllOp op, Val x, int64_t split, int64_t concat) {
  return {*x.emitter, x.emitter->create<AllToAllOp>(x.value, split, concat, op.getAxis(),
                                                    op.getSize(), op.getGroups())};
}

Val permute(PermuteOp op, Val x, ArrayRef<int64_t> pairs) {
  return {*x.emitter, x.emitter->create<PermuteOp>(x.value, pairs, op.getAxis(), op.getSize())};
}

} // namespace

//===----------------------------------------------------------------------===//
// all_reduce
//===----------------------------------------------------------------------===//

LogicalResult AllReduceOp::verify() {
  Checker check{getLoc(), getOperationName()};
  Type element = getX().getType().getElementType();
  StringRef kind = getKind();
  bool isBitwise = kind == "and" || kind == "or" || kind == "xor";
  if (isBitwise && !isa<IntegerType>(element))
    return check.fail("expected integers or booleans for kind ", kind, ", but got ", element);
  if (!isBitwise && failed(checkCombinable(check, kind, element)))
    return failure();
  return checkGroups(check, getSize(), getGroups());
}

LogicalResult AllReduceOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  types.push_back(adaptor.getX().getType());
  return success();
}

bool AllReduceOp::namesAxis(StringRef axis) { return getAxis() == axis; }
bool AllReduceOp::variesOverAxis() { return !getGroups().empty(); }

// d(psum x) = psum dx. Of the others that is the derivative of the reduction of
// all values, gathered.
LogicalResult AllReduceOp::buildJvp(JvpContext &c) {
  if (getKind() == "add") {
    c.set(allReduce(*this, c.tangent(0), "add"));
    return success();
  }
  Val all = allGather(*this, c.in(0), 0), tangents = allGather(*this, c.tangent(0), 0);
  auto reduced = c.emitter.create<ReduceOp>(getType(), getKind(), all.value, ArrayRef<int64_t>{0});
  JvpContext inner(c.emitter, reduced, tangents.value);
  if (failed(cast<JvpOpInterface>(reduced.getOperation()).buildJvp(inner)))
    return failure();
  c.setOut(0, inner.outs.front());
  c.set(Val(c.emitter, inner.results.front()));
  return success();
}

// Every example's x is in the sum of every example.
LogicalResult AllReduceOp::buildTranspose(TransposeContext &c) {
  if (getKind() != "add")
    return emitOpError("is linear for kind add only, but is of kind ") << getKind();
  c.add(0, allReduce(*this, c.cotangent(), "add"));
  return success();
}

/// The reduction of `size` times the same value; null where that takes work.
static Val reducedAlike(Val x, StringRef kind, int64_t size) {
  if (size == 0)
    return {};
  if (kind == "add")
    return x * static_cast<double>(size);
  return kind == "mul" || kind == "xor" ? Val() : x;
}

LogicalResult AllReduceOp::buildBatch(BatchContext &c) {
  if (!namesAxis(c.axis.name)) {
    c.set(allReduce(*this, c.in(0), getKind()), c.dim(0));
    return success();
  }
  if (failed(checkResolvable(c, getSize(), getGroups())))
    return failure();
  if (Val alike = c.isBatched(0) ? Val() : reducedAlike(c.in(0), getKind(), getSize())) {
    c.set(alike, -1);
    return success();
  }
  if (getGroups().empty() && c.isBatched(0)) {
    c.set(reduce(c.in(0), getKind(), c.dim(0)), -1);
    return success();
  }
  Lanes lanes(c, getSize(), getGroups());
  lanes.setUniform(reduce(lanes.operand(), getKind(), lanes.dim));
  return success();
}

FailureOr<SmallVector<Value>> AllReduceOp::buildDecomposition(Emitter &) {
  return failUnbound(*this, getAxis());
}

//===----------------------------------------------------------------------===//
// all_gather
//===----------------------------------------------------------------------===//

LogicalResult AllGatherOp::verify() {
  return checkGroups({getLoc(), getOperationName()}, getSize(), getGroups());
}

LogicalResult AllGatherOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                            Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Checker check{loc, getOperationName()};
  int64_t dim = adaptor.getDim(), size = adaptor.getSize();
  if (failed(check.tensors(adaptor.getX())) ||
      failed(checkPlace(check, "dim", dim, tensorType(adaptor.getX()).getRank())) ||
      failed(checkGroups(check, size, {})))
    return failure();
  types.push_back(withDim(tensorType(adaptor.getX()), dim, size));
  return success();
}

bool AllGatherOp::namesAxis(StringRef axis) { return getAxis() == axis; }
bool AllGatherOp::variesOverAxis() { return !getGroups().empty(); }

LogicalResult AllGatherOp::buildJvp(JvpContext &c) {
  c.set(allGather(*this, c.tangent(0), getDim()));
  return success();
}

// Every example has a copy of x: their cotangents add up.
LogicalResult AllGatherOp::buildTranspose(TransposeContext &c) {
  c.add(0, reduceScatter(*this, c.cotangent(), getDim()));
  return success();
}

LogicalResult AllGatherOp::buildBatch(BatchContext &c) {
  int64_t dim = getDim();
  if (!namesAxis(c.axis.name)) {
    c.set(allGather(*this, c.front(0), dim + 1), 0);
    return success();
  }
  if (failed(checkResolvable(c, getSize(), getGroups())))
    return failure();
  if (getGroups().empty()) {
    c.set(c.at(0, dim), -1);
    return success();
  }
  Lanes lanes(c, getSize(), getGroups());
  lanes.setUniform(moveDim(lanes.operand(), lanes.dim, lanes.dim + dim));
  return success();
}

FailureOr<SmallVector<Value>> AllGatherOp::buildDecomposition(Emitter &) {
  return failUnbound(*this, getAxis());
}

//===----------------------------------------------------------------------===//
// reduce_scatter
//===----------------------------------------------------------------------===//

LogicalResult ReduceScatterOp::verify() {
  return checkGroups({getLoc(), getOperationName()}, getSize(), getGroups());
}

LogicalResult ReduceScatterOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                                Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Checker check{loc, getOperationName()};
  int64_t dim = adaptor.getDim();
  if (failed(check.tensors(adaptor.getX())) ||
      failed(checkSlices(check, "dim", tensorType(adaptor.getX()), dim, adaptor.getSize())))
    return failure();
  types.push_back(withoutDim(tensorType(adaptor.getX()), dim));
  return success();
}

bool ReduceScatterOp::namesAxis(StringRef axis) { return getAxis() == axis; }
bool ReduceScatterOp::variesOverAxis() { return true; }

LogicalResult ReduceScatterOp::buildJvp(JvpContext &c) {
  c.set(reduceScatter(*this, c.tangent(0), getDim()));
  return success();
}

// Slice i of every example is in what example i has.
LogicalResult ReduceScatterOp::buildTranspose(TransposeContext &c) {
  c.add(0, allGather(*this, c.cotangent(), getDim()));
  return success();
}

LogicalResult ReduceScatterOp::buildBatch(BatchContext &c) {
  int64_t dim = getDim();
  if (!namesAxis(c.axis.name)) {
    c.set(reduceScatter(*this, c.front(0), dim + 1), 0);
    return success();
  }
  if (failed(checkResolvable(c, getSize(), getGroups())))
    return failure();
  Lanes lanes(c, getSize(), getGroups());
  // Once the lanes are summed up, the slices are where they were in one example.
  Val sum = reduce(lanes.operand(), "add", lanes.dim);
  lanes.setVarying(moveDim(sum, lanes.dim + dim, lanes.dim));
  return success();
}

FailureOr<SmallVector<Value>> ReduceScatterOp::buildDecomposition(Emitter &) {
  return failUnbound(*this, getAxis());
}

//===----------------------------------------------------------------------===//
// all_to_all
//===----------------------------------------------------------------------===//

LogicalResult AllToAllOp::verify() {
  return checkGroups({getLoc(), getOperationName()}, getSize(), getGroups());
}

LogicalResult AllToAllOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                           Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Checker check{loc, getOperationName()};
  int64_t split = adaptor.getSplitDim(), concat = adaptor.getConcatDim(), size = adaptor.getSize();
  if (failed(check.tensors(adaptor.getX())))
    return failure();
  RankedTensorType x = tensorType(adaptor.getX());
  if (failed(checkSlices(check, "split_dim", x, split, size)) ||
      failed(checkPlace(check, "concat_dim", concat, x.getRank() - 1)))
    return failure();
  types.push_back(withDim(withoutDim(x, split), concat, size));
  return success();
}

bool AllToAllOp::namesAxis(StringRef axis) { return getAxis() == axis; }
bool AllToAllOp::variesOverAxis() { return true; }

LogicalResult AllToAllOp::buildJvp(JvpContext &c) {
  c.set(allToAll(*this, c.tangent(0), getSplitDim(), getConcatDim()));
  return success();
}

// What came from i goes back to i.
LogicalResult AllToAllOp::buildTranspose(TransposeContext &c) {
  c.add(0, allToAll(*this, c.cotangent(), getConcatDim(), getSplitDim()));
  return success();
}

LogicalResult AllToAllOp::buildBatch(BatchContext &c) {
  int64_t split = getSplitDim(), concat = getConcatDim();
  if (!namesAxis(c.axis.name)) {
    c.set(allToAll(*this, c.front(0), split + 1, concat + 1), 0);
    return success();
  }
  if (failed(checkResolvable(c, getSize(), getGroups())))
    return failure();
  Lanes lanes(c, getSize(), getGroups());
  // Receivers go in front; the senders, now behind them, to where they are stacked.
  Val received = moveDim(lanes.operand(), lanes.dim + 1 + split, lanes.dim);
  lanes.setVarying(moveDim(received, lanes.dim + 1, lanes.dim + 1 + concat));
  return success();
}

FailureOr<SmallVector<Value>> AllToAllOp::buildDecomposition(Emitter &) {
  return failUnbound(*this, getAxis());
}

//===----------------------------------------------------------------------===//
// permute
//===----------------------------------------------------------------------===//

LogicalResult PermuteOp::verify() {
  Checker check{getLoc(), getOperationName()};
  if (!getGroups().empty())
    return check.fail("expected no groups, but got ", listText(getGroups()),
                      "; pairs say who sends to whom");
  if (failed(checkGroups(check, getSize(), {})))
    return failure();
  return checkPairs(check, getSize(), getPairs());
}

LogicalResult PermuteOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  types.push_back(adaptor.getX().getType());
  return success();
}

bool PermuteOp::namesAxis(StringRef axis) { return getAxis() == axis; }
bool PermuteOp::variesOverAxis() { return true; }

LogicalResult PermuteOp::buildJvp(JvpContext &c) {
  c.set(permute(*this, c.tangent(0), getPairs()));
  return success();
}

// What i sent to j comes back to i.
LogicalResult PermuteOp::buildTranspose(TransposeContext &c) {
  SmallVector<int64_t> back(getPairs());
  for (size_t i = 0; i + 1 < back.size(); i += 2)
    std::swap(back[i], back[i + 1]);
  c.add(0, permute(*this, c.cotangent(), back));
  return success();
}

LogicalResult PermuteOp::buildBatch(BatchContext &c) {
  if (!namesAxis(c.axis.name)) {
    c.set(permute(*this, c.in(0), getPairs()), c.dim(0));
    return success();
  }
  if (failed(checkResolvable(c, getSize(), {})))
    return failure();
  SmallVector<int64_t> sources = filled(c.size, -1);
  for (size_t i = 0; i + 1 < getPairs().size(); i += 2)
    sources[getPairs()[i + 1]] = getPairs()[i];
  c.set(takeRows(c.front(0), sources), 0);
  return success();
}

FailureOr<SmallVector<Value>> PermuteOp::buildDecomposition(Emitter &) {
  return failUnbound(*this, getAxis());
}

//===----------------------------------------------------------------------===//
// axis_index
//===----------------------------------------------------------------------===//

LogicalResult AxisIndexOp::verify() {
  return checkGroups({getLoc(), getOperationName()}, getSize(), getGroups());
}

LogicalResult AxisIndexOp::inferReturnTypes(MLIRContext *context, std::optional<Location>, Adaptor,
                                            SmallVectorImpl<Type> &types) {
  types.push_back(RankedTensorType::get({}, IntegerType::get(context, 32)));
  return success();
}

bool AxisIndexOp::namesAxis(StringRef axis) { return getAxis() == axis; }
bool AxisIndexOp::variesOverAxis() { return true; }

LogicalResult AxisIndexOp::buildBatch(BatchContext &c) {
  if (failed(checkResolvable(c, getSize(), getGroups())))
    return failure();
  Lanes lanes(c, getSize(), getGroups());
  lanes.setVarying(
      {c.emitter, c.emitter.create<IotaOp>(lanes.typeOf(getType()), uint64_t(lanes.dim))});
  return success();
}

FailureOr<SmallVector<Value>> AxisIndexOp::buildDecomposition(Emitter &) {
  return failUnbound(*this, getAxis());
}

} // namespace mjx
