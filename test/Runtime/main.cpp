//===- main.cpp - Runs one suite of the runtime's tests ---------*- C++ -*-===//

#include "Check.h"

#include <cstring>

using namespace mjx::runtime::test;

namespace {
struct Suite {
  const char *name;
  void (*run)();
};
} // namespace

static const Suite suites[] = {
    {"pool", testPool},       {"memory", testMemory},     {"events", testEvents},
    {"devices", testDevices}, {"gemm", testGemm},         {"sort", testSort},
    {"fork", testFork},       {"exit", testExit},         {"images", testImageCache},
    {"host", testHost},       {"matrices", testMatrices},
};

int main(int argc, char **argv) {
  for (const Suite &suite : suites) {
    if (argc != 2 || std::strcmp(argv[1], suite.name) != 0)
      continue;
    suite.run();
    if (failures == 0)
      std::printf("%s: passed\n", suite.name);
    return failures != 0;
  }
  std::fprintf(stderr,
               "usage: %s pool|memory|events|devices|gemm|sort|fork|exit|images|host|"
               "matrices\n",
               argv[0]);
  return 2;
}
