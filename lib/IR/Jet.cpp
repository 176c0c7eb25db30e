//===- Jet.cpp - Higher derivatives along a curve -------------------------===//
//
// With y = f(x) along a curve x(t), the rule of an op says y' = E(x, y, x').
// The derivatives of y are those of E, one order less, and E is made of ops
// again. Each coefficient of each value is computed once. The recursion ends
// where E does not vary but with x', and where an op is a product.
//
//===----------------------------------------------------------------------===//
#include "ControlFlow/Regions.h"
#include "StructuredRules.h"

#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;

namespace mjx {

namespace {

/// How the derivatives of an op's results follow from those of its operands.
struct Derivation {
  enum Kind {
    Affine,   ///< y' = E(x'): holds in every order.
    Bilinear, ///< y = B(a, b): the rule of Leibniz.
    General   ///< y' = E(x, y, x'), in one order less.
  };
  Kind kind = General;
  /// Holds E. Values that do not belong to it are those of the op.
  Region region;
  /// The tangents of operands (null: none) and, in terms of them, of results.
  SmallVector<Value> arguments, tangents;
  /// The ops that the tangents of results depend on.
  SmallVector<Operation *> ops;
  /// The positions of the factors of a product.
  SmallVector<unsigned> factors;
};

class Jet {
public:
  Jet(Emitter &emitter, Block &body) : emitter(emitter) { blocks.insert(&body); }
  /// Derivations use values of each other.
  ~Jet() {
    for (auto &entry : derivations)
      entry.second->region.dropAllReferences();
  }

  /// Says what an argument of the body is: its value, then its derivatives.
  void set(Value argument, ArrayRef<Value> derivatives) {
    for (auto [k, derivative] : llvm::enumerate(derivatives))
      known[{argument, k}] = derivative;
    if (derivatives.size() > 1)
      varying[argument] = true;
  }
  /// Derivative `k` of a value; null is zero, or, if `hasFailed`, nothing.
  Value at(Value value, unsigned k);
  bool hasFailed = false;

private:
  Value resolve(Value value) const {
    Value found = aliases.lookup(value);
    return found ? found : value;
  }
  bool varies(Value value);
  bool isOurs(Value value) const { return blocks.contains(value.getParentBlock()); }
  Value compute(Value value, unsigned k);
  void evaluate(Operation *op);
  Value leibniz(Operation *op, const Derivation &derivation, unsigned k);
  void applyAffine(Operation *op, const Derivation &derivation, unsigned k);

  const Derivation *derivationOf(Operation *op);
  LogicalResult applyRule(Operation *op, Derivation &into);
  void collect(Derivation &derivation);
  bool isAffine(Derivation &derivation);
  bool isFactor(Operation *op, unsigned i);

  Emitter &emitter;
  DenseMap<std::pair<Value, unsigned>, Value> known;
  DenseMap<Value, bool> varying;
  /// Copies of ops, which mean the originals.
  DenseMap<Value, Value> aliases;
  /// The operand that an argument of a derivation is the tangent of.
  DenseMap<Value, Value> tangentOf;
  DenseSet<Block *> blocks;
  DenseMap<Operation *, std::unique_ptr<Derivation>> derivations;
};

bool Jet::varies(Value value) {
  value = resolve(value);
  auto found = varying.find(value);
  if (found != varying.end())
    return found->second;
  Operation *op = value.getDefiningOp();
  bool does = op && isOurs(value) && isDifferentiable(value.getType()) &&
              !op->hasTrait<NotDifferentiable>() &&
              llvm::any_of(op->getOperands(), [&](Value operand) { return varies(operand); });
  return varying[value] = does;
}

Value Jet::at(Value value, unsigned k) {
  value = resolve(value);
  auto found = known.find({value, k});
  if (found != known.end())
    return found->second;
  Value computed = compute(value, k);
  known[{value, k}] = computed;
  return computed;
}

Value Jet::compute(Value value, unsigned k) {
  if (Value operand = tangentOf.lookup(value))
    return at(operand, k + 1);
  if (k > 0 && !varies(value))
    return {};
  Operation *op = value.getDefiningOp();
  if (!op || !isOurs(value))
    return k == 0 ? value : Value();
  if (k == 0) {
    evaluate(op);
    return known.lookup({value, 0});
  }
  const Derivation *derivation = derivationOf(op);
  Value tangent =
      derivation ? derivation->tangents[cast<OpResult>(value).getResultNumber()] : Value();
  if (!tangent)
    return {};
  if (derivation->kind == Derivation::Bilinear)
    return leibniz(op, *derivation, k);
  if (derivation->kind == Derivation::General)
    return at(tangent, k - 1);
  applyAffine(op, *derivation, k);
  return known.lookup({value, k});
}

/// Computes the values of an op's results. Operands may be zero, as derivatives
/// of the inputs may, and often the results are then.
void Jet::evaluate(Operation *op) {
  SmallVector<Value> operands;
  for (Value operand : op->getOperands())
    operands.push_back(at(operand, 0));
  emitter.loc = op->getLoc();
  if (isa<AddOp, SubOp>(op)) {
    Val x(emitter, operands[0]), y(emitter, operands[1]);
    known[{op->getResult(0), 0}] = isa<AddOp>(op) ? x + y : x - y;
    return;
  }
  IRMapping map;
  for (auto [i, operand] : llvm::enumerate(op->getOperands())) {
    if (!operands[i] && isFactor(op, i))
      return;
    map.map(operand, operands[i] ? operands[i] : emitter.zeros(operand.getType()));
  }
  Operation *clone = emitter.primal.clone(*op, map);
  for (auto [result, value] : llvm::zip(op->getResults(), clone->getResults()))
    known[{result, 0}] = value;
}

// (a b)^(k) = sum over j of (k choose j) a^(j) b^(k-j)
Value Jet::leibniz(Operation *op, const Derivation &derivation, unsigned k) {
  unsigned left = derivation.factors[0], right = derivation.factors[1];
  SmallVector<Value> operands;
  for (Value operand : op->getOperands())
    operands.push_back(at(operand, 0));
  Val total;
  double binomial = 1;
  for (unsigned j = 0; j <= k; ++j) {
    operands[left] = at(op->getOperand(left), j);
    operands[right] = at(op->getOperand(right), k - j);
    emitter.loc = op->getLoc();
    if (operands[left] && operands[right]) {
      Operation *product = emitter.cloneWith(op, operands, op->getResultTypes());
      total = total + Val(emitter, product->getResult(0)) * binomial;
    }
    binomial = binomial * (k - j) / (j + 1);
  }
  return total;
}

void Jet::applyAffine(Operation *op, const Derivation &derivation, unsigned k) {
  SmallVector<Value> given(op->getNumOperands());
  for (unsigned i = 0; i < given.size(); ++i)
    if (derivation.arguments[i])
      given[i] = at(op->getOperand(i), k);
  if (llvm::none_of(given, [](Value v) { return static_cast<bool>(v); }))
    return;
  IRMapping map;
  for (auto [argument, value] : llvm::zip(derivation.arguments, given))
    if (argument)
      map.map(argument, value ? value : emitter.zeros(argument.getType()));
  for (Operation *part : derivation.ops) {
    for (Value operand : part->getOperands())
      if (!map.contains(operand))
        map.map(operand, at(operand, 0));
    emitter.primal.clone(*part, map);
  }
  for (auto [result, tangent] : llvm::zip(op->getResults(), derivation.tangents))
    if (tangent)
      known[{result, k}] = map.lookup(tangent);
}

//===----------------------------------------------------------------------===//
// Rules as derivations
//===----------------------------------------------------------------------===//

const Derivation *Jet::derivationOf(Operation *op) {
  std::unique_ptr<Derivation> &found = derivations[op];
  if (found)
    return found.get();
  found = std::make_unique<Derivation>();
  Derivation &made = *found;
  if (failed(applyRule(op, made))) {
    hasFailed = true;
    made.tangents.assign(op->getNumResults(), Value());
    return &made;
  }
  collect(made);
  for (unsigned i = 0; i < op->getNumOperands(); ++i)
    if (made.arguments[i])
      made.factors.push_back(i);
  if (isAffine(made))
    made.kind = Derivation::Affine;
  else if (made.factors.size() == 2 && isFactor(op, made.factors[0]) &&
           isFactor(op, made.factors[1]))
    made.kind = Derivation::Bilinear;
  return &made;
}

/// Asks a copy of the op for its rule.
LogicalResult Jet::applyRule(Operation *op, Derivation &into) {
  Block &block = into.region.emplaceBlock();
  blocks.insert(&block);
  OpBuilder builder = atEnd(block, op->getLoc());
  Emitter inner(builder, op->getLoc());
  Operation *copy = builder.clone(*op);
  for (Value operand : op->getOperands()) {
    into.arguments.push_back(varies(operand) ? block.addArgument(operand.getType(), op->getLoc())
                                             : Value());
    if (!into.arguments.back())
      continue;
    tangentOf[into.arguments.back()] = operand;
    varying[into.arguments.back()] = true;
  }
  JvpContext context(inner, copy, into.arguments);
  auto rule = dyn_cast<JvpOpInterface>(copy);
  if (!rule)
    return op->emitOpError("has no derivative rule");
  if (failed(rule.buildJvp(context)))
    return failure();
  for (unsigned k = 0; k < op->getNumResults(); ++k) {
    Value result = resolve(op->getResult(k));
    aliases[copy->getResult(k)] = result;
    // A rule that rebuilt the op: what came of it means the same.
    if (context.outs[k].getParentBlock() == &block)
      aliases[context.outs[k]] = result;
    into.tangents.push_back(context.results[k]);
  }
  return success();
}

/// Finds the ops that the tangents depend on, in order. Copies are not among
/// them.
void Jet::collect(Derivation &derivation) {
  DenseSet<Value> needed(derivation.tangents.begin(), derivation.tangents.end());
  for (Operation &op : llvm::reverse(derivation.region.front())) {
    bool isNeeded = llvm::any_of(op.getResults(), [&](Value result) {
      return needed.contains(result) && !aliases.contains(result);
    });
    if (!isNeeded)
      continue;
    derivation.ops.push_back(&op);
    needed.insert_range(op.getOperands());
  }
  std::reverse(derivation.ops.begin(), derivation.ops.end());
}

/// Whether nothing in E varies but the tangents.
bool Jet::isAffine(Derivation &derivation) {
  Block *block = &derivation.region.front();
  auto isFixed = [&](Value value) {
    return (value.getParentBlock() == block && !aliases.contains(value)) || !varies(value);
  };
  return llvm::all_of(derivation.ops,
                      [&](Operation *op) { return llvm::all_of(op->getOperands(), isFixed); });
}

/// Whether the derivative by operand `i` is the op with the tangent in its place.
bool Jet::isFactor(Operation *op, unsigned i) {
  if (op->getNumResults() != 1 || op->getNumRegions() || !isa<JvpOpInterface>(op))
    return false;
  Region region;
  Block &block = region.emplaceBlock();
  OpBuilder builder = atEnd(block, op->getLoc());
  Emitter inner(builder, op->getLoc());
  Operation *copy = builder.clone(*op);
  Value tangent = block.addArgument(op->getOperand(i).getType(), op->getLoc());
  SmallVector<Value> tangents(op->getNumOperands());
  tangents[i] = tangent;
  JvpContext context(inner, copy, tangents);
  if (failed(cast<JvpOpInterface>(copy).buildJvp(context)) || !context.results[0])
    return false;
  Operation *replaced = context.results[0].getDefiningOp();
  auto isSame = [&](Value original, Value other) {
    return success(original == other || (original == op->getOperand(i) && other == tangent));
  };
  return replaced && OperationEquivalence::isEquivalentTo(copy, replaced, isSame, nullptr,
                                                          OperationEquivalence::IgnoreLocations);
}

} // namespace

//===----------------------------------------------------------------------===//
// JetOp
//===----------------------------------------------------------------------===//

LogicalResult JetOp::verify() {
  int64_t order = getOrder(), count = getBody().front().getNumArguments();
  ArrayRef<int64_t> wrt = getWrt();
  if (order < 1)
    return emitOpError("expected an order of 1 or more, but got ") << order;
  int64_t expected = count + order * static_cast<int64_t>(wrt.size());
  if (static_cast<int64_t>(getIns().size()) != expected)
    return emitOpError("expected ")
           << count << " inputs and " << order << " derivatives of " << wrt.size()
           << " of them, but got " << getIns().size() << " operands";
  SmallVector<Type> types(TypeRange(getIns()).take_front(count));
  if (TypeRange(types) != TypeRange(getBody().getArgumentTypes()))
    return emitOpError("expected a region that takes the inputs");
  int64_t previous = -1;
  for (int64_t i : wrt) {
    if (i <= previous || i >= count || !isDifferentiable(types[i]))
      return emitOpError("expected `wrt` to name inputs of floating point or complex type in "
                         "increasing order, but got ")
             << listText(wrt);
    previous = i;
  }
  for (int64_t k = 0; k < order; ++k)
    for (auto [position, i] : llvm::enumerate(wrt))
      if (getIns()[count + k * wrt.size() + position].getType() != types[i])
        return emitOpError("expected derivatives of the types of the inputs");
  return success();
}

LogicalResult JetOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                      SmallVectorImpl<Type> &types) {
  Region &body = adaptor.getBody();
  if (!body.hasOneBlock() || body.front().empty() || !isa<YieldOp>(body.front().back()))
    return emitOptionalError(loc, "jet: expected a region of one block that ends in mjx.yield");
  llvm::append_range(types, body.front().back().getOperandTypes());
  size_t count = types.size();
  for (unsigned k = 0; k < adaptor.getOrder(); ++k)
    for (size_t i = 0; i < count; ++i)
      if (isDifferentiable(types[i]))
        types.push_back(types[i]);
  return success();
}

/// The curve of each input.
static void setInputs(JetOp op, Jet &jet) {
  Block &body = op.getBody().front();
  unsigned count = body.getNumArguments(), step = op.getWrt().size();
  for (auto [argument, value] : llvm::zip(body.getArguments(), op.getIns()))
    jet.set(argument, value);
  for (auto [position, i] : llvm::enumerate(op.getWrt())) {
    SmallVector<Value> derivatives{op.getIns()[i]};
    for (unsigned k = 0; k < op.getOrder(); ++k) {
      Value derivative = op.getIns()[count + k * step + position];
      derivatives.push_back(isSplat(derivative, 0) ? Value() : derivative);
    }
    jet.set(body.getArgument(i), derivatives);
  }
}

FailureOr<SmallVector<Value>> JetOp::resolve(OpBuilder &builder) {
  if (failed(inlineCalls(*this)))
    return failure();
  Block &body = getBody().front();
  Emitter emitter(builder, getLoc());
  Jet jet(emitter, body);
  setInputs(*this, jet);
  for (Operation &op : body.without_terminator()) {
    if (isOpTriviallyDead(&op))
      continue;
    if (op.getNumResults() == 0) {
      IRMapping map;
      for (Value operand : op.getOperands())
        map.map(operand, jet.at(operand, 0));
      builder.clone(op, map);
    }
    for (Value result : op.getResults())
      for (unsigned k = 0; k <= getOrder() && !jet.hasFailed; ++k)
        jet.at(result, k);
    if (jet.hasFailed)
      return failure();
  }
  SmallVector<Value> results;
  OperandRange yielded = body.getTerminator()->getOperands();
  for (Value value : yielded)
    results.push_back(jet.at(value, 0));
  for (unsigned k = 1; k <= getOrder(); ++k)
    for (Value value : yielded) {
      if (!isDifferentiable(value.getType()))
        continue;
      Value derivative = jet.at(value, k);
      results.push_back(derivative ? derivative : emitter.zeros(value.getType()));
    }
  return results;
}

} // namespace mjx
