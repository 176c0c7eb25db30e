//===- Device.cpp - A device that computes nothing --------------*- C++ -*-===//

#include "mjx/Runtime/Device.h"

namespace mjx::runtime {

namespace {

class NullProgram final : public Program {
public:
  Status run(void *const *, void *) const override { return Status(); }
};

class NullDevice final : public Device {
public:
  explicit NullDevice(const DeviceOptions &options)
      : memory(options.cacheLimit), queue(createThreadStream(options.queueCapacity)) {}

  std::string_view name() const override { return "null"; }
  Allocator &allocator() override { return memory; }
  Stream &stream() override { return *queue; }
  Result<std::unique_ptr<Program>> load(const ExecutableImage &) override {
    return std::unique_ptr<Program>(std::make_unique<NullProgram>());
  }

private:
  Allocator memory;
  std::unique_ptr<Stream> queue; // ends before the memory its work uses
};

} // namespace

std::unique_ptr<Device> createNullDevice(const DeviceOptions &options) {
  return std::make_unique<NullDevice>(options);
}

} // namespace mjx::runtime
