//===- VectorBody.cpp - The body of a structured op, on lanes -------------===//
#include "VectorBody.h"

#include "mlir/IR/IRMapping.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace mjx {

namespace {

Type onLanes(Type type, int64_t lanes) { return lanes == 1 ? type : VectorType::get(lanes, type); }

bool isLaneType(Type type) {
  return VectorType::isValidElementType(type) && type.isIntOrIndexOrFloat();
}

/// Division is scalar on every machine we know; splitting vectors for it only
/// costs.
bool isIntegerDivision(Operation &op) {
  return isa<arith::DivSIOp, arith::DivUIOp, arith::RemSIOp, arith::RemUIOp, arith::CeilDivSIOp,
             arith::CeilDivUIOp, arith::FloorDivSIOp>(op);
}

bool worksOnLanes(Operation &op) {
  auto allLanes = [](auto types) { return llvm::all_of(types, isLaneType); };
  if (isa<linalg::IndexOp, linalg::YieldOp>(op))
    return true;
  if (isa<arith::ConstantOp>(op))
    return isLaneType(op.getResult(0).getType());
  return OpTrait::hasElementwiseMappableTraits(&op) && !op.getNumRegions() &&
         !isIntegerDivision(op) && allLanes(op.getOperandTypes()) && allLanes(op.getResultTypes());
}

std::optional<vector::CombiningKind> combiningKind(Operation *op) {
  using Kind = vector::CombiningKind;
  using Result = std::optional<vector::CombiningKind>;
  return llvm::TypeSwitch<Operation *, Result>(op)
      .Case<arith::AddFOp, arith::AddIOp>([](auto) { return Kind::ADD; })
      .Case<arith::MulFOp, arith::MulIOp>([](auto) { return Kind::MUL; })
      .Case<arith::MaximumFOp>([](auto) { return Kind::MAXIMUMF; })
      .Case<arith::MinimumFOp>([](auto) { return Kind::MINIMUMF; })
      .Case<arith::MaxNumFOp>([](auto) { return Kind::MAXNUMF; })
      .Case<arith::MinNumFOp>([](auto) { return Kind::MINNUMF; })
      .Case<arith::MaxSIOp>([](auto) { return Kind::MAXSI; })
      .Case<arith::MinSIOp>([](auto) { return Kind::MINSI; })
      .Case<arith::MaxUIOp>([](auto) { return Kind::MAXUI; })
      .Case<arith::MinUIOp>([](auto) { return Kind::MINUI; })
      .Case<arith::AndIOp>([](auto) { return Kind::AND; })
      .Case<arith::OrIOp>([](auto) { return Kind::OR; })
      .Case<arith::XOrIOp>([](auto) { return Kind::XOR; })
      .Default([](Operation *) { return Result(); });
}

/// A sum or product whose order nobody may rely on: the only fast-math flag we
/// ever use.
arith::FastMathFlags reductionFlags(Operation *combiner) {
  return isa<arith::AddFOp, arith::MulFOp>(combiner) ? arith::FastMathFlags::reassoc
                                                     : arith::FastMathFlags::none;
}

Operation *cloneOnLanes(OpBuilder &builder, Operation &op, IRMapping &map, int64_t lanes) {
  if (lanes == 1)
    return builder.clone(op, map);
  SmallVector<Value> operands;
  for (Value operand : op.getOperands())
    operands.push_back(spread(builder, op.getLoc(), map.lookupOrDefault(operand), lanes));
  SmallVector<Type> types;
  for (Type type : op.getResultTypes())
    types.push_back(onLanes(type, lanes));
  OperationState state(op.getLoc(), op.getName(), operands, types, op.getAttrs());
  Operation *created = builder.create(state);
  map.map(op.getResults(), created->getResults());
  return created;
}

} // namespace

Value spread(OpBuilder &builder, Location loc, Value value, int64_t lanes) {
  if (lanes == 1 || isa<VectorType>(value.getType()))
    return value;
  auto type = VectorType::get(lanes, value.getType());
  if (auto constant = value.getDefiningOp<arith::ConstantOp>())
    return arith::ConstantOp::create(builder, loc,
                                     DenseElementsAttr::get(type, Attribute(constant.getValue())));
  return vector::BroadcastOp::create(builder, loc, type, value);
}

VectorBody::VectorBody(linalg::LinalgOp op) : op(op), block(op.getBlock()) { findCombiners(); }

void VectorBody::findCombiners() {
  Operation *yield = block->getTerminator();
  for (OpOperand &init : op.getDpsInitsMutable()) {
    BlockArgument accumulator = op.getMatchingBlockArgument(&init);
    OpOperand *result = op.getMatchingYieldValue(&init);
    Operation *combiner = result->get().getDefiningOp();
    if (!combiner || !combiningKind(combiner) || !accumulator.hasOneUse() ||
        *accumulator.user_begin() != combiner || !result->get().hasOneUse() ||
        combiner->getBlock() != block)
      return;
    combiners.push_back(combiner);
  }
  reduction = yield->getNumOperands() == combiners.size();
}

bool VectorBody::isVectorizable() const {
  return llvm::all_of(block->getArgumentTypes(), isLaneType) && llvm::all_of(*block, worksOnLanes);
}

bool VectorBody::isLong() const {
  return std::distance(block->begin(), block->end()) > 12 ||
         llvm::any_of(*block,
                      [](Operation &op) { return op.getName().getDialectNamespace() == "math"; });
}

int64_t VectorBody::lanes(int64_t vectorBytes) const {
  int64_t widest = 1;
  auto widen = [&](Type type) {
    if (!type.isInteger(1) && !type.isIndex())
      widest = std::max(widest, storageBytes(type));
  };
  for (Operation &nested : *block)
    for (Type type : nested.getResultTypes())
      widen(type);
  for (Type type : block->getArgumentTypes())
    widen(type);
  return std::max<int64_t>(vectorBytes / widest, 2);
}

Value VectorBody::cloneIndex(OpBuilder &builder, Value index, bool isLane, int64_t lanes) {
  Location loc = op.getLoc();
  if (!index)
    index = arith::ConstantIndexOp::create(builder, loc, 0);
  if (lanes == 1)
    return index;
  Value first = spread(builder, loc, index, lanes);
  if (!isLane)
    return first;
  auto numbers = llvm::to_vector(llvm::seq<int64_t>(0, lanes));
  Value steps = arith::ConstantOp::create(builder, loc, builder.getIndexVectorAttr(numbers));
  return arith::AddIOp::create(builder, loc, first, steps);
}

SmallVector<Value> VectorBody::clone(OpBuilder &builder, ArrayRef<Value> arguments,
                                     ArrayRef<Value> indices, int64_t lane, int64_t lanes) {
  IRMapping map;
  for (auto [argument, value] : llvm::zip_equal(block->getArguments(), arguments))
    if (value)
      map.map(argument, value);
  for (Operation &nested : block->without_terminator()) {
    if (auto index = dyn_cast<linalg::IndexOp>(nested)) {
      map.map(index.getResult(),
              cloneIndex(builder, indices[index.getDim()], lane == int64_t(index.getDim()), lanes));
      continue;
    }
    if (isa<arith::ConstantOp>(nested)) {
      // Spread where it is used, so that one constant serves both widths.
      builder.clone(nested, map);
      continue;
    }
    cloneOnLanes(builder, nested, map, lanes);
  }
  SmallVector<Value> results;
  for (Value result : block->getTerminator()->getOperands())
    results.push_back(spread(builder, op.getLoc(), map.lookupOrDefault(result), lanes));
  return results;
}

SmallVector<Value> VectorBody::neutral(OpBuilder &builder, int64_t lanes) {
  SmallVector<Value> values;
  for (Operation *combiner : combiners) {
    TypedAttr one = *arith::getNeutralElement(combiner);
    Value scalar = arith::ConstantOp::create(builder, op.getLoc(), one);
    values.push_back(spread(builder, op.getLoc(), scalar, lanes));
  }
  return values;
}

SmallVector<Value> VectorBody::merge(OpBuilder &builder, ValueRange a, ValueRange b) {
  SmallVector<Value> values;
  for (auto [combiner, x, y] : llvm::zip_equal(combiners, a, b)) {
    OperationState state(op.getLoc(), combiner->getName(), {x, y}, {x.getType()},
                         combiner->getAttrs());
    values.push_back(builder.create(state)->getResult(0));
  }
  return values;
}

SmallVector<Value> VectorBody::combine(OpBuilder &builder, ValueRange totals, ValueRange partials) {
  SmallVector<Value> values;
  for (auto [combiner, total, partial] : llvm::zip_equal(combiners, totals, partials))
    values.push_back(vector::ReductionOp::create(builder, op.getLoc(), *combiningKind(combiner),
                                                 partial, total, reductionFlags(combiner)));
  return values;
}

} // namespace mjx
