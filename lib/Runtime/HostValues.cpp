//===- HostValues.cpp - Descriptors and values of host calls ----*- C++ -*-===//

#include "HostValues.h"

#include "CPU/Half.h"

#include <cmath>
#include <cstdio>
#include <cstring>

namespace mjx::runtime {

std::string DescriptorReader::text() {
  size_t size = number();
  std::string bytes(reinterpret_cast<const char *>(next), size);
  next += (size + 7) / 8;
  return bytes;
}

std::vector<HostArray> DescriptorReader::arrays(void *const *data) {
  std::vector<HostArray> list(number());
  for (HostArray &array : list) {
    array.type.element = ElementType(number());
    array.type.shape.resize(number());
    for (int64_t &extent : array.type.shape)
      extent = number();
    array.data = *data++;
  }
  return list;
}

template <class T> static T at(const HostArray &array, int64_t index) {
  T value;
  std::memcpy(&value, static_cast<const char *>(array.data) + index * sizeof(T), sizeof(T));
  return value;
}

enum class Precision { BFloat, Half, Single, Double };

static bool isSame(double x, double y, Precision precision) {
  switch (precision) {
  case Precision::BFloat:
    return floatToBfloat(float(x)) == floatToBfloat(float(y));
  case Precision::Half:
    return floatToHalf(float(x)) == floatToHalf(float(y));
  case Precision::Single:
    return float(x) == float(y);
  case Precision::Double:
    return x == y;
  }
  return false;
}

/// A short text that reads back as the number.
static std::string numberText(double value, Precision precision) {
  if (std::isnan(value))
    return "nan";
  if (std::isinf(value))
    return value < 0 ? "-inf" : "inf";
  char text[40];
  for (int digits = 3; digits <= 17; ++digits) {
    std::snprintf(text, sizeof text, "%.*g", digits, value);
    if (isSame(std::strtod(text, nullptr), value, precision))
      break;
  }
  std::string found = text;
  return found.find_first_of(".e") == std::string::npos ? found + ".0" : found;
}

static std::string complexText(double real, double imaginary, Precision precision) {
  bool hasSign = std::signbit(imaginary) && !std::isnan(imaginary);
  return "(" + numberText(real, precision) + (hasSign ? "" : "+") +
         numberText(imaginary, precision) + "j)";
}

static std::string elementText(const HostArray &array, int64_t i) {
  switch (array.type.element) {
  case ElementType::Bool:
    return at<uint8_t>(array, i) ? "True" : "False";
  case ElementType::Int4:
    return std::to_string(int8_t(at<uint8_t>(array, i) << 4) >> 4);
  case ElementType::UInt4:
    return std::to_string(at<uint8_t>(array, i) & 15);
  case ElementType::Int8:
    return std::to_string(at<int8_t>(array, i));
  case ElementType::Int16:
    return std::to_string(at<int16_t>(array, i));
  case ElementType::Int32:
    return std::to_string(at<int32_t>(array, i));
  case ElementType::Int64:
    return std::to_string(at<int64_t>(array, i));
  case ElementType::UInt8:
    return std::to_string(at<uint8_t>(array, i));
  case ElementType::UInt16:
    return std::to_string(at<uint16_t>(array, i));
  case ElementType::UInt32:
    return std::to_string(at<uint32_t>(array, i));
  case ElementType::UInt64:
    return std::to_string(at<uint64_t>(array, i));
  case ElementType::BFloat16:
    return numberText(bfloatToFloat(at<uint16_t>(array, i)), Precision::BFloat);
  case ElementType::Float16:
    return numberText(halfToFloat(at<uint16_t>(array, i)), Precision::Half);
  case ElementType::Float32:
    return numberText(at<float>(array, i), Precision::Single);
  case ElementType::Float64:
    return numberText(at<double>(array, i), Precision::Double);
  case ElementType::Complex64:
    return complexText(at<float>(array, 2 * i), at<float>(array, 2 * i + 1), Precision::Single);
  case ElementType::Complex128:
    return complexText(at<double>(array, 2 * i), at<double>(array, 2 * i + 1), Precision::Double);
  default: { // 8 bits of some float, which say enough as they are
    char bits[8];
    std::snprintf(bits, sizeof bits, "0x%02x", at<uint8_t>(array, i));
    return bits;
  }
  }
}

std::string textOf(const HostArray &array) {
  if (array.type.shape.empty())
    return elementText(array, 0);
  constexpr int64_t most = 8;
  int64_t count = array.type.elements();
  std::string text = "[";
  for (int64_t i = 0; i < std::min(count, most); ++i)
    text += (i ? " " : "") + elementText(array, i);
  return text + (count > most ? " ...]" : "]");
}

} // namespace mjx::runtime
