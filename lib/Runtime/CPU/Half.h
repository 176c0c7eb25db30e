//===- Half.h - 16-bit floating point numbers by bits -----------*- C++ -*-===//
#ifndef MJX_LIB_RUNTIME_CPU_HALF_H
#define MJX_LIB_RUNTIME_CPU_HALF_H

#include <cstdint>

namespace mjx::runtime {
// Internal linkage: also included by files compiled for a better processor.
namespace {

[[maybe_unused]] inline float floatOfBits(uint32_t bits) {
  float value;
  __builtin_memcpy(&value, &bits, sizeof(value));
  return value;
}

[[maybe_unused]] inline uint32_t bitsOfFloat(float value) {
  uint32_t bits;
  __builtin_memcpy(&bits, &value, sizeof(bits));
  return bits;
}

[[maybe_unused]] inline float bfloatToFloat(uint16_t bits) {
  return floatOfBits(uint32_t(bits) << 16);
}

/// To nearest, ties to even; a NaN stays one.
[[maybe_unused]] inline uint16_t floatToBfloat(float value) {
  uint32_t bits = bitsOfFloat(value);
  if (value != value)
    return uint16_t(bits >> 16 | 0x40);
  return uint16_t((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

[[maybe_unused]] inline float halfToFloat(uint16_t bits) {
  uint32_t sign = uint32_t(bits & 0x8000) << 16;
  uint32_t magnitude = bits & 0x7fff;
  if (magnitude >= 0x7c00) // infinity or NaN
    return floatOfBits(sign | 0x7f800000 | (magnitude & 0x3ff) << 13);
  // Exact also for subnormals: the exponent is corrected by a product.
  float scaled = floatOfBits(magnitude << 13) * 0x1p112f;
  return floatOfBits(sign | bitsOfFloat(scaled));
}

/// To nearest, ties to even; a NaN stays one.
[[maybe_unused]] inline uint16_t floatToHalf(float value) {
  uint32_t bits = bitsOfFloat(value);
  uint32_t sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000)
    return uint16_t(sign | 0x7e00);
  if (magnitude >= 0x47800000) // 65536 and more
    return uint16_t(sign | 0x7c00);
  if (magnitude < 0x38800000) { // below 2^-14: the sum aligns to 2^-24
    uint32_t aligned = bitsOfFloat(floatOfBits(magnitude) + 0.5f);
    return uint16_t(sign | (aligned - 0x3f000000));
  }
  uint32_t rounded = magnitude + 0xfff + (magnitude >> 13 & 1);
  return uint16_t(sign | (rounded - 0x38000000) >> 13);
}

} // namespace
} // namespace mjx::runtime

#endif // MJX_LIB_RUNTIME_CPU_HALF_H
