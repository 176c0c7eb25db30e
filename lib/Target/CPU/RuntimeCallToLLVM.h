//===- RuntimeCallToLLVM.h - Kernel calls as C calls ------------*- C++ -*-===//
#ifndef MJX_LIB_TARGET_CPU_RUNTIMECALLTOLLVM_H
#define MJX_LIB_TARGET_CPU_RUNTIMECALLTOLLVM_H

#include "Shared.h"

#include "mlir/Conversion/LLVMCommon/TypeConverter.h"

namespace mjx {

/// Gives the program its result: a status, 0 at first, that every kernel call
/// adds its own result to.
void addStatus(mlir::func::FuncOp program);

void populateRuntimeCallToLLVMPatterns(const mlir::LLVMTypeConverter &converter,
                                       mlir::RewritePatternSet &patterns);

} // namespace mjx

#endif // MJX_LIB_TARGET_CPU_RUNTIMECALLTOLLVM_H
