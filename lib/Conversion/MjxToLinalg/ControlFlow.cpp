//===- ControlFlow.cpp - Loops and branches in scf ------------------------===//
//
// Carries are iteration arguments, and so are the stacked results, which each
// step inserts its slice into: bufferization then works on them in place.
//
//===----------------------------------------------------------------------===//
#include "Lowering.h"

#include "mjx/Conversion/MjxToLinalg.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mjx;

namespace {

//===----------------------------------------------------------------------===//
// Slices
//===----------------------------------------------------------------------===//

/// One slice along the leading dimension of a tensor of type `type`.
struct Slice {
  Slice(OpBuilder &b, RankedTensorType type, Value index)
      : type(RankedTensorType::get(type.getShape().drop_front(), type.getElementType())),
        offsets(type.getRank(), b.getIndexAttr(0)), strides(type.getRank(), b.getIndexAttr(1)) {
    offsets.front() = index;
    sizes.push_back(b.getIndexAttr(1));
    for (int64_t extent : type.getShape().drop_front())
      sizes.push_back(b.getIndexAttr(extent));
  }

  RankedTensorType type;
  SmallVector<OpFoldResult> offsets, sizes, strides;
};

// A slice without elements is nowhere: tensor refuses it even at offset 0.

Value sliceAt(ImplicitLocOpBuilder &b, Value stacked, Value index) {
  Slice slice(b, cast<RankedTensorType>(stacked.getType()), index);
  if (!slice.type.getNumElements())
    return emptyTensor(b, slice.type.getShape(), slice.type.getElementType());
  return tensor::ExtractSliceOp::create(b, slice.type, stacked, slice.offsets, slice.sizes,
                                        slice.strides);
}

Value withSliceAt(ImplicitLocOpBuilder &b, Value stacked, Value index, Value value) {
  Slice slice(b, cast<RankedTensorType>(stacked.getType()), index);
  if (!slice.type.getNumElements())
    return stacked;
  return tensor::InsertSliceOp::create(b, value, stacked, slice.offsets, slice.sizes,
                                       slice.strides);
}

//===----------------------------------------------------------------------===//
// Loops over slices
//===----------------------------------------------------------------------===//

/// What scan and map are lowered from.
struct Loop {
  Region &body;
  int64_t consts, carries, length;
  bool reverse;
  TypeRange results;
  bool isMap = false;
};

/// Initial carries, and room for what is stacked.
SmallVector<Value> initialValues(const Loop &loop, ImplicitLocOpBuilder &b, ValueRange operands) {
  SmallVector<Value> values(operands.slice(loop.consts, loop.carries));
  for (Type result : loop.results.drop_front(loop.carries)) {
    RankedTensorType type = loweredTensor(result);
    values.push_back(emptyTensor(b, type.getShape(), type.getElementType()));
  }
  return values;
}

/// The slice that step `step` is about.
Value sliceIndex(const Loop &loop, ImplicitLocOpBuilder &b, Value step) {
  if (!loop.reverse)
    return step;
  return arith::SubIOp::create(b, indexConstant(b, loop.length - 1), step);
}

/// One step, from the values before to the values after.
LoweredValues lowerStep(const Loop &loop, ImplicitLocOpBuilder &b, ValueRange operands, Value step,
                        ValueRange before) {
  Value index = sliceIndex(loop, b, step);
  SmallVector<Value> arguments(operands.take_front(loop.consts));
  llvm::append_range(arguments, before.take_front(loop.carries));
  for (Value stacked : operands.drop_front(loop.consts + loop.carries))
    arguments.push_back(sliceAt(b, stacked, index));
  LoweredValues after = lowerRegion(loop.body, b, arguments);
  if (failed(after))
    return failure();
  for (size_t k = loop.carries; k < after->size(); ++k)
    (*after)[k] = withSliceAt(b, before[k], index, (*after)[k]);
  return after;
}

LoweredValues lowerLoop(const Loop &loop, ImplicitLocOpBuilder &b, ValueRange operands) {
  SmallVector<Value> initial = initialValues(loop, b, operands);
  auto op = scf::ForOp::create(b, indexConstant(b, 0), indexConstant(b, loop.length),
                               indexConstant(b, 1), initial);
  if (loop.isMap)
    op->setAttr(lanesAttr, b.getUnitAttr());
  // Without iteration arguments the builder ends the body itself.
  if (!op.getBody()->empty())
    op.getBody()->getTerminator()->erase();
  ImplicitLocOpBuilder inside(b.getLoc(), OpBuilder::atBlockEnd(op.getBody()));
  LoweredValues after =
      lowerStep(loop, inside, operands, op.getInductionVar(), op.getRegionIterArgs());
  if (failed(after))
    return failure();
  scf::YieldOp::create(inside, *after);
  return SmallVector<Value>(op.getResults());
}

LoweredValues lowerScan(ScanOp op, ImplicitLocOpBuilder &b, ValueRange operands) {
  return lowerLoop({op.getBody(), int64_t(op.getNumConsts()), int64_t(op.getNumCarry()),
                    int64_t(op.getLength()), op.getReverse(), op->getResultTypes()},
                   b, operands);
}

LoweredValues lowerMap(MapOp op, ImplicitLocOpBuilder &b, ValueRange operands) {
  return lowerLoop({op.getBody(), int64_t(op.getNumConsts()), /*carries=*/0, int64_t(op.getSize()),
                    /*reverse=*/false, op->getResultTypes(), /*isMap=*/true},
                   b, operands);
}

//===----------------------------------------------------------------------===//
// While
//===----------------------------------------------------------------------===//

/// At the end of a new block of `place` that takes the carries.
ImplicitLocOpBuilder enterBlock(Region &place, Location loc, TypeRange carries) {
  Block &block = place.emplaceBlock();
  block.addArguments(carries, SmallVector<Location>(carries.size(), loc));
  return ImplicitLocOpBuilder(loc, OpBuilder::atBlockEnd(&block));
}

LoweredValues lowerInto(Region &region, ImplicitLocOpBuilder &inside, ValueRange consts) {
  SmallVector<Value> arguments(consts);
  llvm::append_range(arguments, inside.getBlock()->getArguments());
  return lowerRegion(region, inside, arguments);
}

LoweredValues lowerWhile(WhileOp op, ImplicitLocOpBuilder &b, ValueRange operands) {
  unsigned condConsts = op.getCondConsts(), bodyConsts = op.getBodyConsts();
  ValueRange carries = operands.drop_front(condConsts + bodyConsts);
  auto loop = scf::WhileOp::create(b, carries.getTypes(), carries);

  auto before = enterBlock(loop.getBefore(), b.getLoc(), carries.getTypes());
  LoweredValues predicate = lowerInto(op.getCond(), before, operands.take_front(condConsts));
  if (failed(predicate))
    return failure();
  scf::ConditionOp::create(before, scalarOf(before, predicate->front()),
                           before.getBlock()->getArguments());

  auto after = enterBlock(loop.getAfter(), b.getLoc(), carries.getTypes());
  LoweredValues next = lowerInto(op.getBody(), after, operands.slice(condConsts, bodyConsts));
  if (failed(next))
    return failure();
  scf::YieldOp::create(after, *next);
  return SmallVector<Value>(loop.getResults());
}

//===----------------------------------------------------------------------===//
// Cond
//===----------------------------------------------------------------------===//

SmallVector<Type> loweredTypes(TypeRange types) {
  return llvm::map_to_vector(types, [](Type type) { return loweredType(type); });
}

/// An scf.if whose sides are lowered by `lowerThen` and `lowerElse`.
template <class Then, class Else>
LoweredValues buildIf(ImplicitLocOpBuilder &b, TypeRange types, Value condition, Then lowerThen,
                      Else lowerElse) {
  auto branch = scf::IfOp::create(b, types, condition, /*withElseRegion=*/true);
  auto fill = [&](Block *block, auto lower) -> LogicalResult {
    // Without results the builder ends the block itself.
    block->clear();
    ImplicitLocOpBuilder inside(b.getLoc(), OpBuilder::atBlockEnd(block));
    LoweredValues values = lower(inside);
    if (failed(values))
      return failure();
    scf::YieldOp::create(inside, *values);
    return success();
  };
  if (failed(fill(branch.thenBlock(), lowerThen)) || failed(fill(branch.elseBlock(), lowerElse)))
    return failure();
  return SmallVector<Value>(branch.getResults());
}

/// The branches from `first` to before `end`, by halving. Not an
/// scf.index_switch: bufferization does not see what its results may share
/// memory with (scf.yield names its results for scf.if only).
LoweredValues lowerBranches(CondOp op, ImplicitLocOpBuilder &b, Value chosen, int64_t first,
                            int64_t end, ValueRange operands) {
  if (end - first == 1)
    return lowerRegion(op.getBranches()[first], b, operands);
  int64_t middle = first + (end - first) / 2;
  Value isLower =
      arith::CmpIOp::create(b, arith::CmpIPredicate::slt, chosen, indexConstant(b, middle));
  return buildIf(
      b, loweredTypes(op->getResultTypes()), isLower,
      [&](ImplicitLocOpBuilder &inside) {
        return lowerBranches(op, inside, chosen, first, middle, operands);
      },
      [&](ImplicitLocOpBuilder &inside) {
        return lowerBranches(op, inside, chosen, middle, end, operands);
      });
}

LoweredValues lowerCond(CondOp op, ImplicitLocOpBuilder &b, ValueRange operands) {
  int64_t count = op.getBranches().size();
  ValueRange ins = operands.drop_front();
  if (count == 1)
    return lowerRegion(op.getBranches().front(), b, ins);
  Value index = scalarOf(b, operands.front());
  if (!index.getType().isInteger(1)) {
    Value chosen = clampedIndex(b, index, isUnsigned(op.getIndex().getType()), count - 1);
    return lowerBranches(op, b, chosen, 0, count, ins);
  }
  auto lower = [&](unsigned k) {
    return [&, k](ImplicitLocOpBuilder &inside) {
      return lowerRegion(op.getBranches()[k], inside, ins);
    };
  };
  return buildIf(b, loweredTypes(op->getResultTypes()), index, lower(1), lower(0));
}

} // namespace

void mjx::attachControlFlowLowerings(MLIRContext &context) {
  attachLowering<ScanOp, lowerScan>(context);
  attachLowering<MapOp, lowerMap>(context);
  attachLowering<WhileOp, lowerWhile>(context);
  attachLowering<CondOp, lowerCond>(context);
}
