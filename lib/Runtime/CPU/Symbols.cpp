//===- Symbols.cpp - What generated code calls ------------------*- C++ -*-===//

#include "mjx/Runtime/Kernels.h"
#include "mjx/Runtime/ThreadPool.h"

void mjx_rt_parallel_for(int64_t n, int64_t grain,
                         void (*body)(void *, int64_t, int64_t),
                         void *context) {
  mjx::runtime::ThreadPool::global().parallelFor(
      n, grain, [&](int64_t begin, int64_t end) { body(context, begin, end); });
}

namespace mjx::runtime {

namespace {
struct Symbol {
  std::string_view name;
  void *address;
};
} // namespace

static const Symbol symbols[] = {
#define MJX_GEMM_SYMBOL(suffix, type)                                          \
  {"mjx_rt_gemm_" #suffix, reinterpret_cast<void *>(&mjx_rt_gemm_##suffix)},
    MJX_RT_GEMM_TYPES(MJX_GEMM_SYMBOL)
#undef MJX_GEMM_SYMBOL
        {"mjx_rt_sort", reinterpret_cast<void *>(&mjx_rt_sort)},
    {"mjx_rt_parallel_for", reinterpret_cast<void *>(&mjx_rt_parallel_for)},
};

void *lookupRuntimeSymbol(std::string_view name) {
  for (const Symbol &symbol : symbols)
    if (symbol.name == name)
      return symbol.address;
  return nullptr;
}

} // namespace mjx::runtime
