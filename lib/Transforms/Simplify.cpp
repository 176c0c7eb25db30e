//===- Simplify.cpp - Cheaper programs with the same results --------------===//
//
// Alternates the patterns of the dialect with merging equal computations: what
// one finds makes room for the other. Which ops there are it does not know.
//
//===----------------------------------------------------------------------===//
#include "mjx/IR/Mjx.h"
#include "mjx/Transforms/Passes.h"
#include "mjx/Transforms/Transforms.h"

#include "mlir/IR/Dominance.h"
#include "mlir/Rewrite/FrozenRewritePatternSet.h"
#include "mlir/Transforms/CSE.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace mjx {

#define GEN_PASS_DEF_SIMPLIFY
#include "mjx/Transforms/Passes.h.inc"

/// The dialect's patterns, kept with it because setting them up costs more than
/// running them on a small program.
static const FrozenRewritePatternSet &patternsOf(MLIRContext *context) {
  auto *dialect = context->getOrLoadDialect<MjxDialect>();
  std::shared_ptr<void> &state = dialect->simplifierState();
  if (!state) {
    RewritePatternSet patterns(context);
    dialect->getCanonicalizationPatterns(patterns);
    for (RegisteredOperationName op :
         context->getRegisteredOperationsByDialect(dialect->getNamespace()))
      op.getCanonicalizationPatterns(patterns, context);
    state = std::make_shared<FrozenRewritePatternSet>(std::move(patterns));
  }
  return *static_cast<FrozenRewritePatternSet *>(state.get());
}

/// Applies patterns to all ops in `region`, and to nothing outside of it.
static bool rewrite(Region &region) {
  SmallVector<Operation *> ops;
  region.walk([&](Operation *op) { ops.push_back(op); });
  GreedyRewriteConfig config;
  config.setScope(&region);
  config.setStrictness(GreedyRewriteStrictness::ExistingAndNewOps);
  bool changed = false;
  (void)applyOpPatternsGreedily(ops, patternsOf(region.getContext()), config, &changed);
  return changed;
}

static bool merge(Operation *root) {
  IRRewriter rewriter(root->getContext());
  DominanceInfo dominance(root);
  bool changed = false;
  eliminateCommonSubExpressions(rewriter, dominance, root, &changed);
  return changed;
}

void simplify(Operation *root, int64_t rounds) {
  for (int64_t round = 0; round < rounds; ++round) {
    bool changed = false;
    for (Region &region : root->getRegions())
      changed |= rewrite(region);
    changed |= merge(root);
    if (!changed)
      return;
  }
}

namespace {
struct Simplify : impl::SimplifyBase<Simplify> {
  using SimplifyBase::SimplifyBase;
  /// Called before threads come in.
  LogicalResult initialize(MLIRContext *context) override {
    (void)patternsOf(context);
    return success();
  }
  void runOnOperation() override { simplify(getOperation(), rounds); }
};
} // namespace

} // namespace mjx
