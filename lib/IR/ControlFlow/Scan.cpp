//===- Scan.cpp - A loop of fixed length over slices ----------------------===//
#include "Loop.h"

using namespace mlir;

namespace mjx {

namespace {

/// Checks everything about a scan but its results; gives what the body yields.
FailureOr<YieldOp> checkScan(std::optional<Location> loc, TypeRange ins, int64_t consts,
                             int64_t carries, int64_t length, Region &body) {
  StringRef name = ScanOp::getOperationName();
  if (length < 0)
    return emitOptionalError(loc, name, ": expected length to be at least 0, but got ", length);
  int64_t operands = ins.size();
  if (consts < 0 || carries < 0 || consts > operands || carries > operands - consts)
    return emitOptionalError(loc, name, ": expected num_consts and num_carry to count some of the ",
                             operands, " operands, but got ", consts, " and ", carries);
  unsigned first = consts + carries;
  if (failed(checkStacked(loc, name, ins.drop_front(first), first, length)))
    return failure();
  SmallVector<Type> arguments(ins.take_front(first));
  for (Type type : ins.drop_front(first))
    arguments.push_back(sliceType(type));
  RegionCheck check{loc, name, "the body"};
  FailureOr<YieldOp> yield = check.run(body, arguments);
  if (failed(yield))
    return failure();
  if (int64_t(yield->getNumOperands()) < carries)
    return emitOptionalError(loc, name, ": expected the body to yield ", carries,
                             " carries and then what is stacked, but got ", yield->getNumOperands(),
                             " values");
  if (failed(check.yields(*yield, ins.slice(consts, carries), "carry")))
    return failure();
  return yield;
}

} // namespace

LogicalResult ScanOp::verify() {
  return checkScan(getLoc(), getIns().getTypes(), getNumConsts(), getNumCarry(), getLength(),
                   getBody());
}

LogicalResult ScanOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                       SmallVectorImpl<Type> &types) {
  if (adaptor.getRegions().size() != 1)
    return emitOptionalError(loc, "mjx.scan: expected 1 region, but got ",
                             adaptor.getRegions().size());
  int64_t carries = adaptor.getNumCarry(), length = adaptor.getLength();
  FailureOr<YieldOp> yield = checkScan(loc, TypeRange(adaptor.getIns()), adaptor.getNumConsts(),
                                       carries, length, adaptor.getBody());
  if (failed(yield))
    return failure();
  for (auto [k, type] : llvm::enumerate(yield->getOperandTypes()))
    types.push_back(int64_t(k) < carries ? type : stackedType(type, length));
  return success();
}

// (c, y) = f(k, c, x)  =>  (dc, dy) = df(k, c, x)(dk, dc, dx), step by step
LogicalResult ScanOp::buildJvp(JvpContext &c) { return jvpLoop(c, Loop(cast<ScanOp>(c.op))); }

LogicalResult ScanOp::buildTranspose(TransposeContext &c) { return transposeLoop(c, Loop(*this)); }

LogicalResult ScanOp::buildBatch(BatchContext &c) { return batchLoop(c, Loop(*this)); }

} // namespace mjx
