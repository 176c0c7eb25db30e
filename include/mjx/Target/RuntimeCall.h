//===- RuntimeCall.h - Calls of kernels in the runtime ----------*- C++ -*-===//
#ifndef MJX_TARGET_RUNTIMECALL_H
#define MJX_TARGET_RUNTIMECALL_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "mjx/Target/RuntimeCallDialect.h.inc"

#define GET_OP_CLASSES
#include "mjx/Target/RuntimeCallOps.h.inc"

namespace mjx::rt {

/// Attaches the bufferization of `mjx_rt.call`.
void registerBufferization(mlir::DialectRegistry &registry);

} // namespace mjx::rt

#endif // MJX_TARGET_RUNTIMECALL_H
