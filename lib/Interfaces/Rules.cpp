//===- Rules.cpp - What a rule is given -----------------------------------===//
#include "mjx/Interfaces/Rules.h"

#include "mjx/IR/Mjx.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace mjx {

bool isDifferentiable(Type type) { return isa<FloatType, ComplexType>(getElementTypeOrSelf(type)); }

//===----------------------------------------------------------------------===//
// JvpContext
//===----------------------------------------------------------------------===//

JvpContext::JvpContext(Emitter &emitter, Operation *op, ArrayRef<Value> tangents)
    : emitter(emitter), op(op), tangents(tangents), outs(op->getResults()),
      results(op->getNumResults()) {}

Val JvpContext::materialized(unsigned i) const {
  if (tangents[i])
    return tangent(i);
  return {emitter, emitter.zeros(op->getOperand(i).getType())};
}

//===----------------------------------------------------------------------===//
// TransposeContext
//===----------------------------------------------------------------------===//

TransposeContext::TransposeContext(Emitter &emitter, Operation *op, Cotangents &cotangents)
    : emitter(emitter), op(op), cotangents(cotangents) {}

Val TransposeContext::cotangent(unsigned i) const {
  return {emitter, cotangents.lookup(op->getResult(i))};
}

Val TransposeContext::materialized(unsigned i) const {
  if (Val value = cotangent(i))
    return value;
  return {emitter, emitter.zeros(op->getResult(i).getType())};
}

void TransposeContext::add(unsigned i, Val value) {
  if (!isLinear(i) || !value)
    return;
  Value &accumulator = cotangents[op->getOperand(i)];
  accumulator = combined({emitter, accumulator}, value);
}

void TransposeContext::accumulate(unsigned i, llvm::function_ref<Val(Val)> step) {
  if (!isLinear(i))
    return;
  Value accumulator = cotangents.lookup(op->getOperand(i));
  if (!accumulator) {
    accumulator = emitter.zeros(op->getOperand(i).getType());
    emitter.begun[accumulator] = {};
  }
  cotangents[op->getOperand(i)] = step(Val(emitter, accumulator));
}

//===----------------------------------------------------------------------===//
// BatchContext
//===----------------------------------------------------------------------===//

BatchContext::BatchContext(Emitter &emitter, Operation *op, ArrayRef<Value> operands,
                           ArrayRef<int64_t> dims, BatchAxis axis)
    : emitter(emitter), op(op), axis(axis), size(axis.size), operands(operands),
      results(op->getNumResults()), dims(dims), resultDims(op->getNumResults(), -1) {}

bool namesAxis(Operation *op, StringRef name) {
  if (name.empty())
    return false;
  auto names = [&](NamedAxisOpInterface named) {
    return named.namesAxis(name) ? WalkResult::interrupt() : WalkResult::advance();
  };
  return op->walk(names).wasInterrupted();
}

static Val insertBatchDim(Val value, int64_t to, int64_t size) {
  SmallVector<int64_t> shape(value.shape()), dims = iotaDims(value.rank());
  shape.insert(shape.begin() + to, size);
  for (int64_t &dim : dims)
    dim += dim >= to;
  return {*value.emitter,
          value.emitter->create<BroadcastInDimOp>(value.type().clone(shape), value.value, dims)};
}

Val moveBatchDim(Val value, int64_t from, int64_t to, int64_t size) {
  if (from < 0)
    return insertBatchDim(value, to, size);
  SmallVector<int64_t> permutation = otherDims(value.rank(), from);
  permutation.insert(permutation.begin() + to, from);
  return transpose(value, permutation);
}

Val BatchContext::at(unsigned i, int64_t dim) const {
  return moveBatchDim(in(i), dims[i], dim, size);
}

void BatchContext::set(unsigned i, Val value, int64_t dim) {
  results[i] = value;
  resultDims[i] = dim;
}

/// The batch dimension of the operand with most elements: the others move.
static int64_t commonBatchDim(BatchContext &c) {
  int64_t best = -1, bestSize = -1;
  for (unsigned i = 0; i < c.operands.size(); ++i) {
    int64_t size = c.in(i).type().getNumElements();
    if (c.isBatched(i) && size > bestSize)
      best = c.dim(i), bestSize = size;
  }
  return best;
}

LogicalResult BatchContext::pointwise() {
  int64_t dim = commonBatchDim(*this);
  SmallVector<Value> moved;
  for (unsigned i = 0; i < operands.size(); ++i)
    moved.push_back(at(i, dim));
  SmallVector<int64_t> shape(cast<RankedTensorType>(moved.front().getType()).getShape());
  SmallVector<Type> types;
  for (Type type : op->getResultTypes())
    types.push_back(cast<RankedTensorType>(type).clone(shape));
  Operation *batched = emitter.cloneWith(op, moved, types);
  for (unsigned i = 0; i < results.size(); ++i)
    set(i, Val(emitter, batched->getResult(i)), dim);
  return success();
}

} // namespace mjx
