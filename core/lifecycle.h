// Lifecycle: what one authorization holds, counts and announces, computed from its sums.
//
//   authorized = max(approved, confirmed) + adjusted
//   counted    = closed ? cleared : max(authorized − released, cleared)        never below cleared
//   held       = closed ? 0 : max(0, authorized − released − cleared)
//                + extra, while nothing is cleared and something is held
//   pending    = closed ? 0 : max(0, max(credit approved, credit confirmed) − credited)
//
// Sums do not depend on the order of messages, and each message adds to them once: so neither
// repetition nor reordering can change the result. An event that comes before its authorization
// opens it; what it gives back is remembered and meets the money when that comes. A presentment
// does not wait: it is booked at once, alone if its authorization never comes.
//
// clang-format off
//
//   message                  changes                         held              posted     counted
//   ───────────────────────  ──────────────────────────────  ────────────────  ─────────  ─────────────────
//   request approved         approved + amount               + amount + extra             + amount
//   request approved, credit credit approved + amount        pending + amount
//   increment approved       approved + change               + change                     + change
//   approved, about it       approved := amount              to amount                    to amount
//   approved, in all         confirmed := max(…, amount)     up to amount                 up to amount
//   incremented              approved + amount               + amount                     + amount
//   advised                  adjusted, so that               to amount                    to amount
//                            authorized − released = amount
//   declined, about it       approved − its share            − its share                  − its share
//   declined, in all         closure declined                to 0                         to cleared
//   reversed                 released + amount               − amount                     − amount
//   reversed, final          … and closure reversed          to 0                         to cleared
//   expired                  closure expired                 to 0                         to cleared
//   closed                   closure completed               to 0                         to cleared
//   cleared                  cleared + amount                − amount, extra   − amount   + what exceeds
//   cleared, final           … and closure completed         to 0              − amount   to cleared
//   cleared after any end    cleared + amount                                  − amount   + amount
//   refunded                 credited + amount               pending − …       + amount
//   credit approved          credit confirmed := max(…)      pending up to amount
//   charged back             credited + amount                                 + amount
//   chargeback reversed      credited − amount                                 − amount
//   expiry by our calendar   closure expired                 to 0                         to cleared
//   abandoned by us          approved − its share            − its share                  − its share
//
// clang-format on
//
// Nothing here declines: what could be declined was decided before.

#pragma once

#include <cstdint>
#include <optional>

#include "core/rows.h"

namespace authd::core {

// The results of the sums. All are 0 or more.
struct Standing {
  std::int64_t counted_minor = 0;
  std::int64_t held_minor = 0;
  std::int64_t pending_credit_minor = 0;
  friend bool operator==(const Standing&, const Standing&) = default;
};

// Nothing when a sum leaves int64.
std::optional<Standing> standing(const Authorization& authorization) noexcept;

}  // namespace authd::core
