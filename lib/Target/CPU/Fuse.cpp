//===- Fuse.cpp - Elementwise producers into their consumers --------------===//
#include "FuseTrees.h"
#include "Shared.h"

#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mjx {
#define GEN_PASS_DEF_MJXCPUFUSE
#include "mjx/Target/Passes.h.inc"
} // namespace mjx

using namespace mlir;
using namespace mjx;

namespace {

// Longer bodies gain nothing: their values no longer fit the registers.
constexpr int64_t maxBodyOps = 300;

bool isExpensive(Operation &op) {
  if (isa<math::AbsFOp, math::FloorOp, math::CeilOp, math::RoundEvenOp, math::CopySignOp,
          math::FmaOp, math::AbsIOp>(op))
    return false;
  StringRef dialect = op.getName().getDialectNamespace();
  return dialect == "math" || dialect == "complex" || dialect == "scf" || dialect == "tensor" ||
         isa<arith::DivFOp, arith::RemFOp, arith::DivSIOp, arith::DivUIOp, arith::RemSIOp,
             arith::RemUIOp>(op);
}

int64_t bodyOps(linalg::GenericOp op) {
  return std::distance(op.getBody()->begin(), op.getBody()->end()) - 1;
}

bool isCheap(linalg::GenericOp op) {
  constexpr unsigned most = 3;
  return llvm::hasNItemsOrLess(*op.getBody(), most + 1) &&
         llvm::none_of(*op.getBody(), isExpensive);
}

/// The producer only moves elements: its body yields an input as it is.
bool isRearrangement(linalg::GenericOp op) { return isa<linalg::YieldOp>(op.getBody()->front()); }

/// Transposes of a matrix or a batch of them, which a matrix product takes in
/// as strides. More dimensions might not collapse to one stride each, and a
/// window gathered for a convolution would not be a matrix any more.
bool isMatrixTranspose(linalg::GenericOp op) {
  return isRearrangement(op) && op.getNumDpsInputs() == 1 && op.getNumLoops() <= 3 &&
         op.getMatchingIndexingMap(op.getDpsInputOperand(0)).isPermutation();
}

/// Each element of the operand is needed by one iteration of its consumer.
bool visitsOnce(OpOperand *operand) {
  auto consumer = cast<linalg::GenericOp>(operand->getOwner());
  AffineMap map = consumer.getMatchingIndexingMap(operand);
  return map.isPermutation();
}

bool hasOneUser(Value value) {
  Operation *user = *value.user_begin();
  return llvm::all_of(value.getUsers(), [&](Operation *other) { return other == user; });
}

bool isWorthFusing(OpOperand *operand) {
  auto producer = operand->get().getDefiningOp<linalg::GenericOp>();
  auto consumer = dyn_cast<linalg::GenericOp>(operand->getOwner());
  if (!producer || !consumer || producer.getNumResults() != 1)
    return false;
  if (linalg::isaContractionOpInterface(consumer))
    return isMatrixTranspose(producer);
  if (isRearrangement(producer))
    return true;
  // Counting long bodies last: every operand of every op is asked about.
  if (!(visitsOnce(operand) && hasOneUser(operand->get())) && !isCheap(producer))
    return false;
  return bodyOps(producer) + bodyOps(consumer) <= maxBodyOps;
}

/// Reshapes move through elementwise ops only; splitting the dimensions of a
/// product or a reduction would hide what it is. Nor does the reshape of
/// something small reshape what that is combined with: a loop could not update
/// it in place any more.
bool mayMoveReshape(OpOperand *operand) {
  if (isa<linalg::GenericOp>(operand->getOwner()) && !visitsOnce(operand))
    return false;
  auto isElementwise = [](Operation *op) {
    auto generic = dyn_cast_or_null<linalg::GenericOp>(op);
    return !generic || generic.getNumParallelLoops() == generic.getNumLoops();
  };
  Operation *producer = operand->get().getDefiningOp();
  return producer && hasOneUser(operand->get()) && isElementwise(producer) &&
         isElementwise(operand->getOwner());
}

void generalizeNamedOps(ModuleOp module) {
  SmallVector<linalg::LinalgOp> named;
  module.walk([&](linalg::LinalgOp op) {
    if (!isa<linalg::GenericOp, linalg::FillOp, linalg::CopyOp>(op))
      named.push_back(op);
  });
  IRRewriter rewriter(module.getContext());
  for (linalg::LinalgOp op : named) {
    rewriter.setInsertionPoint(op);
    (void)linalg::generalizeNamedOp(rewriter, op);
  }
}

/// A constant array of one repeated value is cheaper written than read.
void fillSplats(ModuleOp module) {
  SmallVector<arith::ConstantOp> splats;
  module.walk([&](arith::ConstantOp op) {
    auto dense = dyn_cast<DenseElementsAttr>(op.getValue());
    if (dense && dense.isSplat() && isa<RankedTensorType>(op.getType()))
      splats.push_back(op);
  });
  for (arith::ConstantOp op : splats) {
    OpBuilder builder(op);
    auto type = cast<RankedTensorType>(op.getType());
    auto dense = cast<DenseElementsAttr>(op.getValue());
    Value scalar = scalarConstant(builder, op.getLoc(), type.getElementType(),
                                  dense.getSplatValue<Attribute>());
    Value empty =
        tensor::EmptyOp::create(builder, op.getLoc(), type.getShape(), type.getElementType());
    auto fill = linalg::FillOp::create(builder, op.getLoc(), scalar, empty);
    op.replaceAllUsesWith(fill.getResult(0));
    op.erase();
  }
}

/// An element that every iteration reads is read once, in front of the loop: in
/// it, the store of the results might change it for all that LLVM knows.
void hoistElements(ModuleOp module) {
  SmallVector<tensor::ExtractOp> reads;
  module.walk([&](tensor::ExtractOp op) {
    auto loop = dyn_cast<linalg::GenericOp>(op->getParentOp());
    if (loop && llvm::all_of(op->getOperands(), [&](Value operand) {
          return operand.getParentBlock() != op->getBlock();
        }))
      reads.push_back(op);
  });
  for (tensor::ExtractOp op : reads)
    op->moveBefore(op->getParentOp());
}

struct Fuse : public mjx::impl::MjxCpuFuseBase<Fuse> {
  LogicalResult initialize(MLIRContext *context) override {
    RewritePatternSet set(context);
    linalg::populateElementwiseOpsFusionPatterns(set, isWorthFusing);
    linalg::populateFoldReshapeOpsByExpansionPatterns(set, mayMoveReshape);
    linalg::populateEraseUnusedOperandsAndResultsPatterns(set);
    linalg::populateInlineConstantOperandsPatterns(set);
    linalg::GenericOp::getCanonicalizationPatterns(set, context);
    tensor::ExpandShapeOp::getCanonicalizationPatterns(set, context);
    tensor::CollapseShapeOp::getCanonicalizationPatterns(set, context);
    patterns = std::move(set);
    return success();
  }

  void runOnOperation() override {
    generalizeNamedOps(getOperation());
    fuseTrees(getOperation(), maxBodyOps);
    GreedyRewriteConfig config;
    config.setUseTopDownTraversal(true);
    config.setRegionSimplificationLevel(GreedySimplifyRegionLevel::Disabled);
    if (failed(applyPatternsGreedily(getOperation(), patterns, config)))
      getOperation().emitWarning("fusion stopped before it was complete");
    fillSplats(getOperation());
    hoistElements(getOperation());
  }

  FrozenRewritePatternSet patterns;
};

} // namespace
