#include "store/mirror/text_values.h"

#include <algorithm>
#include <limits>

namespace authd::store {

namespace {

constexpr std::string_view digits_of_hex = "0123456789abcdef";

// Takes a number of at least `least` and at most `most` digits off the front.
std::optional<std::int32_t> take_number(std::string_view& text, std::size_t least,
                                        std::size_t most) noexcept {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
  const auto size = static_cast<std::size_t>(end - text.begin());
  if (size < least || size > most) return std::nullopt;
  const auto value = parse_number<std::int32_t>(text.substr(0, size));
  text.remove_prefix(size);
  return value;
}

bool take(std::string_view& text, std::string_view expected) noexcept {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(expected.size());
  return true;
}

// ".12" is 120,000 µs. Nothing there is 0.
std::optional<std::int64_t> take_fraction(std::string_view& text) noexcept {
  if (!take(text, ".")) return 0;
  const std::size_t before = text.size();
  auto value = take_number(text, 1, 6);
  if (!value) return std::nullopt;
  for (std::size_t digits = before - text.size(); digits < 6; ++digits) *value *= 10;
  return *value;
}

struct Clock {
  std::int64_t us = 0;  // of the day
};
std::optional<Clock> take_clock(std::string_view& text) noexcept {
  const auto hour = take_number(text, 2, 2);
  if (!hour || *hour > 23 || !take(text, ":")) return std::nullopt;
  const auto minute = take_number(text, 2, 2);
  if (!minute || *minute > 59 || !take(text, ":")) return std::nullopt;
  const auto second = take_number(text, 2, 2);
  if (!second || *second > 59) return std::nullopt;
  const auto fraction = take_fraction(text);
  if (!fraction) return std::nullopt;
  return Clock{(*hour * 3'600 + *minute * 60 + *second) * core::us_per_s + *fraction};
}

}  // namespace

std::optional<core::Timestamp> parse_time(std::string_view text) noexcept {
  if (text == "infinity") return core::Timestamp{std::numeric_limits<std::int64_t>::max()};
  if (text == "-infinity") return core::Timestamp{std::numeric_limits<std::int64_t>::min()};
  const auto year = take_number(text, 4, 6);
  if (!year || !take(text, "-")) return std::nullopt;
  const auto month = take_number(text, 2, 2);
  if (!month || *month < 1 || *month > 12 || !take(text, "-")) return std::nullopt;
  const auto day = take_number(text, 2, 2);
  if (!day || *day < 1 || *day > 31 || !take(text, " ")) return std::nullopt;
  const auto clock = take_clock(text);
  if (!clock || !take(text, "+00")) return std::nullopt;
  const bool before_christ = take(text, " BC");  // there was no year 0: 1 BC is what we call 0
  if (!text.empty()) return std::nullopt;
  const core::CivilDate date{before_christ ? 1 - *year : *year, *month, *day};
  const std::int64_t days = core::day_of(date).days;
  // The last years of PostgreSQL's calendar are beyond our range.
  std::int64_t at = 0;
  if (__builtin_mul_overflow(days, core::us_per_day, &at) ||
      __builtin_add_overflow(at, clock->us, &at)) {
    return core::Timestamp{std::numeric_limits<std::int64_t>::max()};
  }
  return core::Timestamp{at};
}

std::optional<std::vector<std::byte>> parse_bytes(std::string_view text) {
  if (!take(text, "\\x") || text.size() % 2 != 0) return std::nullopt;
  std::vector<std::byte> bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const std::size_t high = digits_of_hex.find(text[i]);
    const std::size_t low = digits_of_hex.find(text[i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    bytes.push_back(static_cast<std::byte>(high << 4U | low));
  }
  return bytes;
}

std::string to_hex(std::string_view bytes) {
  std::string text;
  text.reserve(2 * bytes.size());
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += digits_of_hex[byte >> 4U];
    text += digits_of_hex[byte & 0xFU];
  }
  return text;
}

}  // namespace authd::store
