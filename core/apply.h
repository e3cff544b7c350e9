// apply: one command against the state: what comes out, and the rows it changes.
//
// The caller makes the change: it puts the rows into the state and the record into the journal, in
// that order of commands. Nothing here reads a clock or remembers anything, so replaying the same
// commands gives the same rows.

#pragma once

#include <cstddef>
#include <span>
#include <variant>
#include <vector>

#include "core/assert.h"
#include "core/commands.h"
#include "core/explanation.h"
#include "core/state.h"

namespace authd::core {

// The answer to a request. Stored in the message's row: a repetition finds all of it again.
struct Answer {
  enum class Origin : std::uint8_t {
    decided = 1,   // now, by this command
    repeated = 2,  // the stored answer to the same message
    refused = 3,   // the id belongs to another message: nothing is decided, nothing is recorded
  };
  Origin origin = Origin::decided;
  Decision decision;
  AuthorizationId authorization;
  Timestamp decided_at;
  friend bool operator==(const Answer&, const Answer&) = default;
};

// What an event, an expiry or an abandonment moved.
struct Booking {
  enum class Origin : std::uint8_t {
    booked = 1,    // now, by this command
    repeated = 2,  // it had been before: nothing changes
    refused = 3,   // it cannot be: the id belongs to an event with other money, or see `fault`
    nothing = 4,   // ExpireNext: nothing is due; Abandon: no such message, or declined anyway
  };
  enum class Fault : std::uint8_t {
    none = 0,
    conflict = 1,  // this notice id was used for other money
    program_unknown = 2,
    currency_mismatch = 3,  // not the account's, or not the authorization's
    out_of_range = 4,       // a sum would leave int64
  };

  Origin origin = Origin::booked;
  Fault fault = Fault::none;
  AuthorizationId authorization;
  AccountId account;  // 0: the card is unknown; posted money belongs to nobody yet (suspense)
  Currency currency;
  std::int64_t held_minor = 0;  // changes, signed as they change the account's columns
  std::int64_t posted_minor = 0;
  std::int64_t pending_credit_minor = 0;

  // For counting; each may be true together with others.
  bool unasked = false;  // a debit that no request of ours was approved for (stand-in, force post)
  bool over_captured = false;  // cleared more than was held
  bool late = false;           // cleared after reversal, decline or expiry
  bool ghost = false;          // money released because our answer timed out or was abandoned
  bool below_zero = false;     // the available balance is negative after a debit
  friend bool operator==(const Booking&, const Booking&) = default;
};

// How a command that sets something up ended.
enum class Setup : std::uint8_t {
  done = 1,
  unchanged = 2,        // exactly this was there already
  exists = 3,           // under this key there is something else; left as it is
  account_unknown = 4,  // a card, a control or a change needs its account first
  card_unknown = 5,
  control_unknown = 6,
  zone_unknown = 7,  // a control or program needs its zone first
  too_many = 8,      // ControlSet::controls_max
  invalid = 9,       // a value is out of its bounds; see valid()
};
std::string_view name(Setup setup) noexcept;

// Whether the command failed. Not that of removing what is not there, or opening what exists.
bool is_refusal(Setup setup) noexcept;

using Outcome = std::variant<Answer, Booking, Setup, Moved>;

// Whether every value is within the bounds that its declaration states.
bool valid(const Control& control) noexcept;
bool valid(const Program& program) noexcept;
bool valid(const TimeZone& zone) noexcept;

// The result of one command. Used again for the next, so that its buffers are allocated once.
struct Applied {
  // account, card, authorization, three usages, message or notice, message referred to, two due
  // slots, cursor, one to spare
  static constexpr std::size_t rows_max = 12;

  Outcome outcome;
  Explanation explanation;  // of an Answer that was decided now
  std::vector<Row> rows;    // changed, in the order in which they were; empty: nothing to record

  void clear() noexcept;
};

// When a command is applied, as which record of the journal if it changes anything, and what else
// was so at that moment. Recorded, so that a replay decides under the same circumstances.
struct Moment {
  Timestamp at;
  Sequence sequence;
  std::int64_t exposure_minor = 0;  // of the program and the currency of a request
  std::int64_t mirror_age_us = 0;
  bool past_deadline = false;  // the request has waited for too long
  friend bool operator==(const Moment&, const Moment&) = default;
};

Result<void, StateFault> apply(const State& state, const Command& command, const Moment& moment,
                               Applied& applied);

}  // namespace authd::core
