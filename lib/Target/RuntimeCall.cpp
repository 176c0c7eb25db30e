//===- RuntimeCall.cpp - Calls of kernels in the runtime ------------------===//
#include "mjx/Target/RuntimeCall.h"

#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/DstBufferizableOpInterfaceImpl.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/OpImplementation.h"

using namespace mlir;
using namespace mlir::bufferization;

#include "mjx/Target/RuntimeCallDialect.cpp.inc"

#define GET_OP_CLASSES
#include "mjx/Target/RuntimeCallOps.cpp.inc"

namespace mjx::rt {

void MjxRtDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "mjx/Target/RuntimeCallOps.cpp.inc"
      >();
}

//===----------------------------------------------------------------------===//
// mjx_rt.call
//===----------------------------------------------------------------------===//

void CallOp::build(OpBuilder &builder, OperationState &state, StringRef callee, ValueRange inputs,
                   ValueRange inits, ArrayRef<int64_t> desc) {
  SmallVector<Type> types;
  for (Value init : inits)
    if (isa<RankedTensorType>(init.getType()))
      types.push_back(init.getType());
  build(builder, state, types, callee, inputs, inits, desc);
}

LogicalResult CallOp::verify() {
  size_t tensors =
      llvm::count_if(getInits(), [](Value init) { return isa<RankedTensorType>(init.getType()); });
  if (tensors != getNumResults())
    return emitOpError("expected one result for each tensor in `outs` (")
           << tensors << "), but got " << getNumResults();
  for (Type type : getOperandTypes())
    if (!cast<ShapedType>(type).hasStaticShape())
      return emitOpError("expected operands of static shape, but got ") << type;
  return success();
}

void CallOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>> &effects) {
  auto *memory = SideEffects::DefaultResource::get();
  if (getEffects())
    effects.emplace_back(MemoryEffects::Write::get(), memory);
  for (OpOperand &operand : (*this)->getOpOperands()) {
    if (!isa<BaseMemRefType>(operand.get().getType()))
      continue;
    effects.emplace_back(MemoryEffects::Read::get(), &operand, memory);
    if (isDpsInit(&operand))
      effects.emplace_back(MemoryEffects::Write::get(), &operand, memory);
  }
}

//===----------------------------------------------------------------------===//
// mjx_rt.gemm
//===----------------------------------------------------------------------===//

LogicalResult GemmOp::verify() {
  if (getSizes().size() != 4)
    return emitOpError("expected 4 sizes, but got ") << getSizes().size();
  if (getStrides().size() != 8)
    return emitOpError("expected 8 strides, but got ") << getStrides().size();
  return success();
}

//===----------------------------------------------------------------------===//
// Bufferization
//===----------------------------------------------------------------------===//

namespace {

struct CallBufferization : DstBufferizableOpInterfaceExternalModel<CallBufferization, CallOp> {
  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const BufferizationOptions &options, BufferizationState &state) const {
    auto call = cast<CallOp>(op);
    auto buffers = [&](ValueRange values) -> FailureOr<SmallVector<Value>> {
      SmallVector<Value> result;
      for (Value value : values) {
        if (isa<TensorType>(value.getType())) {
          FailureOr<Value> buffer = getBuffer(rewriter, value, options, state);
          if (failed(buffer))
            return failure();
          value = *buffer;
        }
        result.push_back(value);
      }
      return result;
    };
    auto inputs = buffers(call.getInputs()), inits = buffers(call.getInits());
    if (failed(inputs) || failed(inits))
      return failure();
    CallOp::create(rewriter, call.getLoc(), TypeRange(), call.getCalleeAttr(), *inputs, *inits,
                   call.getDescAttr(), call.getEffectsAttr());
    SmallVector<Value> results;
    for (auto [tensor, buffer] : llvm::zip_equal(call.getInits(), *inits))
      if (isa<TensorType>(tensor.getType()))
        results.push_back(buffer);
    replaceOpWithBufferizedValues(rewriter, op, results);
    return success();
  }
};

/// Each result is the buffer of its operand, which the barrier does not touch.
struct BarrierBufferization
    : BufferizableOpInterface::ExternalModel<BarrierBufferization, BarrierOp> {
  bool bufferizesToMemoryRead(Operation *, OpOperand &, const AnalysisState &) const {
    return false;
  }
  bool bufferizesToMemoryWrite(Operation *, OpOperand &, const AnalysisState &) const {
    return false;
  }
  AliasingValueList getAliasingValues(Operation *op, OpOperand &operand,
                                      const AnalysisState &) const {
    return {{op->getResult(operand.getOperandNumber()), BufferRelation::Equivalent}};
  }
  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const BufferizationOptions &options, BufferizationState &state) const {
    SmallVector<Value> results;
    for (Value operand : op->getOperands()) {
      FailureOr<Value> buffer = getBuffer(rewriter, operand, options, state);
      if (failed(buffer))
        return failure();
      results.push_back(*buffer);
    }
    replaceOpWithBufferizedValues(rewriter, op, results);
    return success();
  }
};

} // namespace

void registerBufferization(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, MjxRtDialect *) {
    CallOp::attachInterface<CallBufferization>(*context);
    BarrierOp::attachInterface<BarrierBufferization>(*context);
  });
}

} // namespace mjx::rt
