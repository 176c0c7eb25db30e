//===- Cond.cpp - One of several branches ---------------------------------===//
#include "Cond.h"

using namespace mlir;

namespace mjx {

//===----------------------------------------------------------------------===//
// Building
//===----------------------------------------------------------------------===//

CondBuilder::CondBuilder(Location loc, unsigned branches) : loc(loc), regions(branches) {
  for (Region &region : regions)
    region.emplaceBlock();
}

unsigned CondBuilder::add(Value operand) {
  for (Region &region : regions)
    region.front().addArgument(operand.getType(), loc);
  operands.push_back(operand);
  return operands.size() - 1;
}

void CondBuilder::yield(unsigned branch, ValueRange values) {
  OpBuilder end = builder(branch);
  YieldOp::create(end, loc, values);
}

Operation *CondBuilder::finish(Emitter &emitter, Value index) {
  for (Region &region : regions)
    eraseDead(region.front());
  TypeRange types(block(0).getTerminator()->getOperandTypes());
  auto op = emitter.create<CondOp>(types, index, operands, unsigned(regions.size()));
  for (auto [branch, region] : llvm::zip_equal(op.getBranches(), regions))
    branch.takeBody(region);
  return op;
}

Value yielded(CondOp op, unsigned branch, unsigned k) {
  return op.getBranches()[branch].front().getTerminator()->getOperand(k);
}

namespace {

/// Checks everything about a cond but its results; gives what all branches
/// yield.
FailureOr<YieldOp> checkCond(std::optional<Location> loc, Type index, TypeRange ins,
                             RegionRange branches) {
  StringRef name = CondOp::getOperationName();
  auto indexType = dyn_cast<RankedTensorType>(index);
  if (!indexType || indexType.getRank() != 0 || !isa<IntegerType>(indexType.getElementType()))
    return emitOptionalError(loc, name,
                             ": expected the index to be a scalar of integer or "
                             "boolean type, but got ",
                             index);
  size_t count = branches.size();
  if (count == 0)
    return emitOptionalError(loc, name, ": expected at least 1 branch, but got none");
  if (indexType.getElementType().isInteger(1) && count > 2)
    return emitOptionalError(loc, name,
                             ": expected at most 2 branches to choose from by a "
                             "boolean, but got ",
                             count, "; use an integer index");
  YieldOp first;
  for (auto [number, branch] : llvm::enumerate(branches)) {
    std::string branchName = "branch " + std::to_string(number);
    RegionCheck check{loc, name, branchName};
    FailureOr<YieldOp> yield = check.run(*branch, ins);
    if (failed(yield))
      return failure();
    if (!first)
      first = *yield;
    if (yield->getNumOperands() != first.getNumOperands())
      return emitOptionalError(loc, name, ": expected ", branchName, " to yield ",
                               first.getNumOperands(), " values as branch 0 does, but got ",
                               yield->getNumOperands());
    if (failed(check.yields(*yield, first.getOperandTypes(), "result")))
      return failure();
  }
  return first;
}

//===----------------------------------------------------------------------===//
// Forward mode
//===----------------------------------------------------------------------===//

/// The branches with tangents beside their values.
class CondDual {
public:
  CondDual(JvpContext &c, CondOp op)
      : c(c), op(op), branches(op.getBranches().size()), dual(op.getLoc(), branches),
        maps(branches), tangents(branches) {}

  LogicalResult run() {
    for (unsigned i = 1; i < op->getNumOperands(); ++i)
      dual.add(c.in(i));
    for (unsigned i = 1; i < op->getNumOperands(); ++i)
      tangentOperands.push_back(c.tangent(i) ? int(dual.add(c.tangent(i))) : -1);
    for (unsigned b = 0; b < branches; ++b)
      if (failed(sweep(b)))
        return failure();
    finish();
    return success();
  }

private:
  LogicalResult sweep(unsigned b) {
    Block &branch = op.getBranches()[b].front();
    for (auto [i, argument] : llvm::enumerate(branch.getArguments())) {
      maps[b].map(argument, dual.argument(b, i));
      if (tangentOperands[i] >= 0)
        tangents[b][argument] = dual.argument(b, tangentOperands[i]);
    }
    Emitter inner(dual.builder(b), op.getLoc());
    return sweepJvp(inner, branch, maps[b], tangents[b]);
  }

  bool isActive(unsigned k) {
    return llvm::any_of(llvm::seq(branches),
                        [&](unsigned b) { return tangents[b].lookup(yielded(op, b, k)); });
  }

  void yieldBranch(unsigned b, ArrayRef<unsigned> active) {
    Emitter inner(dual.builder(b), op.getLoc());
    SmallVector<Value> values;
    for (unsigned k = 0; k < op->getNumResults(); ++k)
      values.push_back(maps[b].lookup(yielded(op, b, k)));
    for (unsigned k : active) {
      Value tangent = tangents[b].lookup(yielded(op, b, k));
      values.push_back(tangent ? tangent : inner.zeros(op->getResult(k).getType()));
    }
    dual.yield(b, values);
  }

  void finish() {
    unsigned results = op->getNumResults();
    auto active =
        llvm::filter_to_vector(llvm::seq(results), [&](unsigned k) { return isActive(k); });
    for (unsigned b = 0; b < branches; ++b)
      yieldBranch(b, active);
    Operation *both = dual.finish(c.emitter, c.in(0));
    for (unsigned k = 0; k < results; ++k)
      c.setOut(k, both->getResult(k));
    for (auto [index, k] : llvm::enumerate(active))
      c.set(k, Val(c.emitter, both->getResult(results + index)));
  }

  JvpContext &c;
  CondOp op;
  unsigned branches;
  CondBuilder dual;
  std::vector<IRMapping> maps;
  std::vector<DenseMap<Value, Value>> tangents;
  SmallVector<int> tangentOperands;
};

//===----------------------------------------------------------------------===//
// Batching
//===----------------------------------------------------------------------===//

/// All lanes take the same branch.
class CondTogether {
public:
  CondTogether(BatchContext &c, CondOp op)
      : c(c), op(op), branches(op.getBranches().size()), together(op.getLoc(), branches),
        maps(branches), dims(branches) {}

  LogicalResult run() {
    for (unsigned i = 1; i < c.operands.size(); ++i)
      together.add(c.in(i));
    for (unsigned b = 0; b < branches; ++b)
      if (failed(sweep(b)))
        return failure();
    finish();
    return success();
  }

private:
  LogicalResult sweep(unsigned b) {
    Block &branch = op.getBranches()[b].front();
    for (auto [i, argument] : llvm::enumerate(branch.getArguments())) {
      maps[b].map(argument, together.argument(b, i));
      if (c.isBatched(i + 1))
        dims[b][argument] = c.dim(i + 1);
    }
    Emitter inner(together.builder(b), op.getLoc());
    return sweepBatch(inner, branch, maps[b], dims[b], c.axis);
  }

  int64_t dimOf(unsigned b, unsigned k) {
    auto found = dims[b].find(yielded(op, b, k));
    return found == dims[b].end() ? -1 : found->second;
  }
  bool isBatched(unsigned k) {
    return llvm::any_of(llvm::seq(branches), [&](unsigned b) { return dimOf(b, k) >= 0; });
  }

  void finish() {
    for (unsigned b = 0; b < branches; ++b) {
      Emitter inner(together.builder(b), op.getLoc());
      SmallVector<Value> values;
      for (unsigned k = 0; k < op->getNumResults(); ++k) {
        Val value(inner, maps[b].lookup(yielded(op, b, k)));
        values.push_back(isBatched(k) ? moveBatchDim(value, dimOf(b, k), 0, c.size) : value);
      }
      together.yield(b, values);
    }
    Operation *all = together.finish(c.emitter, c.in(0));
    for (unsigned k = 0; k < op->getNumResults(); ++k)
      c.set(k, Val(c.emitter, all->getResult(k)), isBatched(k) ? 0 : -1);
  }

  BatchContext &c;
  CondOp op;
  unsigned branches;
  CondBuilder together;
  std::vector<IRMapping> maps;
  std::vector<DenseMap<Value, int64_t>> dims;
};

} // namespace

//===----------------------------------------------------------------------===//
// CondOp
//===----------------------------------------------------------------------===//

LogicalResult CondOp::verify() {
  return checkCond(getLoc(), getIndex().getType(), getIns().getTypes(), getBranches());
}

LogicalResult CondOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                       SmallVectorImpl<Type> &types) {
  if (adaptor.getOperands().empty())
    return emitOptionalError(loc, "mjx.cond: expected an index, but got no operands");
  FailureOr<YieldOp> yield = checkCond(loc, adaptor.getIndex().getType(),
                                       TypeRange(adaptor.getIns()), adaptor.getRegions());
  if (failed(yield))
    return failure();
  llvm::append_range(types, yield->getOperandTypes());
  return success();
}

// y = f_i(x)  =>  dy = df_i(x) dx
LogicalResult CondOp::buildJvp(JvpContext &c) {
  auto op = cast<CondOp>(c.op);
  if (failed(inlineCalls(op)))
    return failure();
  return c.emitter.isSeparate() ? linearizeCond(c, op) : CondDual(c, op).run();
}

LogicalResult CondOp::buildTranspose(TransposeContext &c) { return transposeCond(c, *this); }

LogicalResult CondOp::buildBatch(BatchContext &c) {
  return c.isBatched(0) ? batchDivergentCond(c, *this) : CondTogether(c, *this).run();
}

} // namespace mjx
