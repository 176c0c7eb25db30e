//===- Status.h - Success, or why not ---------------------------*- C++ -*-===//
#ifndef MJX_RUNTIME_STATUS_H
#define MJX_RUNTIME_STATUS_H

#include <cassert>
#include <memory>
#include <string>
#include <utility>
#include <variant>

namespace mjx::runtime {

/// Success, or an error for people to read. Copies share the text, because one
/// failure often spoils many outputs.
class [[nodiscard]] Status {
public:
  Status() = default;
  static Status error(std::string message, std::string kind = "") {
    Status status;
    status.content = std::make_shared<const Content>(Content{std::move(message), std::move(kind)});
    return status;
  }

  /// An error to which a frontend may add what the memory is used for.
  static Status outOfMemory(std::string message) {
    return error(std::move(message), "OutOfMemoryError");
  }

  bool ok() const { return content == nullptr; }
  /// What went wrong; empty for success.
  std::string message() const { return content ? content->message : std::string(); }
  /// What a frontend calls this kind of error; empty if there is nothing to say.
  std::string kind() const { return content ? content->kind : std::string(); }
  bool isOutOfMemory() const { return content && content->kind == "OutOfMemoryError"; }

private:
  struct Content {
    std::string message, kind;
  };
  std::shared_ptr<const Content> content;
};

/// A value, or the error that stands in its place.
template <typename T> class [[nodiscard]] Result {
public:
  Result(T value) : content(std::move(value)) {}
  Result(Status error) : content(std::move(error)) {
    assert(!status().ok() && "a result without a value needs an error");
  }

  bool ok() const { return std::holds_alternative<T>(content); }
  Status status() const { return ok() ? Status() : std::get<Status>(content); }
  /// Only when ok().
  T &operator*() { return *std::get_if<T>(&content); }
  const T &operator*() const { return *std::get_if<T>(&content); }
  T *operator->() { return std::get_if<T>(&content); }

private:
  std::variant<Status, T> content;
};

} // namespace mjx::runtime

#endif // MJX_RUNTIME_STATUS_H
