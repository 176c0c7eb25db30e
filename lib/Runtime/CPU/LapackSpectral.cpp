//===- LapackSpectral.cpp - Singular values and eigenvalues -----*- C++ -*-===//
//
// The matrix is moved to column-major and its vectors back, so that their signs
// are those that everybody else gets from LAPACK. Matrices with infinities or
// NaN are not passed on, since iterations on them need not end.
//
//===----------------------------------------------------------------------===//

#include "LapackBatch.h"

namespace mjx::runtime {
namespace {

//===----------------------------------------------------------------------===//
// svd
//===----------------------------------------------------------------------===//

/// How many vectors there are of each side.
enum class SvdVectors : int64_t { None, Reduced, Full };

/// Memory to work on one matrix of m x n after the other.
template <typename T> class SvdSolver {
public:
  SvdSolver(int64_t m, int64_t n, SvdVectors vectors)
      : m(m), n(n), least(std::min(m, n)), vectors(vectors) {
    bool isFull = vectors == SvdVectors::Full;
    uColumns = isFull ? m : least;
    vRows = isFull ? n : least;
    a = space.take<T>(m * n);
    if (vectors != SvdVectors::None) {
      u = space.take<T>(m * uColumns);
      vh = space.take<T>(vRows * n);
    }
    integers = space.take<Int>(8 * least);
    int64_t most = std::max(m, n);
    if (isComplex<T>)
      reals = space.take<Real<T>>(
          std::max(5 * least * least + 5 * least, 2 * most * least + 2 * least * least + least));
    if (!space.ok())
      return;
    T query{};
    Int ask = -1;
    call(nullptr, &query, &ask);
    work = space.takeAsked(query, workSize);
  }
  bool ok() const { return space.ok(); }

  void solve(const T *x, Real<T> *s, T *uOut, T *vhOut) {
    bool isDone = allFinite(x, m * n);
    if (isDone) {
      transposeMatrix(x, a, m, n);
      isDone = call(s, work, &workSize) == 0;
    }
    if (!isDone)
      return fail(s, uOut, vhOut);
    if (vectors == SvdVectors::None)
      return;
    transposeMatrix(u, uOut, uColumns, m);
    transposeMatrix(vh, vhOut, n, vRows);
  }

private:
  Int call(Real<T> *s, T *workspace, Int *length) {
    const char *jobs[] = {"N", "S", "A"};
    Int rows = Int(m), columns = Int(n), vhStride = leading(vRows), info = 0;
    void *gesdd = lapackFor<T>()->gesdd;
    const char *job = jobs[int(vectors)];
    if constexpr (isComplex<T>)
      callFortran(gesdd, job, &rows, &columns, a, &rows, s, u, &rows, vh, &vhStride, workspace,
                  length, reals, integers, &info, one);
    else
      callFortran(gesdd, job, &rows, &columns, a, &rows, s, u, &rows, vh, &vhStride, workspace,
                  length, integers, &info, one);
    return info;
  }

  void fail(Real<T> *s, T *uOut, T *vhOut) {
    std::fill_n(s, least, nan<Real<T>>());
    if (vectors == SvdVectors::None)
      return;
    std::fill_n(uOut, m * uColumns, nan<T>());
    std::fill_n(vhOut, vRows * n, nan<T>());
  }

  int64_t m, n, least, uColumns, vRows;
  SvdVectors vectors;
  Workspace space;
  T *a = nullptr, *u = nullptr, *vh = nullptr, *work = nullptr;
  Real<T> *reals = nullptr;
  Int *integers = nullptr, workSize = 0;
};

/// desc = {batch, m, n, SvdVectors}
template <typename T> int32_t svdKernel(const int64_t *desc, void *const *ins, void *const *outs) {
  int64_t batch = desc[0], m = desc[1], n = desc[2], least = std::min(m, n);
  auto vectors = SvdVectors(desc[3]);
  if (batch == 0)
    return 0;
  if (least == 0) {
    // Of no values, square vectors can still be asked for.
    for (int64_t i = 0; vectors == SvdVectors::Full && i < batch; ++i) {
      fillIdentity(part<T>(outs[1], i, m * m), m);
      fillIdentity(part<T>(outs[2], i, n * n), n);
    }
    return 0;
  }
  if (!lapackFor<T>())
    return kernelLacksLapack;
  if (!fitsInt(m, n))
    return kernelMalformed;
  bool isFull = vectors == SvdVectors::Full, wants = vectors != SvdVectors::None;
  int64_t uSize = m * (isFull ? m : least), vSize = n * (isFull ? n : least);
  return overBatch(batch, 8.0 * m * n * least, [&](int64_t begin, int64_t end) -> int32_t {
    SvdSolver<T> solver(m, n, vectors);
    if (!solver.ok())
      return kernelOutOfMemory;
    for (int64_t i = begin; i < end; ++i)
      solver.solve(constPart<T>(ins[0], i, m * n), part<Real<T>>(outs[0], i, least),
                   wants ? part<T>(outs[1], i, uSize) : nullptr,
                   wants ? part<T>(outs[2], i, vSize) : nullptr);
    return 0;
  });
}

//===----------------------------------------------------------------------===//
// eigh
//===----------------------------------------------------------------------===//

template <typename T> bool triangleFinite(const T *x, int64_t n, bool lower) {
  for (int64_t i = 0; i < n; ++i)
    if (!(lower ? allFinite(x + i * n, i + 1) : allFinite(x + i * n + i, n - i)))
      return false;
  return true;
}

template <typename T> class EighSolver {
public:
  EighSolver(int64_t n, bool lower, bool vectors) : n(n), lower(lower), vectors(vectors) {
    a = space.take<T>(n * n);
    if (!space.ok())
      return;
    T query{};
    Real<T> realQuery{};
    Int integerQuery = 0, ask = -1;
    call(nullptr, &query, &ask, &realQuery, &ask, &integerQuery, &ask);
    work = space.takeAsked(query, workSize);
    if (isComplex<T>)
      reals = space.takeAsked(realQuery, realsSize);
    integersSize = std::max<Int>(integerQuery, 1);
    integers = space.take<Int>(integersSize);
  }
  bool ok() const { return space.ok(); }

  void solve(const T *x, Real<T> *w, T *v) {
    bool isDone = triangleFinite(x, n, lower);
    if (isDone) {
      transposeMatrix(x, a, n, n);
      isDone = call(w, work, &workSize, reals, &realsSize, integers, &integersSize) == 0;
    }
    if (!isDone)
      std::fill_n(w, n, nan<Real<T>>());
    if (vectors && isDone)
      transposeMatrix(a, v, n, n);
    else if (vectors)
      std::fill_n(v, n * n, nan<T>());
  }

private:
  Int call(Real<T> *w, T *workspace, Int *length, Real<T> *realSpace, Int *realLength,
           Int *integerSpace, Int *integerLength) {
    const char *job = vectors ? "V" : "N", *triangle = lower ? "L" : "U";
    Int extent = Int(n), info = 0;
    void *syevd = lapackFor<T>()->syevd;
    if constexpr (isComplex<T>)
      callFortran(syevd, job, triangle, &extent, a, &extent, w, workspace, length, realSpace,
                  realLength, integerSpace, integerLength, &info, one, one);
    else
      callFortran(syevd, job, triangle, &extent, a, &extent, w, workspace, length, integerSpace,
                  integerLength, &info, one, one);
    return info;
  }

  int64_t n;
  bool lower, vectors;
  Workspace space;
  T *a = nullptr, *work = nullptr;
  Real<T> *reals = nullptr;
  Int *integers = nullptr, workSize = 0, realsSize = 0, integersSize = 0;
};

/// desc = {batch, n, lower, vectors}
template <typename T> int32_t eighKernel(const int64_t *desc, void *const *ins, void *const *outs) {
  int64_t batch = desc[0], n = desc[1];
  bool lower = desc[2] != 0, vectors = desc[3] != 0;
  if (batch == 0 || n == 0)
    return 0;
  if (!lapackFor<T>())
    return kernelLacksLapack;
  if (!fitsInt(n))
    return kernelMalformed;
  return overBatch(batch, 4.0 * n * n * n, [&](int64_t begin, int64_t end) -> int32_t {
    EighSolver<T> solver(n, lower, vectors);
    if (!solver.ok())
      return kernelOutOfMemory;
    for (int64_t i = begin; i < end; ++i)
      solver.solve(constPart<T>(ins[0], i, n * n), part<Real<T>>(outs[0], i, n),
                   vectors ? part<T>(outs[1], i, n * n) : nullptr);
    return 0;
  });
}

//===----------------------------------------------------------------------===//
// eig
//===----------------------------------------------------------------------===//

/// Real vectors, of which two in turn are the parts of a pair of conjugates, as
/// complex columns.
template <typename R>
void unpackVectors(const R *packed, const R *imaginary, std::complex<R> *out, int64_t n) {
  for (int64_t j = 0; j < n; ++j) {
    bool isPair = imaginary[j] != 0 && j + 1 < n;
    const R *re = packed + j * n, *im = re + n;
    for (int64_t i = 0; i < n; ++i) {
      out[i * n + j] = {re[i], isPair ? im[i] : R(0)};
      if (isPair)
        out[i * n + j + 1] = {re[i], -im[i]};
    }
    j += isPair;
  }
}

template <typename T> class EigSolver {
public:
  using Complex = std::complex<Real<T>>;

  EigSolver(int64_t n, bool left, bool right) : n(n), left(left), right(right) {
    a = space.take<T>(n * n);
    values = space.take<T>(2 * n);
    vl = left ? space.take<T>(n * n) : nullptr;
    vr = right ? space.take<T>(n * n) : nullptr;
    reals = space.take<Real<T>>(2 * n);
    if (!space.ok())
      return;
    T query{};
    Int ask = -1;
    call(&query, &ask);
    work = space.takeAsked(query, workSize);
  }
  bool ok() const { return space.ok(); }

  void solve(const T *x, Complex *w, Complex *vlOut, Complex *vrOut) {
    bool isDone = allFinite(x, n * n);
    if (isDone) {
      transposeMatrix(x, a, n, n);
      isDone = call(work, &workSize) == 0;
    }
    for (int64_t i = 0; i < n; ++i)
      w[i] = isDone ? value(i) : nan<Complex>();
    deliver(vl, vlOut, isDone);
    deliver(vr, vrOut, isDone);
  }

private:
  Complex value(int64_t i) const {
    if constexpr (isComplex<T>)
      return values[i];
    else
      return {values[i], values[n + i]};
  }

  void deliver(const T *v, Complex *out, bool isDone) const {
    if (out && !isDone)
      std::fill_n(out, n * n, nan<Complex>());
    else if (out)
      unpack(v, out);
  }

  void unpack(const T *v, Complex *out) const {
    if constexpr (isComplex<T>)
      transposeMatrix(v, out, n, n);
    else
      unpackVectors(v, values + n, out, n);
  }

  Int call(T *workspace, Int *length) {
    const char *wantsLeft = left ? "V" : "N", *wantsRight = right ? "V" : "N";
    Int extent = Int(n), info = 0;
    void *geev = lapackFor<T>()->geev;
    if constexpr (isComplex<T>)
      callFortran(geev, wantsLeft, wantsRight, &extent, a, &extent, values, vl, &extent, vr,
                  &extent, workspace, length, reals, &info, one, one);
    else
      callFortran(geev, wantsLeft, wantsRight, &extent, a, &extent, values, values + n, vl, &extent,
                  vr, &extent, workspace, length, &info, one, one);
    return info;
  }

  int64_t n;
  bool left, right;
  Workspace space;
  T *a = nullptr, *values = nullptr, *vl = nullptr, *vr = nullptr, *work = nullptr;
  Real<T> *reals = nullptr;
  Int workSize = 0;
};

/// desc = {batch, n, left, right}
template <typename T> int32_t eigKernel(const int64_t *desc, void *const *ins, void *const *outs) {
  using Complex = std::complex<Real<T>>;
  int64_t batch = desc[0], n = desc[1];
  bool left = desc[2] != 0, right = desc[3] != 0;
  if (batch == 0 || n == 0)
    return 0;
  if (!lapackFor<T>())
    return kernelLacksLapack;
  if (!fitsInt(n))
    return kernelMalformed;
  return overBatch(batch, 10.0 * n * n * n, [&](int64_t begin, int64_t end) -> int32_t {
    EigSolver<T> solver(n, left, right);
    if (!solver.ok())
      return kernelOutOfMemory;
    for (int64_t i = begin; i < end; ++i)
      solver.solve(constPart<T>(ins[0], i, n * n), part<Complex>(outs[0], i, n),
                   left ? part<Complex>(outs[1], i, n * n) : nullptr,
                   right ? part<Complex>(outs[left ? 2 : 1], i, n * n) : nullptr);
    return 0;
  });
}

//===----------------------------------------------------------------------===//
// schur
//===----------------------------------------------------------------------===//

template <typename T> class SchurSolver {
public:
  SchurSolver(int64_t n, bool vectors) : n(n), vectors(vectors) {
    a = space.take<T>(n * n);
    values = space.take<T>(2 * n);
    z = vectors ? space.take<T>(n * n) : nullptr;
    reals = space.take<Real<T>>(n);
    if (!space.ok())
      return;
    T query{};
    Int ask = -1;
    call(&query, &ask);
    work = space.takeAsked(query, workSize);
  }
  bool ok() const { return space.ok(); }

  void solve(const T *x, T *t, T *zOut) {
    bool isDone = allFinite(x, n * n);
    if (isDone) {
      transposeMatrix(x, a, n, n);
      isDone = call(work, &workSize) == 0;
    }
    deliver(a, t, isDone);
    if (vectors)
      deliver(z, zOut, isDone);
  }

private:
  void deliver(const T *result, T *out, bool isDone) const {
    if (isDone)
      transposeMatrix(result, out, n, n);
    else
      std::fill_n(out, n * n, nan<T>());
  }

  Int call(T *workspace, Int *length) {
    const char *job = vectors ? "V" : "N";
    Int extent = Int(n), selected = 0, info = 0;
    void *gees = lapackFor<T>()->gees, *nothing = nullptr;
    if constexpr (isComplex<T>)
      callFortran(gees, job, "N", nothing, &extent, a, &extent, &selected, values, z, &extent,
                  workspace, length, reals, nothing, &info, one, one);
    else
      callFortran(gees, job, "N", nothing, &extent, a, &extent, &selected, values, values + n, z,
                  &extent, workspace, length, nothing, &info, one, one);
    return info;
  }

  int64_t n;
  bool vectors;
  Workspace space;
  T *a = nullptr, *values = nullptr, *z = nullptr, *work = nullptr;
  Real<T> *reals = nullptr;
  Int workSize = 0;
};

/// desc = {batch, n, vectors}
template <typename T>
int32_t schurKernel(const int64_t *desc, void *const *ins, void *const *outs) {
  int64_t batch = desc[0], n = desc[1];
  bool vectors = desc[2] != 0;
  if (batch == 0 || n == 0)
    return 0;
  if (!lapackFor<T>())
    return kernelLacksLapack;
  if (!fitsInt(n))
    return kernelMalformed;
  return overBatch(batch, 10.0 * n * n * n, [&](int64_t begin, int64_t end) -> int32_t {
    SchurSolver<T> solver(n, vectors);
    if (!solver.ok())
      return kernelOutOfMemory;
    for (int64_t i = begin; i < end; ++i)
      solver.solve(constPart<T>(ins[0], i, n * n), part<T>(outs[0], i, n * n),
                   vectors ? part<T>(outs[1], i, n * n) : nullptr);
    return 0;
  });
}

} // namespace
} // namespace mjx::runtime

MJX_MATRIX_KERNEL(svd)
MJX_MATRIX_KERNEL(eigh)
MJX_MATRIX_KERNEL(eig)
MJX_MATRIX_KERNEL(schur)
