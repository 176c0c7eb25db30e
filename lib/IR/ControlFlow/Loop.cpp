//===- Loop.cpp - What scan and map have in common ------------------------===//
#include "Loop.h"

#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/BitVector.h"

using namespace mlir;

namespace mjx {

//===----------------------------------------------------------------------===//
// Building
//===----------------------------------------------------------------------===//

LoopBuilder::LoopBuilder(Location loc, int64_t length, bool reverse)
    : loc(loc), length(length), reverse(reverse) {
  region.emplaceBlock();
}

Value LoopBuilder::add(Role role, Value operand) {
  unsigned position = 0;
  for (unsigned r = 0; r <= unsigned(role); ++r)
    position += operands[r].size();
  operandsOf(role).push_back(operand);
  Type type = operand.getType();
  return block().insertArgument(position, role == Role::Slice ? sliceType(type) : type, loc);
}

LoopBuilder::Yielded LoopBuilder::yield(Role role, Value value) {
  auto &values = role == Role::Carry ? carried : stacked;
  values.push_back(value);
  return {role, unsigned(values.size() - 1)};
}

void LoopBuilder::terminate() {
  SmallVector<Value> values(carried);
  values.append(stacked);
  OpBuilder end = builder();
  YieldOp::create(end, loc, values);
}

/// Those that `wanted` and the stacked values depend on, through any number of
/// steps.
Marks LoopBuilder::neededCarries(ArrayRef<Yielded> wanted) {
  unsigned first = operandsOf(Role::Const).size();
  Marks needed(carried.size(), false);
  for (Yielded yielded : wanted)
    if (yielded.role == Role::Carry)
      needed[yielded.index] = true;
  for (bool changed = true; changed;) {
    changed = false;
    DenseSet<Value> live(stacked.begin(), stacked.end());
    for (auto [value, isNeeded] : llvm::zip_equal(carried, needed))
      if (isNeeded)
        live.insert(value);
    for (Operation &op : llvm::reverse(block()))
      if (!isMemoryEffectFree(&op) ||
          llvm::any_of(op.getResults(), [&](Value v) { return live.contains(v); }))
        live.insert_range(op.getOperands());
    for (unsigned k = 0; k < carried.size(); ++k)
      if (!needed[k] && live.contains(block().getArgument(first + k)))
        needed[k] = changed = true;
  }
  return needed;
}

void LoopBuilder::dropCarries(ArrayRef<Yielded> wanted) {
  unsigned first = operandsOf(Role::Const).size();
  Marks needed = neededCarries(wanted);
  SmallVector<Value> left, operandsLeft;
  llvm::BitVector dropped(block().getNumArguments());
  for (unsigned k = 0; k < carried.size(); ++k) {
    moved.push_back(left.size());
    if (needed[k]) {
      left.push_back(carried[k]);
      operandsLeft.push_back(operandsOf(Role::Carry)[k]);
    } else {
      dropped.set(first + k);
    }
  }
  carried = left;
  operandsOf(Role::Carry) = operandsLeft;
  terminate();
  eraseDead(block());
  block().eraseArguments(dropped);
  dropUnused();
}

/// Drops constants and slices that nothing uses.
void LoopBuilder::dropUnused() {
  unsigned position = 0;
  llvm::BitVector dropped(block().getNumArguments());
  for (Role role : {Role::Const, Role::Carry, Role::Slice}) {
    SmallVector<Value> left;
    for (Value operand : operandsOf(role)) {
      bool isUsed = role == Role::Carry || !block().getArgument(position).use_empty();
      if (isUsed)
        left.push_back(operand);
      else
        dropped.set(position);
      ++position;
    }
    operandsOf(role) = left;
  }
  block().eraseArguments(dropped);
}

SmallVector<Type> LoopBuilder::resultTypes() {
  SmallVector<Type> types;
  // Not those of the noted values, which others may have taken the place of.
  for (auto [k, type] : llvm::enumerate(block().getTerminator()->getOperandTypes()))
    types.push_back(k < carried.size() ? type : stackedType(type, length));
  return types;
}

Operation *LoopBuilder::finish(Emitter &emitter, bool asMap) {
  if (block().empty() || !isa<YieldOp>(block().back()))
    terminate();
  eraseDead(block());
  SmallVector<Value> ins;
  for (const auto &group : operands)
    ins.append(group);
  uint64_t consts = operandsOf(Role::Const).size(), carries = carried.size();
  if (asMap && carries == 0)
    op = emitter.create<MapOp>(resultTypes(), ins, consts, uint64_t(length));
  else
    op = emitter.create<ScanOp>(resultTypes(), ins, consts, carries, uint64_t(length), reverse);
  op->getRegion(0).takeBody(region);
  return op;
}

Value LoopBuilder::result(Yielded yielded) const {
  if (yielded.role == Role::Slice)
    return op->getResult(carried.size() + yielded.index);
  return op->getResult(moved.empty() ? yielded.index : moved[yielded.index]);
}

//===----------------------------------------------------------------------===//
// Batching
//===----------------------------------------------------------------------===//

/// An operand as the batched loop takes it, and its batch dimension inside.
static std::pair<Value, int64_t> batchedOperand(BatchContext &c, Role role, unsigned i,
                                                bool isBatched) {
  if (!isBatched)
    return {c.in(i), -1};
  switch (role) {
  case Role::Const:
    return {c.in(i), c.dim(i)};
  case Role::Carry:
    return {c.front(i), 0};
  case Role::Slice:
    return {c.at(i, 1), 0};
  }
  llvm_unreachable("covered switch");
}

// The same loop over a body that is batched. A carry is batched if it starts so
// or becomes so; slices have the batch dimension behind that of the loop.
LogicalResult batchLoop(BatchContext &c, const Loop &loop) {
  Block &body = loop.body();
  Marks batched(llvm::map_range(c.dims, [](int64_t dim) { return dim >= 0; }));
  reachCarries(body, batched, loop.consts, loop.carries, {Mark::Batch, c.axis.name});

  LoopBuilder builder(loop.op->getLoc(), loop.length, loop.reverse);
  IRMapping map;
  DenseMap<Value, int64_t> dims;
  for (auto [i, argument] : llvm::enumerate(body.getArguments())) {
    auto [operand, dim] = batchedOperand(c, loop.role(i), i, batched[i]);
    map.map(argument, builder.add(loop.role(i), operand));
    if (dim >= 0)
      dims[argument] = dim;
  }
  Emitter inner(builder.builder(), loop.op->getLoc());
  if (failed(sweepBatch(inner, body, map, dims, c.axis)))
    return failure();

  SmallVector<std::pair<LoopBuilder::Yielded, bool>> results;
  for (unsigned k = 0; k < loop.op->getNumResults(); ++k) {
    Role role = loop.resultRole(k);
    auto found = dims.find(loop.yielded(k));
    int64_t dim = found == dims.end() ? -1 : found->second;
    bool isBatched = role == Role::Carry ? batched[loop.consts + k] : dim >= 0;
    Val value(inner, map.lookup(loop.yielded(k)));
    if (isBatched)
      value = moveBatchDim(value, dim, 0, c.size);
    results.push_back({builder.yield(role, value), isBatched});
  }
  builder.finish(c.emitter, loop.isMap);
  for (auto [k, result] : llvm::enumerate(results)) {
    auto [yielded, isBatched] = result;
    int64_t dim = yielded.role == Role::Carry ? 0 : 1;
    c.set(k, Val(c.emitter, builder.result(yielded)), isBatched ? dim : -1);
  }
  return success();
}

} // namespace mjx
