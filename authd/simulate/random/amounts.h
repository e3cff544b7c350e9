// How processors write amounts: decimal major units, or integers of a smallest unit that is not
// always that of ISO 4217.
//
// Written here and not with the functions that the adapters read with: one mistake on both sides
// would not be seen.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace authd::simulate::random {

// 10^exponent; exponent is 0 to 18.
std::int64_t power_of_ten(int exponent) noexcept;

// Major units without superfluous zeros: "42.75", "61.4", "73"; negative: "-0.05".
std::string major_units(std::int64_t minor, int exponent);

// The same with at least one decimal: "73.0".
std::string major_units_with_point(std::int64_t minor, int exponent);

// Minor units of what is written; nothing when it is no plain decimal, has a part of a minor unit,
// or more than 18 digits.
std::optional<std::int64_t> minor_units(std::string_view major, int exponent) noexcept;

// Integers of a processor that counts in units of `decimals`, where ISO 4217 has `exponent`.
struct Scale {
  int exponent = 2;
  int decimals = 2;

  // All amounts have to be multiples of it, in minor units of ISO 4217.
  std::int64_t grain_minor() const noexcept;

  std::int64_t units(std::int64_t minor) const noexcept;  // a multiple of the grain
  std::int64_t minor(std::int64_t units) const noexcept;  // rounded down
};

}  // namespace authd::simulate::random
