//===- Shape.cpp - Fewer moves of elements --------------------------------===//
#include "Simplify.h"

using namespace mlir;

namespace mjx {

namespace {

bool isOne(int64_t extent) { return extent == 1; }

SmallVector<int64_t> withoutOnes(ArrayRef<int64_t> shape) {
  return llvm::to_vector(llvm::make_filter_range(shape, [](int64_t n) { return n != 1; }));
}

SmallVector<int64_t> at(ArrayRef<int64_t> values, ArrayRef<int64_t> indices) {
  return llvm::map_to_vector(indices, [&](int64_t i) { return values[i]; });
}

//===----------------------------------------------------------------------===//
// Broadcasts
//===----------------------------------------------------------------------===//

/// A broadcast that only adds dimensions of size 1 is a reshape, which moves
/// nothing. Saves a copy.
struct BroadcastIsReshape : OpRewritePattern<BroadcastInDimOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(BroadcastInDimOp op, PatternRewriter &rewriter) const override {
    if (op.getX().getType().getNumElements() != op.getType().getNumElements() ||
        op.getType().getNumElements() == 0)
      return failure();
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), op.getX());
    return success();
  }
};

/// Dimensions of size 1 that a reshape added need not be there to be repeated:
/// the broadcast says where the others go. Saves the reshape.
struct BroadcastOfReshape : OpRewritePattern<BroadcastInDimOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(BroadcastInDimOp op, PatternRewriter &rewriter) const override {
    auto reshape = op.getX().getDefiningOp<ReshapeOp>();
    if (!reshape)
      return failure();
    ArrayRef<int64_t> from = reshape.getX().getType().getShape();
    ArrayRef<int64_t> to = reshape.getType().getShape();
    if (llvm::any_of(from, isOne) || !llvm::equal(from, withoutOnes(to)))
      return failure();
    SmallVector<int64_t> dims;
    for (auto [extent, dim] : llvm::zip(to, op.getDims()))
      if (extent != 1)
        dims.push_back(dim);
    rewriter.replaceOpWithNewOp<BroadcastInDimOp>(op, op.getType(), reshape.getX(), dims);
    return success();
  }
};

/// A transposed broadcast is a broadcast, of an operand that is transposed if
/// need be. Saves moving the copies.
struct TransposeOfBroadcast : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TransposeOp op, PatternRewriter &rewriter) const override {
    auto inner = op.getX().getDefiningOp<BroadcastInDimOp>();
    if (!inner)
      return failure();
    SmallVector<int64_t> places = at(inversePermutation(op.getPermutation()), inner.getDims());
    SmallVector<int64_t> order = iotaDims(places.size());
    llvm::sort(order, [&](int64_t i, int64_t j) { return places[i] < places[j]; });
    Emitter emitter(rewriter, op.getLoc());
    Val x = transpose({emitter, inner.getX()}, order);
    rewriter.replaceOpWithNewOp<BroadcastInDimOp>(op, op.getType(), x, at(places, order));
    return success();
  }
};

/// A scalar repeated in one shape and then another is repeated in the latter.
/// Saves the first.
struct ReshapeOfBroadcast : OpRewritePattern<ReshapeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReshapeOp op, PatternRewriter &rewriter) const override {
    auto inner = op.getX().getDefiningOp<BroadcastInDimOp>();
    if (!inner || inner.getX().getType().getRank() != 0)
      return failure();
    rewriter.replaceOpWithNewOp<BroadcastInDimOp>(op, op.getType(), inner.getX(),
                                                  ArrayRef<int64_t>());
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Orders
//===----------------------------------------------------------------------===//

/// A transposition that only moves dimensions of size 1 is a reshape. Saves a
/// copy.
struct TransposeIsReshape : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TransposeOp op, PatternRewriter &rewriter) const override {
    SmallVector<int64_t> moved;
    for (int64_t dim : op.getPermutation())
      if (op.getX().getType().getDimSize(dim) != 1)
        moved.push_back(dim);
    if (!llvm::is_sorted(moved) || op.getType().getNumElements() == 0)
      return failure();
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), op.getX());
    return success();
  }
};

/// Two reversals are one, along the dimensions that one of them has. Saves one.
struct ReverseOfReverse : OpRewritePattern<ReverseOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReverseOp op, PatternRewriter &rewriter) const override {
    auto inner = op.getX().getDefiningOp<ReverseOp>();
    if (!inner)
      return failure();
    SmallVector<int64_t> dims;
    for (int64_t dim : iotaDims(op.getType().getRank()))
      if (llvm::is_contained(op.getDims(), dim) != llvm::is_contained(inner.getDims(), dim))
        dims.push_back(dim);
    if (dims.empty())
      rewriter.replaceOp(op, inner.getX());
    else
      rewriter.replaceOpWithNewOp<ReverseOp>(op, op.getType(), inner.getX(), dims);
    return success();
  }
};

/// Copies are alike in any order. Saves reversing them.
struct ReverseOfBroadcast : OpRewritePattern<ReverseOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReverseOp op, PatternRewriter &rewriter) const override {
    auto inner = op.getX().getDefiningOp<BroadcastInDimOp>();
    if (!inner)
      return failure();
    SmallVector<int64_t> source;
    for (auto [i, dim] : llvm::enumerate(inner.getDims()))
      if (llvm::is_contained(op.getDims(), dim))
        source.push_back(i);
    Value x = inner.getX();
    if (!source.empty())
      x = ReverseOp::create(rewriter, op.getLoc(), x.getType(), x, source);
    rewriter.replaceOpWithNewOp<BroadcastInDimOp>(op, op.getType(), x, inner.getDims());
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Slices
//===----------------------------------------------------------------------===//

/// A part of a broadcast is a broadcast of a part. Saves the copies that are
/// not in it.
struct SliceOfBroadcast : OpRewritePattern<SliceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SliceOp op, PatternRewriter &rewriter) const override {
    auto inner = op.getX().getDefiningOp<BroadcastInDimOp>();
    if (!inner || op.getType().getNumElements() == 0)
      return failure();
    SmallVector<int64_t> start, sizes, strides;
    for (auto [extent, dim] : llvm::zip(inner.getX().getType().getShape(), inner.getDims())) {
      start.push_back(extent == 1 ? 0 : op.getStart()[dim]);
      sizes.push_back(extent == 1 ? 1 : op.getType().getDimSize(dim));
      strides.push_back(extent == 1 ? 1 : op.getStrides()[dim]);
    }
    Emitter emitter(rewriter, op.getLoc());
    Val x(emitter, inner.getX());
    if (x.shape() != ArrayRef(sizes))
      x = slice(x, start, sizes, strides);
    rewriter.replaceOp(op, broadcast(x, op.getType().getShape(), inner.getDims()).value);
    return success();
  }
};

/// A part of joined tensors takes only those it meets, of one none are joined.
/// Saves the others.
struct SliceOfConcatenate : OpRewritePattern<SliceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SliceOp op, PatternRewriter &rewriter) const override {
    auto inner = op.getX().getDefiningOp<ConcatenateOp>();
    if (!inner || op.getType().getNumElements() == 0)
      return failure();
    int64_t dim = inner.getDim(), first = op.getStart()[dim];
    int64_t end = endOf(first, op.getType().getDimSize(dim), op.getStrides()[dim]);
    SmallVector<Value> met;
    int64_t offset = 0, skipped = -1;
    for (Value part : inner.getXs()) {
      int64_t next = offset + tensorType(part).getDimSize(dim);
      if (next > first && offset < end) {
        skipped = met.empty() ? offset : skipped;
        met.push_back(part);
      }
      offset = next;
    }
    if (met.size() == inner.getXs().size())
      return failure();
    Value x = met.front();
    if (met.size() > 1)
      x = ConcatenateOp::create(rewriter, op.getLoc(), met, dim);
    SmallVector<int64_t> start(op.getStart());
    start[dim] -= skipped;
    Emitter emitter(rewriter, op.getLoc());
    rewriter.replaceOp(op,
                       slice({emitter, x}, start, op.getType().getShape(), op.getStrides()).value);
    return success();
  }
};

/// A part of what was padded that has none of the padding is a part of what it
/// was. Saves the padding.
struct SliceOfPad : OpRewritePattern<SliceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SliceOp op, PatternRewriter &rewriter) const override {
    auto inner = op.getX().getDefiningOp<PadOp>();
    if (!inner || op.getType().getNumElements() == 0 ||
        llvm::any_of(inner.getInterior(), [](int64_t n) { return n != 0; }))
      return failure();
    SmallVector<int64_t> start;
    for (auto [dim, extent] : llvm::enumerate(inner.getX().getType().getShape())) {
      int64_t first = op.getStart()[dim] - inner.getLow()[dim];
      if (first < 0 || endOf(first, op.getType().getDimSize(dim), op.getStrides()[dim]) > extent)
        return failure();
      start.push_back(first);
    }
    Emitter emitter(rewriter, op.getLoc());
    Val x(emitter, inner.getX());
    rewriter.replaceOp(op, slice(x, start, op.getType().getShape(), op.getStrides()).value);
    return success();
  }
};

/// Counting from 0 along one dimension is the same in fewer rows. Saves what is
/// cut off.
struct SliceOfIota : OpRewritePattern<SliceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SliceOp op, PatternRewriter &rewriter) const override {
    auto inner = op.getX().getDefiningOp<IotaOp>();
    if (!inner || op.getStart()[inner.getDim()] != 0 || op.getStrides()[inner.getDim()] != 1)
      return failure();
    rewriter.replaceOpWithNewOp<IotaOp>(op, op.getType(), inner.getDim());
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Joins
//===----------------------------------------------------------------------===//

/// Whether `next` begins where `part` ends along `dim`, in the same tensor.
bool follows(SliceOp part, SliceOp next, int64_t dim) {
  if (!part || !next || part.getX() != next.getX())
    return false;
  for (int64_t d : iotaDims(part.getType().getRank())) {
    int64_t n = part.getType().getDimSize(d);
    bool isNext =
        d == dim ? next.getStart()[d] == part.getStart()[d] + n
                 : next.getStart()[d] == part.getStart()[d] && n == next.getType().getDimSize(d);
    if (part.getStrides()[d] != 1 || next.getStrides()[d] != 1 || !isNext)
      return false;
  }
  return true;
}

/// Neighbouring parts of a tensor, joined, are a part of it. Saves the copies.
struct JoinOfNeighbours : OpRewritePattern<ConcatenateOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ConcatenateOp op, PatternRewriter &rewriter) const override {
    Emitter emitter(rewriter, op.getLoc());
    SmallVector<Value> joined;
    for (Value x : op.getXs()) {
      auto last = joined.empty() ? SliceOp() : joined.back().getDefiningOp<SliceOp>();
      auto next = x.getDefiningOp<SliceOp>();
      if (!follows(last, next, op.getDim())) {
        joined.push_back(x);
        continue;
      }
      SmallVector<int64_t> sizes(last.getType().getShape());
      sizes[op.getDim()] += next.getType().getDimSize(op.getDim());
      joined.back() = slice({emitter, last.getX()}, last.getStart(), sizes, last.getStrides());
    }
    if (joined.size() == op.getXs().size())
      return failure();
    replaceByJoin(op, joined, rewriter);
    return success();
  }

  static void replaceByJoin(ConcatenateOp op, ArrayRef<Value> parts, PatternRewriter &rewriter) {
    if (parts.size() == 1)
      rewriter.replaceOp(op, parts.front());
    else
      rewriter.replaceOpWithNewOp<ConcatenateOp>(op, ValueRange(parts), op.getDim());
  }
};

/// Joins along one dimension are one, and what is empty adds nothing to it.
/// Saves copying twice.
struct JoinOfJoins : OpRewritePattern<ConcatenateOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ConcatenateOp op, PatternRewriter &rewriter) const override {
    SmallVector<Value> parts;
    for (Value x : op.getXs()) {
      auto inner = x.getDefiningOp<ConcatenateOp>();
      if (inner && inner.getDim() == op.getDim() && inner->hasOneUse())
        llvm::append_range(parts, inner.getXs());
      else if (tensorType(x).getDimSize(op.getDim()) != 0)
        parts.push_back(x);
    }
    if (parts.empty() || llvm::equal(parts, op.getXs()))
      return failure();
    JoinOfNeighbours::replaceByJoin(op, parts, rewriter);
    return success();
  }
};

/// The same function of several tensors, joined, is the function of what they
/// are joined to. Saves all applications but one; of one operand only, so that
/// no more is joined than before.
struct JoinFirst : OpRewritePattern<ConcatenateOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ConcatenateOp op, PatternRewriter &rewriter) const override {
    Operation *first = op.getXs().front().getDefiningOp();
    if (op.getXs().size() < 2 || !isa_and_nonnull<PointwiseOpInterface>(first))
      return failure();
    SmallVector<Value> operands(first->getOperands());
    int64_t joined = -1;
    for (auto [i, operand] : llvm::enumerate(operands)) {
      if (splatOf(operand))
        continue;
      if (joined >= 0)
        return failure();
      joined = i;
    }
    if (joined < 0 ||
        !llvm::all_of(
            op.getXs(), [&](Value part) { return isAlike(first, part.getDefiningOp(), joined); }))
      return failure();
    SmallVector<Value> parts = llvm::map_to_vector(
        op.getXs(), [&](Value part) { return part.getDefiningOp()->getOperand(joined); });
    Emitter emitter(rewriter, op.getLoc());
    ArrayRef<int64_t> shape = op.getType().getShape();
    for (auto [i, operand] : llvm::enumerate(operands))
      if (static_cast<int64_t>(i) == joined)
        operand = ConcatenateOp::create(rewriter, op.getLoc(), parts, op.getDim());
      else
        operand = ConstantOp::create(
            rewriter, op.getLoc(), splatOf(operand).resizeSplat(tensorType(operand).clone(shape)));
    rewriter.replaceOp(op, emitter.cloneWith(first, operands, op.getType()));
    return success();
  }

  /// Whether two ops, each used once, differ in operand `joined` only.
  static bool isAlike(Operation *x, Operation *y, int64_t joined) {
    if (!y || !y->hasOneUse() || x->getName() != y->getName() ||
        x->getDiscardableAttrDictionary() != y->getDiscardableAttrDictionary() ||
        x->getPropertiesAsAttribute() != y->getPropertiesAsAttribute() ||
        tensorType(x->getOperand(joined)).getElementType() !=
            tensorType(y->getOperand(joined)).getElementType())
      return false;
    for (unsigned i = 0; i < x->getNumOperands(); ++i) {
      if (static_cast<int64_t>(i) == joined)
        continue;
      DenseElementsAttr ours = splatOf(x->getOperand(i)), theirs = splatOf(y->getOperand(i));
      auto scalar = RankedTensorType::get({}, ours.getElementType());
      if (!theirs || theirs.getElementType() != ours.getElementType() ||
          theirs.resizeSplat(scalar) != ours.resizeSplat(scalar))
        return false;
    }
    return !splatOf(y->getOperand(joined));
  }
};

} // namespace

void addShapeSimplifications(RewritePatternSet &patterns) {
  patterns
      .add<BroadcastIsReshape, BroadcastOfReshape, TransposeOfBroadcast, ReshapeOfBroadcast,
           TransposeIsReshape, ReverseOfReverse, ReverseOfBroadcast, SliceOfBroadcast,
           SliceOfConcatenate, SliceOfPad, SliceOfIota, JoinOfNeighbours, JoinOfJoins, JoinFirst>(
          patterns.getContext());
}

} // namespace mjx
