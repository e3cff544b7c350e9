// BadLine: a line that was set aside, where it stands and why. It stops nothing but itself.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace authd::recon {

enum class Reason : std::uint8_t {
  nul_byte = 1,
  line_too_long = 2,
  quote_inside = 3,
  text_after_quote = 4,
  quote_unclosed = 5,
  too_many_columns = 6,
  column_count = 7,  // not as many columns as the header, or fewer than are needed
  encoding = 8,
  value_missing = 9,
  value_too_long = 10,
  control_character = 11,
  amount_not_a_number = 12,
  amount_sign = 13,
  amount_grouping = 14,
  amount_decimals = 15,
  amount_too_large = 16,
  direction_unknown = 17,
  currency_unknown = 18,
  time_format = 19,
  time_not_real = 20,
  status_unknown = 21,
  after_trailer = 22,
};
inline constexpr std::uint8_t reason_last = 22;

std::string_view name(Reason reason) noexcept;      // "amount_sign", for machines
std::string_view describe(Reason reason) noexcept;  // a few words, for people

struct BadLine {
  static constexpr std::size_t text_bytes_max = 200;

  std::uint64_t line_number = 0;
  Reason reason = Reason::nul_byte;
  std::string column;  // the field it was about, such as "amount"; empty: the whole line
  std::string text;    // the value or the line: cleaned, see encoding.h, and cut
};

}  // namespace authd::recon
