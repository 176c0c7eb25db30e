//===- While.cpp - A loop that runs while a condition holds ---------------===//
#include "While.h"

using namespace mlir;

namespace mjx {

namespace {

/// Checks everything about a while loop but its results.
LogicalResult checkWhile(std::optional<Location> loc, TypeRange ins, int64_t condConsts,
                         int64_t bodyConsts, Region &cond, Region &body) {
  StringRef name = WhileOp::getOperationName();
  int64_t operands = ins.size();
  if (condConsts < 0 || bodyConsts < 0 || condConsts > operands ||
      bodyConsts > operands - condConsts)
    return emitOptionalError(loc, name,
                             ": expected cond_consts and body_consts to count some of the ",
                             operands, " operands, but got ", condConsts, " and ", bodyConsts);
  TypeRange carries = ins.drop_front(condConsts + bodyConsts);
  SmallVector<Type> ofCond(ins.take_front(condConsts)), ofBody(ins.slice(condConsts, bodyConsts));
  llvm::append_range(ofCond, carries);
  llvm::append_range(ofBody, carries);

  RegionCheck condCheck{loc, name, "the condition"}, bodyCheck{loc, name, "the body"};
  FailureOr<YieldOp> predicate = condCheck.run(cond, ofCond);
  if (failed(predicate))
    return failure();
  auto scalarBool = RankedTensorType::get({}, IntegerType::get(predicate->getContext(), 1));
  if (predicate->getNumOperands() != 1 || predicate->getOperand(0).getType() != scalarBool)
    return emitOptionalError(loc, name, ": expected the condition to yield one ", scalarBool,
                             ", but got (", predicate->getOperandTypes(), ")");
  FailureOr<YieldOp> next = bodyCheck.run(body, ofBody);
  if (failed(next))
    return failure();
  if (next->getNumOperands() != carries.size())
    return emitOptionalError(loc, name, ": expected the body to yield ", carries.size(),
                             " carries, but got ", next->getNumOperands(), " values");
  return bodyCheck.yields(*next, carries, "carry");
}

/// A while loop under construction. Operands may come in any order.
class WhileBuilder {
public:
  WhileBuilder(Location loc, int64_t maxSteps) : loc(loc), maxSteps(maxSteps) {
    cond.emplaceBlock();
    body.emplaceBlock();
  }

  Value addCondConst(Value operand) {
    condConsts.push_back(operand);
    return cond.front().insertArgument(condConsts.size() - 1, operand.getType(), loc);
  }
  Value addBodyConst(Value operand) {
    bodyConsts.push_back(operand);
    return body.front().insertArgument(bodyConsts.size() - 1, operand.getType(), loc);
  }
  /// What the carry is in the condition and in the body.
  std::pair<Value, Value> addCarry(Value operand) {
    carries.push_back(operand);
    return {cond.front().addArgument(operand.getType(), loc),
            body.front().addArgument(operand.getType(), loc)};
  }

  OpBuilder inCond() { return atEnd(cond.front(), loc); }
  OpBuilder inBody() { return atEnd(body.front(), loc); }

  Operation *finish(Emitter &emitter, Value predicate, ValueRange next) {
    OpBuilder condEnd = inCond(), bodyEnd = inBody();
    YieldOp::create(condEnd, loc, predicate);
    YieldOp::create(bodyEnd, loc, next);
    SmallVector<Value> ins(condConsts);
    ins.append(bodyConsts);
    ins.append(carries);
    auto op = emitter.create<WhileOp>(TypeRange(next), ins, uint64_t(condConsts.size()),
                                      uint64_t(bodyConsts.size()), uint64_t(maxSteps));
    op.getCond().takeBody(cond);
    op.getBody().takeBody(body);
    return op;
  }

private:
  Location loc;
  int64_t maxSteps;
  Region cond, body;
  SmallVector<Value> condConsts, bodyConsts, carries;
};

Value predicateOf(WhileOp op) { return op.getCond().front().getTerminator()->getOperand(0); }
OperandRange nextOf(WhileOp op) { return op.getBody().front().getTerminator()->getOperands(); }

/// Which arguments of the body have the mark, once it has gone round.
Marks markedInBody(WhileOp op, ArrayRef<bool> operands, Mark mark) {
  Marks marked(operands.drop_front(op.getCondConsts()));
  reachCarries(op.getBody().front(), marked, op.getBodyConsts(), op->getNumResults(), mark);
  return marked;
}

bool isPredicateBatched(WhileOp op, ArrayRef<bool> operands, Mark mark) {
  Marks marked(operands.take_front(op.getCondConsts()));
  Marks body = markedInBody(op, operands, mark);
  marked.append(body.begin() + op.getBodyConsts(), body.end());
  return reachedYields(op.getCond().front(), marked, mark).front();
}

//===----------------------------------------------------------------------===//
// Forward mode
//===----------------------------------------------------------------------===//

/// One loop over values and tangents side by side, ending when the values do.
class WhileDual {
public:
  WhileDual(JvpContext &c, WhileOp op, ArrayRef<bool> active)
      : c(c), op(op), active(active), condConsts(op.getCondConsts()),
        bodyConsts(op.getBodyConsts()), cond(op.getCond().front()), body(op.getBody().front()),
        dual(op.getLoc(), op.getMaxSteps()) {}

  LogicalResult run() {
    addOperands();
    OpBuilder inCond = dual.inCond();
    for (Operation &condOp : cond.without_terminator())
      inCond.clone(condOp, condMap);
    Emitter inner(dual.inBody(), op.getLoc());
    if (failed(sweepJvp(inner, body, bodyMap, tangents)))
      return failure();
    finish(inner);
    return success();
  }

private:
  /// Adds an operand in the role of argument `i` of the body.
  std::pair<Value, Value> add(unsigned i, Value operand) {
    if (i < bodyConsts)
      return {Value(), dual.addBodyConst(operand)};
    return dual.addCarry(operand);
  }

  void addOperands() {
    for (unsigned i = 0; i < condConsts; ++i)
      condMap.map(cond.getArgument(i), dual.addCondConst(c.in(i)));
    for (auto [i, argument] : llvm::enumerate(body.getArguments())) {
      auto [inCond, inBody] = add(i, c.in(condConsts + i));
      bodyMap.map(argument, inBody);
      if (inCond)
        condMap.map(cond.getArgument(condConsts + i - bodyConsts), inCond);
    }
    for (auto [i, argument] : llvm::enumerate(body.getArguments()))
      if (active[i])
        tangents[argument] = add(i, c.materialized(condConsts + i)).second;
  }

  void finish(Emitter &inner) {
    SmallVector<Value> next;
    SmallVector<unsigned> differentiated;
    for (Value value : nextOf(op))
      next.push_back(bodyMap.lookup(value));
    for (auto [k, value] : llvm::enumerate(nextOf(op))) {
      if (!active[bodyConsts + k])
        continue;
      Value tangent = tangents.lookup(value);
      next.push_back(tangent ? tangent : inner.zeros(value.getType()));
      differentiated.push_back(k);
    }
    Operation *result = dual.finish(c.emitter, condMap.lookup(predicateOf(op)), next);
    unsigned carries = op->getNumResults();
    for (unsigned k = 0; k < carries; ++k)
      c.setOut(k, result->getResult(k));
    for (auto [index, k] : llvm::enumerate(differentiated))
      c.set(k, Val(c.emitter, result->getResult(carries + index)));
  }

  JvpContext &c;
  WhileOp op;
  ArrayRef<bool> active;
  unsigned condConsts, bodyConsts;
  Block &cond, &body;
  WhileBuilder dual;
  IRMapping condMap, bodyMap;
  DenseMap<Value, Value> tangents;
};

//===----------------------------------------------------------------------===//
// Batching
//===----------------------------------------------------------------------===//

/// All lanes go round together: the predicate is the same for all.
class WhileTogether {
public:
  WhileTogether(BatchContext &c, WhileOp op, ArrayRef<bool> batched)
      : c(c), op(op), batched(batched), condConsts(op.getCondConsts()),
        bodyConsts(op.getBodyConsts()), cond(op.getCond().front()), body(op.getBody().front()),
        together(op.getLoc(), op.getMaxSteps()) {}

  LogicalResult run() {
    addOperands();
    Emitter inCond(together.inCond(), op.getLoc()), inBody(together.inBody(), op.getLoc());
    if (failed(sweepBatch(inCond, cond, map, dims, c.axis)) ||
        failed(sweepBatch(inBody, body, map, dims, c.axis)))
      return failure();
    finish(inBody);
    return success();
  }

private:
  void assign(Value argument, Value inside, int64_t dim) {
    map.map(argument, inside);
    if (dim >= 0)
      dims[argument] = dim;
  }

  void addOperands() {
    for (unsigned i = 0; i < condConsts; ++i)
      assign(cond.getArgument(i), together.addCondConst(c.in(i)), c.dim(i));
    for (unsigned i = condConsts; i < condConsts + bodyConsts; ++i)
      assign(body.getArgument(i - condConsts), together.addBodyConst(c.in(i)), c.dim(i));
    for (unsigned k = 0; k < op->getNumResults(); ++k) {
      unsigned i = condConsts + bodyConsts + k;
      int64_t dim = batched[bodyConsts + k] ? 0 : -1;
      auto [inCond, inBody] = together.addCarry(dim < 0 ? c.in(i) : c.front(i));
      assign(cond.getArgument(condConsts + k), inCond, dim);
      assign(body.getArgument(bodyConsts + k), inBody, dim);
    }
  }

  void finish(Emitter &inBody) {
    SmallVector<Value> next;
    for (auto [k, value] : llvm::enumerate(nextOf(op))) {
      auto found = dims.find(value);
      Val inside(inBody, map.lookup(value));
      if (batched[bodyConsts + k])
        inside = moveBatchDim(inside, found == dims.end() ? -1 : found->second, 0, c.size);
      next.push_back(inside);
    }
    Operation *result = together.finish(c.emitter, map.lookup(predicateOf(op)), next);
    for (unsigned k = 0; k < result->getNumResults(); ++k)
      c.set(k, Val(c.emitter, result->getResult(k)), batched[bodyConsts + k] ? 0 : -1);
  }

  BatchContext &c;
  WhileOp op;
  ArrayRef<bool> batched;
  unsigned condConsts, bodyConsts;
  Block &cond, &body;
  WhileBuilder together;
  IRMapping map;
  DenseMap<Value, int64_t> dims;
};

/// Lanes that combine go round together until all are done; those that are
/// done keep their carries.
class WhileMasked {
public:
  static LogicalResult of(BatchContext &c, WhileOp op) {
    return failed(checkMaskable(c)) ? failure() : WhileMasked(c, op).run();
  }

  WhileMasked(BatchContext &c, WhileOp op)
      : c(c), condConsts(op.getCondConsts()), firstCarry(condConsts + op.getBodyConsts()),
        cond(op.getCond().front()), body(op.getBody().front()),
        masked(op.getLoc(), op.getMaxSteps()) {}

  LogicalResult run() {
    addOperands();
    Emitter inCond(masked.inCond(), c.op->getLoc()), inBody(masked.inBody(), c.op->getLoc());
    if (failed(sweepBatch(inCond, cond, whether.map, whether.dims, c.axis)) ||
        failed(sweepBatch(inBody, cond, again.map, again.dims, c.axis)) ||
        failed(sweepBatch(inBody, body, step.map, step.dims, c.axis)))
      return failure();
    finish(inCond, inBody);
    return success();
  }

private:
  /// What the values of a region are in a place.
  struct Copy {
    void assign(Value value, Value inside, int64_t dim) {
      map.map(value, inside);
      if (dim >= 0)
        dims[value] = dim;
    }
    Val front(Emitter &emitter, Value value, int64_t size) const {
      auto found = dims.find(value);
      return moveBatchDim({emitter, map.lookup(value)}, found == dims.end() ? -1 : found->second, 0,
                          size);
    }
    IRMapping map;
    DenseMap<Value, int64_t> dims;
  };

  void addOperands() {
    for (unsigned i = 0; i < condConsts; ++i) {
      whether.assign(cond.getArgument(i), masked.addCondConst(c.in(i)), c.dim(i));
      again.assign(cond.getArgument(i), masked.addBodyConst(c.in(i)), c.dim(i));
    }
    for (unsigned i = condConsts; i < firstCarry; ++i)
      step.assign(body.getArgument(i - condConsts), masked.addBodyConst(c.in(i)), c.dim(i));
    for (unsigned i = firstCarry; i < c.operands.size(); ++i) {
      auto [inCond, inBody] = masked.addCarry(c.front(i));
      Value ofCond = cond.getArgument(condConsts + i - firstCarry);
      whether.assign(ofCond, inCond, 0);
      again.assign(ofCond, inBody, 0);
      step.assign(body.getArgument(i - condConsts), inBody, 0);
    }
  }

  void finish(Emitter &inCond, Emitter &inBody) {
    Value predicate = cond.getTerminator()->getOperand(0);
    Val lanes = whether.front(inCond, predicate, c.size);
    Type flag = RankedTensorType::get({}, lanes.element());
    Value any = inCond.create<ReduceOp>(flag, "or", lanes.value, ArrayRef<int64_t>{0});

    Val goesOn = again.front(inBody, predicate, c.size);
    SmallVector<Value> next;
    for (auto [k, value] : llvm::enumerate(body.getTerminator()->getOperands())) {
      Value carry = step.map.lookup(body.getArgument(firstCarry - condConsts + k));
      Val after = step.front(inBody, value, c.size);
      next.push_back(
          select(broadcast(goesOn, after.shape(), int64_t{0}), after, Val(inBody, carry)));
    }
    Operation *result = masked.finish(c.emitter, any, next);
    for (auto [k, value] : llvm::enumerate(result->getResults()))
      c.set(k, Val(c.emitter, value), 0);
  }

  BatchContext &c;
  unsigned condConsts, firstCarry;
  Block &cond, &body;
  WhileBuilder masked;
  Copy whether, again, step;
};

} // namespace

//===----------------------------------------------------------------------===//
// WhileOp
//===----------------------------------------------------------------------===//

LogicalResult WhileOp::verify() {
  return checkWhile(getLoc(), getIns().getTypes(), getCondConsts(), getBodyConsts(), getCond(),
                    getBody());
}

LogicalResult WhileOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                        SmallVectorImpl<Type> &types) {
  if (adaptor.getRegions().size() != 2)
    return emitOptionalError(loc, "mjx.while: expected 2 regions, but got ",
                             adaptor.getRegions().size());
  TypeRange ins(adaptor.getIns());
  int64_t condConsts = adaptor.getCondConsts(), bodyConsts = adaptor.getBodyConsts();
  if (failed(checkWhile(loc, ins, condConsts, bodyConsts, adaptor.getCond(), adaptor.getBody())))
    return failure();
  llvm::append_range(types, ins.drop_front(condConsts + bodyConsts));
  return success();
}

// c' = f(k, c)  =>  dc' = df(k, c)(dk, dc), as often as the loop runs. How often
// is not known before, so to store what a reverse needs takes a bound.
LogicalResult WhileOp::buildJvp(JvpContext &c) {
  auto op = cast<WhileOp>(c.op);
  if (failed(inlineCalls(op)))
    return failure();
  Marks tangents(llvm::map_range(c.tangents, [](Value v) { return static_cast<bool>(v); }));
  Marks active = markedInBody(op, tangents, Mark::Tangent);
  if (!llvm::is_contained(ArrayRef(active).drop_front(op.getBodyConsts()), true))
    return success();
  if (!c.emitter.isSeparate())
    return WhileDual(c, op, active).run();
  if (op.getMaxSteps() > 0)
    return linearizeWhile(c, op);
  return op.emitOpError("cannot be differentiated in reverse mode: expected a loop with a bound "
                        "on its number of steps, but got one that runs while a condition holds; "
                        "give while_loop a bound (max_steps=n), use scan or fori_loop, or use "
                        "forward mode (jvp, jacfwd)");
}

LogicalResult WhileOp::buildBatch(BatchContext &c) {
  Marks batched(llvm::map_range(c.dims, [](int64_t dim) { return dim >= 0; }));
  Mark mark(Mark::Batch, c.axis.name);
  if (isPredicateBatched(*this, batched, mark))
    return namesAxis(*this, c.axis.name) ? WhileMasked::of(c, *this) : batchByLanes(c);
  Marks inBody = markedInBody(*this, batched, mark);
  return WhileTogether(c, *this, inBody).run();
}

} // namespace mjx
