//===- Map.cpp - A region applied to each slice ---------------------------===//
#include "Loop.h"

using namespace mlir;

namespace mjx {

namespace {

/// Checks everything about a map but its results; gives what the body yields.
FailureOr<YieldOp> checkMap(std::optional<Location> loc, TypeRange ins, int64_t consts,
                            int64_t size, Region &body) {
  StringRef name = MapOp::getOperationName();
  if (size < 0)
    return emitOptionalError(loc, name, ": expected size to be at least 0, but got ", size);
  if (consts < 0 || consts > int64_t(ins.size()))
    return emitOptionalError(loc, name, ": expected num_consts to count some of the ", ins.size(),
                             " operands, but got ", consts);
  if (failed(checkStacked(loc, name, ins.drop_front(consts), consts, size)))
    return failure();
  SmallVector<Type> arguments(ins.take_front(consts));
  for (Type type : ins.drop_front(consts))
    arguments.push_back(sliceType(type));
  return RegionCheck{loc, name, "the body"}.run(body, arguments);
}

} // namespace

LogicalResult MapOp::verify() {
  return checkMap(getLoc(), getIns().getTypes(), getNumConsts(), getSize(), getBody());
}

LogicalResult MapOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                      SmallVectorImpl<Type> &types) {
  if (adaptor.getRegions().size() != 1)
    return emitOptionalError(loc, "mjx.map: expected 1 region, but got ",
                             adaptor.getRegions().size());
  FailureOr<YieldOp> yield = checkMap(loc, TypeRange(adaptor.getIns()), adaptor.getNumConsts(),
                                      adaptor.getSize(), adaptor.getBody());
  if (failed(yield))
    return failure();
  for (Type type : yield->getOperandTypes())
    types.push_back(stackedType(type, adaptor.getSize()));
  return success();
}

// y = f(k, x)  =>  dy = df(k, x)(dk, dx), slice by slice
LogicalResult MapOp::buildJvp(JvpContext &c) { return jvpLoop(c, Loop(cast<MapOp>(c.op))); }

// With cotangents of constants to add up, the reverse of a map is a scan.
LogicalResult MapOp::buildTranspose(TransposeContext &c) { return transposeLoop(c, Loop(*this)); }

LogicalResult MapOp::buildBatch(BatchContext &c) { return batchLoop(c, Loop(*this)); }

} // namespace mjx
