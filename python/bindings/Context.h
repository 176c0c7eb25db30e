//===- Context.h - The one MLIR context, and errors -------------*- C++ -*-===//
#ifndef MJX_PYTHON_BINDINGS_CONTEXT_H
#define MJX_PYTHON_BINDINGS_CONTEXT_H

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"

#include <nanobind/nanobind.h>

/// The context of this process, made at the first use. Its own threading is
/// off, so whoever touches IR holds a ContextLock.
mlir::MLIRContext &context();

/// Held while IR is touched. Waits without the GIL, so that a thread that
/// compiles can finish; may be nested in one thread.
class ContextLock {
public:
  ContextLock();
  ~ContextLock();
  ContextLock(const ContextLock &) = delete;
  ContextLock &operator=(const ContextLock &) = delete;
};

/// Collects diagnostics in the place of printing them.
class DiagnosticText {
public:
  DiagnosticText();
  /// The first error with its notes, or `fallback` if there was none.
  std::string text(llvm::StringRef fallback) const;
  /// As ValueError.
  [[noreturn]] void raise(llvm::StringRef fallback) const;

private:
  std::string first;
  mlir::ScopedDiagnosticHandler handler;
};

/// A type as Python spells it: (element type, shape).
nanobind::tuple typeToPython(mlir::Type type);
mlir::RankedTensorType typeFromPython(nanobind::handle element, nanobind::handle shape);
/// Of a list of such pairs.
llvm::SmallVector<mlir::Type> typesFromPython(nanobind::handle pairs);

#endif // MJX_PYTHON_BINDINGS_CONTEXT_H
