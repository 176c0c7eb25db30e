//===- Executable.cpp - A program ready to launch ---------------*- C++ -*-===//

#include "mjx/Runtime/Executable.h"

#include "mjx/Runtime/Fork.h"
#include "mjx/Runtime/HostCalls.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <optional>

namespace mjx::runtime {

/// One launch: everything the program touches, kept alive until it is done.
struct Executable::Launch {
  struct Copy {
    const void *from;
    void *to;
    size_t bytes;
  };

  std::vector<void *> pointers; // inputs, then outputs
  std::vector<std::shared_ptr<Storage>> inputs;
  std::vector<std::shared_ptr<Storage>> outputs;
  std::vector<Event> pendingInputs;
  std::vector<Copy> copies; // of aliased inputs that must stay as they are
  Event fence;              // what the stream still does with memory taken over

  std::vector<View> pins;

  /// Keeps the inputs' bytes as they are until the launch is done.
  void pin() {
    for (auto &storage : inputs) {
      storage->pin();
      pins.emplace_back(storage);
    }
  }
};

// A guess, low enough that a caller does not notice: 10 GFLOP/s, 5 GB/s, 20 us.
static bool fitsOnCaller(const ExecutableImage &image) {
  double bytes = double(image.scratchBytes);
  for (auto *list : {&image.inputs, &image.outputs})
    for (const BufferType &type : *list)
      bytes += double(type.bytes());
  return image.estimatedFlops / 1e10 + bytes / 5e9 <= 20e-6;
}

static Status checkImage(const ExecutableImage &image) {
  auto complain = [&](const std::string &what) {
    return Status::error("cannot load " + image.name + ": " + what);
  };
  if (image.aliases.size() != image.outputs.size())
    return complain("expected one alias for each of " + std::to_string(image.outputs.size()) +
                    " outputs, but got " + std::to_string(image.aliases.size()));
  std::vector<bool> taken(image.inputs.size());
  for (size_t i = 0; i < image.aliases.size(); ++i) {
    int64_t input = image.aliases[i];
    if (input == -1)
      continue;
    if (input < 0 || input >= int64_t(image.inputs.size()) || taken[input])
      return complain("output " + std::to_string(i) + " cannot alias input " +
                      std::to_string(input));
    if (image.inputs[input].bytes() != image.outputs[i].bytes())
      return complain("output " + std::to_string(i) + " (" + describe(image.outputs[i]) +
                      ") cannot alias input " + std::to_string(input) + " (" +
                      describe(image.inputs[input]) + ") of another size");
    taken[input] = true;
  }
  if (image.scratchBytes < 0)
    return complain("negative scratch size");
  if (!image.callbacks.empty() && !hostFunctions().call)
    return complain("it calls functions of a host that is not there");
  return Status();
}

Executable::Executable(Device &device, ExecutableImage image, std::unique_ptr<Program> program)
    : home(&device), signature(std::move(image)), program(std::move(program)),
      small(fitsOnCaller(signature) && !signature.callsHost) {
  for (const BufferType &type : signature.outputs)
    outputTypes.push_back(std::make_shared<const BufferType>(type));
  for (int64_t number : signature.callbacks)
    hostFunctions().retain(number);
}

Executable::~Executable() {
  for (int64_t number : signature.callbacks)
    hostFunctions().release(number);
}

Result<std::shared_ptr<Executable>> Executable::load(Device &device, ExecutableImage image) {
  if (Status status = checkImage(image); !status.ok())
    return status;
  auto program = device.load(image);
  if (!program.ok())
    return program.status();
  image.object.clear();
  image.object.shrink_to_fit();
  return std::shared_ptr<Executable>(new Executable(device, std::move(image), std::move(*program)));
}

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

const std::string &Executable::nameFor(const Caller &caller) const {
  return caller.names ? caller.names->program : signature.name;
}

static std::string inputName(const Caller &caller, size_t index) {
  if (caller.names && index < caller.names->inputs.size())
    return "argument " + caller.names->inputs[index];
  return "input " + std::to_string(index);
}

Status Executable::complain(const Caller &caller, size_t index, const std::string &what) const {
  return Status::error(nameFor(caller) + ": " + inputName(caller, index) + " " + what);
}

Status Executable::bindInput(Launch &launch, size_t index, const Buffer *input,
                             const Caller &caller) const {
  auto complain = [&](const std::string &what) { return this->complain(caller, index, what); };
  if (!input)
    return complain("is missing");
  const BufferType &expected = signature.inputs[index];
  if (!(input->type() == expected))
    return complain("was expected to be " + describe(expected) + ", but is " +
                    describe(input->type()));
  if (&input->device() != home)
    return complain("lives on device '" + std::string(input->device().name()) +
                    "', but the program was loaded on '" + std::string(home->name()) +
                    "'; move the array there first");
  auto storage = input->storage();
  if (!storage.ok())
    return complain("of type " + storage.status().message());
  const Event &ready = input->ready();
  if (!ready.ready() || !ready.status().ok())
    launch.pendingInputs.push_back(ready);
  launch.pointers.push_back((*storage)->data());
  launch.inputs.push_back(std::move(*storage));
  return Status();
}

Status Executable::bindInputs(Launch &launch, const BufferList &inputs,
                              const Caller &caller) const {
  if (inputs.size() != signature.inputs.size())
    return Status::error(nameFor(caller) + ": expected " + std::to_string(signature.inputs.size()) +
                         " inputs, but got " + std::to_string(inputs.size()));
  launch.pointers.reserve(inputs.size() + signature.outputs.size());
  launch.inputs.reserve(inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i)
    if (Status status = bindInput(launch, i, inputs[i].get(), caller); !status.ok())
      return status;
  return Status();
}

Status Executable::checkDonated(const BufferList &inputs, const std::vector<int64_t> &donated,
                                const Caller &caller) const {
  for (int64_t index : donated) {
    if (index < 0 || index >= int64_t(inputs.size()))
      return Status::error(nameFor(caller) + ": expected donated inputs in [0, " +
                           std::to_string(inputs.size()) + "), but got " + std::to_string(index));
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (int64_t(i) == index || inputs[i] != inputs[index])
        continue;
      bool twice = std::count(donated.begin(), donated.end(), int64_t(i)) > 0;
      return complain(caller, index,
                      "of type " + describe(inputs[index]->type()) +
                          " is donated, but the same array " +
                          (twice ? "is donated again as " : "is also passed as ") +
                          inputName(caller, i) + "; pass a copy in one of the places");
    }
    if (std::count(donated.begin(), donated.end(), index) > 1)
      return complain(caller, index, "is listed twice among the donated inputs");
  }
  return Status();
}

// A donated input that may not be overwritten is copied, which some forbid.
Status Executable::checkUnread(const Launch &launch, const std::vector<int64_t> &donated,
                               const Caller &caller) const {
  if (!caller.names || !caller.names->insists)
    return Status();
  for (int64_t index : donated) {
    const Storage &storage = *launch.inputs[index];
    bool taken = std::count(signature.aliases.begin(), signature.aliases.end(), index) > 0;
    if (!taken || storage.mayBeOverwritten())
      continue;
    std::string why = storage.isOurs() ? "views of it are in use; drop them"
                                       : "it is memory that the host made; pass a copy";
    return complain(caller, index,
                    "of type " + describe(signature.inputs[index]) +
                        " is donated and must not be copied, but " + why);
  }
  return Status();
}

Status Executable::donate(const BufferList &inputs, const std::vector<int64_t> &donated,
                          const Caller &caller) const {
  if (donated.empty())
    return Status();
  std::string at = caller.place.empty() ? "" : ", " + caller.place;
  for (int64_t index : donated) {
    bool named = caller.names && size_t(index) < caller.names->inputs.size();
    std::string role = named ? " as " + inputName(caller, index) : "";
    if (auto storage = inputs[index]->donate(nameFor(caller) + role + at); !storage.ok())
      return complain(caller, index, "of type " + storage.status().message());
  }
  return Status();
}

//===----------------------------------------------------------------------===//
// Launches
//===----------------------------------------------------------------------===//

bool Executable::takesOver(const Launch &launch, size_t output,
                           const std::vector<int64_t> &donated) const {
  int64_t alias = signature.aliases[output];
  return alias >= 0 && launch.inputs[alias]->mayBeOverwritten() &&
         std::count(donated.begin(), donated.end(), alias);
}

Status Executable::allocateOutput(Launch &launch, size_t output, const Caller &caller) const {
  auto storage = Storage::allocate(*home, signature.outputs[output]);
  if (!storage.ok())
    return Status::error(nameFor(caller) + ": " + storage.status().message(),
                         storage.status().kind());
  launch.outputs[output] = std::move(*storage);
  return Status();
}

// Settles whose memory an output has: that of the input it takes over, or new
// memory, which then also stands in for the input.
Status Executable::bindOutput(Launch &launch, size_t output, const std::vector<int64_t> &donated,
                              const Caller &caller) const {
  int64_t alias = signature.aliases[output];
  auto &storage = launch.outputs[output];
  if (!storage && takesOver(launch, output, donated)) {
    storage = launch.inputs[alias];
    launch.pointers.push_back(storage->data());
    if (signature.callsHost)
      launch.fence = home->stream().fence();
    return Status();
  }
  if (!storage) // somebody began to read the input just now
    if (Status status = allocateOutput(launch, output, caller); !status.ok())
      return status;
  launch.pointers.push_back(storage->data());
  if (alias >= 0) {
    size_t bytes = signature.outputs[output].bytes();
    launch.copies.push_back({launch.pointers[alias], storage->data(), bytes});
    launch.pointers[alias] = storage->data();
  }
  return Status();
}

// Runs on whichever thread the stream chose.
Status Executable::execute(Launch &launch) const {
  for (const Event &input : launch.pendingInputs)
    if (Status status = input.wait(); !status.ok())
      return status;
  for (const Launch::Copy &copy : launch.copies)
    std::memcpy(copy.to, copy.from, copy.bytes);
  if (signature.scratchBytes == 0)
    return program->run(launch.pointers.data(), nullptr);
  Allocator &allocator = home->allocator();
  void *scratch = allocator.allocate(signature.scratchBytes);
  if (!scratch)
    return Status::outOfMemory(signature.name + ": out of memory: cannot allocate " +
                               std::to_string(signature.scratchBytes) + " bytes of scratch memory");
  Status status = program->run(launch.pointers.data(), scratch);
  allocator.free(scratch, signature.scratchBytes);
  return status;
}

BufferList Executable::outputs(Launch &launch, const Event &ready) const {
  BufferList results;
  results.reserve(outputTypes.size());
  for (size_t i = 0; i < outputTypes.size(); ++i)
    results.push_back(std::make_shared<Buffer>(*home, outputTypes[i], launch.outputs[i], ready));
  return results;
}

Result<BufferList> Executable::launch(const BufferList &inputs, const std::vector<int64_t> &donated,
                                      const Caller &caller) {
  if (forkedFromThreads())
    return forkError();
  Launch launch;
  if (Status status = bindInputs(launch, inputs, caller); !status.ok())
    return status;
  if (Status status = checkDonated(inputs, donated, caller); !status.ok())
    return status;
  if (Status status = checkUnread(launch, donated, caller); !status.ok())
    return status;
  size_t count = signature.outputs.size();
  launch.outputs.resize(count);
  for (size_t i = 0; i < count; ++i)
    if (!takesOver(launch, i, donated))
      if (Status status = allocateOutput(launch, i, caller); !status.ok())
        return status;
  // From here on, only another thread's use of a donated buffer can fail.
  if (Status status = donate(inputs, donated, caller); !status.ok())
    return status;
  for (size_t i = 0; i < count; ++i)
    if (Status status = bindOutput(launch, i, donated, caller); !status.ok())
      return status;
  return start(std::move(launch));
}

void Executable::finish(Launch &launch, const Event &done) const {
  Status status = execute(launch);
  // First let go of the memory, so that whoever waits finds it free.
  launch = Launch();
  done.signal(status);
}

Result<BufferList> Executable::start(Launch launch) {
  if (signature.callsHost)
    return startApart(std::move(launch));
  if (std::any_of(launch.pendingInputs.begin(), launch.pendingInputs.end(),
                  [](const Event &input) { return input.isApart() && !input.ready(); }))
    return startLater(std::move(launch));
  bool isSilent = signature.outputs.empty();
  if (small && launch.pendingInputs.empty()) {
    Status status;
    if (home->stream().tryInline([&] { status = execute(launch); })) {
      Event done = status.ok() ? Event() : Event::failed(status);
      if (signature.hasEffects && !status.ok())
        noteEffect(done, isSilent);
      return outputs(launch, done);
    }
  }
  Event done = Event::pending();
  BufferList results = outputs(launch, done);
  if (signature.hasEffects)
    noteEffect(done, isSilent);
  auto shared = std::make_shared<Launch>(std::move(launch));
  Status accepted = home->stream().enqueue(
      [self = shared_from_this(), shared, done] { self->finish(*shared, done); });
  if (!accepted.ok())
    return accepted;
  return results;
}

//===----------------------------------------------------------------------===//
// Off the stream
//===----------------------------------------------------------------------===//

namespace {

/// How many launches are off the stream, and room for more of them.
struct Crowd {
  static constexpr int most = 64;
  std::mutex mutex;
  std::condition_variable shrunk;
  std::atomic<int> size{0}; // changed under the mutex

  static Crowd &get() {
    static auto *crowd = new Crowd; // programs may run to the very end
    return *crowd;
  }
  bool isFull() const { return size.load(std::memory_order_relaxed) >= most; }
  /// Waits for room, but not for ever: what is there may wait for the caller.
  void join() {
    std::unique_lock<std::mutex> lock(mutex);
    if (!isRunningApart())
      shrunk.wait_for(lock, std::chrono::milliseconds(100), [&] { return size < most; });
    ++size;
  }
  void leave() {
    {
      std::lock_guard<std::mutex> lock(mutex);
      --size;
    }
    shrunk.notify_one();
  }
};

} // namespace

bool Executable::mayBlock() const {
  return !small || home->stream().full() || Crowd::get().isFull();
}

// The callback may run for long, and wait for what is queued after it. Inputs
// keep their bytes meanwhile, since the stream does not know of their reader.
Result<BufferList> Executable::startApart(Launch launch) {
  Crowd::get().join();
  Event done = Event::pendingApart();
  BufferList results = outputs(launch, done);
  std::vector<Event> before = launch.pendingInputs;
  before.push_back(launch.fence);
  std::optional<Turn> turn;
  if (signature.hasEffects) {
    turn = Turn::take(signature.isOrdered);
    before.push_back(turn->begins());
  }
  noteEffect(done, signature.outputs.empty());
  launch.pin();
  auto shared = std::make_shared<Launch>(std::move(launch));
  auto work = [self = shared_from_this(), shared, done] {
    self->finish(*shared, done);
    Crowd::get().leave();
  };
  afterAll(before, [work, turn] { runApart([work, turn] { (turn ? *turn : Turn()).run(work); }); });
  return results;
}

// What waits for a program that runs apart is given to the stream when that is
// done, so that the stream does not wait for what may wait for the stream.
Result<BufferList> Executable::startLater(Launch launch) {
  Crowd::get().join();
  Event done = Event::pendingApart();
  BufferList results = outputs(launch, done);
  if (signature.hasEffects)
    noteEffect(done, signature.outputs.empty());
  std::vector<Event> before = launch.pendingInputs;
  launch.pin();
  auto shared = std::make_shared<Launch>(std::move(launch));
  afterAll(before, [self = shared_from_this(), shared, done] {
    Status accepted = self->home->stream().post([self, shared, done] {
      self->finish(*shared, done);
      Crowd::get().leave();
    });
    if (accepted.ok())
      return;
    *shared = Launch();
    done.signal(accepted);
    Crowd::get().leave();
  });
  return results;
}

} // namespace mjx::runtime
