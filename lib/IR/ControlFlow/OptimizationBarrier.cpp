//===- OptimizationBarrier.cpp - What no optimization sees through --------===//
#include "mjx/IR/Mjx.h"

using namespace mlir;

namespace mjx {

/// The values there are, behind a barrier.
static SmallVector<Val> behindBarrier(Emitter &emitter, ArrayRef<Val> values) {
  SmallVector<Value> present;
  for (Val value : values)
    if (value)
      present.push_back(value);
  if (present.empty())
    return SmallVector<Val>(values);
  auto barrier = emitter.create<OptimizationBarrierOp>(ValueRange(present).getTypes(), present);
  auto results = barrier.getOuts().begin();
  return llvm::map_to_vector(values,
                             [&](Val value) { return value ? Val(emitter, *results++) : value; });
}

LogicalResult OptimizationBarrierOp::inferReturnTypes(MLIRContext *, std::optional<Location>,
                                                      Adaptor adaptor,
                                                      SmallVectorImpl<Type> &types) {
  llvm::append_range(types, TypeRange(adaptor.getXs()));
  return success();
}

// dy = dx
LogicalResult OptimizationBarrierOp::buildJvp(JvpContext &c) {
  SmallVector<Val> tangents;
  for (unsigned i = 0; i < c.tangents.size(); ++i)
    tangents.push_back(c.tangent(i));
  for (auto [i, tangent] : llvm::enumerate(behindBarrier(c.emitter, tangents)))
    c.set(i, tangent);
  return success();
}

LogicalResult OptimizationBarrierOp::buildTranspose(TransposeContext &c) {
  SmallVector<Val> cotangents;
  for (unsigned i = 0; i < getNumOperands(); ++i)
    cotangents.push_back(c.cotangent(i));
  for (auto [i, cotangent] : llvm::enumerate(behindBarrier(c.emitter, cotangents)))
    c.add(i, cotangent);
  return success();
}

LogicalResult OptimizationBarrierOp::buildBatch(BatchContext &c) {
  SmallVector<Val> values;
  for (unsigned i = 0; i < c.operands.size(); ++i)
    values.push_back(c.in(i));
  for (auto [i, value] : llvm::enumerate(behindBarrier(c.emitter, values)))
    c.set(i, value, c.dim(i));
  return success();
}

} // namespace mjx
