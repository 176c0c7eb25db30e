//===- ControlFlow.cpp - Regions that do no more than is wanted -----------===//
#include "Simplify.h"

#include "../ControlFlow/Cond.h"
#include "../ControlFlow/Loop.h"

#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;

namespace mjx {

namespace {

/// Puts the ops of `block` in front of `op`, given its arguments, and returns
/// what it yields.
SmallVector<Value> inlineBefore(Block &block, Operation *op, ValueRange arguments,
                                PatternRewriter &rewriter) {
  Operation *yield = block.getTerminator();
  SmallVector<Value> yielded(yield->getOperands());
  for (Value &value : yielded)
    if (auto argument = dyn_cast<BlockArgument>(value); argument && argument.getOwner() == &block)
      value = arguments[argument.getArgNumber()];
  rewriter.eraseOp(yield);
  rewriter.inlineBlockBefore(&block, op, arguments);
  return yielded;
}

//===----------------------------------------------------------------------===//
// Branches
//===----------------------------------------------------------------------===//

/// A branch that is chosen by a constant is the only one. Saves the choice.
struct KnownBranch : OpRewritePattern<CondOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(CondOp op, PatternRewriter &rewriter) const override {
    DenseElementsAttr index = splatOf(op.getIndex());
    int64_t count = op.getBranches().size();
    if (!index && count > 1)
      return failure();
    int64_t chosen = 0;
    if (index) {
      APInt number = index.getSplatValue<APInt>();
      bool isUnsigned = index.getElementType().isUnsignedInteger() || number.getBitWidth() == 1;
      chosen = isUnsigned ? static_cast<int64_t>(number.getLimitedValue(count))
                          : std::clamp<int64_t>(number.getSExtValue(), 0, count);
    }
    Block &branch = op.getBranches()[std::min(chosen, count - 1)].front();
    rewriter.replaceOp(op, inlineBefore(branch, op, op.getIns(), rewriter));
    return success();
  }
};

/// Results that are not used, or that every branch takes unchanged from one
/// operand, need not come out of the branches; operands that no branch uses
/// need not go in. Saves what was computed for them.
struct TidyCond : OpRewritePattern<CondOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(CondOp op, PatternRewriter &rewriter) const override {
    SmallVector<Value> results(op->getNumResults());
    SmallVector<unsigned> kept;
    for (unsigned k = 0; k < op->getNumResults(); ++k)
      if (!(results[k] = passedThrough(op, k)) && !op->getResult(k).use_empty())
        kept.push_back(k);
    llvm::BitVector unused(op.getIns().size());
    for (unsigned i = 0; i < op.getIns().size(); ++i)
      if (llvm::all_of(op.getBranches(),
                       [&](Region &branch) { return branch.getArgument(i).use_empty(); }))
        unused.set(i);
    if (kept.size() == op->getNumResults() && unused.none())
      return failure();
    SmallVector<Type> types;
    for (unsigned k : kept)
      types.push_back(op->getResult(k).getType());
    SmallVector<Value> ins;
    for (unsigned i = 0; i < op.getIns().size(); ++i)
      if (!unused.test(i))
        ins.push_back(op.getIns()[i]);
    auto fewer = CondOp::create(rewriter, op.getLoc(), types, op.getIndex(), ins,
                                static_cast<unsigned>(op.getBranches().size()));
    for (auto [from, to] : llvm::zip(op.getBranches(), fewer.getBranches())) {
      Operation *yield = from.front().getTerminator();
      SmallVector<Value> yielded;
      for (unsigned k : kept)
        yielded.push_back(yield->getOperand(k));
      rewriter.modifyOpInPlace(yield, [&] { yield->setOperands(yielded); });
      rewriter.inlineRegionBefore(from, to, to.end());
      to.front().eraseArguments([&](BlockArgument argument) {
        return unused.test(argument.getArgNumber()) && argument.use_empty();
      });
    }
    for (auto [k, result] : llvm::zip(kept, fewer->getResults()))
      results[k] = result;
    for (unsigned k = 0; k < results.size(); ++k)
      if (results[k])
        rewriter.replaceAllUsesWith(op->getResult(k), results[k]);
    rewriter.eraseOp(op);
    return success();
  }

  /// The operand that every branch yields as result `k`; null if there is none.
  static Value passedThrough(CondOp op, unsigned k) {
    Value operand;
    for (unsigned branch = 0; branch < op.getBranches().size(); ++branch) {
      auto argument = dyn_cast<BlockArgument>(yielded(op, branch, k));
      if (!argument || (operand && operand != op.getIns()[argument.getArgNumber()]))
        return {};
      operand = op.getIns()[argument.getArgNumber()];
    }
    return operand;
  }
};

//===----------------------------------------------------------------------===//
// Loops that hardly run
//===----------------------------------------------------------------------===//

/// A loop of length 0 gives what it began with, one of length 1 is its body.
/// Saves the loop.
template <class LoopT> struct ShortLoop : OpRewritePattern<LoopT> {
  using OpRewritePattern<LoopT>::OpRewritePattern;
  LogicalResult matchAndRewrite(LoopT op, PatternRewriter &rewriter) const override {
    Loop loop(op);
    if (loop.length > 1)
      return failure();
    Emitter emitter(rewriter, op.getLoc());
    SmallVector<Value> results;
    if (loop.length == 0) {
      for (auto [k, type] : llvm::enumerate(op->getResultTypes()))
        results.push_back(loop.resultRole(k) == Role::Carry ? op->getOperand(loop.consts + k)
                                                            : emitter.zeros(type));
      rewriter.replaceOp(op, results);
      return success();
    }
    SmallVector<Value> arguments;
    for (auto [i, argument] : llvm::enumerate(loop.body().getArguments())) {
      Val operand(emitter, op->getOperand(i));
      auto type = cast<RankedTensorType>(argument.getType());
      arguments.push_back(loop.role(i) == Role::Slice ? reshape(operand, type.getShape()).value
                                                      : operand.value);
    }
    for (auto [k, value] : llvm::enumerate(inlineBefore(loop.body(), op, arguments, rewriter))) {
      auto type = cast<RankedTensorType>(op->getResult(k).getType());
      results.push_back(loop.resultRole(k) == Role::Slice
                            ? reshape({emitter, value}, type.getShape()).value
                            : value);
    }
    rewriter.replaceOp(op, results);
    return success();
  }
};

/// A loop whose condition is false is not entered. Saves it.
struct NeverEntered : OpRewritePattern<WhileOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(WhileOp op, PatternRewriter &rewriter) const override {
    if (!isSplat(op.getCond().front().getTerminator()->getOperand(0), 0))
      return failure();
    rewriter.replaceOp(op, op.getIns().drop_front(op.getCondConsts() + op.getBodyConsts()));
    return success();
  }
};

//===----------------------------------------------------------------------===//
// What loops carry, read and stack
//===----------------------------------------------------------------------===//

/// What of a loop's body is wanted.
class Wanted {
public:
  explicit Wanted(const Loop &loop) : loop(loop) {
    for (Operation &op : loop.body().without_terminator())
      if (!isMemoryEffectFree(&op))
        want(op.getResults(), &op);
    for (unsigned k = 0; k < loop.op->getNumResults(); ++k)
      if (!loop.op->getResult(k).use_empty())
        wantResult(k);
    while (!queue.empty())
      visit(queue.pop_back_val());
  }

  bool argument(unsigned i) const { return values.contains(loop.body().getArgument(i)); }
  bool result(unsigned k) const { return results.contains(k); }
  bool op(Operation *op) const { return ops.contains(op); }

private:
  void wantResult(unsigned k) {
    if (results.insert(k).second)
      queue.push_back(loop.yielded(k));
  }
  void want(ValueRange, Operation *op) {
    if (ops.insert(op).second)
      op->walk(
          [&](Operation *nested) { queue.append(nested->operand_begin(), nested->operand_end()); });
  }
  void visit(Value value) {
    if (!values.insert(value).second)
      return;
    if (Operation *op = value.getDefiningOp(); op && op->getBlock() == &loop.body())
      want(op->getResults(), op);
    auto argument = dyn_cast<BlockArgument>(value);
    if (argument && argument.getOwner() == &loop.body() &&
        loop.role(argument.getArgNumber()) == Role::Carry)
      wantResult(argument.getArgNumber() - loop.consts);
  }

  const Loop &loop;
  DenseSet<Value> values;
  DenseSet<Operation *> ops;
  DenseSet<unsigned> results;
  SmallVector<Value> queue;
};

/// A loop made anew with only what it needs. `changed` says whether that is less
/// than it had.
class TidiedLoop {
public:
  TidiedLoop(const Loop &loop, PatternRewriter &rewriter)
      : loop(loop), emitter(rewriter, loop.op->getLoc()), wanted(loop),
        builder(loop.op->getLoc(), loop.length, loop.reverse), results(loop.op->getNumResults()) {}

  /// Whether there is anything to tidy; finds it all but changes nothing.
  bool needsTidying() const {
    DenseSet<std::pair<Value, unsigned>> seen;
    for (unsigned i = 0; i < loop.op->getNumOperands(); ++i) {
      Role role = loop.role(i);
      Value operand = loop.op->getOperand(i);
      bool isCarried = role == Role::Carry;
      if (!wanted.argument(i) && !(isCarried && wanted.result(i - loop.consts)))
        return true;
      if (isCarried ? isInvariant(i) : !seen.insert({operand, unsigned(role)}).second)
        return true;
      if (!isCarried && (splatOf(operand) || (role == Role::Slice && isRepeated(operand))))
        return true;
    }
    for (unsigned k = loop.carries; k < loop.op->getNumResults(); ++k)
      if (!wanted.result(k) || isKnown(k) || isDuplicate(k))
        return true;
    return false;
  }

  SmallVector<Value> build() {
    for (unsigned i = 0; i < loop.op->getNumOperands(); ++i)
      addOperand(i);
    OpBuilder inside = builder.builder();
    for (Operation &op : loop.body().without_terminator())
      if (wanted.op(&op))
        inside.clone(op, map);
    SmallVector<std::pair<unsigned, LoopBuilder::Yielded>> made;
    for (unsigned k = 0; k < loop.op->getNumResults(); ++k)
      if (wanted.result(k) && !knownResult(k) && !isDuplicate(k))
        made.push_back({k, builder.yield(loop.resultRole(k), map.lookup(loop.yielded(k)))});
    builder.finish(emitter, loop.isMap);
    for (auto [k, yielded] : made)
      results[k] = builder.result(yielded);
    for (unsigned k = loop.carries; k < results.size(); ++k)
      if (wanted.result(k) && !results[k])
        results[k] = results[firstLike(k)];
    return results;
  }

private:
  /// Whether an operand that is read slice by slice is the same in each.
  static bool isRepeated(Value operand) {
    auto copies = operand.getDefiningOp<BroadcastInDimOp>();
    if (!copies)
      return false;
    ArrayRef<int64_t> dims = copies.getDims();
    return dims.empty() || dims.front() != 0 || copies.getX().getType().getDimSize(0) == 1;
  }

  bool isInvariant(unsigned i) const {
    return loop.role(i) == Role::Carry &&
           loop.yielded(i - loop.consts) == loop.body().getArgument(i);
  }

  /// Whether what is stacked as result `k` is a constant or an operand.
  bool isKnown(unsigned k) const {
    Value value = loop.yielded(k);
    if (splatOf(value))
      return true;
    auto argument = dyn_cast<BlockArgument>(value);
    return argument && (loop.role(argument.getArgNumber()) != Role::Carry ||
                        isInvariant(argument.getArgNumber()));
  }

  unsigned firstLike(unsigned k) const {
    for (unsigned j = loop.carries; j < k; ++j)
      if (wanted.result(j) && loop.yielded(j) == loop.yielded(k))
        return j;
    return k;
  }
  bool isDuplicate(unsigned k) const {
    return loop.resultRole(k) == Role::Slice && firstLike(k) != k;
  }

  /// Gives result `k` its value if that needs no loop.
  bool knownResult(unsigned k) {
    auto type = cast<RankedTensorType>(loop.op->getResult(k).getType());
    if (k < loop.carries) {
      if (isInvariant(loop.consts + k))
        results[k] = loop.op->getOperand(loop.consts + k);
      return results[k] != nullptr;
    }
    if (!isKnown(k))
      return false;
    Value value = loop.yielded(k);
    if (DenseElementsAttr splat = splatOf(value)) {
      results[k] = emitter.create<ConstantOp>(splat.resizeSplat(type));
      return true;
    }
    unsigned i = cast<BlockArgument>(value).getArgNumber();
    Val operand(emitter, loop.op->getOperand(i));
    if (loop.role(i) == Role::Slice)
      results[k] = operand;
    else
      results[k] = emitter.create<BroadcastInDimOp>(
          type, operand.value, llvm::to_vector(llvm::seq<int64_t>(1, type.getRank())));
    return true;
  }

  void addOperand(unsigned i) {
    Value argument = loop.body().getArgument(i), operand = loop.op->getOperand(i);
    Role role = loop.role(i);
    bool isCarried = role == Role::Carry && wanted.result(i - loop.consts);
    if (!wanted.argument(i) && !isCarried)
      return;
    if (isInvariant(i))
      role = Role::Const;
    if (role != Role::Carry) {
      if (DenseElementsAttr splat = splatOf(operand)) {
        auto type = cast<RankedTensorType>(argument.getType());
        // The block belongs to no op yet, so the builder cannot ask it for a context.
        OpBuilder inside(type.getContext());
        inside.setInsertionPointToStart(&builder.block());
        map.map(argument, ConstantOp::create(inside, loop.op->getLoc(), splat.resizeSplat(type)));
        return;
      }
      if (role == Role::Slice && isRepeated(operand)) {
        operand = oneOf(operand.getDefiningOp<BroadcastInDimOp>());
        role = Role::Const;
      }
      Value &known = added[{operand, unsigned(role)}];
      if (!known)
        known = builder.add(role, operand);
      map.map(argument, known);
      return;
    }
    map.map(argument, builder.add(role, operand));
  }

  /// The slice that all slices of `copies` are.
  Value oneOf(BroadcastInDimOp copies) {
    Val x(emitter, copies.getX());
    SmallVector<int64_t> dims(copies.getDims());
    if (!dims.empty() && dims.front() == 0) {
      x = reshape(x, x.shape().drop_front());
      dims.erase(dims.begin());
    }
    for (int64_t &dim : dims)
      --dim;
    return broadcast(x, copies.getType().getShape().drop_front(), dims);
  }

  const Loop &loop;
  Emitter emitter;
  Wanted wanted;
  LoopBuilder builder;
  IRMapping map;
  DenseMap<std::pair<Value, unsigned>, Value> added;
  SmallVector<Value> results;
};

/// A loop with only what it needs: carries that change and are wanted, slices
/// that differ, stacks that are not operands or constants. Saves a copy per
/// round of each that it has not.
template <class LoopT> struct TidyLoop : OpRewritePattern<LoopT> {
  using OpRewritePattern<LoopT>::OpRewritePattern;
  LogicalResult matchAndRewrite(LoopT op, PatternRewriter &rewriter) const override {
    Loop loop(op);
    if (op->use_empty())
      return failure();
    TidiedLoop tidied(loop, rewriter);
    if (!tidied.needsTidying())
      return failure();
    SmallVector<Value> results = tidied.build();
    for (auto [old, value] : llvm::zip(op->getResults(), results))
      if (value)
        rewriter.replaceAllUsesWith(old, value);
    rewriter.eraseOp(op);
    return success();
  }
};

/// What a body computes from constants alone is computed once, in front of the
/// loop, unless it only repeats or renames elements. Saves all rounds but one.
template <class LoopT> struct HoistInvariant : OpRewritePattern<LoopT> {
  using OpRewritePattern<LoopT>::OpRewritePattern;
  LogicalResult matchAndRewrite(LoopT op, PatternRewriter &rewriter) const override {
    Loop loop(op);
    SmallVector<Operation *> hoisted;
    DenseSet<Value> outside;
    for (BlockArgument argument : loop.body().getArguments().take_front(loop.consts))
      outside.insert(argument);
    SmallVector<Operation *> cheap;
    for (Operation &inner : loop.body().without_terminator()) {
      bool isInvariant =
          isPure(&inner) && inner.getNumRegions() == 0 &&
          llvm::all_of(inner.getOperands(), [&](Value v) { return outside.contains(v); });
      if (!isInvariant)
        continue;
      outside.insert_range(inner.getResults());
      if (!isCheap(inner))
        hoisted.push_back(&inner);
    }
    if (hoisted.empty())
      return failure();
    hoist(loop, hoisted, rewriter);
    return success();
  }

  static bool isCheap(Operation &op) {
    return isa<ConstantOp, IotaOp, BroadcastInDimOp, ReshapeOp>(op);
  }

  static void hoist(const Loop &loop, ArrayRef<Operation *> hoisted, PatternRewriter &rewriter) {
    Location loc = loop.op->getLoc();
    Block &body = loop.body();
    IRMapping out;
    out.map(body.getArguments().take_front(loop.consts),
            loop.op->getOperands().take_front(loop.consts));
    SmallVector<Value> wanted;
    for (Operation *op : hoisted)
      llvm::append_range(wanted, op->getResults());
    OpBuilder before(rewriter);
    cloneComputation(body, wanted, before, out);

    LoopBuilder builder(loc, loop.length, loop.reverse);
    IRMapping map;
    for (auto [i, argument] : llvm::enumerate(body.getArguments()))
      map.map(argument, builder.add(loop.role(i), loop.op->getOperand(i)));
    for (Value value : wanted)
      map.map(value, builder.add(Role::Const, out.lookup(value)));
    OpBuilder inside = builder.builder();
    for (Operation &op : body.without_terminator())
      if (!llvm::is_contained(hoisted, &op))
        inside.clone(op, map);
    for (unsigned k = 0; k < loop.op->getNumResults(); ++k)
      builder.yield(loop.resultRole(k), map.lookup(loop.yielded(k)));
    Emitter emitter(rewriter, loc);
    Operation *again = builder.finish(emitter, loop.isMap);
    rewriter.replaceOp(loop.op, again);
  }
};

//===----------------------------------------------------------------------===//
// Slices of the round before
//===----------------------------------------------------------------------===//

/// `step + offset`, if `value` is written so.
std::optional<std::pair<Value, int64_t>> offsetOf(Value value) {
  Operation *op = value.getDefiningOp();
  if (!isa_and_nonnull<AddOp, SubOp>(op))
    return std::nullopt;
  for (int64_t offset : {1, -1})
    if (isSplat(op->getOperand(1), static_cast<double>(isa<SubOp>(op) ? -offset : offset)))
      return std::pair(op->getOperand(0), offset);
  return std::nullopt;
}

/// A value that is, in the first round, one from outside, and in others the slice
/// that the round before read of a tensor.
struct LateSlice {
  SelectOp choice;
  unsigned first, stack;

  static std::optional<LateSlice> match(const Loop &loop, SelectOp choice) {
    auto first = dyn_cast<BlockArgument>(choice.getOnTrue());
    auto reshape = choice.getOnFalse().getDefiningOp<ReshapeOp>();
    auto read = reshape ? reshape.getX().getDefiningOp<DynamicSliceOp>() : DynamicSliceOp();
    auto stack = read ? dyn_cast<BlockArgument>(read.getX()) : BlockArgument();
    bool areConstant = isRole(loop, first, Role::Const) && isRole(loop, stack, Role::Const);
    if (!areConstant || choice.getType() != sliceType(stack.getType()))
      return std::nullopt;
    auto offset = offsetOf(read.getStarts().front());
    ArrayRef<int64_t> whole = read.getX().getType().getShape();
    bool isNext = offset && offset->second == (loop.reverse ? 1 : -1) &&
                  isStepNumber(loop, offset->first) && whole.front() == loop.length;
    if (!isNext || !isFirstRound(loop, choice.getPredicate(), offset->first))
      return std::nullopt;
    return LateSlice{choice, first.getArgNumber(), stack.getArgNumber()};
  }

private:
  static bool isRole(const Loop &loop, BlockArgument argument, Role role) {
    return argument && argument.getOwner() == &loop.body() &&
           loop.role(argument.getArgNumber()) == role;
  }
  static bool isStepNumber(const Loop &loop, Value value) {
    auto argument = dyn_cast<BlockArgument>(value);
    return isRole(loop, argument, Role::Slice) &&
           loop.op->getOperand(argument.getArgNumber()).getDefiningOp<IotaOp>() &&
           tensorType(value).getRank() == 0;
  }
  static bool isFirstRound(const Loop &loop, Value predicate, Value step) {
    if (auto copies = predicate.getDefiningOp<BroadcastInDimOp>())
      predicate = copies.getX();
    auto compare = predicate.getDefiningOp<CompareOp>();
    return compare && compare.getDirection() == "eq" && compare.getX() == step &&
           isSplat(compare.getY(), loop.reverse ? static_cast<double>(loop.length - 1) : 0);
  }
};

/// A slice that the round before read is carried instead of being looked up.
/// Saves the lookup and the choice in each round.
struct CarryLateSlice : OpRewritePattern<ScanOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ScanOp op, PatternRewriter &rewriter) const override {
    Loop loop(op);
    std::optional<LateSlice> late;
    for (auto choice : loop.body().getOps<SelectOp>())
      if (!late)
        late = LateSlice::match(loop, choice);
    if (!late)
      return failure();
    LoopBuilder builder(op.getLoc(), loop.length, loop.reverse);
    IRMapping map;
    for (auto [i, argument] : llvm::enumerate(loop.body().getArguments()))
      map.map(argument, builder.add(loop.role(i), op.getOperand(i)));
    Value before = builder.add(Role::Carry, op.getOperand(late->first));
    Value slice = builder.add(Role::Slice, op.getOperand(late->stack));
    OpBuilder inside = builder.builder();
    for (Operation &inner : loop.body().without_terminator())
      if (&inner == late->choice)
        map.map(late->choice.getOut(), before);
      else
        inside.clone(inner, map);
    SmallVector<LoopBuilder::Yielded> results;
    for (unsigned k = 0; k < op->getNumResults(); ++k)
      results.push_back(builder.yield(loop.resultRole(k), map.lookup(loop.yielded(k))));
    builder.yield(Role::Carry, slice);
    Emitter emitter(rewriter, op.getLoc());
    builder.finish(emitter, loop.isMap);
    rewriter.replaceOp(op, llvm::map_to_vector(results, [&](LoopBuilder::Yielded yielded) {
                         return builder.result(yielded);
                       }));
    return success();
  }
};

} // namespace

void addControlFlowSimplifications(RewritePatternSet &patterns) {
  patterns.add<KnownBranch, TidyCond, ShortLoop<ScanOp>, ShortLoop<MapOp>, NeverEntered,
               TidyLoop<ScanOp>, TidyLoop<MapOp>, HoistInvariant<ScanOp>, HoistInvariant<MapOp>,
               CarryLateSlice>(patterns.getContext());
}

} // namespace mjx
