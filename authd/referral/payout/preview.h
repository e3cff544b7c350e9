// preview_payout: what the payout of a day would do, without doing it.
//
// Reads alone. Of a day to come it says what the dues of today would make of it: what is earned,
// taken back or decided meanwhile changes it. What PostgreSQL would refuse cannot be foreseen.
//
// Threads: one. Memory: one page.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "authd/referral/payout/day.h"
#include "authd/referral/words.h"
#include "store/postgres/connection.h"

namespace authd::referral {

struct PreviewLine {
  std::int64_t holder = 0;
  std::int64_t minor = 0;             // that is due
  std::int64_t held_minor = 0;        // besides, until an open case is decided
  std::optional<PayOutcome> outcome;  // nothing: all that he is owed is held
  std::int64_t account = 0;           // that would be credited; 0: none would
};

// Everybody who is owed something by the day, in the order of their numbers. The error
// `unexpected`: the program has no referral.
core::Result<void, store::PgError> preview_payout(
    store::Connection& connection, const std::string& program, core::LocalDay day,
    const std::function<void(const std::vector<PreviewLine>&)>& on_page,
    std::int32_t page_holders = 500);

}  // namespace authd::referral
