#include "authd/recon/encoding.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace authd::recon {

namespace {

constexpr std::uint8_t byte_of(char c) noexcept { return static_cast<std::uint8_t>(c); }

// Bytes of the UTF-8 sequence at the front; 0 when there is none.
std::size_t sequence_size(std::string_view bytes) noexcept {
  const std::uint8_t first = byte_of(bytes[0]);
  if (first < 0x80) return 1;
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || bytes.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte_of(bytes[i]) & 0xC0U) != 0x80U) return 0;
  }
  const std::uint8_t second = byte_of(bytes[1]);
  const bool is_out_of_range = (first == 0xE0 && second < 0xA0) ||  // overlong
                               (first == 0xED && second > 0x9F) ||  // a surrogate
                               (first == 0xF0 && second < 0x90) ||  // overlong
                               (first == 0xF4 && second > 0x8F);    // above U+10FFFF
  return is_out_of_range ? 0 : size;
}

void append(std::uint16_t code_point, std::string& text) {
  if (code_point < 0x80) {
    text += static_cast<char>(code_point);
  } else if (code_point < 0x800) {
    text += static_cast<char>(0xC0U | code_point >> 6U);
    text += static_cast<char>(0x80U | (code_point & 0x3FU));
  } else {
    text += static_cast<char>(0xE0U | code_point >> 12U);
    text += static_cast<char>(0x80U | (code_point >> 6U & 0x3FU));
    text += static_cast<char>(0x80U | (code_point & 0x3FU));
  }
}

// 0x80 to 0x9F of windows-1252, as unicode.org's CP1252.TXT has them; 0: not assigned.
constexpr std::array<std::uint16_t, 32> windows_1252_high{
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

}  // namespace

bool is_utf_8(std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    const std::size_t size = sequence_size(bytes);
    if (size == 0) return false;
    bytes.remove_prefix(size);
  }
  return true;
}

bool append_utf_8(std::string_view bytes, Encoding encoding, std::string& text) {
  if (encoding == Encoding::utf_8) {
    if (!is_utf_8(bytes)) return false;
    text += bytes;
    return true;
  }
  const std::size_t size_before = text.size();
  for (const char c : bytes) {
    std::uint16_t code_point = byte_of(c);
    if (encoding == Encoding::windows_1252 && code_point >= 0x80 && code_point <= 0x9F) {
      code_point = windows_1252_high[code_point - 0x80U];
      if (code_point == 0) {
        text.resize(size_before);
        return false;
      }
    }
    append(code_point, text);
  }
  return true;
}

std::string cleaned(std::string_view bytes, std::size_t bytes_max) {
  std::string text;
  while (!bytes.empty()) {
    const std::size_t size = sequence_size(bytes);
    const std::string_view sequence = bytes.substr(0, std::max<std::size_t>(size, 1));
    const std::uint8_t first = byte_of(sequence[0]);
    // C0, DEL and, as U+0080 to U+009F, C1: all of them can steer a terminal.
    const bool is_control = first < 0x20 || first == 0x7F ||
                            (first == 0xC2 && size == 2 && byte_of(sequence[1]) < 0xA0);
    const std::string_view shown = size == 0 || is_control ? std::string_view("?") : sequence;
    if (text.size() + shown.size() > bytes_max) break;
    text += shown;
    bytes.remove_prefix(sequence.size());
  }
  return text;
}

}  // namespace authd::recon
