//===- Reduction.cpp - Fewer elements to reduce ---------------------------===//
#include "Simplify.h"

using namespace mlir;

namespace mjx {

namespace {

/// Whether one element, reduced alone, is that element. A sum of floats is not:
/// it begins with 0, which makes 0 of -0.
bool keepsOneElement(ReduceOp op) {
  return op.getKind() != "add" || isa<IntegerType>(op.getType().getElementType());
}

/// A reduction of a reduction of the same kind is one reduction. Saves the
/// result in between.
struct ReduceOfReduce : OpRewritePattern<ReduceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReduceOp op, PatternRewriter &rewriter) const override {
    auto inner = op.getX().getDefiningOp<ReduceOp>();
    if (!inner || inner.getKind() != op.getKind() || !inner->hasOneUse())
      return failure();
    SmallVector<int64_t> left = otherDims(inner.getX().getType().getRank(), inner.getDims());
    SmallVector<int64_t> dims(inner.getDims());
    for (int64_t dim : op.getDims())
      dims.push_back(left[dim]);
    llvm::sort(dims);
    rewriter.replaceOpWithNewOp<ReduceOp>(op, op.getType(), op.getKind(), inner.getX(), dims);
    return success();
  }
};

/// A reduction over dimensions of size 1 only is a reshape. Saves the op.
struct ReduceIsReshape : OpRewritePattern<ReduceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReduceOp op, PatternRewriter &rewriter) const override {
    bool areOnes = llvm::all_of(
        op.getDims(), [&](int64_t dim) { return op.getX().getType().getDimSize(dim) == 1; });
    if (!areOnes || !keepsOneElement(op))
      return failure();
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), op.getX());
    return success();
  }
};

/// The extremum of copies, and their conjunction and disjunction, is that of the
/// originals. Saves going through the copies.
struct ReduceOfBroadcast : OpRewritePattern<ReduceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReduceOp op, PatternRewriter &rewriter) const override {
    auto inner = op.getX().getDefiningOp<BroadcastInDimOp>();
    bool isIdempotent = llvm::is_contained({"min", "max", "and", "or"}, op.getKind());
    if (!inner || !isIdempotent || op.getX().getType().getNumElements() == 0)
      return failure();
    SmallVector<int64_t> left, reduced;
    for (int64_t dim : iotaDims(op.getX().getType().getRank())) {
      bool isReduced = llvm::is_contained(op.getDims(), dim);
      if (isReduced && !llvm::is_contained(inner.getDims(), dim))
        continue;
      if (isReduced)
        reduced.push_back(left.size());
      left.push_back(dim);
    }
    if (left.size() == static_cast<size_t>(op.getX().getType().getRank()))
      return failure();
    SmallVector<int64_t> shape, places;
    for (int64_t dim : left)
      shape.push_back(op.getX().getType().getDimSize(dim));
    for (int64_t dim : inner.getDims())
      places.push_back(llvm::find(left, dim) - left.begin());
    Emitter emitter(rewriter, op.getLoc());
    Val fewer = broadcast({emitter, inner.getX()}, shape, places);
    if (reduced.empty())
      rewriter.replaceOp(op, fewer.value);
    else
      rewriter.replaceOpWithNewOp<ReduceOp>(op, op.getType(), op.getKind(), fewer, reduced);
    return success();
  }
};

/// What is reduced whole may be in any shape and order. Saves the move.
struct ReduceOfMoved : OpRewritePattern<ReduceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReduceOp op, PatternRewriter &rewriter) const override {
    Operation *move = op.getX().getDefiningOp();
    bool isWhole = op.getType().getRank() == 0;
    if (!isWhole || !isa_and_nonnull<ReshapeOp, TransposeOp, ReverseOp>(move))
      return failure();
    Value x = move->getOperand(0);
    SmallVector<int64_t> all = iotaDims(tensorType(x).getRank());
    if (all.empty())
      return failure();
    rewriter.replaceOpWithNewOp<ReduceOp>(op, op.getType(), op.getKind(), x, all);
    return success();
  }
};

/// Reducing after a transposition is reducing other dimensions, if those left
/// keep their order. Saves the transposition.
struct ReduceOfTranspose : OpRewritePattern<ReduceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReduceOp op, PatternRewriter &rewriter) const override {
    auto inner = op.getX().getDefiningOp<TransposeOp>();
    if (!inner)
      return failure();
    SmallVector<int64_t> left, dims;
    for (auto [i, dim] : llvm::enumerate(inner.getPermutation()))
      (llvm::is_contained(op.getDims(), int64_t(i)) ? dims : left).push_back(dim);
    if (!llvm::is_sorted(left))
      return failure();
    llvm::sort(dims);
    rewriter.replaceOpWithNewOp<ReduceOp>(op, op.getType(), op.getKind(), inner.getX(), dims);
    return success();
  }
};

} // namespace

void addReductionSimplifications(RewritePatternSet &patterns) {
  patterns
      .add<ReduceOfReduce, ReduceIsReshape, ReduceOfBroadcast, ReduceOfMoved, ReduceOfTranspose>(
          patterns.getContext());
}

} // namespace mjx
