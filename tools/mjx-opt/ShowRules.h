//===- ShowRules.h - Which rules every op has -------------------*- C++ -*-===//
#ifndef MJX_TOOLS_MJXOPT_SHOWRULES_H
#define MJX_TOOLS_MJXOPT_SHOWRULES_H

#include "mlir/IR/DialectRegistry.h"
#include "llvm/Support/raw_ostream.h"

namespace mjx {

/// Prints one line per op of the dialect: how it is differentiated, transposed,
/// batched and lowered. A rule that is neither there nor disclaimed is MISSING;
/// the result says whether none is.
bool showRules(const mlir::DialectRegistry &registry, llvm::raw_ostream &os);

} // namespace mjx

#endif // MJX_TOOLS_MJXOPT_SHOWRULES_H
