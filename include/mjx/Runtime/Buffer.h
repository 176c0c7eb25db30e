//===- Buffer.h - An array on a device --------------------------*- C++ -*-===//
#ifndef MJX_RUNTIME_BUFFER_H
#define MJX_RUNTIME_BUFFER_H

#include "mjx/Runtime/Event.h"
#include "mjx/Runtime/ExecutableImage.h"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace mjx::runtime {

class Allocator;
class Device;

/// The bytes behind a buffer; freed with the last reference, from whichever
/// thread drops it. Queued work keeps the storage it uses alive.
class Storage {
public:
  /// Uninitialized memory. Fails when the device has no more.
  static Result<std::shared_ptr<Storage>> allocate(Device &device, const BufferType &type);
  /// A block of the allocator, returned to it at the end.
  Storage(Allocator &allocator, void *data, size_t size)
      : bytes(data), allocator(&allocator), size(size) {}
  /// Somebody else's memory, only read; `release` is called at the end.
  Storage(void *data, std::function<void()> release) : bytes(data), release(std::move(release)) {}
  ~Storage();
  Storage(const Storage &) = delete;
  Storage &operator=(const Storage &) = delete;

  void *data() const { return bytes; }
  /// A pinned storage is being read outside its device's stream, so that its
  /// bytes must not change.
  void pin() { pins.fetch_add(1); }
  void unpin() { pins.fetch_sub(1); }
  bool mayBeOverwritten() const { return isOurs() && pins.load() == 0; }
  /// Whether the memory is a block of the allocator.
  bool isOurs() const { return allocator; }

private:
  void *bytes;
  Allocator *allocator = nullptr; // null: somebody else's memory
  size_t size = 0;
  std::function<void()> release;
  std::atomic<int> pins{0};
};

/// Keeps a buffer's bytes in place and unchanged for a reader on the host, even
/// if the buffer is deleted or donated meanwhile. Movable.
class View {
public:
  explicit View(std::shared_ptr<Storage> pinned) : storage(std::move(pinned)) {}
  View(View &&) = default;
  View &operator=(View &&) = delete;
  ~View() {
    if (storage)
      storage->unpin();
  }
  const void *data() const { return storage->data(); }

private:
  std::shared_ptr<Storage> storage;
};

/// A dense row-major array whose contents may still be on their way. Immutable
/// until deleted, by request or by being donated to a program, which may then
/// overwrite the bytes. Held by shared_ptr; must not outlive its device. Thread
/// safe.
class Buffer {
public:
  /// Uninitialized memory that becomes valid with `ready`.
  static Result<std::shared_ptr<Buffer>> allocate(Device &device, BufferType type,
                                                  Event ready = {});
  /// Memory somebody else owns: read, never written, until `release` is called
  /// (on any thread).
  static std::shared_ptr<Buffer> wrap(Device &device, BufferType type, void *data,
                                      std::function<void()> release);

  Buffer(Device &device, std::shared_ptr<const BufferType> type, std::shared_ptr<Storage> storage,
         Event ready);

  Device &device() const { return *home; }
  const BufferType &type() const { return *signature; }
  /// Signalled when the contents are valid, or with the error that spoiled
  /// them.
  const Event &ready() const { return readyEvent; }

  bool deleted() const;
  /// Gives up the bytes once queued work and views are done with them.
  void remove();
  /// The bytes, for writing before the event is signalled and for launching.
  /// Fails when deleted, saying which buffer it was and where it went.
  Result<std::shared_ptr<Storage>> storage() const;
  /// The bytes for reading on the host. Does not wait. Fails when deleted.
  Result<View> view() const;
  /// As `storage`, but deletes the buffer, remembering `receiver`.
  Result<std::shared_ptr<Storage>> donate(const std::string &receiver);

private:
  Status deletionError() const;

  Device *home;
  std::shared_ptr<const BufferType> signature;
  Event readyEvent;
  mutable std::mutex mutex;
  std::shared_ptr<Storage> bytes; // null when deleted
  std::string donatedTo;
};

/// As in messages: float32[2,3].
std::string describe(const BufferType &type);

} // namespace mjx::runtime

#endif // MJX_RUNTIME_BUFFER_H
