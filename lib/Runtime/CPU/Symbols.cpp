//===- Symbols.cpp - What generated code calls ------------------*- C++ -*-===//

#include "Half.h"

#include "mjx/Runtime/Kernels.h"
#include "mjx/Runtime/ThreadPool.h"

#include <cmath>

void mjx_rt_parallel_for(int64_t n, int64_t grain, void (*body)(void *, int64_t, int64_t),
                         void *context) {
  mjx::runtime::ThreadPool::global().parallelFor(
      n, grain, [&](int64_t begin, int64_t end) { body(context, begin, end); });
}

namespace mjx::runtime {

namespace {
/// Functions that return a bfloat16 leave its bits low in the register of a
/// float.
float truncateFloat(float x) { return floatOfBits(floatToBfloat(x)); }

/// By way of a float that is rounded to odd, so that nothing is rounded twice.
float truncateDouble(double x) {
  float near = static_cast<float>(x);
  if (!std::isfinite(near) || near == x)
    return truncateFloat(near);
  uint32_t bits = bitsOfFloat(near);
  bool away = std::fabs(double(near)) > std::fabs(x);
  return truncateFloat(floatOfBits((bits - away) | 1));
}

struct Symbol {
  std::string_view name;
  void *address;
};
} // namespace

static const Symbol symbols[] = {
#define MJX_GEMM_SYMBOL(suffix, type)                                                              \
  {"mjx_rt_gemm_" #suffix, reinterpret_cast<void *>(&mjx_rt_gemm_##suffix)},
    MJX_RT_GEMM_TYPES(MJX_GEMM_SYMBOL)
#undef MJX_GEMM_SYMBOL
        {"mjx_rt_sort", reinterpret_cast<void *>(&mjx_rt_sort)},
    {"mjx_rt_top_k", reinterpret_cast<void *>(&mjx_rt_top_k)},
    {"mjx_rt_host_callback", reinterpret_cast<void *>(&mjx_rt_host_callback)},
    {"mjx_rt_custom_call", reinterpret_cast<void *>(&mjx_rt_custom_call)},
    {"mjx_rt_fail", reinterpret_cast<void *>(&mjx_rt_fail)},
#define MJX_MATRIX_SYMBOL(name)                                                                    \
  {"mjx_rt_lapack_" #name, reinterpret_cast<void *>(&mjx_rt_lapack_##name)},
    MJX_RT_MATRIX_KERNELS(MJX_MATRIX_SYMBOL)
#undef MJX_MATRIX_SYMBOL
        {"mjx_rt_lu_pivots_to_permutation",
         reinterpret_cast<void *>(&mjx_rt_lu_pivots_to_permutation)},
    {"mjx_rt_fft", reinterpret_cast<void *>(&mjx_rt_fft)},
    {"mjx_rt_parallel_for", reinterpret_cast<void *>(&mjx_rt_parallel_for)},
    // LLVM calls these where the processor has no such instruction; older
    // compiler libraries lack them.
    {"__truncsfbf2", reinterpret_cast<void *>(&truncateFloat)},
    {"__truncdfbf2", reinterpret_cast<void *>(&truncateDouble)},
};

void *lookupRuntimeSymbol(std::string_view name) {
  for (const Symbol &symbol : symbols)
    if (symbol.name == name)
      return symbol.address;
  return nullptr;
}

} // namespace mjx::runtime
