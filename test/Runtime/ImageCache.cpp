//===- ImageCache.cpp - Tests of compiled programs on disk ------*- C++ -*-===//

#include "mjx/Runtime/ImageCache.h"

#include "Check.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <thread>
#include <unistd.h>

namespace fs = std::filesystem;

namespace mjx::runtime::test {

namespace {

/// A folder of its own, gone at the end.
struct Folder {
  Folder() {
    char name[] = "/tmp/mjx-image-cache-XXXXXX";
    path = ::mkdtemp(name);
    path += "/programs";
  }
  ~Folder() { fs::remove_all(fs::path(path).parent_path()); }
  std::string path;
};

} // namespace

static ExecutableImage sample(size_t objectBytes = 100) {
  ExecutableImage image;
  image.name = "f";
  image.target = "cpu";
  image.entry = "entry";
  image.inputs = {{ElementType::Float32, {2, 3}}, {ElementType::Bool, {}}};
  image.outputs = {{ElementType::Complex128, {0}}};
  image.aliases = {-1};
  image.scratchBytes = 64;
  image.estimatedFlops = 1e9;
  image.object.assign(objectBytes, 'x');
  return image;
}

static bool same(const ExecutableImage &x, const ExecutableImage &y) {
  return serialize(x) == serialize(y);
}

static std::string readBytes(const fs::path &file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

static void writeBytes(const fs::path &file, const std::string &bytes) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

static void whatIsStoredComesBack() {
  Folder folder;
  ImageCache cache(folder.path, -1);
  CHECK(!cache.load("a"));
  REQUIRE(cache.store("a", sample()).ok());
  auto found = ImageCache(folder.path, -1).load("a");
  REQUIRE(found);
  CHECK(same(*found, sample()));
  auto mode = fs::status(folder.path).permissions();
  CHECK((mode & (fs::perms::group_all | fs::perms::others_all)) == fs::perms::none);
}

static void anyChangedByteIsNoticed() {
  Folder folder;
  ImageCache cache(folder.path, -1);
  REQUIRE(cache.store("a", sample()).ok());
  fs::path file = folder.path + "/a.mjx";
  std::string whole = readBytes(file);
  int64_t damaged = 0;
  for (size_t i = 0; i < whole.size(); ++i) {
    std::string bytes = whole;
    bytes[i] ^= 0x40;
    writeBytes(file, bytes);
    CHECK(!cache.load("a"));
    CHECK(!fs::exists(file));
    CHECK(cache.damaged() == ++damaged);
  }
}

static void aTruncatedFileIsNoticed() {
  Folder folder;
  ImageCache cache(folder.path, -1);
  REQUIRE(cache.store("a", sample()).ok());
  fs::path file = folder.path + "/a.mjx";
  std::string whole = readBytes(file);
  for (size_t size = 0; size < whole.size(); size += 7) {
    writeBytes(file, whole.substr(0, size));
    CHECK(!cache.load("a"));
  }
}

// A payload with the right checksum may still be nonsense: of another version,
// or made by hand.
static void nonsenseIsNoImage() {
  std::string bytes = serialize(sample());
  std::mt19937 random(0);
  for (int i = 0; i < 2000; ++i) {
    std::string changed = bytes;
    changed[random() % changed.size()] = char(random());
    changed.resize(random() % 2 ? changed.size() : random() % changed.size());
    deserialize(changed); // must neither crash nor allocate without bound
  }
  CHECK(!deserialize(""));
  CHECK(!deserialize(bytes + "x"));
}

static void theOldestGoFirst() {
  Folder folder;
  int64_t one = serialize(sample(10000)).size();
  ImageCache cache(folder.path, 5 * one);
  for (int i = 0; i < 4; ++i) {
    std::string key = "k" + std::to_string(i);
    REQUIRE(cache.store(key, sample(10000)).ok());
    fs::last_write_time(folder.path + "/" + key + ".mjx",
                        fs::file_time_type::clock::now() - std::chrono::hours(10 - i));
  }
  CHECK(cache.load("k0")); // used just now
  REQUIRE(cache.store("k4", sample(10000)).ok());
  CHECK(!cache.load("k1"));
  CHECK(cache.load("k0"));
  CHECK(cache.load("k4"));
}

static void writersDoNotDisturbReaders() {
  Folder folder;
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      ImageCache cache(folder.path, -1);
      for (int i = 0; i < 100; ++i)
        if (t % 2)
          wrong += !cache.store("a", sample(50000)).ok();
        else if (auto found = cache.load("a"))
          wrong += !same(*found, sample(50000));
      wrong += cache.damaged() != 0;
    });
  for (std::thread &thread : threads)
    thread.join();
  CHECK(wrong == 0);
}

static void aFolderThatCannotBeWrittenIsReported() {
  Folder folder;
  fs::create_directories(fs::path(folder.path).parent_path());
  writeBytes(folder.path, "a file, not a folder");
  ImageCache cache(folder.path, -1);
  CHECK(mentions(cache.store("a", sample()), "cannot create"));
  CHECK(!cache.load("a"));
}

void testImageCache() {
  whatIsStoredComesBack();
  anyChangedByteIsNoticed();
  aTruncatedFileIsNoticed();
  nonsenseIsNoImage();
  theOldestGoFirst();
  writersDoNotDisturbReaders();
  aFolderThatCannotBeWrittenIsReported();
}

} // namespace mjx::runtime::test
