//===- Emitter.h - Where the ops of a rule go -------------------*- C++ -*-===//
//
// Rules build ops through an Emitter. In forward mode everything goes to one
// place. In linearization an op goes to the linear block if and only if one of
// its operands is linear, which is all the partial evaluation there is.
//
//===----------------------------------------------------------------------===//
#ifndef MJX_INTERFACES_EMITTER_H
#define MJX_INTERFACES_EMITTER_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"

namespace mjx {

class Emitter {
public:
  /// Emits everything at `builder`.
  Emitter(mlir::OpBuilder builder, mlir::Location loc)
      : loc(loc), primal(builder), linear(builder), separate(false) {}
  /// Emits ops with a linear operand at `linear`, the others at `primal`.
  Emitter(mlir::OpBuilder primal, mlir::OpBuilder linear, mlir::Location loc)
      : loc(loc), primal(primal), linear(linear), separate(true) {}

  /// Creates an op through its ODS builder and puts it where it belongs.
  template <class OpT, class... Args> OpT create(Args &&...args) {
    mlir::OperationState state(loc, OpT::getOperationName());
    OpT::build(primal, state, std::forward<Args>(args)...);
    return mlir::cast<OpT>(create(state));
  }
  mlir::Operation *create(mlir::OperationState &state);

  /// Clones `op` with `operands` in place of its own; result types are
  /// inferred anew where the op can do so.
  mlir::Operation *cloneWith(mlir::Operation *op, mlir::ValueRange operands, mlir::TypeRange types);

  bool isLinear(mlir::Value value) const { return linearValues.contains(value); }
  void markLinear(mlir::Value value) { linearValues.insert(value); }
  void markLinear(mlir::ValueRange values);
  /// Whether linear ops are kept apart from the primal ones.
  bool isSeparate() const { return separate; }

  mlir::Value splat(mlir::Type type, double value);
  mlir::Value zeros(mlir::Type type) { return splat(type, 0); }

  /// What was put into a tensor that began as exact zeros: all lies between
  /// `start` and `end`, which are empty as long as it is nothing.
  struct Written {
    llvm::SmallVector<int64_t> start, end;
  };
  /// Accumulators that began so and have been updated in known places only. A
  /// part that nothing was put into is set and not added to: 0 + x is x there,
  /// even where x is -0.
  llvm::DenseMap<mlir::Value, Written> begun;

  mlir::Location loc;
  mlir::OpBuilder primal, linear;

private:
  bool separate;
  llvm::DenseSet<mlir::Value> linearValues;
};

} // namespace mjx

#endif // MJX_INTERFACES_EMITTER_H
