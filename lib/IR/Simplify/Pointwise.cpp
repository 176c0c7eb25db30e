//===- Pointwise.cpp - Cheaper arithmetic ---------------------------------===//
#include "Simplify.h"

#include "../PointwiseRules.h"

#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;

namespace mjx {

namespace {

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

/// What an op gives for scalars that are known, by folding its scalar form. Only
/// arithmetic is: functions must not depend on where they are computed.
class ScalarFolder {
public:
  explicit ScalarFolder(PointwiseOpInterface op) : op(op) {}

  Attribute run(ArrayRef<Attribute> arguments) {
    OpBuilder builder(op.getContext());
    builder.setInsertionPointToEnd(&block);
    ImplicitLocOpBuilder b(op.getLoc(), builder);
    SmallVector<Value> values;
    for (Attribute argument : arguments)
      values.push_back(arith::ConstantOp::create(b, cast<TypedAttr>(argument)));
    Value result = op.buildScalar(b, values);
    return result && foldAll() ? known.lookup(result) : Attribute();
  }

private:
  bool foldAll() {
    for (Operation &scalar : block)
      if (!isa<arith::ArithDialect>(scalar.getDialect()) || !foldOne(scalar))
        return false;
    return true;
  }

  bool foldOne(Operation &scalar) {
    SmallVector<Attribute> operands;
    for (Value operand : scalar.getOperands())
      operands.push_back(known.lookup(operand));
    SmallVector<OpFoldResult> results;
    if (failed(scalar.fold(operands, results)) || results.size() != 1)
      return false;
    auto value = dyn_cast<Value>(results.front());
    known[scalar.getResult(0)] = value ? known.lookup(value) : cast<Attribute>(results.front());
    return true;
  }

  PointwiseOpInterface op;
  Block block;
  DenseMap<Value, Attribute> known;
};

Attribute scalarAt(DenseElementsAttr elements, int64_t i) {
  Type element = elements.getElementType();
  if (isa<FloatType>(element))
    return FloatAttr::get(element, elements.getValues<APFloat>()[i]);
  return IntegerAttr::get(IntegerType::get(element.getContext(), element.getIntOrFloatBitWidth()),
                          elements.getValues<APInt>()[i]);
}

DenseElementsAttr elementsOfType(RankedTensorType type, ArrayRef<Attribute> scalars) {
  if (isa<FloatType>(type.getElementType()))
    return DenseElementsAttr::get(type, llvm::map_to_vector(scalars, [](Attribute scalar) {
                                    return cast<FloatAttr>(scalar).getValue();
                                  }));
  return DenseElementsAttr::get(type, llvm::map_to_vector(scalars, [](Attribute scalar) {
                                  return cast<IntegerAttr>(scalar).getValue();
                                }));
}

/// An op on constants is a constant, if these are splats or small. Saves the op.
struct FoldConstants : OpInterfaceRewritePattern<PointwiseOpInterface> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;
  static constexpr int64_t most = 64;

  LogicalResult matchAndRewrite(PointwiseOpInterface op, PatternRewriter &rewriter) const override {
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    SmallVector<DenseElementsAttr> operands;
    bool areSplats = true;
    for (Value operand : op->getOperands()) {
      DenseElementsAttr elements = splatOf(operand);
      if (!elements && !matchPattern(operand, m_Constant(&elements)))
        return failure();
      areSplats &= elements.isSplat();
      operands.push_back(elements);
    }
    int64_t count = areSplats ? 1 : type.getNumElements();
    bool isNumber = type.getElementType().isIntOrFloat() && count > 0 && count <= most;
    if (!isNumber || type.getNumElements() == 0)
      return failure();
    SmallVector<Attribute> scalars;
    for (int64_t i = 0; i < count; ++i)
      if (!fold(op, operands, i, scalars))
        return failure();
    DenseElementsAttr value =
        elementsOfType(areSplats ? type.clone(ArrayRef<int64_t>()) : type, scalars);
    rewriter.replaceOpWithNewOp<ConstantOp>(op, areSplats ? value.resizeSplat(type) : value);
    return success();
  }

  static bool fold(PointwiseOpInterface op, ArrayRef<DenseElementsAttr> operands, int64_t i,
                   SmallVector<Attribute> &scalars) {
    SmallVector<Attribute> arguments;
    for (DenseElementsAttr operand : operands) {
      if (!operand.getElementType().isIntOrFloat())
        return false;
      arguments.push_back(scalarAt(operand, operand.isSplat() ? 0 : i));
    }
    Attribute scalar = ScalarFolder(op).run(arguments);
    scalars.push_back(scalar);
    return scalar != nullptr;
  }
};

//===----------------------------------------------------------------------===//
// Signs and scales
//===----------------------------------------------------------------------===//

bool isNegated(Value value) { return value.getDefiningOp<NegOp>() != nullptr; }
bool isNegatedOnce(Value value) { return isNegated(value) && value.hasOneUse(); }

/// x + (-y) is x - y, (-x) + y is y - x. Saves the negation.
struct AddOfNegative : OpRewritePattern<AddOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(AddOp op, PatternRewriter &rewriter) const override {
    if (!isNegated(op.getX()) && !isNegated(op.getY()))
      return failure();
    Emitter emitter(rewriter, op.getLoc());
    rewriter.replaceOp(op, (Val(emitter, op.getX()) + Val(emitter, op.getY())).value);
    return success();
  }
};

/// x - (-y) is x + y. Saves the negation.
struct SubOfNegative : OpRewritePattern<SubOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SubOp op, PatternRewriter &rewriter) const override {
    auto neg = op.getY().getDefiningOp<NegOp>();
    if (!neg)
      return failure();
    rewriter.replaceOpWithNewOp<AddOp>(op, op.getX(), neg.getX());
    return success();
  }
};

/// The sign of a factor is that of the product, where it may cancel or turn an
/// addition into a subtraction. Costs nothing: one negation for another.
template <class OpT> struct SignOutside : OpRewritePattern<OpT> {
  using OpRewritePattern<OpT>::OpRewritePattern;
  LogicalResult matchAndRewrite(OpT op, PatternRewriter &rewriter) const override {
    for (unsigned i : {0, 1}) {
      Value factor = op->getOperand(i);
      if (!isNegatedOnce(factor))
        continue;
      SmallVector<Value> operands(op->getOperands());
      operands[i] = factor.getDefiningOp<NegOp>().getX();
      Value positive = OpT::create(rewriter, op.getLoc(), operands[0], operands[1]);
      rewriter.replaceOpWithNewOp<NegOp>(op, positive);
      return success();
    }
    return failure();
  }
};

std::optional<APFloat> realSplat(Value value) {
  DenseElementsAttr splat = splatOf(value);
  if (!splat || !isa<FloatType>(splat.getElementType()))
    return std::nullopt;
  return splat.getSplatValue<APFloat>();
}

/// x * -1 is -x; (x c) d is x (c d) where that rounds alike. Saves a product.
struct MergeScales : OpRewritePattern<MulOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(MulOp op, PatternRewriter &rewriter) const override {
    Value x = op.getX(), scale = op.getY();
    if (realSplat(x))
      std::swap(x, scale);
    std::optional<APFloat> c = realSplat(scale);
    if (!c || realSplat(x))
      return failure();
    if (!c->isExactlyValue(-1) && !scalesBy(x, *c))
      return failure();
    Emitter emitter(rewriter, op.getLoc());
    rewriter.replaceOp(op, (Val(emitter, x) * Val(emitter, scale)).value);
    return success();
  }

  /// Whether `x` is a product with a constant that merges with `c`.
  static bool scalesBy(Value x, const APFloat &c) {
    auto inner = x.getDefiningOp<MulOp>();
    // A product of two constants is folded.
    if (!inner || (realSplat(inner.getX()) && realSplat(inner.getY())))
      return false;
    for (Value factor : {inner.getX(), inner.getY()})
      if (std::optional<APFloat> d = realSplat(factor); d && mergedScale(*d, c))
        return true;
    return false;
  }
};

/// x / c is x * (1 / c) for a power of 2. A product costs a fraction of a quotient.
struct DivideByPower : OpRewritePattern<DivOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(DivOp op, PatternRewriter &rewriter) const override {
    std::optional<APFloat> c = realSplat(op.getY());
    if (!c)
      return failure();
    Emitter emitter(rewriter, op.getLoc());
    Val product = Val(emitter, op.getX()) / Val(emitter, op.getY());
    auto *made = product.value.getDefiningOp();
    if (isa_and_nonnull<DivOp>(made)) {
      rewriter.eraseOp(made);
      return failure();
    }
    rewriter.replaceOp(op, product.value);
    return success();
  }
};

/// x^1 is x, x^2 is x x and x^-1 is 1 / x. Saves a power, which is many ops.
struct SmallPower : OpRewritePattern<PowOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(PowOp op, PatternRewriter &rewriter) const override {
    std::optional<APFloat> exponent = realSplat(op.getY());
    Emitter emitter(rewriter, op.getLoc());
    Val x(emitter, op.getX());
    if (!exponent)
      return failure();
    if (exponent->isExactlyValue(1))
      rewriter.replaceOp(op, op.getX());
    else if (exponent->isExactlyValue(2))
      rewriter.replaceOp(op, (x * x).value);
    else if (exponent->isExactlyValue(-1))
      rewriter.replaceOp(op, (1.0 / x).value);
    else
      return failure();
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Choices
//===----------------------------------------------------------------------===//

/// A choice inside a choice by the same predicate is made already. Saves the
/// inner one, if nothing else needs it.
struct NestedSelect : OpRewritePattern<SelectOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SelectOp op, PatternRewriter &rewriter) const override {
    auto onTrue = op.getOnTrue().getDefiningOp<SelectOp>();
    auto onFalse = op.getOnFalse().getDefiningOp<SelectOp>();
    bool skipsTrue = onTrue && onTrue.getPredicate() == op.getPredicate();
    bool skipsFalse = onFalse && onFalse.getPredicate() == op.getPredicate();
    if (!skipsTrue && !skipsFalse)
      return failure();
    rewriter.replaceOpWithNewOp<SelectOp>(op, op.getPredicate(),
                                          skipsTrue ? onTrue.getOnTrue() : op.getOnTrue(),
                                          skipsFalse ? onFalse.getOnFalse() : op.getOnFalse());
    return success();
  }
};

/// A choice by `not p` is the other choice by p. Saves the `not`.
struct SelectByNot : OpRewritePattern<SelectOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SelectOp op, PatternRewriter &rewriter) const override {
    auto inverse = op.getPredicate().getDefiningOp<NotOp>();
    if (!inverse)
      return failure();
    rewriter.replaceOpWithNewOp<SelectOp>(op, inverse.getX(), op.getOnFalse(), op.getOnTrue());
    return success();
  }
};

/// Choosing between true and false is the predicate, or its inverse. Saves up to
/// one op.
struct SelectOfBooleans : OpRewritePattern<SelectOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SelectOp op, PatternRewriter &rewriter) const override {
    if (!op.getType().getElementType().isInteger(1) || op.getPredicate().getType() != op.getType())
      return failure();
    if (isSplat(op.getOnTrue(), 1) && isSplat(op.getOnFalse(), 0))
      rewriter.replaceOp(op, op.getPredicate());
    else if (isSplat(op.getOnTrue(), 0) && isSplat(op.getOnFalse(), 1))
      rewriter.replaceOpWithNewOp<NotOp>(op, op.getPredicate());
    else
      return failure();
    return success();
  }
};

/// An operation on a choice between constants is a choice between constants.
/// Saves the operation.
template <class OpT> struct ChoiceOfConstants : OpRewritePattern<OpT> {
  using OpRewritePattern<OpT>::OpRewritePattern;
  LogicalResult matchAndRewrite(OpT op, PatternRewriter &rewriter) const override {
    SelectOp choice;
    for (Value operand : op->getOperands()) {
      auto select = operand.template getDefiningOp<SelectOp>();
      bool isConstant = select && splatOf(select.getOnTrue()) && splatOf(select.getOnFalse());
      if (isConstant && !choice && select->hasOneUse())
        choice = select;
      else if (!splatOf(operand))
        return failure();
    }
    if (!choice || !isa<FloatType, IntegerType>(op.getType().getElementType()))
      return failure();
    auto with = [&](Value arm) {
      IRMapping map;
      map.map(choice.getOut(), arm);
      return rewriter.clone(*op, map)->getResult(0);
    };
    Value onTrue = with(choice.getOnTrue()), onFalse = with(choice.getOnFalse());
    rewriter.replaceOpWithNewOp<SelectOp>(op, choice.getPredicate(), onTrue, onFalse);
    return success();
  }
};

/// Nothing is differentiated any more in a program of one function without
/// transforms around the op. Saves a copy, and lets others see through it.
struct StopGradientLate : OpRewritePattern<StopGradientOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(StopGradientOp op, PatternRewriter &rewriter) const override {
    Operation *function = op->getParentOfType<FunctionOpInterface>();
    bool isAlone =
        function && function->getBlock() && llvm::hasSingleElement(*function->getBlock());
    if (!isAlone || op->getParentOfType<TransformOpInterface>() || isUnderConstruction(op))
      return failure();
    rewriter.replaceOp(op, op.getX());
    return success();
  }

  /// Regions that are still traced are held by an op that nobody registered.
  static bool isUnderConstruction(Operation *op) {
    while ((op = op->getParentOp()))
      if (!op->isRegistered())
        return true;
    return false;
  }
};

/// The inverse of a relation is a relation, but for orders of floats, as NaN is
/// in none. Saves the `not`.
struct NotOfCompare : OpRewritePattern<NotOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(NotOp op, PatternRewriter &rewriter) const override {
    auto compare = op.getX().getDefiningOp<CompareOp>();
    if (!compare)
      return failure();
    bool isOrdered = isa<IntegerType>(compare.getX().getType().getElementType());
    StringRef inverse = llvm::StringSwitch<StringRef>(compare.getDirection())
                            .Case("eq", "ne")
                            .Case("ne", "eq")
                            .Case("lt", isOrdered ? "ge" : "")
                            .Case("le", isOrdered ? "gt" : "")
                            .Case("gt", isOrdered ? "le" : "")
                            .Case("ge", isOrdered ? "lt" : "")
                            .Default("");
    if (inverse.empty())
      return failure();
    rewriter.replaceOpWithNewOp<CompareOp>(op, inverse, compare.getX(), compare.getY());
    return success();
  }
};

/// Whether a boolean made a number differs from 0: the boolean. Saves both.
struct CompareOfBoolean : OpRewritePattern<CompareOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(CompareOp op, PatternRewriter &rewriter) const override {
    auto number = op.getX().getDefiningOp<ConvertOp>();
    bool isBoolean = number && number.getX().getType().getElementType().isInteger(1);
    if (!isBoolean || op.getDirection() != "ne" || !isSplat(op.getY(), 0))
      return failure();
    rewriter.replaceOp(op, number.getX());
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Conversions
//===----------------------------------------------------------------------===//

/// Whether every number of type `from` is one of type `to`.
bool holdsAll(Type from, Type to) {
  if (from.isInteger(1))
    return to.isIntOrFloat();
  auto fromFloat = dyn_cast<FloatType>(from), toFloat = dyn_cast<FloatType>(to);
  if (fromFloat && toFloat)
    return toFloat.getWidth() > fromFloat.getWidth();
  if (fromFloat || !isa<IntegerType>(from))
    return false;
  unsigned width = from.getIntOrFloatBitWidth() - (from.isUnsignedInteger() ? 0 : 1);
  if (toFloat)
    return toFloat.getFPMantissaWidth() >= width && toFloat.getWidth() >= 32;
  if (!isa<IntegerType>(to) || to.isInteger(1) || to.isUnsignedInteger() > from.isUnsignedInteger())
    return false;
  return to.getIntOrFloatBitWidth() - (to.isUnsignedInteger() ? 0 : 1) >= width;
}

/// A conversion by way of a type that holds all numbers of the first. Saves one.
struct ConvertOfConvert : OpRewritePattern<ConvertOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ConvertOp op, PatternRewriter &rewriter) const override {
    auto inner = op.getX().getDefiningOp<ConvertOp>();
    if (!inner)
      return failure();
    Type first = inner.getX().getType().getElementType();
    if (!holdsAll(first, op.getX().getType().getElementType()))
      return failure();
    if (inner.getX().getType() == op.getType())
      rewriter.replaceOp(op, inner.getX());
    else
      rewriter.replaceOpWithNewOp<ConvertOp>(op, op.getType(), inner.getX());
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Moves through pointwise ops
//===----------------------------------------------------------------------===//

/// Operands of a pointwise op that are results of one kind of op and splats;
/// null if there are others. `moved` are the former.
template <class MoveT> bool movedOperands(Operation *op, SmallVector<MoveT> &moved) {
  for (Value operand : op->getOperands())
    if (auto move = operand.getDefiningOp<MoveT>(); move && !splatOf(operand))
      moved.push_back(move);
    else if (!splatOf(operand))
      return false;
  return !moved.empty();
}

/// The op on `shape`, its moved operands taken from before the move.
template <class MoveT>
Operation *beforeMove(Operation *op, ArrayRef<int64_t> shape, PatternRewriter &rewriter) {
  Emitter emitter(rewriter, op->getLoc());
  SmallVector<Value> operands;
  for (Value operand : op->getOperands()) {
    if (DenseElementsAttr splat = splatOf(operand)) {
      auto type = cast<RankedTensorType>(operand.getType()).clone(shape);
      operands.push_back(ConstantOp::create(rewriter, op->getLoc(), splat.resizeSplat(type)));
    } else {
      operands.push_back(operand.getDefiningOp<MoveT>().getX());
    }
  }
  auto type = cast<RankedTensorType>(op->getResult(0).getType()).clone(shape);
  return emitter.cloneWith(op, operands, type);
}

bool isSameMove(BroadcastInDimOp x, BroadcastInDimOp y) { return x.getDims() == y.getDims(); }
bool isSameMove(TransposeOp x, TransposeOp y) { return x.getPermutation() == y.getPermutation(); }
bool isSameMove(ReshapeOp, ReshapeOp) { return true; }

template <class MoveT> bool areAlike(ArrayRef<MoveT> moves) {
  MoveT first = moves.front();
  return llvm::all_of(moves, [&](MoveT move) {
    return isSameMove(move, first) &&
           move.getX().getType().getShape() == first.getX().getType().getShape();
  });
}

/// f(broadcast x, broadcast y) is broadcast f(x, y). Saves f on the copies.
struct BroadcastLater : OpInterfaceRewritePattern<PointwiseOpInterface> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;
  LogicalResult matchAndRewrite(PointwiseOpInterface op, PatternRewriter &rewriter) const override {
    SmallVector<BroadcastInDimOp> moves;
    if (!movedOperands<BroadcastInDimOp>(op, moves) || !areAlike<BroadcastInDimOp>(moves))
      return failure();
    RankedTensorType from = moves.front().getX().getType();
    if (from.getNumElements() >= moves.front().getType().getNumElements())
      return failure();
    Operation *fewer = beforeMove<BroadcastInDimOp>(op, from.getShape(), rewriter);
    rewriter.replaceOpWithNewOp<BroadcastInDimOp>(op, op->getResult(0).getType(),
                                                  fewer->getResult(0), moves.front().getDims());
    return success();
  }
};

/// Dimensions of size 1, which a later broadcast or reduction makes or drops by
/// itself.
bool movesOnlyOnes(ReshapeOp move) {
  auto isNotOne = [](int64_t extent) { return extent != 1; };
  return llvm::equal(llvm::make_filter_range(move.getType().getShape(), isNotOne),
                     llvm::make_filter_range(move.getX().getType().getShape(), isNotOne));
}
bool movesOnlyOnes(TransposeOp) { return false; }

/// f(move x, move y) is move f(x, y): saves a move. Of one operand it is done
/// where the only user is such a move, which then meets this one, and where the
/// move is of dimensions of size 1.
template <class MoveT> struct MoveLater : OpInterfaceRewritePattern<PointwiseOpInterface> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;
  LogicalResult matchAndRewrite(PointwiseOpInterface op, PatternRewriter &rewriter) const override {
    SmallVector<MoveT> moves;
    if (!movedOperands<MoveT>(op, moves) || !areAlike<MoveT>(moves))
      return failure();
    llvm::SmallDenseSet<Operation *, 4> different;
    for (MoveT move : moves)
      if (move->hasOneUse() ||
          llvm::all_equal(llvm::map_range(move->getUsers(), [](Operation *u) { return u; })))
        different.insert(move);
    auto isMove = [](Operation *user) { return isa<MoveT>(user); };
    bool meets = !op->use_empty() && llvm::all_of(op->getUsers(), isMove) && different.size() == 1;
    if (different.size() < 2 && !meets && !movesOnlyOnes(moves.front()))
      return failure();
    Operation *before = beforeMove<MoveT>(op, moves.front().getX().getType().getShape(), rewriter);
    IRMapping map;
    map.map(moves.front().getX(), before->getResult(0));
    Operation *move = rewriter.clone(*moves.front(), map);
    move->getResult(0).setType(cast<RankedTensorType>(op->getResult(0).getType()));
    rewriter.replaceOp(op, move);
    return success();
  }
};

} // namespace

void addPointwiseSimplifications(RewritePatternSet &patterns) {
  patterns.add<FoldConstants, AddOfNegative, SubOfNegative, SignOutside<MulOp>, SignOutside<DivOp>,
               MergeScales, DivideByPower, SmallPower, NestedSelect, SelectByNot, SelectOfBooleans,
               ChoiceOfConstants<AddOp>, ChoiceOfConstants<SubOp>, ChoiceOfConstants<MulOp>,
               ChoiceOfConstants<NegOp>, StopGradientLate, NotOfCompare, CompareOfBoolean,
               ConvertOfConvert, BroadcastLater, MoveLater<ReshapeOp>, MoveLater<TransposeOp>>(
      patterns.getContext());
}

} // namespace mjx
