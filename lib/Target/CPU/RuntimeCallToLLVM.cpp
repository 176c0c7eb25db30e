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

void addToStatus(OpBuilder &builder, Operation *op, Value result) {
  for (auto status : entryBlock(op).getOps<LLVM::AllocaOp>()) {
    if (!status->hasAttr(statusAttr))
      continue;
    Value old = LLVM::LoadOp::create(builder, op->getLoc(), builder.getI32Type(), status);
    Value both = LLVM::OrOp::create(builder, op->getLoc(), old, result);
    LLVM::StoreOp::create(builder, op->getLoc(), both, status);
    return;
  }
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
    if (op.getEffects())
      returnIfFailed(rewriter, op, call.getResult());
    else
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

  /// Nothing may happen after a failure. What surrounds the op has become
  /// branches already, so that all there is to leave is the function.
  void returnIfFailed(ConversionPatternRewriter &rewriter, Operation *op, Value result) const {
    Block *rest = rewriter.splitBlock(op->getBlock(), op->getIterator());
    OpBuilder::InsertionGuard guard(rewriter);
    Block *end = rewriter.createBlock(rest->getParent(), rest->getParent()->end());
    LLVM::ReturnOp::create(rewriter, op->getLoc(), result);
    rewriter.setInsertionPointToEnd(rest->getPrevNode());
    Value zero = LLVM::ConstantOp::create(rewriter, op->getLoc(), rewriter.getI32IntegerAttr(0));
    Value failed =
        LLVM::ICmpOp::create(rewriter, op->getLoc(), LLVM::ICmpPredicate::ne, result, zero);
    LLVM::CondBrOp::create(rewriter, op->getLoc(), failed, end, rest);
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

/// The operands travel in a structure, with a status behind them that every
/// range adds its own to. A second function takes it apart for the body.
struct LowerParallel : ConvertOpToLLVMPattern<rt::ParallelOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;

  LogicalResult matchAndRewrite(rt::ParallelOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Type i32 = rewriter.getI32Type(), i64 = rewriter.getI64Type();
    auto pointer = LLVM::LLVMPointerType::get(getContext());
    SmallVector<Value> fields;
    for (auto [operand, converted] : llvm::zip(op.getOperands(), adaptor.getOperands()))
      fields.push_back(isa<MemRefType>(operand.getType())
                           ? MemRefDescriptor(converted).alignedPtr(rewriter, loc)
                           : converted);
    fields.push_back(LLVM::ConstantOp::create(rewriter, loc, rewriter.getI32IntegerAttr(0)));
    SmallVector<Type> types = llvm::map_to_vector(fields, [](Value v) { return v.getType(); });
    auto structure = LLVM::LLVMStructType::getLiteral(getContext(), types);
    Value context = allocateArray(rewriter, op, structure, 1);
    for (auto [index, field] : llvm::enumerate(fields))
      LLVM::StoreOp::create(rewriter, loc, field,
                            fieldAt(rewriter, loc, structure, context, index));

    LLVM::LLVMFuncOp range = makeRange(rewriter, op, structure);
    LLVM::LLVMFuncOp run =
        declare(rewriter, op, "mjx_rt_parallel_for", LLVM::LLVMVoidType::get(getContext()),
                {i64, i64, pointer, pointer});
    auto number = [&](int64_t value) -> Value {
      return LLVM::ConstantOp::create(rewriter, loc, rewriter.getI64IntegerAttr(value));
    };
    Value arguments[] = {number(op.getCount()), number(1),
                         LLVM::AddressOfOp::create(rewriter, loc, range), context};
    LLVM::CallOp::create(rewriter, loc, run, arguments);
    Value status = fieldAt(rewriter, loc, structure, context, types.size() - 1);
    addToStatus(rewriter, op, LLVM::LoadOp::create(rewriter, loc, i32, status));
    rewriter.eraseOp(op);
    return success();
  }

private:
  static Value fieldAt(OpBuilder &builder, Location loc, Type structure, Value context,
                       int32_t index) {
    auto pointer = LLVM::LLVMPointerType::get(builder.getContext());
    return LLVM::GEPOp::create(builder, loc, pointer, structure, context,
                               ArrayRef<LLVM::GEPArg>{0, index});
  }

  /// What the runtime calls: `range(context, begin, end)`.
  static LLVM::LLVMFuncOp makeRange(OpBuilder &builder, rt::ParallelOp op,
                                    LLVM::LLVMStructType structure) {
    Location loc = op.getLoc();
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToEnd(op->getParentOfType<ModuleOp>().getBody());
    Type i64 = builder.getI64Type();
    auto pointer = LLVM::LLVMPointerType::get(builder.getContext());
    auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(builder.getContext()),
                                            {pointer, i64, i64});
    auto range = LLVM::LLVMFuncOp::create(builder, loc, (op.getBody() + "_range").str(), type,
                                          LLVM::Linkage::Internal);
    Block *entry = range.addEntryBlock(builder);
    builder.setInsertionPointToStart(entry);
    SmallVector<Value> arguments;
    ArrayRef<Type> types = structure.getBody();
    for (auto [index, field] : llvm::enumerate(types.drop_back())) {
      Value at = fieldAt(builder, loc, structure, entry->getArgument(0), index);
      arguments.push_back(LLVM::LoadOp::create(builder, loc, field, at));
    }
    arguments.push_back(entry->getArgument(1));
    arguments.push_back(entry->getArgument(2));
    auto call = LLVM::CallOp::create(builder, loc, types.back(), op.getBody(), arguments);
    Value status = fieldAt(builder, loc, structure, entry->getArgument(0), types.size() - 1);
    LLVM::AtomicRMWOp::create(builder, loc, LLVM::AtomicBinOp::_or, status, call.getResult(),
                              LLVM::AtomicOrdering::monotonic);
    LLVM::ReturnOp::create(builder, loc, ValueRange());
    return range;
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
  patterns.add<LowerCall, LowerGemm, LowerParallel>(converter);
}

} // namespace mjx
