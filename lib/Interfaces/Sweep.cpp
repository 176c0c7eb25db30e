//===- Sweep.cpp - Asking every op of a block for its rule ----------------===//
#include "mjx/Interfaces/Sweep.h"

#include "mjx/IR/Mjx.h"

#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;

namespace mjx {

//===----------------------------------------------------------------------===//
// Forward
//===----------------------------------------------------------------------===//

static LogicalResult emitTangents(Emitter &emitter, Operation &op, Operation *clone, IRMapping &map,
                                  DenseMap<Value, Value> &tangents) {
  SmallVector<Value> operandTangents;
  for (Value operand : op.getOperands())
    operandTangents.push_back(tangents.lookup(operand));
  JvpContext context(emitter, clone, operandTangents);
  auto rule = dyn_cast<JvpOpInterface>(clone);
  if (!rule)
    return op.emitOpError("has no derivative rule");
  if (failed(rule.buildJvp(context)))
    return failure();
  for (auto [result, out, tangent] : llvm::zip(op.getResults(), context.outs, context.results)) {
    map.map(result, out);
    if (tangent && isDifferentiable(result.getType()))
      tangents[result] = tangent;
  }
  // A rule that rebuilt the primal left the clone without users.
  if (context.outs != SmallVector<Value>(clone->getResults()) && clone->use_empty())
    clone->erase();
  return success();
}

LogicalResult sweepJvp(Emitter &emitter, Block &body, IRMapping &map,
                       DenseMap<Value, Value> &tangents) {
  for (Operation &op : body.without_terminator()) {
    if (isOpTriviallyDead(&op))
      continue;
    emitter.loc = op.getLoc();
    Operation *clone = emitter.primal.clone(op, map);
    bool isActive = llvm::any_of(op.getOperands(), [&](Value v) { return tangents.lookup(v); });
    // Without results there is nothing to differentiate, only effects.
    if (!isActive || op.hasTrait<NotDifferentiable>() || op.getNumResults() == 0)
      continue;
    if (failed(emitTangents(emitter, op, clone, map, tangents)))
      return failure();
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Backward
//===----------------------------------------------------------------------===//

LogicalResult sweepTranspose(Emitter &emitter, Block &linearBlock, Cotangents &cotangents) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(linearBlock))) {
    bool isReached = llvm::any_of(op.getResults(), [&](Value v) { return cotangents.lookup(v); });
    bool isLinear = llvm::any_of(op.getOperands(), [&](Value v) { return emitter.isLinear(v); });
    if (!isReached || !isLinear)
      continue;
    emitter.loc = op.getLoc();
    TransposeContext context(emitter, &op, cotangents);
    auto rule = dyn_cast<LinearOpInterface>(op);
    if (!rule)
      return op.emitOpError("is not linear, so it cannot be reversed");
    if (failed(rule.buildTranspose(context)))
      return failure();
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Batch
//===----------------------------------------------------------------------===//

static LogicalResult emitBatched(Emitter &emitter, Operation &op, IRMapping &map,
                                 DenseMap<Value, int64_t> &dims, BatchAxis axis) {
  SmallVector<Value> operands;
  SmallVector<int64_t> operandDims;
  for (Value operand : op.getOperands()) {
    auto found = dims.find(operand);
    operands.push_back(map.lookupOrDefault(operand));
    operandDims.push_back(found == dims.end() ? -1 : found->second);
  }
  if (op.hasTrait<NeverBatched>())
    return op.emitOpError("cannot be batched; resolve it before the vmap around it");
  BatchContext context(emitter, &op, operands, operandDims, axis);
  auto rule = dyn_cast<BatchOpInterface>(op);
  if (failed(rule ? rule.buildBatch(context) : batchByLanes(context)))
    return failure();
  for (auto [result, value, dim] :
       llvm::zip(op.getResults(), context.results, context.resultDims)) {
    map.map(result, value);
    if (dim >= 0)
      dims[result] = dim;
  }
  return success();
}

LogicalResult sweepBatch(Emitter &emitter, Block &body, IRMapping &map,
                         DenseMap<Value, int64_t> &dims, BatchAxis axis) {
  for (Operation &op : body.without_terminator()) {
    if (isOpTriviallyDead(&op))
      continue;
    emitter.loc = op.getLoc();
    bool isBatched = llvm::any_of(op.getOperands(), [&](Value v) { return dims.count(v); });
    if (!isBatched && !namesAxis(&op, axis.name)) {
      emitter.primal.clone(op, map);
      continue;
    }
    if (failed(emitBatched(emitter, op, map, dims, axis)))
      return failure();
  }
  return success();
}

} // namespace mjx
