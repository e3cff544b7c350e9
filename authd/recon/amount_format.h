// Amounts as suppliers write them, read digit by digit into minor units. Never a floating-point
// number in between, and never a guess: "1,234" is refused where the comma is not the grouping
// mark.

#pragma once

#include <cstdint>
#include <string_view>

#include "authd/recon/source.h"
#include "core/money.h"
#include "core/result.h"

namespace authd::recon {

enum class AmountError : std::uint8_t {
  not_a_number = 1,
  wrong_sign = 2,  // a sign where the format has none, or two
  wrong_grouping = 3,
  too_many_decimals = 4,  // more than the currency has, or any in minor units
  too_large = 5,          // beyond core::minor_units_max
};

// Signed minor units. A sign that stands in another column is for the caller to apply; with
// Sign::always_negative the result is negative.
core::Result<std::int64_t, AmountError> parse_amount(std::string_view text,
                                                     const AmountFormat& format,
                                                     core::Currency currency);

// A fee or a total: the same digits, with a leading sign where amounts have none of their own.
core::Result<std::int64_t, AmountError> parse_signed_amount(std::string_view text,
                                                            const AmountFormat& format,
                                                            core::Currency currency);

}  // namespace authd::recon
