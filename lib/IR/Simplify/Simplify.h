//===- Simplify.h - Patterns that make programs cheaper ---------*- C++ -*-===//
//
// A file per family. A pattern is here if it needs to see more than one op;
// what one op and its constants show is in its folder. Each says what it saves:
// none may cost more than what it replaces, and results stay the same, NaN and
// signed zeros included. There are at most 60.
//
//===----------------------------------------------------------------------===//
#ifndef MJX_LIB_IR_SIMPLIFY_SIMPLIFY_H
#define MJX_LIB_IR_SIMPLIFY_SIMPLIFY_H

#include "../StructuredRules.h"

#include "mlir/IR/PatternMatch.h"

namespace mjx {

void addContractionSimplifications(mlir::RewritePatternSet &patterns);
void addControlFlowSimplifications(mlir::RewritePatternSet &patterns);
void addIndexingSimplifications(mlir::RewritePatternSet &patterns);
void addPointwiseSimplifications(mlir::RewritePatternSet &patterns);
void addReductionSimplifications(mlir::RewritePatternSet &patterns);
void addShapeSimplifications(mlir::RewritePatternSet &patterns);

} // namespace mjx

#endif // MJX_LIB_IR_SIMPLIFY_SIMPLIFY_H
