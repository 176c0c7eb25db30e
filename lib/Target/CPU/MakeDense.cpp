//===- MakeDense.cpp - Dense operands for runtime kernels -----------------===//
#include "Shared.h"

#include "mlir/Dialect/MemRef/Utils/MemRefUtils.h"

namespace mjx {
#define GEN_PASS_DEF_MJXCPUMAKEDENSE
#include "mjx/Target/Passes.h.inc"
} // namespace mjx

using namespace mlir;
using namespace mjx;

namespace {

bool isDense(Value buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  return type.areTrailingDimsContiguous(type.getRank());
}

Value allocate(OpBuilder &builder, Location loc, Value like) {
  auto type = cast<MemRefType>(like.getType());
  return memref::AllocOp::create(builder, loc,
                                 MemRefType::get(type.getShape(), type.getElementType()));
}

void passDense(rt::CallOp call) {
  OpBuilder before(call), after(call->getContext());
  after.setInsertionPointAfter(call);
  for (OpOperand &operand : call->getOpOperands()) {
    Value strided = operand.get();
    if (isDense(strided))
      continue;
    Value dense = allocate(before, call.getLoc(), strided);
    linalg::CopyOp::create(before, call.getLoc(), strided, dense);
    if (call.isDpsInit(&operand))
      linalg::CopyOp::create(after, call.getLoc(), dense, strided);
    operand.set(dense);
  }
}

/// What the conversion to LLVM copies by memcpy. It looks at the strides of
/// dimensions of size 1 too.
bool isMemcpied(Value buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  return type.getLayout().isIdentity() || memref::isStaticShapeAndContiguousRowMajor(type);
}

/// A copy between strided buffers is a loop; between dense ones, a memcpy.
void lowerCopy(memref::CopyOp copy) {
  if (isMemcpied(copy.getSource()) && isMemcpied(copy.getTarget()))
    return;
  OpBuilder builder(copy);
  linalg::CopyOp::create(builder, copy.getLoc(), copy.getSource(), copy.getTarget());
  copy.erase();
}

struct MakeDense : public mjx::impl::MjxCpuMakeDenseBase<MakeDense> {
  void runOnOperation() override {
    SmallVector<memref::CopyOp> copies;
    SmallVector<rt::CallOp> calls;
    getOperation().walk([&](Operation *op) {
      if (auto copy = dyn_cast<memref::CopyOp>(op))
        copies.push_back(copy);
      if (auto call = dyn_cast<rt::CallOp>(op))
        calls.push_back(call);
    });
    llvm::for_each(calls, passDense);
    llvm::for_each(copies, lowerCopy);
  }
};

} // namespace
