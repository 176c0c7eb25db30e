//===- Loop.h - What scan and map have in common ----------------*- C++ -*-===//
//
// Both run a body over slices; a map is a scan that carries nothing. Rules that
// hold for both are written once.
//
//===----------------------------------------------------------------------===//
#ifndef MJX_LIB_IR_CONTROLFLOW_LOOP_H
#define MJX_LIB_IR_CONTROLFLOW_LOOP_H

#include "Regions.h"

namespace mjx {

/// What an operand is to the loop, or where a yielded value goes.
enum class Role { Const, Carry, Slice };

struct Loop {
  explicit Loop(ScanOp op)
      : op(op), consts(op.getNumConsts()), carries(op.getNumCarry()), length(op.getLength()),
        reverse(op.getReverse()), isMap(false) {}
  explicit Loop(MapOp op)
      : op(op), consts(op.getNumConsts()), carries(0), length(op.getSize()), reverse(false),
        isMap(true) {}

  mlir::Block &body() const { return op->getRegion(0).front(); }
  mlir::Value yielded(unsigned k) const { return body().getTerminator()->getOperand(k); }
  /// The role of operand `i`, which is that of argument `i` of the body.
  Role role(int64_t i) const {
    return i < consts ? Role::Const : i < consts + carries ? Role::Carry : Role::Slice;
  }
  /// The role of result `k`.
  Role resultRole(int64_t k) const { return k < carries ? Role::Carry : Role::Slice; }

  mlir::Operation *op;
  int64_t consts, carries, length;
  bool reverse, isMap;
};

/// A loop under construction. Operands may come in any order.
class LoopBuilder {
public:
  LoopBuilder(mlir::Location loc, int64_t length, bool reverse);

  /// Adds an operand and gives what it is in the body.
  mlir::Value add(Role role, mlir::Value operand);

  struct Yielded {
    Role role;
    unsigned index;
  };
  /// Adds a result, from its value in the body.
  Yielded yield(Role role, mlir::Value value);

  /// At the end of the body.
  mlir::OpBuilder builder() { return atEnd(block(), loc); }
  mlir::Block &block() { return region.front(); }

  /// Ends the body; nothing more can be yielded.
  void terminate();
  /// Before that: leaves out carries that none of `wanted` and none of the
  /// stacked values needs.
  void dropCarries(llvm::ArrayRef<Yielded> wanted);
  /// Creates the op: a map if that is asked for and nothing is carried.
  mlir::Operation *finish(Emitter &emitter, bool asMap);
  /// After finish: the result for something yielded.
  mlir::Value result(Yielded yielded) const;

private:
  llvm::SmallVector<mlir::Value> &operandsOf(Role role) { return operands[unsigned(role)]; }
  llvm::SmallVector<mlir::Type> resultTypes();
  Marks neededCarries(llvm::ArrayRef<Yielded> wanted);
  void dropUnused();

  mlir::Location loc;
  int64_t length;
  bool reverse;
  mlir::Region region;
  llvm::SmallVector<mlir::Value> operands[3];
  llvm::SmallVector<mlir::Value> carried, stacked;
  /// Where the carries went that dropCarries left.
  llvm::SmallVector<unsigned> moved;
  mlir::Operation *op = nullptr;
};

llvm::LogicalResult jvpLoop(JvpContext &c, const Loop &loop);
llvm::LogicalResult transposeLoop(TransposeContext &c, const Loop &loop);
llvm::LogicalResult batchLoop(BatchContext &c, const Loop &loop);

} // namespace mjx

#endif // MJX_LIB_IR_CONTROLFLOW_LOOP_H
