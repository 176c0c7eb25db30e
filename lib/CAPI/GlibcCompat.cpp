//===- GlibcCompat.cpp - What LLVM's archives want of a new C library -----===//
//
// Debian 12 compiled LLVM against glibc 2.36, of which arc4random() is the only
// symbol younger than 2.35. With it here a wheel runs one release further back.
//
//===----------------------------------------------------------------------===//
#include <cstdint>
#include <sys/random.h>

extern "C" __attribute__((visibility("hidden"))) uint32_t arc4random() {
  uint32_t value = 0;
  // Used by LLVM for the names of temporary files only: any number will do.
  (void)!getrandom(&value, sizeof value, 0);
  return value;
}
