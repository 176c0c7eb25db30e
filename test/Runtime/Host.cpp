//===- Host.cpp - Programs that call the host -------------------*- C++ -*-===//

#include "Check.h"

#include "mjx-c/Foreign.h"
#include "mjx/Runtime/HostCalls.h"
#include "mjx/Runtime/Kernels.h"
#include "mjx/Runtime/Stream.h"

#include <atomic>
#include <cmath>
#include <cstring>
#include <thread>

namespace mjx::runtime::test {

using std::chrono::milliseconds;

//===----------------------------------------------------------------------===//
// Descriptors
//===----------------------------------------------------------------------===//

static void appendText(std::vector<int64_t> &desc, const std::string &text) {
  desc.push_back(text.size());
  size_t first = desc.size();
  desc.resize(first + (text.size() + 7) / 8);
  if (!text.empty())
    std::memcpy(&desc[first], text.data(), text.size());
}

static constexpr int64_t float32 = int64_t(ElementType::Float32);

static void callbacksSeeTheirArrays() {
  static std::vector<std::vector<int64_t>> shapes;
  setHostFunctions(
      {[](int64_t number, const std::vector<HostArray> &ins, const std::vector<HostArray> &outs) {
         for (const HostArray &array : ins)
           shapes.push_back(array.type.shape);
         *static_cast<float *>(outs[0].data) = float(number);
         return number == 7 ? Status::error("seven", "Kind") : Status();
       },
       [](int64_t) {}, [](int64_t) {}});
  int64_t desc[] = {5, 2, float32, 2, 3, 4, float32, 0, 1, float32, 0};
  float x[12], y, z = 0;
  void *ins[] = {x, &y}, *outs[] = {&z};
  CHECK(mjx_rt_host_callback(desc, ins, outs) == 0);
  CHECK(z == 5);
  CHECK(shapes == std::vector<std::vector<int64_t>>{{3, 4}, {}});
  CHECK(takeKernelError().ok());
  desc[0] = 7;
  CHECK(mjx_rt_host_callback(desc, ins, outs) != 0);
  Status error = takeKernelError();
  CHECK(error.message() == "seven" && error.kind() == "Kind");
  CHECK(takeKernelError().ok());
  setHostFunctions({});
  CHECK(mjx_rt_host_callback(desc, ins, outs) != 0);
  CHECK(mentions(takeKernelError(), "frontend"));
}

static std::string messageOf(const std::string &message, ElementType element, void *value,
                             std::vector<int64_t> shape = {}) {
  std::vector<int64_t> desc{1, int64_t(element), int64_t(shape.size())};
  desc.insert(desc.end(), shape.begin(), shape.end());
  appendText(desc, "ValueError");
  appendText(desc, message);
  void *ins[] = {value};
  CHECK(mjx_rt_fail(desc.data(), ins, nullptr) != 0);
  Status error = takeKernelError();
  CHECK(error.kind() == "ValueError");
  return error.message();
}

static void messagesShowValues() {
  float tenth = 0.1f, numbers[] = {1, -0.0f, NAN, -INFINITY, 1e30f, 6, 7, 8, 9};
  double third = 1.0 / 3;
  uint16_t half = 0x2e66, brain = 0x3dcd;
  int8_t small = -3;
  uint8_t nibble = 0xfd, no = 0;
  uint64_t large = ~uint64_t(0);
  CHECK(messageOf("x = {0}!", ElementType::Float32, &tenth) == "x = 0.1!");
  CHECK(messageOf("{0}", ElementType::Float64, &third) == "0.3333333333333333");
  CHECK(messageOf("{0}", ElementType::Float16, &half) == "0.1");
  CHECK(messageOf("{0}", ElementType::BFloat16, &brain) == "0.1");
  CHECK(messageOf("{0}", ElementType::Int8, &small) == "-3");
  CHECK(messageOf("{0}", ElementType::Int4, &nibble) == "-3");
  CHECK(messageOf("{0}", ElementType::UInt4, &nibble) == "13");
  CHECK(messageOf("{0}", ElementType::UInt64, &large) == "18446744073709551615");
  CHECK(messageOf("{0}", ElementType::Bool, &no) == "False");
  CHECK(messageOf("{0}", ElementType::Complex64, numbers) == "(1.0-0.0j)");
  CHECK(messageOf("{0}", ElementType::Float32, numbers, {3}) == "[1.0 -0.0 nan]");
  CHECK(messageOf("{0}", ElementType::Float32, numbers, {3, 3}) ==
        "[1.0 -0.0 nan -inf 1e+30 6.0 7.0 8.0 ...]");
  CHECK(messageOf("{0}", ElementType::Float32, numbers, {0}) == "[]");
  CHECK(messageOf("{1} {} {x} {0", ElementType::Int8, &small) == "{1} {} {x} {0");
}

//===----------------------------------------------------------------------===//
// C functions
//===----------------------------------------------------------------------===//

static int32_t sumOfParameters(const mjx_call *call) {
  double sum = 0;
  for (int64_t i = 0; i < call->num_parameters; ++i)
    sum +=
        call->parameters[i].kind == mjx_parameter::MJX_REAL
            ? call->parameters[i].real
            : double(call->parameters[i].integer) + double(std::strlen(call->parameters[i].text));
  *static_cast<double *>(call->results[0].data) = sum;
  return std::strcmp(call->results[0].dtype, "float64") == 0 ? 0 : 1;
}

static void foreignFunctions() {
  CHECK(registerForeignFunction("sum", reinterpret_cast<void *>(&sumOfParameters)).ok());
  CHECK(registerForeignFunction("sum", reinterpret_cast<void *>(&sumOfParameters)).ok());
  CHECK(mentions(registerForeignFunction("sum", &failures), "new name"));
  CHECK(isForeignFunction("sum") && !isForeignFunction("other"));
  auto call = [](const std::string &name, const std::string &config) {
    std::vector<int64_t> desc{0, 0, 1, int64_t(ElementType::Float64), 0};
    appendText(desc, name);
    appendText(desc, config);
    double result = 0;
    void *outs[] = {&result};
    return mjx_rt_custom_call(desc.data(), nullptr, outs) == 0 ? result : -1;
  };
  CHECK(call("sum", "") == 0);
  CHECK(call("sum", "a=i:-7\nb=f:0.5\nc=t:x=y:z") == -7 + 2 + 0.5 + 5);
  CHECK(call("other", "") == -1);
  CHECK(mentions(takeKernelError(), "'other'"));
}

//===----------------------------------------------------------------------===//
// Events, threads and turns
//===----------------------------------------------------------------------===//

static void afterAllWaits() {
  Event a = Event::pending(), b = Event::pending();
  int calls = 0;
  afterAll({}, [&] { ++calls; });
  CHECK(calls == 1);
  afterAll({a, Event(), b}, [&] { ++calls; });
  a.signal();
  CHECK(calls == 1);
  b.signal(Status::error("whatever"));
  CHECK(calls == 2);
}

static void runnersDoNotWaitForEachOther() {
  // Each waits for the one after it.
  constexpr int count = 20;
  std::vector<Event> events;
  for (int i = 0; i <= count; ++i)
    events.push_back(Event::pending());
  for (int i = 0; i < count; ++i)
    runApart([&events, i] {
      (void)events[i + 1].wait();
      events[i].signal();
    });
  events[count].signal();
  CHECK(events[0].waitFor(milliseconds(5000)));
}

static void turnsFollowEachOther() {
  Turn first = Turn::take(false), second = Turn::take(false), strict = Turn::take(true),
       last = Turn::take(false);
  CHECK(first.begins().ready() && !second.begins().ready());
  Event never = Event::pending();
  first.run([&] {
    CHECK(isRunningApart() && !second.begins().ready());
    Turn inner = Turn::take(false); // an order of its own
    CHECK(inner.begins().ready());
    inner.run([] {});
    (void)never.waitFor(milliseconds(1)); // lets the next one go
    CHECK(second.begins().ready());
  });
  CHECK(!isRunningApart() && !strict.begins().ready());
  second.run([] {});
  CHECK(strict.begins().ready());
  strict.run([&] {
    (void)never.waitFor(milliseconds(1));
    CHECK(!last.begins().ready());
  });
  CHECK(last.begins().ready());
  last.run([] {});
  CHECK(Turn::take(false).begins().ready());
}

static void effectsAreWaitedFor() {
  CHECK(waitForEffects(milliseconds(0)));
  Event quiet = Event::pending(), loud = Event::pending();
  noteEffect(quiet, true);
  noteEffect(loud, false);
  CHECK(!waitForEffects(milliseconds(1)));
  loud.signal(Status::error("told by its outputs"));
  quiet.signal(Status::error("told here"));
  CHECK(waitForEffects(milliseconds(1000)));
  CHECK(takeEffectError().message() == "told here");
  CHECK(takeEffectError().ok());
}

static void fencesAndPosts() {
  auto stream = createThreadStream(1);
  CHECK(stream->fence().ready());
  Event go = Event::pending();
  std::atomic<int> done{0};
  for (int i = 0; i < 5; ++i) // more than it has room for
    CHECK(stream->post([&] { (void)go.wait(), ++done; }).ok());
  Event fence = stream->fence();
  CHECK(!fence.ready());
  go.signal();
  CHECK(fence.wait().ok() && done == 5);
  stream->shutdown();
  CHECK(!stream->post([] {}).ok());
}

void testHost() {
  callbacksSeeTheirArrays();
  messagesShowValues();
  foreignFunctions();
  afterAllWaits();
  runnersDoNotWaitForEachOther();
  turnsFollowEachOther();
  effectsAreWaitedFor();
  fencesAndPosts();
}

} // namespace mjx::runtime::test
