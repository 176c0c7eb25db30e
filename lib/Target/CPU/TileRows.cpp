//===- TileRows.cpp - Chains of row operations, one row at a time ---------===//
#include "Shared.h"

#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/SCF/Transforms/TileUsingInterface.h"
#include "mlir/Dialect/Tensor/Transforms/Transforms.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallPtrSet.h"

namespace mjx {
#define GEN_PASS_DEF_MJXCPUTILEROWS
#include "mjx/Target/Passes.h.inc"
} // namespace mjx

using namespace mlir;
using namespace mjx;

namespace {

// Shorter rows do not repay a loop around them; longer ones leave the caches.
constexpr int64_t shortestRow = 32, longestRowBytes = 256 * 1024;
constexpr int64_t fewestRows = 8;

/// The first `rows` results are the op's first loops, the rest other loops.
bool startsWithRows(AffineMap map, unsigned rows) {
  if (map.getNumResults() < rows || !map.isProjectedPermutation())
    return false;
  for (unsigned index = 0; index < map.getNumResults(); ++index)
    if ((map.getDimPosition(index) < rows) != (index < rows) ||
        (index < rows && map.getDimPosition(index) != index))
      return false;
  return true;
}

/// One iteration of the first loops computes one row of the result.
bool worksByRows(linalg::GenericOp op, unsigned rows) {
  if (op.getNumResults() != 1 || op.getNumLoops() < rows || op.hasDynamicShape() ||
      !startsWithRows(op.getIndexingMapMatchingResult(op->getResult(0)), rows))
    return false;
  SmallVector<utils::IteratorType> iterators = op.getIteratorTypesArray();
  return llvm::all_of(ArrayRef(iterators).take_front(rows), linalg::isParallelIterator);
}

bool isReduction(linalg::GenericOp op) {
  return op.getNumReductionLoops() > 0 && !linalg::isaContractionOpInterface(op);
}

/// Ops that compute together, from an elementwise op back to what its rows are
/// made from.
class RowGroup {
public:
  static std::optional<RowGroup> endingIn(linalg::GenericOp root) {
    RowGroup group(root);
    if (!group.findRows() || !group.isWorthwhile())
      return std::nullopt;
    group.collect();
    return group.reductions > 0 ? std::optional(std::move(group)) : std::nullopt;
  }

  bool contains(Operation *op) const { return members.contains(op); }
  unsigned rowLoops() const { return rows; }
  ArrayRef<Operation *> operations() const { return members.getArrayRef(); }

  /// Someone behind the group reads a result of it as a whole.
  bool isReadOutside(Operation *op) const {
    return llvm::any_of(op->getUsers(), [&](Operation *user) { return !contains(user); });
  }

private:
  explicit RowGroup(linalg::GenericOp root) : root(root) {}

  /// The rows are the dimensions that a reduction feeding the root keeps.
  bool findRows() {
    if (root.getNumParallelLoops() != root.getNumLoops())
      return false;
    for (OpOperand *operand : root.getDpsInputOperands()) {
      AffineMap map = root.getMatchingIndexingMap(operand);
      unsigned kept = map.getNumResults();
      auto producer = operand->get().getDefiningOp<linalg::GenericOp>();
      if (producer && kept > 0 && kept < root.getNumLoops() && startsWithRows(map, kept) &&
          reachesReduction(producer, kept))
        rows = std::max(rows, kept);
    }
    return rows > 0 && worksByRows(root, rows);
  }

  /// Through ops on one number per row, such as the root of a variance.
  static bool reachesReduction(linalg::GenericOp op, unsigned rows) {
    SmallVector<linalg::GenericOp> pending{op};
    llvm::SmallPtrSet<Operation *, 8> seen;
    while (!pending.empty()) {
      op = pending.pop_back_val();
      if (isReduction(op))
        return true;
      for (Value input : op.getDpsInputs())
        if (auto producer = input.getDefiningOp<linalg::GenericOp>();
            producer && seen.insert(producer).second &&
            cast<RankedTensorType>(input.getType()).getRank() == rows)
          pending.push_back(producer);
    }
    return false;
  }

  bool isWorthwhile() {
    auto type = cast<RankedTensorType>(root.getResult(0).getType());
    int64_t count = 1, length = 1;
    for (auto [index, extent] : llvm::enumerate(type.getShape()))
      (index < rows ? count : length) *= extent;
    return count >= fewestRows && length >= shortestRow &&
           length * storageBytes(type.getElementType()) <= longestRowBytes;
  }

  /// An op joins once all its readers have, so go on until none does.
  void collect() {
    members.insert(root);
    for (bool grown = true; grown;) {
      grown = false;
      for (Operation *op : SmallVector<Operation *>(members.begin(), members.end()))
        for (OpOperand &operand : op->getOpOperands())
          grown |= tryJoin(operand);
    }
  }

  bool tryJoin(OpOperand &operand) {
    Operation *producer = operand.get().getDefiningOp();
    if (!producer || contains(producer) || !isa<linalg::GenericOp>(operand.getOwner()) ||
        !joins(operand, producer))
      return false;
    members.insert(producer);
    auto generic = dyn_cast<linalg::GenericOp>(producer);
    reductions += generic && isReduction(generic);
    return true;
  }

  bool joins(OpOperand &operand, Operation *producer) {
    auto consumer = cast<linalg::GenericOp>(operand.getOwner());
    if (producer->getBlock() != root->getBlock())
      return false;
    if (isa<linalg::FillOp>(producer))
      return consumer.isDpsInit(&operand);
    auto generic = dyn_cast<linalg::GenericOp>(producer);
    return generic && worksByRows(generic, rows) && !linalg::isaContractionOpInterface(generic) &&
           startsWithRows(consumer.getMatchingIndexingMap(&operand), rows) &&
           llvm::all_of(producer->getUsers(),
                        [&](Operation *user) { return contains(user) || comesBehind(user); });
  }

  bool comesBehind(Operation *user) {
    Operation *ancestor = root->getBlock()->findAncestorOpInBlock(*user);
    return ancestor && root->isBeforeInBlock(ancestor);
  }

  linalg::GenericOp root;
  unsigned rows = 0;
  int64_t reductions = 0;
  llvm::SetVector<Operation *> members;
};

LogicalResult tile(linalg::GenericOp root, const RowGroup &group) {
  IRRewriter rewriter(root);
  SmallVector<OpFoldResult> sizes(root.getNumLoops(), rewriter.getIndexAttr(0));
  std::fill_n(sizes.begin(), group.rowLoops(), rewriter.getIndexAttr(1));
  // Asked now: tiling adds readers of its own.
  DenseSet<Operation *> readOutside;
  for (Operation *op : group.operations())
    if (op != root && !isa<linalg::FillOp>(op) && group.isReadOutside(op))
      readOutside.insert(op);
  scf::SCFTileAndFuseOptions options;
  options.tilingOptions.setTileSizes(sizes);
  using Control = scf::SCFTileAndFuseOptions::ControlFnResult;
  options.setFusionControlFn(
      [&](tensor::ExtractSliceOp, OpResult producer, bool) -> std::optional<Control> {
        Operation *op = producer.getOwner();
        if (!group.contains(op))
          return std::nullopt;
        return Control{readOutside.contains(op)};
      });
  auto result = scf::tileConsumerAndFuseProducersUsingSCF(
      rewriter, cast<TilingInterface>(root.getOperation()), options);
  if (failed(result))
    return failure();
  for (auto [from, to] : result->replacements)
    rewriter.replaceUsesWithIf(from, to,
                               [&](OpOperand &use) { return !group.contains(use.getOwner()); });
  return success();
}

struct TileRows : public mjx::impl::MjxCpuTileRowsBase<TileRows> {
  LogicalResult initialize(MLIRContext *context) override {
    RewritePatternSet set(context);
    linalg::populateLinalgTilingCanonicalizationPatterns(set);
    tensor::ExtractSliceOp::getCanonicalizationPatterns(set, context);
    // Without these each fused op would still write a full-size temporary.
    tensor::populateFoldTensorEmptyPatterns(set);
    patterns = std::move(set);
    return success();
  }

  void runOnOperation() override {
    SmallVector<linalg::GenericOp> roots;
    getOperation().walk([&](linalg::GenericOp op) { roots.push_back(op); });
    bool changed = false;
    llvm::SmallPtrSet<Operation *, 8> done;
    // The last op of a chain takes the chain with it.
    for (linalg::GenericOp root : llvm::reverse(roots)) {
      if (done.contains(root))
        continue;
      std::optional<RowGroup> group = RowGroup::endingIn(root);
      if (!group)
        continue;
      for (linalg::GenericOp op : roots)
        if (group->contains(op))
          done.insert(op);
      changed |= succeeded(tile(root, *group));
    }
    if (changed)
      (void)applyPatternsGreedily(getOperation(), patterns);
  }

  FrozenRewritePatternSet patterns;
};

} // namespace
