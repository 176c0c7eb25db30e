//===- ElementType.h - The element types a buffer can hold ------*- C++ -*-===//
#ifndef MJX_RUNTIME_ELEMENTTYPE_H
#define MJX_RUNTIME_ELEMENTTYPE_H

#include <cstdint>
#include <optional>
#include <string_view>

namespace mjx::runtime {

// Name in Python, bytes of one element. The one list of element types.
#define MJX_ELEMENT_TYPES(X)                                                                       \
  X(Bool, "bool", 1)                                                                               \
  X(Int4, "int4", 1)                                                                               \
  X(Int8, "int8", 1)                                                                               \
  X(Int16, "int16", 2)                                                                             \
  X(Int32, "int32", 4)                                                                             \
  X(Int64, "int64", 8)                                                                             \
  X(UInt4, "uint4", 1)                                                                             \
  X(UInt8, "uint8", 1)                                                                             \
  X(UInt16, "uint16", 2)                                                                           \
  X(UInt32, "uint32", 4)                                                                           \
  X(UInt64, "uint64", 8)                                                                           \
  X(Float8E4M3B11FNUZ, "float8_e4m3b11fnuz", 1)                                                    \
  X(Float8E4M3FN, "float8_e4m3fn", 1)                                                              \
  X(Float8E4M3FNUZ, "float8_e4m3fnuz", 1)                                                          \
  X(Float8E5M2, "float8_e5m2", 1)                                                                  \
  X(Float8E5M2FNUZ, "float8_e5m2fnuz", 1)                                                          \
  X(BFloat16, "bfloat16", 2)                                                                       \
  X(Float16, "float16", 2)                                                                         \
  X(Float32, "float32", 4)                                                                         \
  X(Float64, "float64", 8)                                                                         \
  X(Complex64, "complex64", 8)                                                                     \
  X(Complex128, "complex128", 16)

enum class ElementType : uint8_t {
#define MJX_ENUMERATOR(Name, text, bytes) Name,
  MJX_ELEMENT_TYPES(MJX_ENUMERATOR)
#undef MJX_ENUMERATOR
};

/// Bytes one element occupies in a buffer. A boolean takes one byte, and so does
/// an integer of 4 bits, which are the low ones; the others are ignored.
int64_t elementBytes(ElementType type);
/// The name Python uses, such as "float32".
std::string_view elementName(ElementType type);
std::optional<ElementType> elementTypeNamed(std::string_view name);

} // namespace mjx::runtime

#endif // MJX_RUNTIME_ELEMENTTYPE_H
