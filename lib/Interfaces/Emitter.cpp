//===- Emitter.cpp - Where the ops of a rule go ---------------------------===//
#include "mjx/Interfaces/Emitter.h"

#include "mjx/IR/Mjx.h"

#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace mjx {

Operation *Emitter::create(OperationState &state) {
  bool goesLinear = separate && llvm::any_of(state.operands, [&](Value v) { return isLinear(v); });
  if (!goesLinear)
    return primal.create(state);
  Operation *op = linear.create(state);
  for (Value result : op->getResults())
    if (isDifferentiable(result.getType()))
      markLinear(result);
  return op;
}

Operation *Emitter::cloneWith(Operation *op, ValueRange operands, TypeRange types) {
  OperationState state(loc, op->getName());
  state.addOperands(operands);
  state.addTypes(types);
  state.addAttributes(op->getAttrs());
  for (Region &region : op->getRegions()) {
    IRMapping map;
    region.cloneInto(state.addRegion(), map);
  }
  return create(state);
}

void Emitter::markLinear(ValueRange values) { linearValues.insert_range(values); }

static Attribute numberAttribute(Type element, double value) {
  if (auto type = dyn_cast<FloatType>(element))
    return FloatAttr::get(type, value);
  auto type = cast<IntegerType>(element);
  return IntegerAttr::get(type, APInt(type.getWidth(), static_cast<int64_t>(value),
                                      /*isSigned=*/true, /*implicitTrunc=*/true));
}

static DenseElementsAttr splatAttribute(RankedTensorType type, double value) {
  auto complex = dyn_cast<ComplexType>(type.getElementType());
  if (!complex)
    return DenseElementsAttr::get(type, numberAttribute(type.getElementType(), value));
  auto part = [&](double number) {
    return cast<FloatAttr>(numberAttribute(complex.getElementType(), number)).getValue();
  };
  return DenseElementsAttr::get(type, std::complex<APFloat>(part(value), part(0)));
}

Value Emitter::splat(Type type, double value) {
  auto tensor = cast<RankedTensorType>(type);
  return ConstantOp::create(primal, loc, tensor, splatAttribute(tensor, value));
}

} // namespace mjx
