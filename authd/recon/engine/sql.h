// Pieces of SQL that a supplier's configuration decides on. Numbers and quoted texts alone come
// from it; amounts are computed in numeric, which does not overflow.

#pragma once

#include <string>
#include <string_view>

#include "authd/recon/supplier.h"

namespace authd::recon {

// A text as SQL writes it.
std::string sql_text(std::string_view text);

// The number of minor units that an amount may differ by: `amount` is an expression.
std::string sql_tolerance(const Tolerance& tolerance, std::string_view amount);

// The fee expected of a line's kind and currency for an amount; null where the schedule has none.
std::string sql_fee(const std::vector<Fee>& fees, std::string_view amount, std::string_view kind,
                    std::string_view currency);

// How much a fee may differ from the expected one; all three are expressions.
std::string sql_fee_tolerance(const std::vector<Fee>& fees, std::string_view expected,
                              std::string_view kind, std::string_view currency);

// An amount of `from` in the currency `to`, both expressions; null where there is no rate.
std::string sql_converted(const std::vector<Rate>& rates, std::string_view amount,
                          std::string_view from, std::string_view to);

// A number that may be out of range, as a bigint within ± core::minor_units_max.
std::string sql_minor(std::string_view expression);

}  // namespace authd::recon
