//===- LoopJvp.cpp - Loops differentiated ---------------------------------===//
#include "Loop.h"

using namespace mlir;

namespace mjx {

namespace {

/// What both ways of differentiating a loop begin with.
struct ActiveLoop {
  ActiveLoop(JvpContext &c, const Loop &loop)
      : loop(loop),
        arguments(llvm::map_range(c.tangents, [](Value v) { return static_cast<bool>(v); })),
        results(reachCarries(loop.body(), arguments, loop.consts, loop.carries, Mark::Tangent)) {}

  const Loop &loop;
  /// Which arguments of the body have tangents, and which results may.
  Marks arguments, results;
};

/// Yields the tangent of result `k` in `builder`: that of a carry in any case.
std::optional<LoopBuilder::Yielded> yieldTangent(const ActiveLoop &active, unsigned k,
                                                 const DenseMap<Value, Value> &tangents,
                                                 Emitter &inner, LoopBuilder &builder) {
  if (!active.results[k])
    return std::nullopt;
  Value value = active.loop.yielded(k), tangent = tangents.lookup(value);
  Role role = active.loop.resultRole(k);
  if (!tangent && role == Role::Slice)
    return std::nullopt;
  return builder.yield(role, tangent ? tangent : inner.zeros(value.getType()));
}

//===----------------------------------------------------------------------===//
// Forward mode
//===----------------------------------------------------------------------===//

// One loop over values and tangents side by side; nothing is stored.
LogicalResult buildDual(JvpContext &c, const ActiveLoop &active) {
  const Loop &loop = active.loop;
  Block &body = loop.body();
  LoopBuilder dual(loop.op->getLoc(), loop.length, loop.reverse);
  IRMapping map;
  DenseMap<Value, Value> tangents;
  for (auto [i, argument] : llvm::enumerate(body.getArguments()))
    map.map(argument, dual.add(loop.role(i), c.in(i)));
  for (auto [i, argument] : llvm::enumerate(body.getArguments()))
    if (active.arguments[i])
      tangents[argument] = dual.add(loop.role(i), c.materialized(i));

  Emitter inner(dual.builder(), loop.op->getLoc());
  if (failed(sweepJvp(inner, body, map, tangents)))
    return failure();

  SmallVector<LoopBuilder::Yielded> outs;
  SmallVector<std::optional<LoopBuilder::Yielded>> results;
  for (unsigned k = 0; k < active.results.size(); ++k)
    outs.push_back(dual.yield(loop.resultRole(k), map.lookup(loop.yielded(k))));
  for (unsigned k = 0; k < active.results.size(); ++k)
    results.push_back(yieldTangent(active, k, tangents, inner, dual));
  dual.finish(c.emitter, loop.isMap);
  for (unsigned k = 0; k < active.results.size(); ++k) {
    c.setOut(k, dual.result(outs[k]));
    if (results[k])
      c.set(k, Val(c.emitter, dual.result(*results[k])));
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Linearization
//===----------------------------------------------------------------------===//

/// Merges values computed alike, so that each is stored once.
class Representatives {
public:
  Value of(Value value) {
    Operation *op = value.getDefiningOp();
    if (!op || op->getNumRegions())
      return value;
    unsigned number = cast<OpResult>(value).getResultNumber();
    auto hash = OperationEquivalence::computeHash(op, OperationEquivalence::directHashValue,
                                                  OperationEquivalence::ignoreHashValue,
                                                  OperationEquivalence::IgnoreLocations);
    SmallVector<Operation *, 1> &alike = known[static_cast<size_t>(hash)];
    for (Operation *other : alike)
      if (OperationEquivalence::isEquivalentTo(op, other, OperationEquivalence::IgnoreLocations))
        return other->getResult(number);
    alike.push_back(op);
    return value;
  }

private:
  DenseMap<size_t, SmallVector<Operation *, 1>> known;
};

/// A loop for the values, which also stacks what the tangents need of them,
/// and a loop for the tangents.
class LoopLinearizer {
public:
  LoopLinearizer(JvpContext &c, const ActiveLoop &active)
      : c(c), active(active), loop(active.loop),
        primal(loop.op->getLoc(), loop.length, loop.reverse),
        linear(loop.op->getLoc(), loop.length, loop.reverse) {}

  LogicalResult run();

private:
  LogicalResult sweep();
  void shareResiduals();
  void shareInvariants();
  void finishPrimal();
  LoopBuilder::Yielded stack(Value value);

  JvpContext &c;
  const ActiveLoop &active;
  const Loop &loop;
  // The linear body uses values of the primal one and goes first.
  LoopBuilder primal, linear;
  SmallVector<LoopBuilder::Yielded> outs;
  SmallVector<std::optional<LoopBuilder::Yielded>> results;
  /// Where values of the primal body are stacked.
  DenseMap<Value, LoopBuilder::Yielded> stacks;
  Representatives representatives;
};

LogicalResult LoopLinearizer::run() {
  if (failed(sweep()))
    return failure();
  cloneConstants(primal.block(), linear.block());
  shareInvariants();
  shareResiduals();
  linear.finish(c.emitter, loop.isMap);
  for (unsigned k = 0; k < outs.size(); ++k) {
    c.setOut(k, primal.result(outs[k]));
    if (results[k])
      c.set(k, Val(c.emitter, linear.result(*results[k])));
  }
  return success();
}

LogicalResult LoopLinearizer::sweep() {
  Block &body = loop.body();
  Emitter inner(primal.builder(), linear.builder(), loop.op->getLoc());
  IRMapping map;
  DenseMap<Value, Value> tangents;
  for (auto [i, argument] : llvm::enumerate(body.getArguments())) {
    map.map(argument, primal.add(loop.role(i), c.in(i)));
    if (!active.arguments[i])
      continue;
    Value tangent = linear.add(loop.role(i), c.materialized(i));
    inner.markLinear(tangent);
    tangents[argument] = tangent;
  }
  if (failed(sweepJvp(inner, body, map, tangents)))
    return failure();
  for (unsigned k = 0; k < active.results.size(); ++k) {
    Value value = map.lookup(loop.yielded(k));
    outs.push_back(primal.yield(loop.resultRole(k), value));
    if (outs.back().role == Role::Slice)
      stacks.try_emplace(value, outs.back());
    results.push_back(yieldTangent(active, k, tangents, inner, linear));
  }
  linear.terminate();
  return success();
}

/// What depends on constants of the loop only is computed once, outside.
void LoopLinearizer::shareInvariants() {
  Block &from = primal.block();
  DenseSet<Value> invariant = computedFromFirst(from, loop.consts);
  SmallVector<Value> wanted;
  for (Value value : valuesUsed(from, linear.block()))
    if (invariant.contains(value))
      wanted.push_back(value);
  IRMapping outside;
  for (unsigned i = 0; i < loop.consts; ++i)
    outside.map(from.getArgument(i), c.op->getOperand(i));
  cloneComputation(from, wanted, c.emitter.primal, outside);
  DenseMap<Value, Value> replacements;
  for (Value value : wanted)
    replacements[value] = linear.add(Role::Const, outside.lookup(value));
  replaceIn(linear.block(), replacements);
}

/// The rest differs from step to step: slices are there already, other values
/// are stacked.
void LoopLinearizer::shareResiduals() {
  Block &from = primal.block();
  SetVector<Value> used = valuesUsed(from, linear.block());
  auto sliceOf = [&](Value value) -> Value {
    auto argument = dyn_cast<BlockArgument>(value);
    bool isSlice = argument && loop.role(argument.getArgNumber()) == Role::Slice;
    return isSlice ? c.op->getOperand(argument.getArgNumber()) : Value();
  };
  SmallVector<std::optional<LoopBuilder::Yielded>> stacked;
  for (Value value : used)
    stacked.push_back(sliceOf(value) ? std::nullopt : std::optional(stack(value)));
  primal.finish(c.emitter, loop.isMap);

  DenseMap<Value, Value> replacements, added;
  for (auto [value, place] : llvm::zip_equal(used, stacked)) {
    Value outside = place ? primal.result(*place) : sliceOf(value);
    Value &argument = added[outside];
    if (!argument)
      argument = linear.add(Role::Slice, outside);
    replacements[value] = argument;
  }
  replaceIn(linear.block(), replacements);
}

LoopBuilder::Yielded LoopLinearizer::stack(Value value) {
  value = representatives.of(value);
  auto found = stacks.find(value);
  if (found != stacks.end())
    return found->second;
  return stacks[value] = primal.yield(Role::Slice, value);
}

} // namespace

LogicalResult jvpLoop(JvpContext &c, const Loop &loop) {
  if (failed(inlineCalls(c.op)))
    return failure();
  ActiveLoop active(c, loop);
  if (!llvm::is_contained(active.results, true))
    return success();
  return c.emitter.isSeparate() ? LoopLinearizer(c, active).run() : buildDual(c, active);
}

} // namespace mjx
