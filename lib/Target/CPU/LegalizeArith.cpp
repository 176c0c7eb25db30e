//===- LegalizeArith.cpp - Complex and narrow float arithmetic ------------===//
#include "Float8.h"
#include "Shared.h"

#include "mlir/Conversion/ComplexToStandard/ComplexToStandard.h"
#include "mlir/Transforms/DialectConversion.h"

namespace mjx {
#define GEN_PASS_DEF_MJXCPULEGALIZEARITH
#include "mjx/Target/Passes.h.inc"
} // namespace mjx

using namespace mlir;
using namespace mjx;

namespace {

Type withElement(Type type, Type element) {
  auto shaped = dyn_cast<ShapedType>(type);
  return shaped ? Type(shaped.clone(element)) : element;
}

bool isSmallFloat(Type type) {
  Type element = getElementTypeOrSelf(type);
  return element.isF16() || element.isBF16() || isFloat8(element);
}

/// Builds scalar or elementwise arithmetic next to one op.
struct Bits {
  OpBuilder &b;
  Location loc;
  Type like;

  Type typed(Type element) const { return withElement(like, element); }
  Type i32() const { return typed(b.getI32Type()); }
  Value constant(int64_t value, Type element) {
    TypedAttr scalar = b.getIntegerAttr(element, value);
    if (auto shaped = dyn_cast<ShapedType>(like))
      scalar = DenseElementsAttr::get(cast<ShapedType>(shaped.clone(element)), Attribute(scalar));
    return arith::ConstantOp::create(b, loc, scalar);
  }
  Value c32(int64_t value) { return constant(value, b.getI32Type()); }
  Value isNaN(Value x) { return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNO, x, x); }
};

Value extendBFloat(Bits bits, Value x) {
  auto &[b, loc, like] = bits;
  Value half = arith::BitcastOp::create(b, loc, bits.typed(b.getI16Type()), x);
  Value wide = arith::ExtUIOp::create(b, loc, bits.i32(), half);
  Value high = arith::ShLIOp::create(b, loc, wide, bits.c32(16));
  return arith::BitcastOp::create(b, loc, bits.typed(b.getF32Type()), high);
}

/// Rounds to nearest even; a NaN stays a (quiet) NaN. In integers because the
/// machine's instruction, where there is one, flushes subnormals.
Value truncateToBFloat(Bits bits, Value x) {
  auto &[b, loc, like] = bits;
  Value word = arith::BitcastOp::create(b, loc, bits.i32(), x);
  Value high = arith::ShRUIOp::create(b, loc, word, bits.c32(16));
  Value odd = arith::AndIOp::create(b, loc, high, bits.c32(1));
  Value bias = arith::AddIOp::create(b, loc, odd, bits.c32(0x7fff));
  Value sum = arith::AddIOp::create(b, loc, word, bias);
  Value rounded = arith::ShRUIOp::create(b, loc, sum, bits.c32(16));
  Value quiet = arith::OrIOp::create(b, loc, high, bits.c32(0x40));
  Value chosen = arith::SelectOp::create(b, loc, bits.isNaN(x), quiet, rounded);
  Value half = arith::TruncIOp::create(b, loc, bits.typed(b.getI16Type()), chosen);
  return arith::BitcastOp::create(b, loc, bits.typed(b.getBF16Type()), half);
}

/// f64 to f32 so that a second rounding gives the nearest: an inexact result
/// takes the neighbour whose last bit is set.
Value truncateToOdd(Bits bits, Value x) {
  auto &[b, loc, like] = bits;
  Value near = arith::TruncFOp::create(b, loc, bits.typed(b.getF32Type()), x);
  Value back = arith::ExtFOp::create(b, loc, x.getType(), near);
  Value word = arith::BitcastOp::create(b, loc, bits.i32(), near);
  Value even = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq,
                                     arith::AndIOp::create(b, loc, word, bits.c32(1)), bits.c32(0));
  Value inexact = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::ONE, back, x);
  Value tooLarge =
      arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT, math::AbsFOp::create(b, loc, back),
                            math::AbsFOp::create(b, loc, x));
  Value step = arith::SelectOp::create(b, loc, tooLarge, bits.c32(-1), bits.c32(1));
  Value moved = arith::AddIOp::create(b, loc, word, step);
  Value wrong = arith::AndIOp::create(b, loc, even, inexact);
  Value odd = arith::SelectOp::create(b, loc, wrong, moved, word);
  return arith::BitcastOp::create(b, loc, bits.typed(b.getF32Type()), odd);
}

Value convertToF32(OpBuilder &b, Location loc, Value x) {
  if (!isSmallFloat(x.getType()))
    return x;
  if (getElementTypeOrSelf(x.getType()).isBF16())
    return extendBFloat({b, loc, x.getType()}, x);
  if (isFloat8(x.getType()))
    return extendFloat8(b, loc, x);
  return arith::ExtFOp::create(b, loc, withElement(x.getType(), b.getF32Type()), x);
}

Value convertFromF32(OpBuilder &b, Location loc, Value x, Type wanted) {
  if (getElementTypeOrSelf(wanted).isBF16())
    return truncateToBFloat({b, loc, x.getType()}, x);
  if (isFloat8(wanted))
    return truncateToFloat8(b, loc, x, wanted);
  return arith::TruncFOp::create(b, loc, wanted, x);
}

void lowerExtension(arith::ExtFOp op) {
  OpBuilder b(op);
  Value result = convertToF32(b, op.getLoc(), op.getIn());
  if (result.getType() != op.getType())
    result = arith::ExtFOp::create(b, op.getLoc(), op.getType(), result);
  op.replaceAllUsesWith(result);
  op.erase();
}

void lowerTruncation(arith::TruncFOp op) {
  OpBuilder b(op);
  Value x = op.getIn();
  bool isDouble = getElementTypeOrSelf(x.getType()).isF64();
  bool toBFloat = getElementTypeOrSelf(op.getType()).isBF16();
  Bits bits{b, op.getLoc(), x.getType()};
  if (isDouble && !toBFloat)
    x = truncateToOdd(bits, x);
  else if (isDouble)
    x = arith::TruncFOp::create(b, op.getLoc(), bits.typed(b.getF32Type()), x);
  else if (isSmallFloat(x.getType()))
    x = convertToF32(b, op.getLoc(), x);
  op.replaceAllUsesWith(convertFromF32(b, op.getLoc(), x, op.getType()));
  op.erase();
}

/// Computes in f32, rounding each result.
void computeInF32(Operation *op) {
  OpBuilder b(op);
  SmallVector<Value> operands;
  for (Value operand : op->getOperands())
    operands.push_back(convertToF32(b, op->getLoc(), operand));
  SmallVector<Type> types;
  for (Type type : op->getResultTypes())
    types.push_back(isSmallFloat(type) ? withElement(type, b.getF32Type()) : type);
  OperationState state(op->getLoc(), op->getName(), operands, types, op->getAttrs());
  Operation *wide = b.create(state);
  for (auto [old, result] : llvm::zip_equal(op->getResults(), wide->getResults()))
    old.replaceAllUsesWith(isSmallFloat(old.getType())
                               ? convertFromF32(b, op->getLoc(), result, old.getType())
                               : Value(result));
  op->erase();
}

bool movesOnly(Operation *op) {
  return isa<arith::ConstantOp, arith::SelectOp, arith::BitcastOp>(op);
}

void legalizeFloat(Operation *op) {
  bool small = llvm::any_of(op->getOperandTypes(), isSmallFloat) ||
               llvm::any_of(op->getResultTypes(), isSmallFloat);
  StringRef dialect = op->getName().getDialectNamespace();
  if (!small || movesOnly(op) || (dialect != "arith" && dialect != "math"))
    return;
  if (auto extension = dyn_cast<arith::ExtFOp>(op))
    lowerExtension(extension);
  else if (auto truncation = dyn_cast<arith::TruncFOp>(op))
    lowerTruncation(truncation);
  else
    computeInF32(op);
}

struct LegalizeArith : public mjx::impl::MjxCpuLegalizeArithBase<LegalizeArith> {
  LogicalResult initialize(MLIRContext *context) override {
    RewritePatternSet set(context);
    populateComplexToStandardConversionPatterns(set);
    complexPatterns = std::move(set);
    return success();
  }

  void runOnOperation() override {
    if (failed(legalizeComplex()))
      return signalPassFailure();
    SmallVector<Operation *> ops;
    getOperation().walk([&](Operation *op) { ops.push_back(op); });
    llvm::for_each(ops, legalizeFloat);
  }

  static bool isBasicComplex(Operation *op) {
    return isa<complex::CreateOp, complex::ReOp, complex::ImOp, complex::ConstantOp,
               complex::BitcastOp>(op);
  }

  LogicalResult legalizeComplex() {
    WalkResult found = getOperation().walk([](Operation *op) {
      bool isComplex = isa_and_nonnull<complex::ComplexDialect>(op->getDialect());
      return isComplex && !isBasicComplex(op) ? WalkResult::interrupt() : WalkResult::advance();
    });
    if (!found.wasInterrupted())
      return success();
    ConversionTarget target(getContext());
    target.markUnknownOpDynamicallyLegal([](Operation *op) {
      return !isa_and_nonnull<complex::ComplexDialect>(op->getDialect()) || isBasicComplex(op);
    });
    return applyPartialConversion(getOperation(), target, complexPatterns);
  }

  FrozenRewritePatternSet complexPatterns;
};

} // namespace
