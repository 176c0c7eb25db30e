//===- LoopNest.h - A structured op as loops over flat memory ---*- C++ -*-===//
#ifndef MJX_LIB_TARGET_CPU_LOOPNEST_H
#define MJX_LIB_TARGET_CPU_LOOPNEST_H

#include "Shared.h"

namespace mjx {

/// How one operand of a structured op is read or written: at element
/// `offset + sum(counter * stride)` of `flat`. A scalar operand has no buffer.
struct Access {
  mlir::Value value;
  mlir::Value flat;
  llvm::SmallVector<int64_t> strides;
  int64_t offset = 0;

  bool isScalar() const { return !flat; }
};

struct Loop {
  int64_t extent;
  bool isReduction;
};

/// A structured op on buffers of static strides, its loops ordered so that the
/// innermost one walks along memory, and merged where memory is contiguous.
class LoopNest {
public:
  /// Empty if some index is not linear in the loop counters.
  static std::optional<LoopNest> of(mlir::linalg::LinalgOp op);

  llvm::SmallVector<Loop> loops;
  /// One for each operand of the op, in order.
  llvm::SmallVector<Access> accesses;
  /// The loop that counts each of the op's own dimensions; -1 if it has one
  /// iteration. Meaningful only where the body asks for indices.
  llvm::SmallVector<int64_t> loopOfDim;

  /// If the innermost loop jumps through a buffer along which another loop
  /// walks, as in a transposition, makes that loop the second innermost.
  bool pairTransposed();

  /// Makes the flat buffers, in front of the op.
  void flatten(mlir::OpBuilder &builder, mlir::Location loc);

private:
  bool read(mlir::linalg::LinalgOp op);
  void dropUnitLoops();
  void chooseInnermost();
  void merge();
  void permute(llvm::ArrayRef<unsigned> order);
  double cost(unsigned loop) const;
  bool canMerge(unsigned outer) const;

  unsigned outputs = 0;
};

} // namespace mjx

#endif // MJX_LIB_TARGET_CPU_LOOPNEST_H
