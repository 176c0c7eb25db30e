//===- Signature.cpp - What is known of a program from its IR -------------===//
#include "Signature.h"

#include "mjx/IR/Mjx.h"
#include "mjx/Target/RuntimeCall.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace mjx {

using runtime::ElementType;

static std::optional<ElementType> floatElement(Type type) {
  if (type.isBF16())
    return ElementType::BFloat16;
  if (type.isF16())
    return ElementType::Float16;
  if (type.isF32())
    return ElementType::Float32;
  if (type.isF64())
    return ElementType::Float64;
  return llvm::TypeSwitch<Type, std::optional<ElementType>>(type)
      .Case<Float8E4M3B11FNUZType>([](auto) { return ElementType::Float8E4M3B11FNUZ; })
      .Case<Float8E4M3FNType>([](auto) { return ElementType::Float8E4M3FN; })
      .Case<Float8E4M3FNUZType>([](auto) { return ElementType::Float8E4M3FNUZ; })
      .Case<Float8E5M2Type>([](auto) { return ElementType::Float8E5M2; })
      .Case<Float8E5M2FNUZType>([](auto) { return ElementType::Float8E5M2FNUZ; })
      .Default(std::nullopt);
}

static std::optional<ElementType> integerElement(IntegerType type) {
  if (type.getWidth() == 1)
    return ElementType::Bool;
  std::string name = (type.isUnsigned() ? "uint" : "int") + std::to_string(type.getWidth());
  return runtime::elementTypeNamed(name);
}

static std::optional<ElementType> elementOf(Type type) {
  if (auto integer = dyn_cast<IntegerType>(type))
    return integerElement(integer);
  if (auto complexType = dyn_cast<ComplexType>(type))
    return complexType.getElementType().isF32() ? ElementType::Complex64 : ElementType::Complex128;
  return floatElement(type);
}

static llvm::Error describe(ArrayRef<Type> types, std::vector<runtime::BufferType> &buffers) {
  for (Type type : types) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    std::optional<ElementType> element = tensor ? elementOf(tensor.getElementType()) : std::nullopt;
    if (!element || !tensor.hasStaticShape()) {
      std::string text;
      llvm::raw_string_ostream(text) << type;
      return llvm::createStringError(
          "[compile] expected inputs and outputs to be arrays of static shape "
          "and a numeric or boolean type, but got " +
          text);
    }
    buffers.push_back({*element, {tensor.getShape().begin(), tensor.getShape().end()}});
  }
  return llvm::Error::success();
}

llvm::Error describeSignature(FunctionOpInterface program, runtime::ExecutableImage &image) {
  if (llvm::Error error = describe(program.getArgumentTypes(), image.inputs))
    return error;
  return describe(program.getResultTypes(), image.outputs);
}

void describeEffects(ModuleOp module, runtime::ExecutableImage &image) {
  module.walk([&](HostCallbackOp op) {
    image.callsHost = true;
    image.hasEffects |= op.getKind() != "pure";
    image.isOrdered |= op.getOrdered();
    if (!llvm::is_contained(image.callbacks, int64_t(op.getCallback())))
      image.callbacks.push_back(op.getCallback());
  });
  module.walk([&](CustomCallOp op) {
    image.callsHost |= op.getHasEffects();
    image.hasEffects |= op.getHasEffects();
  });
  module.walk([&](CheckOp) { image.hasEffects = true; });
}

/// Turns of a loop of unknown length, which may be many: what may take long
/// must not run on the caller's thread.
static constexpr double unknownTrips = 1e9;

/// How often an op runs.
static double repetitions(Operation *op) {
  double count = 1;
  for (Operation *parent = op->getParentOp(); parent; parent = parent->getParentOp()) {
    if (auto loop = dyn_cast<scf::ForOp>(parent)) {
      std::optional<APInt> trips = loop.getStaticTripCount();
      count *= trips ? double(trips->getZExtValue()) : unknownTrips;
    } else if (isa<scf::WhileOp>(parent)) {
      count *= unknownTrips;
    }
  }
  return count;
}

static double costOfOne(Operation &op) {
  return op.getName().getDialectNamespace() == "math" ? 10 : 1;
}

double estimateFlops(ModuleOp module) {
  double total = 0;
  module.walk([&](scf::WhileOp) { total += unknownTrips; });
  module.walk([&](linalg::LinalgOp op) {
    double elements = 1, body = 0;
    for (int64_t extent : op.getStaticLoopRanges())
      elements *= ShapedType::isDynamic(extent) ? 16.0 : double(extent);
    for (Operation &nested : op.getBlock()->without_terminator())
      body += costOfOne(nested);
    total += repetitions(op) * elements * std::max(body, 1.0);
  });
  module.walk([&](rt::CallOp op) {
    double elements = 0;
    for (Value operand : op.getOperands())
      elements += double(cast<ShapedType>(operand.getType()).getNumElements());
    total += repetitions(op) * elements * 20;
  });
  return total;
}

} // namespace mjx
