//===- Simplify.cpp - All patterns of the dialect -------------------------===//
#include "Simplify.h"

using namespace mlir;

void mjx::MjxDialect::getCanonicalizationPatterns(RewritePatternSet &patterns) const {
  addContractionSimplifications(patterns);
  addControlFlowSimplifications(patterns);
  addIndexingSimplifications(patterns);
  addPointwiseSimplifications(patterns);
  addReductionSimplifications(patterns);
  addShapeSimplifications(patterns);
}
