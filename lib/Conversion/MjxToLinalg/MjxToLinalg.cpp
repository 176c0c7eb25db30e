//===- MjxToLinalg.cpp - Every op lowers itself ---------------------------===//
//
// One walk in program order, building the new function beside the old one. No
// pattern matching is needed: each op is asked once.
//
//===----------------------------------------------------------------------===//
#include "mjx/Conversion/MjxToLinalg.h"

#include "Lowering.h"

#include "mjx/Target/RuntimeCall.h"
#include "mjx/Transforms/Passes.h"

#include "mlir/Dialect/Complex/IR/Complex.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace mjx {

#define GEN_PASS_DEF_MJXTOLINALG
#include "mjx/Conversion/Passes.h.inc"

static LogicalResult lowerOp(Operation &op, ImplicitLocOpBuilder &b, IRMapping &map) {
  auto lowering = dyn_cast<LinalgLoweringOpInterface>(op);
  if (!lowering && op.getDialect()->getNamespace() != MjxDialect::getDialectNamespace())
    return b.clone(op, map), success();
  if (!lowering)
    return op.emitOpError("has no lowering; run --mjx-resolve-transforms and --mjx-decompose "
                          "before --mjx-to-linalg");
  b.setLoc(op.getLoc());
  SmallVector<Value> operands =
      llvm::map_to_vector(op.getOperands(), [&](Value operand) { return map.lookup(operand); });
  LoweredValues results = lowering.lowerToLinalg(b, operands);
  if (failed(results))
    return failure();
  map.map(op.getResults(), *results);
  return success();
}

/// Lowers a block and returns what its terminator is given.
static LoweredValues lowerBlock(Block &block, ImplicitLocOpBuilder &b, IRMapping &map) {
  for (Operation &op : block.without_terminator())
    if (failed(lowerOp(op, b, map)))
      return failure();
  return llvm::map_to_vector(block.getTerminator()->getOperands(),
                             [&](Value value) { return map.lookup(value); });
}

LoweredValues lowerRegion(Region &region, ImplicitLocOpBuilder &b, ValueRange arguments) {
  IRMapping map;
  map.map(region.front().getArguments(), arguments);
  return lowerBlock(region.front(), b, map);
}

static LogicalResult lowerFunction(func::FuncOp function) {
  auto lowered = [](TypeRange types) { return llvm::map_to_vector(types, loweredType); };
  OpBuilder outside(function);
  auto clone = cast<func::FuncOp>(outside.cloneWithoutRegions(*function));
  clone.setFunctionType(outside.getFunctionType(lowered(function.getArgumentTypes()),
                                                lowered(function.getResultTypes())));
  Block *entry = clone.addEntryBlock();
  ImplicitLocOpBuilder b = ImplicitLocOpBuilder::atBlockEnd(function.getLoc(), entry);
  LoweredValues results = lowerRegion(function.getBody(), b, entry->getArguments());
  if (failed(results)) {
    clone.erase();
    return failure();
  }
  func::ReturnOp::create(b, *results);
  function.erase();
  return success();
}

namespace {
struct MjxToLinalg : impl::MjxToLinalgBase<MjxToLinalg> {
  void runOnOperation() override {
    for (auto function : llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>()))
      if (!function.isExternal() && failed(lowerFunction(function)))
        return signalPassFailure();
  }
};
} // namespace

void registerLinalgLowerings(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, MjxDialect *) {
    attachCreationLowerings(*context);
    attachPointwiseLowerings(*context);
    attachShapeLowerings(*context);
    attachIndexingLowerings(*context);
    attachReductionLowerings(*context);
    attachContractionLowerings(*context);
    attachRandomLowerings(*context);
    attachControlFlowLowerings(*context);
    attachTransformLowerings(*context);
  });
}

void buildMjxToLinalgPipeline(OpPassManager &pm) {
  pm.addPass(createResolveTransforms());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createDecompose());
  pm.addPass(createSymbolDCEPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createMjxToLinalg());
}

} // namespace mjx
