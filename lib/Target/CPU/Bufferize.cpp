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

/// Whether a fill is written into, or leaves a branch, in another block. Done
/// there it need not be copied, and in a loop is not mixed up with what is
/// carried.
bool isBetterLate(OpOperand &use, linalg::FillOp fill) {
  Operation *user = use.getOwner();
  if (user->getBlock() == fill->getBlock())
    return false;
  auto style = dyn_cast<DestinationStyleOpInterface>(user);
  return (style && style.isDpsInit(&use)) ||
         (isa<scf::YieldOp>(user) && isa<scf::IfOp>(user->getParentOp()));
}

/// Gives every user of a fill one of its own: users may write into it, and a
/// fill is cheaper done again than its result copied.
void separateFills(ModuleOp module) {
  SmallVector<OpOperand *> uses;
  module.walk([&](linalg::FillOp fill) {
    if (fill.getNumResults() == 1)
      for (auto [i, use] : llvm::enumerate(fill.getResult(0).getUses()))
        if (i > 0 || isBetterLate(use, fill))
          uses.push_back(&use);
  });
  for (OpOperand *use : uses) {
    auto fill = use->get().getDefiningOp<linalg::FillOp>();
    OpBuilder builder(isBetterLate(*use, fill) ? use->getOwner() : fill.getOperation());
    auto clone = cast<linalg::FillOp>(builder.clone(*fill));
    if (Operation *empty = fill.getOutputs()[0].getDefiningOp<tensor::EmptyOp>())
      clone.getOutputsMutable().assign(OpBuilder(clone).clone(*empty)->getResult(0));
    use->set(clone.getResult(0));
    if (fill->use_empty())
      fill.erase();
  }
}

/// Whether unwritten memory is carried through a loop, or written to.
bool startsWith(OpOperand &use) {
  auto style = dyn_cast<DestinationStyleOpInterface>(use.getOwner());
  return isa<LoopLikeOpInterface>(use.getOwner()) || (style && style.isDpsInit(&use));
}

/// Gives everything that starts with unwritten memory some of its own. Of
/// carries of a loop the analysis sees no conflict in memory nobody has written
/// yet, though they overwrite each other from the first step on; and it looks at
/// all uses of what is shared for each of them.
void separateEmpties(ModuleOp module) {
  SmallVector<OpOperand *> uses;
  module.walk([&](tensor::EmptyOp empty) {
    if (!empty->hasOneUse())
      for (OpOperand &use : empty->getUses())
        if (startsWith(use))
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

void separate(Operation *user, OpOperand &operand) {
  auto type = dyn_cast<RankedTensorType>(operand.get().getType());
  if (!type)
    return;
  OpBuilder builder(user);
  operand.set(AllocTensorOp::create(builder, user->getLoc(), type, ValueRange(), operand.get()));
}

/// Gives every tensor that is chosen by a condition memory of its own: the
/// analysis cannot copy on its way through a select, or out of a branch.
void separateChoices(ModuleOp module) {
  module.walk([](Operation *op) {
    if (auto select = dyn_cast<arith::SelectOp>(op))
      for (OpOperand &operand : op->getOpOperands().drop_front())
        separate(op, operand);
    if (auto branch = dyn_cast<scf::IfOp>(op))
      for (Region &region : branch->getRegions())
        if (!region.empty())
          for (OpOperand &operand : region.front().getTerminator()->getOpOperands())
            if (!region.isAncestor(operand.get().getParentRegion()))
              separate(region.front().getTerminator(), operand);
  });
}

/// Lets a loop inside of a branch start from copies of what an outer loop
/// carries: where the branch is not taken, that is carried on as it is, so the
/// two would have to share memory.
void separateStarts(ModuleOp module) {
  module.walk([](LoopLikeOpInterface loop) {
    if (!isa<scf::IfOp>(loop->getParentOp()))
      return;
    OpBuilder builder(loop);
    for (OpOperand &start : loop.getInitsMutable()) {
      auto type = dyn_cast<RankedTensorType>(start.get().getType());
      if (type && isa<BlockArgument>(start.get()))
        start.set(AllocTensorOp::create(builder, loop.getLoc(), type, ValueRange(), start.get()));
    }
  });
}

/// Writes carried values at the end of each round only, where AssignDestinations
/// let branches write them on the way.
void leaveBranches(ModuleOp module) {
  for (Materialization op : tensorMaterializations(module)) {
    Region *ofDestination = op.getDest().getParentRegion();
    if (ofDestination == op->getParentRegion() || !isa<scf::IfOp>(op->getParentOp()))
      continue;
    op.getResult().replaceAllUsesWith(op.getSource());
    op.erase();
  }
}

void writeAtEnd(Operation *terminator, MutableArrayRef<OpOperand> next,
                Block::BlockArgListType carried) {
  OpBuilder builder(terminator);
  for (auto [operand, argument] : llvm::zip(next, carried)) {
    auto written = operand.get().getDefiningOp<Materialization>();
    bool isWritten = operand.get() == argument || (written && written.getDest() == argument);
    if (isWritten || operand.get().getType() != argument.getType() ||
        !isa<RankedTensorType>(argument.getType()))
      continue;
    operand.set(Materialization::create(builder, terminator->getLoc(), operand.get(), argument)
                    .getResult());
  }
}

void writeAtEnds(ModuleOp module) {
  module.walk([](Operation *op) {
    if (auto loop = dyn_cast<scf::ForOp>(op))
      writeAtEnd(loop.getBody()->getTerminator(),
                 loop.getYieldedValuesMutable().value_or(MutableArrayRef<OpOperand>()),
                 loop.getRegionIterArgs());
    if (auto loop = dyn_cast<scf::WhileOp>(op)) {
      scf::ConditionOp condition = loop.getConditionOp();
      writeAtEnd(condition, condition->getOpOperands().drop_front(), loop.getBeforeArguments());
      writeAtEnd(loop.getYieldOp(), loop.getYieldOp()->getOpOperands(), loop.getAfterArguments());
    }
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
    // without copies that the analysis does not think of; add them then, as few
    // as will do.
    OwningOpRef<ModuleOp> original(module.clone());
    auto startAgain = [&] {
      OwningOpRef<ModuleOp> fresh(original->clone());
      module.getBodyRegion().takeBody(fresh->getBodyRegion());
    };
    {
      ScopedDiagnosticHandler silence(&getContext(), [](Diagnostic &) { return success(); });
      if (succeeded(bufferize(module, /*shareMemory=*/true)))
        return;
      startAgain();
      if (succeeded(bufferize(module, /*shareMemory=*/false)))
        return;
      startAgain();
      separateStarts(module);
      if (succeeded(bufferize(module, /*shareMemory=*/true)))
        return;
      startAgain();
      separateSources(module);
      separateChoices(module);
      if (succeeded(bufferize(module, /*shareMemory=*/false)))
        return;
    }
    startAgain();
    leaveBranches(module);
    writeAtEnds(module);
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
