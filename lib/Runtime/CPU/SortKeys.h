//===- SortKeys.h - Any element as an unsigned number -----------*- C++ -*-===//
#ifndef MJX_LIB_RUNTIME_CPU_SORTKEYS_H
#define MJX_LIB_RUNTIME_CPU_SORTKEYS_H

#include "mjx/Runtime/ElementType.h"

#include <cstdint>
#include <cstring>

namespace mjx::runtime {

/// A key holds the order of elements in the order of unsigned numbers. The
/// formats below know one kind of element each: Bits is the unsigned type of an
/// element's width, key(bits) the key. Those of elements of 32 bits and more
/// know as well whether the key holds all of the element, which bits(key) then
/// returns.

struct UnsignedOrder {
  template <typename Bits> static Bits key(Bits bits) { return bits; }
  template <typename Bits> static Bits bits(Bits key) { return key; }
  template <typename Bits> static bool isWhole(Bits) { return true; }
};

struct SignedOrder {
  template <typename Bits> static Bits key(Bits bits) {
    return bits ^ Bits(Bits(1) << (8 * sizeof(Bits) - 1));
  }
  template <typename Bits> static Bits bits(Bits bits) { return key(bits); }
  template <typename Bits> static bool isWhole(Bits) { return true; }
};

/// IEEE numbers with `exponent` exponent bits. Zeros share a key, as a number's
/// magnitude is added to that of zero or taken from it; NaNs have the greatest.
template <int exponentBits> struct FloatOrder {
  template <typename Bits> static constexpr Bits zero() {
    return Bits(Bits(1) << (8 * sizeof(Bits) - 1));
  }
  template <typename Bits> static constexpr Bits infinity() {
    return Bits(((Bits(1) << exponentBits) - 1) << (8 * sizeof(Bits) - 1 - exponentBits));
  }

  template <typename Bits> static Bits key(Bits bits) {
    Bits magnitude = bits & Bits(~zero<Bits>());
    Bits number = bits & zero<Bits>() ? Bits(zero<Bits>() - magnitude) : Bits(bits | zero<Bits>());
    return magnitude > infinity<Bits>() ? Bits(~Bits(0)) : number;
  }
  template <typename Bits> static Bits bits(Bits key) {
    return key < zero<Bits>() ? Bits(Bits(0) - key) : Bits(key ^ zero<Bits>());
  }
  template <typename Bits> static bool isWhole(Bits bits) {
    return (bits & Bits(~zero<Bits>())) <= infinity<Bits>() && bits != zero<Bits>();
  }
};

/// Integers of 4 bits, whose sign bit, if they have one, is `sign`.
template <uint8_t sign> struct NibbleOrder {
  template <typename Bits> static Bits key(Bits bits) { return Bits((bits & 15) ^ sign); }
};

/// 8-bit floats without infinities, where all ones below the sign are NaN.
struct FiniteFloatOrder {
  template <typename Bits> static Bits key(Bits bits) {
    Bits magnitude = bits & 0x7f;
    if (magnitude == 0x7f)
      return 0xff;
    if (magnitude == 0)
      return 0x80;
    return bits & 0x80 ? Bits(~bits) : Bits(bits | 0x80);
  }
};

/// 8-bit floats with one zero and one NaN, which has the bits of -0.
struct OneZeroFloatOrder {
  template <typename Bits> static Bits key(Bits bits) {
    if (bits == 0x80)
      return 0xff;
    return bits & 0x80 ? Bits(~bits) : Bits(bits | 0x80);
  }
};

/// Calls visit(order, Bits()) for the way elements of this type compare; the
/// parts of complex numbers are visited as floats.
template <typename Visitor> bool visitOrder(ElementType type, Visitor visit) {
  switch (type) {
  case ElementType::Bool:
  case ElementType::UInt8:
    return visit(UnsignedOrder(), uint8_t());
  case ElementType::UInt4:
    return visit(NibbleOrder<0>(), uint8_t());
  case ElementType::Int4:
    return visit(NibbleOrder<8>(), uint8_t());
  case ElementType::Float8E5M2:
    return visit(FloatOrder<5>(), uint8_t());
  case ElementType::Float8E4M3FN:
    return visit(FiniteFloatOrder(), uint8_t());
  case ElementType::Float8E4M3B11FNUZ:
  case ElementType::Float8E4M3FNUZ:
  case ElementType::Float8E5M2FNUZ:
    return visit(OneZeroFloatOrder(), uint8_t());
  case ElementType::UInt16:
    return visit(UnsignedOrder(), uint16_t());
  case ElementType::UInt32:
    return visit(UnsignedOrder(), uint32_t());
  case ElementType::UInt64:
    return visit(UnsignedOrder(), uint64_t());
  case ElementType::Int8:
    return visit(SignedOrder(), uint8_t());
  case ElementType::Int16:
    return visit(SignedOrder(), uint16_t());
  case ElementType::Int32:
    return visit(SignedOrder(), uint32_t());
  case ElementType::Int64:
    return visit(SignedOrder(), uint64_t());
  case ElementType::BFloat16:
    return visit(FloatOrder<8>(), uint16_t());
  case ElementType::Float16:
    return visit(FloatOrder<5>(), uint16_t());
  case ElementType::Float32:
  case ElementType::Complex64:
    return visit(FloatOrder<8>(), uint32_t());
  case ElementType::Float64:
  case ElementType::Complex128:
    return visit(FloatOrder<11>(), uint64_t());
  }
  return false;
}

inline bool isComplex(ElementType type) {
  return type == ElementType::Complex64 || type == ElementType::Complex128;
}

} // namespace mjx::runtime

#endif // MJX_LIB_RUNTIME_CPU_SORTKEYS_H
