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

inline std::vector<std::byte> from_hex(std::string_view digits) {
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    const std::string pair(digits.substr(i, 2));
    bytes.push_back(static_cast<std::byte>(std::stoul(pair, nullptr, 16)));
  }
  return bytes;
}

}  // namespace authd::store
