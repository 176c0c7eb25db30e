//===- Effect.cpp - Calls of the host as calls of kernels -----------------===//
#include "Lowering.h"

#include "mjx/Target/RuntimeCall.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace mjx {

namespace {

/// The descriptor of a kernel; see include/mjx/Runtime/Kernels.h.
struct Descriptor {
  void types(TypeRange list) {
    words.push_back(list.size());
    for (Type type : list) {
      auto tensor = cast<RankedTensorType>(type);
      words.push_back(runtimeElement(tensor.getElementType()));
      words.push_back(tensor.getRank());
      llvm::append_range(words, tensor.getShape());
    }
  }

  void text(StringRef bytes) {
    words.push_back(bytes.size());
    for (; !bytes.empty(); bytes = bytes.drop_front(std::min<size_t>(bytes.size(), 8))) {
      int64_t word = 0;
      std::memcpy(&word, bytes.data(), std::min<size_t>(bytes.size(), 8));
      words.push_back(word);
    }
  }

  SmallVector<int64_t> words;
};

/// A kernel that fills arrays of the op's result types.
LoweredValues callKernel(Operation *op, ImplicitLocOpBuilder &b, StringRef kernel,
                         ValueRange operands, const Descriptor &desc, bool hasEffects) {
  SmallVector<Value> room;
  for (Type type : op->getResultTypes()) {
    RankedTensorType lowered = loweredTensor(type);
    room.push_back(emptyTensor(b, lowered.getShape(), lowered.getElementType()));
  }
  auto call = rt::CallOp::create(b, kernel, operands, room, desc.words);
  call.setEffects(hasEffects);
  return SmallVector<Value>(call.getResults());
}

// A pure one too: by now it is needed, and it must not run on a thread of the
// pool, nor leave values that mean nothing to the rest of the program.
LoweredValues lowerHostCallback(HostCallbackOp op, ImplicitLocOpBuilder &b, ValueRange operands) {
  Descriptor desc;
  desc.words.push_back(op.getCallback());
  desc.types(op.getOperandTypes());
  desc.types(op.getResultTypes());
  return callKernel(op, b, "mjx_rt_host_callback", operands, desc, /*hasEffects=*/true);
}

LoweredValues lowerCustomCall(CustomCallOp op, ImplicitLocOpBuilder &b, ValueRange operands) {
  Descriptor desc;
  desc.words.push_back(op.getApi() == "pointers");
  desc.types(op.getOperandTypes());
  desc.types(op.getResultTypes());
  desc.text(op.getTarget());
  desc.text(op.getConfig());
  return callKernel(op, b, "mjx_rt_custom_call", operands, desc, op.getHasEffects());
}

// Nothing is done for a message until it is needed.
LoweredValues lowerCheck(CheckOp op, ImplicitLocOpBuilder &b, ValueRange operands) {
  Value fails =
      arith::XOrIOp::create(b, scalarOf(b, operands.front()), scalarConstant(b, b.getI1Type(), 1));
  auto branch = scf::IfOp::create(b, fails, /*withElseRegion=*/false);
  ImplicitLocOpBuilder inside(b.getLoc(), branch.getThenBodyBuilder());
  Descriptor desc;
  desc.types(op.getValues().getTypes());
  desc.text(op.getError());
  desc.text(op.getMessage());
  auto call =
      rt::CallOp::create(inside, "mjx_rt_fail", operands.drop_front(), ValueRange(), desc.words);
  call.setEffects(true);
  return SmallVector<Value>();
}

} // namespace

void attachEffectLowerings(MLIRContext &context) {
  attachLowering<HostCallbackOp, lowerHostCallback>(context);
  attachLowering<CustomCallOp, lowerCustomCall>(context);
  attachLowering<CheckOp, lowerCheck>(context);
}

} // namespace mjx
