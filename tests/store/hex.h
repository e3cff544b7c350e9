// Bytes as they stand in the golden files.

#pragma once

#include <string>

#include "store/format/bytes.h"

namespace authd::store {

inline std::string hex(Bytes bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const std::byte b : bytes) {
    text += digits[std::to_integer<std::size_t>(b) >> 4U];
    text += digits[std::to_integer<std::size_t>(b) & 0xFU];
  }
  return text;
}

}  // namespace authd::store
