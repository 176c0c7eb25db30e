//===- Outline.cpp - Bodies of parallel loops as functions ----------------===//
#include "Shared.h"

#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"

namespace mjx {
#define GEN_PASS_DEF_MJXCPUOUTLINE
#include "mjx/Target/Passes.h.inc"
} // namespace mjx

using namespace mlir;
using namespace mjx;

namespace {

/// Whether a value is as well computed again as passed on. Views are: they have
/// no form as an argument.
bool isRemade(Value value) {
  Operation *op = value.getDefiningOp();
  return op && op->getNumRegions() == 0 && isMemoryEffectFree(op);
}

/// Makes what the body uses from outside anew inside, and returns what is left.
SetVector<Value> takeInside(scf::ParallelOp loop) {
  Block &body = *loop.getBody();
  while (true) {
    SetVector<Value> used;
    getUsedValuesDefinedAbove(loop.getRegion(), used);
    bool changed = false;
    for (Value value : used) {
      if (!isRemade(value))
        continue;
      OpBuilder builder = OpBuilder::atBlockBegin(&body);
      Operation *again = builder.clone(*value.getDefiningOp());
      unsigned number = cast<OpResult>(value).getResultNumber();
      replaceAllUsesInRegionWith(value, again->getResult(number), loop.getRegion());
      changed = true;
    }
    if (!changed)
      return used;
  }
}

/// Whether a buffer is told by its first byte, which is how it is passed.
bool canBePassed(Value value) {
  auto type = dyn_cast<MemRefType>(value.getType());
  return !type || (type.hasStaticShape() && type.getLayout().isIdentity());
}

class Outliner {
public:
  Outliner(ModuleOp module, func::FuncOp program) : module(module), program(program) {}

  void outline(scf::ParallelOp loop) {
    SetVector<Value> used = takeInside(loop);
    if (!llvm::all_of(used, canBePassed))
      return runInTurn(loop);
    func::FuncOp body = makeBody(loop, used.getArrayRef());
    OpBuilder builder(loop);
    rt::ParallelOp::create(builder, loop.getLoc(), body.getName(), used.getArrayRef(),
                           *getConstantIntValue(loop.getUpperBound()[0]));
    loop.erase();
  }

private:
  /// The loop over the range [begin, end) of the parallel one.
  void runInTurn(scf::ParallelOp loop) {
    OpBuilder builder(loop);
    moveBody(loop, builder, loop.getLowerBound()[0], loop.getUpperBound()[0]);
    loop.erase();
  }

  void moveBody(scf::ParallelOp loop, OpBuilder &builder, Value begin, Value end) {
    Location loc = loop.getLoc();
    Value one = arith::ConstantIndexOp::create(builder, loc, 1);
    auto range = scf::ForOp::create(builder, loc, begin, end, one);
    Block &from = *loop.getBody(), &to = *range.getBody();
    loop.getInductionVars()[0].replaceAllUsesWith(range.getInductionVar());
    to.getOperations().splice(to.begin(), from.getOperations(), from.begin(),
                              std::prev(from.end()));
  }

  func::FuncOp makeBody(scf::ParallelOp loop, ArrayRef<Value> used) {
    Location loc = loop.getLoc();
    OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
    SmallVector<Type> types = llvm::map_to_vector(used, [](Value v) { return v.getType(); });
    types.append(2, builder.getIndexType());
    std::string name = "mjx_lanes_" + std::to_string(count++);
    auto body = func::FuncOp::create(builder, loc, name, builder.getFunctionType(types, {}));
    body.setPrivate();
    body->setAttr(cpu::lanesBodyAttr, builder.getUnitAttr());
    Block *entry = body.addEntryBlock();
    for (auto [argument, value] : llvm::zip(entry->getArguments(), used)) {
      replaceAllUsesInRegionWith(value, argument, loop.getRegion());
      if (isa<MemRefType>(value.getType()) && isArgument(value))
        body.setArgAttr(argument.getArgNumber(), LLVM::LLVMDialect::getNoAliasAttrName(),
                        builder.getUnitAttr());
    }
    builder.setInsertionPointToStart(entry);
    moveBody(loop, builder, entry->getArguments().end()[-2], entry->getArguments().back());
    builder.setInsertionPointToEnd(entry);
    func::ReturnOp::create(builder, loc);
    return body;
  }

  /// No two arguments of the program that are written overlap.
  bool isArgument(Value value) const {
    auto argument = dyn_cast<BlockArgument>(value);
    return argument && argument.getOwner()->getParentOp() == program;
  }

  ModuleOp module;
  func::FuncOp program;
  unsigned count = 0;
};

struct Outline : public mjx::impl::MjxCpuOutlineBase<Outline> {
  void runOnOperation() override {
    func::FuncOp program = programFunction(getOperation());
    if (!program)
      return;
    SmallVector<scf::ParallelOp> loops;
    program.walk([&](scf::ParallelOp loop) { loops.push_back(loop); });
    if (loops.empty())
      return;
    // It is no longer the only function.
    program->setAttr(cpu::programAttr, UnitAttr::get(&getContext()));
    Outliner outliner(getOperation(), program);
    for (scf::ParallelOp loop : loops)
      outliner.outline(loop);
  }
};

} // namespace
