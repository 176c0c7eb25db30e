//===- Fft.cpp - Fourier transforms by ducc0 --------------------*- C++ -*-===//
//
// The library transforms along one dimension at a time; so do we, in order to
// run the lines of each in parallel on the runtime's own threads.
//
//===----------------------------------------------------------------------===//

#include "mjx/Runtime/Kernels.h"

#ifndef MJX_HAS_FFT

int32_t mjx_rt_fft(const int64_t *, void *const *, void *const *) {
  return mjx::runtime::kernelLacksFft;
}

#else

#include "LapackBatch.h"

#include "mjx/Runtime/ThreadPool.h"

// All of the library that is needed, with its own threads left out.
#define DUCC0_NO_LOWLEVEL_THREADING
#define DUCC0_NAMESPACE mjx_ducc0
#include "ducc0/fft/fftnd_impl.h"
#include "ducc0/infra/mav.cc"
#include "ducc0/infra/threading.cc"

#include <atomic>
#include <cmath>

namespace mjx::runtime {
namespace {

namespace ducc = ::mjx_ducc0;

/// Lines of `length` elements, `inner` apart; `outer` times `inner` of them.
struct Lines {
  int64_t outer, length, inner;
};

template <typename T>
auto view(const T *data, int64_t outer, int64_t length, int64_t inner, int64_t stride) {
  return ducc::cfmav<T>(data, {size_t(outer), size_t(length), size_t(inner)},
                        {ptrdiff_t(length * stride), ptrdiff_t(stride), 1});
}
template <typename T>
auto mutableView(T *data, int64_t outer, int64_t length, int64_t inner, int64_t stride) {
  return ducc::vfmav<T>(data, {size_t(outer), size_t(length), size_t(inner)},
                        {ptrdiff_t(length * stride), ptrdiff_t(stride), 1});
}

/// Calls body(first outer, outer count, first inner, inner count) for parts of
/// the lines, in parallel where there is enough to do.
template <typename Body> int32_t overLines(const Lines &lines, Body body) {
  std::atomic<int32_t> status{0};
  double perLine = 5.0 * double(lines.length) * std::log2(double(lines.length) + 1);
  auto guarded = [&](int64_t outer, int64_t outers, int64_t inner, int64_t inners) {
    try {
      body(outer, outers, inner, inners);
    } catch (const std::bad_alloc &) {
      status |= kernelOutOfMemory;
    } catch (...) {
      status |= kernelMalformed;
    }
  };
  ThreadPool &pool = ThreadPool::global();
  constexpr double enough = 50000;
  // Neighbouring lines share cache lines and vectors: a part has 16 or more.
  if (lines.outer < 4 * pool.numThreads() && lines.inner >= 64) {
    int64_t blocks = (lines.inner + 15) / 16, grain = 1 + int64_t(enough / (16 * perLine));
    for (int64_t outer = 0; outer < lines.outer; ++outer)
      pool.parallelFor(blocks, grain, [&](int64_t begin, int64_t end) {
        int64_t first = begin * 16, last = std::min(end * 16, lines.inner);
        guarded(outer, 1, first, last - first);
      });
  } else {
    int64_t grain = 1 + int64_t(enough / (perLine * double(lines.inner)));
    pool.parallelFor(lines.outer, grain, [&](int64_t begin, int64_t end) {
      guarded(begin, end - begin, 0, lines.inner);
    });
  }
  return status;
}

template <typename T>
int32_t transformComplex(const std::complex<T> *in, std::complex<T> *out, const Lines &lines,
                         bool forward, T factor) {
  int64_t plane = lines.length * lines.inner;
  return overLines(lines, [&](int64_t outer, int64_t outers, int64_t inner, int64_t inners) {
    int64_t start = outer * plane + inner;
    ducc::c2c(view(in + start, outers, lines.length, inners, lines.inner),
              mutableView(out + start, outers, lines.length, inners, lines.inner), {1}, forward,
              factor, 1);
  });
}

/// A transform of `batch` arrays.
struct Transform {
  int64_t batch, rank;
  const int64_t *lengths;

  int64_t last() const { return lengths[rank - 1]; }
  /// Arrays of one dimension.
  int64_t rows() const {
    int64_t count = batch;
    for (int64_t dim = 0; dim + 1 < rank; ++dim)
      count *= lengths[dim];
    return count;
  }
  /// The lines along `dim`, where the last dimension has `lastLength` elements.
  Lines along(int64_t dim, int64_t lastLength) const {
    Lines lines{batch, dim == rank - 1 ? lastLength : lengths[dim], 1};
    for (int64_t i = 0; i < rank; ++i) {
      int64_t length = i == rank - 1 ? lastLength : lengths[i];
      (i < dim ? lines.outer : lines.inner) *= i == dim ? 1 : length;
    }
    return lines;
  }
  template <typename T> T inverseFactor() const {
    double points = 1;
    for (int64_t dim = 0; dim < rank; ++dim)
      points *= double(lengths[dim]);
    return T(1 / points);
  }
};

/// Transforms along dimensions [0, rank - skipped), the last of them first.
template <typename T>
int32_t transformOuter(const std::complex<T> *in, std::complex<T> *out, const Transform &transform,
                       int64_t skipped, int64_t lastLength, bool forward, T factor) {
  int32_t status = 0;
  for (int64_t dim = transform.rank - skipped; dim-- > 0; in = out, factor = T(1))
    status |= transformComplex(in, out, transform.along(dim, lastLength), forward, factor);
  return status;
}

template <typename T>
int32_t fromReal(const T *in, std::complex<T> *out, const Transform &transform) {
  int64_t n = transform.last(), half = n / 2 + 1;
  Lines lines{transform.rows(), n, 1};
  int32_t status = overLines(lines, [&](int64_t outer, int64_t outers, int64_t, int64_t) {
    ducc::r2c(view(in + outer * n, outers, n, 1, 1),
              mutableView(out + outer * half, outers, half, 1, 1), 1, true, T(1), 1);
  });
  return status | transformOuter<T>(out, out, transform, 1, half, true, T(1));
}

template <typename T>
int32_t toReal(const std::complex<T> *in, T *out, const Transform &transform) {
  int64_t n = transform.last(), half = n / 2 + 1;
  Lines lines{transform.rows(), n, 1};
  Workspace space;
  int32_t status = 0;
  if (transform.rank > 1) {
    auto *moved = space.take<std::complex<T>>(lines.outer * half);
    if (!space.ok())
      return kernelOutOfMemory;
    status = transformOuter<T>(in, moved, transform, 1, half, false, T(1));
    in = moved;
  }
  return status | overLines(lines, [&](int64_t outer, int64_t outers, int64_t, int64_t) {
           ducc::c2r(view(in + outer * half, outers, half, 1, 1),
                     mutableView(out + outer * n, outers, n, 1, 1), 1, false,
                     transform.inverseFactor<T>(), 1);
         });
}

enum class FftKind : int64_t { Forward, Inverse, FromReal, ToReal };

template <typename T>
int32_t fft(FftKind kind, const Transform &transform, const void *in, void *out) {
  using Complex = std::complex<T>;
  if (transform.rows() == 0)
    return 0;
  switch (kind) {
  case FftKind::Forward:
  case FftKind::Inverse: {
    bool forward = kind == FftKind::Forward;
    return transformOuter<T>(static_cast<const Complex *>(in), static_cast<Complex *>(out),
                             transform, 0, transform.last(), forward,
                             forward ? T(1) : transform.inverseFactor<T>());
  }
  case FftKind::FromReal:
    return fromReal(static_cast<const T *>(in), static_cast<Complex *>(out), transform);
  case FftKind::ToReal:
    return toReal(static_cast<const Complex *>(in), static_cast<T *>(out), transform);
  }
  return kernelMalformed;
}

} // namespace
} // namespace mjx::runtime

int32_t mjx_rt_fft(const int64_t *desc, void *const *ins, void *const *outs) {
  using namespace mjx::runtime;
  auto kind = FftKind(desc[1]);
  Transform transform{desc[2], desc[3], desc + 4};
  if (transform.rank < 1)
    return kernelMalformed;
  for (int64_t dim = 0; dim < transform.rank; ++dim)
    if (transform.lengths[dim] < 1)
      return kernelMalformed;
  switch (ElementType(desc[0])) {
  case ElementType::Float32:
    return fft<float>(kind, transform, ins[0], outs[0]);
  case ElementType::Float64:
    return fft<double>(kind, transform, ins[0], outs[0]);
  default:
    return kernelMalformed;
  }
}

#endif // MJX_HAS_FFT
