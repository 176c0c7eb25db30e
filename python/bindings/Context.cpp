//===- Context.cpp - The one MLIR context, and errors ---------------------===//
#include "Context.h"

#include "mjx/IR/Mjx.h"
#include "mjx/Registration.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/DialectRegistry.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/ADT/TypeSwitch.h"

#include <nanobind/stl/string.h>

#include <mutex>

namespace nb = nanobind;
using namespace mlir;

//===----------------------------------------------------------------------===//
// Context
//===----------------------------------------------------------------------===//

static std::recursive_mutex contextMutex;

ContextLock::ContextLock() {
  if (contextMutex.try_lock())
    return;
  if (!PyGILState_Check()) {
    contextMutex.lock();
    return;
  }
  // Somebody may be compiling, or wait for the GIL to be able to go on.
  nb::gil_scoped_release released;
  contextMutex.lock();
}

ContextLock::~ContextLock() { contextMutex.unlock(); }

static MLIRContext *makeContext() {
  DialectRegistry registry;
  mjx::registerDialects(registry);
  auto *made = new MLIRContext(registry, MLIRContext::Threading::DISABLED);
  // The text of an op says nothing to the reader of a Python program.
  made->printOpOnDiagnostic(false);
  made->loadDialect<mjx::MjxDialect, func::FuncDialect>();
  return made;
}

MLIRContext &context() {
  // Lives as long as the process: modules may be freed after static objects.
  static MLIRContext *shared = makeContext();
  return *shared;
}

//===----------------------------------------------------------------------===//
// Diagnostics
//===----------------------------------------------------------------------===//

DiagnosticText::DiagnosticText()
    : handler(&context(), [this](Diagnostic &diagnostic) {
        if (diagnostic.getSeverity() != DiagnosticSeverity::Error || !first.empty())
          return success();
        first = diagnostic.str();
        for (Diagnostic &note : diagnostic.getNotes())
          first += "\n  note: " + note.str();
        return success();
      }) {}

std::string DiagnosticText::text(StringRef fallback) const {
  return first.empty() ? fallback.str() : first;
}

void DiagnosticText::raise(StringRef fallback) const {
  throw nb::value_error(text(fallback).c_str());
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

static Type elementFromName(StringRef name) {
  Builder b(&context());
  auto integer = [&](unsigned width) -> Type { return b.getIntegerType(width); };
  auto natural = [&](unsigned width) -> Type { return b.getIntegerType(width, false); };
  return llvm::StringSwitch<Type>(name)
      .Case("bool", b.getI1Type())
      .Case("int4", integer(4))
      .Case("int8", integer(8))
      .Case("int16", integer(16))
      .Case("int32", integer(32))
      .Case("int64", integer(64))
      .Case("uint4", natural(4))
      .Case("uint8", natural(8))
      .Case("uint16", natural(16))
      .Case("uint32", natural(32))
      .Case("uint64", natural(64))
      .Case("float8_e4m3b11fnuz", Float8E4M3B11FNUZType::get(&context()))
      .Case("float8_e4m3fn", Float8E4M3FNType::get(&context()))
      .Case("float8_e4m3fnuz", Float8E4M3FNUZType::get(&context()))
      .Case("float8_e5m2", Float8E5M2Type::get(&context()))
      .Case("float8_e5m2fnuz", Float8E5M2FNUZType::get(&context()))
      .Case("float16", b.getF16Type())
      .Case("bfloat16", b.getBF16Type())
      .Case("float32", b.getF32Type())
      .Case("float64", b.getF64Type())
      .Case("complex64", ComplexType::get(b.getF32Type()))
      .Case("complex128", ComplexType::get(b.getF64Type()))
      .Default(Type());
}

static StringRef nameOfFloat8(Type type) {
  return llvm::TypeSwitch<Type, StringRef>(type)
      .Case<Float8E4M3B11FNUZType>([](auto) { return "float8_e4m3b11fnuz"; })
      .Case<Float8E4M3FNType>([](auto) { return "float8_e4m3fn"; })
      .Case<Float8E4M3FNUZType>([](auto) { return "float8_e4m3fnuz"; })
      .Case<Float8E5M2Type>([](auto) { return "float8_e5m2"; })
      .Case<Float8E5M2FNUZType>([](auto) { return "float8_e5m2fnuz"; })
      .Default(StringRef());
}

static std::string nameOfElement(Type type) {
  if (type.isBF16())
    return "bfloat16";
  if (StringRef name = nameOfFloat8(type); !name.empty())
    return name.str();
  if (isa<FloatType>(type))
    return "float" + std::to_string(type.getIntOrFloatBitWidth());
  if (type.isInteger(1))
    return "bool";
  if (auto integer = dyn_cast<IntegerType>(type))
    return (integer.isUnsigned() ? "uint" : "int") + std::to_string(integer.getWidth());
  if (auto complex = dyn_cast<ComplexType>(type))
    return complex.getElementType().isF32() ? "complex64" : "complex128";
  return "unknown";
}

nb::tuple typeToPython(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    return nb::make_tuple(isa<mjx::LinearType>(type) ? "linear" : "unknown", nb::tuple());
  nb::list extents;
  for (int64_t extent : tensor.getShape())
    extents.append(extent);
  return nb::make_tuple(nameOfElement(tensor.getElementType()), nb::tuple(extents));
}

RankedTensorType typeFromPython(nb::handle element, nb::handle shape) {
  Type type = elementFromName(nb::cast<std::string>(element));
  if (!type)
    throw nb::type_error(
        ("expected the name of an element type, but got '" + nb::cast<std::string>(element) + "'")
            .c_str());
  SmallVector<int64_t> extents;
  for (nb::handle extent : shape) {
    extents.push_back(nb::cast<int64_t>(extent));
    if (extents.back() < 0)
      throw nb::type_error("expected extents that are not negative");
  }
  return RankedTensorType::get(extents, type);
}

SmallVector<Type> typesFromPython(nb::handle pairs) {
  SmallVector<Type> types;
  for (nb::handle pair : pairs) {
    if (nb::len(pair) != 2)
      throw nb::type_error("expected a type as a pair (element type, shape)");
    types.push_back(typeFromPython(pair[0], pair[1]));
  }
  return types;
}
