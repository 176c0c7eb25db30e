//===- Array.cpp - The memory layout of mjx.Array -------------------------===//
#include "Array.h"

#include "Bindings.h"
#include "Runtime.h"

#include "mjx/Runtime/Allocator.h"
#include "mjx/Runtime/Device.h"

#include "llvm/ADT/Hashing.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <structmember.h>
#include <unordered_map>

namespace nb = nanobind;
using namespace nb::literals;
using namespace mjx::runtime;

// Borrowed for good: the classes outlive all arrays.
static PyTypeObject *arrayType;
static PyObject *makeAval;

// Of arrays that programs may take in as constants; as in mjx.core.bind.
constexpr int64_t maxLiteralBytes = 1024;

bool isArray(PyObject *object) { return Py_TYPE(object) == arrayType; }

//===----------------------------------------------------------------------===//
// The type
//===----------------------------------------------------------------------===//

// All arrays, in a ring that starts here. Guarded by the GIL.
static PyArray ring = [] {
  PyArray start{};
  start.before = start.after = &ring;
  return start;
}();

static void addToRing(PyArray *array) {
  array->before = ring.before;
  array->after = &ring;
  ring.before->after = array;
  ring.before = array;
}

static void removeFromRing(PyArray *array) {
  array->before->after = array->after;
  array->after->before = array->before;
}

static PyObject *allocate(PyTypeObject *type, std::shared_ptr<Buffer> buffer, PyObject *aval,
                          PyObject *literal) {
  PyObject *object = type->tp_alloc(type, 0);
  if (!object)
    return nullptr;
  PyArray *self = asArray(object);
  new (&self->buffer) std::shared_ptr<Buffer>(std::move(buffer));
  self->aval = Py_NewRef(aval);
  self->literal = Py_XNewRef(literal);
  self->weakrefs = nullptr;
  addToRing(self);
  return object;
}

PyObject *newArray(std::shared_ptr<Buffer> buffer, PyObject *aval) {
  return allocate(arrayType, std::move(buffer), aval, nullptr);
}

static PyObject *construct(PyTypeObject *type, PyObject *args, PyObject *kwargs) {
  static const char *names[] = {"buffer", "aval", "literal", nullptr};
  PyObject *buffer, *aval, *literal = Py_None;
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OO|O:Array", const_cast<char **>(names), &buffer,
                                   &aval, &literal))
    return nullptr;
  std::shared_ptr<Buffer> found = bufferOf(buffer);
  if (!found)
    return PyErr_Format(PyExc_TypeError, "Array: expected a Buffer, but got %s",
                        Py_TYPE(buffer)->tp_name);
  return allocate(type, std::move(found), aval, literal == Py_None ? nullptr : literal);
}

static void destroy(PyObject *object) {
  PyArray *self = asArray(object);
  PyTypeObject *type = Py_TYPE(object);
  removeFromRing(self); // first, since code of the user's may run below
  if (self->weakrefs)
    PyObject_ClearWeakRefs(object);
  self->buffer.~shared_ptr();
  Py_XDECREF(self->aval);
  Py_XDECREF(self->literal);
  type->tp_free(object);
  Py_DECREF(type);
}

static PyObject *getBuffer(PyObject *self, void *) { return wrapBuffer(asArray(self)->buffer); }

// Py_True stands for values that were not asked for yet.
static PyObject *getLiteral(PyObject *object, void *) {
  PyArray *self = asArray(object);
  if (self->literal == Py_True) {
    PyObject *values = PyObject_CallMethod(object, "numpy_view", nullptr);
    if (!values)
      return nullptr;
    Py_SETREF(self->literal, values);
  }
  return Py_NewRef(self->literal ? self->literal : Py_None);
}

static PyObject *getShape(PyObject *self, void *) {
  static PyObject *name = PyUnicode_InternFromString("shape");
  return PyObject_GetAttr(asArray(self)->aval, name);
}

static PyObject *getDtype(PyObject *self, void *) {
  static PyObject *name = PyUnicode_InternFromString("dtype");
  return PyObject_GetAttr(asArray(self)->aval, name);
}

//===----------------------------------------------------------------------===//
// Single elements
//===----------------------------------------------------------------------===//

template <class T> static T read(const void *data) {
  T value;
  std::memcpy(&value, data, sizeof value);
  return value;
}

// Of the types Python has numbers for; null without an error for the others.
static PyObject *numberAt(ElementType type, const void *data) {
  switch (type) {
  case ElementType::Bool:
    return PyBool_FromLong(read<uint8_t>(data));
  case ElementType::Int8:
    return PyLong_FromLong(read<int8_t>(data));
  case ElementType::Int16:
    return PyLong_FromLong(read<int16_t>(data));
  case ElementType::Int32:
    return PyLong_FromLong(read<int32_t>(data));
  case ElementType::Int64:
    return PyLong_FromLongLong(read<int64_t>(data));
  case ElementType::UInt8:
    return PyLong_FromUnsignedLong(read<uint8_t>(data));
  case ElementType::UInt16:
    return PyLong_FromUnsignedLong(read<uint16_t>(data));
  case ElementType::UInt32:
    return PyLong_FromUnsignedLong(read<uint32_t>(data));
  case ElementType::UInt64:
    return PyLong_FromUnsignedLongLong(read<uint64_t>(data));
  case ElementType::Float32:
    return PyFloat_FromDouble(read<float>(data));
  case ElementType::Float64:
    return PyFloat_FromDouble(read<double>(data));
  default:
    return nullptr;
  }
}

// The one element as a Python number; None where Python must do it.
static PyObject *scalar(PyObject *object, PyObject *) {
  const Buffer &buffer = *asArray(object)->buffer;
  if (buffer.type().elements() != 1)
    Py_RETURN_NONE;
  try {
    waitForBuffer(buffer);
  } catch (nb::python_error &error) {
    error.restore();
    return nullptr;
  } catch (const std::exception &error) {
    PyErr_SetString(PyExc_RuntimeError, error.what());
    return nullptr;
  }
  auto storage = buffer.storage();
  if (!storage.ok()) // deleted by another thread just now
    Py_RETURN_NONE;
  PyObject *number = numberAt(buffer.type().element, (*storage)->data());
  if (!number && !PyErr_Occurred())
    Py_RETURN_NONE;
  return number;
}

//===----------------------------------------------------------------------===//
// Avals
//===----------------------------------------------------------------------===//

namespace {

struct AvalKey {
  ElementType element;
  bool weak;
  std::vector<int64_t> shape;
  bool operator==(const AvalKey &other) const {
    return element == other.element && weak == other.weak && shape == other.shape;
  }
};

struct AvalHash {
  size_t operator()(const AvalKey &key) const {
    return llvm::hash_combine(int(key.element), key.weak,
                              llvm::hash_combine_range(key.shape.begin(), key.shape.end()));
  }
};

} // namespace

PyObject *avalOf(ElementType element, const std::vector<int64_t> &shape, bool weak) {
  static auto *known = new std::unordered_map<AvalKey, PyObject *, AvalHash>;
  AvalKey key{element, weak, shape};
  auto found = known->find(key);
  if (found != known->end())
    return found->second;
  try {
    nb::object type = nb::make_tuple(elementText(element), shapeTuple(shape));
    PyObject *aval = nb::handle(makeAval)(type, nb::bool_(weak)).release().ptr();
    return known->emplace(std::move(key), aval).first->second;
  } catch (nb::python_error &error) {
    error.restore();
    return nullptr;
  }
}

//===----------------------------------------------------------------------===//
// From Python numbers and NumPy arrays
//===----------------------------------------------------------------------===//

template <class T> static std::shared_ptr<Buffer> filled(ElementType element, T value) {
  using Types = std::array<std::shared_ptr<const BufferType>, 256>;
  static auto *types = new Types;
  auto &type = (*types)[size_t(element)];
  if (!type)
    type = std::make_shared<const BufferType>(BufferType{element, {}});
  auto storage = Storage::allocate(cpuDevice(), *type);
  if (!storage.ok())
    return nullptr;
  std::memcpy((*storage)->data(), &value, sizeof value);
  return std::make_shared<Buffer>(cpuDevice(), type, std::move(*storage), Event());
}

static std::shared_ptr<Buffer> integerBuffer(PyObject *number, bool wide) {
  int overflow = 0;
  int64_t value = PyLong_AsLongLongAndOverflow(number, &overflow);
  if (overflow)
    return nullptr;
  if (wide)
    return filled(ElementType::Int64, value);
  bool fits = value == int64_t(int32_t(value));
  return fits ? filled(ElementType::Int32, int32_t(value)) : nullptr;
}

std::shared_ptr<Buffer> scalarBuffer(PyObject *number, bool wide) {
  if (PyBool_Check(number))
    return filled(ElementType::Bool, uint8_t(number == Py_True));
  if (PyLong_CheckExact(number))
    return integerBuffer(number, wide);
  if (PyFloat_CheckExact(number)) {
    double value = PyFloat_AS_DOUBLE(number);
    return wide ? filled(ElementType::Float64, value) : filled(ElementType::Float32, float(value));
  }
  double parts[2] = {PyComplex_RealAsDouble(number), PyComplex_ImagAsDouble(number)};
  float narrow[2] = {float(parts[0]), float(parts[1])};
  return wide ? filled(ElementType::Complex128, std::array<double, 2>{parts[0], parts[1]})
              : filled(ElementType::Complex64, std::array<float, 2>{narrow[0], narrow[1]});
}

static std::optional<ElementType> elementOfFormat(const Py_buffer &view, bool wide) {
  std::string_view format = view.format ? view.format : "B";
  bool pair = format.size() == 2 && format[0] == 'Z';
  if (format.size() != (pair ? 2 : 1))
    return std::nullopt;
  auto whenWide = [&](ElementType type) {
    return wide ? std::optional<ElementType>(type) : std::nullopt;
  };
  auto integer = [&](bool isSigned) -> std::optional<ElementType> {
    switch (view.itemsize) {
    case 1:
      return isSigned ? ElementType::Int8 : ElementType::UInt8;
    case 2:
      return isSigned ? ElementType::Int16 : ElementType::UInt16;
    case 4:
      return isSigned ? ElementType::Int32 : ElementType::UInt32;
    default:
      return whenWide(isSigned ? ElementType::Int64 : ElementType::UInt64);
    }
  };
  switch (format.back()) {
  case '?':
    return ElementType::Bool;
  case 'b':
  case 'h':
  case 'i':
  case 'l':
  case 'q':
    return integer(true);
  case 'B':
  case 'H':
  case 'I':
  case 'L':
  case 'Q':
    return integer(false);
  case 'e':
    return ElementType::Float16;
  case 'f':
    return pair ? ElementType::Complex64 : ElementType::Float32;
  case 'd':
    return whenWide(pair ? ElementType::Complex128 : ElementType::Float64);
  }
  return std::nullopt;
}

PyObject *arrayOfNumpy(PyObject *array, bool wide) {
  Py_buffer view;
  if (PyObject_GetBuffer(array, &view, PyBUF_FORMAT | PyBUF_STRIDES) != 0) {
    PyErr_Clear(); // of a type without a format, such as bfloat16
    return nullptr;
  }
  std::unique_ptr<Py_buffer, void (*)(Py_buffer *)> release(&view, PyBuffer_Release);
  auto element = elementOfFormat(view, wide);
  if (!element || !PyBuffer_IsContiguous(&view, 'C'))
    return nullptr;
  BufferType type{*element, {}};
  if (view.ndim > 0)
    type.shape.assign(view.shape, view.shape + view.ndim);
  PyObject *aval = avalOf(type.element, type.shape, false);
  auto buffer = aval ? Buffer::allocate(cpuDevice(), std::move(type)) : Status::error("");
  if (!buffer.ok()) {
    PyErr_Clear(); // the long way round reports it
    return nullptr;
  }
  if (view.len > 0)
    std::memcpy((*(*buffer)->storage())->data(), view.buf, view.len);
  bool isLiteral = view.len <= maxLiteralBytes;
  return allocate(arrayType, std::move(*buffer), aval, isLiteral ? Py_True : nullptr);
}

//===----------------------------------------------------------------------===//
// All arrays
//===----------------------------------------------------------------------===//

template <class Callback> static void forEachArray(Callback callback) {
  for (PyArray *array = ring.after; array != &ring; array = array->after)
    if (!array->buffer->deleted())
      callback(array);
}

static nb::list liveArrays() {
  // Counted before anything is made: making a list may run the collector.
  std::vector<nb::object> found;
  forEachArray(
      [&](PyArray *array) { found.push_back(nb::borrow(reinterpret_cast<PyObject *>(array))); });
  nb::list list;
  for (nb::object &array : found)
    list.append(std::move(array));
  return list;
}

static nb::dict memoryStats() {
  MemoryStats stats = cpuDevice().allocator().stats();
  nb::dict dict;
  dict["bytes_in_use"] = stats.used;
  dict["peak_bytes_in_use"] = stats.peak;
  dict["bytes_cached"] = stats.cached;
  dict["bytes_limit"] = Allocator::memoryLimit();
  dict["largest_alloc_size"] = stats.largest;
  dict["num_allocs"] = stats.allocations;
  return dict;
}

std::string memoryReport() {
  constexpr size_t most = 5;
  std::vector<const Buffer *> buffers;
  forEachArray([&](PyArray *array) { buffers.push_back(array->buffer.get()); });
  llvm::sort(buffers);
  buffers.erase(llvm::unique(buffers), buffers.end()); // one may have several arrays
  llvm::stable_sort(buffers, [](const Buffer *x, const Buffer *y) {
    return x->type().bytes() > y->type().bytes();
  });
  size_t count = buffers.size();
  MemoryStats stats = cpuDevice().allocator().stats();
  std::string text = "\n  in use: " + std::to_string(stats.used) +
                     " bytes, kept for reuse: " + std::to_string(stats.cached) +
                     ", limit: " + std::to_string(Allocator::memoryLimit());
  text += "\n  the largest of " + std::to_string(count) + " live arrays:";
  buffers.resize(std::min(buffers.size(), most));
  for (const Buffer *buffer : buffers)
    text += "\n    " + describe(buffer->type()) + ": " + std::to_string(buffer->type().bytes()) +
            " bytes";
  return text;
}

//===----------------------------------------------------------------------===//
// Into the extension
//===----------------------------------------------------------------------===//

static PyObject *createBase() {
  static PyGetSetDef properties[] = {
      {"buffer", getBuffer, nullptr, "The memory of the array.", nullptr},
      {"shape", getShape, nullptr, "Extent of each dimension.", nullptr},
      {"literal", getLiteral, nullptr, "The values, where programs may take them in as constants.",
       nullptr},
      {"dtype", getDtype, nullptr, "Type of the elements.", nullptr},
      {}};
  static PyMemberDef members[] = {
      {"aval", T_OBJECT, offsetof(PyArray, aval), READONLY, "Shape, dtype and weak type."},
      {"__weaklistoffset__", T_PYSSIZET, offsetof(PyArray, weakrefs), READONLY, nullptr},
      {}};
  static PyMethodDef methods[] = {
      {"_number", scalar, METH_NOARGS, "The one element as a Python number, or None."}, {}};
  static PyType_Slot slots[] = {{Py_tp_new, reinterpret_cast<void *>(construct)},
                                {Py_tp_dealloc, reinterpret_cast<void *>(destroy)},
                                {Py_tp_getset, properties},
                                {Py_tp_members, members},
                                {Py_tp_methods, methods},
                                {0, nullptr}};
  static PyType_Spec spec = {"mjx._mjx.ArrayBase", sizeof(PyArray), 0,
                             Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots};
  return PyType_FromSpec(&spec);
}

void bindArray(nb::module_ &m) {
  PyObject *base = createBase();
  if (!base)
    throw nb::python_error();
  m.attr("ArrayBase") = nb::steal(base);
  m.def(
      "set_array_type",
      [](nb::type_object type, nb::callable aval) {
        arrayType = reinterpret_cast<PyTypeObject *>(type.release().ptr());
        makeAval = aval.release().ptr();
      },
      "type"_a, "aval_of_type"_a,
      "Tells the class of arrays, and the function that makes avals of types.");
  m.def("live_arrays", &liveArrays,
        "All arrays that were not deleted, in the order they were made.");
  m.def("memory_stats", &memoryStats, "Bytes in use, cached, at the peak, and allowed.");
  m.def(
      "array_of_numpy",
      [](nb::handle array, bool wide) {
        PyObject *made = arrayOfNumpy(array.ptr(), wide);
        if (!made && PyErr_Occurred())
          throw nb::python_error();
        return made ? nb::steal(made) : nb::none();
      },
      "array"_a, "x64"_a,
      "An Array with a copy of the contents, or None where they must be converted.");
}
