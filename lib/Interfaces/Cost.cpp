//===- Cost.cpp - What an op costs ----------------------------------------===//
#include "mjx/Interfaces/Cost.h"

#include "mlir/IR/BuiltinTypes.h"

using namespace mlir;

namespace mjx {

double elementsOf(Type type) {
  auto shaped = dyn_cast<ShapedType>(type);
  return shaped && shaped.hasStaticShape() ? static_cast<double>(shaped.getNumElements()) : 0;
}

static double bytesOfElement(Type element) {
  if (auto complex = dyn_cast<ComplexType>(element))
    return 2 * bytesOfElement(complex.getElementType());
  return element.isIntOrFloat() ? (element.getIntOrFloatBitWidth() + 7) / 8 : 0;
}

double bytesOf(TypeRange types) {
  double bytes = 0;
  for (Type type : types)
    if (auto shaped = dyn_cast<ShapedType>(type))
      bytes += elementsOf(type) * bytesOfElement(shaped.getElementType());
  return bytes;
}

} // namespace mjx
