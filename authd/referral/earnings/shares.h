// Shares: what each level earns from an amount, and what of it stays when the amount is given back.
//
//   pool       floor(amount × sum of the rates / 10,000)
//   share      floor(amount × rate / 10,000); what is left of the pool goes in single units to the
//              largest remainders, of equal ones to the lower level. The shares add up to the pool
//   retained   floor(earned × (amount − reversed) / amount)
//
// Pure. Amounts are minor units from 0 on; products are taken in 128 bits, so that every amount of
// int64 is computed exactly.

#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "authd/referral/words.h"

namespace authd::referral {

using LevelAmounts = std::array<std::int64_t, level_max>;
using LevelRates = std::array<std::int32_t, level_max>;  // basis points; 0: the level earns nothing

// The rates add up to 10,000 at most.
std::int64_t pool_of(std::int64_t amount, const LevelRates& rates) noexcept;
LevelAmounts shares_of(std::int64_t amount, const LevelRates& rates) noexcept;

// What of a share is within a cap of which so much is used up; without a cap all of it.
std::int64_t within_cap(std::int64_t share, std::optional<std::int64_t> cap,
                        std::int64_t used) noexcept;

// `reversed` is 0 to `amount`, which is above 0.
std::int64_t retained_of(std::int64_t earned, std::int64_t amount, std::int64_t reversed) noexcept;

}  // namespace authd::referral
