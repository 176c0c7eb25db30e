//===- Diagnostics.h - Diagnostics as text ----------------------*- C++ -*-===//
#ifndef MJX_LIB_COMPILER_DIAGNOSTICS_H
#define MJX_LIB_COMPILER_DIAGNOSTICS_H

#include "mlir/IR/Diagnostics.h"

#include <string>

namespace mjx {

/// While alive, keeps what the context reports instead of printing it.
class CollectedDiagnostics {
public:
  explicit CollectedDiagnostics(mlir::MLIRContext *context);
  ~CollectedDiagnostics();
  /// Errors and their notes, a line each; empty if there were none.
  std::string text() const { return lines; }

private:
  mlir::MLIRContext *context;
  bool printedOps;
  std::string lines;
  mlir::ScopedDiagnosticHandler handler;
};

} // namespace mjx

#endif // MJX_LIB_COMPILER_DIAGNOSTICS_H
