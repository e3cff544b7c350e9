#include "core/money.h"

#include <algorithm>
#include <array>

#include "core/currency_table.h"

namespace authd::core {

namespace {

constexpr bool sorted_by_alpha() {
  return std::is_sorted(currency_table.begin(), currency_table.end(),
                        [](const CurrencyEntry& a, const CurrencyEntry& b) {
                          return std::string_view(a.alpha) < std::string_view(b.alpha);
                        });
}
static_assert(sorted_by_alpha());

constexpr std::size_t numeric_codes = 1000;
constexpr std::uint8_t no_entry = 255;
static_assert(currency_table.size() < no_entry);

// Position in currency_table by numeric code.
constexpr auto index_by_numeric = [] {
  std::array<std::uint8_t, numeric_codes> index{};
  index.fill(no_entry);
  for (std::size_t i = 0; i < currency_table.size(); ++i) {
    index[currency_table[i].numeric] = static_cast<std::uint8_t>(i);
  }
  return index;
}();

constexpr std::int64_t power_of_ten(int exponent) noexcept {
  std::int64_t power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

bool all_digits(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

}  // namespace

std::optional<Currency> Currency::from_alpha(std::string_view upper_case) noexcept {
  const auto* const entry =
      std::lower_bound(currency_table.begin(), currency_table.end(), upper_case,
                       [](const CurrencyEntry& e, std::string_view alpha) {
                         return std::string_view(e.alpha) < alpha;
                       });
  if (entry == currency_table.end() || std::string_view(entry->alpha) != upper_case)
    return std::nullopt;
  return Currency(entry->numeric);
}

std::optional<Currency> Currency::from_numeric(std::uint16_t code) noexcept {
  if (code >= numeric_codes || index_by_numeric[code] == no_entry) return std::nullopt;
  return Currency(code);
}

std::string_view Currency::alpha() const noexcept {
  return numeric_ == 0 ? "???" : currency_table[index_by_numeric[numeric_]].alpha;
}

int Currency::exponent() const noexcept {
  AUTHD_ASSERT(numeric_ != 0);
  return currency_table[index_by_numeric[numeric_]].exponent;
}

std::optional<std::int64_t> checked_add(std::int64_t a, std::int64_t b) noexcept {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
  return sum;
}

std::optional<std::int64_t> checked_sub(std::int64_t a, std::int64_t b) noexcept {
  std::int64_t difference = 0;
  if (__builtin_sub_overflow(a, b, &difference)) return std::nullopt;
  return difference;
}

std::optional<Money> checked_add(Money a, Money b) noexcept {
  if (a.currency != b.currency) return std::nullopt;
  const auto sum = checked_add(a.minor_units, b.minor_units);
  if (!sum) return std::nullopt;
  return Money{*sum, a.currency};
}

std::optional<Money> checked_sub(Money a, Money b) noexcept {
  if (a.currency != b.currency) return std::nullopt;
  const auto difference = checked_sub(a.minor_units, b.minor_units);
  if (!difference) return std::nullopt;
  return Money{*difference, a.currency};
}

std::string_view name(MoneyError error) noexcept {
  switch (error) {
    case MoneyError::not_a_number: return "not a decimal number";
    case MoneyError::negative: return "negative";
    case MoneyError::exponent: return "written with an exponent";
    case MoneyError::too_many_decimals: return "more decimals than the currency has";
    case MoneyError::overflow: return "too large";
  }
  return "unknown";
}

Result<std::int64_t, MoneyError> parse_major_units(std::string_view digits, int decimals) noexcept {
  AUTHD_ASSERT(decimals >= 0 && decimals <= 4);
  if (digits.starts_with('-')) return Unexpected{MoneyError::negative};
  if (digits.find_first_of("eE") != std::string_view::npos) return Unexpected{MoneyError::exponent};

  const std::size_t point = digits.find('.');
  const std::string_view whole = digits.substr(0, point);
  const std::string_view fraction =
      point == std::string_view::npos ? std::string_view{} : digits.substr(point + 1);
  if (!all_digits(whole) || (whole.size() > 1 && whole.front() == '0')) {
    return Unexpected{MoneyError::not_a_number};
  }
  if (point != std::string_view::npos && !all_digits(fraction))
    return Unexpected{MoneyError::not_a_number};

  const auto places = static_cast<std::size_t>(decimals);
  const std::string_view beyond =
      fraction.size() > places ? fraction.substr(places) : std::string_view{};
  if (beyond.find_first_not_of('0') != std::string_view::npos)
    return Unexpected{MoneyError::too_many_decimals};

  std::int64_t minor_units = 0;
  const auto append = [&minor_units](char digit) {
    return !__builtin_mul_overflow(minor_units, 10, &minor_units) &&
           !__builtin_add_overflow(minor_units, digit - '0', &minor_units);
  };
  for (const char digit : whole) {
    if (!append(digit)) return Unexpected{MoneyError::overflow};
  }
  for (std::size_t i = 0; i < places; ++i) {
    if (!append(i < fraction.size() ? fraction[i] : '0')) return Unexpected{MoneyError::overflow};
  }
  if (minor_units > minor_units_max) return Unexpected{MoneyError::overflow};
  return minor_units;
}

std::string to_major_units(Money money) {
  const int decimals = money.currency.exponent();
  const auto scale = static_cast<std::uint64_t>(power_of_ten(decimals));
  // Negation in unsigned arithmetic is defined for the smallest int64 as well.
  const auto bits = static_cast<std::uint64_t>(money.minor_units);
  const std::uint64_t magnitude = money.minor_units < 0 ? 0 - bits : bits;

  std::string text = money.minor_units < 0 ? "-" : "";
  text += std::to_string(magnitude / scale);
  if (decimals > 0) {
    const std::string fraction = std::to_string(magnitude % scale);
    text += '.';
    text.append(static_cast<std::size_t>(decimals) - fraction.size(), '0');
    text += fraction;
  }
  return text;
}

}  // namespace authd::core
