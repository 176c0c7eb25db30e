//===- Shared.h - What several CPU passes need ------------------*- C++ -*-===//
#ifndef MJX_LIB_TARGET_CPU_SHARED_H
#define MJX_LIB_TARGET_CPU_SHARED_H

#include "mjx/Target/CPU.h"
#include "mjx/Target/Passes.h"
#include "mjx/Target/RuntimeCall.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Complex/IR/Complex.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mjx {

/// The program as a func.func, or null after it has become something else.
mlir::func::FuncOp programFunction(mlir::ModuleOp module);

/// A scalar constant of any element type, complex included.
mlir::Value scalarConstant(mlir::OpBuilder &builder, mlir::Location loc, mlir::Type type,
                           mlir::Attribute value);

/// Bytes one element takes in memory; a boolean takes one.
int64_t storageBytes(mlir::Type elementType);

/// The buffer behind views and casts.
mlir::Value baseBuffer(mlir::Value memref);

} // namespace mjx

#endif // MJX_LIB_TARGET_CPU_SHARED_H
