//===- Cost.h - What a program costs ----------------------------*- C++ -*-===//
#ifndef MJX_TRANSFORMS_COST_H
#define MJX_TRANSFORMS_COST_H

#include "mlir/IR/Operation.h"

namespace mjx {

/// What a program takes, as far as its ops show it. Loops are multiplied out;
/// nothing is taken to be fused.
struct Cost {
  /// Ops as written, those in regions included.
  double ops = 0;
  double flops = 0, bytesRead = 0, bytesWritten = 0;
  /// Most bytes alive at one time, arguments included.
  double peakBytes = 0;
};

/// Of all ops in the regions of `op`, a function for instance.
Cost costOfBody(mlir::Operation *op);

} // namespace mjx

#endif // MJX_TRANSFORMS_COST_H
