//===- Cost.cpp - What a program costs ------------------------------------===//
//
// Asks every op for its cost and adds up; which ops there are it does not know.
//
//===----------------------------------------------------------------------===//
#include "mjx/Transforms/Cost.h"

#include "mjx/IR/Mjx.h"
#include "mjx/Transforms/Passes.h"

#include "mlir/Interfaces/FunctionInterfaces.h"

#include "llvm/Support/Format.h"

using namespace mlir;

namespace mjx {

#define GEN_PASS_DEF_PRINTCOST
#include "mjx/Transforms/Passes.h.inc"

namespace {

/// Adds what happens `runs` times. What is alive is not a matter of how often.
void accumulate(Cost &total, const Cost &part, double runs) {
  total.ops += part.ops;
  total.flops += runs * part.flops;
  total.bytesRead += runs * part.bytesRead;
  total.bytesWritten += runs * part.bytesWritten;
}

bool costsMore(const Cost &x, const Cost &y) {
  auto bytes = [](const Cost &cost) { return cost.bytesRead + cost.bytesWritten; };
  return std::pair(x.flops, bytes(x)) > std::pair(y.flops, bytes(y));
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

ResultMemory memoryOf(Operation &op) {
  auto model = dyn_cast<CostOpInterface>(op);
  return model ? model.getResultMemory() : ResultMemory::Fresh;
}

/// Where the values of a block are stored. A view shares the storage of what it
/// shows; so does an updated tensor, unless what is updated is needed again or
/// belongs to somebody else.
class Storage {
public:
  explicit Storage(Block &block) : block(block) {
    for (auto [i, op] : llvm::enumerate(block)) {
      position[&op] = i;
      op.walk([&](Operation *nested) {
        for (Value operand : nested->getOperands())
          if (operand.getParentBlock() == &block)
            lastUse[operand] = i;
      });
    }
    for (Operation &op : block)
      place(op);
  }

  /// Whether `op` has to copy its first operand before it updates it.
  bool copies(Operation &op) const { return copying.contains(&op); }

  /// The most bytes alive at one time, if `inside` are alive in an op's regions.
  double peak(llvm::function_ref<double(Operation &)> inside) {
    std::vector<double> released(position.size());
    for (auto [value, end] : storageEnd)
      if (!isa<BlockArgument>(value))
        released[end] += bytesOf({value.getType()});
    double alive = bytesOf(block.getArgumentTypes()), most = alive;
    for (auto [i, op] : llvm::enumerate(block)) {
      for (Value result : op.getResults())
        if (storageEnd.count(result))
          alive += bytesOf({result.getType()});
      most = std::max(most, alive + inside(op));
      alive -= released[i];
    }
    return most;
  }

private:
  Value root(Value value) const {
    auto found = roots.find(value);
    return found == roots.end() ? value : found->second;
  }

  /// Arguments of a function are the caller's; those of a loop's body are its own.
  bool isForeign(Value storage) const {
    bool isCaller = isa_and_nonnull<FunctionOpInterface>(block.getParentOp());
    if (isa<BlockArgument>(storage))
      return isCaller || storage.getParentBlock() != &block;
    Operation *op = storage.getDefiningOp();
    return op->getBlock() != &block || op->hasTrait<OpTrait::ConstantLike>();
  }

  /// When a value is last used; where it is made if that is never.
  int64_t endOfUse(Value value) const {
    auto found = lastUse.find(value);
    return found != lastUse.end() ? found->second : position.lookup(value.getDefiningOp());
  }

  void place(Operation &op) {
    ResultMemory memory = memoryOf(op);
    for (Value result : op.getResults()) {
      Value origin = memory == ResultMemory::Fresh ? result : root(op.getOperand(0));
      if (memory == ResultMemory::Update && mustCopy(op, origin)) {
        copying.insert(&op);
        origin = result;
      }
      roots[result] = origin;
      int64_t &end = storageEnd.try_emplace(origin, position.lookup(&op)).first->second;
      end = std::max(end, endOfUse(result));
    }
  }

  bool mustCopy(Operation &op, Value origin) const {
    auto end = storageEnd.find(origin);
    bool isNeeded = end != storageEnd.end() && end->second > position.lookup(&op);
    return isForeign(origin) || isNeeded || endOfUse(op.getOperand(0)) > position.lookup(&op);
  }

  Block &block;
  DenseMap<Operation *, int64_t> position;
  DenseMap<Value, int64_t> lastUse;
  DenseMap<Value, Value> roots;
  /// When what is stored under a root is last used, in any form so far.
  DenseMap<Value, int64_t> storageEnd;
  DenseSet<Operation *> copying;
};

//===----------------------------------------------------------------------===//
// Ops and blocks
//===----------------------------------------------------------------------===//

Cost costOfOp(Operation &op, bool copies);

Cost costOfRegions(Operation *op) {
  auto model = dyn_cast<CostOpInterface>(op);
  Cost total, costliest;
  double peak = 0;
  for (Region &region : op->getRegions()) {
    Cost cost;
    for (Block &block : region) {
      Storage storage(block);
      DenseMap<Operation *, double> inside;
      for (Operation &nested : block) {
        Cost part = costOfOp(nested, storage.copies(nested));
        inside[&nested] = part.peakBytes;
        accumulate(cost, part, 1);
      }
      peak = std::max(peak, storage.peak([&](Operation &nested) { return inside[&nested]; }));
    }
    if (model && model.choosesRegion()) {
      double ops = total.ops + cost.ops;
      costliest = costsMore(cost, costliest) ? cost : costliest;
      total = costliest;
      total.ops = ops;
    } else {
      accumulate(total, cost, model ? model.countRuns(region.getRegionNumber()) : 1);
    }
  }
  total.peakBytes = peak;
  return total;
}

/// A terminator and a constant do nothing at run time.
bool isFree(Operation &op) {
  return op.hasTrait<OpTrait::IsTerminator>() || op.hasTrait<OpTrait::ConstantLike>();
}

Cost costOfOp(Operation &op, bool copies) {
  if (isFree(op))
    return {};
  Cost cost = costOfRegions(&op);
  cost.ops += 1;
  auto model = dyn_cast<CostOpInterface>(op);
  double results = bytesOf(op.getResultTypes());
  cost.flops += model                                 ? model.countFlops()
                : op.hasTrait<OpTrait::Elementwise>() ? elementsOf(op.getResult(0).getType())
                                                      : 0;
  cost.bytesRead += model ? model.countBytesRead() : bytesOf(op.getOperandTypes());
  cost.bytesWritten += model ? model.countBytesWritten() : results;
  if (copies) {
    cost.bytesRead += results;
    cost.bytesWritten += results;
  }
  return cost;
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

void printCost(raw_ostream &os, const Cost &cost) {
  os << llvm::format("ops = %.0f, flops = %.0f, bytes read = %.0f, bytes written = %.0f", cost.ops,
                     cost.flops, cost.bytesRead, cost.bytesWritten);
}

void printOps(raw_ostream &os, Operation *function) {
  for (Region &region : function->getRegions())
    for (Block &block : region) {
      Storage storage(block);
      for (Operation &op : block) {
        if (isFree(op))
          continue;
        os << "  " << op.getName() << ": ";
        printCost(os, costOfOp(op, storage.copies(op)));
        os << "\n";
      }
    }
}

} // namespace

Cost costOfBody(Operation *op) { return costOfRegions(op); }

namespace {
struct PrintCost : impl::PrintCostBase<PrintCost> {
  using PrintCostBase::PrintCostBase;
  void runOnOperation() override {
    getOperation()->walk([&](FunctionOpInterface function) {
      if (function.isExternal())
        return;
      Cost cost = costOfBody(function);
      llvm::outs() << "cost of @" << function.getName() << ": ";
      printCost(llvm::outs(), cost);
      llvm::outs() << llvm::format(", peak bytes = %.0f\n", cost.peakBytes);
      if (perOp)
        printOps(llvm::outs(), function);
    });
    markAllAnalysesPreserved();
  }
};
} // namespace

} // namespace mjx
