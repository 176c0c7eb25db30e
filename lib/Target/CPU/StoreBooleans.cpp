//===- StoreBooleans.cpp - Booleans and nibbles are bytes in memory -------===//
#include "Shared.h"

namespace mjx {
#define GEN_PASS_DEF_MJXCPUSTOREBOOLEANS
#include "mjx/Target/Passes.h.inc"
} // namespace mjx

using namespace mlir;
using namespace mjx;

namespace {

/// Whether an element has fewer bits than a byte.
bool isPartOfByte(Type element) { return element.isInteger(1) || element.isInteger(4); }

bool holdsPartsOfBytes(Type type) {
  auto memref = dyn_cast<MemRefType>(type);
  return memref && isPartOfByte(memref.getElementType());
}

/// The type with bytes for elements: of a buffer, a vector or a scalar.
Type asBytes(Type type) {
  Type byte = IntegerType::get(type.getContext(), 8);
  if (auto memref = dyn_cast<MemRefType>(type))
    return MemRefType::Builder(memref).setElementType(byte);
  if (auto vector = dyn_cast<VectorType>(type))
    return vector.clone(byte);
  return byte;
}

bool isNarrow(Value value) { return isPartOfByte(getElementTypeOrSelf(value.getType())); }

/// The lowest bits of a loaded byte are its value.
void narrowLoad(Operation *load) {
  Value loaded = load->getResult(0);
  OpBuilder builder(load->getContext());
  builder.setInsertionPointAfter(load);
  Type wanted = loaded.getType();
  loaded.setType(asBytes(wanted));
  Value narrow = arith::TruncIOp::create(builder, load->getLoc(), wanted, loaded);
  loaded.replaceAllUsesExcept(narrow, narrow.getDefiningOp());
}

void widen(OpOperand &operand) {
  OpBuilder builder(operand.getOwner());
  operand.set(arith::ExtUIOp::create(builder, operand.getOwner()->getLoc(),
                                     asBytes(operand.get().getType()), operand.get()));
}

void convertAccess(Operation *op) {
  if (isa<memref::LoadOp, vector::LoadOp>(op) && isNarrow(op->getResult(0)))
    narrowLoad(op);
  if (auto load = dyn_cast<vector::MaskedLoadOp>(op); load && isNarrow(load.getResult())) {
    widen(load.getPassThruMutable());
    narrowLoad(op);
  }
  if (auto store = dyn_cast<memref::StoreOp>(op); store && isNarrow(store.getValueToStore()))
    widen(store.getValueMutable());
  if (auto store = dyn_cast<vector::StoreOp>(op); store && isNarrow(store.getValueToStore()))
    widen(store.getValueToStoreMutable());
  if (auto store = dyn_cast<vector::MaskedStoreOp>(op); store && isNarrow(store.getValueToStore()))
    widen(store.getValueToStoreMutable());
}

void convertGlobal(memref::GlobalOp global) {
  if (!holdsPartsOfBytes(global.getType()))
    return;
  global.setType(cast<MemRefType>(asBytes(global.getType())));
  auto values = dyn_cast_or_null<DenseElementsAttr>(global.getInitialValueAttr());
  if (!values)
    return;
  auto type =
      RankedTensorType::get(values.getType().getShape(), IntegerType::get(global.getContext(), 8));
  global.setInitialValueAttr(cast<DenseIntElementsAttr>(values).mapValues(
      type.getElementType(), [](const APInt &bits) { return bits.zext(8); }));
}

void retype(Value value) {
  if (holdsPartsOfBytes(value.getType()))
    value.setType(asBytes(value.getType()));
}

struct StoreBooleans : public mjx::impl::MjxCpuStoreBooleansBase<StoreBooleans> {
  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation().walk([&](Operation *op) { ops.push_back(op); });
    for (Operation *op : ops) {
      convertAccess(op);
      if (auto global = dyn_cast<memref::GlobalOp>(op))
        convertGlobal(global);
    }
    for (Operation *op : ops) {
      llvm::for_each(op->getResults(), retype);
      for (Region &region : op->getRegions())
        for (Block &block : region)
          llvm::for_each(block.getArguments(), retype);
    }
    if (func::FuncOp function = programFunction(getOperation()))
      function.setType(FunctionType::get(&getContext(), function.getBody().getArgumentTypes(), {}));
  }
};

} // namespace
