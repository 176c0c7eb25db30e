//===- WhileLinear.cpp - Loops of bounded length in reverse ---------------===//
//
// A loop of at most n steps is a scan over n steps, which does nothing once the
// condition fails. To store less than every step, the steps are nested: blocks
// of s steps, blocks of s such blocks, and so on. Of a block only what it starts
// from is stored, as it is a checkpoint. With two levels that are s + n / s
// carries, 2 sqrt(n) at best. Levels of the same length keep a bound that is
// far off cheap: what is not reached costs one test a level.
//
//===----------------------------------------------------------------------===//
#include "While.h"

#include "Cond.h"
#include "Loop.h"

#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;

namespace mjx {

namespace {

/// A length of blocks and a number of levels that make at least `steps` steps.
struct Levels {
  explicit Levels(int64_t steps) {
    // Short loops store every step; longer ones up to so many values a level.
    constexpr int64_t shortest = 16, longest = 1024;
    if (steps <= shortest) {
      count = 1, length = steps;
      return;
    }
    for (count = 2, length = root(steps); length > longest; length = root(steps))
      ++count;
  }

  int64_t count, length;

private:
  /// The smallest number whose power is at least `steps`.
  int64_t root(int64_t steps) const {
    int64_t guess = std::max<int64_t>(1, std::pow(double(steps), 1.0 / count));
    while (guess > 1 && power(guess - 1) >= steps)
      --guess;
    while (power(guess) < steps)
      ++guess;
    return guess;
  }
  int64_t power(int64_t base) const {
    int64_t product = 1;
    for (int64_t i = 0; i < count; ++i)
      product = llvm::SaturatingMultiply<uint64_t>(product, base) > uint64_t(INT64_MAX)
                    ? INT64_MAX
                    : product * base;
    return product;
  }
};

/// Builds the nest. Everything takes the operands of the loop and gives its
/// results.
class StepNest {
public:
  explicit StepNest(WhileOp op)
      : op(op), carries(op->getNumResults()), consts(op->getNumOperands() - carries),
        levels(op.getMaxSteps()) {}

  /// The outermost scan.
  ScanOp build(Emitter &emitter, ValueRange operands) {
    return buildLevel(emitter, operands, levels.count - 1);
  }

private:
  ScanOp buildLevel(Emitter &emitter, ValueRange operands, int64_t level);
  SmallVector<Value> buildStep(Emitter &emitter, ValueRange operands, int64_t level);
  SmallVector<Value> buildBlock(Emitter &emitter, ValueRange operands, int64_t level);
  Value isRunning(Emitter &emitter, ValueRange operands);
  SmallVector<Value> inlined(Emitter &emitter, Region &region, ValueRange arguments);

  WhileOp op;
  unsigned carries, consts;
  Levels levels;
};

ScanOp StepNest::buildLevel(Emitter &emitter, ValueRange operands, int64_t level) {
  LoopBuilder scan(op.getLoc(), levels.length, /*reverse=*/false);
  SmallVector<Value> inside;
  for (auto [i, operand] : llvm::enumerate(operands))
    inside.push_back(scan.add(i < consts ? Role::Const : Role::Carry, operand));
  Emitter inner(scan.builder(), op.getLoc());
  for (Value value : buildStep(inner, inside, level))
    scan.yield(Role::Carry, value);
  return cast<ScanOp>(scan.finish(emitter, /*asMap=*/false));
}

/// If the loop still runs: a step, or a block of lower level.
SmallVector<Value> StepNest::buildStep(Emitter &emitter, ValueRange operands, int64_t level) {
  CondBuilder cond(op.getLoc(), 2);
  for (Value operand : operands)
    cond.add(operand);
  cond.yield(0, ValueRange(cond.block(0).getArguments()).drop_front(consts));
  Emitter inner(cond.builder(1), op.getLoc());
  cond.yield(1, buildBlock(inner, cond.block(1).getArguments(), level));
  return cond.finish(emitter, isRunning(emitter, operands))->getResults();
}

SmallVector<Value> StepNest::buildBlock(Emitter &emitter, ValueRange operands, int64_t level) {
  if (level == 0)
    return inlined(emitter, op.getBody(), operands.drop_front(op.getCondConsts()));
  OperationState state(op.getLoc(), CheckpointOp::getOperationName());
  state.addOperands(operands);
  state.addTypes(op->getResultTypes());
  state.addAttribute("saves", emitter.primal.getStringAttr("nothing"));
  Block &block = state.addRegion()->emplaceBlock();
  for (Value operand : operands)
    block.addArgument(operand.getType(), op.getLoc());
  Emitter inner(atEnd(block, op.getLoc()), op.getLoc());
  ScanOp steps = buildLevel(inner, block.getArguments(), level - 1);
  YieldOp::create(inner.primal, op.getLoc(), steps.getOuts());
  return emitter.create(state)->getResults();
}

Value StepNest::isRunning(Emitter &emitter, ValueRange operands) {
  SmallVector<Value> arguments(operands.take_front(op.getCondConsts()));
  llvm::append_range(arguments, operands.drop_front(consts));
  return inlined(emitter, op.getCond(), arguments).front();
}

SmallVector<Value> StepNest::inlined(Emitter &emitter, Region &region, ValueRange arguments) {
  IRMapping map;
  map.map(region.getArguments(), arguments);
  for (Operation &inner : region.front().without_terminator())
    emitter.primal.clone(inner, map);
  return llvm::map_to_vector(region.front().getTerminator()->getOperands(),
                             [&](Value value) { return map.lookup(value); });
}

} // namespace

LogicalResult linearizeWhile(JvpContext &c, WhileOp op) {
  Emitter primal(c.emitter.primal, op.getLoc());
  ScanOp nest = StepNest(op).build(primal, op->getOperands());
  JvpContext ofNest(c.emitter, nest, c.tangents);
  if (failed(nest.buildJvp(ofNest)))
    return failure();
  for (unsigned k = 0; k < op->getNumResults(); ++k) {
    c.setOut(k, ofNest.outs[k]);
    c.set(k, Val(c.emitter, ofNest.results[k]));
  }
  if (nest->use_empty())
    nest.erase();
  return success();
}

} // namespace mjx
