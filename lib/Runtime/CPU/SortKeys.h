//===- SortKeys.h - Any element as an unsigned number -----------*- C++ -*-===//
#ifndef MJX_LIB_RUNTIME_CPU_SORTKEYS_H
#define MJX_LIB_RUNTIME_CPU_SORTKEYS_H

#include "mjx/Runtime/ElementType.h"

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
