//===- Check.h - The little a test needs ------------------------*- C++ -*-===//
#ifndef MJX_TEST_RUNTIME_CHECK_H
#define MJX_TEST_RUNTIME_CHECK_H

#include "mjx/Runtime/Buffer.h"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

namespace mjx::runtime::test {

/// Failed checks so far; the test program's result.
inline int failures = 0;

inline bool check(bool holds, const char *text, const char *file, int line) {
  if (!holds) {
    std::fprintf(stderr, "%s:%d: failed: %s\n", file, line, text);
    ++failures;
  }
  return holds;
}

#define CHECK(...) ::mjx::runtime::test::check(bool(__VA_ARGS__), #__VA_ARGS__, __FILE__, __LINE__)

/// For checks without which the rest of a test makes no sense.
#define REQUIRE(...)                                                                               \
  do {                                                                                             \
    if (!CHECK(__VA_ARGS__))                                                                       \
      return;                                                                                      \
  } while (false)

/// Checks that `status` is an error whose message contains `part`.
inline bool mentions(const Status &status, const std::string &part) {
  bool found = !status.ok() && status.message().find(part) != std::string::npos;
  if (!found)
    std::fprintf(stderr, "expected an error with \"%s\", but got \"%s\"\n", part.c_str(),
                 status.message().c_str());
  return found;
}

/// Suites, by the name the test program takes.
void testPool();
void testMemory();
void testEvents();
void testDevices();
void testGemm();
void testHost();
void testMatrices();
void testSort();
void testImageCache();
void testFork();
void testExit();

} // namespace mjx::runtime::test

#endif // MJX_TEST_RUNTIME_CHECK_H
