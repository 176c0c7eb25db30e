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
  /// A value that is another one, of which all steps are stored, a step before
  /// or after.
  struct Shifted {
    Value stacked;
    unsigned carry;
    bool isBefore;
  };

  LogicalResult sweep();
  void findFree();
  void chooseResiduals();
  void findShifted();
  bool isFree(Value value) const { return isThere.contains(value) || shifted.contains(value); }
  void shareInvariants();
  void shareResiduals();
  Value sliceOf(Value value);
  LoopBuilder::Yielded stack(Value value);
  Value shift(const Shifted &source, OpBuilder &front);
  Value stepNumber();

  JvpContext &c;
  const ActiveLoop &active;
  const Loop &loop;
  // The linear body uses values of the primal one and goes first.
  LoopBuilder primal, linear;
  SmallVector<LoopBuilder::Yielded> outs;
  SmallVector<std::optional<LoopBuilder::Yielded>> results;
  /// What each result is in the primal body.
  SmallVector<Value> yielded;
  /// Arguments of the body that are the same in every step.
  DenseMap<Value, Value> fixed;
  DenseSet<Value> invariant;
  /// What the tangents may use without storing more.
  DenseSet<Value> isThere;
  DenseMap<Value, Shifted> shifted;
  /// Where values of the primal body are stacked.
  DenseMap<Value, LoopBuilder::Yielded> stacks;
  Value number;
};

LogicalResult LoopLinearizer::run() {
  if (failed(sweep()))
    return failure();
  findFree();
  chooseResiduals();
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
  DenseMap<Value, Value> merged = mergeDuplicates(primal.block());
  for (unsigned k = 0; k < active.results.size(); ++k) {
    Value value = map.lookup(loop.yielded(k));
    if (Value other = merged.lookup(value))
      value = other;
    yielded.push_back(value);
    outs.push_back(primal.yield(loop.resultRole(k), value));
    if (outs.back().role == Role::Slice)
      stacks.try_emplace(value, outs.back());
    results.push_back(yieldTangent(active, k, tangents, inner, linear));
  }
  linear.terminate();
  return success();
}

/// Constants of the loop, carries that keep their value and what follows from
/// these; slices; and results that are stacked anyway.
void LoopLinearizer::findFree() {
  Block &body = primal.block();
  SmallVector<Value> arguments;
  for (BlockArgument argument : body.getArguments()) {
    unsigned i = argument.getArgNumber();
    Role role = loop.role(i);
    if (role == Role::Const || (role == Role::Carry && yielded[i - loop.consts] == argument)) {
      fixed[argument] = c.op->getOperand(i);
      arguments.push_back(argument);
    }
    if (role == Role::Slice)
      isThere.insert(argument);
  }
  invariant = computedFrom(body, arguments);
  isThere.insert(invariant.begin(), invariant.end());
  for (auto [value, place] : stacks)
    isThere.insert(value);
}

void LoopLinearizer::chooseResiduals() {
  auto isThereAnyway = [&](Value value) { return isFree(value); };
  ResidualRules rules{isThereAnyway};
  auto choose = [&] {
    return selectResiduals(valuesUsed(primal.block(), linear.block()).getArrayRef(), rules);
  };
  // A carry is what was yielded the step before. Where all of these are stored
  // it need not be, and the other way round.
  if (loop.length > 1) {
    for (int64_t k = 0; k < loop.carries; ++k)
      if (stacks.contains(yielded[k]))
        shifted[primal.block().getArgument(loop.consts + k)] = {yielded[k], unsigned(k), true};
    SetVector<Value> stored = choose();
    for (int64_t k = 0; k < loop.carries; ++k) {
      Value carry = primal.block().getArgument(loop.consts + k);
      if (stored.contains(carry) && !isFree(yielded[k]) && yielded[k].getDefiningOp())
        shifted[yielded[k]] = {carry, unsigned(k), false};
    }
  }
  computeAgain(primal.block(), linear.block(), rules);
}

/// What is the same in every step is computed once, outside.
void LoopLinearizer::shareInvariants() {
  Block &from = primal.block();
  SmallVector<Value> wanted;
  for (Value value : valuesUsed(from, linear.block()))
    if (invariant.contains(value))
      wanted.push_back(value);
  IRMapping outside;
  for (auto [argument, operand] : fixed)
    outside.map(argument, operand);
  cloneComputation(from, wanted, c.emitter.primal, outside);
  DenseMap<Value, Value> replacements;
  for (Value value : wanted)
    replacements[value] = linear.add(Role::Const, outside.lookup(value));
  replaceIn(linear.block(), replacements);
}

/// The operand that holds all steps of `value`, if it is a slice.
Value LoopLinearizer::sliceOf(Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  bool isSlice = argument && loop.role(argument.getArgNumber()) == Role::Slice;
  return isSlice ? c.op->getOperand(argument.getArgNumber()) : Value();
}

/// The rest differs from step to step: slices are there already, other values
/// are stacked.
void LoopLinearizer::shareResiduals() {
  SetVector<Value> used = valuesUsed(primal.block(), linear.block());
  for (Value value : used) {
    auto other = shifted.find(value);
    if (!sliceOf(value))
      stack(other == shifted.end() ? value : other->second.stacked);
  }
  primal.finish(c.emitter, loop.isMap);

  OpBuilder front(c.op->getContext());
  front.setInsertionPointToStart(&linear.block());
  DenseMap<Value, Value> replacements, added;
  for (Value value : used) {
    auto other = shifted.find(value);
    if (other != shifted.end()) {
      replacements[value] = shift(other->second, front);
      continue;
    }
    Value slices = sliceOf(value);
    Value outside = slices ? slices : primal.result(stack(value));
    Value &argument = added[outside];
    if (!argument)
      argument = linear.add(Role::Slice, outside);
    replacements[value] = argument;
  }
  replaceIn(linear.block(), replacements);
}

LoopBuilder::Yielded LoopLinearizer::stack(Value value) {
  auto found = stacks.find(value);
  if (found != stacks.end())
    return found->second;
  return stacks[value] = primal.yield(Role::Slice, value);
}

/// In the linear body: the number of the slice.
Value LoopLinearizer::stepNumber() {
  if (!number) {
    auto type = RankedTensorType::get({loop.length}, c.emitter.primal.getI32Type());
    number = linear.add(Role::Slice, c.emitter.create<IotaOp>(type, uint64_t(0)));
  }
  return number;
}

/// The stacked value of the step before or after, except at one end, where the
/// carry comes from or goes outside.
Value LoopLinearizer::shift(const Shifted &source, OpBuilder &front) {
  Value outside = source.isBefore ? c.op->getOperand(loop.consts + source.carry)
                                  : primal.result(outs[source.carry]);
  Emitter emitter(front, loop.op->getLoc());
  Val stack(emitter, linear.add(Role::Const, primal.result(stacks.at(source.stacked))));
  Val end(emitter, linear.add(Role::Const, outside));
  Val step(emitter, stepNumber());
  bool isDown = source.isBefore != loop.reverse;
  SmallVector<int64_t> sizes(stack.shape());
  sizes.front() = 1;
  SmallVector<Value> starts(sizes.size(), emitter.zeros(step.type()));
  starts.front() = isDown ? step - 1 : step + 1;
  Val slice(emitter, emitter.create<DynamicSliceOp>(stack.value, starts, sizes));
  Val isEnd = compare(step, isDown ? 0 : double(loop.length - 1), "eq");
  return select(broadcast(isEnd, end.shape(), {}), end, reshape(slice, end.shape()));
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
