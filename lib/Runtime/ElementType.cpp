//===- ElementType.cpp - The element types a buffer can hold ----*- C++ -*-===//

#include "mjx/Runtime/ElementType.h"

#include <iterator>

namespace mjx::runtime {

int64_t elementBytes(ElementType type) {
  static constexpr int64_t sizes[] = {
#define MJX_BYTES(Name, text, bytes) bytes,
      MJX_ELEMENT_TYPES(MJX_BYTES)
#undef MJX_BYTES
  };
  return sizes[static_cast<size_t>(type)];
}

static constexpr std::string_view names[] = {
#define MJX_NAME(Name, text, bytes) text,
    MJX_ELEMENT_TYPES(MJX_NAME)
#undef MJX_NAME
};

std::string_view elementName(ElementType type) { return names[static_cast<size_t>(type)]; }

std::optional<ElementType> elementTypeNamed(std::string_view name) {
  for (size_t i = 0; i < std::size(names); ++i)
    if (names[i] == name)
      return static_cast<ElementType>(i);
  return std::nullopt;
}

} // namespace mjx::runtime
