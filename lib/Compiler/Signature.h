//===- Signature.h - What is known of a program from its IR -----*- C++ -*-===//
#ifndef MJX_LIB_COMPILER_SIGNATURE_H
#define MJX_LIB_COMPILER_SIGNATURE_H

#include "mjx/Runtime/ExecutableImage.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

#include "llvm/Support/Error.h"

namespace mjx {

/// Fills in the types of inputs and outputs.
llvm::Error describeSignature(mlir::FunctionOpInterface program, runtime::ExecutableImage &image);

/// Fills in what the program does besides computing its outputs.
void describeEffects(mlir::ModuleOp module, runtime::ExecutableImage &image);

/// Arithmetic in a module of structured ops on tensors, roughly.
double estimateFlops(mlir::ModuleOp module);

} // namespace mjx

#endif // MJX_LIB_COMPILER_SIGNATURE_H
