//===- Transform.cpp - What transforms leave for backends -----------------===//
#include "Lowering.h"

using namespace mlir;

namespace mjx {

// Later stages do not merge across loops, so nothing is left to hold back.
static LoweredValues lowerOptimizationBarrier(OptimizationBarrierOp, ImplicitLocOpBuilder &,
                                              ValueRange operands) {
  return SmallVector<Value>(operands);
}

void attachTransformLowerings(MLIRContext &context) {
  attachLowering<OptimizationBarrierOp, lowerOptimizationBarrier>(context);
}

} // namespace mjx
