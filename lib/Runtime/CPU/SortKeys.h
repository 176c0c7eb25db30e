//===- SortKeys.h - Any element as an unsigned number -----------*- C++ -*-===//
#ifndef MJX_LIB_RUNTIME_CPU_SORTKEYS_H
#define MJX_LIB_RUNTIME_CPU_SORTKEYS_H

#include <cstdint>
#include <cstring>

namespace mjx::runtime {

/// A key holds the order of elements in the order of unsigned numbers. The
/// formats below know one kind of element each: Bits is the unsigned type of an
/// element's width, key(bits) the key.

struct UnsignedOrder {
  template <typename Bits> static Bits key(Bits bits) { return bits; }
};

struct SignedOrder {
  template <typename Bits> static Bits key(Bits bits) {
    return bits ^ Bits(Bits(1) << (8 * sizeof(Bits) - 1));
  }
};

/// IEEE numbers with `exponent` exponent bits. Zeros share a key, NaNs the
/// greatest one.
template <int exponentBits> struct FloatOrder {
  template <typename Bits> static Bits key(Bits bits) {
    constexpr int width = 8 * sizeof(Bits);
    constexpr Bits sign = Bits(Bits(1) << (width - 1));
    constexpr Bits infinity = Bits(((Bits(1) << exponentBits) - 1) << (width - 1 - exponentBits));
    Bits magnitude = bits & Bits(~sign);
    if (magnitude > infinity)
      return Bits(~Bits(0));
    if (magnitude == 0)
      return sign;
    return bits & sign ? Bits(~bits) : Bits(bits | sign);
  }
};

} // namespace mjx::runtime

#endif // MJX_LIB_RUNTIME_CPU_SORTKEYS_H
