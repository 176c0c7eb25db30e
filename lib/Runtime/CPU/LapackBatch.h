//===- LapackBatch.h - What kernels on stacks of matrices share -*- C++ -*-===//
#ifndef MJX_RUNTIME_CPU_LAPACKBATCH_H
#define MJX_RUNTIME_CPU_LAPACKBATCH_H

#include "LapackLibrary.h"

#include "mjx/Runtime/Device.h"
#include "mjx/Runtime/ElementType.h"
#include "mjx/Runtime/FunctionRef.h"
#include "mjx/Runtime/Kernels.h"

#include <algorithm>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

namespace mjx::runtime {

/// What LAPACK counts with.
using Int = int32_t;
constexpr size_t one = 1; // the length of a string of one letter

template <typename T> struct RealOf {
  using type = T;
};
template <typename T> struct RealOf<std::complex<T>> {
  using type = T;
};
template <typename T> using Real = typename RealOf<T>::type;
template <typename T> constexpr bool isComplex = !std::is_same_v<T, Real<T>>;

template <typename T> T conjugate(T x) {
  if constexpr (isComplex<T>)
    return std::conj(x);
  else
    return x;
}
template <typename T> constexpr T nan() { return T(std::numeric_limits<Real<T>>::quiet_NaN()); }

/// Calls visit(T()) for the C++ type of an ElementType.
template <typename Visitor> int32_t visitMatrixElement(int64_t type, Visitor visit) {
  switch (ElementType(type)) {
  case ElementType::Float32:
    return visit(float());
  case ElementType::Float64:
    return visit(double());
  case ElementType::Complex64:
    return visit(std::complex<float>());
  case ElementType::Complex128:
    return visit(std::complex<double>());
  default:
    return kernelMalformed;
  }
}

/// Memory of the device's allocator, given back at the end.
class Workspace {
public:
  Workspace() = default;
  ~Workspace();
  Workspace(const Workspace &) = delete;
  Workspace &operator=(const Workspace &) = delete;

  /// Uninitialized; null, and ok() false, when there is no more.
  template <typename T> T *take(int64_t count) {
    return static_cast<T *>(takeBytes(size_t(count) * sizeof(T)));
  }
  /// What a routine asked for by `query`, the first element of its workspace.
  template <typename T> T *takeAsked(T query, Int &size) {
    // In float the number may have been rounded down.
    double asked = double(std::real(query)) * (1 + 1e-6) + 1;
    size = Int(std::min(asked, double(std::numeric_limits<Int>::max())));
    return take<T>(size);
  }
  bool ok() const { return !failed; }

private:
  void *takeBytes(size_t bytes);

  std::vector<std::pair<void *, size_t>> blocks;
  bool failed = false;
};

/// Calls body(begin, end) for parts of a batch, in parallel if `flops`, those of
/// one matrix, are worth it. A lone large matrix gets the library's threads.
/// Returns the statuses together.
int32_t overBatch(int64_t batch, double flops, FunctionRef<int32_t(int64_t, int64_t)> body);

/// out = transpose of the row-major rows x columns matrix `in`: the same matrix
/// column by column, and back with the extents exchanged.
template <typename T> void transposeMatrix(const T *in, T *out, int64_t rows, int64_t columns) {
  constexpr int64_t tile = 16;
  for (int64_t i0 = 0; i0 < rows; i0 += tile)
    for (int64_t j0 = 0; j0 < columns; j0 += tile)
      for (int64_t i = i0, iEnd = std::min(i0 + tile, rows); i < iEnd; ++i)
        for (int64_t j = j0, jEnd = std::min(j0 + tile, columns); j < jEnd; ++j)
          out[j * rows + i] = in[i * columns + j];
}

template <typename T> void fillIdentity(T *out, int64_t n) {
  std::fill_n(out, n * n, T(0));
  for (int64_t i = 0; i < n; ++i)
    out[i * n + i] = T(1);
}

template <typename T> bool allFinite(const T *x, int64_t count) {
  for (int64_t i = 0; i < count; ++i)
    if (!std::isfinite(std::real(x[i])) || !std::isfinite(std::imag(x[i])))
      return false;
  return true;
}

/// The leading dimension of a matrix: LAPACK wants at least 1.
inline Int leading(int64_t rows) { return Int(std::max<int64_t>(rows, 1)); }

/// Whether LAPACK can count to these extents.
template <typename... Extents> bool fitsInt(Extents... extents) {
  return ((extents >= 0 && extents <= std::numeric_limits<Int>::max()) && ...);
}

template <typename T> T *part(void *base, int64_t index, int64_t elements) {
  return static_cast<T *>(base) + index * elements;
}
template <typename T> const T *constPart(const void *base, int64_t index, int64_t elements) {
  return static_cast<const T *>(base) + index * elements;
}

} // namespace mjx::runtime

/// A kernel that reads the element type first and leaves the rest of the
/// descriptor to a template.
#define MJX_MATRIX_KERNEL(name)                                                                    \
  int32_t mjx_rt_lapack_##name(const int64_t *desc, void *const *ins, void *const *outs) {         \
    using namespace mjx::runtime;                                                                  \
    return visitMatrixElement(                                                                     \
        desc[0], [&](auto zero) { return name##Kernel<decltype(zero)>(desc + 1, ins, outs); });    \
  }

#endif // MJX_RUNTIME_CPU_LAPACKBATCH_H
