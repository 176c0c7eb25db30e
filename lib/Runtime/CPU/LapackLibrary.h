//===- LapackLibrary.h - Somebody else's LAPACK -----------------*- C++ -*-===//
//
// Opened when the first kernel needs it, and kept. Routines are called by their
// Fortran names, with 32-bit integers.
//
//===----------------------------------------------------------------------===//
#ifndef MJX_RUNTIME_CPU_LAPACKLIBRARY_H
#define MJX_RUNTIME_CPU_LAPACKLIBRARY_H

#include <complex>
#include <cstddef>
#include <cstdint>
#include <string>

namespace mjx::runtime {

// Name for real numbers, name for complex ones.
#define MJX_LAPACK_ROUTINES(X)                                                                     \
  X(potrf, potrf)                                                                                  \
  X(trsm, trsm)                                                                                    \
  X(getrf, getrf)                                                                                  \
  X(gelqf, gelqf)                                                                                  \
  X(geqp3, geqp3)                                                                                  \
  X(orglq, unglq)                                                                                  \
  X(ormlq, unmlq)                                                                                  \
  X(gesdd, gesdd)                                                                                  \
  X(syevd, heevd)                                                                                  \
  X(geev, geev)                                                                                    \
  X(gees, gees)                                                                                    \
  X(gehrd, gehrd)                                                                                  \
  X(sytrd, hetrd)                                                                                  \
  X(gtsv, gtsv)

/// The routines for one type of number.
struct Lapack {
#define MJX_LAPACK_MEMBER(real, complex) void *real = nullptr;
  MJX_LAPACK_ROUTINES(MJX_LAPACK_MEMBER)
#undef MJX_LAPACK_MEMBER
};

/// The routines for elements of type T, all there; null if no library has them.
template <typename T> const Lapack *lapackFor();
template <> const Lapack *lapackFor<float>();
template <> const Lapack *lapackFor<double>();
template <> const Lapack *lapackFor<std::complex<float>>();
template <> const Lapack *lapackFor<std::complex<double>>();

/// What to tell a user where there is no library: what was tried, what to do.
std::string lapackAdvice();

/// Lets the library use `count` threads of its own, for as long as it lives;
/// otherwise it uses none, as kernels run in parallel themselves.
class LapackThreads {
public:
  explicit LapackThreads(int count);
  ~LapackThreads();
  LapackThreads(const LapackThreads &) = delete;
  LapackThreads &operator=(const LapackThreads &) = delete;

private:
  bool changed;
};

/// Calls a Fortran routine: arguments are pointers and, last, one length for
/// each string among them.
template <typename... Args> void callFortran(void *routine, Args... args) {
  reinterpret_cast<void (*)(Args...)>(routine)(args...);
}

} // namespace mjx::runtime

#endif // MJX_RUNTIME_CPU_LAPACKLIBRARY_H
