// Money: an amount in minor units and its ISO 4217 currency. Integers only; every operation that
// could overflow or mix currencies says so.

#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace authd::core {

// A currency of ISO 4217, held as its numeric code. Only codes of the table exist; the default is
// none.
class Currency {
 public:
  constexpr Currency() = default;

  static std::optional<Currency> from_alpha(std::string_view upper_case) noexcept;  // "USD"
  static std::optional<Currency> from_numeric(std::uint16_t code) noexcept;         // 840

  constexpr std::uint16_t numeric() const noexcept { return numeric_; }
  std::string_view alpha() const noexcept;  // "???" when none
  int exponent() const noexcept;            // decimals: 0, 2, 3 or 4

  friend constexpr bool operator==(Currency, Currency) noexcept = default;

 private:
  explicit constexpr Currency(std::uint16_t numeric) : numeric_(numeric) {}

  std::uint16_t numeric_ = 0;
};

struct Money {
  std::int64_t minor_units = 0;
  Currency currency;
  friend constexpr bool operator==(const Money&, const Money&) noexcept = default;
};

// The exact sum or difference, or nothing when the currencies differ or the result does not fit.
std::optional<Money> checked_add(Money a, Money b) noexcept;
std::optional<Money> checked_sub(Money a, Money b) noexcept;
std::optional<std::int64_t> checked_add(std::int64_t a, std::int64_t b) noexcept;
std::optional<std::int64_t> checked_sub(std::int64_t a, std::int64_t b) noexcept;

enum class MoneyError : std::uint8_t {
  not_a_number = 1,       // anything but digits with at most one point between digits
  negative = 2,           // a sign in front
  exponent = 3,           // 1e3
  too_many_decimals = 4,  // a digit other than zero beyond the currency's decimals
  overflow = 5,           // more than minor_units_max
};
std::string_view name(MoneyError error) noexcept;

// Largest amount that a message may carry: 18 digits, so that sums of many still fit int64.
inline constexpr std::int64_t minor_units_max = 999'999'999'999'999'999;

// Reads decimal major units as a processor writes them, from the digits alone: "10", "10.0",
// "1.91". `decimals` is the currency's exponent at that processor. Trailing zeros beyond it are
// accepted, other digits are refused. Leading zeros follow JSON: "0.5" but neither "00.5" nor ".5".
Result<std::int64_t, MoneyError> parse_major_units(std::string_view digits, int decimals) noexcept;

// "42.75", "-3.10", "1000" (JPY), "7.125" (BHD): decimal major units with all decimals of the
// currency.
std::string to_major_units(Money money);

}  // namespace authd::core
