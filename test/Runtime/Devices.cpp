//===- Devices.cpp - The suite every kind of device passes ------*- C++ -*-===//
//
// The null device takes part with the same programs; only their numbers are not
// looked at.
//
//===----------------------------------------------------------------------===//

#include "Check.h"

#include "mjx/Runtime/Executable.h"

#include <atomic>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <thread>

namespace mjx::runtime::test {

namespace {

const BufferType vector4 = {ElementType::Float32, {4}};

/// A device under test, with what makes its tests short.
struct Subject {
  std::unique_ptr<Device> device;
  bool computes;

  std::shared_ptr<Buffer> buffer(float first, Event ready = {}) const {
    auto made = Buffer::allocate(*device, vector4, std::move(ready));
    auto *data = static_cast<float *>((*(*made)->storage())->data());
    for (int i = 0; i < 4; ++i)
      data[i] = first + i;
    return *made;
  }

  std::shared_ptr<Executable> program(const std::string &entry, int inputs,
                                      std::vector<int64_t> aliases = {-1},
                                      int64_t scratch = 0) const;

  /// Holds the stream until the event is signalled.
  void block(const Event &event) const {
    CHECK(device->stream().enqueue([event] { (void)event.wait(); }).ok());
  }

  void expect(const std::shared_ptr<Buffer> &buffer, std::vector<float> values) const {
    CHECK(buffer->ready().wait().ok());
    auto view = buffer->view();
    REQUIRE(view.ok());
    auto *data = static_cast<const float *>(view->data());
    CHECK(!computes || std::equal(values.begin(), values.end(), data));
  }
};

} // namespace

static std::string objectCode(const char *path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

static ExecutableImage imageOf(const std::string &entry, int inputs,
                               std::vector<int64_t> aliases = {-1}) {
  ExecutableImage image;
  image.name = "the " + entry + " program";
  image.object = objectCode(MJX_TEST_PROGRAMS);
  image.entry = entry;
  image.inputs.assign(inputs, vector4);
  image.outputs.assign(aliases.size(), vector4);
  image.aliases = std::move(aliases);
  return image;
}

std::shared_ptr<Executable> Subject::program(const std::string &entry, int inputs,
                                             std::vector<int64_t> aliases, int64_t scratch) const {
  ExecutableImage image = imageOf(entry, inputs, std::move(aliases));
  image.scratchBytes = scratch;
  auto loaded = Executable::load(*device, std::move(image));
  CHECK(loaded.ok());
  return *loaded;
}

//===----------------------------------------------------------------------===//
// Launching
//===----------------------------------------------------------------------===//

static void programsCompute(const Subject &subject) {
  auto x = subject.buffer(1), y = subject.buffer(10);
  auto sum = subject.program("add", 2)->launch({x, y});
  REQUIRE(sum.ok() && sum->size() == 1);
  CHECK((*sum)[0]->type() == vector4);
  subject.expect((*sum)[0], {11, 13, 15, 17});
  auto copy = subject.program("use_scratch", 1, {-1}, 4096)->launch({x});
  REQUIRE(copy.ok());
  subject.expect((*copy)[0], {1, 2, 3, 4});
  auto product = subject.program("product", 2)->launch({x, y});
  REQUIRE(product.ok());
  subject.expect((*product)[0], {34, 37, 78, 85});
  auto sine = subject.program("sine", 1)->launch({x});
  REQUIRE(sine.ok());
  subject.expect((*sine)[0], {std::sin(1.f), std::sin(2.f), std::sin(3.f), std::sin(4.f)});
}

static void launchesReturnBeforeTheWorkIsDone(const Subject &subject) {
  auto add = subject.program("add", 2);
  Event late = Event::pending();
  auto x = subject.buffer(1), y = subject.buffer(2, late);
  auto first = add->launch({x, y});
  REQUIRE(first.ok());
  auto second = add->launch({(*first)[0], x});
  REQUIRE(second.ok());
  CHECK(!(*first)[0]->ready().ready());
  CHECK(!(*second)[0]->ready().ready());
  late.signal();
  subject.expect((*second)[0], {4, 7, 10, 13});
}

static void smallWorkRunsOnTheCaller(const Subject &subject) {
  subject.device->stream().drain();
  auto x = subject.buffer(1);
  auto sum = subject.program("add", 2)->launch({x, x});
  REQUIRE(sum.ok());
  CHECK((*sum)[0]->ready().ready());
}

static void programsOutliveTheirHandles(const Subject &subject) {
  Event late = Event::pending();
  Result<BufferList> sum = Status::error("not launched");
  {
    auto x = subject.buffer(1, late), y = subject.buffer(2);
    sum = subject.program("add", 2)->launch({x, y});
  }
  REQUIRE(sum.ok());
  late.signal();
  subject.expect((*sum)[0], {3, 5, 7, 9});
}

//===----------------------------------------------------------------------===//
// Errors
//===----------------------------------------------------------------------===//

static void wrongInputsAreRefused(const Subject &subject) {
  auto add = subject.program("add", 2);
  auto x = subject.buffer(1);
  CHECK(mentions(add->launch({x}).status(), "expected 2 inputs, but got 1"));
  CHECK(mentions(add->launch({x, nullptr}).status(), "input 1 is missing"));
  auto wider = Buffer::allocate(*subject.device, {ElementType::Int32, {2, 3}});
  REQUIRE(wider.ok());
  CHECK(mentions(add->launch({x, *wider}).status(),
                 "the add program: input 1 was expected to be float32[4], but "
                 "is int32[2,3]"));
  auto other = createNullDevice();
  auto stranger = Buffer::allocate(*other, vector4);
  CHECK(mentions(add->launch({x, *stranger}).status(), "lives on device"));
  x->remove();
  CHECK(mentions(add->launch({x, x}).status(), "has been deleted"));
}

static void errorsTravelToTheOutputs(const Subject &subject) {
  auto add = subject.program("add", 2);
  auto bad = subject.buffer(1, Event::failed(Status::error("spoiled")));
  auto good = subject.buffer(1);
  auto first = add->launch({bad, good});
  REQUIRE(first.ok());
  auto second = add->launch({(*first)[0], good});
  REQUIRE(second.ok());
  CHECK(mentions((*second)[0]->ready().wait(), "spoiled"));
  // The stream goes on.
  auto fine = add->launch({good, good});
  REQUIRE(fine.ok());
  subject.expect((*fine)[0], {2, 4, 6, 8});
}

static void failingProgramsSayTheirName(const Subject &subject) {
  if (!subject.computes)
    return;
  auto x = subject.buffer(1);
  auto failed = subject.program("fail", 1)->launch({x});
  REQUIRE(failed.ok());
  CHECK(mentions((*failed)[0]->ready().wait(), "the fail program failed at run time with code 3"));
}

static void brokenImagesAreRefused(const Subject &subject) {
  auto reject = [&](ExecutableImage image, const std::string &part) {
    CHECK(mentions(Executable::load(*subject.device, image).status(), part));
  };
  reject(imageOf("add", 1, {1}), "output 0 cannot alias input 1");
  reject(imageOf("add", 1, {0, 0}), "output 1 cannot alias input 0");
  auto image = imageOf("add", 1, {0});
  image.inputs[0].shape = {5};
  reject(image, "of another size");
  image = imageOf("add", 1);
  image.aliases.clear();
  reject(image, "expected one alias");
  if (!subject.computes)
    return;
  reject(imageOf("no_such_entry", 1), "no_such_entry");
  image = imageOf("add", 1);
  for (size_t length : {0, 10, 64, 500}) {
    image.object.resize(length);
    reject(image, "cannot load the add program");
  }
  image = imageOf("call_nobody", 1);
  image.object = objectCode(MJX_TEST_UNRESOLVED);
  reject(image, "mjx_rt_nobody_defines_this");
}

static void tooLargeBuffersAreRefused(const Subject &subject) {
  BufferType huge = {ElementType::Float64, {1 << 20, 1 << 20, 1 << 10}};
  CHECK(mentions(Buffer::allocate(*subject.device, huge).status(), "out of memory"));
}

//===----------------------------------------------------------------------===//
// Donation
//===----------------------------------------------------------------------===//

static const void *addressOf(const std::shared_ptr<Buffer> &buffer) {
  return (*buffer->storage())->data();
}

static void donatedMemoryIsTakenOver(const Subject &subject) {
  auto increment = subject.program("increment", 1, {0});
  auto x = subject.buffer(1);
  const void *memory = addressOf(x);
  auto next = increment->launch({x}, {0});
  REQUIRE(next.ok());
  CHECK(addressOf((*next)[0]) == memory);
  subject.expect((*next)[0], {2, 3, 4, 5});
  CHECK(x->deleted());
  CHECK(mentions(increment->launch({x}).status(),
                 "float32[4] has been deleted (donated to the increment "
                 "program)"));
  CHECK(mentions(x->view().status(), "donated to"));
}

static void whatIsNotDonatedStays(const Subject &subject) {
  auto increment = subject.program("increment", 1, {0});
  auto x = subject.buffer(1);
  auto next = increment->launch({x});
  REQUIRE(next.ok());
  CHECK(addressOf((*next)[0]) != addressOf(x));
  subject.expect((*next)[0], {2, 3, 4, 5});
  subject.expect(x, {1, 2, 3, 4});
}

static void whatIsReadStays(const Subject &subject) {
  auto increment = subject.program("increment", 1, {0});
  auto x = subject.buffer(1);
  auto view = x->view();
  REQUIRE(view.ok());
  auto next = increment->launch({x}, {0});
  REQUIRE(next.ok());
  CHECK(addressOf((*next)[0]) != view->data());
  subject.expect((*next)[0], {2, 3, 4, 5});
  CHECK(*static_cast<const float *>(view->data()) == 1);
  CHECK(x->deleted());
}

static void foreignMemoryIsOnlyRead(const Subject &subject) {
  float memory[4] = {1, 2, 3, 4};
  bool released = false;
  {
    auto x = Buffer::wrap(*subject.device, vector4, memory, [&] { released = true; });
    auto next = subject.program("increment", 1, {0})->launch({x}, {0});
    REQUIRE(next.ok());
    subject.expect((*next)[0], {2, 3, 4, 5});
  }
  subject.device->stream().drain();
  CHECK(memory[0] == 1);
  CHECK(released);
}

static void readersBeforeADonationSeeTheOldValues(const Subject &subject) {
  auto add = subject.program("add", 2);
  auto increment = subject.program("increment", 1, {0});
  Event late = Event::pending();
  auto x = subject.buffer(1);
  subject.block(late);
  auto sum = add->launch({x, x});
  auto next = increment->launch({x}, {0});
  REQUIRE(sum.ok() && next.ok());
  late.signal();
  subject.expect((*sum)[0], {2, 4, 6, 8});
  subject.expect((*next)[0], {2, 3, 4, 5});
}

static void ambiguousDonationsAreRefused(const Subject &subject) {
  auto add = subject.program("add", 2);
  auto x = subject.buffer(1), y = subject.buffer(2);
  CHECK(mentions(add->launch({x, x}, {0}).status(), "also passed as input 1"));
  CHECK(mentions(add->launch({x, x}, {0, 1}).status(), "donated again as input 1"));
  CHECK(mentions(add->launch({x, y}, {1, 1}).status(), "listed twice"));
  CHECK(mentions(add->launch({x, y}, {2}).status(), "in [0, 2), but got 2"));
  CHECK(mentions(add->launch({x, y}, {-1}).status(), "but got -1"));
  CHECK(!x->deleted() && !y->deleted());
}

//===----------------------------------------------------------------------===//
// Order
//===----------------------------------------------------------------------===//

static void workKeepsItsOrder(const Subject &subject) {
  Stream &stream = subject.device->stream();
  std::vector<int> order;
  std::atomic<int> running{0};
  for (int i = 0; i < 200; ++i)
    CHECK(stream
              .enqueue([&, i] {
                CHECK(++running == 1);
                order.push_back(i);
                --running;
              })
              .ok());
  stream.drain();
  REQUIRE(order.size() == 200);
  CHECK(std::is_sorted(order.begin(), order.end()));
}

static void inlineWorkWaitsForNobody(const Subject &subject) {
  Stream &stream = subject.device->stream();
  stream.drain();
  std::thread::id ran;
  CHECK(stream.tryInline([&] { ran = std::this_thread::get_id(); }));
  CHECK(ran == std::this_thread::get_id());
  Event late = Event::pending();
  subject.block(late);
  CHECK(!stream.tryInline([] { CHECK(false); }));
  late.signal();
  stream.drain();
}

static void nestedWorkRunsAtOnce(const Subject &subject) {
  Stream &stream = subject.device->stream();
  std::string order;
  CHECK(stream
            .enqueue([&] {
              CHECK(stream.enqueue([&] { order += "a"; }).ok());
              CHECK(stream.tryInline([&] { order += "b"; }));
              order += "c";
            })
            .ok());
  stream.drain();
  CHECK(order == "abc");
}

static void aFullQueueHoldsTheCaller() {
  DeviceOptions options;
  options.queueCapacity = 2;
  for (auto create : {createCPUDevice, createNullDevice}) {
    Subject subject{create(options), false};
    Stream &stream = subject.device->stream();
    Event late = Event::pending(), begun = Event::pending();
    CHECK(stream.enqueue([=] { begun.signal(), (void)late.wait(); }).ok());
    CHECK(begun.wait().ok());
    CHECK(!stream.full());
    CHECK(stream.enqueue([] {}).ok());
    CHECK(stream.enqueue([] {}).ok());
    CHECK(stream.full());
    std::atomic<bool> accepted{false};
    std::thread caller([&] { accepted = stream.enqueue([] {}).ok(); });
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    CHECK(!accepted);
    late.signal();
    caller.join();
    CHECK(accepted);
  }
}

static void shutdownFinishesTheWork() {
  for (auto create : {createCPUDevice, createNullDevice}) {
    Subject subject{create({}), false};
    Stream &stream = subject.device->stream();
    std::atomic<int> done{0};
    for (int i = 0; i < 10; ++i)
      CHECK(stream
                .enqueue([&] {
                  std::this_thread::sleep_for(std::chrono::milliseconds(1));
                  ++done;
                })
                .ok());
    stream.shutdown();
    CHECK(done == 10);
    CHECK(mentions(stream.enqueue([] {}), "shut down"));
    CHECK(!stream.tryInline([] {}));
    auto x = subject.buffer(1);
    CHECK(mentions(subject.program("add", 2)->launch({x, x}).status(), "shut down"));
  }
}

static void threadsLaunchAtOnce(const Subject &subject) {
  auto add = subject.program("add", 2);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      auto x = subject.buffer(float(t)), zero = subject.buffer(0);
      for (int i = 0; i < 200; ++i)
        x = (*add->launch({x, zero}))[0];
      subject.expect(x, {float(t), float(t + 1 + 200), float(t + 2 + 400), float(t + 3 + 600)});
    });
  for (std::thread &thread : threads)
    thread.join();
}

static void memoryComesBack(const Subject &subject) {
  subject.device->stream().drain();
  CHECK(subject.device->allocator().usedBytes() == 0);
}

static void testDevice(const Subject &subject) {
  programsCompute(subject);
  launchesReturnBeforeTheWorkIsDone(subject);
  smallWorkRunsOnTheCaller(subject);
  programsOutliveTheirHandles(subject);
  wrongInputsAreRefused(subject);
  errorsTravelToTheOutputs(subject);
  failingProgramsSayTheirName(subject);
  brokenImagesAreRefused(subject);
  tooLargeBuffersAreRefused(subject);
  donatedMemoryIsTakenOver(subject);
  whatIsNotDonatedStays(subject);
  whatIsReadStays(subject);
  foreignMemoryIsOnlyRead(subject);
  readersBeforeADonationSeeTheOldValues(subject);
  ambiguousDonationsAreRefused(subject);
  workKeepsItsOrder(subject);
  inlineWorkWaitsForNobody(subject);
  nestedWorkRunsAtOnce(subject);
  threadsLaunchAtOnce(subject);
  memoryComesBack(subject);
}

void testDevices() {
  testDevice({createCPUDevice(), true});
  testDevice({createNullDevice(), false});
  aFullQueueHoldsTheCaller();
  shutdownFinishesTheWork();
  CHECK(findDevice("cpu") && findDevice("cpu")->name() == "cpu");
  CHECK(findDevice("null") && findDevice("null")->name() == "null");
  CHECK(!findDevice("abacus"));
}

} // namespace mjx::runtime::test
