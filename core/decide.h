// decide: the rules, in the order of their reasons. Pure: same facts, same answer.

#pragma once

#include <optional>

#include "core/decision.h"
#include "core/request.h"
#include "core/rows.h"

namespace authd::core {

// The rows that one decision may read. Absent rows are absent facts, not errors; a missing usage
// row counts nothing yet.
struct Facts {
  const Program* program = nullptr;
  std::optional<Card> card;
  std::optional<Account> account;
  Usage card_usage;                // of today in the program's time zone
  Usage account_usage;             // likewise
  std::optional<Hold> increments;  // the open hold that the request adds to
};

// Total: every request gets a decision. The approved amount is the amount asked for; it is reserved
// only for the kinds of reserves_money().
Decision decide(const Request& request, const Facts& facts, Timestamp now) noexcept;

// Whether an approval of this kind holds money and counts towards limits.
bool reserves_money(Kind kind) noexcept;

}  // namespace authd::core
