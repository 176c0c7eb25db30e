//===- Device.cpp - Where programs run --------------------------*- C++ -*-===//

#include "mjx/Runtime/Device.h"

#include "mjx/Runtime/HostCalls.h"
#include "mjx/Runtime/ThreadPool.h"

#include <cstdlib>

namespace mjx::runtime {

Program::~Program() = default;
Device::~Device() = default;

namespace {
/// Leaked, because buffers may live until the last moment of the process; only
/// the threads are ended, after the work in flight.
struct Devices {
  std::unique_ptr<Device> cpu = createCPUDevice();
  std::unique_ptr<Device> null = createNullDevice();
};
} // namespace

static Devices &devices();

static void finishAtExit() {
  shutdownApart(); // first: what runs there may still give work to the streams
  devices().cpu->stream().shutdown();
  devices().null->stream().shutdown();
  ThreadPool::global().shutdown();
}

static Devices &devices() {
  static Devices *all = [] {
    std::atexit(finishAtExit);
    return new Devices;
  }();
  return *all;
}

Device *findDevice(std::string_view name) {
  if (name == "cpu")
    return devices().cpu.get();
  if (name == "null")
    return devices().null.get();
  return nullptr;
}

Device &cpuDevice() { return *devices().cpu; }

} // namespace mjx::runtime
