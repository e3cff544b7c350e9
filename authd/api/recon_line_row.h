// What files state, and what it was matched with, as the API shows it: expressions that build it.

#pragma once

#include <array>
#include <string>
#include <string_view>

namespace authd::api {

// The members of a line; `line` is the alias of authd.recon_line.
std::string recon_line_members_sql(std::string_view line);

// A match by its id, ended or not, with no more than so many of its lines and items; null when
// there is none.
std::string recon_match_sql(std::string_view id);
inline constexpr int recon_match_listed_max = 100;

inline constexpr std::array<std::string_view, 22> recon_line_members{"run",
                                                                     "line",
                                                                     "reference",
                                                                     "our_reference",
                                                                     "authorization_reference",
                                                                     "kind",
                                                                     "status",
                                                                     "amount",
                                                                     "fee_minor",
                                                                     "occurred_at",
                                                                     "settled_on",
                                                                     "card",
                                                                     "account",
                                                                     "merchant",
                                                                     "merchant_name",
                                                                     "counterparty",
                                                                     "authorization_code",
                                                                     "batch",
                                                                     "extra",
                                                                     "match",
                                                                     "discrepancies",
                                                                     "outcome"};

}  // namespace authd::api
