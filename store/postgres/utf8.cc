#include "store/postgres/utf8.h"

#include <cstdint>

namespace authd::store {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

// Length of the character at the front (Unicode 15, table 3-7), 0 when there is none.
std::size_t character_bytes(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) -> std::uint8_t {
    return i < text.size() ? static_cast<std::uint8_t>(text[i]) : std::uint8_t{0};
  };
  const auto continues = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const std::uint8_t first = byte(0);
  const std::uint8_t second = byte(1);
  if (first < 0x80) return first == 0 ? 0 : 1;
  if (first < 0xC2) return 0;
  if (first < 0xE0) return continues(1) ? 2 : 0;
  if (first < 0xF0) {
    const bool overlong = first == 0xE0 && second < 0xA0;
    const bool surrogate = first == 0xED && second > 0x9F;
    return continues(1) && continues(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first > 0xF4) return 0;
  const bool overlong = first == 0xF0 && second < 0x90;
  const bool too_large = first == 0xF4 && second > 0x8F;
  return continues(1) && continues(2) && continues(3) && !overlong && !too_large ? 4 : 0;
}

}  // namespace

std::string_view clean_utf8(std::string_view text, std::string& scratch) {
  std::size_t good = 0;
  while (good < text.size()) {
    const std::size_t bytes = character_bytes(text.substr(good));
    if (bytes == 0) break;
    good += bytes;
  }
  if (good == text.size()) return text;

  scratch.assign(text.substr(0, good));
  text.remove_prefix(good);
  while (!text.empty()) {
    const std::size_t bytes = character_bytes(text);
    scratch += bytes == 0 ? replacement : text.substr(0, bytes);
    text.remove_prefix(bytes == 0 ? 1 : bytes);
  }
  return scratch;
}

}  // namespace authd::store
