#include "authd/processors/stripe_units.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "core/assert.h"

namespace authd::processors::stripe {

namespace {

constexpr std::int64_t power_of_ten(int exponent) noexcept {
  std::int64_t power = 1;
  for (; exponent > 0; --exponent) power *= 10;
  return power;
}

}  // namespace

Units::Units(std::vector<Decimals> configured) : configured_(std::move(configured)) {}

std::optional<int> Units::decimals(core::Currency currency) const noexcept {
  const auto found =
      std::find_if(configured_.begin(), configured_.end(),
                   [currency](const Decimals& entry) { return entry.currency == currency; });
  if (found != configured_.end()) return found->decimals;
  const std::string_view alpha = currency.alpha();
  if (alpha == "MGA") return 0;
  if (alpha == "ISK") return 2;
  if (alpha == "UGX") return std::nullopt;
  return currency.exponent();
}

int Units::finer(core::Currency currency) const noexcept {
  const auto at_stripe = decimals(currency);
  AUTHD_ASSERT(at_stripe);  // the adapter refuses the currency otherwise
  return currency.exponent() - *at_stripe;
}

core::Result<std::int64_t, ParseFault> Units::to_minor(std::int64_t units,
                                                       core::Currency currency) const noexcept {
  const int finer_by = finer(currency);
  if (finer_by >= 0) {
    const std::int64_t factor = power_of_ten(finer_by);
    if (units > core::minor_units_max / factor)
      return core::Unexpected{ParseFault::amount_overflow};
    return units * factor;
  }
  const std::int64_t divisor = power_of_ten(-finer_by);
  if (units % divisor != 0) return core::Unexpected{ParseFault::amount_too_many_decimals};
  return units / divisor;
}

std::int64_t Units::from_minor(core::Money amount) const noexcept {
  const int finer_by = finer(amount.currency);
  if (finer_by >= 0) return amount.minor_units / power_of_ten(finer_by);
  const std::int64_t factor = power_of_ten(-finer_by);
  AUTHD_ASSERT(amount.minor_units <= core::minor_units_max / factor);
  return amount.minor_units * factor;
}

}  // namespace authd::processors::stripe
