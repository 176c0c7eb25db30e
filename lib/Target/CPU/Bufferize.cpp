//===- Bufferize.cpp - Tensors become buffers -----------------------------===//
#include "Shared.h"

#include "mlir/Dialect/Bufferization/Transforms/Bufferize.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotAnalysis.h"
#include "mlir/Dialect/Bufferization/Transforms/Transforms.h"

namespace mjx {
#define GEN_PASS_DEF_MJXCPUBUFFERIZE
#include "mjx/Target/Passes.h.inc"
} // namespace mjx

using namespace mlir;
using namespace mjx;
using namespace mlir::bufferization;

namespace {

OneShotBufferizationOptions options() {
  OneShotBufferizationOptions options;
  options.bufferAlignment = 64;
  options.setFunctionBoundaryTypeConversion(LayoutMapOption::IdentityLayoutMap);
  options.unknownTypeConverterFn = [](TensorType type, Attribute space,
                                      const BufferizationOptions &) {
    return getMemRefTypeWithStaticIdentityLayout(type, space);
  };
  return options;
}

void emptiesToAllocations(ModuleOp module) {
  SmallVector<tensor::EmptyOp> empties;
  module.walk([&](tensor::EmptyOp op) { empties.push_back(op); });
  for (tensor::EmptyOp op : empties) {
    OpBuilder builder(op);
    auto allocation =
        AllocTensorOp::create(builder, op.getLoc(), op.getType(), op.getDynamicSizes());
    op.replaceAllUsesWith(allocation.getResult());
    op.erase();
  }
}

/// Gives every user of a fill one of its own: users may write into it, and a
/// fill is cheaper done again than its result copied.
void separateFills(ModuleOp module) {
  SmallVector<OpOperand *> uses;
  module.walk([&](linalg::FillOp fill) {
    if (fill.getNumResults() == 1 && !fill->use_empty())
      for (OpOperand &use : llvm::drop_begin(fill.getResult(0).getUses()))
        uses.push_back(&use);
  });
  for (OpOperand *use : uses) {
    auto fill = use->get().getDefiningOp<linalg::FillOp>();
    OpBuilder builder(fill);
    auto clone = cast<linalg::FillOp>(builder.clone(*fill));
    if (Operation *empty = fill.getOutputs()[0].getDefiningOp<tensor::EmptyOp>())
      clone.getOutputsMutable().assign(OpBuilder(clone).clone(*empty)->getResult(0));
    use->set(clone.getResult(0));
  }
}

/// Gives every carry of a loop that starts with unwritten memory some of its
/// own: the analysis sees no conflict in memory nobody has written yet, though
/// carries that share it overwrite each other from the first step on.
void separateEmpties(ModuleOp module) {
  SmallVector<OpOperand *> uses;
  module.walk([&](tensor::EmptyOp empty) {
    if (!empty->hasOneUse())
      for (OpOperand &use : empty->getUses())
        if (isa<LoopLikeOpInterface>(use.getOwner()))
          uses.push_back(&use);
  });
  for (OpOperand *use : uses) {
    OpBuilder builder(use->getOwner());
    use->set(builder.clone(*use->get().getDefiningOp())->getResult(0));
  }
}

using Materialization = MaterializeInDestinationOp;

SmallVector<Materialization> tensorMaterializations(ModuleOp module) {
  SmallVector<Materialization> found;
  module.walk([&](Materialization op) {
    if (op->getNumResults() == 1)
      found.push_back(op);
  });
  return found;
}

/// Moves every value that is written to a destination into memory of its own
/// first, ahead of all such writes of its block: nothing can then conflict.
void separateSources(ModuleOp module) {
  DenseMap<Block *, Operation *> firstInBlock;
  for (Materialization op : tensorMaterializations(module)) {
    Operation *&first = firstInBlock[op->getBlock()];
    if (!first)
      first = op;
    Operation *source = op.getSource().getDefiningOp();
    bool isLater =
        source && source->getBlock() == op->getBlock() && !source->isBeforeInBlock(first);
    OpBuilder builder(isLater ? op.getOperation() : first);
    auto copy = AllocTensorOp::create(builder, op.getLoc(),
                                      cast<RankedTensorType>(op.getSource().getType()),
                                      ValueRange(), op.getSource());
    op.getSourceMutable().assign(copy);
  }
}

/// Gives every tensor that is chosen from a condition memory of its own: the
/// analysis cannot copy on its way through a select.
void separateChoices(ModuleOp module) {
  module.walk([](arith::SelectOp op) {
    auto type = dyn_cast<RankedTensorType>(op.getType());
    if (!type)
      return;
    OpBuilder builder(op);
    for (OpOperand &operand : op->getOpOperands().drop_front())
      operand.set(AllocTensorOp::create(builder, op.getLoc(), type, ValueRange(), operand.get()));
  });
}

struct Bufferize : public mjx::impl::MjxCpuBufferizeBase<Bufferize> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    separateFills(module);
    separateEmpties(module);
    if (tensorMaterializations(module).empty())
      return finish(bufferize(module, /*shareMemory=*/true));
    // Some ways of carrying values through a loop have no bufferization
    // without a copy that the analysis does not think of; add it then.
    OwningOpRef<ModuleOp> original(module.clone());
    {
      ScopedDiagnosticHandler silence(&getContext(), [](Diagnostic &) { return success(); });
      if (succeeded(bufferize(module, /*shareMemory=*/true)))
        return;
    }
    module.getBodyRegion().takeBody(original->getBodyRegion());
    separateSources(module);
    separateChoices(module);
    finish(bufferize(module, /*shareMemory=*/false));
  }

  void finish(LogicalResult result) {
    if (failed(result))
      signalPassFailure();
  }

  LogicalResult bufferize(ModuleOp module, bool shareMemory) {
    IRRewriter rewriter(&getContext());
    if (shareMemory && failed(eliminateEmptyTensors(rewriter, module)))
      return failure();
    emptiesToAllocations(module);
    BufferizationState state;
    return runOneShotBufferize(module, options(), state);
  }
};

} // namespace
