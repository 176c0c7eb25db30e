//===- Runtime.cpp - Buffers and executables for Python ---------*- C++ -*-===//

#include "Runtime.h"

#include "Array.h"
#include "Bindings.h"

#include "mjx/Runtime/Fork.h"
#include "mjx/Runtime/Kernels.h"
#include "mjx/Runtime/ThreadPool.h"

#include <nanobind/stl/map.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <cstring>
#include <mutex>

namespace nb = nanobind;
using namespace nb::literals;
using namespace mjx::runtime;

namespace {

/// What Python holds; a value of its own, so that no thread of the runtime ever
/// owns a Python reference.
struct PyBuffer {
  std::shared_ptr<Buffer> buffer;
};

} // namespace

static PyTypeObject *bufferType;

/// The class of Python's, or of ours, that a kind of error names.
static nb::object errorClass(const std::string &kind) {
  for (const char *module : {"builtins", "mjx.support.errors"}) {
    nb::object found = nb::getattr(nb::module_::import_(module), kind.c_str(), nb::none());
    if (PyExceptionClass_Check(found.ptr()))
      return found;
  }
  return nb::borrow(PyExc_RuntimeError);
}

[[noreturn]] static void raise(const Status &status) {
  if (status.kind().empty())
    throw std::runtime_error(status.message());
  std::string message = status.message() + (status.isOutOfMemory() ? memoryReport() : "");
  PyErr_SetString(errorClass(status.kind()).ptr(), message.c_str());
  throw nb::python_error();
}

// Where the user's code is now, in the words of one of mjx.support.source.
static std::string userPlace(const char *words = "str") {
  nb::object source = nb::module_::import_("mjx.support.source");
  nb::object place = source.attr("user_location")();
  return nb::cast<std::string>(words == std::string_view("str") ? nb::str(place)
                                                                : source.attr(words)(place));
}

static int positionIn(PyFrameObject *frame) {
#if PY_VERSION_HEX >= 0x030b0000
  return PyFrame_GetLasti(frame);
#else
  return PyFrame_GetLineNumber(frame);
#endif
}

// As `userPlace`, where it is wanted at each call: what calls again and again is
// a loop of the user's, so the last place is kept.
static std::string placeOfCall() {
  static PyObject *lastCode = nullptr; // owned
  static int lastPosition = 0;
  static auto *lastPlace = new std::string;
  PyFrameObject *frame = PyEval_GetFrame();
  nb::object code =
      nb::steal(frame ? reinterpret_cast<PyObject *>(PyFrame_GetCode(frame)) : nullptr);
  int position = frame ? positionIn(frame) : 0;
  if (lastCode && code.ptr() == lastCode && position == lastPosition)
    return *lastPlace;
  std::string place = "called at " + userPlace();
  nb::object innermost = nb::module_::import_("mjx.support.source").attr("user_frame")();
  if (innermost.ptr() != reinterpret_cast<PyObject *>(frame))
    return place;     // calls by way of our own code come from many places
  *lastPlace = place; // from here on nothing lets other threads in
  lastPosition = position;
  PyObject *previous = std::exchange(lastCode, code.release().ptr());
  Py_XDECREF(previous);
  return place;
}

/// For errors that are mistakes of the line that runs now.
[[noreturn]] static void raiseAtUser(const Status &status) {
  raise(Status::error(status.message() + "\n  at " + userPlace("describe"), status.kind()));
}

void raiseIfFailed(const Status &status) {
  if (!status.ok())
    raise(status);
}

//===----------------------------------------------------------------------===//
// Waiting
//===----------------------------------------------------------------------===//

// Blocks without the GIL, in slices, so that Ctrl-C is heard.
static void waitFor(const Event &event) {
  while (!event.ready()) {
    if (forkedFromThreads())
      raise(forkError());
    {
      nb::gil_scoped_release release;
      if (event.waitFor(std::chrono::milliseconds(50)))
        break;
    }
    if (PyErr_CheckSignals() != 0)
      throw nb::python_error();
  }
  raiseIfFailed(event.status());
}

void waitForBuffer(const Buffer &buffer) {
  if (Status status = buffer.storage().status(); !status.ok())
    raiseAtUser(status);
  waitFor(buffer.ready());
}

//===----------------------------------------------------------------------===//
// From NumPy
//===----------------------------------------------------------------------===//

namespace {

/// Views of Python objects whose last reader was not allowed to release them.
class PendingReleases {
public:
  static PendingReleases &get() {
    static auto *pending = new PendingReleases; // needed until the very end
    return *pending;
  }

  void add(Py_buffer *view) {
    {
      std::lock_guard<std::mutex> lock(mutex);
      views.push_back(view);
    }
    Py_AddPendingCall([](void *) { return get().releaseAll(), 0; }, nullptr);
  }

  /// With the GIL.
  void releaseAll() {
    std::vector<Py_buffer *> taken;
    {
      std::lock_guard<std::mutex> lock(mutex);
      taken.swap(views);
    }
    for (Py_buffer *view : taken) {
      PyBuffer_Release(view);
      delete view;
    }
  }

private:
  std::mutex mutex;
  std::vector<Py_buffer *> views;
};

} // namespace

// Called on whichever thread drops the memory last. A thread of the runtime
// must not wait for the GIL, whose holder may be waiting for that thread.
static void releaseView(Py_buffer *view) {
  if (!Py_IsInitialized())
    return; // the object is gone with its interpreter
  if (!PyGILState_Check())
    return PendingReleases::get().add(view);
  PyBuffer_Release(view);
  delete view;
}

static ElementType parseElementType(const std::string &name) {
  auto type = elementTypeNamed(name);
  if (!type)
    throw nb::value_error(("unknown element type '" + name + "'").c_str());
  return *type;
}

// The type of the elements' parts: what a processor wants aligned.
static int64_t alignmentOf(ElementType type) {
  bool pair = type == ElementType::Complex64 || type == ElementType::Complex128;
  return pair ? elementBytes(type) / 2 : elementBytes(type);
}

static BufferType typeOfView(const Py_buffer &view, ElementType element) {
  if (view.itemsize != elementBytes(element))
    throw nb::value_error(("Buffer.from_numpy: expected elements of " +
                           std::to_string(elementBytes(element)) + " bytes (" +
                           std::string(elementName(element)) + "), but got an array of " +
                           std::to_string(view.itemsize) + "-byte elements")
                              .c_str());
  BufferType type{element, {}};
  if (view.ndim > 0)
    type.shape.assign(view.shape, view.shape + view.ndim);
  return type;
}

static PyBuffer wrapView(std::unique_ptr<Py_buffer> view, BufferType type) {
  Py_buffer *kept = view.release();
  return {Buffer::wrap(cpuDevice(), std::move(type), kept->buf, [kept] { releaseView(kept); })};
}

static PyBuffer copyView(Py_buffer &view, BufferType type) {
  auto buffer = Buffer::allocate(cpuDevice(), std::move(type));
  if (!buffer.ok())
    raise(buffer.status());
  void *target = (*(*buffer)->storage())->data();
  if (!PyBuffer_IsContiguous(&view, 'C')) {
    if (PyBuffer_ToContiguous(target, &view, view.len, 'C') != 0)
      throw nb::python_error();
  } else if (view.len >= (1 << 20)) {
    nb::gil_scoped_release release;
    std::memcpy(target, view.buf, view.len);
  } else {
    std::memcpy(target, view.buf, view.len);
  }
  return {*buffer};
}

static PyBuffer bufferFromNumpy(nb::handle array, const std::string &element, bool copy) {
  PendingReleases::get().releaseAll();
  ElementType type = parseElementType(element);
  auto view = std::make_unique<Py_buffer>();
  // Without PyBUF_FORMAT, which NumPy cannot give for bfloat16.
  if (PyObject_GetBuffer(array.ptr(), view.get(), PyBUF_STRIDES) != 0)
    throw nb::python_error();
  struct Guard {
    Py_buffer *view;
    ~Guard() {
      if (view)
        PyBuffer_Release(view);
    }
  } guard{view.get()};
  BufferType bufferType = typeOfView(*view, type);
  auto address = reinterpret_cast<uintptr_t>(view->buf);
  if (copy || !PyBuffer_IsContiguous(view.get(), 'C') || address % alignmentOf(type) != 0)
    return copyView(*view, std::move(bufferType));
  guard.view = nullptr;
  return wrapView(std::move(view), std::move(bufferType));
}

//===----------------------------------------------------------------------===//
// To NumPy: the buffer protocol
//===----------------------------------------------------------------------===//

static const char *formatOf(ElementType type) {
  switch (type) {
  case ElementType::Bool:
    return "?";
  case ElementType::Int8:
    return "b";
  case ElementType::Int16:
    return "h";
  case ElementType::Int32:
    return "i";
  case ElementType::Int64:
    return "q";
  case ElementType::UInt8:
  case ElementType::Int4: // the caller knows what the bits mean
  case ElementType::UInt4:
  case ElementType::Float8E4M3B11FNUZ:
  case ElementType::Float8E4M3FN:
  case ElementType::Float8E4M3FNUZ:
  case ElementType::Float8E5M2:
  case ElementType::Float8E5M2FNUZ:
    return "B";
  case ElementType::UInt16:
  case ElementType::BFloat16:
    return "H";
  case ElementType::UInt32:
    return "I";
  case ElementType::UInt64:
    return "Q";
  case ElementType::Float16:
    return "e";
  case ElementType::Float32:
    return "f";
  case ElementType::Float64:
    return "d";
  case ElementType::Complex64:
    return "Zf";
  case ElementType::Complex128:
    return "Zd";
  }
  return "B";
}

namespace {

/// What one exported view keeps.
struct Export {
  View view;
  std::vector<Py_ssize_t> shape, strides;
};

} // namespace

static Export *exportBuffer(const PyBuffer &self) {
  waitForBuffer(*self.buffer);
  auto view = self.buffer->view();
  if (!view.ok())
    raiseAtUser(view.status());
  const BufferType &type = self.buffer->type();
  auto *exported = new Export{std::move(*view), {}, {}};
  exported->shape.assign(type.shape.begin(), type.shape.end());
  exported->strides.resize(type.shape.size());
  Py_ssize_t stride = elementBytes(type.element);
  for (size_t i = type.shape.size(); i-- > 0;) {
    exported->strides[i] = stride;
    stride *= std::max<Py_ssize_t>(1, exported->shape[i]);
  }
  return exported;
}

static int getBuffer(PyObject *object, Py_buffer *view, int flags) noexcept {
  view->obj = nullptr;
  if (flags & PyBUF_WRITABLE) {
    PyErr_SetString(PyExc_BufferError, "mjx arrays are read-only");
    return -1;
  }
  try {
    const auto &self = *nb::inst_ptr<PyBuffer>(object);
    Export *exported = exportBuffer(self);
    const BufferType &type = self.buffer->type();
    view->buf = const_cast<void *>(exported->view.data());
    view->len = type.bytes();
    view->itemsize = elementBytes(type.element);
    view->readonly = 1;
    view->ndim = int(type.shape.size());
    view->format = const_cast<char *>(formatOf(type.element));
    view->shape = exported->shape.data();
    view->strides = exported->strides.data();
    view->suboffsets = nullptr;
    view->internal = exported;
    view->obj = Py_NewRef(object);
    return 0;
  } catch (nb::python_error &error) {
    error.restore();
  } catch (const std::exception &error) {
    PyErr_SetString(PyExc_RuntimeError, error.what());
  }
  return -1;
}

static void releaseBuffer(PyObject *, Py_buffer *view) noexcept {
  delete static_cast<Export *>(view->internal);
}

static PyType_Slot bufferSlots[] = {{Py_bf_getbuffer, reinterpret_cast<void *>(getBuffer)},
                                    {Py_bf_releasebuffer, reinterpret_cast<void *>(releaseBuffer)},
                                    {0, nullptr}};

// By way of a memoryview, because NumPy turns what fails to export its contents
// into an array of objects.
static nb::object asNumpy(nb::handle self) {
  // Leaked: the interpreter may be gone before this library.
  static PyObject *asarray =
      nb::object(nb::module_::import_("numpy").attr("asarray")).release().ptr();
  auto view = nb::steal(PyMemoryView_FromObject(self.ptr()));
  if (!view.is_valid())
    throw nb::python_error();
  return nb::handle(asarray)(view);
}

//===----------------------------------------------------------------------===//
// Types and launches
//===----------------------------------------------------------------------===//

nb::tuple shapeTuple(const std::vector<int64_t> &shape) {
  PyObject *tuple = PyTuple_New(shape.size());
  if (!tuple)
    throw nb::python_error();
  for (size_t i = 0; i < shape.size(); ++i)
    PyTuple_SET_ITEM(tuple, i, PyLong_FromLongLong(shape[i]));
  return nb::steal<nb::tuple>(tuple);
}

nb::str elementText(ElementType type) {
  std::string_view name = elementName(type);
  return nb::str(name.data(), name.size());
}

nb::list typeList(const std::vector<BufferType> &types) {
  nb::list list;
  for (const BufferType &type : types)
    list.append(nb::make_tuple(elementText(type.element), shapeTuple(type.shape)));
  return list;
}

std::shared_ptr<Executable> loadExecutable(ExecutableImage image) {
  auto loaded = Executable::load(cpuDevice(), std::move(image));
  if (!loaded.ok())
    raise(loaded.status());
  return *loaded;
}

static BufferList unwrapBuffers(nb::handle sequence) {
  auto items =
      nb::steal(PySequence_Fast(sequence.ptr(), "Executable: expected a sequence of buffers"));
  if (!items.is_valid())
    throw nb::python_error();
  Py_ssize_t count = PySequence_Fast_GET_SIZE(items.ptr());
  PyObject **objects = PySequence_Fast_ITEMS(items.ptr());
  BufferList buffers;
  buffers.reserve(count);
  for (Py_ssize_t i = 0; i < count; ++i) {
    if (Py_TYPE(objects[i]) != bufferType)
      throw nb::type_error(("Executable: expected a Buffer as input " + std::to_string(i) +
                            ", but got " + Py_TYPE(objects[i])->tp_name)
                               .c_str());
    buffers.push_back(nb::inst_ptr<PyBuffer>(objects[i])->buffer);
  }
  return buffers;
}

PyObject *wrapBuffer(std::shared_ptr<Buffer> buffer) {
  nb::object object = nb::inst_alloc(reinterpret_cast<PyObject *>(bufferType));
  new (nb::inst_ptr<PyBuffer>(object)) PyBuffer{std::move(buffer)};
  nb::inst_mark_ready(object);
  return object.release().ptr();
}

std::shared_ptr<Buffer> bufferOf(PyObject *object) {
  return Py_TYPE(object) == bufferType ? nb::inst_ptr<PyBuffer>(object)->buffer : nullptr;
}

BufferList launchProgram(Executable &self, const BufferList &inputs,
                         const std::vector<int64_t> &donated, const CallNames *names) {
  PendingReleases::get().releaseAll();
  Caller caller{names, donated.empty() ? std::string() : placeOfCall()};
  auto start = [&] { return self.launch(inputs, donated, caller); };
  // Only what may wait for room in the queue is worth releasing the GIL.
  bool quick = !self.mayBlock();
  auto outputs = quick ? start() : [&] {
    nb::gil_scoped_release release;
    return start();
  }();
  if (!outputs.ok())
    raiseAtUser(outputs.status());
  return std::move(*outputs);
}

static nb::object launch(Executable &self, nb::handle buffers, const std::vector<int64_t> &donated,
                         const std::string &name, const std::vector<std::string> &inputs,
                         bool insists) {
  CallNames names{name, inputs, insists};
  BufferList outputs =
      launchProgram(self, unwrapBuffers(buffers), donated, name.empty() ? nullptr : &names);
  PyObject *list = PyList_New(outputs.size());
  if (!list)
    throw nb::python_error();
  for (size_t i = 0; i < outputs.size(); ++i)
    PyList_SET_ITEM(list, i, wrapBuffer(std::move(outputs[i])));
  return nb::steal(list);
}

static void setNumThreads(int count) {
  if (count < 1)
    throw nb::value_error(("set_num_threads: expected at least 1 thread, but "
                           "got " +
                           std::to_string(count))
                              .c_str());
  nb::gil_scoped_release release;
  ThreadPool::global().setNumThreads(count);
}

//===----------------------------------------------------------------------===//
// Classes
//===----------------------------------------------------------------------===//

static void bindBuffer(nb::module_ &m) {
  nb::class_<PyBuffer> cls(m, "Buffer", nb::type_slots(bufferSlots),
                           "An array on a device whose contents may still be "
                           "on their way.");
  bufferType = reinterpret_cast<PyTypeObject *>(cls.ptr());
  cls.def_static("from_numpy", &bufferFromNumpy, "array"_a, "element_type"_a, "copy"_a = true,
                 "The elements of an array, copied, or shared if they are "
                 "contiguous and aligned.")
      .def("numpy", &asNumpy, "A read-only view of the contents; waits for them.")
      .def_prop_ro("shape",
                   [](const PyBuffer &self) { return shapeTuple(self.buffer->type().shape); })
      .def_prop_ro("element_type",
                   [](const PyBuffer &self) { return elementText(self.buffer->type().element); })
      .def_prop_ro("nbytes", [](const PyBuffer &self) { return self.buffer->type().bytes(); })
      .def_prop_ro("ptr",
                   [](const PyBuffer &self) {
                     auto storage = self.buffer->storage();
                     if (!storage.ok())
                       raiseAtUser(storage.status());
                     return reinterpret_cast<uintptr_t>((*storage)->data());
                   })
      .def(
          "wait", [](const PyBuffer &self) { waitForBuffer(*self.buffer); },
          "Blocks until the contents are there; raises what spoiled them.")
      .def("is_ready", [](const PyBuffer &self) { return self.buffer->ready().ready(); })
      .def(
          "delete", [](PyBuffer &self) { self.buffer->remove(); },
          "Gives up the memory, once nobody reads it any more.")
      .def("is_deleted", [](const PyBuffer &self) { return self.buffer->deleted(); });
}

static void bindExecutable(nb::module_ &m) {
  nb::class_<Executable>(m, "Executable", nb::is_weak_referenceable(), "A compiled program.")
      .def_prop_ro("name", [](const Executable &self) { return self.image().name; })
      .def_prop_ro("input_types",
                   [](const Executable &self) { return typeList(self.image().inputs); })
      .def_prop_ro("output_types",
                   [](const Executable &self) { return typeList(self.image().outputs); })
      .def_prop_ro("has_effects", [](const Executable &self) { return self.image().hasEffects; })
      .def_prop_ro("callbacks", [](const Executable &self) { return self.image().callbacks; })
      .def_prop_ro("aliases", [](const Executable &self) { return self.image().aliases; })
      .def_prop_ro("scratch_bytes",
                   [](const Executable &self) { return self.image().scratchBytes; })
      .def_prop_ro("compile_ms", [](const Executable &self) { return self.image().compileTimes; })
      .def("__call__", &launch, "buffers"_a, "donated"_a = std::vector<int64_t>(), "name"_a = "",
           "input_names"_a = std::vector<std::string>(), "insists"_a = false,
           "Starts the program; returns its outputs before they are ready. The names are for "
           "errors.");
}

void bindRuntime(nb::module_ &m) {
  bindBuffer(m);
  bindExecutable(m);
  m.def("set_num_threads", &setNumThreads, "count"_a,
        "Sets how many threads take part in one program.");
  m.def("set_lapack_path", &setLapackPath, "path"_a, "Says where a LAPACK library is.");
  m.def("num_threads", [] { return ThreadPool::global().numThreads(); });
}
