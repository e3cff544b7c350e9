// Values of PostgreSQL as its output functions write them, with datestyle ISO, time zone UTC and
// bytea_output hex. Nothing when a text is not of that form, or does not fit the type.

#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"
#include "store/format/bytes.h"

namespace authd::store {

template <std::integral T>
std::optional<T> parse_number(std::string_view text) noexcept {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "2026-11-21 13:08:47.123456+00", years beyond 9999 and "BC" included; "infinity" is the end of
// our range, as it is for PgResult.
std::optional<core::Timestamp> parse_time(std::string_view text) noexcept;

std::optional<std::vector<std::byte>> parse_bytes(std::string_view text);  // "\x0aff"

std::string to_hex(std::string_view bytes);  // "0aff"

}  // namespace authd::store
