//===- Contraction.cpp - Products as they are wanted ----------------------===//
#include "Simplify.h"

using namespace mlir;

namespace mjx {

namespace {

/// A transposed product is the product of the sides in the other order, if the
/// transposition swaps their dimensions. Saves moving the result.
struct TransposeOfDot : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TransposeOp op, PatternRewriter &rewriter) const override {
    auto dot = op.getX().getDefiningOp<DotGeneralOp>();
    if (!dot || !dot->hasOneUse())
      return failure();
    int64_t batch = dot.getLhsBatch().size(), lhs = dot.getLhsFree().size();
    int64_t rank = op.getType().getRank();
    SmallVector<int64_t> swapped = iotaDims(batch);
    llvm::append_range(swapped, llvm::seq<int64_t>(batch + lhs, rank));
    llvm::append_range(swapped, llvm::seq<int64_t>(batch, batch + lhs));
    if (!llvm::equal(op.getPermutation(), swapped))
      return failure();
    rewriter.replaceOpWithNewOp<DotGeneralOp>(op, op.getType(), dot.getRhs(), dot.getLhs(),
                                              dot.getRhsBatch(), dot.getLhsBatch(),
                                              dot.getRhsContract(), dot.getLhsContract());
    return success();
  }
};

/// Which dimensions a product sums over is said in numbers, so a transposed
/// operand need not be. Saves moving it.
struct DotOfTranspose : OpRewritePattern<DotGeneralOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(DotGeneralOp op, PatternRewriter &rewriter) const override {
    auto lhs = movedOperand(op.getLhs(), op.getLhsFree());
    auto rhs = movedOperand(op.getRhs(), op.getRhsFree());
    if (!lhs && !rhs)
      return failure();
    rewriter.replaceOpWithNewOp<DotGeneralOp>(
        op, op.getType(), lhs ? lhs.getX() : op.getLhs(), rhs ? rhs.getX() : op.getRhs(),
        before(lhs, op.getLhsBatch()), before(rhs, op.getRhsBatch()),
        before(lhs, op.getLhsContract()), before(rhs, op.getRhsContract()));
    return success();
  }

  static SmallVector<int64_t> before(TransposeOp move, ArrayRef<int64_t> dims) {
    if (!move)
      return SmallVector<int64_t>(dims);
    return llvm::map_to_vector(dims, [&](int64_t dim) { return move.getPermutation()[dim]; });
  }

  /// The transposition of an operand, if it keeps the order of free dimensions.
  static TransposeOp movedOperand(Value value, ArrayRef<int64_t> free) {
    auto move = value.getDefiningOp<TransposeOp>();
    return move && llvm::is_sorted(before(move, free)) ? move : TransposeOp();
  }
};

/// Where nothing is summed there is nothing but products: a pointwise op, which
/// its neighbours can take in. Saves half of the operations.
struct DotIsProduct : OpRewritePattern<DotGeneralOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(DotGeneralOp op, PatternRewriter &rewriter) const override {
    if (!op.getLhsContract().empty() || isa<ComplexType>(op.getType().getElementType()))
      return failure();
    Emitter emitter(rewriter, op.getLoc());
    int64_t batch = op.getLhsBatch().size(), lhsFree = op.getLhsFree().size();
    Val x = placed({emitter, op.getLhs()}, op, op.getLhsBatch(), op.getLhsFree(), batch);
    Val y = placed({emitter, op.getRhs()}, op, op.getRhsBatch(), op.getRhsFree(), batch + lhsFree);
    rewriter.replaceOp(op, (x * y).value);
    return success();
  }

  /// An operand in the shape of the result: batch dimensions first, the free
  /// ones from `first` on.
  static Val placed(Val x, DotGeneralOp op, ArrayRef<int64_t> batch, ArrayRef<int64_t> free,
                    int64_t first) {
    SmallVector<int64_t> order(batch), places = iotaDims(batch.size());
    llvm::append_range(order, free);
    llvm::append_range(places, llvm::seq<int64_t>(first, first + free.size()));
    return broadcast(transpose(x, order), op.getType().getShape(), places);
  }
};

} // namespace

void addContractionSimplifications(RewritePatternSet &patterns) {
  patterns.add<TransposeOfDot, DotOfTranspose, DotIsProduct>(patterns.getContext());
}

} // namespace mjx
