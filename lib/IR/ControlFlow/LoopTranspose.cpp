//===- LoopTranspose.cpp - Loops run backwards ----------------------------===//
#include "Loop.h"

using namespace mlir;

namespace mjx {

namespace {

/// The loop over the transposed body in the opposite direction. It carries the
/// cotangents of the carries and, as accumulators, those of the constants: a
/// step that read a part of a constant adds to that part only. Its slices are
/// the cotangents of the stacked results, and it stacks those of the slices.
class LoopTransposer {
public:
  LoopTransposer(TransposeContext &c, const Loop &loop)
      : c(c), loop(loop), builder(loop.op->getLoc(), loop.length, !loop.reverse),
        inner(builder.builder(), loop.op->getLoc()), accumulators(c) {}

  LogicalResult run();

private:
  bool isLinear(unsigned i) const { return loop.role(i) == Role::Carry || c.isLinear(i); }
  LogicalResult checkCarries();
  void findReached();
  void addOperands();
  void addCotangents();
  LogicalResult sweep();
  void yieldCotangents();
  void contribute();

  TransposeContext &c;
  const Loop &loop;
  // Linear ops use values of the body under construction and go first.
  LoopBuilder builder;
  Region linearRegion;
  Emitter inner;
  IRMapping map;
  Cotangents cotangents;
  Accumulators accumulators;
  /// Which operands may get a cotangent that is not zero.
  Marks reached;
  /// Cotangents of results inside; null is zero.
  SmallVector<Value> resultCotangents;
  /// Results of the new loop that belong to operands.
  SmallVector<std::optional<LoopBuilder::Yielded>> contributions;
};

LogicalResult LoopTransposer::run() {
  if (failed(checkCarries()))
    return failure();
  linearRegion.emplaceBlock();
  contributions.resize(loop.op->getNumOperands());
  findReached();
  addOperands();
  addCotangents();
  if (failed(sweep()))
    return failure();
  yieldCotangents();
  builder.finish(c.emitter, loop.isMap);
  contribute();
  return success();
}

LogicalResult LoopTransposer::checkCarries() {
  for (unsigned k = 0; k < loop.carries; ++k)
    if (Type type = loop.op->getResult(k).getType(); !isDifferentiable(type))
      return loop.op->emitOpError("cannot be reversed: expected carries of floating point or "
                                  "complex elements, but got ")
             << type << " as carry " << k << "; linearize the loop it comes from first";
  return success();
}

/// Follows cotangents backwards from those there are, round the loop until
/// nothing changes.
void LoopTransposer::findReached() {
  Block &body = loop.body();
  Marks linear, results;
  for (unsigned i = 0; i < body.getNumArguments(); ++i)
    linear.push_back(isLinear(i));
  for (unsigned k = 0; k < loop.op->getNumResults(); ++k)
    results.push_back(static_cast<bool>(c.cotangent(k)));
  for (bool changed = true; changed;) {
    changed = false;
    reached = reachedArguments(body, linear, results);
    for (unsigned k = 0; k < loop.carries; ++k)
      if (reached[loop.consts + k] && !results[k])
        results[k] = changed = true;
  }
  for (unsigned k = 0; k < loop.carries; ++k)
    reached[loop.consts + k] = results[k];
}

void LoopTransposer::addOperands() {
  for (auto [i, argument] : llvm::enumerate(loop.body().getArguments())) {
    if (!isLinear(i)) {
      map.map(argument, builder.add(loop.role(i), c.in(i)));
      continue;
    }
    Value inside = linearRegion.front().addArgument(argument.getType(), loop.op->getLoc());
    inner.markLinear(inside);
    map.map(argument, inside);
    if (loop.role(i) == Role::Const && reached[i])
      cotangents[inside] = builder.add(Role::Carry, accumulators.claimOrZeros(i));
  }
}

void LoopTransposer::addCotangents() {
  for (unsigned k = 0; k < loop.op->getNumResults(); ++k) {
    Role role = loop.resultRole(k);
    bool isCarried = role == Role::Carry && reached[loop.consts + k];
    Val cotangent = isCarried ? c.materialized(k) : c.cotangent(k);
    resultCotangents.push_back(cotangent ? builder.add(role, cotangent) : Value());
  }
}

LogicalResult LoopTransposer::sweep() {
  splitLinear(inner, loop.body(), map, linearRegion.front());
  for (auto [k, cotangent] : llvm::enumerate(resultCotangents)) {
    Value value = map.lookup(loop.yielded(k));
    if (!cotangent || !inner.isLinear(value))
      continue;
    Value &sum = cotangents[value];
    sum = Val(inner, sum) + Val(inner, cotangent);
  }
  return sweepTranspose(inner, linearRegion.front(), cotangents);
}

void LoopTransposer::yieldCotangents() {
  for (auto [i, argument] : llvm::enumerate(loop.body().getArguments())) {
    if (!isLinear(i) || (!reached[i] && loop.role(i) != Role::Slice))
      continue;
    Value cotangent = cotangents.lookup(map.lookup(argument));
    if (!cotangent && loop.role(i) == Role::Slice)
      continue;
    if (!cotangent)
      cotangent = inner.zeros(argument.getType());
    Role role = loop.role(i) == Role::Slice ? Role::Slice : Role::Carry;
    contributions[i] = builder.yield(role, cotangent);
  }
  // Cotangents of carries that nobody asks for are carried on only if others
  // need them.
  SmallVector<LoopBuilder::Yielded> wanted;
  for (auto [i, contribution] : llvm::enumerate(contributions)) {
    if (contribution && c.isLinear(i))
      wanted.push_back(*contribution);
    else
      contribution.reset();
  }
  builder.dropCarries(wanted);
}

void LoopTransposer::contribute() {
  for (auto [i, contribution] : llvm::enumerate(contributions))
    if (contribution)
      accumulators.give(i, builder.result(*contribution));
  accumulators.finish();
}

} // namespace

LogicalResult transposeLoop(TransposeContext &c, const Loop &loop) {
  return LoopTransposer(c, loop).run();
}

} // namespace mjx
