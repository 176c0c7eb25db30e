//===- RuntimeCallToLLVM.cpp - Kernel calls as C calls --------------------===//
#include "RuntimeCallToLLVM.h"

#include "Gemm.h"

#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/LLVMCommon/Pattern.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;

namespace mjx {

namespace {

constexpr llvm::StringLiteral statusAttr = "mjx.status";

/// The function as declared in the module, added if it is not yet.
LLVM::LLVMFuncOp declare(OpBuilder &builder, Operation *user, StringRef name, Type result,
                         ArrayRef<Type> parameters) {
  auto module = user->getParentOfType<ModuleOp>();
  if (auto found = module.lookupSymbol<LLVM::LLVMFuncOp>(name))
    return found;
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(module.getBody());
  return LLVM::LLVMFuncOp::create(builder, user->getLoc(), name,
                                  LLVM::LLVMFunctionType::get(result, parameters));
}

Block &entryBlock(Operation *op) {
  return op->getParentOfType<FunctionOpInterface>().getFunctionBody().front();
}

/// Stack memory belongs in the entry block: elsewhere it would grow in loops.
Value allocateArray(OpBuilder &builder, Operation *op, Type element, int64_t count) {
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(&entryBlock(op));
  Value size = LLVM::ConstantOp::create(builder, op->getLoc(), builder.getI64IntegerAttr(count));
  auto pointer = LLVM::LLVMPointerType::get(builder.getContext());
  return LLVM::AllocaOp::create(builder, op->getLoc(), pointer, element, size);
}

struct LowerCall : ConvertOpToLLVMPattern<rt::CallOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;

  LogicalResult matchAndRewrite(rt::CallOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    auto pointer = LLVM::LLVMPointerType::get(getContext());
    Type i32 = rewriter.getI32Type();
    LLVM::LLVMFuncOp kernel =
        declare(rewriter, op, op.getCallee(), i32, {pointer, pointer, pointer});
    Value arguments[] = {description(rewriter, op),
                         pointers(rewriter, op, op.getInputs(), adaptor.getInputs()),
                         pointers(rewriter, op, op.getInits(), adaptor.getInits())};
    auto call = LLVM::CallOp::create(rewriter, loc, kernel, arguments);
    addToStatus(rewriter, op, call.getResult());
    rewriter.eraseOp(op);
    return success();
  }

private:
  Value description(OpBuilder &builder, rt::CallOp op) const {
    ArrayRef<int64_t> desc = op.getDesc();
    Type i64 = builder.getI64Type();
    auto pointer = LLVM::LLVMPointerType::get(getContext());
    Value array = allocateArray(builder, op, i64, std::max<size_t>(desc.size(), 1));
    for (auto [index, value] : llvm::enumerate(desc)) {
      Value at = LLVM::GEPOp::create(builder, op.getLoc(), pointer, i64, array,
                                     ArrayRef<LLVM::GEPArg>{int32_t(index)});
      Value number =
          LLVM::ConstantOp::create(builder, op.getLoc(), builder.getI64IntegerAttr(value));
      LLVM::StoreOp::create(builder, op.getLoc(), number, at);
    }
    return array;
  }

  Value pointers(OpBuilder &builder, rt::CallOp op, ValueRange buffers,
                 ValueRange descriptors) const {
    auto pointer = LLVM::LLVMPointerType::get(getContext());
    Value array = allocateArray(builder, op, pointer, std::max<size_t>(buffers.size(), 1));
    for (auto [index, buffer, descriptor] : llvm::enumerate(buffers, descriptors)) {
      Value first = MemRefDescriptor(descriptor)
                        .bufferPtr(builder, op.getLoc(), *getTypeConverter(),
                                   cast<MemRefType>(buffer.getType()));
      Value at = LLVM::GEPOp::create(builder, op.getLoc(), pointer, pointer, array,
                                     ArrayRef<LLVM::GEPArg>{int32_t(index)});
      LLVM::StoreOp::create(builder, op.getLoc(), first, at);
    }
    return array;
  }

  void addToStatus(OpBuilder &builder, Operation *op, Value result) const {
    for (auto status : entryBlock(op).getOps<LLVM::AllocaOp>()) {
      if (!status->hasAttr(statusAttr))
        continue;
      Value old = LLVM::LoadOp::create(builder, op->getLoc(), builder.getI32Type(), status);
      Value both = LLVM::OrOp::create(builder, op->getLoc(), old, result);
      LLVM::StoreOp::create(builder, op->getLoc(), both, status);
      return;
    }
  }
};

struct LowerGemm : ConvertOpToLLVMPattern<rt::GemmOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;

  LogicalResult matchAndRewrite(rt::GemmOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    StringRef suffix = gemmSuffix(getElementTypeOrSelf(op.getC().getType()));
    if (suffix.empty())
      return op.emitError("expected an element type that has a kernel, got ")
             << op.getC().getType();
    auto number = [&](int64_t value) -> Value {
      return LLVM::ConstantOp::create(rewriter, op.getLoc(), rewriter.getI64IntegerAttr(value));
    };
    SmallVector<Value> arguments = llvm::map_to_vector(op.getSizes(), number);
    Value buffers[] = {op.getA(), op.getB(), op.getC()};
    Value descriptors[] = {adaptor.getA(), adaptor.getB(), adaptor.getC()};
    ArrayRef<int64_t> strides = op.getStrides();
    for (int operand = 0; operand < 3; ++operand) {
      arguments.push_back(MemRefDescriptor(descriptors[operand])
                              .bufferPtr(rewriter, op.getLoc(), *getTypeConverter(),
                                         cast<MemRefType>(buffers[operand].getType())));
      ArrayRef<int64_t> mine = strides.slice(3 * operand, operand == 2 ? 2 : 3);
      llvm::append_range(arguments, llvm::map_to_vector(mine, number));
    }
    arguments.push_back(LLVM::ConstantOp::create(rewriter, op.getLoc(),
                                                 rewriter.getI32IntegerAttr(op.getAccumulate())));
    SmallVector<Type> types =
        llvm::map_to_vector(arguments, [](Value argument) { return argument.getType(); });
    LLVM::LLVMFuncOp kernel = declare(rewriter, op, ("mjx_rt_gemm_" + suffix).str(),
                                      LLVM::LLVMVoidType::get(getContext()), types);
    LLVM::CallOp::create(rewriter, op.getLoc(), kernel, arguments);
    rewriter.eraseOp(op);
    return success();
  }
};

} // namespace

void addStatus(func::FuncOp program) {
  OpBuilder builder = OpBuilder::atBlockBegin(&program.getBody().front());
  Location loc = program.getLoc();
  Type i32 = builder.getI32Type();
  auto pointer = LLVM::LLVMPointerType::get(builder.getContext());
  Value one = LLVM::ConstantOp::create(builder, loc, builder.getI64IntegerAttr(1));
  auto status = LLVM::AllocaOp::create(builder, loc, pointer, i32, one);
  status->setAttr(statusAttr, builder.getUnitAttr());
  Value zero = LLVM::ConstantOp::create(builder, loc, builder.getI32IntegerAttr(0));
  LLVM::StoreOp::create(builder, loc, zero, status);
  Operation *end = program.getBody().front().getTerminator();
  builder.setInsertionPoint(end);
  Value result = LLVM::LoadOp::create(builder, loc, i32, status);
  end->setOperands(result);
  program.setType(
      FunctionType::get(builder.getContext(), program.getFunctionType().getInputs(), {i32}));
}

void populateRuntimeCallToLLVMPatterns(const LLVMTypeConverter &converter,
                                       RewritePatternSet &patterns) {
  patterns.add<LowerCall, LowerGemm>(converter);
}

} // namespace mjx
