//===- Registration.cpp - All dialects and passes of mjx ------------------===//
#include "mjx/Registration.h"

#include "mjx/Conversion/MjxToLinalg.h"
#include "mjx/IR/Mjx.h"
#include "mjx/Target/Passes.h"
#include "mjx/Transforms/Passes.h"

#include "mlir/Conversion/ReconcileUnrealizedCasts/ReconcileUnrealizedCasts.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/SCF/Transforms/Passes.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void mjx::registerDialects(DialectRegistry &registry) {
  registry.insert<MjxDialect, func::FuncDialect>();
  registerLinalgLowerings(registry);
  registerTargetDialects(registry);
}

/// MLIR's own, for looking between our stages and for tests.
static void registerUpstreamPasses() {
  registerTransformsPasses();
  registerLinalgPasses();
  registerSCFPasses();
  arith::registerArithPasses();
  bufferization::registerBufferizationPasses();
  memref::registerMemRefPasses();
  registerPass([] { return createReconcileUnrealizedCastsPass(); });
}

static bool registerOnce() {
  registerUpstreamPasses();
  mjx::registerMjxPasses();
  mjx::registerMjxConversionPasses();
  mjx::registerTargetPasses();
  PassPipelineRegistration<>("mjx-to-linalg-pipeline",
                             "Resolve transforms, simplify, decompose, lower to linalg",
                             mjx::buildMjxToLinalgPipeline);
  return true;
}

void mjx::registerPasses() {
  static bool done = registerOnce();
  (void)done;
}
