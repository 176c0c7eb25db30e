//===- Structure.cpp - A module as plain Python data ----------------------===//
//
// What an interpreter or a tool walks, where MLIR's own bindings may be absent.
//
//===----------------------------------------------------------------------===//
#include "Structure.h"
#include "Context.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/TypeSwitch.h"

#include <nanobind/stl/string.h>

namespace nb = nanobind;
using namespace mlir;

static nb::object typeOrText(Type type) {
  if (isa<RankedTensorType>(type))
    return typeToPython(type);
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return nb::cast(text);
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

/// (element type, shape, bytes), the bytes of one element where all are alike.
static nb::object elementsToPython(DenseElementsAttr elements) {
  auto type = cast<RankedTensorType>(elements.getType());
  SmallVector<char> truths;
  ArrayRef<char> bytes = elements.getRawData();
  if (type.getElementType().isInteger(1)) {
    if (elements.isSplat())
      truths.push_back(elements.getSplatValue<bool>());
    else
      truths.append(elements.value_begin<bool>(), elements.value_end<bool>());
    bytes = truths;
  }
  nb::tuple spelled = typeToPython(type);
  return nb::make_tuple(nb::object(spelled[0]), nb::object(spelled[1]),
                        nb::bytes(bytes.data(), bytes.size()));
}

static nb::object attributeToPython(Attribute attribute) {
  return llvm::TypeSwitch<Attribute, nb::object>(attribute)
      .Case([](BoolAttr value) { return nb::cast(value.getValue()); })
      .Case([](IntegerAttr value) { return nb::cast(value.getInt()); })
      .Case([](FloatAttr value) { return nb::cast(value.getValueAsDouble()); })
      .Case([](StringAttr value) { return nb::cast(value.str()); })
      .Case([](FlatSymbolRefAttr value) { return nb::cast(value.getValue().str()); })
      .Case([](TypeAttr value) { return typeOrText(value.getValue()); })
      .Case([](UnitAttr) { return nb::cast(true); })
      .Case([](DenseI64ArrayAttr values) {
        nb::list numbers;
        for (int64_t number : values.asArrayRef())
          numbers.append(number);
        return nb::object(numbers);
      })
      .Case([](ArrayAttr values) {
        nb::list list;
        for (Attribute value : values)
          list.append(attributeToPython(value));
        return nb::object(list);
      })
      .Case([](DenseElementsAttr elements) { return elementsToPython(elements); })
      .Default([](Attribute other) {
        std::string text;
        llvm::raw_string_ostream(text) << other;
        return nb::object(nb::cast(text));
      });
}

//===----------------------------------------------------------------------===//
// Blocks and ops
//===----------------------------------------------------------------------===//

namespace {
/// Numbers values in the order in which they are met.
struct Walker {
  llvm::DenseMap<Value, int64_t> numbers;

  nb::list define(ValueRange values) {
    nb::list list;
    for (Value value : values) {
      int64_t number = numbers.try_emplace(value, numbers.size()).first->second;
      list.append(nb::make_tuple(number, typeOrText(value.getType())));
    }
    return list;
  }

  nb::list use(ValueRange values) {
    nb::list list;
    for (Value value : values)
      list.append(numbers.lookup(value));
    return list;
  }

  nb::tuple visit(Operation &op) {
    nb::dict attributes;
    for (NamedAttribute attribute : op.getAttrDictionary())
      attributes[nb::cast(attribute.getName().str())] = attributeToPython(attribute.getValue());
    nb::list operands = use(op.getOperands()), regions;
    for (Region &region : op.getRegions())
      regions.append(visit(region));
    return nb::make_tuple(op.getName().getStringRef().str(), operands, define(op.getResults()),
                          attributes, regions);
  }

  nb::object visit(Region &region) {
    if (region.empty())
      return nb::none();
    nb::list arguments = define(region.front().getArguments()), ops;
    for (Operation &op : region.front())
      ops.append(visit(op));
    return nb::make_tuple(arguments, ops);
  }
};
} // namespace

nb::list structureOf(ModuleHandle &module) {
  ContextLock lock;
  nb::list ops;
  for (Operation &op : *module.op->getBody())
    ops.append(Walker().visit(op));
  return ops;
}
