//===- LowerToLLVM.cpp - One conversion to the LLVM dialect ---------------===//
#include "Entry.h"
#include "RuntimeCallToLLVM.h"
#include "Shared.h"

#include "mlir/Conversion/AffineToStandard/AffineToStandard.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ComplexToLLVM/ComplexToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVM.h"
#include "mlir/Conversion/IndexToLLVM/IndexToLLVM.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Conversion/UBToLLVM/UBToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/MemRef/Transforms/Transforms.h"
#include "mlir/Transforms/DialectConversion.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mjx {
#define GEN_PASS_DEF_MJXCPULOWERTOLLVM
#include "mjx/Target/Passes.h.inc"
} // namespace mjx

using namespace mlir;
using namespace mjx;

namespace {

/// The patterns of the conversion and the types they refer to: built once per
/// context, since building them costs as much as converting a small program.
struct Patterns {
  explicit Patterns(MLIRContext *context)
      : options(context), converter(context, bare(options)), target(*context),
        views(buildViews(context)), lowering(buildLowering(context)) {
    target.addLegalOp<ModuleOp>();
  }

  static LowerToLLVMOptions &bare(LowerToLLVMOptions &options) {
    options.useBarePtrCallConv = true;
    return options;
  }

  static FrozenRewritePatternSet buildViews(MLIRContext *context) {
    RewritePatternSet set(context);
    memref::populateExpandStridedMetadataPatterns(set);
    memref::populateResolveExtractStridedMetadataPatterns(set);
    return set;
  }

  FrozenRewritePatternSet buildLowering(MLIRContext *context) {
    RewritePatternSet set(context);
    populateAffineToStdConversionPatterns(set);
    populateSCFToControlFlowConversionPatterns(set);
    cf::populateControlFlowToLLVMConversionPatterns(converter, set);
    arith::populateArithToLLVMConversionPatterns(converter, set);
    arith::populateCeilFloorDivExpandOpsPatterns(set);
    populateComplexToLLVMConversionPatterns(converter, set);
    populateMathToLLVMConversionPatterns(converter, set);
    index::populateIndexToLLVMConversionPatterns(converter, set);
    populateFinalizeMemRefToLLVMConversionPatterns(converter, set);
    populateFuncToLLVMConversionPatterns(converter, set);
    ub::populateUBToLLVMConversionPatterns(converter, set);
    populateVectorToLLVMConversionPatterns(converter, set);
    populateRuntimeCallToLLVMPatterns(converter, set);
    return set;
  }

  LowerToLLVMOptions options;
  LLVMTypeConverter converter;
  LLVMConversionTarget target;
  FrozenRewritePatternSet views, lowering;
};

struct LowerToLLVM : public mjx::impl::MjxCpuLowerToLLVMBase<LowerToLLVM> {
  LogicalResult initialize(MLIRContext *context) override {
    patterns = std::make_shared<Patterns>(context);
    return success();
  }

  void runOnOperation() override {
    ModuleOp module = getOperation();
    func::FuncOp program = programFunction(module);
    if (program && program->hasAttr(cpu::aliasesAttr))
      prepareProgram(program);
    for (auto body : module.getOps<func::FuncOp>())
      if (body->hasAttr(cpu::lanesBodyAttr))
        addStatus(body);
    if (failed(expandViews()) || failed(lower()))
      return signalPassFailure();
    if (auto function = dyn_cast_or_null<LLVM::LLVMFuncOp>(cpu::programOf(module)))
      if (function->hasAttr(cpu::aliasesAttr))
        addEntry(module, function);
  }

  LogicalResult expandViews() {
    GreedyRewriteConfig config;
    config.setRegionSimplificationLevel(GreedySimplifyRegionLevel::Disabled);
    return applyPatternsGreedily(getOperation(), patterns->views, config);
  }

  LogicalResult lower() {
    ConversionConfig config;
    // A failed conversion ends the compilation, so nothing is to be undone.
    config.allowPatternRollback = false;
    return applyFullConversion(getOperation(), patterns->target, patterns->lowering, config);
  }

  std::shared_ptr<Patterns> patterns;
};

} // namespace
