//===- Accumulators.cpp - Cotangents that are built up part by part -------===//
//
// The zeros that an accumulator begins with stand for nothing at all. What is
// put into a part for the first time is therefore set, not added, so that -0
// stays what it is; and an accumulator to which a whole tensor is added is that
// tensor with the parts added to it.
//
//===----------------------------------------------------------------------===//
#include "StructuredRules.h"

using namespace mlir;

namespace mjx {

using Written = Emitter::Written;

static Written boxOf(ArrayRef<int64_t> start, ArrayRef<int64_t> sizes, ArrayRef<int64_t> strides) {
  Written box{SmallVector<int64_t>(start), {}};
  for (auto [first, size, stride] : llvm::zip(start, sizes, strides))
    box.end.push_back(endOf(first, size, stride));
  return box;
}

static bool areDisjoint(const Written &x, const Written &y) {
  for (auto [xStart, xEnd, yStart, yEnd] : llvm::zip(x.start, x.end, y.start, y.end))
    if (xEnd <= yStart || yEnd <= xStart)
      return true;
  return x.start.empty() || y.start.empty();
}

/// The least box around both.
static Written hull(const Written &x, Written y) {
  for (size_t i = 0; i < x.start.size(); ++i) {
    y.start[i] = std::min(x.start[i], y.start[i]);
    y.end[i] = std::max(x.end[i], y.end[i]);
  }
  return y;
}

Val addPart(Val accumulator, Val x, ArrayRef<int64_t> start, ArrayRef<int64_t> strides) {
  auto &begun = accumulator.emitter->begun;
  auto found = begun.find(accumulator);
  if (found == begun.end() || start.empty())
    return updateSlice("add", accumulator, x, start, strides);
  Written written = found->second, box = boxOf(start, x.shape(), strides);
  StringRef kind = areDisjoint(written, box) ? "set" : "add";
  Val next = updateSlice(kind, accumulator, x, start, strides);
  begun[next] = hull(written, box);
  return next;
}

StringRef beginUpdate(Val accumulator) {
  auto &begun = accumulator.emitter->begun;
  auto found = begun.find(accumulator);
  return found != begun.end() && found->second.start.empty() ? "set" : "add";
}

Val updatedAnywhere(Val accumulator, Val next) {
  auto &begun = accumulator.emitter->begun;
  if (begun.count(accumulator))
    begun[next] = {filled(next.rank(), 0), SmallVector<int64_t>(next.shape())};
  return next;
}

/// The updates that built `accumulator` out of zeros, last first; nothing if
/// they are not all updates.
static SmallVector<Operation *> updatesOf(Val accumulator) {
  auto &begun = accumulator.emitter->begun;
  SmallVector<Operation *> updates;
  Value value = accumulator;
  while (begun.count(value) && !begun.lookup(value).start.empty()) {
    Operation *op = value.getDefiningOp();
    auto model = dyn_cast_if_present<CostOpInterface>(op);
    if (!model || model.getResultMemory() != ResultMemory::Update)
      return {};
    updates.push_back(op);
    value = op->getOperand(0);
  }
  return updates;
}

Val combined(Val accumulator, Val value) {
  if (!accumulator || !accumulator.emitter->begun.count(accumulator))
    return accumulator + value;
  SmallVector<Operation *> updates = updatesOf(accumulator);
  if (updates.empty())
    return accumulator + value;
  Emitter &emitter = *accumulator.emitter;
  for (Operation *update : llvm::reverse(updates)) {
    SmallVector<Value> operands(update->getOperands());
    operands[0] = value;
    Operation *again = emitter.cloneWith(update, operands, update->getResultTypes());
    again->setAttr("kind", StringAttr::get(again->getContext(), "add"));
    value = {emitter, again->getResult(0)};
  }
  return value;
}

} // namespace mjx
