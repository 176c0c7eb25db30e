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
    auto allocation = AllocTensorOp::create(builder, op.getLoc(), op.getType(),
                                            op.getDynamicSizes());
    op.replaceAllUsesWith(allocation.getResult());
    op.erase();
  }
}

struct Bufferize : public mjx::impl::MjxCpuBufferizeBase<Bufferize> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    IRRewriter rewriter(&getContext());
    if (failed(eliminateEmptyTensors(rewriter, module)))
      return signalPassFailure();
    emptiesToAllocations(module);
    BufferizationState state;
    if (failed(runOneShotBufferize(module, options(), state)))
      return signalPassFailure();
  }
};

} // namespace
