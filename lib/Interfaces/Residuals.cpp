//===- Residuals.cpp - What reverse mode stores ---------------------------===//
#include "mjx/Interfaces/Residuals.h"

#include "mjx/IR/Mjx.h"
#include "mjx/Interfaces/MinCut.h"

#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;

namespace mjx {

bool isRecomputable(Operation *op) { return op->hasTrait<Recomputable>(); }

/// What has an effect happens once, whatever the rules say.
static bool hasEffect(Operation *op) { return !isMemoryEffectFree(op); }

namespace {

/// Chooses residuals. In the flow network a value is an edge, whose capacity
/// is what storing it takes; flow comes from the values that cannot be computed
/// again and goes to those used. To cut it is to store.
class ResidualSelection {
public:
  ResidualSelection(ValueRange used, const ResidualRules &rules)
      : used(llvm::make_filter_range(used, [&](Value v) { return !rules.isFree(v); })),
        rules(rules) {}

  SetVector<Value> run() {
    // Each round keeps values with long chains; there are no more of them than
    // values used.
    while (true) {
      SetVector<Value> stored = cut();
      if (!keepLongChains(stored))
        return stored;
    }
  }

private:
  /// The op to run for `value`; null if it must be stored.
  Operation *sourceOf(Value value) const {
    Operation *op = value.getDefiningOp();
    if (!op || kept.contains(value) || hasEffect(op))
      return nullptr;
    return (rules.mayRecompute ? rules.mayRecompute(op) : isRecomputable(op)) ? op : nullptr;
  }
  bool mayStore(Value value) const {
    Operation *op = value.getDefiningOp();
    return !rules.mayStore || rules.mayStore(value) || (op && hasEffect(op));
  }

  SetVector<Value> cut() const;
  bool keepLongChains(const SetVector<Value> &stored);

  SmallVector<Value> used;
  const ResidualRules &rules;
  /// Values used that would take too long to compute again.
  DenseSet<Value> kept;
};

SetVector<Value> ResidualSelection::cut() const {
  SetVector<Value> values(used.begin(), used.end());
  for (size_t i = 0; i < values.size(); ++i)
    if (Operation *op = sourceOf(values[i]))
      for (Value operand : op->getOperands())
        if (!rules.isFree(operand))
          values.insert(operand);

  unsigned source = 2 * values.size(), sink = source + 1;
  FlowNetwork network(sink + 1);
  DenseMap<Value, unsigned> number;
  for (auto [i, value] : llvm::enumerate(values))
    number[value] = i;
  for (auto [i, value] : llvm::enumerate(values)) {
    int64_t bytes = mayStore(value) ? int64_t(bytesOf({value.getType()})) : FlowNetwork::unlimited;
    network.addEdge(2 * i, 2 * i + 1, bytes);
    Operation *op = sourceOf(value);
    if (!op)
      network.addEdge(source, 2 * i, FlowNetwork::unlimited);
    else
      for (Value operand : op->getOperands())
        if (auto found = number.find(operand); found != number.end())
          network.addEdge(2 * found->second + 1, 2 * i, FlowNetwork::unlimited);
  }
  for (Value value : used)
    network.addEdge(2 * number[value] + 1, sink, FlowNetwork::unlimited);
  network.maximizeFlow(source, sink);

  std::vector<bool> isBehind = network.sinkSide(sink);
  SetVector<Value> stored;
  for (auto [i, value] : llvm::enumerate(values))
    if (isBehind[2 * i + 1] && !isBehind[2 * i])
      stored.insert(value);
  return stored;
}

/// Marks values used that take more than the longest chain of ops, not counting
/// those that run for other values already. Says whether there are any.
bool ResidualSelection::keepLongChains(const SetVector<Value> &stored) {
  DenseSet<Operation *> again;
  bool found = false;
  for (Value value : used) {
    SmallVector<Operation *> chain;
    unsigned length = 0;
    SmallVector<Value> todo{value};
    while (!todo.empty()) {
      Value next = todo.pop_back_val();
      Operation *op = next.getDefiningOp();
      if (!op || stored.contains(next) || rules.isFree(next) || !again.insert(op).second)
        continue;
      chain.push_back(op);
      length += 2 * elementsOf(next.getType()) > elementsOf(value.getType());
      llvm::append_range(todo, op->getOperands());
    }
    if (length <= rules.longestChain || !mayStore(value))
      continue;
    for (Operation *op : chain)
      again.erase(op);
    found |= kept.insert(value).second;
  }
  return found;
}

} // namespace

SetVector<Value> selectResiduals(ValueRange used, const ResidualRules &rules) {
  return ResidualSelection(used, rules).run();
}

void cloneComputation(Block &block, ValueRange wanted, OpBuilder &builder, IRMapping &map) {
  DenseSet<Value> needed;
  auto need = [&](ValueRange values) {
    for (Value value : values)
      if (!map.contains(value))
        needed.insert(value);
  };
  need(wanted);
  SmallVector<Operation *> ops;
  for (Operation &op : llvm::reverse(block)) {
    if (llvm::none_of(op.getResults(), [&](Value v) { return needed.contains(v); }))
      continue;
    ops.push_back(&op);
    need(op.getOperands());
  }
  for (Operation *op : llvm::reverse(ops))
    builder.clone(*op, map);
}

} // namespace mjx
