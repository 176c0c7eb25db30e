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
  static Status error(std::string message) {
    Status status;
    status.text = std::make_shared<const std::string>(std::move(message));
    return status;
  }

  bool ok() const { return text == nullptr; }
  /// What went wrong; empty for success.
  std::string message() const { return text ? *text : std::string(); }

private:
  std::shared_ptr<const std::string> text;
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
