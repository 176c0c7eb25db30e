//===- Regions.cpp - What ops with regions share --------------------------===//
#include "Regions.h"

#include "Loop.h"

using namespace mlir;

namespace mjx {

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

FailureOr<YieldOp> RegionCheck::run(Region &body, TypeRange arguments) const {
  if (!body.hasOneBlock())
    return emitOptionalError(loc, op, ": expected ", region, " to be one block, but got ",
                             body.getBlocks().size());
  Block &block = body.front();
  if (block.getNumArguments() != arguments.size())
    return emitOptionalError(loc, op, ": expected ", region, " to take ", arguments.size(),
                             " arguments, but got ", block.getNumArguments());
  for (auto [index, type] : llvm::enumerate(arguments))
    if (block.getArgument(index).getType() != type)
      return emitOptionalError(loc, op, ": expected argument ", index, " of ", region, " to be ",
                               type, ", but got ", block.getArgument(index).getType());
  auto yield = block.empty() ? YieldOp() : dyn_cast<YieldOp>(block.back());
  if (!yield)
    return emitOptionalError(loc, op, ": expected ", region, " to end with mjx.yield");
  for (Type type : yield.getOperandTypes())
    if (!isa<RankedTensorType>(type))
      return emitOptionalError(loc, op, ": expected ", region, " to yield tensors, but got ", type);
  return yield;
}

LogicalResult RegionCheck::yields(YieldOp yield, TypeRange expected, StringRef what) const {
  for (auto [index, type, got] : llvm::enumerate(expected, yield.getOperandTypes()))
    if (type != got)
      return emitOptionalError(loc, op, ": expected ", region, " to yield ", what, " ", index,
                               " as ", type, ", but got ", got);
  return success();
}

Type stackedType(Type slice, int64_t length) {
  auto type = cast<RankedTensorType>(slice);
  SmallVector<int64_t> shape(type.getShape());
  shape.insert(shape.begin(), length);
  return type.clone(shape);
}

Type sliceType(Type stacked) {
  auto type = cast<RankedTensorType>(stacked);
  return type.clone(type.getShape().drop_front());
}

LogicalResult checkStacked(std::optional<Location> loc, StringRef op, TypeRange types,
                           unsigned first, int64_t length) {
  for (auto [index, type] : llvm::enumerate(types)) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor || tensor.getRank() == 0 || tensor.getDimSize(0) != length)
      return emitOptionalError(loc, op, ": expected operand ", first + index,
                               " to have a leading dimension of ", length, ", but got ", type);
  }
  return success();
}

//===----------------------------------------------------------------------===//
// What reaches what
//===----------------------------------------------------------------------===//

static Marks reachedByLoop(const Loop &loop, ArrayRef<bool> operands, Mark mark) {
  Marks arguments(operands);
  return reachCarries(loop.body(), arguments, loop.consts, loop.carries, mark);
}

static Marks reachedByWhile(WhileOp op, ArrayRef<bool> operands, Mark mark) {
  unsigned condConsts = op.getCondConsts(), bodyConsts = op.getBodyConsts();
  Marks arguments(operands.drop_front(condConsts));
  Marks carries =
      reachCarries(op.getBody().front(), arguments, bodyConsts, op->getNumResults(), mark);
  Marks ofCondition(operands.take_front(condConsts));
  llvm::append_range(ofCondition, carries);
  bool isDivergent = reachedYields(op.getCond().front(), ofCondition, mark).front();
  return isDivergent ? Marks(carries.size(), true) : carries;
}

static Marks reachedByCond(CondOp op, ArrayRef<bool> operands, Mark mark) {
  Marks results(op->getNumResults(), operands.front());
  for (Region &branch : op.getBranches()) {
    Marks yields = reachedYields(branch.front(), operands.drop_front(), mark);
    for (auto [result, yielded] : llvm::zip_equal(results, yields))
      result |= yielded;
  }
  return results;
}

static Marks reachedByAny(Operation *op, ArrayRef<bool> operands, Mark mark) {
  if (auto scan = dyn_cast<ScanOp>(op))
    return reachedByLoop(Loop(scan), operands, mark);
  if (auto map = dyn_cast<MapOp>(op))
    return reachedByLoop(Loop(map), operands, mark);
  if (auto loop = dyn_cast<WhileOp>(op))
    return reachedByWhile(loop, operands, mark);
  if (auto cond = dyn_cast<CondOp>(op))
    return reachedByCond(cond, operands, mark);
  bool stops = mark == Mark::Tangent && op->hasTrait<NotDifferentiable>();
  return Marks(op->getNumResults(), !stops);
}

Marks reachedResults(Operation *op, ArrayRef<bool> operands, Mark mark) {
  if (!llvm::is_contained(operands, true))
    return Marks(op->getNumResults(), false);
  Marks results = reachedByAny(op, operands, mark);
  if (mark == Mark::Tangent)
    for (auto [result, isMarked] : llvm::zip_equal(op->getResults(), results))
      isMarked &= isDifferentiable(result.getType());
  return results;
}

Marks reachedYields(Block &block, ArrayRef<bool> arguments, Mark mark) {
  DenseSet<Value> marked;
  auto marksOf = [&](ValueRange values) {
    return Marks(llvm::map_range(values, [&](Value v) { return marked.contains(v); }));
  };
  auto spread = [&](ValueRange values, ArrayRef<bool> marks) {
    for (auto [value, isMarked] : llvm::zip_equal(values, marks))
      if (isMarked)
        marked.insert(value);
  };
  spread(block.getArguments(), arguments);
  for (Operation &op : block.without_terminator())
    spread(op.getResults(), reachedResults(&op, marksOf(op.getOperands()), mark));
  return marksOf(block.getTerminator()->getOperands());
}

Marks reachCarries(Block &body, Marks &arguments, unsigned first, unsigned carries, Mark mark) {
  while (true) {
    Marks yields = reachedYields(body, arguments, mark);
    bool changed = false;
    for (unsigned k = 0; k < carries; ++k) {
      changed |= yields[k] && !arguments[first + k];
      arguments[first + k] |= yields[k];
      yields[k] = arguments[first + k];
    }
    if (!changed)
      return yields;
  }
}

//===----------------------------------------------------------------------===//
// From block to block
//===----------------------------------------------------------------------===//

OpBuilder atEnd(Block &block, Location loc) {
  OpBuilder builder(loc.getContext());
  builder.setInsertionPointToEnd(&block);
  return builder;
}

SetVector<Value> valuesUsed(Block &from, Block &user) {
  SetVector<Value> used;
  for (Operation &op : user)
    for (Value operand : op.getOperands())
      if (operand.getParentBlock() == &from)
        used.insert(operand);
  return used;
}

DenseSet<Value> computedFromFirst(Block &block, unsigned arguments) {
  DenseSet<Value> computed;
  for (BlockArgument argument : block.getArguments().take_front(arguments))
    computed.insert(argument);
  for (Operation &op : block)
    if (llvm::all_of(op.getOperands(), [&](Value v) { return computed.contains(v); }))
      computed.insert_range(op.getResults());
  return computed;
}

void cloneComputation(Block &from, ValueRange wanted, OpBuilder &builder, IRMapping &map) {
  DenseSet<Value> needed(wanted.begin(), wanted.end());
  SmallVector<Operation *> ops;
  for (Operation &op : llvm::reverse(from)) {
    if (llvm::none_of(op.getResults(), [&](Value v) { return needed.contains(v); }))
      continue;
    ops.push_back(&op);
    needed.insert_range(op.getOperands());
  }
  for (Operation *op : llvm::reverse(ops))
    builder.clone(*op, map);
}

void replaceIn(Block &block, const DenseMap<Value, Value> &map) {
  for (Operation &op : block)
    for (OpOperand &operand : op.getOpOperands())
      if (Value replacement = map.lookup(operand.get()))
        operand.set(replacement);
}

void cloneConstants(Block &from, Block &user) {
  DenseSet<Value> constant = computedFromFirst(from, 0);
  SmallVector<Value> wanted;
  for (Value value : valuesUsed(from, user))
    if (constant.contains(value))
      wanted.push_back(value);
  if (wanted.empty())
    return;
  OpBuilder builder(from.begin()->getContext());
  builder.setInsertionPointToStart(&user);
  IRMapping clones;
  cloneComputation(from, wanted, builder, clones);
  DenseMap<Value, Value> replacements;
  for (Value value : wanted)
    replacements[value] = clones.lookup(value);
  replaceIn(user, replacements);
}

void splitLinear(Emitter &emitter, Block &body, IRMapping &map, Block &linearPlace) {
  OpBuilder linear = atEnd(linearPlace, emitter.loc);
  for (Operation &op : body.without_terminator()) {
    bool isLinear = llvm::any_of(op.getOperands(),
                                 [&](Value v) { return emitter.isLinear(map.lookupOrDefault(v)); });
    if (isLinear)
      emitter.markLinear(linear.clone(op, map)->getResults());
    else
      emitter.primal.clone(op, map);
  }
}

//===----------------------------------------------------------------------===//
// Accumulators
//===----------------------------------------------------------------------===//

Val Accumulators::claim(unsigned i) {
  if (!c.isLinear(i) || !claimed.insert(c.op->getOperand(i)).second)
    return {};
  owners.insert(i);
  Val current;
  c.accumulate(i, [&](Val accumulator) { return current = accumulator; });
  return isSplat(current, 0) ? Val() : current;
}

Val Accumulators::claimOrZeros(unsigned i) {
  Val current = claim(i);
  return current ? current : Val(c.emitter, c.emitter.zeros(c.op->getOperand(i).getType()));
}

void Accumulators::give(unsigned i, Value value) {
  if (!owners.contains(i))
    return later.push_back({i, value});
  c.accumulate(i, [&](Val) { return Val(c.emitter, value); });
}

/// Additions last: what owners give replaces what there was.
void Accumulators::finish() {
  for (auto [i, value] : later)
    c.add(i, Val(c.emitter, value));
}

//===----------------------------------------------------------------------===//
// Lanes
//===----------------------------------------------------------------------===//

// map(f)(x) = [f(x[0]), f(x[1]), ...]
LogicalResult batchByLanes(BatchContext &c) {
  LoopBuilder lanes(c.op->getLoc(), c.size, /*reverse=*/false);
  SmallVector<Value> inputs;
  for (unsigned i = 0; i < c.operands.size(); ++i)
    inputs.push_back(c.isBatched(i) ? lanes.add(Role::Slice, c.front(i))
                                    : lanes.add(Role::Const, c.in(i)));
  Operation *lane = lanes.builder().clone(*c.op);
  lane->setOperands(inputs);
  for (Value result : lane->getResults())
    lanes.yield(Role::Slice, result);
  Operation *all = lanes.finish(c.emitter, /*asMap=*/true);
  for (auto [index, result] : llvm::enumerate(all->getResults()))
    c.set(index, Val(c.emitter, result), 0);
  return success();
}

} // namespace mjx
