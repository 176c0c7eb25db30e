//===- Mjx.cpp - The mjx dialect ------------------------------------------===//
#include "mjx/IR/Mjx.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Complex/IR/Complex.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mjx;

#include "mjx/IR/MjxOpsDialect.cpp.inc"

void MjxDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "mjx/IR/MjxOpsTypes.cpp.inc"
      >();
  registerMjxDialectOperations(this);
}

Operation *MjxDialect::materializeConstant(OpBuilder &builder, Attribute value, Type type,
                                           Location loc) {
  auto elements = dyn_cast<ElementsAttr>(value);
  return elements ? ConstantOp::create(builder, loc, type, elements) : nullptr;
}

#define GET_TYPEDEF_CLASSES
#include "mjx/IR/MjxOpsTypes.cpp.inc"
