//===- DiskCache.cpp - Compiled programs kept across processes ------------===//
#include "DiskCache.h"

#include "mjx/Compiler/Compiler.h"
#include "mjx/Runtime/ImageCache.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/SHA256.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

namespace nb = nanobind;
using namespace nb::literals;
using mjx::runtime::ExecutableImage;
using mjx::runtime::ImageCache;

namespace {

struct DiskCache {
  std::mutex mutex;
  std::shared_ptr<ImageCache> images; // null: switched off
  std::atomic<int64_t> hits{0}, misses{0}, stored{0};
  std::string problem; // why the last image could not be stored
};

} // namespace

static DiskCache &diskCache() {
  static auto *cache = new DiskCache; // threads may compile to the very end
  return *cache;
}

static std::shared_ptr<ImageCache> currentImages() {
  std::lock_guard<std::mutex> lock(diskCache().mutex);
  return diskCache().images;
}

static std::string keyOf(const std::string &fingerprint, llvm::ArrayRef<int64_t> donated) {
  std::string text = fingerprint + "/" + mjx::compilerFingerprint();
  for (int64_t index : donated)
    text += "/" + std::to_string(index);
  auto digest = llvm::SHA256::hash(llvm::arrayRefFromStringRef(text));
  return llvm::toHex(digest, /*LowerCase=*/true);
}

static void keep(ImageCache &images, const std::string &key, const ExecutableImage &image) {
  auto status = images.store(key, image);
  DiskCache &cache = diskCache();
  cache.stored += status.ok();
  std::lock_guard<std::mutex> lock(cache.mutex);
  cache.problem = status.ok() ? "" : status.message();
}

ExecutableImage imageThroughDisk(const std::string &fingerprint, llvm::ArrayRef<int64_t> donated,
                                 llvm::function_ref<ExecutableImage()> compile) {
  auto images = currentImages();
  if (!images || fingerprint.empty() || mjx::compilerFingerprint().empty())
    return compile();
  std::string key = keyOf(fingerprint, donated);
  if (auto image = images->load(key)) {
    ++diskCache().hits;
    return std::move(*image);
  }
  ++diskCache().misses;
  ExecutableImage image = compile();
  keep(*images, key, image);
  return image;
}

static void setDiskCache(std::optional<std::string> folder, int64_t maxBytes) {
  auto images = folder ? std::make_shared<ImageCache>(*folder, maxBytes) : nullptr;
  std::lock_guard<std::mutex> lock(diskCache().mutex);
  diskCache().images = std::move(images);
}

static nb::dict statistics() {
  DiskCache &cache = diskCache();
  nb::dict result;
  auto images = currentImages();
  result["folder"] = images ? nb::cast(images->folder()) : nb::none();
  result["hits"] = cache.hits.load();
  result["misses"] = cache.misses.load();
  result["stored"] = cache.stored.load();
  result["damaged"] = images ? images->damaged() : 0;
  std::lock_guard<std::mutex> lock(cache.mutex);
  result["problem"] = cache.problem;
  return result;
}

void bindDiskCache(nb::module_ &m) {
  m.def("set_disk_cache", &setDiskCache, "folder"_a.none(), "max_bytes"_a,
        "Keeps compiled programs in a folder; None: nowhere.");
  m.def("disk_cache_statistics", &statistics, "What the cache on disk did so far.");
}
