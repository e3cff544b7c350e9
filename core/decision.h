// Decision: the answer to one request, and every reason a request can be declined for.

#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/money.h"

namespace authd::core {

// Ranked: when several apply, the smallest number is the answer. Stored and exported: numbers are
// never reused.
enum class Reason : std::uint16_t {
  approved = 0,
  message_conflict = 10,  // this message id was used for other money
  too_late = 15,          // not decided by the answer's deadline: the processor was told "declined"
  program_unknown = 20,
  card_unknown = 30,
  card_closed = 40,
  card_frozen = 41,
  card_inactive = 42,
  card_not_yet_active = 49,
  card_expired = 50,
  account_unknown = 60,
  account_closed = 70,
  account_frozen = 71,
  holder_not_verified = 72,  // the program asks for more: Program::kyc
  currency_mismatch = 80,
  kind_not_supported = 90,
  authorization_closed = 95,  // it was reversed, declined, expired or cleared for the last time

  // Given by spend controls. One rank: the first control that fails decides, see control.h.
  denied = 101,
  outside_hours = 102,
  verification_required = 103,
  card_used = 104,
  merchant_locked = 105,
  amount_limit = 111,
  count_limit = 112,

  insufficient_funds = 130,
  sum_out_of_range = 140,  // a balance or counter would leave int64
  exposure_limit = 150,    // too much approved money is not in the ledger yet
  stale_state = 151,       // the ledger was not heard of for too long

  // Given by the daemon without asking the decision, never recorded.
  overloaded = 200,
  storage = 210,
};

std::string_view name(Reason reason) noexcept;  // "insufficient_funds"

std::span<const Reason> all_reasons() noexcept;  // in rank order

// Whether a number read from disk is one of the above.
bool is_reason(std::uint16_t number) noexcept;

// An account's balance after the decision, in its currency; zero when no account was found.
struct Balance {
  std::int64_t posted_minor = 0;
  std::int64_t available_minor = 0;
  friend bool operator==(const Balance&, const Balance&) = default;
};

struct Decision {
  Reason reason = Reason::approved;
  Money approved;  // zero when declined
  Balance balance;

  bool is_approved() const noexcept { return reason == Reason::approved; }
  friend bool operator==(const Decision&, const Decision&) = default;
};

}  // namespace authd::core
