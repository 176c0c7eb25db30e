//===- Compiler.h - A module to an executable image -------------*- C++ -*-===//
#ifndef MJX_COMPILER_COMPILER_H
#define MJX_COMPILER_COMPILER_H

#include "mjx/Runtime/ExecutableImage.h"

#include "mlir/IR/BuiltinOps.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"

#include <string>

namespace mjx {

struct CompileOptions {
  /// Inputs whose memory the program may take over for an output.
  llvm::SmallVector<int64_t> donated;
};

/// Compiles the program of a module, in the mjx dialect or in linalg on
/// tensors, for the host. The module is not changed. An error carries the text
/// of every diagnostic; nothing is printed.
///
/// The context must have been loaded with `registerCompilerDialects`; only one
/// thread may compile in a context at a time.
llvm::Expected<runtime::ExecutableImage> compile(mlir::ModuleOp module,
                                                 const CompileOptions &options = {});

/// The program as text at one stage: "mjx", "linalg", "llvm" (the LLVM
/// dialect), "llvm-ir" (optimized), or "asm".
llvm::Expected<std::string> printStage(mlir::ModuleOp module, llvm::StringRef stage,
                                       const CompileOptions &options = {});

/// The names `printStage` accepts, in order.
llvm::ArrayRef<llvm::StringLiteral> stageNames();

/// What decides an image besides the program and the options: this build of
/// the compiler, and the processor it compiles for. Empty if unknown.
std::string compilerFingerprint();

/// Registers all that compiling needs beyond the mjx dialect itself.
void registerCompilerDialects(mlir::DialectRegistry &registry);

} // namespace mjx

#endif // MJX_COMPILER_COMPILER_H
