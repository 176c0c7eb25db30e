//===- Callback.cpp - Functions of Python that programs call --------------===//
#include "Bindings.h"
#include "Context.h"
#include "Runtime.h"

#include "mjx/Runtime/HostCalls.h"

#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <map>
#include <mutex>

namespace nb = nanobind;
using namespace nb::literals;
using namespace mjx::runtime;

//===----------------------------------------------------------------------===//
// Who still needs which function
//===----------------------------------------------------------------------===//

namespace {

/// How many programs, traced or compiled, call each function. Threads without
/// the GIL count too; what nobody needs waits here for one that has it.
struct Uses {
  std::mutex mutex;
  std::map<int64_t, int64_t> counts;
  std::vector<int64_t> unused;

  static Uses &get() {
    static auto *uses = new Uses; // programs may be freed at the very end
    return *uses;
  }
};

} // namespace

// Owned, and never freed: programs may run while the interpreter goes.
static PyObject *runFunction = nullptr, *dropFunctions = nullptr;

static void retain(int64_t number) {
  Uses &uses = Uses::get();
  std::lock_guard<std::mutex> lock(uses.mutex);
  ++uses.counts[number];
}

static int dropUnused(void *) {
  std::vector<int64_t> unused;
  {
    Uses &uses = Uses::get();
    std::lock_guard<std::mutex> lock(uses.mutex);
    for (int64_t number : uses.unused)
      if (uses.counts[number] == 0) {
        uses.counts.erase(number);
        unused.push_back(number);
      }
    uses.unused.clear();
  }
  if (unused.empty() || !dropFunctions)
    return 0;
  try {
    nb::borrow(dropFunctions)(unused);
  } catch (nb::python_error &error) {
    error.discard_as_unraisable("mjx: forgetting callbacks");
  }
  return 0;
}

static void release(int64_t number) {
  {
    Uses &uses = Uses::get();
    std::lock_guard<std::mutex> lock(uses.mutex);
    if (--uses.counts[number] > 0)
      return;
    uses.unused.push_back(number);
  }
  if (Py_IsInitialized())
    Py_AddPendingCall(dropUnused, nullptr);
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

/// (memory, element type, shape). The memory is valid during the call only.
static nb::tuple describe(const HostArray &array, int access) {
  auto memory = nb::steal(
      PyMemoryView_FromMemory(static_cast<char *>(array.data), array.type.bytes(), access));
  if (!memory.is_valid())
    throw nb::python_error();
  return nb::make_tuple(memory, elementText(array.type.element), shapeTuple(array.type.shape));
}

static nb::list describeAll(const std::vector<HostArray> &arrays, int access) {
  nb::list list;
  for (const HostArray &array : arrays)
    list.append(describe(array, access));
  return list;
}

static Status callPython(int64_t number, const std::vector<HostArray> &ins,
                         const std::vector<HostArray> &outs) {
  nb::object error =
      nb::handle(runFunction)(number, describeAll(ins, PyBUF_READ), describeAll(outs, PyBUF_WRITE));
  if (error.is_none())
    return Status();
  return Status::error(nb::cast<std::string>(error[0]), nb::cast<std::string>(error[1]));
}

static bool isInterpreterGone() { return !Py_IsInitialized() || _Py_IsFinalizing(); }

static Status call(int64_t number, const std::vector<HostArray> &ins,
                   const std::vector<HostArray> &outs) {
  if (isInterpreterGone())
    return Status::error("expected a callback, but Python has ended");
  nb::gil_scoped_acquire locked;
  try {
    return callPython(number, ins, outs);
  } catch (nb::python_error &error) {
    return Status::error(error.what());
  } catch (const std::exception &error) {
    return Status::error(error.what());
  }
}

static void setFunctions(nb::object run, nb::object drop) {
  runFunction = run.release().ptr();
  dropFunctions = drop.release().ptr();
  setHostFunctions({call, retain, release});
}

//===----------------------------------------------------------------------===//
// C functions
//===----------------------------------------------------------------------===//

static void registerForeign(const std::string &name, nb::handle function) {
  void *address = PyCapsule_CheckExact(function.ptr())
                      ? PyCapsule_GetPointer(function.ptr(), PyCapsule_GetName(function.ptr()))
                      : PyLong_AsVoidPtr(function.ptr());
  if (!address && PyErr_Occurred())
    throw nb::python_error();
  Status status = registerForeignFunction(name, address);
  if (!status.ok())
    throw nb::value_error(status.message().c_str());
}

static nb::object capsuleOf(uintptr_t address) {
  auto capsule = nb::steal(PyCapsule_New(reinterpret_cast<void *>(address), nullptr, nullptr));
  if (!capsule.is_valid())
    throw nb::python_error();
  return capsule;
}

//===----------------------------------------------------------------------===//
// Module
//===----------------------------------------------------------------------===//

static bool waitForEffectsAWhile(double seconds) {
  nb::gil_scoped_release released;
  return waitForEffects(std::chrono::microseconds(int64_t(seconds * 1e6)));
}

void bindCallback(nb::module_ &m) {
  m.def("set_host_functions", &setFunctions, "run"_a, "drop"_a,
        "run(number, inputs, outputs) calls a function and gives None or (message, class); "
        "drop(numbers) forgets those that nobody needs.");
  m.def("retain_callback", &retain, "number"_a);
  m.def("release_callback", &release, "number"_a);
  m.def("drop_unused_callbacks", [] { dropUnused(nullptr); });
  m.def("wait_for_effects", &waitForEffectsAWhile, "seconds"_a,
        "Waits for programs with effects; True if all are done.");
  m.def(
      "raise_effect_error", [] { raiseIfFailed(takeEffectError()); },
      "Raises the error of a program that has no outputs to tell it, once.");
  m.def("register_foreign_function", &registerForeign, "name"_a, "function"_a,
        "Lets programs call a C function: a capsule, or its address.");
  m.def("is_foreign_function", &isForeignFunction, "name"_a);
  m.def("capsule", &capsuleOf, "address"_a, "A capsule around an address.");
}
