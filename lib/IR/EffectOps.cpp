//===- EffectOps.cpp - Programs that talk to the host ---------------------===//
#include "mjx/IR/Mjx.h"

using namespace mlir;

namespace mjx {

using Effects = SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>;

/// One resource for all, so that everything that has an effect keeps its order.
static void touchWorld(Effects &effects) { effects.emplace_back(MemoryEffects::Write::get()); }

//===----------------------------------------------------------------------===//
// Calls over a batch
//===----------------------------------------------------------------------===//

/// The batch in front of a type.
static Type batchedType(Type type, int64_t size) {
  auto tensor = cast<RankedTensorType>(type);
  SmallVector<int64_t> shape(tensor.getShape());
  shape.insert(shape.begin(), size);
  return tensor.clone(shape);
}

/// Operand `i` as one call for all examples gets it.
static Val batchedOperand(BatchContext &c, unsigned i, StringRef method) {
  if (c.isBatched(i) || method == "broadcast_all")
    return c.front(i);
  return method == "expand_dims" ? moveBatchDim(c.in(i), -1, 0, 1) : c.in(i);
}

static LogicalResult batchCall(BatchContext &c, StringRef method) {
  if (method == "sequential")
    return batchByLanes(c);
  SmallVector<Value> operands;
  for (unsigned i = 0; i < c.operands.size(); ++i)
    operands.push_back(batchedOperand(c, i, method));
  SmallVector<Type> types;
  for (Type type : c.op->getResultTypes())
    types.push_back(batchedType(type, c.size));
  Operation *batched = c.emitter.cloneWith(c.op, operands, types);
  for (unsigned i = 0; i < c.results.size(); ++i)
    c.set(i, Val(c.emitter, batched->getResult(i)), 0);
  return success();
}

/// The user's line that an op comes from, for messages.
static std::string placeOf(Operation *op) {
  auto place = op->getLoc()->findInstanceOf<FileLineColLoc>();
  return place ? (" at " + place.getFilename().getValue() + ":" + Twine(place.getLine())).str()
               : "";
}

static LogicalResult refuseBatch(Operation *op, StringRef who) {
  return op->emitError() << who << placeOf(op)
                         << ": expected a vmap_method, since the call is under vmap, but got none; "
                            "pass vmap_method='sequential' or another";
}

/// Whether a tangent reaches a result that has one, which only a rule of the
/// caller's could give.
static LogicalResult refuseTangents(JvpContext &c, StringRef who) {
  if (llvm::none_of(c.op->getResultTypes(), isDifferentiable))
    return success();
  return c.op->emitError() << who << placeOf(c.op)
                           << ": expected a result that is not differentiated, since nothing is "
                              "known of the function's derivative, but a tangent reaches it; wrap "
                              "the call in custom_jvp or custom_vjp, or its arguments in "
                              "stop_gradient";
}

//===----------------------------------------------------------------------===//
// HostCallbackOp
//===----------------------------------------------------------------------===//

void HostCallbackOp::getEffects(Effects &effects) {
  if (getKind() != "pure")
    touchWorld(effects);
}

static std::string callbackName(HostCallbackOp op) { return (op.getKind() + "_callback").str(); }

// A debug callback looks on: nothing is differentiated by it.
LogicalResult HostCallbackOp::buildJvp(JvpContext &c) {
  auto op = cast<HostCallbackOp>(c.op);
  return op.getKind() == "debug" ? success() : refuseTangents(c, callbackName(op));
}

LogicalResult HostCallbackOp::buildBatch(BatchContext &c) {
  StringRef method = getVmapMethod();
  // What is ordered comes example by example.
  if (getOrdered() || getKind() == "debug")
    method = "sequential";
  if (method == "none")
    return refuseBatch(*this, callbackName(*this));
  return batchCall(c, method);
}

//===----------------------------------------------------------------------===//
// CheckOp
//===----------------------------------------------------------------------===//

void CheckOp::getEffects(Effects &effects) { touchWorld(effects); }

LogicalResult CheckOp::buildBatch(BatchContext &c) { return batchByLanes(c); }

//===----------------------------------------------------------------------===//
// CustomCallOp
//===----------------------------------------------------------------------===//

void CustomCallOp::getEffects(Effects &effects) {
  if (getHasEffects())
    touchWorld(effects);
}

LogicalResult CustomCallOp::buildJvp(JvpContext &c) { return refuseTangents(c, "ffi_call"); }

LogicalResult CustomCallOp::buildBatch(BatchContext &c) {
  if (getVmapMethod() == "none")
    return refuseBatch(*this, "ffi_call");
  return batchCall(c, getVmapMethod());
}

} // namespace mjx
