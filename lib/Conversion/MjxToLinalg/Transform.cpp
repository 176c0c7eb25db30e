//===- Transform.cpp - What transforms leave for backends -----------------===//
#include "Lowering.h"

#include "mjx/Target/RuntimeCall.h"

using namespace mlir;

namespace mjx {

static LoweredValues lowerOptimizationBarrier(OptimizationBarrierOp, ImplicitLocOpBuilder &b,
                                              ValueRange operands) {
  return SmallVector<Value>(rt::BarrierOp::create(b, operands.getTypes(), operands).getOuts());
}

void attachTransformLowerings(MLIRContext &context) {
  attachLowering<OptimizationBarrierOp, lowerOptimizationBarrier>(context);
}

} // namespace mjx
