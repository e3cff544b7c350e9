#include "authd/simulate/random/amounts.h"

#include <algorithm>

#include "core/assert.h"

namespace authd::simulate::random {

std::int64_t power_of_ten(int exponent) noexcept {
  AUTHD_ASSERT(0 <= exponent && exponent <= 18);
  std::int64_t power = 1;
  for (; exponent > 0; --exponent) power *= 10;
  return power;
}

std::string major_units(std::int64_t minor, int exponent) {
  const std::int64_t one = power_of_ten(exponent);
  const std::int64_t size = minor < 0 ? -minor : minor;
  std::string text = (minor < 0 ? "-" : "") + std::to_string(size / one);
  if (size % one == 0) return text;
  std::string decimals = std::to_string(size % one);
  decimals.insert(0, static_cast<std::size_t>(exponent) - decimals.size(), '0');
  decimals.erase(decimals.find_last_not_of('0') + 1);
  return text + '.' + decimals;
}

std::string major_units_with_point(std::int64_t minor, int exponent) {
  std::string text = major_units(minor, exponent);
  return text.find('.') == std::string::npos ? text + ".0" : text;
}

std::optional<std::int64_t> minor_units(std::string_view major, int exponent) noexcept {
  constexpr int digits_max = 18;
  const std::size_t point = std::min(major.find('.'), major.size());
  if (point == 0 || point + 1 == major.size()) return std::nullopt;
  std::int64_t minor = 0;
  int digits = 0;
  int decimals = 0;
  for (std::size_t i = 0; i < major.size(); ++i) {
    const char c = major[i];
    if (i == point) continue;
    if (c < '0' || c > '9') return std::nullopt;
    if (i > point && ++decimals > exponent) {
      if (c != '0') return std::nullopt;
      continue;
    }
    if (++digits > digits_max) return std::nullopt;
    minor = minor * 10 + (c - '0');
  }
  for (; decimals < exponent; ++decimals) {
    if (++digits > digits_max) return std::nullopt;
    minor *= 10;
  }
  return minor;
}

std::int64_t Scale::grain_minor() const noexcept {
  return exponent > decimals ? power_of_ten(exponent - decimals) : 1;
}

std::int64_t Scale::units(std::int64_t minor) const noexcept {
  if (exponent > decimals) return minor / power_of_ten(exponent - decimals);
  return minor * power_of_ten(decimals - exponent);
}

std::int64_t Scale::minor(std::int64_t units) const noexcept {
  if (exponent > decimals) return units * power_of_ten(exponent - decimals);
  return units / power_of_ten(decimals - exponent);
}

}  // namespace authd::simulate::random
