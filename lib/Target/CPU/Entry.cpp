//===- Entry.cpp - The C function around a program ------------------------===//
#include "Entry.h"

#include "RuntimeCallToLLVM.h"

using namespace mlir;

namespace mjx {

/// The lowering of functions has no raw pointers for some empty types, such as
/// `memref<20x0xf32>`: such arguments become empty byte buffers.
static void simplifyEmptyArguments(func::FuncOp program) {
  Block &body = program.getBody().front();
  OpBuilder builder = OpBuilder::atBlockBegin(&body);
  for (BlockArgument argument : body.getArguments()) {
    auto type = cast<MemRefType>(argument.getType());
    if (type.getNumElements() != 0)
      continue;
    argument.setType(MemRefType::get({0}, builder.getI8Type()));
    if (argument.use_empty())
      continue;
    Value zero = arith::ConstantIndexOp::create(builder, program.getLoc(), 0);
    auto view =
        memref::ViewOp::create(builder, program.getLoc(), type, argument, zero, ValueRange());
    argument.replaceAllUsesExcept(view, view);
  }
  program.setType(FunctionType::get(program.getContext(), body.getArgumentTypes(), {}));
}

void prepareProgram(func::FuncOp program) {
  simplifyEmptyArguments(program);
  OpBuilder builder(program.getContext());
  // No two buffers a program may write overlap: an aliased input is one with
  // its output and its own argument is unused.
  for (unsigned index = 0; index < program.getNumArguments(); ++index)
    program.setArgAttr(index, LLVM::LLVMDialect::getNoAliasAttrName(), builder.getUnitAttr());
  program.setName("mjx_program");
  program.setPrivate();
  addStatus(program);
}

namespace {

class EntryBuilder {
public:
  EntryBuilder(ModuleOp module, LLVM::LLVMFuncOp program)
      : program(program), loc(program.getLoc()), builder(OpBuilder::atBlockEnd(module.getBody())),
        pointer(LLVM::LLVMPointerType::get(module.getContext())),
        inputs(program->getAttrOfType<IntegerAttr>(cpu::inputCountAttr).getInt()),
        aliases(program->getAttrOfType<DenseI64ArrayAttr>(cpu::aliasesAttr).asArrayRef()) {}

  void build(ArrayRef<int64_t> outputBytes) {
    Type i32 = builder.getI32Type();
    auto entry = LLVM::LLVMFuncOp::create(builder, loc, cpu::entryName,
                                          LLVM::LLVMFunctionType::get(i32, {pointer, pointer}));
    Block *body = entry.addEntryBlock(builder);
    builder.setInsertionPointToStart(body);
    SmallVector<Value> arguments;
    for (int64_t index = 0; index < inputs + int64_t(aliases.size()); ++index)
      arguments.push_back(loadPointer(body->getArgument(0), index));
    for (auto [output, input] : llvm::enumerate(aliases))
      if (input >= 0)
        copyUnlessShared(entry, arguments[input], arguments[inputs + output], outputBytes[output]);
    arguments.push_back(body->getArgument(1));
    arguments.resize(program.getNumArguments());
    auto call = LLVM::CallOp::create(builder, loc, program, arguments);
    LLVM::ReturnOp::create(builder, loc, call.getResult());
  }

private:
  Value loadPointer(Value table, int64_t index) {
    Value at = LLVM::GEPOp::create(builder, loc, pointer, pointer, table,
                                   ArrayRef<LLVM::GEPArg>{int32_t(index)});
    return LLVM::LoadOp::create(builder, loc, pointer, at);
  }

  /// A caller that did not give its input away passes two buffers; the program
  /// updates the output's.
  void copyUnlessShared(LLVM::LLVMFuncOp entry, Value input, Value output, int64_t bytes) {
    Value differs = LLVM::ICmpOp::create(builder, loc, LLVM::ICmpPredicate::ne, input, output);
    Block *before = builder.getInsertionBlock();
    Block *copy = entry.addBlock(), *after = entry.addBlock();
    builder.setInsertionPointToEnd(before);
    LLVM::CondBrOp::create(builder, loc, differs, copy, after);
    builder.setInsertionPointToStart(copy);
    Value size = LLVM::ConstantOp::create(builder, loc, builder.getI64IntegerAttr(bytes));
    LLVM::MemcpyOp::create(builder, loc, output, input, size,
                           /*isVolatile=*/false);
    LLVM::BrOp::create(builder, loc, after);
    builder.setInsertionPointToStart(after);
  }

  LLVM::LLVMFuncOp program;
  Location loc;
  OpBuilder builder;
  Type pointer;
  int64_t inputs;
  ArrayRef<int64_t> aliases;
};

} // namespace

void addEntry(ModuleOp module, LLVM::LLVMFuncOp program) {
  program.setLinkage(LLVM::Linkage::Internal);
  auto bytes = program->getAttrOfType<DenseI64ArrayAttr>(cpu::outputBytesAttr);
  EntryBuilder(module, program).build(bytes.asArrayRef());
}

} // namespace mjx
