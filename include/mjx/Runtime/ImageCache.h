//===- ImageCache.h - Compiled programs on disk -----------------*- C++ -*-===//
#ifndef MJX_RUNTIME_IMAGECACHE_H
#define MJX_RUNTIME_IMAGECACHE_H

#include "mjx/Runtime/ExecutableImage.h"
#include "mjx/Runtime/Status.h"

#include <atomic>
#include <mutex>
#include <optional>
#include <string>

namespace mjx::runtime {

/// Images in a folder, for this process and others, one file each.
///
/// A file appears whole or not at all, and carries a checksum; one that is
/// damaged is removed and counts as missing. When the files exceed `maxBytes`,
/// those not used for longest go. Never fails in a way that matters: what
/// cannot be read is compiled, what cannot be written is not kept. Thread safe,
/// and safe with other processes in the same folder.
class ImageCache {
public:
  /// The folder is made, for this user alone, when first written to. Negative
  /// `maxBytes` means no bound.
  ImageCache(std::string folder, int64_t maxBytes);

  /// `key` is a name of letters and digits that decides everything about the
  /// image: program, options, target, and version of the compiler.
  std::optional<ExecutableImage> load(const std::string &key);
  Status store(const std::string &key, const ExecutableImage &image);

  const std::string &folder() const { return path; }
  /// Files found damaged and removed so far.
  int64_t damaged() const { return damagedFiles.load(); }

private:
  std::string fileOf(const std::string &key) const;
  void makeRoom(int64_t added);

  std::string path;
  int64_t maxBytes;
  std::mutex mutex;
  int64_t knownBytes = -1; // in the folder; -1: not counted yet
  std::atomic<int64_t> damagedFiles{0};
};

/// An image as bytes, and back; nothing for bytes that are no image.
std::string serialize(const ExecutableImage &image);
std::optional<ExecutableImage> deserialize(std::string_view bytes);

} // namespace mjx::runtime

#endif // MJX_RUNTIME_IMAGECACHE_H
