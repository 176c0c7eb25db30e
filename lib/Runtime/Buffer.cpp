//===- Buffer.cpp - An array on a device ------------------------*- C++ -*-===//

#include "mjx/Runtime/Buffer.h"

#include "mjx/Runtime/Device.h"

namespace mjx::runtime {

std::string describe(const BufferType &type) {
  std::string text(elementName(type.element));
  text += '[';
  for (size_t i = 0; i < type.shape.size(); ++i)
    text += (i ? "," : "") + std::to_string(type.shape[i]);
  return text + ']';
}

Result<std::shared_ptr<Storage>> Storage::allocate(Device &device, const BufferType &type) {
  size_t size = type.bytes();
  Allocator &allocator = device.allocator();
  if (void *data = allocator.allocate(size))
    return std::make_shared<Storage>(allocator, data, size);
  return Status::outOfMemory("out of memory on device '" + std::string(device.name()) +
                             "': cannot allocate " + std::to_string(size) + " bytes for " +
                             describe(type));
}

Storage::~Storage() {
  if (allocator)
    allocator->free(bytes, size);
  else if (release)
    release();
}

Buffer::Buffer(Device &device, std::shared_ptr<const BufferType> type,
               std::shared_ptr<Storage> storage, Event ready)
    : home(&device), signature(std::move(type)), readyEvent(std::move(ready)),
      bytes(std::move(storage)) {}

Result<std::shared_ptr<Buffer>> Buffer::allocate(Device &device, BufferType type, Event ready) {
  auto storage = Storage::allocate(device, type);
  if (!storage.ok())
    return storage.status();
  return std::make_shared<Buffer>(device, std::make_shared<const BufferType>(std::move(type)),
                                  std::move(*storage), std::move(ready));
}

std::shared_ptr<Buffer> Buffer::wrap(Device &device, BufferType type, void *data,
                                     std::function<void()> release) {
  return std::make_shared<Buffer>(device, std::make_shared<const BufferType>(std::move(type)),
                                  std::make_shared<Storage>(data, std::move(release)), Event());
}

bool Buffer::deleted() const {
  std::lock_guard<std::mutex> lock(mutex);
  return !bytes;
}

Status Buffer::deletionError() const {
  std::string text = describe(*signature) + " has been deleted";
  if (!donatedTo.empty())
    text += " (donated to " + donatedTo + ")";
  return Status::error(text);
}

void Buffer::remove() {
  std::shared_ptr<Storage> dropped;
  std::lock_guard<std::mutex> lock(mutex);
  dropped.swap(bytes);
}

Result<std::shared_ptr<Storage>> Buffer::storage() const {
  std::lock_guard<std::mutex> lock(mutex);
  if (!bytes)
    return deletionError();
  return bytes;
}

Result<View> Buffer::view() const {
  std::lock_guard<std::mutex> lock(mutex);
  if (!bytes)
    return deletionError();
  bytes->pin(); // under the lock: a donation sees either the pin or no view
  return View(bytes);
}

Result<std::shared_ptr<Storage>> Buffer::donate(const std::string &receiver) {
  std::lock_guard<std::mutex> lock(mutex);
  if (!bytes)
    return deletionError();
  donatedTo = receiver;
  return std::move(bytes);
}

} // namespace mjx::runtime
