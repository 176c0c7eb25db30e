//===- CheckpointOps.cpp - What reverse mode stores, chosen by the user ---===//
//
// A checkpoint is its region. Only linearization tells the difference: the
// linear part of the result is a checkpoint as well, which computes what it
// needs of the values again. Being a region, it can be differentiated in turn.
//
//===----------------------------------------------------------------------===//
#include "ControlFlow/Regions.h"

#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace mjx {

namespace {

//===----------------------------------------------------------------------===//
// Building
//===----------------------------------------------------------------------===//

/// A checkpoint under construction.
class CheckpointBuilder {
public:
  explicit CheckpointBuilder(Location loc) : loc(loc) { region.emplaceBlock(); }

  /// Adds an operand and gives what it is inside.
  Value add(Value operand) {
    operands.push_back(operand);
    return block().addArgument(operand.getType(), loc);
  }
  Block &block() { return region.front(); }
  OpBuilder builder() { return atEnd(block(), loc); }

  /// With the policy of `like`.
  CheckpointOp finish(Emitter &emitter, CheckpointOp like, ValueRange yields, bool recomputes) {
    OpBuilder end = builder();
    YieldOp::create(end, loc, yields);
    eraseDead(block());
    OperationState state(loc, CheckpointOp::getOperationName());
    state.addOperands(operands);
    state.addTypes(yields.getTypes());
    state.addAttributes(like->getAttrs());
    state.attributes.set("recomputes", end.getBoolAttr(recomputes));
    state.addRegion()->takeBody(region);
    return cast<CheckpointOp>(emitter.create(state));
  }

private:
  Location loc;
  Region region;
  SmallVector<Value> operands;
};

Value yielded(CheckpointOp op, unsigned k) {
  return op.getBody().front().getTerminator()->getOperand(k);
}

//===----------------------------------------------------------------------===//
// Policies
//===----------------------------------------------------------------------===//

/// Which ops of a region a policy saves the results of.
class Policy {
public:
  explicit Policy(CheckpointOp op) : saves(op.getSaves()), allNamesBut(op.getAllNamesBut()) {
    SmallVector<StringRef> list;
    op.getNames().split(list, ',', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
    names.insert_range(list);
  }

  bool savesEverything() const { return saves == "everything" && allNamesBut && names.empty(); }

  bool savesResultsOf(Operation *op) const {
    if (auto name = dyn_cast<CheckpointNameOp>(op))
      return names.contains(name.getName()) != allNamesBut;
    if (saves == "dots")
      return isa<DotGeneralOp, ConvGeneralOp>(op);
    if (saves == "dots_without_batch") {
      auto dot = dyn_cast<DotGeneralOp>(op);
      return dot && dot.getLhsBatch().empty();
    }
    return saves == "everything";
  }

  /// Of what it saves: whether to store it even where that is not needed. Who
  /// saves everything leaves the choice; who names values does not.
  bool insistsOn(Operation *op) const {
    return savesResultsOf(op) &&
           !(isRecomputable(op) && (saves == "everything" || !isa<CheckpointNameOp>(op)));
  }

private:
  StringRef saves;
  bool allNamesBut;
  llvm::StringSet<> names;
};

//===----------------------------------------------------------------------===//
// Forward mode
//===----------------------------------------------------------------------===//

/// A checkpoint of values and tangents.
class CheckpointDual {
public:
  CheckpointDual(JvpContext &c, CheckpointOp op) : c(c), op(op), dual(op.getLoc()) {}

  LogicalResult run() {
    Block &body = op.getBody().front();
    for (auto [i, argument] : llvm::enumerate(body.getArguments()))
      map.map(argument, dual.add(c.in(i)));
    for (auto [i, argument] : llvm::enumerate(body.getArguments()))
      if (c.tangent(i))
        tangents[argument] = dual.add(c.tangent(i));
    Emitter inner(dual.builder(), op.getLoc());
    if (failed(sweepJvp(inner, body, map, tangents)))
      return failure();
    finish();
    return success();
  }

private:
  void finish() {
    unsigned count = op->getNumResults();
    SmallVector<Value> yields;
    SmallVector<unsigned> active;
    for (unsigned k = 0; k < count; ++k)
      yields.push_back(map.lookup(yielded(op, k)));
    for (unsigned k = 0; k < count; ++k)
      if (Value tangent = tangents.lookup(yielded(op, k))) {
        yields.push_back(tangent);
        active.push_back(k);
      }
    CheckpointOp result = dual.finish(c.emitter, op, yields, op.getRecomputes());
    for (unsigned k = 0; k < count; ++k)
      c.setOut(k, result->getResult(k));
    for (auto [index, k] : llvm::enumerate(active))
      c.set(k, Val(c.emitter, result->getResult(count + index)));
  }

  JvpContext &c;
  CheckpointOp op;
  CheckpointBuilder dual;
  IRMapping map;
  DenseMap<Value, Value> tangents;
};

/// The ops of the region in place of it: everything is saved, as anywhere.
LogicalResult inlineJvp(JvpContext &c, CheckpointOp op) {
  IRMapping map;
  DenseMap<Value, Value> tangents;
  for (auto [i, argument] : llvm::enumerate(op.getBody().getArguments())) {
    map.map(argument, op->getOperand(i));
    if (c.tangent(i))
      tangents[argument] = c.tangent(i);
  }
  if (failed(sweepJvp(c.emitter, op.getBody().front(), map, tangents)))
    return failure();
  for (unsigned k = 0; k < op->getNumResults(); ++k) {
    c.setOut(k, map.lookup(yielded(op, k)));
    c.set(k, Val(c.emitter, tangents.lookup(yielded(op, k))));
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Linearization
//===----------------------------------------------------------------------===//

/// A checkpoint for the values, which also returns what the policy saves of
/// them, and one for the tangents, which computes the rest again.
class CheckpointLinearizer {
public:
  CheckpointLinearizer(JvpContext &c, CheckpointOp op)
      : c(c), op(op), policy(op), primal(op.getLoc()), linear(op.getLoc()) {}

  LogicalResult run();

private:
  LogicalResult sweep();
  void useNamed(Block &primalBlock);
  void chooseResiduals();
  void finish();

  JvpContext &c;
  CheckpointOp op;
  Policy policy;
  // The linear region uses values of the primal one and goes first.
  CheckpointBuilder primal, linear;
  SmallVector<Value> outs, tangentOuts;
  SmallVector<unsigned> active;
};

LogicalResult CheckpointLinearizer::run() {
  if (failed(sweep()))
    return failure();
  if (active.empty())
    return success();
  useNamed(primal.block());
  chooseResiduals();
  cloneConstants(primal.block(), linear.block());
  finish();
  return success();
}

LogicalResult CheckpointLinearizer::sweep() {
  Block &body = op.getBody().front();
  Emitter inner(primal.builder(), linear.builder(), op.getLoc());
  IRMapping map;
  DenseMap<Value, Value> tangents;
  for (auto [i, argument] : llvm::enumerate(body.getArguments())) {
    map.map(argument, primal.add(c.in(i)));
    if (!c.tangent(i))
      continue;
    tangents[argument] = linear.add(c.tangent(i));
    inner.markLinear(tangents[argument]);
  }
  if (failed(sweepJvp(inner, body, map, tangents)))
    return failure();
  DenseMap<Value, Value> merged = mergeDuplicates(primal.block());
  for (unsigned k = 0; k < op->getNumResults(); ++k) {
    Value value = map.lookup(yielded(op, k)), other = merged.lookup(value);
    outs.push_back(other ? other : value);
    if (Value tangent = tangents.lookup(yielded(op, k))) {
      active.push_back(k);
      tangentOuts.push_back(tangent);
    }
  }
  return success();
}

/// A derivative may use what has been given a name instead of the named value:
/// that of tanh does. They are the same.
void CheckpointLinearizer::useNamed(Block &primalBlock) {
  for (auto name : llvm::make_early_inc_range(primalBlock.getOps<CheckpointNameOp>())) {
    Operation *source = name.getX().getDefiningOp();
    if (!source || !policy.savesResultsOf(name))
      continue;
    name->moveAfter(source);
    name.getX().replaceAllUsesExcept(name.getOut(), name);
  }
}

/// Inputs and constants are there; what the policy saves is computed again only
/// where that is cheap; the rest in any case.
void CheckpointLinearizer::chooseResiduals() {
  Block &from = primal.block();
  DenseSet<Value> isThere = computedFrom(from, {});
  isThere.insert_range(from.getArguments());
  auto isFree = [&](Value value) { return isThere.contains(value); };
  auto isSaved = [&](Value value) { return policy.savesResultsOf(value.getDefiningOp()); };
  auto isCheap = [&](Operation *source) { return !policy.insistsOn(source); };
  ResidualRules rules{isFree, isSaved, isCheap};
  computeAgain(from, linear.block(), rules);
}

void CheckpointLinearizer::finish() {
  SetVector<Value> used = valuesUsed(primal.block(), linear.block());
  SmallVector<Value> yields(outs);
  for (Value value : used)
    if (!isa<BlockArgument>(value))
      yields.push_back(value);
  CheckpointOp values = primal.finish(c.emitter, op, yields, op.getRecomputes());

  auto saved = values->getResults().drop_front(outs.size()).begin();
  DenseMap<Value, Value> replacements;
  for (Value value : used) {
    auto argument = dyn_cast<BlockArgument>(value);
    Value outside = argument ? c.in(argument.getArgNumber()).value : Value(*saved++);
    replacements[value] = linear.add(outside);
  }
  replaceIn(linear.block(), replacements);
  CheckpointOp derivative = linear.finish(c.emitter, op, tangentOuts, /*recomputes=*/true);
  for (unsigned k = 0; k < outs.size(); ++k)
    c.setOut(k, values->getResult(k));
  for (auto [index, k] : llvm::enumerate(active))
    c.set(k, Val(c.emitter, derivative->getResult(index)));
}

//===----------------------------------------------------------------------===//
// Transposition
//===----------------------------------------------------------------------===//

/// A checkpoint over the transposed region. What has been accumulated for an
/// operand goes through it.
class CheckpointTransposer {
public:
  CheckpointTransposer(TransposeContext &c, CheckpointOp op)
      : c(c), op(op), reversed(op.getLoc()), inner(reversed.builder(), op.getLoc()),
        accumulated(c) {}

  LogicalResult run() {
    linearRegion.emplaceBlock();
    addOperands();
    Block &body = op.getBody().front();
    splitLinear(inner, body, map, linearRegion.front());
    seed();
    if (failed(sweepTranspose(inner, linearRegion.front(), cotangents)))
      return failure();
    finish();
    return success();
  }

private:
  void addOperands();
  void seed();
  void finish();

  TransposeContext &c;
  CheckpointOp op;
  // Linear ops use values of the region under construction and go first.
  CheckpointBuilder reversed;
  Region linearRegion;
  Emitter inner;
  IRMapping map;
  Cotangents cotangents, starts;
  Accumulators accumulated;
};

void CheckpointTransposer::addOperands() {
  for (auto [i, argument] : llvm::enumerate(op.getBody().getArguments())) {
    if (!c.isLinear(i)) {
      map.map(argument, reversed.add(c.in(i)));
      continue;
    }
    Value inside = linearRegion.front().addArgument(argument.getType(), op.getLoc());
    inner.markLinear(inside);
    map.map(argument, inside);
    if (Val accumulator = accumulated.claim(i))
      starts[inside] = cotangents[inside] = reversed.add(accumulator);
  }
}

void CheckpointTransposer::seed() {
  for (unsigned k = 0; k < op->getNumResults(); ++k) {
    Value value = map.lookup(yielded(op, k));
    if (!c.cotangent(k) || !inner.isLinear(value))
      continue;
    Value &sum = cotangents[value];
    sum = Val(inner, sum) + Val(inner, reversed.add(c.cotangent(k)));
  }
}

void CheckpointTransposer::finish() {
  SmallVector<unsigned> reached;
  SmallVector<Value> yields;
  for (auto [i, argument] : llvm::enumerate(op.getBody().getArguments())) {
    Value inside = map.lookup(argument), cotangent = cotangents.lookup(inside);
    if (!c.isLinear(i) || !cotangent || cotangent == starts.lookup(inside))
      continue;
    reached.push_back(i);
    yields.push_back(cotangent);
  }
  if (reached.empty())
    return;
  CheckpointOp result = reversed.finish(c.emitter, op, yields, op.getRecomputes());
  for (auto [index, i] : llvm::enumerate(reached))
    accumulated.give(i, result->getResult(index));
  accumulated.finish();
}

/// Checks everything about a checkpoint but its results; gives what it yields.
FailureOr<YieldOp> checkCheckpoint(std::optional<Location> loc, TypeRange ins, Region &body) {
  return RegionCheck{loc, CheckpointOp::getOperationName(), "the region"}.run(body, ins);
}

} // namespace

//===----------------------------------------------------------------------===//
// CheckpointOp
//===----------------------------------------------------------------------===//

LogicalResult CheckpointOp::verify() {
  return checkCheckpoint(getLoc(), getIns().getTypes(), getBody());
}

LogicalResult CheckpointOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                             Adaptor adaptor, SmallVectorImpl<Type> &types) {
  if (adaptor.getRegions().size() != 1)
    return emitOptionalError(loc, "mjx.checkpoint: expected 1 region, but got ",
                             adaptor.getRegions().size());
  FailureOr<YieldOp> yield = checkCheckpoint(loc, TypeRange(adaptor.getIns()), adaptor.getBody());
  if (failed(yield))
    return failure();
  llvm::append_range(types, yield->getOperandTypes());
  return success();
}

// y = f(x)  =>  dy = df(x) dx, where x is stored and what else df needs is not
LogicalResult CheckpointOp::buildJvp(JvpContext &c) {
  auto op = cast<CheckpointOp>(c.op);
  if (failed(inlineCalls(op)))
    return failure();
  if (!c.emitter.isSeparate())
    return CheckpointDual(c, op).run();
  if (Policy(op).savesEverything() && !op.getRecomputes())
    return inlineJvp(c, op);
  return CheckpointLinearizer(c, op).run();
}

LogicalResult CheckpointOp::buildTranspose(TransposeContext &c) {
  return CheckpointTransposer(c, *this).run();
}

LogicalResult CheckpointOp::buildBatch(BatchContext &c) {
  Block &body = getBody().front();
  CheckpointBuilder batched(getLoc());
  IRMapping map;
  DenseMap<Value, int64_t> dims;
  for (auto [i, argument] : llvm::enumerate(body.getArguments())) {
    map.map(argument, batched.add(c.in(i)));
    if (c.isBatched(i))
      dims[argument] = c.dim(i);
  }
  Emitter inner(batched.builder(), getLoc());
  if (failed(sweepBatch(inner, body, map, dims, c.axis)))
    return failure();
  SmallVector<Value> yields;
  for (Value value : body.getTerminator()->getOperands())
    yields.push_back(map.lookup(value));
  CheckpointOp result = batched.finish(c.emitter, *this, yields, getRecomputes());
  for (unsigned k = 0; k < getNumResults(); ++k) {
    auto found = dims.find(yielded(*this, k));
    c.set(k, Val(c.emitter, result->getResult(k)), found == dims.end() ? -1 : found->second);
  }
  return success();
}

FailureOr<SmallVector<Value>> CheckpointOp::buildDecomposition(Emitter &emitter) {
  SmallVector<Value> inputs(getIns());
  if (getRecomputes() && !getMayMerge() && !inputs.empty()) {
    auto barrier = emitter.create<OptimizationBarrierOp>(getIns().getTypes(), inputs);
    inputs = SmallVector<Value>(barrier.getOuts());
  }
  Block &body = getBody().front();
  IRMapping map;
  map.map(body.getArguments(), inputs);
  for (Operation &op : body.without_terminator())
    emitter.primal.clone(op, map);
  return llvm::map_to_vector(body.getTerminator()->getOperands(),
                             [&](Value value) { return map.lookup(value); });
}

//===----------------------------------------------------------------------===//
// CheckpointNameOp
//===----------------------------------------------------------------------===//

LogicalResult CheckpointNameOp::inferReturnTypes(MLIRContext *, std::optional<Location>,
                                                 Adaptor adaptor, SmallVectorImpl<Type> &types) {
  types.push_back(adaptor.getX().getType());
  return success();
}

// dy = dx: policies name values, not tangents
LogicalResult CheckpointNameOp::buildJvp(JvpContext &c) {
  c.set(c.tangent(0));
  return success();
}

LogicalResult CheckpointNameOp::buildBatch(BatchContext &c) { return c.pointwise(); }

FailureOr<SmallVector<Value>> CheckpointNameOp::buildDecomposition(Emitter &) {
  return SmallVector<Value>{getX()};
}

} // namespace mjx
