//===- Shared.cpp - What several CPU passes need --------------------------===//
#include "Shared.h"

#include "mlir/Interfaces/ViewLikeInterface.h"

using namespace mlir;

namespace mjx {

Operation *cpu::programOf(ModuleOp module) {
  Operation *only = nullptr;
  int64_t bodies = 0;
  for (Operation &op : *module.getBody()) {
    auto function = dyn_cast<FunctionOpInterface>(op);
    if (!function || function.isExternal())
      continue;
    if (op.hasAttr(programAttr))
      return &op;
    only = &op;
    ++bodies;
  }
  return bodies == 1 ? only : nullptr;
}

func::FuncOp programFunction(ModuleOp module) {
  return dyn_cast_or_null<func::FuncOp>(cpu::programOf(module));
}

Value scalarConstant(OpBuilder &builder, Location loc, Type type, Attribute value) {
  if (isa<ComplexType>(type))
    return complex::ConstantOp::create(builder, loc, type, cast<ArrayAttr>(value));
  return arith::ConstantOp::create(builder, loc, cast<TypedAttr>(value));
}

int64_t storageBytes(Type type) {
  if (auto complexType = dyn_cast<ComplexType>(type))
    return 2 * storageBytes(complexType.getElementType());
  if (isa<IndexType>(type))
    return 8;
  return llvm::divideCeil(type.getIntOrFloatBitWidth(), 8);
}

Value baseBuffer(Value memref) {
  while (auto view = memref.getDefiningOp<ViewLikeOpInterface>())
    memref = view.getViewSource();
  return memref;
}

} // namespace mjx
