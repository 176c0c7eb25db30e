//===- Regions.cpp - What ops with regions share --------------------------===//
#include "Regions.h"

#include "Loop.h"

#include "mlir/Interfaces/SideEffectInterfaces.h"

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
  if (auto checkpoint = dyn_cast<CheckpointOp>(op))
    return reachedYields(checkpoint.getBody().front(), operands, mark);
  auto named = dyn_cast<NamedAxisOpInterface>(op);
  if (named && mark == Mark::Batch && named.namesAxis(mark.axis))
    return Marks(op->getNumResults(), named.variesOverAxis());
  bool stops = mark == Mark::Tangent && op->hasTrait<NotDifferentiable>();
  return Marks(op->getNumResults(), !stops);
}

Marks reachedResults(Operation *op, ArrayRef<bool> operands, Mark mark) {
  bool isAsked = mark == Mark::Batch && namesAxis(op, mark.axis);
  if (!isAsked && !llvm::is_contained(operands, true))
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

Marks reachedArguments(Block &block, ArrayRef<bool> linear, ArrayRef<bool> yields) {
  DenseSet<Value> varying, marked;
  for (auto [argument, isLinear] : llvm::zip_equal(block.getArguments(), linear))
    if (isLinear)
      varying.insert(argument);
  auto isIn = [](const DenseSet<Value> &set) { return [&](Value v) { return set.contains(v); }; };
  for (Operation &op : block.without_terminator())
    if (llvm::any_of(op.getOperands(), isIn(varying)))
      varying.insert_range(op.getResults());
  for (auto [value, isMarked] : llvm::zip_equal(block.getTerminator()->getOperands(), yields))
    if (isMarked && varying.contains(value))
      marked.insert(value);
  for (Operation &op : llvm::drop_begin(llvm::reverse(block)))
    if (llvm::any_of(op.getResults(), isIn(marked)))
      for (Value operand : op.getOperands())
        if (varying.contains(operand))
          marked.insert(operand);
  return Marks(llvm::map_range(block.getArguments(), isIn(marked)));
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

DenseSet<Value> computedFrom(Block &block, ValueRange arguments) {
  DenseSet<Value> computed(arguments.begin(), arguments.end());
  for (Operation &op : block)
    if (isMemoryEffectFree(&op) &&
        llvm::all_of(op.getOperands(), [&](Value v) { return computed.contains(v); }))
      computed.insert_range(op.getResults());
  return computed;
}

void replaceIn(Block &block, const DenseMap<Value, Value> &map) {
  for (Operation &op : block)
    for (OpOperand &operand : op.getOpOperands())
      if (Value replacement = map.lookup(operand.get()))
        operand.set(replacement);
}

void cloneConstants(Block &from, Block &user) {
  DenseSet<Value> constant = computedFrom(from, {});
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

DenseMap<Value, Value> mergeDuplicates(Block &block) {
  DenseMap<size_t, SmallVector<Operation *, 1>> known;
  DenseMap<Value, Value> merged;
  for (Operation &op : block) {
    if (op.getNumRegions() || !isMemoryEffectFree(&op))
      continue;
    auto hash = OperationEquivalence::computeHash(&op, OperationEquivalence::directHashValue,
                                                  OperationEquivalence::ignoreHashValue,
                                                  OperationEquivalence::IgnoreLocations);
    SmallVector<Operation *, 1> &alike = known[static_cast<size_t>(hash)];
    auto same = llvm::find_if(alike, [&](Operation *other) {
      return OperationEquivalence::isEquivalentTo(&op, other,
                                                  OperationEquivalence::IgnoreLocations);
    });
    if (same == alike.end()) {
      alike.push_back(&op);
      continue;
    }
    for (auto [result, other] : llvm::zip_equal(op.getResults(), (*same)->getResults())) {
      merged[result] = other;
      result.replaceAllUsesWith(other);
    }
  }
  return merged;
}

void computeAgain(Block &from, Block &user, const ResidualRules &rules) {
  SetVector<Value> used = valuesUsed(from, user);
  SetVector<Value> stored = selectResiduals(used.getArrayRef(), rules);
  IRMapping map;
  auto keep = [&](ValueRange values) {
    for (Value value : values)
      if (stored.contains(value) || rules.isFree(value))
        map.map(value, value);
  };
  keep(from.getArguments());
  for (Operation &op : from)
    keep(op.getResults());
  SmallVector<Value> wanted =
      llvm::filter_to_vector(used, [&](Value value) { return !map.contains(value); });
  if (wanted.empty())
    return;
  OpBuilder builder(wanted.front().getContext());
  builder.setInsertionPointToStart(&user);
  cloneComputation(from, wanted, builder, map);
  DenseMap<Value, Value> replacements;
  for (Value value : wanted)
    replacements[value] = map.lookup(value);
  replaceIn(user, replacements);
}

void eraseDead(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (isOpTriviallyDead(&op))
      op.erase();
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

LogicalResult checkMaskable(BatchContext &c) {
  if (isMemoryEffectFree(c.op))
    return success();
  return c.op->emitOpError("expected no effects where lanes of axis \"")
         << c.axis.name << "\" combine and go different ways, but some op has one, which lanes "
         << "that do not go there would have too";
}

// map(f)(x) = [f(x[0]), f(x[1]), ...]
LogicalResult batchByLanes(BatchContext &c) {
  if (namesAxis(c.op, c.axis.name))
    return c.op->emitOpError("cannot run once for each example, since it combines those of axis \"")
           << c.axis.name << "\"";
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
