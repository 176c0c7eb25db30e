//===- Mjx.h - The mjx dialect ----------------------------------*- C++ -*-===//
#ifndef MJX_IR_MJX_H
#define MJX_IR_MJX_H

#include "mjx/Interfaces/Cost.h"
#include "mjx/Interfaces/Rules.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace mjx {

/// The results do not vary continuously with the operands, or are constant.
template <class OpT>
class NotDifferentiable : public mlir::OpTrait::TraitBase<OpT, NotDifferentiable> {};
/// Linear in no operand: it cannot occur where a map is reversed.
template <class OpT> class NeverLinear : public mlir::OpTrait::TraitBase<OpT, NeverLinear> {};
/// Rebuilt as it is under batching: it has no operands that could be batched.
template <class OpT> class NeverBatched : public mlir::OpTrait::TraitBase<OpT, NeverBatched> {};
/// Gone before lowering: resolved, decomposed, or a terminator.
template <class OpT> class NeverLowered : public mlir::OpTrait::TraitBase<OpT, NeverLowered> {};
/// Cheap next to the memory its result takes: reverse mode may compute it again
/// where it would otherwise have to store it.
template <class OpT> class Recomputable : public mlir::OpTrait::TraitBase<OpT, Recomputable> {};

} // namespace mjx

#include "mjx/IR/MjxOpsDialect.h.inc"

#include "mjx/Interfaces/Interfaces.h.inc"

#define GET_TYPEDEF_CLASSES
#include "mjx/IR/MjxOpsTypes.h.inc"

#define GET_OP_CLASSES
#include "mjx/IR/MjxOps.h.inc"

#endif // MJX_IR_MJX_H
