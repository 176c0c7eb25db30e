//===- Entry.h - The C function around a program ----------------*- C++ -*-===//
#ifndef MJX_LIB_TARGET_CPU_ENTRY_H
#define MJX_LIB_TARGET_CPU_ENTRY_H

#include "Shared.h"

namespace mjx {

/// Makes the program an internal function of raw pointers with a status.
void prepareProgram(mlir::func::FuncOp program);

/// Adds `int32_t mjx_entry(void *const *buffers, void *scratch)`.
void addEntry(mlir::ModuleOp module, mlir::LLVM::LLVMFuncOp program);

} // namespace mjx

#endif // MJX_LIB_TARGET_CPU_ENTRY_H
