//===- Device.cpp - This machine's processor --------------------*- C++ -*-===//

#include "Loader.h"

#include "mjx/Runtime/Device.h"

namespace mjx::runtime {

namespace {

class CPUDevice final : public Device {
public:
  explicit CPUDevice(const DeviceOptions &options)
      : memory(options.cacheLimit), queue(createThreadStream(options.queueCapacity)) {}

  std::string_view name() const override { return "cpu"; }
  Allocator &allocator() override { return memory; }
  Stream &stream() override { return *queue; }
  Result<std::unique_ptr<Program>> load(const ExecutableImage &image) override {
    return loadCPUProgram(image);
  }

private:
  Allocator memory;
  std::unique_ptr<Stream> queue; // ends before the memory its work uses
};

} // namespace

std::unique_ptr<Device> createCPUDevice(const DeviceOptions &options) {
  return std::make_unique<CPUDevice>(options);
}

} // namespace mjx::runtime
