//===- ResolveTransforms.cpp - Transforms become what they stand for ------===//
#include "mjx/IR/Mjx.h"
#include "mjx/Transforms/Passes.h"
#include "mjx/Transforms/Transforms.h"

using namespace mlir;

namespace mjx {

#define GEN_PASS_DEF_RESOLVETRANSFORMS
#include "mjx/Transforms/Passes.h.inc"

FailureOr<SmallVector<Value>> resolveTransform(Operation *op) {
  // What an inner transform left too much of would be transformed again.
  simplify(op, /*rounds=*/2);
  OpBuilder builder(op);
  auto values = cast<TransformOpInterface>(op).resolve(builder);
  if (failed(values))
    return failure();
  op->replaceAllUsesWith(*values);
  op->erase();
  return values;
}

LogicalResult resolveTransforms(Operation *root) {
  SmallVector<Operation *> innermostFirst;
  root->walk<WalkOrder::PostOrder>([&](TransformOpInterface op) { innermostFirst.push_back(op); });
  for (Operation *op : innermostFirst)
    if (failed(resolveTransform(op)))
      return failure();
  root->walk([](LinearMapOp map) {
    if (map.use_empty())
      map.erase();
  });
  return success();
}

namespace {
struct ResolveTransforms : impl::ResolveTransformsBase<ResolveTransforms> {
  void runOnOperation() override {
    if (failed(resolveTransforms(getOperation())))
      signalPassFailure();
  }
};
} // namespace

} // namespace mjx
