//===- Indexing.cpp - Places that are known -------------------------------===//
#include "Simplify.h"

#include "../IndexingRules.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace mjx {

namespace {

std::optional<int64_t> knownInteger(Value value) {
  DenseElementsAttr splat = splatOf(value);
  if (!splat || !isa<IntegerType>(splat.getElementType()))
    return std::nullopt;
  APInt number = splat.getSplatValue<APInt>();
  if (splat.getElementType().isUnsignedInteger())
    return number.getActiveBits() > 62 ? std::numeric_limits<int64_t>::max() >> 1
                                       : static_cast<int64_t>(number.getZExtValue());
  return number.getSExtValue();
}

/// Starts that are constant, moved so that the part lies inside.
std::optional<SmallVector<int64_t>> knownStarts(ValueRange starts, ArrayRef<int64_t> whole,
                                                ArrayRef<int64_t> part) {
  SmallVector<int64_t> known;
  for (auto [start, extent, size] : llvm::zip(starts, whole, part)) {
    std::optional<int64_t> number = extent == size ? 0 : knownInteger(start);
    if (!number)
      return std::nullopt;
    known.push_back(std::clamp<int64_t>(*number, 0, extent - size));
  }
  return known;
}

//===----------------------------------------------------------------------===//
// Constant starts
//===----------------------------------------------------------------------===//

/// A part at a constant place is a slice, which other patterns know. Saves
/// reading and clamping starts.
struct DynamicSliceIsSlice : OpRewritePattern<DynamicSliceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(DynamicSliceOp op, PatternRewriter &rewriter) const override {
    auto start = knownStarts(op.getStarts(), op.getX().getType().getShape(), op.getSizes());
    if (!start || op.getType().getNumElements() == 0)
      return failure();
    Emitter emitter(rewriter, op.getLoc());
    Val x(emitter, op.getX());
    rewriter.replaceOp(op, slice(x, *start, op.getSizes(), filled(start->size(), 1)).value);
    return success();
  }
};

/// The same for updates.
struct DynamicUpdateIsUpdate : OpRewritePattern<DynamicUpdateSliceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(DynamicUpdateSliceOp op, PatternRewriter &rewriter) const override {
    auto start =
        knownStarts(op.getStarts(), op.getType().getShape(), op.getX().getType().getShape());
    if (!start)
      return failure();
    rewriter.replaceOpWithNewOp<UpdateSliceOp>(op, op.getKind(), op.getDest(), op.getX(), *start,
                                               filled(start->size(), 1));
    return success();
  }
};

/// Gathering one part at a constant place inside is a slice. Saves the indices.
struct GatherIsSlice : OpRewritePattern<GatherOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(GatherOp op, PatternRewriter &rewriter) const override {
    DenseElementsAttr indices;
    RankedTensorType x = op.getX().getType();
    int64_t components = op.getStartIndexMap().size();
    if (!op.getOperandBatchingDims().empty() ||
        op.getIndices().getType().getNumElements() != components || components == 0 ||
        !matchPattern(op.getIndices(), m_Constant(&indices)) || op.getType().getNumElements() == 0)
      return failure();
    SmallVector<int64_t> start = filled(x.getRank(), 0);
    for (auto [k, dim] : llvm::enumerate(op.getStartIndexMap())) {
      APInt number = indices.getValues<APInt>()[k];
      int64_t index = indices.getElementType().isUnsignedInteger() && number.getActiveBits() > 62
                          ? x.getDimSize(dim)
                          : number.getSExtValue();
      int64_t last = x.getDimSize(dim) - op.getSliceSizes()[dim];
      if (op.getMode() != "clip" && (index < 0 || index > last))
        return failure();
      start[dim] = std::clamp<int64_t>(index, 0, last);
    }
    if (!isInOrder(op))
      return failure();
    Emitter emitter(rewriter, op.getLoc());
    Val part = slice({emitter, op.getX()}, start, op.getSliceSizes(), filled(x.getRank(), 1));
    rewriter.replaceOp(op, reshape(part, op.getType().getShape()).value);
    return success();
  }

  /// Of one part the dimensions that are not of size 1 keep their order.
  static bool isInOrder(GatherOp op) { return llvm::is_sorted(op.getOffsetDims()); }
};

/// Rows at constant, evenly spaced places inside are a slice. Saves the indices.
struct GatherIsStridedSlice : OpRewritePattern<GatherOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(GatherOp op, PatternRewriter &rewriter) const override {
    DenseElementsAttr indices;
    RankedTensorType x = op.getX().getType(), places = op.getIndices().getType();
    bool isAlongOne = op.getStartIndexMap().size() == 1 && places.getRank() == 2 &&
                      places.getDimSize(1) == 1 && places.getDimSize(0) > 1 &&
                      op.getOperandBatchingDims().empty() &&
                      op.getCollapsedDims() == op.getStartIndexMap();
    if (!isAlongOne || !matchPattern(op.getIndices(), m_Constant(&indices)) || indices.isSplat())
      return failure();
    int64_t dim = op.getStartIndexMap().front();
    // The indices' dimension is where that of the operand was.
    if (llvm::is_contained(op.getOffsetDims(), dim) || !llvm::is_sorted(op.getOffsetDims()))
      return failure();
    auto values = indices.getValues<APInt>();
    int64_t first = values[0].getSExtValue(), step = values[1].getSExtValue() - first;
    int64_t count = places.getDimSize(0);
    for (int64_t i = 0; i < count; ++i)
      if (values[i].getSExtValue() != first + i * step)
        return failure();
    if (step < 1 || first < 0 || endOf(first, count, step) > x.getDimSize(dim))
      return failure();
    SmallVector<int64_t> start = filled(x.getRank(), 0), strides = filled(x.getRank(), 1);
    SmallVector<int64_t> sizes(op.getSliceSizes());
    start[dim] = first, strides[dim] = step, sizes[dim] = count;
    Emitter emitter(rewriter, op.getLoc());
    rewriter.replaceOp(op, slice({emitter, op.getX()}, start, sizes, strides).value);
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Updates met by reads
//===----------------------------------------------------------------------===//

/// What was just set in a place is read from there. Saves the read, and frees
/// what was written to of a reader.
struct ReadOfUpdate : OpRewritePattern<DynamicSliceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(DynamicSliceOp op, PatternRewriter &rewriter) const override {
    auto update = op.getX().getDefiningOp<DynamicUpdateSliceOp>();
    if (!update || update.getKind() != "set" || update.getX().getType() != op.getType() ||
        !llvm::equal(update.getStarts(), op.getStarts()))
      return failure();
    rewriter.replaceOp(op, update.getX());
    return success();
  }
};

struct Box {
  SmallVector<int64_t> start, end;
  static Box of(ArrayRef<int64_t> start, ArrayRef<int64_t> sizes, ArrayRef<int64_t> strides) {
    Box box{SmallVector<int64_t>(start), {}};
    for (auto [first, size, stride] : llvm::zip(start, sizes, strides))
      box.end.push_back(endOf(first, size, stride));
    return box;
  }
  bool misses(const Box &other) const {
    for (auto [x, xEnd, y, yEnd] : llvm::zip(start, end, other.start, other.end))
      if (xEnd <= y || yEnd <= x)
        return true;
    return false;
  }
};

/// A part of an updated tensor lies in the update or beside it. Saves waiting
/// for the update, and with luck the update.
struct SliceOfUpdate : OpRewritePattern<SliceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SliceOp op, PatternRewriter &rewriter) const override {
    auto update = op.getX().getDefiningOp<UpdateSliceOp>();
    if (!update || op.getType().getNumElements() == 0)
      return failure();
    auto type = cast<RankedTensorType>(update.getX().getType());
    Box part = Box::of(op.getStart(), op.getType().getShape(), op.getStrides());
    Box set = Box::of(update.getStart(), type.getShape(), update.getStrides());
    if (part.misses(set)) {
      rewriter.modifyOpInPlace(op, [&] { op.getXMutable().assign(update.getDest()); });
      return success();
    }
    bool isPlain = llvm::all_of(update.getStrides(), [](int64_t stride) { return stride == 1; });
    if (update.getKind() != "set" || !isPlain)
      return failure();
    for (auto [x, xEnd, y, yEnd] : llvm::zip(part.start, part.end, set.start, set.end))
      if (x < y || xEnd > yEnd)
        return failure();
    SmallVector<int64_t> start;
    for (auto [x, y] : llvm::zip(part.start, set.start))
      start.push_back(x - y);
    Emitter emitter(rewriter, op.getLoc());
    Val x(emitter, update.getX());
    rewriter.replaceOp(op, slice(x, start, op.getType().getShape(), op.getStrides()).value);
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Tensors made of updates
//===----------------------------------------------------------------------===//

/// An addition to a part that is the whole is an addition. Saves nothing by
/// itself, but additions are pointwise.
struct AddToWhole : OpRewritePattern<UpdateSliceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(UpdateSliceOp op, PatternRewriter &rewriter) const override {
    if (op.getKind() != "add" || op.getX().getType() != op.getType())
      return failure();
    rewriter.replaceOpWithNewOp<AddOp>(op, op.getDest(), op.getX());
    return success();
  }
};

/// A part set in a tensor that is one value everywhere is the part, padded.
/// Saves filling the place of the part first.
struct UpdateIsPad : OpRewritePattern<UpdateSliceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(UpdateSliceOp op, PatternRewriter &rewriter) const override {
    DenseElementsAttr splat = splatOf(op.getDest());
    bool isChain = llvm::any_of(op->getUsers(), [&](Operation *user) {
      auto next = dyn_cast<UpdateSliceOp>(user);
      return next && next.getDest() == op.getOut();
    });
    if (!splat || op.getKind() != "set" || isChain)
      return failure();
    auto type = cast<RankedTensorType>(op.getX().getType());
    SmallVector<int64_t> high, interior;
    for (auto [i, extent] : llvm::enumerate(op.getType().getShape())) {
      int64_t stride = type.getDimSize(i) > 1 ? op.getStrides()[i] : 1;
      interior.push_back(stride - 1);
      high.push_back(extent - endOf(op.getStart()[i], type.getDimSize(i), stride));
    }
    Value value = ConstantOp::create(rewriter, op.getLoc(),
                                     splat.resizeSplat(type.clone(ArrayRef<int64_t>())));
    rewriter.replaceOpWithNewOp<PadOp>(op, op.getX(), value, op.getStart(), high, interior);
    return success();
  }
};

/// Parts set one after the other along a dimension of a tensor that is one value
/// everywhere are the parts, joined. Saves filling their places first.
struct UpdatesAreJoin : OpRewritePattern<UpdateSliceOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(UpdateSliceOp op, PatternRewriter &rewriter) const override {
    SmallVector<UpdateSliceOp> updates;
    Value base = chainOf(op, updates);
    DenseElementsAttr splat = base ? splatOf(base) : DenseElementsAttr();
    int64_t dim = splat && updates.size() > 1 ? joinedDim(updates) : -1;
    if (dim < 0)
      return failure();
    llvm::sort(updates, [&](UpdateSliceOp x, UpdateSliceOp y) {
      return x.getStart()[dim] < y.getStart()[dim];
    });
    if (overlap(updates, dim))
      return failure();
    SmallVector<Value> parts;
    int64_t end = 0;
    auto fillTo = [&](int64_t start) {
      SmallVector<int64_t> shape(op.getType().getShape());
      shape[dim] = start - end;
      if (shape[dim] > 0)
        parts.push_back(ConstantOp::create(rewriter, op.getLoc(),
                                           splat.resizeSplat(op.getType().clone(shape))));
    };
    for (UpdateSliceOp update : updates) {
      fillTo(update.getStart()[dim]);
      parts.push_back(update.getX());
      end = update.getStart()[dim] + tensorType(update.getX()).getDimSize(dim);
    }
    fillTo(op.getType().getDimSize(dim));
    rewriter.replaceOpWithNewOp<ConcatenateOp>(op, ValueRange(parts), dim);
    return success();
  }

  static bool overlap(ArrayRef<UpdateSliceOp> updates, int64_t dim) {
    for (size_t i = 1; i < updates.size(); ++i) {
      UpdateSliceOp last = updates[i - 1], next = updates[i];
      if (next.getStart()[dim] < last.getStart()[dim] + tensorType(last.getX()).getDimSize(dim))
        return true;
    }
    return false;
  }

  /// The updates that end in `op`, and what they began with; null if `op` is
  /// not the last of them.
  static Value chainOf(UpdateSliceOp op, SmallVector<UpdateSliceOp> &updates) {
    if (op->hasOneUse())
      if (auto next = dyn_cast<UpdateSliceOp>(*op->user_begin());
          next && next.getDest() == op.getOut() && next.getKind() == "set")
        return {};
    Value base = op.getOut();
    while (auto update = base.getDefiningOp<UpdateSliceOp>()) {
      bool isOurs = update.getKind() == "set" && (updates.empty() || update->hasOneUse());
      if (!isOurs)
        return {};
      updates.push_back(update);
      base = update.getDest();
    }
    return base;
  }

  /// The only dimension in which the parts are not the whole; -1 if there is no
  /// such.
  static int64_t joinedDim(ArrayRef<UpdateSliceOp> updates) {
    int64_t joined = -1;
    for (UpdateSliceOp update : updates)
      for (int64_t dim : iotaDims(update.getType().getRank())) {
        int64_t extent = tensorType(update.getX()).getDimSize(dim);
        if (extent > 1 && update.getStrides()[dim] != 1)
          return -1;
        if (extent == update.getType().getDimSize(dim))
          continue;
        if (joined >= 0 && joined != dim)
          return -1;
        joined = dim;
      }
    return joined;
  }
};

} // namespace

void addIndexingSimplifications(RewritePatternSet &patterns) {
  patterns.add<DynamicSliceIsSlice, DynamicUpdateIsUpdate, GatherIsSlice, GatherIsStridedSlice,
               ReadOfUpdate, SliceOfUpdate, AddToWhole, UpdateIsPad, UpdatesAreJoin>(
      patterns.getContext());
}

} // namespace mjx
