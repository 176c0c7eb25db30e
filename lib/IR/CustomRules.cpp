//===- CustomRules.cpp - Derivatives that the user gives ------------------===//
//
// The regions are inlined where they are wanted: the function itself when
// nothing differentiates it, a rule when something does. What is inlined is
// made of plain ops, so that it can be differentiated again.
//
//===----------------------------------------------------------------------===//
#include "ControlFlow/Regions.h"
#include "StructuredRules.h"

using namespace mlir;

namespace mjx {

namespace {

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

SmallVector<Type> differentiableTypes(TypeRange types) {
  return llvm::to_vector(llvm::make_filter_range(types, isDifferentiable));
}

/// What an op with custom rules has besides its regions.
struct Signature {
  std::optional<Location> loc;
  StringRef op;
  TypeRange ins;
  int64_t consts;
  ArrayRef<int64_t> wrt;

  /// Types of the inputs that have tangents.
  SmallVector<Type> wrtTypes() const {
    return llvm::map_to_vector(wrt, [&](int64_t i) -> Type { return ins[consts + i]; });
  }

  LogicalResult check() const {
    int64_t operands = ins.size();
    if (consts < 0 || consts > operands)
      return emitOptionalError(loc, op, ": expected num_consts to count some of the ", operands,
                               " operands, but got ", consts);
    int64_t previous = -1;
    for (int64_t i : wrt) {
      if (i <= previous || i >= operands - consts || !isDifferentiable(ins[consts + i]))
        return emitOptionalError(loc, op,
                                 ": expected `wrt` to name inputs of floating point or "
                                 "complex type in increasing order, but got ",
                                 listText(wrt));
      previous = i;
    }
    return success();
  }

  /// The terminator of a region that takes `arguments`.
  FailureOr<YieldOp> yieldOf(Region &region, StringRef name, TypeRange arguments) const {
    return RegionCheck{loc, op, name}.run(region, arguments);
  }

  /// Whether a region that takes `arguments` yields exactly `expected`.
  LogicalResult checkYields(Region &region, StringRef name, TypeRange arguments,
                            TypeRange expected) const {
    FailureOr<YieldOp> yield = yieldOf(region, name, arguments);
    if (failed(yield))
      return failure();
    if (yield->getNumOperands() != expected.size())
      return emitOptionalError(loc, op, ": expected ", name, " to yield ", expected.size(),
                               " values, but got ", yield->getNumOperands());
    return RegionCheck{loc, op, name}.yields(*yield, expected, "value");
  }
};

SmallVector<Type> joined(TypeRange first, TypeRange second) {
  SmallVector<Type> types(first);
  llvm::append_range(types, second);
  return types;
}

LogicalResult inferFromPrimal(const Signature &signature, Region &primal,
                              SmallVectorImpl<Type> &types) {
  if (failed(signature.check()))
    return failure();
  FailureOr<YieldOp> yield = signature.yieldOf(primal, "the function", signature.ins);
  if (failed(yield))
    return failure();
  llvm::append_range(types, yield->getOperandTypes());
  return success();
}

/// The user's line that an op comes from, for messages.
std::string placeOf(Operation *op) {
  auto place = op->getLoc()->findInstanceOf<FileLineColLoc>();
  if (!place)
    return "";
  return (" at " + place.getFilename().getValue() + ":" + Twine(place.getLine())).str();
}

InFlightDiagnostic forwardModeError(Operation *op, StringRef function) {
  return op->emitOpError("cannot be differentiated in forward mode: ")
         << function << placeOf(op) << " is a custom_vjp function, whose rule gives cotangents "
         << "only; use reverse mode (grad, vjp, jacrev), or give it a rule for tangents with "
            "custom_jvp";
}

//===----------------------------------------------------------------------===//
// Inlining
//===----------------------------------------------------------------------===//

SmallVector<Value> lookUp(ValueRange values, const IRMapping &map) {
  return llvm::map_to_vector(values, [&](Value v) { return map.lookup(v); });
}

/// What `block` yields for `arguments`, its ops cloned to `builder`.
SmallVector<Value> inlineBlock(OpBuilder &builder, Block &block, ValueRange arguments) {
  IRMapping map;
  map.map(block.getArguments(), arguments);
  for (Operation &op : block.without_terminator())
    builder.clone(op, map);
  return lookUp(block.getTerminator()->getOperands(), map);
}

/// Erases what was emitted at `builder` after `first` and is of no use.
void eraseDeadAfter(Operation *first, OpBuilder &builder, ValueRange kept) {
  DenseSet<Value> results(kept.begin(), kept.end());
  auto isKept = [&](Value v) { return results.contains(v); };
  Block::iterator next = builder.getInsertionPoint();
  while (&*std::prev(next) != first) {
    Operation *op = &*std::prev(next);
    if (isOpTriviallyDead(op) && llvm::none_of(op->getResults(), isKept))
      op->erase();
    else
      next = Block::iterator(op);
  }
}

/// Values and tangents of what a block yields.
struct Dual {
  SmallVector<Value> values, tangents;
};

/// The block at `arguments`, of which those with a value in `tangents` vary.
FailureOr<Dual> differentiateBlock(JvpContext &c, Block &block, ArrayRef<Value> arguments,
                                   ArrayRef<Value> tangents) {
  Operation *before = &*std::prev(c.emitter.primal.getInsertionPoint());
  IRMapping map;
  DenseMap<Value, Value> known;
  map.map(block.getArguments(), arguments);
  for (auto [argument, tangent] : llvm::zip_equal(block.getArguments(), tangents))
    if (tangent)
      known[argument] = tangent;
  if (failed(sweepJvp(c.emitter, block, map, known)))
    return failure();
  OperandRange yielded = block.getTerminator()->getOperands();
  Dual dual{lookUp(yielded, map), {}};
  for (Value value : yielded)
    dual.tangents.push_back(known.lookup(value));
  SmallVector<Value> kept(dual.values);
  llvm::append_range(kept, dual.tangents);
  eraseDeadAfter(before, c.emitter.primal, kept);
  return dual;
}

bool anyOf(ArrayRef<Value> values) {
  return llvm::any_of(values, [](Value v) { return static_cast<bool>(v); });
}

//===----------------------------------------------------------------------===//
// Batching
//===----------------------------------------------------------------------===//

/// Regions of an op over a batch. Batched arguments have the batch in front.
class RegionBatcher {
public:
  explicit RegionBatcher(BatchContext &c) : c(c) {
    for (unsigned i = 0; i < c.operands.size(); ++i) {
      isBatched.push_back(c.isBatched(i));
      operands.push_back(c.isBatched(i) ? c.front(i).value : c.in(i).value);
    }
  }

  /// What becomes of a value that a region yields, -1 being no batch dimension.
  using Yield = llvm::function_ref<Val(unsigned k, Val value, int64_t dim)>;

  LogicalResult run(Block &block, ArrayRef<bool> marks, Yield yield, Region &into) {
    OpBuilder builder = atEnd(into.emplaceBlock(), c.op->getLoc());
    Emitter inner(builder, c.op->getLoc());
    IRMapping map;
    DenseMap<Value, int64_t> dims;
    for (auto [argument, isMarked] : llvm::zip_equal(block.getArguments(), marks)) {
      auto type = cast<RankedTensorType>(argument.getType());
      Type batched = isMarked ? stackedType(type, c.size) : type;
      map.map(argument, into.front().addArgument(batched, c.op->getLoc()));
      if (isMarked)
        dims[argument] = 0;
    }
    if (failed(sweepBatch(inner, block, map, dims, c.axis)))
      return failure();
    SmallVector<Value> values;
    for (auto [k, value] : llvm::enumerate(block.getTerminator()->getOperands())) {
      auto found = dims.find(value);
      values.push_back(
          yield(k, Val(inner, map.lookup(value)), found == dims.end() ? -1 : found->second));
    }
    YieldOp::create(inner.primal, c.op->getLoc(), values);
    return success();
  }

  /// With the batch in front, in any case.
  Val front(Val value, int64_t dim) { return moveBatchDim(value, dim, 0, c.size); }
  /// The contribution of all examples to the cotangent of what they share.
  Val total(Val value, int64_t dim) { return dim < 0 ? value * double(c.size) : sum(value, dim); }

  SmallVector<Type> resultTypes() {
    return llvm::map_to_vector(c.op->getResultTypes(),
                               [&](Type type) { return stackedType(type, c.size); });
  }
  void setResults(Operation *batched) {
    for (auto [k, result] : llvm::enumerate(batched->getResults()))
      c.set(k, Val(c.emitter, result), 0);
  }

  BatchContext &c;
  Marks isBatched;
  SmallVector<Value> operands;
};

} // namespace

//===----------------------------------------------------------------------===//
// CustomJvpOp
//===----------------------------------------------------------------------===//

static LogicalResult checkCustomJvp(const Signature &signature, Region &primal, Region &rule,
                                    SmallVectorImpl<Type> &types) {
  if (failed(inferFromPrimal(signature, primal, types)))
    return failure();
  return signature.checkYields(rule, "the rule", joined(signature.ins, signature.wrtTypes()),
                               joined(types, differentiableTypes(types)));
}

LogicalResult CustomJvpOp::verify() {
  Signature signature{getLoc(), getOperationName(), getIns().getTypes(),
                      static_cast<int64_t>(getNumConsts()), getWrt()};
  SmallVector<Type> types;
  return checkCustomJvp(signature, getPrimal(), getRule(), types);
}

LogicalResult CustomJvpOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                            Adaptor adaptor, SmallVectorImpl<Type> &types) {
  if (adaptor.getRegions().size() != 2)
    return emitOptionalError(loc, "mjx.custom_jvp: expected 2 regions, but got ",
                             adaptor.getRegions().size());
  Signature signature{loc, getOperationName(), TypeRange(adaptor.getIns()),
                      static_cast<int64_t>(adaptor.getNumConsts()), adaptor.getWrt()};
  return checkCustomJvp(signature, adaptor.getPrimal(), adaptor.getRule(), types);
}

/// Sets values and tangents to what the rule gives. In forward mode that is the
/// rule itself. In linearization its tangents are zeros that vary, so that what
/// the rule computes of primal values alone stays with these.
static LogicalResult applyRule(JvpContext &c, CustomJvpOp op) {
  SmallVector<Value> arguments(op.getIns()), tangents(arguments.size());
  for (int64_t i : op.getWrt()) {
    unsigned operand = op.getNumConsts() + i;
    Type type = c.in(operand).type();
    arguments.push_back(c.emitter.isSeparate() ? c.emitter.zeros(type)
                                               : c.materialized(operand).value);
    tangents.push_back(c.emitter.isSeparate() ? c.tangents[operand] : Value());
  }
  Block &rule = op.getRule().front();
  FailureOr<Dual> found = differentiateBlock(c, rule, arguments, tangents);
  if (failed(found))
    return failure();
  unsigned next = op->getNumResults();
  for (auto [k, result] : llvm::enumerate(op->getResults())) {
    c.setOut(k, found->values[k]);
    if (!isDifferentiable(result.getType()))
      continue;
    c.set(k, Val(c.emitter, (c.emitter.isSeparate() ? found->tangents : found->values)[next++]));
  }
  return success();
}

/// Adds what the constants contribute, about which the rule says nothing.
static LogicalResult addConstTangents(JvpContext &c, CustomJvpOp op) {
  SmallVector<Value> arguments(op.getIns()), tangents(arguments.size());
  for (unsigned i = 0; i < op.getNumConsts(); ++i)
    tangents[i] = c.tangents[i];
  FailureOr<Dual> found = differentiateBlock(c, op.getPrimal().front(), arguments, tangents);
  if (failed(found))
    return failure();
  for (unsigned k = 0; k < op->getNumResults(); ++k)
    c.set(k, Val(c.emitter, c.results[k]) + Val(c.emitter, found->tangents[k]));
  return success();
}

// y = f(k, x)  =>  dy = rule(k, x, dx) + df/dk dk
LogicalResult CustomJvpOp::buildJvp(JvpContext &c) {
  auto op = cast<CustomJvpOp>(c.op);
  bool inputsVary = llvm::any_of(op.getWrt(), [&](int64_t i) -> bool {
    return static_cast<bool>(c.tangents[op.getNumConsts() + i]);
  });
  if (inputsVary && failed(applyRule(c, op)))
    return failure();
  if (anyOf(ArrayRef(c.tangents).take_front(op.getNumConsts())))
    return addConstTangents(c, op);
  return success();
}

LogicalResult CustomJvpOp::buildBatch(BatchContext &c) {
  RegionBatcher batcher(c);
  Marks marks = batcher.isBatched;
  for (int64_t i : getWrt())
    marks.push_back(batcher.isBatched[getNumConsts() + i]);
  auto front = [&](unsigned, Val value, int64_t dim) { return batcher.front(value, dim); };
  Region primal, rule;
  if (failed(batcher.run(getPrimal().front(), batcher.isBatched, front, primal)) ||
      failed(batcher.run(getRule().front(), marks, front, rule)))
    return failure();
  auto batched = c.emitter.create<CustomJvpOp>(TypeRange(batcher.resultTypes()), batcher.operands,
                                               getNumConsts(), getWrt(), getFunction());
  batched.getPrimal().takeBody(primal);
  batched.getRule().takeBody(rule);
  batcher.setResults(batched);
  return success();
}

FailureOr<SmallVector<Value>> CustomJvpOp::buildDecomposition(Emitter &emitter) {
  return inlineBlock(emitter.primal, getPrimal().front(), getIns());
}

//===----------------------------------------------------------------------===//
// CustomVjpOp
//===----------------------------------------------------------------------===//

static LogicalResult checkCustomVjp(const Signature &signature, RegionRange regions,
                                    SmallVectorImpl<Type> &types) {
  if (failed(inferFromPrimal(signature, *regions[0], types)))
    return failure();
  FailureOr<YieldOp> yield = signature.yieldOf(*regions[1], "fwd", signature.ins);
  if (failed(yield))
    return failure();
  TypeRange yielded = yield->getOperandTypes();
  if (yielded.size() < types.size() || yielded.take_front(types.size()) != TypeRange(types))
    return emitOptionalError(signature.loc, signature.op, ": expected fwd to yield the ",
                             types.size(), " results of the function and then residuals");
  SmallVector<Type> arguments(signature.ins.take_front(signature.consts));
  llvm::append_range(arguments, yielded.drop_front(types.size()));
  llvm::append_range(arguments, differentiableTypes(types));
  return signature.checkYields(*regions[2], "bwd", arguments, signature.wrtTypes());
}

LogicalResult CustomVjpOp::verify() {
  Signature signature{getLoc(), getOperationName(), getIns().getTypes(),
                      static_cast<int64_t>(getNumConsts()), getWrt()};
  SmallVector<Type> types;
  return checkCustomVjp(signature, getOperation()->getRegions(), types);
}

LogicalResult CustomVjpOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                            Adaptor adaptor, SmallVectorImpl<Type> &types) {
  if (adaptor.getRegions().size() != 3)
    return emitOptionalError(loc, "mjx.custom_vjp: expected 3 regions, but got ",
                             adaptor.getRegions().size());
  Signature signature{loc, getOperationName(), TypeRange(adaptor.getIns()),
                      static_cast<int64_t>(adaptor.getNumConsts()), adaptor.getWrt()};
  return checkCustomVjp(signature, adaptor.getRegions(), types);
}

/// bwd as a linear function of cotangents, for the inputs numbered `active`
/// among those in `wrt`.
static void takeBwd(CustomVjpOp op, ArrayRef<unsigned> active, Region &into) {
  IRMapping map;
  op.getBwd().cloneInto(&into, map);
  Operation *yield = into.front().getTerminator();
  SmallVector<Value> kept =
      llvm::map_to_vector(active, [&](unsigned i) { return yield->getOperand(i); });
  yield->setOperands(kept);
}

// y, r = fwd(k, x);  dy = the linear map with the transpose ct -> bwd(k, r, ct)
LogicalResult CustomVjpOp::buildJvp(JvpContext &c) {
  auto op = cast<CustomVjpOp>(c.op);
  unsigned consts = op.getNumConsts(), results = op->getNumResults();
  if (anyOf(ArrayRef(c.tangents).take_front(consts)))
    return op.emitOpError("cannot be differentiated by what it closes over: ")
           << op.getFunction() << placeOf(op)
           << " is a custom_vjp function that uses a value from outside, or one in "
              "nondiff_argnums, which is being differentiated by, and its rule gives cotangents "
              "of its arguments only; pass the value as an argument, and let bwd return its "
              "cotangent, or stop_gradient it";
  SmallVector<unsigned> active;
  SmallVector<Value> tangents;
  for (auto [position, i] : llvm::enumerate(op.getWrt()))
    if (Value tangent = c.tangents[consts + i]) {
      active.push_back(position);
      tangents.push_back(tangent);
    }
  if (active.empty())
    return success();
  if (!c.emitter.isSeparate())
    return forwardModeError(op, op.getFunction());

  SmallVector<Value> values = inlineBlock(c.emitter.primal, op.getFwd().front(), op.getIns());
  SmallVector<Value> operands(op.getIns().take_front(consts));
  llvm::append_range(operands, ArrayRef(values).drop_front(results));
  uint64_t residuals = operands.size();
  llvm::append_range(operands, tangents);
  SmallVector<Type> types = differentiableTypes(op->getResultTypes());
  auto linear = c.emitter.create<LinearCallOp>(TypeRange(types), operands, residuals,
                                               op.getFunction(), /*forwardCount=*/0u);
  takeBwd(op, active, linear.getTransposed());
  unsigned next = 0;
  for (auto [k, result] : llvm::enumerate(op->getResults())) {
    c.setOut(k, values[k]);
    if (isDifferentiable(result.getType()))
      c.set(k, Val(c.emitter, linear->getResult(next++)));
  }
  return success();
}

LogicalResult CustomVjpOp::buildBatch(BatchContext &c) {
  RegionBatcher batcher(c);
  unsigned results = getOuts().size(), consts = getNumConsts();
  auto front = [&](unsigned, Val value, int64_t dim) { return batcher.front(value, dim); };
  Marks marks(ArrayRef(batcher.isBatched).take_front(consts));
  auto frontOrShared = [&](unsigned k, Val value, int64_t dim) {
    if (k < results)
      return batcher.front(value, dim);
    marks.push_back(dim >= 0);
    return dim < 0 ? value : batcher.front(value, dim);
  };
  auto cotangent = [&](unsigned k, Val value, int64_t dim) {
    bool isShared = !batcher.isBatched[consts + getWrt()[k]];
    return isShared ? batcher.total(value, dim) : batcher.front(value, dim);
  };
  Region primal, fwd, bwd;
  if (failed(batcher.run(getPrimal().front(), batcher.isBatched, front, primal)) ||
      failed(batcher.run(getFwd().front(), batcher.isBatched, frontOrShared, fwd)))
    return failure();
  marks.append(differentiableTypes(getResultTypes()).size(), true);
  if (failed(batcher.run(getBwd().front(), marks, cotangent, bwd)))
    return failure();
  auto batched = c.emitter.create<CustomVjpOp>(TypeRange(batcher.resultTypes()), batcher.operands,
                                               getNumConsts(), getWrt(), getFunction());
  batched.getPrimal().takeBody(primal);
  batched.getFwd().takeBody(fwd);
  batched.getBwd().takeBody(bwd);
  batcher.setResults(batched);
  return success();
}

FailureOr<SmallVector<Value>> CustomVjpOp::buildDecomposition(Emitter &emitter) {
  return inlineBlock(emitter.primal, getPrimal().front(), getIns());
}

//===----------------------------------------------------------------------===//
// LinearCallOp
//===----------------------------------------------------------------------===//

static LogicalResult checkLinearCall(const Signature &signature, RegionRange regions,
                                     SmallVectorImpl<Type> &types) {
  if (failed(signature.check()))
    return failure();
  size_t residuals = signature.consts;
  TypeRange taken(regions[0]->front().getArgumentTypes());
  if (taken.size() < residuals)
    return emitOptionalError(signature.loc, signature.op, ": expected the transpose to take ",
                             residuals, " residuals and then cotangents, but got ", taken.size(),
                             " arguments");
  types.assign(taken.begin() + residuals, taken.end());
  SmallVector<Type> arguments(signature.ins.take_front(residuals));
  llvm::append_range(arguments, types);
  if (failed(signature.checkYields(*regions[0], "the transpose", arguments,
                                   signature.ins.drop_front(residuals))))
    return failure();
  if (regions.size() > 2)
    return emitOptionalError(signature.loc, signature.op, ": expected at most one function");
  if (regions.size() == 1)
    return success();
  return signature.checkYields(*regions[1], "the function", signature.ins, types);
}

LogicalResult LinearCallOp::verify() {
  Signature signature{getLoc(),
                      getOperationName(),
                      getIns().getTypes(),
                      static_cast<int64_t>(getNumResiduals()),
                      {}};
  SmallVector<Type> types;
  if (failed(checkLinearCall(signature, getOperation()->getRegions(), types)))
    return failure();
  if (TypeRange(types) != TypeRange(getResultTypes()))
    return emitOpError("expected results of the types of the cotangents that the transpose takes");
  return success();
}

LogicalResult LinearCallOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                             Adaptor adaptor, SmallVectorImpl<Type> &types) {
  Signature signature{loc,
                      getOperationName(),
                      TypeRange(adaptor.getIns()),
                      static_cast<int64_t>(adaptor.getNumResiduals()),
                      {}};
  if (adaptor.getRegions().empty() || !adaptor.getTransposed().hasOneBlock())
    return emitOptionalError(loc, "mjx.linear_call: expected a region for the transpose");
  return checkLinearCall(signature, adaptor.getRegions(), types);
}

// y = L(r) x  =>  dy = L(r) dx + (dL(r) dr) x
LogicalResult LinearCallOp::buildJvp(JvpContext &c) {
  auto op = cast<LinearCallOp>(c.op);
  unsigned residuals = op.getNumResiduals(), count = op->getNumOperands();
  SmallVector<Value> arguments(op.getIns()), tangents(count);
  if (anyOf(ArrayRef(c.tangents).drop_front(residuals))) {
    SmallVector<Value> operands(op.getIns().take_front(residuals));
    for (unsigned i = residuals; i < count; ++i)
      operands.push_back(c.materialized(i));
    Operation *linear = c.emitter.cloneWith(op, operands, op->getResultTypes());
    for (auto [k, result] : llvm::enumerate(linear->getResults()))
      c.set(k, Val(c.emitter, result));
  }
  if (!anyOf(ArrayRef(c.tangents).take_front(residuals)))
    return success();
  if (op.getForward().empty())
    return forwardModeError(op, op.getFunction());
  for (unsigned i = 0; i < residuals; ++i)
    tangents[i] = c.tangents[i];
  FailureOr<Dual> found =
      differentiateBlock(c, op.getForward().front().front(), arguments, tangents);
  if (failed(found))
    return failure();
  for (unsigned k = 0; k < op->getNumResults(); ++k)
    c.set(k, Val(c.emitter, c.results[k]) + Val(c.emitter, found->tangents[k]));
  return success();
}

LogicalResult LinearCallOp::buildTranspose(TransposeContext &c) {
  unsigned residuals = getNumResiduals();
  for (unsigned i = 0; i < residuals; ++i)
    if (c.isLinear(i))
      return emitOpError("is not linear in residual ") << i << ", so it cannot be reversed";
  SmallVector<Value> arguments(getIns().take_front(residuals));
  for (unsigned k = 0; k < getOuts().size(); ++k)
    arguments.push_back(c.materialized(k));
  SmallVector<Value> cotangents = inlineBlock(c.emitter.primal, getTransposed().front(), arguments);
  for (auto [i, cotangent] : llvm::enumerate(cotangents))
    c.add(residuals + i, Val(c.emitter, cotangent));
  return success();
}

LogicalResult LinearCallOp::buildBatch(BatchContext &c) {
  RegionBatcher batcher(c);
  unsigned residuals = getNumResiduals();
  Marks marks(ArrayRef(batcher.isBatched).take_front(residuals));
  marks.append(getOuts().size(), true);
  auto front = [&](unsigned, Val value, int64_t dim) { return batcher.front(value, dim); };
  auto cotangent = [&](unsigned k, Val value, int64_t dim) {
    bool isShared = !batcher.isBatched[residuals + k];
    return isShared ? batcher.total(value, dim) : batcher.front(value, dim);
  };
  Region transposed, forward;
  if (failed(batcher.run(getTransposed().front(), marks, cotangent, transposed)))
    return failure();
  if (!getForward().empty() &&
      failed(batcher.run(getForward().front().front(), batcher.isBatched, front, forward)))
    return failure();
  auto batched = c.emitter.create<LinearCallOp>(TypeRange(batcher.resultTypes()), batcher.operands,
                                                getNumResiduals(), getFunction(),
                                                static_cast<unsigned>(getForward().size()));
  batched.getTransposed().takeBody(transposed);
  if (!getForward().empty())
    batched.getForward().front().takeBody(forward);
  batcher.setResults(batched);
  return success();
}

FailureOr<SmallVector<Value>> LinearCallOp::buildDecomposition(Emitter &emitter) {
  if (getForward().empty())
    return forwardModeError(*this, getFunction());
  return inlineBlock(emitter.primal, getForward().front().front(), getIns());
}

} // namespace mjx
