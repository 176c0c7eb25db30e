//===- FunctionRef.h - A callable somebody else owns ------------*- C++ -*-===//
#ifndef MJX_RUNTIME_FUNCTIONREF_H
#define MJX_RUNTIME_FUNCTIONREF_H

#include <type_traits>
#include <utility>

namespace mjx::runtime {

template <typename Signature> class FunctionRef;

/// Refers to a callable without owning or copying it: for parameters that are
/// called before the callee returns.
template <typename R, typename... Args> class FunctionRef<R(Args...)> {
public:
  template <typename F, typename = std::enable_if_t<!std::is_same_v<std::decay_t<F>, FunctionRef>>>
  FunctionRef(F &&callable)
      : object(const_cast<void *>(static_cast<const void *>(&callable))),
        call([](void *object, Args... args) -> R {
          return (*static_cast<std::remove_reference_t<F> *>(object))(std::forward<Args>(args)...);
        }) {}

  R operator()(Args... args) const { return call(object, std::forward<Args>(args)...); }

private:
  void *object;
  R (*call)(void *, Args...);
};

} // namespace mjx::runtime

#endif // MJX_RUNTIME_FUNCTIONREF_H
