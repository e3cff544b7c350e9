#include "authd/api/base64url.h"

#include <array>
#include <cstdint>

namespace authd::api {

namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t no_value = 255;

constexpr auto values = [] {
  std::array<std::uint8_t, 256> result{};
  result.fill(no_value);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    result[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return result;
}();

}  // namespace

std::string to_base64url(std::string_view bytes) {
  std::string text;
  unsigned bits = 0;
  unsigned bit_count = 0;
  for (const char c : bytes) {
    bits = (bits << 8U | static_cast<unsigned char>(c)) & 0xFFFFU;
    for (bit_count += 8; bit_count >= 6;) {
      bit_count -= 6;
      text += alphabet[bits >> bit_count & 63U];
    }
  }
  if (bit_count > 0) text += alphabet[bits << (6 - bit_count) & 63U];
  return text;
}

std::optional<std::string> from_base64url(std::string_view text) {
  if (text.size() % 4 == 1) return std::nullopt;
  std::string bytes;
  unsigned bits = 0;
  unsigned bit_count = 0;
  for (const char c : text) {
    const unsigned value = values[static_cast<unsigned char>(c)];
    if (value == no_value) return std::nullopt;
    bits = bits << 6U | value;
    bit_count += 6;
    if (bit_count < 8) continue;
    bit_count -= 8;
    bytes += static_cast<char>(static_cast<unsigned char>(bits >> bit_count));
    bits &= (1U << bit_count) - 1;
  }
  if (bits != 0) return std::nullopt;  // stray bits behind the last byte
  return bytes;
}

}  // namespace authd::api
