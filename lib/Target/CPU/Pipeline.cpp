//===- Pipeline.cpp - The stages from linalg to the LLVM dialect ----------===//
#include "Shared.h"

#include "mjx/Conversion/MjxToLinalg.h"

#include "mlir/Dialect/Arith/Transforms/BufferViewFlowOpInterfaceImpl.h"
#include "mlir/Dialect/Arith/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Bufferization/Transforms/FuncBufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Linalg/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Linalg/Transforms/SubsetInsertionOpInterfaceImpl.h"
#include "mlir/Dialect/Linalg/Transforms/TilingInterfaceImpl.h"
#include "mlir/Dialect/SCF/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Tensor/IR/TensorTilingInterfaceImpl.h"
#include "mlir/Dialect/Tensor/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Tensor/Transforms/SubsetInsertionOpInterfaceImpl.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace mjx {

#define GEN_PASS_REGISTRATION
#include "mjx/Target/Passes.h.inc"

void registerTargetDialects(DialectRegistry &registry) {
  registry.insert<affine::AffineDialect, arith::ArithDialect, bufferization::BufferizationDialect,
                  complex::ComplexDialect, func::FuncDialect, linalg::LinalgDialect,
                  LLVM::LLVMDialect, math::MathDialect, memref::MemRefDialect, rt::MjxRtDialect,
                  scf::SCFDialect, tensor::TensorDialect, vector::VectorDialect>();
  rt::registerBufferization(registry);
  // Lets PlanScratch see that a buffer chosen by arith.select is still in use.
  arith::registerBufferViewFlowOpInterfaceExternalModels(registry);
  arith::registerBufferizableOpInterfaceExternalModels(registry);
  bufferization::func_ext::registerBufferizableOpInterfaceExternalModels(registry);
  linalg::registerBufferizableOpInterfaceExternalModels(registry);
  linalg::registerSubsetOpInterfaceExternalModels(registry);
  linalg::registerTilingInterfaceExternalModels(registry);
  scf::registerBufferizableOpInterfaceExternalModels(registry);
  tensor::registerBufferizableOpInterfaceExternalModels(registry);
  tensor::registerSubsetOpInterfaceExternalModels(registry);
  tensor::registerTilingInterfaceExternalModels(registry);
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
}

static void addCleanup(OpPassManager &pm) {
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

static void buildFusion(OpPassManager &pm) {
  pm.addPass(createMjxCpuFuse());
  addCleanup(pm);
  pm.addPass(createMjxCpuTileRows());
  // An op that two others read has been fused once for each.
  pm.addPass(createCSEPass());
}

static void buildBufferization(OpPassManager &pm) {
  pm.addPass(createMjxCpuPassDestinations());
  pm.addPass(createMjxCpuAssignDestinations());
  pm.addPass(createMjxCpuBufferize());
  addCleanup(pm);
  // Copies of a buffer onto itself show only after equal views are merged.
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createMjxCpuCallGemm());
  pm.addPass(createMjxCpuMakeDense());
  pm.addPass(createMjxCpuParallelize());
  pm.addPass(createMjxCpuPlanScratch());
}

static void buildLoops(OpPassManager &pm) {
  MjxCpuLowerLinalgOptions lowering;
  lowering.vectorBytes = cpu::hostTarget().vectorBytes;
  pm.addPass(createMjxCpuLegalizeArith());
  pm.addPass(createMjxCpuLowerLinalg(lowering));
  pm.addPass(createMjxCpuStoreBooleans());
  pm.addPass(createCSEPass());
  pm.addPass(createMjxCpuExpandMath());
  pm.addPass(createMjxCpuOutline());
}

static void buildConversion(OpPassManager &pm) { pm.addPass(createMjxCpuLowerToLLVM()); }

ArrayRef<cpu::Stage> cpu::stages() {
  static constexpr Stage all[] = {{"fuse", buildFusion},
                                  {"bufferize", buildBufferization},
                                  {"loops", buildLoops},
                                  {"llvm", buildConversion}};
  return all;
}

void cpu::buildPipeline(OpPassManager &pm) {
  for (const Stage &stage : stages())
    stage.build(pm);
}

void registerTargetPasses() {
  registerMjxTargetPasses();
  PassPipelineRegistration<>("mjx-cpu-pipeline", "mjx or linalg to the LLVM dialect, as in a call",
                             [](OpPassManager &pm) {
                               buildMjxToLinalgPipeline(pm);
                               cpu::buildPipeline(pm);
                             });
}

} // namespace mjx
