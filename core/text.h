// InlineText: a short string stored in place, so that rows and requests are plain bytes and never
// allocate.
//
// Bounds: 0..Max bytes, Max ≤ 255. Unused bytes are zero, so equal texts are equal objects.

#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace authd::core {

template <std::size_t Max>
class InlineText {
  static_assert(Max <= 255);

 public:
  static constexpr std::size_t size_max = Max;

  constexpr InlineText() = default;

  // Nothing when the text is longer than Max bytes.
  static constexpr std::optional<InlineText> from(std::string_view text) noexcept {
    if (text.size() > Max) return std::nullopt;
    InlineText result;
    std::copy(text.begin(), text.end(), result.bytes_.begin());
    result.size_ = static_cast<std::uint8_t>(text.size());
    return result;
  }

  // Keeps the longest prefix of at most Max bytes that does not cut a UTF-8 sequence in two.
  static constexpr InlineText truncated(std::string_view text) noexcept {
    if (text.size() > Max) {
      std::size_t end = Max;
      while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
      text = text.substr(0, end);
    }
    return *from(text);
  }

  constexpr std::string_view view() const noexcept { return {bytes_.data(), size_}; }
  constexpr bool empty() const noexcept { return size_ == 0; }

  friend constexpr bool operator==(const InlineText& a, const InlineText& b) noexcept {
    return a.view() == b.view();
  }
  friend constexpr auto operator<=>(const InlineText& a, const InlineText& b) noexcept {
    return a.view() <=> b.view();
  }

 private:
  std::uint8_t size_ = 0;
  std::array<char, Max> bytes_{};
};

}  // namespace authd::core
