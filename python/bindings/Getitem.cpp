//===- Getitem.cpp - Reading rows and elements of arrays ------------------===//
//
// x[i], x[i, j] and x[a:b] of an array that is there name bytes that lie side by
// side: few are copied, many are shared. All else goes to Python.
//
//===----------------------------------------------------------------------===//
#include "Array.h"
#include "Bindings.h"

#include "mjx/Runtime/Device.h"

#include <cstring>
#include <structmember.h>

namespace nb = nanobind;
using namespace mjx::runtime;

// Below this, a copy is cheaper than what keeps the whole array alive.
constexpr int64_t maxCopiedBytes = 64 << 10;

namespace {

struct Getter {
  PyObject_HEAD vectorcallfunc vectorcall;
  PyObject *slow; // called with (array, index)
};

/// Elements that lie side by side.
struct Block {
  int64_t offset = 0, count = 1; // of elements
  std::vector<int64_t> shape;
};

} // namespace

// Leaves `extent` between `start` and `stop` by Python's rules. False for what
// does not lie side by side.
static bool applySlice(PyObject *slice, int64_t extent, int64_t &start, int64_t &length) {
  Py_ssize_t first, stop, step;
  if (PySlice_Unpack(slice, &first, &stop, &step) != 0) {
    PyErr_Clear();
    return false;
  }
  length = PySlice_AdjustIndices(extent, &first, &stop, step);
  start = first;
  return step == 1;
}

// False without a Python error where the index is of another kind or outside.
static bool locate(PyObject *const *items, size_t count, const BufferType &type, Block &block) {
  size_t rank = type.shape.size(), dim = 0;
  if (count > rank)
    return false;
  int64_t inner = type.elements();
  auto enter = [&](int64_t extent) {
    if (extent == 0)
      return false;
    inner /= extent;
    return true;
  };
  for (; dim < count && PyLong_CheckExact(items[dim]); ++dim) {
    int64_t extent = type.shape[dim];
    int overflow = 0;
    int64_t i = PyLong_AsLongLongAndOverflow(items[dim], &overflow);
    if (overflow || i < -extent || i >= extent || !enter(extent))
      return false;
    block.offset += (i < 0 ? i + extent : i) * inner;
  }
  if (dim < count) {
    int64_t start, length;
    if (dim + 1 != count || !PySlice_Check(items[dim]) ||
        !applySlice(items[dim], type.shape[dim], start, length) || !enter(type.shape[dim]))
      return false;
    block.offset += start * inner;
    block.shape.push_back(length);
    ++dim;
  }
  block.shape.insert(block.shape.end(), type.shape.begin() + dim, type.shape.end());
  for (int64_t extent : block.shape)
    block.count *= extent;
  return true;
}

static std::shared_ptr<Buffer> copied(const void *from, BufferType type) {
  int64_t bytes = type.bytes();
  auto made = Buffer::allocate(cpuDevice(), std::move(type));
  if (!made.ok())
    return nullptr;
  std::memcpy((*(*made)->storage())->data(), from, bytes);
  return std::move(*made);
}

// Keeps the bytes of the whole array, which nobody may overwrite meanwhile.
static std::shared_ptr<Buffer> shared(View whole, int64_t offset, BufferType type) {
  auto *data = static_cast<char *>(const_cast<void *>(whole.data())) + offset;
  auto kept = std::make_shared<View>(std::move(whole));
  return Buffer::wrap(cpuDevice(), std::move(type), data, [kept]() mutable { kept.reset(); });
}

// Null without a Python error where Python must do it.
static PyObject *read(PyObject *object, PyObject *index) {
  const Buffer &buffer = *asArray(object)->buffer;
  if (!buffer.ready().ready() || !buffer.ready().status().ok())
    return nullptr;
  bool isTuple = PyTuple_CheckExact(index);
  Block block;
  if (!locate(isTuple ? &PyTuple_GET_ITEM(index, 0) : &index,
              isTuple ? size_t(PyTuple_GET_SIZE(index)) : 1, buffer.type(), block))
    return nullptr;
  auto view = buffer.view();
  if (!view.ok())
    return nullptr;
  ElementType element = buffer.type().element;
  static PyObject *weakName = PyUnicode_InternFromString("weak_type");
  PyObject *weak = PyObject_GetAttr(asArray(object)->aval, weakName);
  PyObject *aval = weak ? avalOf(element, block.shape, weak == Py_True) : nullptr;
  Py_XDECREF(weak);
  if (!aval) {
    PyErr_Clear();
    return nullptr;
  }
  int64_t offset = block.offset * elementBytes(element);
  BufferType type{element, std::move(block.shape)};
  auto part = type.bytes() <= maxCopiedBytes
                  ? copied(static_cast<const char *>(view->data()) + offset, std::move(type))
                  : shared(std::move(*view), offset, std::move(type));
  return part ? newArray(std::move(part), aval) : nullptr;
}

static PyObject *vectorcall(PyObject *self, PyObject *const *args, size_t flags, PyObject *names) {
  if (PyVectorcall_NARGS(flags) == 2 && !names && isArray(args[0]) && !isTracing()) {
    PyObject *found = read(args[0], args[1]);
    if (found || PyErr_Occurred())
      return found;
  }
  return PyObject_Vectorcall(reinterpret_cast<Getter *>(self)->slow, args, flags, names);
}

static void destroy(PyObject *object) {
  PyTypeObject *type = Py_TYPE(object);
  Py_CLEAR(reinterpret_cast<Getter *>(object)->slow);
  type->tp_free(object);
  Py_DECREF(type);
}

static PyObject *bind(PyObject *self, PyObject *instance, PyObject *) {
  return instance && instance != Py_None ? PyMethod_New(self, instance) : Py_NewRef(self);
}

static PyObject *createGetter() {
  static PyMemberDef members[] = {
      {"__vectorcalloffset__", T_PYSSIZET, offsetof(Getter, vectorcall), READONLY, nullptr}, {}};
  static PyType_Slot slots[] = {{Py_tp_dealloc, reinterpret_cast<void *>(destroy)},
                                {Py_tp_call, reinterpret_cast<void *>(PyVectorcall_Call)},
                                {Py_tp_descr_get, reinterpret_cast<void *>(bind)},
                                {Py_tp_members, members},
                                {0, nullptr}};
  static PyType_Spec spec = {
      "mjx._mjx.Getter", sizeof(Getter), 0,
      Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_METHOD_DESCRIPTOR, slots};
  return PyType_FromSpec(&spec);
}

void bindGetitem(nb::module_ &m) {
  static PyTypeObject *type = reinterpret_cast<PyTypeObject *>(createGetter());
  if (!type)
    throw nb::python_error();
  m.def(
      "getitem",
      [](nb::callable slow) {
        PyObject *object = type->tp_alloc(type, 0);
        if (!object)
          throw nb::python_error();
        reinterpret_cast<Getter *>(object)->vectorcall = vectorcall;
        reinterpret_cast<Getter *>(object)->slow = slow.release().ptr();
        return nb::steal(object);
      },
      nb::arg("slow"), "A method __getitem__ that reads blocks itself and calls `slow` otherwise.");
}
