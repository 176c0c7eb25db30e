//===- PointwiseRules.h - Functions the pointwise records name --*- C++ -*-===//
//
// Only lib/IR/Mjx.cpp, where the generated classes are defined, and
// PointwiseOps.cpp see these.
//
//===----------------------------------------------------------------------===//
#ifndef MJX_LIB_IR_POINTWISERULES_H
#define MJX_LIB_IR_POINTWISERULES_H

#include "mjx/Interfaces/Val.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Complex/IR/Complex.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mjx {

//===----------------------------------------------------------------------===//
// Derivatives
//===----------------------------------------------------------------------===//

/// 1 where x >= 0, -1 elsewhere.
Val signOrOne(Val x);
/// x / y rounded towards zero.
Val truncatedQuotient(Val x, Val y);
/// Of x^y.
Val powTangent(Val x, Val y, Val out, Val dx, Val dy);
/// Of max and min: from the operand that won, half from each on a tie.
Val extremumTangent(Val x, Val y, Val out, Val dx, Val dy);
Val complexTangent(Val out, Val dx, Val dy);
/// Second derivative of lgamma.
Val trigamma(Val x);
/// Derivative of `out`, which is bessel_i1e(x).
Val besselI1eSlope(Val x, Val out);
/// Of igamma.
Val igammaTangent(Val order, Val x, Val dorder, Val dx);

//===----------------------------------------------------------------------===//
// Scalar forms
//===----------------------------------------------------------------------===//

/// Stands for "this kind of element has no scalar op".
struct NoScalarOp {};

// Ops on signless scalars that `arith` and `math` do not have as one op.
#define MJX_SCALAR_OP(name)                                                                        \
  struct name {                                                                                    \
    static mlir::Value create(mlir::ImplicitLocOpBuilder &b, mlir::ValueRange args);               \
  };
MJX_SCALAR_OP(IdentityScalarOp)
MJX_SCALAR_OP(NegateIntOp)
MJX_SCALAR_OP(InvertBitsOp)
MJX_SCALAR_OP(SignFloatOp)
MJX_SCALAR_OP(SignSignedOp)
MJX_SCALAR_OP(SignUnsignedOp)
MJX_SCALAR_OP(DivSignedOp)
MJX_SCALAR_OP(DivUnsignedOp)
MJX_SCALAR_OP(RemSignedOp)
MJX_SCALAR_OP(RemUnsignedOp)
MJX_SCALAR_OP(ShiftLeftOp)
MJX_SCALAR_OP(ShiftRightArithmeticOp)
MJX_SCALAR_OP(ShiftRightLogicalOp)
MJX_SCALAR_OP(MakeComplexOp)
#undef MJX_SCALAR_OP

enum class ElementKind { Float, Signed, Unsigned, Bool, Complex };
ElementKind elementKind(mlir::Type type);

template <class OpT>
mlir::Value createScalarOp(mlir::ImplicitLocOpBuilder &b, mlir::Type result,
                           mlir::ValueRange args) {
  if constexpr (std::is_same_v<OpT, NoScalarOp>)
    return {};
  else if constexpr (std::is_base_of_v<mlir::OpState, OpT>)
    return OpT::create(b, mlir::TypeRange{result}, args)->getResult(0);
  else
    return OpT::create(b, args);
}

/// The element type scalars of `type` have: signless.
mlir::Type scalarType(mlir::Type type);
/// Widens 16-bit floats to f32, which all scalar arithmetic on them uses.
llvm::SmallVector<mlir::Value> widenHalves(mlir::ImplicitLocOpBuilder &b, mlir::ValueRange args);
mlir::Value narrowToHalf(mlir::ImplicitLocOpBuilder &b, mlir::Value value, mlir::Type type);

/// One result element of `op` by the scalar op for its kind of element.
template <class FloatOp, class SignedOp = NoScalarOp, class UnsignedOp = SignedOp,
          class BoolOp = NoScalarOp, class ComplexOp = NoScalarOp>
mlir::Value buildScalarOp(mlir::Operation *op, mlir::ImplicitLocOpBuilder &b,
                          mlir::ValueRange args) {
  mlir::Type result = scalarType(op->getResult(0).getType());
  switch (elementKind(op->getOperand(0).getType())) {
  case ElementKind::Float: {
    llvm::SmallVector<mlir::Value> wide = widenHalves(b, args);
    mlir::Type type = wide == llvm::SmallVector<mlir::Value>(args) ? result : wide[0].getType();
    return narrowToHalf(b, createScalarOp<FloatOp>(b, type, wide), result);
  }
  case ElementKind::Signed:
    return createScalarOp<SignedOp>(b, result, args);
  case ElementKind::Unsigned:
    return createScalarOp<UnsignedOp>(b, result, args);
  case ElementKind::Bool:
    return createScalarOp<BoolOp>(b, result, args);
  case ElementKind::Complex:
    return createScalarOp<ComplexOp>(b, result, args);
  }
  return {};
}

mlir::Value buildScalarCompare(mlir::Operation *op, llvm::StringRef direction,
                               mlir::ImplicitLocOpBuilder &b, mlir::ValueRange args);
mlir::Value buildScalarConvert(mlir::Operation *op, mlir::ImplicitLocOpBuilder &b, mlir::Value arg);
mlir::Value buildScalarBitcast(mlir::Operation *op, mlir::ImplicitLocOpBuilder &b, mlir::Value arg);
mlir::Value buildScalarReducePrecision(mlir::ImplicitLocOpBuilder &b, mlir::Value arg,
                                       int64_t exponentBits, int64_t mantissaBits);

} // namespace mjx

#endif // MJX_LIB_IR_POINTWISERULES_H
