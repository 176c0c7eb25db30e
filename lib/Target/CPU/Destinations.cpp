//===- Destinations.cpp - Which memory a tensor is computed in ------------===//
#include "Destinations.h"

using namespace mlir;

namespace mjx {

/// The operand a result overwrites, or null if it starts a chain.
static OpOperand *updatedOperand(OpResult result) {
  Operation *op = result.getOwner();
  if (auto update = dyn_cast<DestinationStyleOpInterface>(op))
    return update.getTiedOpOperand(result);
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return loop.getTiedLoopInit(result);
  if (auto loop = dyn_cast<scf::WhileOp>(op))
    return result.getResultNumber() < loop.getInits().size()
               ? &loop->getOpOperand(result.getResultNumber())
               : nullptr;
  if (auto materialize = dyn_cast<bufferization::MaterializeInDestinationOp>(op))
    return &materialize.getDestMutable();
  return nullptr;
}

Destination destinationRoot(Value tensor) {
  Destination chain{tensor};
  while (auto result = dyn_cast<OpResult>(chain.value)) {
    OpOperand *operand = updatedOperand(result);
    if (!operand || operand->get().getType() != tensor.getType())
      break;
    chain = {operand->get(), operand};
  }
  return chain;
}

} // namespace mjx
