//===- CondLinear.cpp - Branches linearized and run backwards -------------===//
#include "Cond.h"

#include "llvm/ADT/MapVector.h"

using namespace mlir;

namespace mjx {

namespace {

//===----------------------------------------------------------------------===//
// Linearization
//===----------------------------------------------------------------------===//

/// A cond for the values, which also returns what the tangents need of them,
/// and a cond for the tangents. Only one branch runs, so branches share the
/// additional results: a slot holds a value of whichever branch has one of its
/// type, zeros in the others.
class CondLinearizer {
public:
  CondLinearizer(JvpContext &c, CondOp op)
      : c(c), op(op), branches(op.getBranches().size()), primal(op.getLoc(), branches),
        linear(op.getLoc(), branches), maps(branches), tangents(branches), slots(branches),
        sources(branches) {}

  LogicalResult run();

private:
  LogicalResult sweep(unsigned b);
  void findActive();
  void yieldTangents(unsigned b);
  void chooseResiduals(unsigned b);
  void findSources(unsigned b);
  int assignSlot(unsigned b, Value value);
  void finishPrimal();
  void addSources();
  void finishLinear();

  JvpContext &c;
  CondOp op;
  unsigned branches;
  // The linear branches use values of the primal ones and go first.
  CondBuilder primal, linear;
  std::vector<IRMapping> maps;
  std::vector<DenseMap<Value, Value>> tangents;
  SmallVector<unsigned> active;
  SmallVector<int> tangentOperands;
  SmallVector<Type> slotTypes;
  /// What each branch puts into the slots.
  std::vector<SmallVector<Value>> slots;
  /// Where a value used by a linear branch comes from: an operand of the op, or
  /// past these a result of the new one.
  std::vector<llvm::MapVector<Value, unsigned>> sources;
  Operation *values = nullptr;
};

LogicalResult CondLinearizer::run() {
  for (unsigned i = 1; i < op->getNumOperands(); ++i) {
    primal.add(c.in(i));
    tangentOperands.push_back(c.tangent(i) ? int(linear.add(c.tangent(i))) : -1);
  }
  for (unsigned b = 0; b < branches; ++b)
    if (failed(sweep(b)))
      return failure();
  findActive();
  if (active.empty())
    return success();
  for (unsigned b = 0; b < branches; ++b) {
    yieldTangents(b);
    chooseResiduals(b);
    cloneConstants(primal.block(b), linear.block(b));
    findSources(b);
  }
  finishPrimal();
  addSources();
  finishLinear();
  return success();
}

LogicalResult CondLinearizer::sweep(unsigned b) {
  Block &branch = op.getBranches()[b].front();
  Emitter inner(primal.builder(b), linear.builder(b), op.getLoc());
  for (auto [i, argument] : llvm::enumerate(branch.getArguments())) {
    maps[b].map(argument, primal.argument(b, i));
    if (tangentOperands[i] < 0)
      continue;
    Value tangent = linear.argument(b, tangentOperands[i]);
    inner.markLinear(tangent);
    tangents[b][argument] = tangent;
  }
  return sweepJvp(inner, branch, maps[b], tangents[b]);
}

void CondLinearizer::findActive() {
  for (unsigned k = 0; k < op->getNumResults(); ++k)
    if (llvm::any_of(llvm::seq(branches),
                     [&](unsigned b) { return tangents[b].lookup(yielded(op, b, k)); }))
      active.push_back(k);
}

void CondLinearizer::yieldTangents(unsigned b) {
  Emitter inner(linear.builder(b), op.getLoc());
  SmallVector<Value> results;
  for (unsigned k : active) {
    Value tangent = tangents[b].lookup(yielded(op, b, k));
    results.push_back(tangent ? tangent : inner.zeros(op->getResult(k).getType()));
  }
  linear.yield(b, results);
}

/// Operands, results and constants are there anyway.
void CondLinearizer::chooseResiduals(unsigned b) {
  Block &branch = primal.block(b);
  DenseSet<Value> isThere = computedFrom(branch, {});
  isThere.insert_range(branch.getArguments());
  for (unsigned k = 0; k < op->getNumResults(); ++k)
    isThere.insert(maps[b].lookup(yielded(op, b, k)));
  auto isFree = [&](Value value) { return isThere.contains(value); };
  computeAgain(branch, linear.block(b), {isFree});
}

void CondLinearizer::findSources(unsigned b) {
  DenseMap<Value, unsigned> results;
  for (unsigned k = 0; k < op->getNumResults(); ++k)
    results.try_emplace(maps[b].lookup(yielded(op, b, k)), k);
  for (Value value : valuesUsed(primal.block(b), linear.block(b))) {
    auto argument = dyn_cast<BlockArgument>(value);
    auto result = results.find(value);
    unsigned past = op->getNumOperands();
    if (argument)
      sources[b][value] = argument.getArgNumber() + 1;
    else if (result != results.end())
      sources[b][value] = past + result->second;
    else
      sources[b][value] = past + op->getNumResults() + assignSlot(b, value);
  }
}

int CondLinearizer::assignSlot(unsigned b, Value value) {
  for (auto [slot, type] : llvm::enumerate(slotTypes)) {
    slots[b].resize(slotTypes.size());
    if (slots[b][slot] || type != value.getType())
      continue;
    slots[b][slot] = value;
    return slot;
  }
  slotTypes.push_back(value.getType());
  slots[b].resize(slotTypes.size());
  slots[b].back() = value;
  return slotTypes.size() - 1;
}

void CondLinearizer::finishPrimal() {
  for (unsigned b = 0; b < branches; ++b) {
    Emitter inner(primal.builder(b), op.getLoc());
    SmallVector<Value> results;
    for (unsigned k = 0; k < op->getNumResults(); ++k)
      results.push_back(maps[b].lookup(yielded(op, b, k)));
    slots[b].resize(slotTypes.size());
    for (auto [type, value] : llvm::zip_equal(slotTypes, slots[b]))
      results.push_back(value ? value : inner.zeros(type));
    primal.yield(b, results);
  }
  values = primal.finish(c.emitter, c.in(0));
}

/// Makes each source an operand of the linear cond.
void CondLinearizer::addSources() {
  unsigned past = op->getNumOperands();
  DenseMap<unsigned, unsigned> operands;
  for (unsigned b = 0; b < branches; ++b)
    for (auto [value, source] : sources[b]) {
      Value outside = source < past ? c.in(source).value : values->getResult(source - past);
      if (!operands.count(source))
        operands[source] = linear.add(outside);
    }
  for (unsigned b = 0; b < branches; ++b) {
    DenseMap<Value, Value> replacements;
    for (auto [value, source] : sources[b])
      replacements[value] = linear.argument(b, operands[source]);
    replaceIn(linear.block(b), replacements);
  }
}

void CondLinearizer::finishLinear() {
  Operation *derivative = linear.finish(c.emitter, c.in(0));
  for (unsigned k = 0; k < op->getNumResults(); ++k)
    c.setOut(k, values->getResult(k));
  for (auto [index, k] : llvm::enumerate(active))
    c.set(k, Val(c.emitter, derivative->getResult(index)));
}

//===----------------------------------------------------------------------===//
// Transposition
//===----------------------------------------------------------------------===//

/// A cond over the transposed branches. What has been accumulated for an
/// operand goes through the branch, which adds to the parts it read only.
class CondTransposer {
public:
  CondTransposer(TransposeContext &c, CondOp op)
      : c(c), op(op), branches(op.getBranches().size()), reversed(op.getLoc(), branches),
        linear(branches), accumulated(c), cotangents(branches), contributions(branches) {}

  LogicalResult run();

private:
  void addOperands();
  LogicalResult sweep(unsigned b);
  void seed(unsigned b, Emitter &inner, IRMapping &map);
  bool isReached(unsigned i);
  void finish();

  TransposeContext &c;
  CondOp op;
  unsigned branches;
  // Linear ops use values of the new branches and go first.
  CondBuilder reversed;
  std::vector<Region> linear;
  Accumulators accumulated;
  std::vector<Cotangents> cotangents;
  /// By branch and operand; null is zero.
  std::vector<SmallVector<Value>> contributions;
  /// The new operands for the op's own, for the cotangents of its results, and
  /// for what has been accumulated; -1 is none.
  SmallVector<int> operands, results, accumulators;
};

LogicalResult CondTransposer::run() {
  addOperands();
  for (unsigned b = 0; b < branches; ++b)
    if (failed(sweep(b)))
      return failure();
  finish();
  return success();
}

void CondTransposer::addOperands() {
  for (unsigned i = 1; i < op->getNumOperands(); ++i) {
    operands.push_back(c.isLinear(i) ? -1 : int(reversed.add(c.in(i))));
    Val accumulator = accumulated.claim(i);
    accumulators.push_back(accumulator ? int(reversed.add(accumulator)) : -1);
  }
  for (unsigned k = 0; k < op->getNumResults(); ++k)
    results.push_back(c.cotangent(k) ? int(reversed.add(c.cotangent(k))) : -1);
}

/// The cotangents a branch starts from.
void CondTransposer::seed(unsigned b, Emitter &inner, IRMapping &map) {
  for (auto [i, argument] : llvm::enumerate(op.getBranches()[b].front().getArguments()))
    if (accumulators[i] >= 0)
      cotangents[b][map.lookup(argument)] = reversed.argument(b, accumulators[i]);
  for (unsigned k = 0; k < op->getNumResults(); ++k) {
    Value value = map.lookup(yielded(op, b, k));
    if (results[k] < 0 || !inner.isLinear(value))
      continue;
    Value &sum = cotangents[b][value];
    sum = Val(inner, sum) + Val(inner, reversed.argument(b, results[k]));
  }
}

LogicalResult CondTransposer::sweep(unsigned b) {
  Block &branch = op.getBranches()[b].front();
  Block &linearBlock = linear[b].emplaceBlock();
  Emitter inner(reversed.builder(b), op.getLoc());
  IRMapping map;
  for (auto [i, argument] : llvm::enumerate(branch.getArguments())) {
    if (operands[i] >= 0) {
      map.map(argument, reversed.argument(b, operands[i]));
      continue;
    }
    map.map(argument, linearBlock.addArgument(argument.getType(), op.getLoc()));
    inner.markLinear(map.lookup(argument));
  }
  splitLinear(inner, branch, map, linearBlock);
  seed(b, inner, map);
  if (failed(sweepTranspose(inner, linearBlock, cotangents[b])))
    return failure();
  for (BlockArgument argument : branch.getArguments())
    contributions[b].push_back(cotangents[b].lookup(map.lookup(argument)));
  return success();
}

/// Whether some branch contributes to operand `i` of the branches.
bool CondTransposer::isReached(unsigned i) {
  return llvm::any_of(llvm::seq(branches), [&](unsigned b) {
    Value start = accumulators[i] < 0 ? Value() : reversed.argument(b, accumulators[i]);
    return operands[i] < 0 && contributions[b][i] != start;
  });
}

void CondTransposer::finish() {
  auto reached = llvm::filter_to_vector(llvm::seq<unsigned>(operands.size()),
                                        [&](unsigned i) { return isReached(i); });
  if (reached.empty())
    return;
  for (unsigned b = 0; b < branches; ++b) {
    Emitter inner(reversed.builder(b), op.getLoc());
    SmallVector<Value> values;
    for (unsigned i : reached) {
      Value value = contributions[b][i];
      values.push_back(value ? value : inner.zeros(op.getIns()[i].getType()));
    }
    reversed.yield(b, values);
  }
  Operation *result = reversed.finish(c.emitter, c.in(0));
  for (auto [index, i] : llvm::enumerate(reached))
    accumulated.give(i + 1, result->getResult(index));
  accumulated.finish();
}

} // namespace

LogicalResult linearizeCond(JvpContext &c, CondOp op) { return CondLinearizer(c, op).run(); }

LogicalResult transposeCond(TransposeContext &c, CondOp op) { return CondTransposer(c, op).run(); }

} // namespace mjx
