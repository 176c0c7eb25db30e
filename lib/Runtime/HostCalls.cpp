//===- HostCalls.cpp - What programs ask of the host ------------*- C++ -*-===//

#include "mjx/Runtime/HostCalls.h"

#include "HostValues.h"
#include "mjx-c/Foreign.h"
#include "mjx/Runtime/Kernels.h"

#include <cstring>
#include <map>
#include <mutex>

namespace mjx::runtime {

/// What a kernel returns when the error is in `kernelError`.
static constexpr int32_t describedFailure = 4;
static thread_local Status kernelError;

Status takeKernelError() { return std::exchange(kernelError, Status()); }

static int32_t fail(Status error) {
  kernelError = std::move(error);
  return describedFailure;
}

/// Kernels are called by generated code, which no exception may cross.
template <class Body> static int32_t guarded(Body body) {
  try {
    Status status = body();
    return status.ok() ? 0 : fail(std::move(status));
  } catch (const std::exception &error) {
    return fail(Status::error(error.what()));
  }
}

//===----------------------------------------------------------------------===//
// Functions of the frontend
//===----------------------------------------------------------------------===//

static HostFunctions functions;

void setHostFunctions(const HostFunctions &given) { functions = given; }
const HostFunctions &hostFunctions() { return functions; }

static Status callHost(DescriptorReader desc, void *const *ins, void *const *outs) {
  int64_t number = desc.number();
  std::vector<HostArray> inputs = desc.arrays(ins), results = desc.arrays(outs);
  if (!functions.call)
    return Status::error("expected a frontend that keeps functions for programs to call, but "
                         "there is none in this process");
  return functions.call(number, inputs, results);
}

//===----------------------------------------------------------------------===//
// C functions
//===----------------------------------------------------------------------===//

namespace {
struct ForeignFunctions {
  std::mutex mutex;
  std::map<std::string, void *> byName;

  static ForeignFunctions &get() {
    static auto *all = new ForeignFunctions; // programs may run to the very end
    return *all;
  }
  void *find(const std::string &name) {
    std::lock_guard<std::mutex> lock(mutex);
    auto found = byName.find(name);
    return found == byName.end() ? nullptr : found->second;
  }
};

/// The parameters of a call, taken out of lines "name=kind:value".
struct Parameters {
  explicit Parameters(const std::string &config) : text(config) {
    for (size_t begin = 0; begin < text.size();) {
      size_t end = std::min(text.find('\n', begin), text.size());
      add(begin, end);
      begin = end + 1;
    }
  }
  std::vector<mjx_parameter> list;

private:
  void add(size_t begin, size_t end) {
    size_t equals = text.find('=', begin), colon = text.find(':', equals);
    text[equals] = text[colon] = 0;
    if (end < text.size())
      text[end] = 0;
    const char *kind = &text[equals + 1], *value = &text[colon + 1];
    mjx_parameter parameter{&text[begin], mjx_parameter::MJX_TEXT, 0, 0, value};
    if (*kind == 'i')
      parameter.kind = mjx_parameter::MJX_INTEGER,
      parameter.integer = std::strtoll(value, nullptr, 10);
    else if (*kind == 'f')
      parameter.kind = mjx_parameter::MJX_REAL, parameter.real = std::strtod(value, nullptr);
    list.push_back(parameter);
  }

  std::string text;
};
} // namespace

Status registerForeignFunction(const std::string &name, void *function) {
  ForeignFunctions &all = ForeignFunctions::get();
  std::lock_guard<std::mutex> lock(all.mutex);
  auto [entry, isNew] = all.byName.try_emplace(name, function);
  if (isNew || entry->second == function)
    return Status();
  return Status::error("expected a new name, but '" + name +
                       "' is registered for another function already");
}

bool isForeignFunction(const std::string &name) { return ForeignFunctions::get().find(name); }

static std::vector<mjx_array> describeArrays(const std::vector<HostArray> &arrays) {
  std::vector<mjx_array> list;
  for (const HostArray &array : arrays)
    list.push_back({array.data, elementName(array.type.element).data(),
                    int64_t(array.type.shape.size()), array.type.shape.data(),
                    array.type.elements()});
  return list;
}

static Status callForeign(DescriptorReader desc, void *const *ins, void *const *outs) {
  bool wantsPointers = desc.number();
  std::vector<HostArray> inputs = desc.arrays(ins), results = desc.arrays(outs);
  std::string name = desc.text(), config = desc.text();
  void *function = ForeignFunctions::get().find(name);
  if (!function)
    return Status::error("ffi_call: expected a registered function, but there is no '" + name +
                         "'; call mjx.ffi.register_ffi_target in this process");
  if (wantsPointers) {
    reinterpret_cast<mjx_plain_function>(function)(outs, ins);
    return Status();
  }
  Parameters parameters(config);
  std::vector<mjx_array> in = describeArrays(inputs), out = describeArrays(results);
  char error[512] = "";
  mjx_call call{
      sizeof(mjx_call), int64_t(in.size()), int64_t(out.size()),    int64_t(parameters.list.size()),
      in.data(),        out.data(),         parameters.list.data(), error,
      sizeof error};
  int32_t code = reinterpret_cast<mjx_function>(function)(&call);
  if (code == 0)
    return Status();
  error[sizeof error - 1] = 0;
  return Status::error("ffi_call of '" + name + "' failed with code " + std::to_string(code) +
                       (*error ? std::string(": ") + error : ""));
}

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

/// The message with `{i}` replaced by value i.
static std::string filledIn(const std::string &message, const std::vector<HostArray> &values) {
  std::string text;
  for (size_t at = 0; at < message.size();) {
    size_t close = message[at] == '{' ? message.find('}', at) : std::string::npos;
    bool isNumber = close != std::string::npos && close > at + 1 &&
                    message.find_first_not_of("0123456789", at + 1) == close;
    size_t index = isNumber ? std::stoul(message.substr(at + 1, close - at - 1)) : values.size();
    if (index < values.size()) {
      text += textOf(values[index]);
      at = close + 1;
    } else {
      text += message[at++];
    }
  }
  return text;
}

static Status failCheck(DescriptorReader desc, void *const *ins) {
  std::vector<HostArray> values = desc.arrays(ins);
  std::string error = desc.text(), message = desc.text();
  return Status::error(filledIn(message, values), error);
}

} // namespace mjx::runtime

using namespace mjx::runtime;

int32_t mjx_rt_host_callback(const int64_t *desc, void *const *ins, void *const *outs) {
  return guarded([&] { return callHost(DescriptorReader(desc), ins, outs); });
}

int32_t mjx_rt_custom_call(const int64_t *desc, void *const *ins, void *const *outs) {
  return guarded([&] { return callForeign(DescriptorReader(desc), ins, outs); });
}

int32_t mjx_rt_fail(const int64_t *desc, void *const *ins, void *const *) {
  return guarded([&] { return failCheck(DescriptorReader(desc), ins); });
}
