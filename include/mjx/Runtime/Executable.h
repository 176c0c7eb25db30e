//===- Executable.h - A program ready to launch -----------------*- C++ -*-===//
#ifndef MJX_RUNTIME_EXECUTABLE_H
#define MJX_RUNTIME_EXECUTABLE_H

#include "mjx/Runtime/Buffer.h"
#include "mjx/Runtime/Device.h"

#include <memory>
#include <vector>

namespace mjx::runtime {

using BufferList = std::vector<std::shared_ptr<Buffer>>;

/// How a frontend calls a program and its inputs.
struct CallNames {
  std::string program;
  std::vector<std::string> inputs; // the first ones; the others have numbers
  bool insists = false;            // that the memory of donated inputs is taken over
};

/// Who launches a program, for messages.
struct Caller {
  const CallNames *names = nullptr; // null: the image's name, and numbers
  std::string place;                // in the user's code; donated inputs remember it
};

/// A loaded program. Held by shared_ptr; a launch in flight keeps it alive.
class Executable : public std::enable_shared_from_this<Executable> {
public:
  /// Loads the image's code. Blocks for as long as linking takes.
  static Result<std::shared_ptr<Executable>> load(Device &device, ExecutableImage image);

  /// Starts the program and returns its outputs, which become ready later, or
  /// at once for a small program on an idle device. Blocks while the device's
  /// queue is full.
  ///
  /// Inputs listed in `donated` are deleted; where an output may take over such
  /// an input's memory and no host view of it exists, it does. Fails, deleting
  /// nothing, on inputs that do not fit; a failure at run time is found in the
  /// outputs' events, and passes from inputs to outputs.
  Result<BufferList> launch(const BufferList &inputs, const std::vector<int64_t> &donated = {},
                            const Caller &caller = {});

  Device &device() const { return *home; }
  /// True if launches run on the caller whenever the device is idle.
  bool isSmall() const { return small; }
  /// True if a launch might wait now: for room in a queue, or for a large
  /// program on the caller.
  bool mayBlock() const;
  ~Executable();
  /// What was loaded, without the object code.
  const ExecutableImage &image() const { return signature; }

private:
  struct Launch;
  Executable(Device &device, ExecutableImage image, std::unique_ptr<Program> program);

  const std::string &nameFor(const Caller &caller) const;
  Status complain(const Caller &caller, size_t index, const std::string &what) const;
  Status bindInput(Launch &launch, size_t index, const Buffer *input, const Caller &caller) const;
  Status bindInputs(Launch &launch, const BufferList &inputs, const Caller &caller) const;
  Status checkDonated(const BufferList &inputs, const std::vector<int64_t> &donated,
                      const Caller &caller) const;
  Status checkUnread(const Launch &launch, const std::vector<int64_t> &donated,
                     const Caller &caller) const;
  Status donate(const BufferList &inputs, const std::vector<int64_t> &donated,
                const Caller &caller) const;
  bool takesOver(const Launch &launch, size_t output, const std::vector<int64_t> &donated) const;
  Status allocateOutput(Launch &launch, size_t output, const Caller &caller) const;
  Status bindOutput(Launch &launch, size_t output, const std::vector<int64_t> &donated,
                    const Caller &caller) const;
  Status execute(Launch &launch) const;
  BufferList outputs(Launch &launch, const Event &ready) const;
  Result<BufferList> start(Launch launch);
  Result<BufferList> startApart(Launch launch);
  Result<BufferList> startLater(Launch launch);
  void finish(Launch &launch, const Event &done) const;

  Device *home;
  ExecutableImage signature;
  std::vector<std::shared_ptr<const BufferType>> outputTypes;
  std::unique_ptr<Program> program;
  bool small;
};

} // namespace mjx::runtime

#endif // MJX_RUNTIME_EXECUTABLE_H
