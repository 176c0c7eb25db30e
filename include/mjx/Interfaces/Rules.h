//===- Rules.h - What a rule is given ---------------------------*- C++ -*-===//
//
// One context per transform. A driver fills it in, asks the op, and takes the
// answer; neither side knows the other.
//
//===----------------------------------------------------------------------===//
#ifndef MJX_INTERFACES_RULES_H
#define MJX_INTERFACES_RULES_H

#include "mjx/Interfaces/Val.h"

#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace mjx {

/// Whether values of this type have tangents: floating point and complex.
bool isDifferentiable(mlir::Type type);

/// Accumulated cotangents of linear values.
using Cotangents = llvm::DenseMap<mlir::Value, mlir::Value>;

class JvpContext {
public:
  JvpContext(Emitter &emitter, mlir::Operation *op, llvm::ArrayRef<mlir::Value> tangents);

  Emitter &emitter;
  /// The op, already cloned into the primal stream.
  mlir::Operation *op;

  Val in(unsigned i) const { return {emitter, op->getOperand(i)}; }
  Val out(unsigned i = 0) const { return {emitter, outs[i]}; }
  /// Tangent of operand `i`; null is zero.
  Val tangent(unsigned i) const { return {emitter, tangents[i]}; }
  /// Tangent of operand `i`, zeros if it has none.
  Val materialized(unsigned i) const;

  void set(unsigned i, Val tangent) { results[i] = tangent; }
  void set(Val tangent) { set(0, tangent); }
  /// Replaces primal result `i`, for ops whose rule rebuilds the primal.
  void setOut(unsigned i, mlir::Value value) { outs[i] = value; }

  llvm::SmallVector<mlir::Value> tangents, outs, results;
};

class TransposeContext {
public:
  TransposeContext(Emitter &emitter, mlir::Operation *op, Cotangents &cotangents);

  Emitter &emitter;
  /// The linear op, whose non-linear operands are values of the target block.
  mlir::Operation *op;

  bool isLinear(unsigned i) const { return emitter.isLinear(op->getOperand(i)); }
  /// A non-linear operand.
  Val in(unsigned i) const { return {emitter, op->getOperand(i)}; }
  mlir::RankedTensorType inType(unsigned i) const {
    return mlir::cast<mlir::RankedTensorType>(op->getOperand(i).getType());
  }
  /// Cotangent of result `i`; null is zero.
  Val cotangent(unsigned i = 0) const;
  /// Cotangent of result `i`, zeros if it has none.
  Val materialized(unsigned i) const;

  /// Adds `value` to the cotangent of operand `i`, if that is linear.
  void add(unsigned i, Val value);
  /// Lets `step` update the accumulator of operand `i`, if that is linear.
  void accumulate(unsigned i, llvm::function_ref<Val(Val)> step);

private:
  Cotangents &cotangents;
};

/// The axis that is being batched: how many examples, and what collectives call
/// it; empty if they cannot.
struct BatchAxis {
  int64_t size;
  llvm::StringRef name;
};

/// Whether `op`, or an op nested in it, sees other examples of the axis `name`.
bool namesAxis(mlir::Operation *op, llvm::StringRef name);

class BatchContext {
public:
  BatchContext(Emitter &emitter, mlir::Operation *op, llvm::ArrayRef<mlir::Value> operands,
               llvm::ArrayRef<int64_t> dims, BatchAxis axis);

  Emitter &emitter;
  /// The op of one example, with unbatched types. Not in the new block.
  mlir::Operation *op;
  BatchAxis axis;
  int64_t size;

  Val in(unsigned i) const { return {emitter, operands[i]}; }
  /// Batch dimension of operand `i`, -1 if it has none.
  int64_t dim(unsigned i) const { return dims[i]; }
  bool isBatched(unsigned i) const { return dims[i] >= 0; }
  /// Operand `i` with its batch dimension moved to `dim`; broadcast if unbatched.
  Val at(unsigned i, int64_t dim) const;
  /// Operand `i` with the batch dimension in front.
  Val front(unsigned i) const { return at(i, 0); }

  void set(unsigned i, Val value, int64_t dim);
  void set(Val value, int64_t dim) { set(0, value, dim); }
  /// The rule of pointwise ops: all operands with one batch dimension.
  llvm::LogicalResult pointwise();

  llvm::SmallVector<mlir::Value> operands, results;
  llvm::SmallVector<int64_t> dims, resultDims;
};

/// `value` with its batch dimension `from` (-1: none) at `to`.
Val moveBatchDim(Val value, int64_t from, int64_t to, int64_t size);

/// One `mjx.map` over the lanes of a batch, each running the whole op: what
/// batching does where lanes go different ways, and where an op has no rule.
llvm::LogicalResult batchByLanes(BatchContext &c);

} // namespace mjx

#endif // MJX_INTERFACES_RULES_H
