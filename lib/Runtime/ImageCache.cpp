//===- ImageCache.cpp - Compiled programs on disk ---------------*- C++ -*-===//

#include "mjx/Runtime/ImageCache.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/xxhash.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

namespace fs = std::filesystem;

namespace mjx::runtime {

//===----------------------------------------------------------------------===//
// Bytes
//===----------------------------------------------------------------------===//

namespace {

constexpr std::string_view magic = "mjx-image-1\n";

class Writer {
public:
  template <class T> void number(T value) {
    bytes.append(reinterpret_cast<const char *>(&value), sizeof value);
  }
  void text(std::string_view value) {
    number<uint64_t>(value.size());
    bytes.append(value);
  }
  void types(const std::vector<BufferType> &list) {
    number<uint64_t>(list.size());
    for (const BufferType &type : list) {
      text(elementName(type.element));
      numbers(type.shape);
    }
  }
  void numbers(const std::vector<int64_t> &list) {
    number<uint64_t>(list.size());
    for (int64_t value : list)
      number(value);
  }
  std::string bytes;
};

/// Reads what a Writer wrote. After a read beyond the end all reads give zero.
class Reader {
public:
  explicit Reader(std::string_view bytes) : rest(bytes) {}

  template <class T> T number() {
    T value{};
    if (take(sizeof value))
      std::memcpy(&value, taken.data(), sizeof value);
    return value;
  }
  std::string text() { return take(number<uint64_t>()) ? std::string(taken) : std::string(); }
  std::vector<int64_t> numbers() {
    std::vector<int64_t> list;
    for (uint64_t n = count(sizeof(int64_t)); n-- > 0;)
      list.push_back(number<int64_t>());
    return list;
  }
  std::vector<BufferType> types() {
    std::vector<BufferType> list;
    for (uint64_t n = count(2 * sizeof(uint64_t)); n-- > 0;) {
      auto element = elementTypeNamed(text());
      good &= element.has_value();
      list.push_back({element.value_or(ElementType::Bool), numbers()});
    }
    return list;
  }
  /// A number of entries of at least `size` bytes each.
  uint64_t count(uint64_t size) {
    uint64_t n = number<uint64_t>();
    good &= n <= rest.size() / size;
    return good ? n : 0;
  }
  bool complete() const { return good && rest.empty(); }

private:
  bool take(uint64_t size) {
    good &= size <= rest.size();
    if (!good)
      return false;
    taken = rest.substr(0, size);
    rest.remove_prefix(size);
    return true;
  }

  std::string_view rest, taken;
  bool good = true;
};

} // namespace

std::string serialize(const ExecutableImage &image) {
  Writer writer;
  writer.text(image.name);
  writer.text(image.target);
  writer.text(image.entry);
  writer.types(image.inputs);
  writer.types(image.outputs);
  writer.numbers(image.aliases);
  writer.number(image.scratchBytes);
  writer.number(image.estimatedFlops);
  writer.number(uint8_t(image.hasEffects));
  writer.number(uint8_t(image.callsHost));
  writer.text(image.object);
  return std::move(writer.bytes);
}

std::optional<ExecutableImage> deserialize(std::string_view bytes) {
  Reader reader(bytes);
  ExecutableImage image;
  image.name = reader.text();
  image.target = reader.text();
  image.entry = reader.text();
  image.inputs = reader.types();
  image.outputs = reader.types();
  image.aliases = reader.numbers();
  image.scratchBytes = reader.number<int64_t>();
  image.estimatedFlops = reader.number<double>();
  image.hasEffects = reader.number<uint8_t>();
  image.callsHost = reader.number<uint8_t>();
  image.object = reader.text();
  if (!reader.complete())
    return std::nullopt;
  return image;
}

static uint64_t checksum(std::string_view bytes) {
  return llvm::xxh3_64bits(
      llvm::ArrayRef(reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()));
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

constexpr const char *suffix = ".mjx";

ImageCache::ImageCache(std::string folder, int64_t maxBytes)
    : path(std::move(folder)), maxBytes(maxBytes) {}

std::string ImageCache::fileOf(const std::string &key) const { return path + "/" + key + suffix; }

static std::optional<std::string> readFile(const std::string &file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream)
    return std::nullopt;
  std::string bytes((std::istreambuf_iterator<char>(stream)), {});
  return stream.bad() ? std::nullopt : std::optional(std::move(bytes));
}

// The payload of a file: magic, checksum, payload.
static std::optional<std::string_view> payloadOf(std::string_view bytes) {
  size_t header = magic.size() + sizeof(uint64_t);
  if (bytes.size() < header || bytes.substr(0, magic.size()) != magic)
    return std::nullopt;
  uint64_t expected;
  std::memcpy(&expected, bytes.data() + magic.size(), sizeof expected);
  std::string_view payload = bytes.substr(header);
  return checksum(payload) == expected ? std::optional(payload) : std::nullopt;
}

std::optional<ExecutableImage> ImageCache::load(const std::string &key) {
  std::string file = fileOf(key);
  auto bytes = readFile(file);
  if (!bytes)
    return std::nullopt;
  auto payload = payloadOf(*bytes);
  auto image = payload ? deserialize(*payload) : std::nullopt;
  if (!image) {
    ++damagedFiles;
    ::unlink(file.c_str());
    return std::nullopt;
  }
  ::utimensat(AT_FDCWD, file.c_str(), nullptr, 0); // used just now
  return image;
}

static Status failed(const std::string &what, const std::string &file) {
  return Status::error("cannot " + what + " " + file + ": " + std::strerror(errno));
}

static bool writeAll(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0)
      return false;
    bytes.remove_prefix(count);
  }
  return true;
}

Status ImageCache::store(const std::string &key, const ExecutableImage &image) {
  if (!image.callbacks.empty())
    return Status::error("expected a program that means something to other processes, but " +
                         image.name + " calls functions of this one");
  std::error_code error;
  if (fs::create_directories(path, error))
    ::chmod(path.c_str(), 0700); // what is in there will be executed
  std::string payload = serialize(image), bytes(magic);
  uint64_t sum = checksum(payload);
  bytes.append(reinterpret_cast<const char *>(&sum), sizeof sum);
  bytes += payload;
  std::string file = fileOf(key);
  static std::atomic<int64_t> written{0};
  std::string draft = file + "." + std::to_string(::getpid()) + "." + std::to_string(++written);
  int descriptor = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0)
    return failed("create", draft);
  bool whole = writeAll(descriptor, bytes);
  whole &= ::close(descriptor) == 0;
  if (!whole || ::rename(draft.c_str(), file.c_str()) != 0) {
    Status status = failed("write", file);
    ::unlink(draft.c_str());
    return status;
  }
  makeRoom(bytes.size());
  return Status();
}

//===----------------------------------------------------------------------===//
// Room
//===----------------------------------------------------------------------===//

namespace {

struct File {
  fs::path path;
  fs::file_time_type used;
  int64_t bytes;
};

} // namespace

// Drafts that a process left behind when it was killed go after an hour.
static std::vector<File> filesIn(const std::string &folder) {
  std::vector<File> files;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code gone;
    File file{entry->path(), entry->last_write_time(gone), int64_t(entry->file_size(gone))};
    if (gone)
      continue;
    bool isDraft =
        file.path.filename().string().find(std::string(suffix) + ".") != std::string::npos;
    if (isDraft && fs::file_time_type::clock::now() - file.used > std::chrono::hours(1))
      fs::remove(file.path, gone);
    else if (file.path.extension() == suffix)
      files.push_back(std::move(file));
  }
  return files;
}

void ImageCache::makeRoom(int64_t added) {
  if (maxBytes < 0)
    return;
  std::lock_guard<std::mutex> lock(mutex);
  if (knownBytes >= 0 && (knownBytes += added) <= maxBytes)
    return;
  std::vector<File> files = filesIn(path);
  knownBytes = 0;
  for (const File &file : files)
    knownBytes += file.bytes;
  if (knownBytes <= maxBytes)
    return;
  std::sort(files.begin(), files.end(),
            [](const File &a, const File &b) { return a.used < b.used; });
  // A little more than needed, so that this does not happen at every store.
  int64_t aim = maxBytes - maxBytes / 10;
  for (const File &file : files) {
    if (knownBytes <= aim)
      break;
    std::error_code error;
    if (fs::remove(file.path, error))
      knownBytes -= file.bytes;
  }
}

} // namespace mjx::runtime
