//===- Call.cpp - Functions of the module, and calls to them --------------===//
#include "Regions.h"

#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;

namespace mjx {

namespace {

/// The body of the function a call names.
FailureOr<Block *> calleeBody(CallOp call) {
  auto function =
      SymbolTable::lookupNearestSymbolFrom<FunctionOpInterface>(call, call.getCalleeAttr());
  if (!function)
    return call.emitOpError("expected a function ")
           << call.getCalleeAttr() << " in the module, but found none";
  Region &body = function.getFunctionBody();
  if (!body.hasOneBlock())
    return call.emitOpError("expected function ")
           << call.getCalleeAttr() << " to have a body of one block, but got "
           << body.getBlocks().size();
  return &body.front();
}

SmallVector<Value> lookUp(ValueRange values, const IRMapping &map) {
  return llvm::map_to_vector(values, [&](Value v) { return map.lookup(v); });
}

FailureOr<SmallVector<Value>> inlineCall(CallOp call, OpBuilder &builder) {
  FailureOr<Block *> body = calleeBody(call);
  if (failed(body))
    return failure();
  IRMapping map;
  map.map((*body)->getArguments(), call.getIns());
  for (Operation &op : (*body)->without_terminator())
    builder.clone(op, map);
  return lookUp((*body)->getTerminator()->getOperands(), map);
}

LogicalResult checkTypes(CallOp call, StringRef what, TypeRange expected, TypeRange got) {
  if (expected.size() != got.size())
    return call.emitOpError("expected ") << expected.size() << " " << what << "s for "
                                         << call.getCalleeAttr() << ", but got " << got.size();
  for (auto [index, type, gotType] : llvm::enumerate(expected, got))
    if (type != gotType)
      return call.emitOpError("expected ") << what << " " << index << " of " << call.getCalleeAttr()
                                           << " to be " << type << ", but got " << gotType;
  return success();
}

/// Whether `function` calls itself, through any number of others.
bool isRecursive(FunctionOpInterface function, SymbolTableCollection &symbols) {
  SmallVector<Operation *> open{function};
  DenseSet<Operation *> seen;
  bool found = false;
  while (!open.empty() && !found)
    open.pop_back_val()->walk([&](CallOp call) {
      Operation *callee = symbols.lookupNearestSymbolFrom(call, call.getCalleeAttr());
      found |= callee == function;
      if (callee && seen.insert(callee).second)
        open.push_back(callee);
    });
  return found;
}

/// Runs the linear ops of `body` backwards where the call is.
LogicalResult transposeInline(TransposeContext &c, Block &body) {
  Region linearRegion;
  Block &linearBlock = linearRegion.emplaceBlock();
  Emitter inner(c.emitter.primal, c.op->getLoc());
  IRMapping map;
  map.map(body.getArguments(), c.op->getOperands());
  for (BlockArgument argument : body.getArguments())
    if (c.isLinear(argument.getArgNumber())) {
      map.map(argument, linearBlock.addArgument(argument.getType(), c.op->getLoc()));
      inner.markLinear(map.lookup(argument));
    }
  splitLinear(inner, body, map, linearBlock);

  Accumulators accumulators(c);
  Cotangents cotangents;
  for (auto [i, argument] : llvm::enumerate(body.getArguments()))
    if (Val start = accumulators.claim(i))
      cotangents[map.lookup(argument)] = start;
  for (auto [k, value] : llvm::enumerate(body.getTerminator()->getOperands()))
    if (inner.isLinear(map.lookup(value)) && c.cotangent(k)) {
      Value &sum = cotangents[map.lookup(value)];
      sum = Val(inner, sum) + c.cotangent(k);
    }
  if (failed(sweepTranspose(inner, linearBlock, cotangents)))
    return failure();
  for (auto [i, argument] : llvm::enumerate(body.getArguments()))
    if (Value cotangent = c.isLinear(i) ? cotangents.lookup(map.lookup(argument)) : Value())
      accumulators.give(i, cotangent);
  accumulators.finish();
  return success();
}

} // namespace

LogicalResult inlineCalls(Operation *op) {
  SmallVector<CallOp> calls;
  auto collect = [&] { op->walk([&](CallOp call) { calls.push_back(call); }); };
  for (collect(); !calls.empty(); collect())
    for (CallOp call : std::exchange(calls, {})) {
      OpBuilder builder(call);
      FailureOr<SmallVector<Value>> values = inlineCall(call, builder);
      if (failed(values))
        return failure();
      call->replaceAllUsesWith(*values);
      call->erase();
    }
  return success();
}

//===----------------------------------------------------------------------===//
// CallOp
//===----------------------------------------------------------------------===//

LogicalResult CallOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto function = symbols.lookupNearestSymbolFrom<FunctionOpInterface>(*this, getCalleeAttr());
  if (!function)
    return emitOpError("expected a function ")
           << getCalleeAttr() << " in the module, but found none";
  if (!function.getFunctionBody().hasOneBlock())
    return emitOpError("expected function ")
           << getCalleeAttr() << " to have a body of one block, but got "
           << function.getFunctionBody().getBlocks().size();
  if (isRecursive(function, symbols))
    return emitOpError("expected calls to end, but ")
           << getCalleeAttr() << " calls itself; use scan or while";
  if (failed(checkTypes(*this, "argument", function.getArgumentTypes(), getIns().getTypes())))
    return failure();
  return checkTypes(*this, "result", function.getResultTypes(), getResultTypes());
}

/// An unknown function may do anything.
void CallOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>> &effects) {
  auto function = SymbolTable::lookupNearestSymbolFrom<FunctionOpInterface>(*this, getCalleeAttr());
  bool hasEffect = !function;
  if (function)
    function.getFunctionBody().walk([&](Operation *op) {
      hasEffect |= !op->hasTrait<OpTrait::IsTerminator>() && !isMemoryEffectFree(op);
    });
  if (hasEffect)
    effects.emplace_back(MemoryEffects::Write::get());
}

bool CallOp::namesAxis(StringRef axis) {
  auto function = SymbolTable::lookupNearestSymbolFrom<FunctionOpInterface>(*this, getCalleeAttr());
  return function && mjx::namesAxis(function, axis);
}

/// It is not known without looking: results are taken to vary.
bool CallOp::variesOverAxis() { return true; }

// The rules of a call are those of the ops in its callee.

LogicalResult CallOp::buildJvp(JvpContext &c) {
  auto call = cast<CallOp>(c.op);
  FailureOr<Block *> body = calleeBody(call);
  if (failed(body))
    return failure();
  IRMapping map;
  DenseMap<Value, Value> tangents;
  map.map((*body)->getArguments(), call.getIns());
  for (auto [argument, tangent] : llvm::zip_equal((*body)->getArguments(), c.tangents))
    if (tangent)
      tangents[argument] = tangent;
  if (failed(sweepJvp(c.emitter, **body, map, tangents)))
    return failure();
  for (auto [k, value] : llvm::enumerate((*body)->getTerminator()->getOperands())) {
    c.setOut(k, map.lookup(value));
    c.set(k, Val(c.emitter, tangents.lookup(value)));
  }
  return success();
}

LogicalResult CallOp::buildTranspose(TransposeContext &c) {
  FailureOr<Block *> body = calleeBody(*this);
  if (failed(body))
    return failure();
  return transposeInline(c, **body);
}

LogicalResult CallOp::buildBatch(BatchContext &c) {
  FailureOr<Block *> body = calleeBody(*this);
  if (failed(body))
    return failure();
  IRMapping map;
  DenseMap<Value, int64_t> dims;
  map.map((*body)->getArguments(), c.operands);
  for (auto [i, argument] : llvm::enumerate((*body)->getArguments()))
    if (c.isBatched(i))
      dims[argument] = c.dim(i);
  if (failed(sweepBatch(c.emitter, **body, map, dims, c.axis)))
    return failure();
  for (auto [k, value] : llvm::enumerate((*body)->getTerminator()->getOperands())) {
    auto found = dims.find(value);
    c.set(k, Val(c.emitter, map.lookup(value)), found == dims.end() ? -1 : found->second);
  }
  return success();
}

FailureOr<SmallVector<Value>> CallOp::buildDecomposition(Emitter &emitter) {
  return inlineCall(*this, emitter.primal);
}

} // namespace mjx
