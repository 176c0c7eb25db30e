//===- ExpandMath.cpp - Math functions become arithmetic or calls ---------===//
#include "MathExpansions.h"
#include "Shared.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/ADT/TypeSwitch.h"

namespace mjx {
#define GEN_PASS_DEF_MJXCPUEXPANDMATH
#include "mjx/Target/Passes.h.inc"
} // namespace mjx

using namespace mlir;
using namespace mjx;

namespace {

/// What the machine, or LLVM in a few instructions, does by itself.
bool isNative(Operation *op) {
  return isa<math::AbsFOp, math::AbsIOp, math::CeilOp, math::CopySignOp, math::CountLeadingZerosOp,
             math::CountTrailingZerosOp, math::CtPopOp, math::FloorOp, math::FmaOp,
             math::IsFiniteOp, math::IsInfOp, math::IsNaNOp, math::IsNormalOp, math::RoundOp,
             math::RoundEvenOp, math::SqrtOp, math::TruncOp>(op);
}

/// The C library's name of an op's f64 function; empty if it has none.
StringRef libraryName(Operation *op) {
  StringRef name = op->getName().stripDialect();
  return llvm::StringSwitch<StringRef>(name)
      .Cases({"acos",  "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt",
              "cos",   "cosh",  "erf",  "erfc",  "exp",  "exp2",  "expm1", "log",
              "log10", "log1p", "log2", "sin",   "sinh", "tan",   "tanh"},
             name)
      .Case("powf", "pow")
      .Default("");
}

/// Whether an op becomes a dozen or more on vectors of f32. Scalars are left in
/// line, where LLVM's vectorizer may find them.
bool isLong(Operation *op) {
  if (op->getName().getDialectNamespace() != "math" || isNative(op) || isa<math::RsqrtOp>(op))
    return false;
  auto type = dyn_cast<VectorType>(op->getResult(0).getType());
  return type && type.getElementType().isF32();
}

// Of a function that a program uses more often than this there is one copy,
// which is called. A call costs a few cycles per vector, and a copy about half
// a millisecond to compile.
constexpr unsigned mostCopies = 8;

class Expander {
public:
  Expander(ModuleOp module, ArrayRef<Operation *> ops) : module(module) {
    for (Operation *op : ops)
      if (isLong(op))
        ++uses[{op->getName().getAsOpaquePointer(), op->getResult(0).getType()}];
  }

  LogicalResult expand(Operation *op) {
    auto found = uses.find({op->getName().getAsOpaquePointer(),
                            op->getNumResults() ? op->getResult(0).getType() : Type()});
    if (found == uses.end() || found->second <= mostCopies)
      return expandInLine(op);
    func::FuncOp callee = sharedFunction(op);
    if (!callee)
      return failure();
    OpBuilder builder(op);
    replace(op,
            func::CallOp::create(builder, op->getLoc(), callee, op->getOperands()).getResult(0));
    return success();
  }

private:
  /// The function of the module that does on its arguments what `op` does.
  func::FuncOp sharedFunction(Operation *op) {
    auto type = cast<VectorType>(op->getResult(0).getType());
    std::string name =
        ("mjx_f32_" + op->getName().stripDialect() + "_" + Twine(type.getNumElements())).str();
    if (auto found = module.lookupSymbol<func::FuncOp>(name))
      return found;
    func::FuncOp function = declare(name, type, op->getNumOperands());
    function->setAttr(LLVM::LLVMDialect::getReadnoneAttrName(), UnitAttr::get(op->getContext()));
    OpBuilder builder = OpBuilder::atBlockBegin(function.addEntryBlock());
    Operation *only = builder.clone(*op);
    only->setOperands(function.getArguments());
    func::ReturnOp::create(builder, function.getLoc(), only->getResults());
    return succeeded(expandInLine(only)) ? function : func::FuncOp();
  }

  LogicalResult expandInLine(Operation *op) {
    if (auto extremum = expandExtremum(op)) {
      replace(op, extremum);
      return success();
    }
    if (op->getName().getDialectNamespace() != "math" || isNative(op))
      return success();
    OpBuilder builder(op);
    Value result = expandDirectly(builder, op);
    if (!result)
      result = callLibrary(builder, op);
    if (!result)
      return op->emitError("expected a math function the CPU target knows, "
                           "but got `")
             << op->getName() << "` on " << op->getOperand(0).getType();
    replace(op, result);
    return success();
  }

  static void replace(Operation *op, Value result) {
    op->getResult(0).replaceAllUsesWith(result);
    op->erase();
  }

  /// Maximum and minimum that keep NaN: one instruction picks by comparison,
  /// giving its second operand on NaN; a NaN in the first is put back.
  static Value expandExtremum(Operation *op) {
    if (!isa<arith::MaximumFOp, arith::MinimumFOp>(op))
      return {};
    using Predicate = arith::CmpFPredicate;
    OpBuilder b(op);
    Location loc = op->getLoc();
    Value x = op->getOperand(0), y = op->getOperand(1);
    auto wins = isa<arith::MaximumFOp>(op) ? Predicate::OGT : Predicate::OLT;
    Value better = arith::CmpFOp::create(b, loc, wins, x, y);
    Value picked = arith::SelectOp::create(b, loc, better, x, y);
    Value isNaN = arith::CmpFOp::create(b, loc, Predicate::UNO, x, x);
    return arith::SelectOp::create(b, loc, isNaN, x, picked);
  }

  Value expandDirectly(OpBuilder &builder, Operation *op) {
    Type type = op->getResult(0).getType();
    Location loc = op->getLoc();
    if (auto rsqrt = dyn_cast<math::RsqrtOp>(op)) {
      Value root = math::SqrtOp::create(builder, loc, rsqrt.getOperand());
      return arith::DivFOp::create(builder, loc, one(builder, loc, type), root);
    }
    if (!getElementTypeOrSelf(type).isF32())
      return {};
    Value x = op->getOperand(0);
    F32Math f32(builder, loc, type);
    using Result = Value;
    return llvm::TypeSwitch<Operation *, Result>(op)
        .Case<math::ExpOp>([&](auto) { return f32.exp(x); })
        .Case<math::Exp2Op>([&](auto) { return f32.exp2(x); })
        .Case<math::ExpM1Op>([&](auto) { return f32.expm1(x); })
        .Case<math::LogOp>([&](auto) { return f32.log(x); })
        .Case<math::Log2Op>([&](auto) { return f32.log2(x); })
        .Case<math::Log10Op>([&](auto) { return f32.log10(x); })
        .Case<math::Log1pOp>([&](auto) { return f32.log1p(x); })
        .Case<math::TanhOp>([&](auto) { return f32.tanh(x); })
        .Case<math::ErfOp>([&](auto) { return f32.erf(x); })
        .Case<math::AtanOp>([&](auto) { return f32.atan(x); })
        .Case<math::Atan2Op>([&](auto) { return f32.atan2(x, op->getOperand(1)); })
        .Case<math::PowFOp>([&](auto) { return f32.pow(x, op->getOperand(1)); })
        .Case<math::SinOp, math::CosOp>([&](auto) { return circular(builder, op); })
        .Default([](Operation *) { return Result(); });
  }

  static Value one(OpBuilder &builder, Location loc, Type type) {
    TypedAttr value = builder.getFloatAttr(getElementTypeOrSelf(type), 1.0);
    if (auto vector = dyn_cast<VectorType>(type))
      value = DenseElementsAttr::get(vector, Attribute(value));
    return arith::ConstantOp::create(builder, loc, value);
  }

  /// Sine or cosine: in line, unless an argument is so large that the library
  /// must reduce it.
  Value circular(OpBuilder &builder, Operation *op) {
    Location loc = op->getLoc();
    Value x = op->getOperand(0);
    Value large = F32Math(builder, loc, x.getType()).exceedsSinCosLimit(x);
    auto choice = scf::IfOp::create(builder, loc, x.getType(), large,
                                    /*withElseRegion=*/true);
    OpBuilder slow = choice.getThenBodyBuilder();
    scf::YieldOp::create(slow, loc, callLibrary(slow, op));
    OpBuilder fast = choice.getElseBodyBuilder();
    F32Math f32(fast, loc, x.getType());
    scf::YieldOp::create(fast, loc, isa<math::SinOp>(op) ? f32.sin(x) : f32.cos(x));
    return choice.getResult(0);
  }

  /// Calls a function of the C library, on vectors through one function per
  /// width that goes through the lanes.
  Value callLibrary(OpBuilder &builder, Operation *op) {
    StringRef base = libraryName(op);
    Type type = op->getResult(0).getType(), element = getElementTypeOrSelf(type);
    if (base.empty() || !(element.isF32() || element.isF64()) ||
        !llvm::all_equal(op->getOperandTypes()))
      return {};
    std::string name = (base + (element.isF32() ? "f" : "")).str();
    func::FuncOp callee = scalarFunction(name, element, op->getNumOperands());
    if (auto vector = dyn_cast<VectorType>(type))
      callee = laneFunction(callee, vector);
    return func::CallOp::create(builder, op->getLoc(), callee, op->getOperands()).getResult(0);
  }

  func::FuncOp declare(StringRef name, Type type, unsigned operands) {
    OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
    SmallVector<Type> parameters(operands, type);
    auto function = func::FuncOp::create(builder, module.getLoc(), name,
                                         builder.getFunctionType(parameters, {type}));
    function.setPrivate();
    return function;
  }

  func::FuncOp scalarFunction(StringRef name, Type type, unsigned operands) {
    auto found = module.lookupSymbol<func::FuncOp>(name);
    return found ? found : declare(name, type, operands);
  }

  func::FuncOp laneFunction(func::FuncOp scalar, VectorType type) {
    std::string name = ("mjx_lanes_" + scalar.getName() + "_" + Twine(type.getNumElements())).str();
    if (auto found = module.lookupSymbol<func::FuncOp>(name))
      return found;
    func::FuncOp function = declare(name, type, scalar.getNumArguments());
    OpBuilder builder = OpBuilder::atBlockBegin(function.addEntryBlock());
    Location loc = function.getLoc();
    auto memory = MemRefType::get(type.getShape(), type.getElementType());
    auto index = [&](int64_t value) -> Value {
      return arith::ConstantIndexOp::create(builder, loc, value);
    };
    Value zero = index(0);
    // Through memory, in a loop: written out, the calls would take longer to
    // compile than many a program around them.
    SmallVector<Value> buffers;
    for (Value argument : function.getArguments()) {
      buffers.push_back(memref::AllocaOp::create(builder, loc, memory));
      vector::StoreOp::create(builder, loc, argument, buffers.back(), zero);
    }
    auto loop = scf::ForOp::create(builder, loc, zero, index(type.getNumElements()), index(1));
    OpBuilder inner = OpBuilder::atBlockBegin(loop.getBody());
    Value lane = loop.getInductionVar();
    SmallVector<Value> operands;
    for (Value buffer : buffers)
      operands.push_back(memref::LoadOp::create(inner, loc, buffer, lane));
    Value value = func::CallOp::create(inner, loc, scalar, operands).getResult(0);
    memref::StoreOp::create(inner, loc, value, buffers[0], lane);
    Value result = vector::LoadOp::create(builder, loc, type, buffers[0], zero);
    func::ReturnOp::create(builder, loc, result);
    return function;
  }

  ModuleOp module;
  DenseMap<std::pair<const void *, Type>, unsigned> uses;
};

struct ExpandMath : public mjx::impl::MjxCpuExpandMathBase<ExpandMath> {
  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation().walk([&](Operation *op) { ops.push_back(op); });
    Expander expander(getOperation(), ops);
    for (Operation *op : ops)
      if (failed(expander.expand(op)))
        return signalPassFailure();
  }
};

} // namespace
