//===- Dialect.cpp - Tracing, for Python ----------------------------------===//
#include "Bindings.h"
#include "Context.h"
#include "Trace.h"

#include "mjx/IR/Mjx.h"

#include <nanobind/stl/pair.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

namespace nb = nanobind;
using namespace nb::literals;
using namespace mlir;

namespace {
struct PyLocation {
  LocationAttr loc;
};
} // namespace

static Location toLocation(nb::handle loc) {
  if (loc.is_none())
    return UnknownLoc::get(&context());
  return Location(nb::cast<PyLocation &>(loc).loc);
}

static PyLocation makeLocation(const std::string &file, int64_t line, const std::string &function) {
  ContextLock lock;
  MLIRContext *ctx = &context();
  Location place = FileLineColLoc::get(ctx, file, unsigned(line), 0);
  return {NameLoc::get(StringAttr::get(ctx, function), place)};
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

static Attribute arrayAttribute(nb::handle value) {
  SmallVector<int64_t> numbers;
  for (nb::handle number : value)
    numbers.push_back(nb::cast<int64_t>(nb::steal(PyNumber_Index(number.ptr()))));
  return DenseI64ArrayAttr::get(&context(), numbers);
}

static Attribute toAttribute(nb::handle value) {
  Builder b(&context());
  PyObject *object = value.ptr();
  if (PyBool_Check(object))
    return b.getBoolAttr(object == Py_True);
  if (PyUnicode_Check(object))
    return b.getStringAttr(nb::cast<std::string>(value));
  if (PyFloat_Check(object))
    return b.getF64FloatAttr(PyFloat_AsDouble(object));
  if (PySequence_Check(object))
    return arrayAttribute(value);
  nb::object index = nb::steal(PyNumber_Index(object));
  if (!index.is_valid())
    nb::raise_python_error();
  return b.getI64IntegerAttr(nb::cast<int64_t>(index));
}

static NamedAttrList toAttributes(const nb::dict &attributes) {
  NamedAttrList list;
  for (auto [name, value] : attributes)
    if (!value.is_none())
      list.set(nb::cast<std::string>(name), toAttribute(value));
  return list;
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

namespace {
/// The bytes of a contiguous array.
struct Bytes {
  Py_buffer view;

  explicit Bytes(nb::handle array) {
    if (PyObject_GetBuffer(array.ptr(), &view, PyBUF_C_CONTIGUOUS) != 0)
      nb::raise_python_error();
  }
  ~Bytes() { PyBuffer_Release(&view); }
  ArrayRef<char> get() const { return {static_cast<const char *>(view.buf), size_t(view.len)}; }
};
} // namespace

static bool isSplat(ArrayRef<char> bytes, size_t width) {
  return bytes.size() > width &&
         memcmp(bytes.data(), bytes.data() + width, bytes.size() - width) == 0;
}

static DenseElementsAttr toElements(RankedTensorType type, ArrayRef<char> bytes) {
  int64_t count = type.getNumElements();
  if (count == 0)
    return DenseElementsAttr::get(type, ArrayRef<Attribute>());
  if (bytes.empty() || bytes.size() % count)
    throw nb::value_error("constant: expected as many elements as the type has");
  size_t width = bytes.size() / count;
  if (isSplat(bytes, width))
    bytes = bytes.take_front(width);
  if (type.getElementType().isInteger(1)) {
    SmallVector<bool> truths(bytes.begin(), bytes.end());
    return DenseElementsAttr::get(type, truths);
  }
  bool detected = false;
  if (!DenseElementsAttr::isValidRawBuffer(type, bytes, detected))
    throw nb::value_error("constant: expected elements of the width that the type has");
  return DenseElementsAttr::getFromRawBuffer(type, bytes);
}

static nb::object shapeOf(nb::handle array) { return array.attr("shape"); }

static ValueHandle emitConstant(Trace &trace, nb::handle array, nb::handle element,
                                nb::handle loc) {
  ContextLock lock;
  RankedTensorType type = typeFromPython(element, shapeOf(array));
  OpRequest request{"constant", {}, SmallVector<Type>{type}, toLocation(loc)};
  request.attributes.set("value", toElements(type, Bytes(array).get()));
  return trace.emit(std::move(request), {}, {}).front();
}

//===----------------------------------------------------------------------===//
// Trace
//===----------------------------------------------------------------------===//

static nb::tuple asTuple(Values values) {
  nb::object tuple = nb::steal(PyTuple_New(values.size()));
  for (auto [i, value] : llvm::enumerate(values))
    PyTuple_SET_ITEM(tuple.ptr(), i, nb::cast(std::move(value)).release().ptr());
  return nb::cast<nb::tuple>(tuple);
}

static nb::tuple emit(Trace &trace, const std::string &name, const Values &operands,
                      const nb::dict &attributes, nb::handle types,
                      const std::vector<RegionRef> &regions, nb::handle loc) {
  ContextLock lock;
  OpRequest request{name, toAttributes(attributes), std::nullopt, toLocation(loc)};
  if (!types.is_none())
    request.types = typesFromPython(types);
  return asTuple(trace.emit(std::move(request), operands, regions));
}

static void bindTrace(nb::module_ &m) {
  nb::class_<Trace>(m, "Trace", "A function under construction.")
      .def("__init__",
           [](Trace *self, const std::string &name) {
             ContextLock lock;
             new (self) Trace(name);
           })
      .def_static("location", &makeLocation, "file"_a, "line"_a, "function"_a)
      .def("argument",
           [](Trace &self, nb::handle element, nb::handle shape) {
             ContextLock lock;
             return self.argument(typeFromPython(element, shape));
           })
      .def("constant", &emitConstant, "array"_a, "element_type"_a, "loc"_a = nb::none())
      .def("emit", &emit, "name"_a, "operands"_a, "attributes"_a = nb::dict(),
           "types"_a = nb::none(), "regions"_a = std::vector<RegionRef>(), "loc"_a = nb::none())
      .def(
          "open_region",
          [](Trace &self, nb::handle types, nb::handle loc) {
            ContextLock lock;
            return self.openRegion(typesFromPython(types), toLocation(loc));
          },
          "types"_a, "loc"_a = nb::none())
      .def(
          "close_region",
          [](Trace &self, const Values &results, nb::handle loc) {
            ContextLock lock;
            return self.closeRegion(results, toLocation(loc));
          },
          "results"_a, "loc"_a = nb::none())
      .def("abandon_region",
           [](Trace &self) {
             ContextLock lock;
             self.abandonRegion();
           })
      .def("capture",
           [](Trace &self, const std::vector<RegionRef> &regions) {
             ContextLock lock;
             return self.capture(regions);
           })
      .def("sources",
           [](Trace &self, const ValueHandle &value) {
             ContextLock lock;
             return self.sources(value);
           })
      .def("extract",
           [](Trace &self, const Values &results, const Values &known,
              const std::vector<std::pair<ValueHandle, ValueHandle>> &bindings) {
             ContextLock lock;
             return self.extract(results, known, bindings);
           })
      .def("split_linear",
           [](Trace &self, const ValueHandle &map) {
             ContextLock lock;
             return self.splitLinear(map);
           })
      .def("inline",
           [](Trace &self, ModuleHandle &module, const Values &operands) {
             ContextLock lock;
             return self.inlineModule(module, operands);
           })
      .def("finish", [](Trace &self, const Values &results) {
        ContextLock lock;
        return self.finish(results);
      });
}

static nb::tuple typeOf(const ValueHandle &value) {
  ContextLock lock;
  return typeToPython(value.get().getType());
}

/// Which argument of the function the value is, -1 for none.
static int64_t argumentNumber(const ValueHandle &value) {
  auto argument = dyn_cast<BlockArgument>(value.get());
  bool ofFunction = argument && isa<func::FuncOp>(argument.getOwner()->getParentOp());
  return ofFunction ? int64_t(argument.getArgNumber()) : -1;
}

/// The op a value is a result of, and where the user asked for it; empty if that
/// is not known.
static std::pair<std::string, std::string> originOf(const ValueHandle &value) {
  Operation *op = value.get().getDefiningOp();
  std::string mnemonic = op ? op->getName().stripDialect().str() : "", place;
  value.get().getLoc()->walk([&](Location loc) {
    auto line = dyn_cast<FileLineColLoc>(loc);
    if (!line)
      return WalkResult::advance();
    place = line.getFilename().str() + ":" + std::to_string(line.getLine());
    return WalkResult::interrupt();
  });
  return {mnemonic, place};
}

static void bindValue(nb::module_ &m) {
  nb::class_<ValueHandle>(m, "Value", "A value of a function under construction.")
      .def_prop_ro("type", &typeOf)
      .def_prop_ro("element_type",
                   [](const ValueHandle &self) { return nb::object(typeOf(self)[0]); })
      .def_prop_ro("shape", [](const ValueHandle &self) { return nb::object(typeOf(self)[1]); })
      .def_prop_ro("argument_number", &argumentNumber)
      .def_prop_ro("origin", &originOf)
      .def_prop_ro("alive", [](const ValueHandle &self) { return self.scope && self.scope->alive; })
      .def("__hash__",
           [](const ValueHandle &self) {
             return Py_hash_t(reinterpret_cast<uintptr_t>(self.value.getAsOpaquePointer()) >> 3);
           })
      .def("__eq__", [](const ValueHandle &self, nb::handle other) {
        ValueHandle *value = nullptr;
        return nb::try_cast(other, value) && value && value->value == self.value &&
               value->scope == self.scope;
      });
}

//===----------------------------------------------------------------------===//
// The dialect
//===----------------------------------------------------------------------===//

static std::vector<std::string> opNames() {
  ContextLock lock;
  std::vector<std::string> names;
  for (RegisteredOperationName name : context().getRegisteredOperationsByDialect("mjx"))
    names.push_back(name.stripDialect().str());
  llvm::sort(names);
  return names;
}

static nb::list attributeNames(RegisteredOperationName name) {
  nb::list names;
  for (StringAttr attribute : name.getAttributeNames())
    names.append(attribute.str());
  return names;
}

static nb::dict opInfo(const std::string &mnemonic) {
  ContextLock lock;
  auto name = RegisteredOperationName::lookup("mjx." + mnemonic, &context());
  if (!name)
    throw nb::value_error(
        ("expected an op of the mjx dialect, but got '" + mnemonic + "'").c_str());
  nb::dict info;
  info["attributes"] = attributeNames(*name);
  info["differentiable"] = name->hasInterface<mjx::JvpOpInterface>();
  info["linear"] = name->hasInterface<mjx::LinearOpInterface>();
  info["batchable"] = name->hasInterface<mjx::BatchOpInterface>();
  info["lowered"] = name->hasInterface<mjx::LinalgLoweringOpInterface>() ||
                    name->hasInterface<mjx::PointwiseOpInterface>() ||
                    name->hasInterface<mjx::DecomposeOpInterface>();
  info["pointwise"] = name->hasInterface<mjx::PointwiseOpInterface>();
  info["transform"] = name->hasInterface<mjx::TransformOpInterface>();
  info["not_differentiable"] = name->hasTrait<mjx::NotDifferentiable>();
  info["never_linear"] = name->hasTrait<mjx::NeverLinear>();
  info["never_batched"] = name->hasTrait<mjx::NeverBatched>();
  info["never_lowered"] = name->hasTrait<mjx::NeverLowered>();
  info["infers_types"] = name->hasInterface<InferTypeOpInterface>();
  return info;
}

void bindDialect(nb::module_ &m) {
  nb::class_<PyLocation>(m, "Location", "A place in the user's source.");
  nb::class_<RegionHandle>(m, "Region", "A region that belongs to no op yet.");
  bindValue(m);
  bindTrace(m);
  m.def("op_names", &opNames, "The ops of the dialect, without prefix.");
  m.def("op_info", &opInfo, "What an op declares.");
}
