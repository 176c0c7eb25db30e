//===- Dispatch.cpp - From a call to a launch without Python --------------===//
//
// A Dispatcher remembers, for each signature of its arguments, the program that
// they were found to call for. A call it does not know goes to Python, which
// traces and compiles and tells the Dispatcher.
//
//===----------------------------------------------------------------------===//
#include "Array.h"
#include "Bindings.h"
#include "OutTree.h"
#include "Runtime.h"
#include "Signature.h"

#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>
#include <structmember.h>
#include <unordered_map>

namespace nb = nanobind;
using namespace nb::literals;
using namespace mjx::runtime;

//===----------------------------------------------------------------------===//
// What holds in this thread
//===----------------------------------------------------------------------===//

namespace {

/// The settings that programs depend on, as one object; null if calls must go
/// to Python.
struct Settings {
  PyObject *key = nullptr;
  bool wide = false;
  uint64_t epoch = 0; // of the process's settings when a scope's were made
};

} // namespace

static Settings processSettings;
static thread_local Settings scopedSettings;
static thread_local bool inScope = false;
// Owned; null outside of all traces.
static thread_local PyObject *currentLevel = nullptr;
// Counts requests to forget all programs.
static uint64_t generation = 0;

bool isTracing() { return currentLevel; }

static PyObject *getLevel(PyObject *, void *) {
  return Py_NewRef(currentLevel ? currentLevel : Py_None);
}

static int setLevel(PyObject *, PyObject *level, void *) {
  PyObject *previous = currentLevel;
  currentLevel = level && level != Py_None ? Py_NewRef(level) : nullptr;
  Py_XDECREF(previous);
  return 0;
}

// Null if a call must go to Python whatever its arguments are.
static const Settings *settingsForCalls() {
  if (currentLevel)
    return nullptr;
  const Settings &settings = inScope ? scopedSettings : processSettings;
  bool current = !inScope || scopedSettings.epoch == processSettings.epoch;
  return settings.key && current ? &settings : nullptr;
}

static void setSettings(nb::object key, bool wide) {
  PyObject *now = key.is_none() ? nullptr : key.release().ptr(); // keys are few, and stay
  if (now == processSettings.key && wide == processSettings.wide)
    return;
  processSettings = {now, wide, processSettings.epoch + 1};
}

static void setScope(nb::object key, bool wide) {
  inScope = true;
  scopedSettings = {key.is_none() ? nullptr : key.release().ptr(), wide, processSettings.epoch};
}

static void endScope() { inScope = false; }

//===----------------------------------------------------------------------===//
// Entries
//===----------------------------------------------------------------------===//

namespace {

/// A program, and how calls of one signature launch it.
struct Entry {
  std::vector<uintptr_t> tokens;
  std::vector<nb::object> objects;
  std::shared_ptr<Executable> program;
  std::vector<int64_t> order; // of the leaves; empty if they are in order
  std::vector<int64_t> donated;
  CallNames names;
  std::vector<std::shared_ptr<Buffer>> captured;
  std::vector<PyObject *> avals; // live forever
  OutTree results;

  bool matches(const Signature &signature) const;
};

struct Dispatcher {
  PyObject_HEAD vectorcallfunc vectorcall;
  PyObject *slow; // called with (args, kwargs) for what is not known
  PyObject *dict;
  PyObject *weakrefs;
  struct Data {
    std::vector<int64_t> staticNumbers;
    std::vector<nb::object> staticNames;
    bool staticKeywords = false;
    uint64_t generation = 0;
    std::unordered_multimap<size_t, std::shared_ptr<const Entry>> entries;
  } *data;
};

} // namespace

// More signatures than this are a program made of accidents.
constexpr size_t maxEntries = 4096;

static Dispatcher *asDispatcher(PyObject *object) { return reinterpret_cast<Dispatcher *>(object); }

static bool areEqual(PyObject *x, PyObject *y) {
  if (x == y)
    return true;
  if (Py_TYPE(x) != Py_TYPE(y))
    return false;
  int equal = PyObject_RichCompareBool(x, y, Py_EQ);
  if (equal < 0)
    PyErr_Clear();
  return equal == 1;
}

bool Entry::matches(const Signature &signature) const {
  if (llvm::ArrayRef<uintptr_t>(tokens) != llvm::ArrayRef<uintptr_t>(signature.tokens) ||
      objects.size() != signature.objects.size())
    return false;
  for (size_t i = 0; i < objects.size(); ++i)
    if (!areEqual(objects[i].ptr(), signature.objects[i]))
      return false;
  return true;
}

//===----------------------------------------------------------------------===//
// Signatures of calls
//===----------------------------------------------------------------------===//

namespace {

/// The arguments of one call, however they came.
struct Arguments {
  PyObject *const *positional;
  size_t count;
  PyObject *names;    // tuple of names, values behind the positional ones; or null
  PyObject *keywords; // or a dict; or null
  template <class Callback> bool forEachKeyword(Callback callback) const {
    if (names)
      for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); ++i)
        if (!callback(PyTuple_GET_ITEM(names, i), positional[count + i]))
          return false;
    PyObject *name, *value;
    if (keywords)
      for (Py_ssize_t position = 0; PyDict_Next(keywords, &position, &name, &value);)
        if (!callback(name, value))
          return false;
    return true;
  }
};

} // namespace

static bool isStatic(const Dispatcher::Data &data, size_t i, size_t count) {
  for (int64_t n : data.staticNumbers)
    if (n == int64_t(i) || n + int64_t(count) == int64_t(i))
      return true;
  return false;
}

static bool isStatic(const Dispatcher::Data &data, PyObject *name) {
  if (data.staticKeywords)
    return true;
  for (const nb::object &other : data.staticNames)
    if (areEqual(other.ptr(), name))
      return true;
  return false;
}

enum CallToken : uintptr_t { Positional, Keyword, StaticValue };

static bool describe(const Dispatcher::Data &data, const Arguments &arguments,
                     const Settings &settings, Signature &signature) {
  signature.tokens.push_back(reinterpret_cast<uintptr_t>(settings.key));
  addToken(Positional, arguments.count, signature);
  auto add = [&](PyObject *value, bool fixed) {
    if (!fixed)
      return flatten(value, settings.wide, signature);
    addToken(StaticValue, 0, signature);
    return addStatic(value, signature);
  };
  for (size_t i = 0; i < arguments.count; ++i)
    if (!add(arguments.positional[i], isStatic(data, i, arguments.count)))
      return false;
  return arguments.forEachKeyword([&](PyObject *name, PyObject *value) {
    addToken(Keyword, 0, signature);
    return addName(name, signature) && add(value, isStatic(data, name));
  });
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

static std::shared_ptr<const Entry> find(Dispatcher::Data &data, const Signature &signature) {
  if (data.generation != generation) {
    data.entries.clear();
    data.generation = generation;
  }
  // Comparing may run code of the user's, which may call this very dispatcher.
  llvm::SmallVector<std::shared_ptr<const Entry>, 2> candidates;
  auto [begin, end] = data.entries.equal_range(signature.hash());
  for (auto found = begin; found != end; ++found)
    candidates.push_back(found->second);
  for (auto &candidate : candidates)
    if (candidate->matches(signature))
      return std::move(candidate);
  return nullptr;
}

static std::shared_ptr<Buffer> bufferOfLeaf(PyObject *leaf, bool wide) {
  return isArray(leaf) ? asArray(leaf)->buffer : scalarBuffer(leaf, wide);
}

// False if a number does not fit.
static bool collect(const Entry &entry, const Signature &signature, bool wide, BufferList &inputs) {
  inputs.reserve(signature.leaves.size() + entry.captured.size());
  for (size_t i = 0; i < signature.leaves.size(); ++i) {
    size_t leaf = entry.order.empty() ? i : size_t(entry.order[i]);
    inputs.push_back(bufferOfLeaf(signature.leaves[leaf], wide));
    if (!inputs.back())
      return false;
  }
  inputs.insert(inputs.end(), entry.captured.begin(), entry.captured.end());
  return true;
}

static PyObject *launch(const Entry &entry, const BufferList &inputs) {
  BufferList outputs = launchProgram(*entry.program, inputs, entry.donated, &entry.names);
  llvm::SmallVector<nb::object, 4> arrays;
  for (size_t i = 0; i < outputs.size(); ++i)
    arrays.push_back(nb::steal(newArray(std::move(outputs[i]), entry.avals[i])));
  return entry.results.build(arrays).release().ptr();
}

static PyObject *callSlow(PyObject *object, const Arguments &arguments) {
  nb::object args = nb::steal(PyTuple_New(arguments.count));
  nb::dict kwargs;
  for (size_t i = 0; i < arguments.count; ++i)
    PyTuple_SET_ITEM(args.ptr(), i, Py_NewRef(arguments.positional[i]));
  arguments.forEachKeyword([&](PyObject *name, PyObject *value) {
    return PyDict_SetItem(kwargs.ptr(), name, value) == 0;
  });
  if (PyObject *slow = asDispatcher(object)->slow)
    return PyObject_CallFunctionObjArgs(slow, args.ptr(), kwargs.ptr(), nullptr);
  static PyObject *name = PyUnicode_InternFromString("_call");
  return PyObject_CallMethodObjArgs(object, name, args.ptr(), kwargs.ptr(), nullptr);
}

static PyObject *call(PyObject *object, const Arguments &arguments) {
  try {
    Dispatcher::Data &data = *asDispatcher(object)->data;
    if (const Settings *settings = settingsForCalls()) {
      Signature signature;
      BufferList inputs;
      if (describe(data, arguments, *settings, signature))
        if (std::shared_ptr<const Entry> entry = find(data, signature);
            entry && collect(*entry, signature, settings->wide, inputs))
          return launch(*entry, inputs);
    }
    return callSlow(object, arguments);
  } catch (nb::python_error &error) {
    error.restore();
  } catch (const std::exception &error) {
    PyErr_SetString(PyExc_RuntimeError, error.what());
  }
  return nullptr;
}

static PyObject *vectorcall(PyObject *object, PyObject *const *args, size_t flags,
                            PyObject *names) {
  return call(object, {args, size_t(PyVectorcall_NARGS(flags)), names, nullptr});
}

static PyObject *tupleCall(PyObject *object, PyObject *args, PyObject *kwargs) {
  return call(object,
              {&PyTuple_GET_ITEM(args, 0), size_t(PyTuple_GET_SIZE(args)), nullptr, kwargs});
}

//===----------------------------------------------------------------------===//
// What Python tells
//===----------------------------------------------------------------------===//

// Programs take leaves in the order of sorted keys, calls bring them in theirs.
static std::vector<int64_t> orderOfLeaves(const Dispatcher::Data &data,
                                          const Arguments &arguments) {
  llvm::SmallVector<int64_t> order;
  int64_t next = 0;
  nb::dict dynamic;
  for (size_t i = 0; i < arguments.count; ++i)
    if (!isStatic(data, i, arguments.count))
      sortedLeaves(arguments.positional[i], next, order);
  arguments.forEachKeyword([&](PyObject *name, PyObject *value) {
    if (!isStatic(data, name))
      dynamic[nb::handle(name)] = nb::handle(value);
    return true;
  });
  sortedLeaves(dynamic.ptr(), next, order);
  if (llvm::is_sorted(order))
    return {};
  return {order.begin(), order.end()};
}

/// Remembers that calls like this one launch a program.
static void remember(nb::handle self, nb::tuple args, nb::dict kwargs,
                     std::shared_ptr<Executable> program, nb::handle spec, nb::sequence avals,
                     nb::sequence captured, std::vector<int64_t> donated, std::string name,
                     std::vector<std::string> inputNames, bool insists) {
  Dispatcher::Data &data = *asDispatcher(self.ptr())->data;
  const Settings *settings = settingsForCalls();
  Signature signature;
  Arguments arguments{&PyTuple_GET_ITEM(args.ptr(), 0), size_t(PyTuple_GET_SIZE(args.ptr())),
                      nullptr, kwargs.ptr()};
  if (!settings || !describe(data, arguments, *settings, signature) || find(data, signature))
    return;
  auto entry = std::make_shared<Entry>();
  entry->tokens.assign(signature.tokens.begin(), signature.tokens.end());
  for (PyObject *object : signature.objects)
    entry->objects.push_back(nb::borrow(object));
  entry->program = std::move(program);
  entry->order = orderOfLeaves(data, arguments);
  entry->donated = std::move(donated);
  entry->names = {std::move(name), std::move(inputNames), insists};
  for (nb::handle array : captured)
    entry->captured.push_back(asArray(array.ptr())->buffer);
  for (nb::handle aval : avals)
    entry->avals.push_back(nb::borrow(aval).release().ptr());
  entry->results = OutTree(spec);
  if (data.entries.size() >= maxEntries)
    data.entries.clear();
  data.entries.emplace(signature.hash(), std::move(entry));
}

//===----------------------------------------------------------------------===//
// The type
//===----------------------------------------------------------------------===//

static PyObject *construct(PyTypeObject *type, PyObject *, PyObject *) {
  PyObject *object = type->tp_alloc(type, 0);
  if (!object)
    return nullptr;
  Dispatcher *self = asDispatcher(object);
  self->vectorcall = vectorcall;
  self->data = new Dispatcher::Data;
  return object;
}

static void destroy(PyObject *object) {
  PyObject_GC_UnTrack(object);
  Dispatcher *self = asDispatcher(object);
  PyTypeObject *type = Py_TYPE(object);
  if (self->weakrefs)
    PyObject_ClearWeakRefs(object);
  Py_CLEAR(self->slow);
  Py_CLEAR(self->dict);
  delete self->data;
  type->tp_free(object);
  Py_DECREF(type);
}

static int traverse(PyObject *object, visitproc visit, void *arg) {
  Dispatcher *self = asDispatcher(object);
  Py_VISIT(self->slow);
  Py_VISIT(self->dict);
  Py_VISIT(Py_TYPE(object));
  for (auto &[hash, entry] : self->data->entries)
    for (const nb::object &held : entry->objects)
      Py_VISIT(held.ptr());
  return 0;
}

static int clear(PyObject *object) {
  Py_CLEAR(asDispatcher(object)->slow);
  Py_CLEAR(asDispatcher(object)->dict);
  asDispatcher(object)->data->entries.clear();
  return 0;
}

// As functions do: an attribute of a class becomes a method.
static PyObject *bind(PyObject *self, PyObject *instance, PyObject *) {
  return instance && instance != Py_None ? PyMethod_New(self, instance) : Py_NewRef(self);
}

static PyObject *createDispatcher() {
  static PyMemberDef members[] = {
      {"__vectorcalloffset__", T_PYSSIZET, offsetof(Dispatcher, vectorcall), READONLY, nullptr},
      {"__dictoffset__", T_PYSSIZET, offsetof(Dispatcher, dict), READONLY, nullptr},
      {"__weaklistoffset__", T_PYSSIZET, offsetof(Dispatcher, weakrefs), READONLY, nullptr},
      {"slow", T_OBJECT, offsetof(Dispatcher, slow), 0, "Called with (args, kwargs)."},
      {}};
  static PyGetSetDef properties[] = {
      {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, nullptr, nullptr}, {}};
  static PyType_Slot slots[] = {{Py_tp_new, reinterpret_cast<void *>(construct)},
                                {Py_tp_dealloc, reinterpret_cast<void *>(destroy)},
                                {Py_tp_traverse, reinterpret_cast<void *>(traverse)},
                                {Py_tp_clear, reinterpret_cast<void *>(clear)},
                                {Py_tp_call, reinterpret_cast<void *>(tupleCall)},
                                {Py_tp_descr_get, reinterpret_cast<void *>(bind)},
                                {Py_tp_members, members},
                                {Py_tp_getset, properties},
                                {0, nullptr}};
  static PyType_Spec spec = {"mjx._mjx.Dispatcher", sizeof(Dispatcher), 0,
                             Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC |
                                 Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_METHOD_DESCRIPTOR,
                             slots};
  return PyType_FromSpec(&spec);
}

static PyObject *createState() {
  static PyGetSetDef properties[] = {
      {"level", getLevel, setLevel, "What this thread traces at, or None.", nullptr}, {}};
  static PyType_Slot slots[] = {{Py_tp_getset, properties}, {0, nullptr}};
  static PyType_Spec spec = {"mjx._mjx.TraceState", sizeof(PyObject), 0, Py_TPFLAGS_DEFAULT, slots};
  nb::object type = nb::steal(PyType_FromSpec(&spec));
  return type.is_valid() ? PyObject_CallNoArgs(type.ptr()) : nullptr;
}

static void setRegistry(nb::dict kinds, nb::handle tracer, nb::handle ndarray, nb::handle scalar,
                        nb::callable convert) {
  auto typeOf = [](nb::handle type) {
    return reinterpret_cast<PyTypeObject *>(nb::borrow(type).release().ptr());
  };
  pytreeRegistry = {kinds.release().ptr(), typeOf(tracer), typeOf(ndarray), typeOf(scalar),
                    convert.release().ptr()};
}

static void configure(nb::handle self, std::vector<int64_t> numbers, nb::sequence names,
                      bool keywords) {
  Dispatcher::Data &data = *asDispatcher(self.ptr())->data;
  data.staticNumbers = std::move(numbers);
  data.staticNames.clear();
  for (nb::handle name : names)
    data.staticNames.push_back(nb::borrow(name));
  data.staticKeywords = keywords;
}

void bindDispatch(nb::module_ &m) {
  nb::object dispatcher = nb::steal(createDispatcher()), state = nb::steal(createState());
  if (!dispatcher.is_valid() || !state.is_valid())
    throw nb::python_error();
  m.attr("Dispatcher") = dispatcher;
  m.attr("state") = state;
  m.def("set_registry", &setRegistry, "kinds"_a, "tracer"_a, "ndarray"_a, "numpy_scalar"_a,
        "convert"_a, "Tells how pytrees come apart.");
  m.def("set_settings", &setSettings, "key"_a.none(), "x64"_a,
        "Tells the settings of the process; None sends all calls to Python.");
  m.def("set_scope", &setScope, "key"_a.none(), "x64"_a,
        "Tells the settings that hold in this thread.");
  m.def("end_scope", &endScope, "Returns this thread to the settings of the process.");
  m.def("forget_calls", [] { ++generation; }, "Forgets the programs of all dispatchers.");
  m.def("configure_dispatcher", &configure, "dispatcher"_a, "static_numbers"_a, "static_names"_a,
        "static_keywords"_a, "Tells which arguments are compared by value.");
  m.def("remember_call", &remember, "dispatcher"_a, "args"_a, "kwargs"_a, "executable"_a, "spec"_a,
        "avals"_a, "captured"_a, "donated"_a, "name"_a, "input_names"_a, "insists"_a = false,
        "Remembers that calls like this launch a program.");
  m.def(
      "forget_calls_of", [](nb::handle self) { asDispatcher(self.ptr())->data->entries.clear(); },
      "dispatcher"_a);
  m.def(
      "count_calls", [](nb::handle self) { return asDispatcher(self.ptr())->data->entries.size(); },
      "dispatcher"_a, "How many kinds of calls a dispatcher remembers.");
  m.attr("MAX_CALLS") = maxEntries;
}
