// Units: Stripe's amounts and ours. Stripe writes integers in what it calls the smallest unit of a
// currency; core counts the minor units of ISO 4217. For some currencies these are not the same.
//
//   MGA  Stripe 0 decimals, ISO 4217 2
//   ISK  Stripe 2 ("ISK will remain a two-decimal currency in the Stripe API"), ISO 4217 0
//   UGX  Stripe's documentation says both 0 and 2. A guess would be wrong by a factor of 100, so
//        its amounts are refused until the configuration says which
//   all others as ISO 4217
//
// Sources: Stripe, Supported currencies (zero-decimal currencies, special cases); Stripe support,
// "Deprecation of fractional ISK charges and refunds".

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "authd/processors/parse_error.h"
#include "core/money.h"
#include "core/result.h"

namespace authd::processors::stripe {

class Units {
 public:
  static constexpr int decimals_max = 4;

  struct Decimals {
    core::Currency currency;
    int decimals = 0;
    friend bool operator==(const Decimals&, const Decimals&) = default;
  };

  // `configured` goes before the table above.
  explicit Units(std::vector<Decimals> configured = {});

  // Of Stripe's amounts. Nothing: not known.
  std::optional<int> decimals(core::Currency currency) const noexcept;

  // Minor units of a currency whose decimals are known; `units` is not negative. What is not a
  // whole number of them, or above core::minor_units_max, is refused.
  core::Result<std::int64_t, ParseFault> to_minor(std::int64_t units,
                                                  core::Currency currency) const noexcept;

  // And back, for an amount that is not above one that to_minor() gave. Rounded down: Stripe is
  // never told more than was approved.
  std::int64_t from_minor(core::Money amount) const noexcept;

 private:
  // By how many decimals we count more finely than Stripe.
  int finer(core::Currency currency) const noexcept;

  std::vector<Decimals> configured_;
};

}  // namespace authd::processors::stripe
