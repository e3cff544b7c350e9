#include "authd/recon/amount_format.h"

#include <algorithm>
#include <optional>
#include <string>

namespace authd::recon {

namespace {

using core::Unexpected;

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

bool all_digits(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

bool is_sign(char c) noexcept { return c == '-' || c == '+'; }

// Takes the sign off `text`: -1 or 1.
int take_sign(std::string_view& text, Sign sign) {
  if (sign == Sign::leading && !text.empty() && is_sign(text.front())) {
    const int factor = text.front() == '-' ? -1 : 1;
    text.remove_prefix(1);
    return factor;
  }
  if (sign == Sign::trailing && !text.empty() && is_sign(text.back())) {
    const int factor = text.back() == '-' ? -1 : 1;
    text.remove_suffix(1);
    return factor;
  }
  if (sign == Sign::parentheses && text.starts_with('(') && text.ends_with(')')) {
    text = text.substr(1, text.size() - 2);
    return -1;
  }
  return sign == Sign::always_negative ? -1 : 1;
}

bool has_stray_sign(std::string_view text) noexcept {
  return text.find_first_of("+-()") != std::string_view::npos;
}

// The digits of the whole part without grouping marks; nothing when groups are not of three.
std::optional<std::string> without_grouping(std::string_view whole, std::string_view mark) {
  if (mark.empty() || whole.find(mark) == std::string_view::npos) return std::string(whole);
  std::string digits;
  for (;;) {
    const std::size_t end = whole.find(mark);
    const std::string_view group = whole.substr(0, end);
    const bool is_first = digits.empty();
    if (!all_digits(group) || group.size() > 3 || (!is_first && group.size() != 3)) {
      return std::nullopt;
    }
    digits += group;
    if (end == std::string_view::npos) return digits;
    whole.remove_prefix(end + mark.size());
  }
}

AmountError error_of(core::MoneyError error) noexcept {
  switch (error) {
    case core::MoneyError::too_many_decimals: return AmountError::too_many_decimals;
    case core::MoneyError::overflow: return AmountError::too_large;
    case core::MoneyError::negative: return AmountError::wrong_sign;
    case core::MoneyError::not_a_number:
    case core::MoneyError::exponent: return AmountError::not_a_number;
  }
  return AmountError::not_a_number;
}

// Without sign.
core::Result<std::int64_t, AmountError> parse_digits(std::string_view text,
                                                     const AmountFormat& format, int decimals) {
  const std::size_t mark = text.find(format.decimal_mark);
  const bool has_mark = mark != std::string_view::npos;
  const std::string_view fraction = has_mark ? text.substr(mark + 1) : std::string_view{};
  if (has_mark && !all_digits(fraction)) return Unexpected{AmountError::not_a_number};
  if (has_mark && format.units == Units::minor) return Unexpected{AmountError::too_many_decimals};

  auto digits = without_grouping(text.substr(0, mark), format.grouping_mark);
  if (!digits) return Unexpected{AmountError::wrong_grouping};
  if (!all_digits(*digits)) return Unexpected{AmountError::not_a_number};
  // Files of fixed width fill up with zeros, which the core refuses as JSON does.
  digits->erase(0, std::min(digits->find_first_not_of('0'), digits->size() - 1));
  if (has_mark) digits->append(1, '.').append(fraction);
  const auto units = core::parse_major_units(*digits, format.units == Units::minor ? 0 : decimals);
  if (!units) return Unexpected{error_of(units.error())};
  return *units;
}

core::Result<std::int64_t, AmountError> parse(std::string_view text, const AmountFormat& format,
                                              Sign sign, core::Currency currency) {
  const int factor = take_sign(text, sign);
  if (has_stray_sign(text)) return Unexpected{AmountError::wrong_sign};
  AUTHD_TRY(units, parse_digits(text, format, currency.exponent()));
  return units * factor;
}

}  // namespace

core::Result<std::int64_t, AmountError> parse_amount(std::string_view text,
                                                     const AmountFormat& format,
                                                     core::Currency currency) {
  return parse(text, format, format.sign, currency);
}

core::Result<std::int64_t, AmountError> parse_signed_amount(std::string_view text,
                                                            const AmountFormat& format,
                                                            core::Currency currency) {
  const bool has_own_sign = format.sign == Sign::trailing || format.sign == Sign::parentheses;
  return parse(text, format, has_own_sign ? format.sign : Sign::leading, currency);
}

}  // namespace authd::recon
