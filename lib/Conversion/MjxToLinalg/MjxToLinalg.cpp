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

/// Whether all that an op computes has no elements. Such are not asked: where
/// nothing is, tensor takes no offset for one inside.
static bool computesNothing(Operation &op) {
  auto isEmpty = [](Type type) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    return tensor && tensor.getNumElements() == 0;
  };
  return op.getNumResults() && llvm::all_of(op.getResultTypes(), isEmpty) &&
         isMemoryEffectFree(&op);
}

static LogicalResult lowerOp(Operation &op, ImplicitLocOpBuilder &b, IRMapping &map) {
  auto lowering = dyn_cast<LinalgLoweringOpInterface>(op);
  if (!lowering && op.getDialect()->getNamespace() != MjxDialect::getDialectNamespace())
    return b.clone(op, map), success();
  if (!lowering)
    return op.emitOpError("has no lowering; run --mjx-resolve-transforms and --mjx-decompose "
                          "before --mjx-to-linalg");
  b.setLoc(op.getLoc());
  if (computesNothing(op)) {
    for (Value result : op.getResults()) {
      RankedTensorType type = loweredTensor(result.getType());
      map.map(result, emptyTensor(b, type.getShape(), type.getElementType()));
    }
    return success();
  }
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
    attachFactorizationLowerings(*context);
    attachRandomLowerings(*context);
    attachControlFlowLowerings(*context);
    attachTransformLowerings(*context);
    attachEffectLowerings(*context);
    attachWindowLowerings(*context);
  });
}

void buildMjxToLinalgPipeline(OpPassManager &pm) {
  pm.addPass(createResolveTransforms());
  pm.addPass(createSimplify());
  pm.addPass(createDecompose());
  pm.addPass(createSymbolDCEPass());
  pm.addPass(createSimplify());
  pm.addPass(createMjxToLinalg());
}

} // namespace mjx
