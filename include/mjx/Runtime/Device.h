//===- Device.h - Where programs run ----------------------------*- C++ -*-===//
#ifndef MJX_RUNTIME_DEVICE_H
#define MJX_RUNTIME_DEVICE_H

#include "mjx/Runtime/Allocator.h"
#include "mjx/Runtime/ExecutableImage.h"
#include "mjx/Runtime/Status.h"
#include "mjx/Runtime/Stream.h"

#include <memory>
#include <string_view>

namespace mjx::runtime {

/// Code of one image, loaded on one device.
class Program {
public:
  virtual ~Program();
  /// Runs to the end on the calling thread. Arguments as ExecutableImage says.
  virtual Status run(void *const *buffers, void *scratch) const = 0;
};

/// A place with memory, an order of execution, and a way to load code. Every
/// kind of device passes the conformance suite in test/Runtime.
class Device {
public:
  virtual ~Device();
  virtual std::string_view name() const = 0;
  virtual Allocator &allocator() = 0;
  virtual Stream &stream() = 0;
  /// Fails with the loader's reason; never aborts on a malformed image.
  virtual Result<std::unique_ptr<Program>> load(const ExecutableImage &image) = 0;
};

struct DeviceOptions {
  /// Launches that may wait in the queue before the next launch blocks.
  size_t queueCapacity = 32;
  size_t cacheLimit = Allocator::defaultCacheLimit();
};

std::unique_ptr<Device> createCPUDevice(const DeviceOptions &options = {});
/// Accepts every program and computes nothing: outputs have arbitrary contents.
std::unique_ptr<Device> createNullDevice(const DeviceOptions &options = {});

/// The process-wide device of that name ("cpu", "null"), or null. Exists until
/// the process ends; work in flight then is finished first.
Device *findDevice(std::string_view name);
Device &cpuDevice();

} // namespace mjx::runtime

#endif // MJX_RUNTIME_DEVICE_H
