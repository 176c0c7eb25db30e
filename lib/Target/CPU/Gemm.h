//===- Gemm.h - Contractions as strided matrix products ---------*- C++ -*-===//
#ifndef MJX_LIB_TARGET_CPU_GEMM_H
#define MJX_LIB_TARGET_CPU_GEMM_H

#include "Shared.h"

namespace mjx {

/// A dimension that stays a loop around the call. `positions` is where it
/// indexes each operand of the op, or -1.
struct GemmLoop {
  int64_t extent = 0;
  int64_t positions[3] = {-1, -1, -1};
};

/// A contraction in the terms of `mjx_rt.gemm`.
struct GemmShape {
  llvm::SmallVector<int64_t> sizes, strides;
  /// Which operand of the op serves as a, b and c.
  unsigned operands[3] = {0, 1, 2};
  llvm::SmallVector<GemmLoop> loops;
  bool loopsOverDepth = false;

  int64_t multiplyAdds() const;
};

/// Matches `c += a * b` on buffers of one element type, if it can be written
/// as calls of `mjx_rt.gemm`.
std::optional<GemmShape> matchGemm(mlir::linalg::GenericOp op);

/// "f32" and the like: the suffix of the kernel, empty if there is none.
llvm::StringRef gemmSuffix(mlir::Type elementType);

} // namespace mjx

#endif // MJX_LIB_TARGET_CPU_GEMM_H
