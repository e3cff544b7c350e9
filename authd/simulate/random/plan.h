// Plan: which kind of life cycle it is to be, before anything has happened.

#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "authd/simulate/random/draw.h"

namespace authd::simulate::random {

// What a processor has, beyond what all of them have.
struct Abilities {
  bool partial_approval = false;
  bool increments = false;       // asks for more of the same authorization
  bool adjustments = false;      // tells a new total that nobody was asked about
  bool balance_inquiry = false;  // asks for the balance
  bool credits = false;          // asks before money for the cardholder is announced
  bool linked_refunds = false;   // a refund may name the purchase
  bool fallback = false;         // may approve by itself when there was no answer
  std::int64_t grain_minor = 1;  // amounts are multiples of it
};

enum class Kind : std::uint8_t {
  purchase = 1,  // authorized, cleared later
  single = 2,    // authorized and cleared by one message
  cash = 3,      // likewise, at an ATM, with a fee
  verification = 4,
  inquiry = 5,
  credit = 6,  // money for the cardholder, asked for
  refund = 7,  // and not asked for, of no purchase that is named
  forced = 8,  // cleared without authorization
};

enum class What : std::uint8_t {
  question = 1,
  decision = 2,  // how the question ended; or the network has decided without asking
  adjustment = 3,
  reversal = 4,
  expiry = 5,
  clearing = 6,
  refund = 7,
};

// What follows once it was approved.
struct Later {
  What what = What::clearing;
  int per_mille = 1000;  // of what is open; of a refund: of what was cleared, or is announced
  bool final = false;    // nothing is held any more after it
};

struct Plan {
  std::string_view name;
  Kind kind = Kind::purchase;
  bool is_asked = true;  // false: the network stands in, or there is no authorization
  bool partial_allowed = false;
  bool beyond_means = false;  // more than the account is likely to have
  int increments = 0;
  std::vector<Later> later;

  // Whether something may be held for good: then the merchant must be one whose final amount is the
  // authorized one, because issuers hold more at the others.
  bool may_stay_held() const noexcept;
};

Plan draw_plan(const Abilities& abilities, Draw& draw);

}  // namespace authd::simulate::random
