//===- Decompose.cpp - Ops in terms of simpler ones -----------------------===//
#include "mjx/IR/Mjx.h"
#include "mjx/Transforms/Passes.h"
#include "mjx/Transforms/Transforms.h"

using namespace mlir;

namespace mjx {

#define GEN_PASS_DEF_DECOMPOSE
#include "mjx/Transforms/Passes.h.inc"

static LogicalResult decompose(DecomposeOpInterface op) {
  Emitter emitter(OpBuilder(op), op->getLoc());
  auto values = op.buildDecomposition(emitter);
  if (failed(values))
    return failure();
  op->replaceAllUsesWith(*values);
  op->erase();
  return success();
}

LogicalResult decomposeOps(Operation *root) {
  // What an op decomposes into may itself need decomposing.
  while (true) {
    SmallVector<DecomposeOpInterface> ops;
    root->walk<WalkOrder::PostOrder>([&](DecomposeOpInterface op) { ops.push_back(op); });
    if (ops.empty())
      return success();
    for (DecomposeOpInterface op : ops)
      if (failed(decompose(op)))
        return failure();
  }
}

namespace {
struct Decompose : impl::DecomposeBase<Decompose> {
  void runOnOperation() override {
    if (failed(decomposeOps(getOperation())))
      signalPassFailure();
  }
};
} // namespace

} // namespace mjx
