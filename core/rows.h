// Rows: the nouns of the state. Each is a plain value; store/format says how one is written to
// disk.
//
// Amounts are minor units of the currency of the account concerned.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "core/control.h"
#include "core/decision.h"
#include "core/identifiers.h"
#include "core/kyc.h"
#include "core/money.h"
#include "core/program.h"
#include "core/request.h"
#include "core/time.h"
#include "core/transfer.h"

namespace authd::core {

enum class AccountStatus : std::uint8_t { active = 1, frozen = 2, closed = 3 };

// A wallet.
struct Account {
  AccountId id;
  Currency currency;
  AccountStatus status = AccountStatus::active;
  std::int64_t posted_minor = 0;          // posted credits − posted debits
  std::int64_t held_minor = 0;            // by its open authorizations and by the transfers that
                                          // are reserved or sent; never negative
  std::int64_t pending_credit_minor = 0;  // announced credits, not spendable; never negative
  std::int64_t overdraft_minor = 0;       // may be spent beyond the balance; never negative
  std::int64_t minimum_minor = 0;         // must stay on the account; never negative
  Kyc kyc = Kyc::none;                    // of its holder
  bool has_controls = false;              // whether a ControlSet exists

  // What may still be spent: posted − held + overdraft − minimum. Negative after a debit that could
  // not be declined; nothing when it does not fit int64, or would not once nothing is held.
  std::optional<std::int64_t> available_minor() const noexcept;

  friend bool operator==(const Account&, const Account&) = default;
};

enum class CardStatus : std::uint8_t { active = 1, inactive = 2, frozen = 3, closed = 4 };

// A processor's card token bound to one account.
struct Card {
  ProgramId program;
  CardToken token;
  AccountId account;
  CardStatus status = CardStatus::inactive;
  Timestamp active_from;             // the first moment at which the card is valid
  Timestamp expires_at;              // the first moment at which it is no longer
  decltype(Merchant::id) locked_to;  // the only merchant, once a MerchantLock has seen one
  bool has_controls = false;

  friend bool operator==(const Card&, const Card&) = default;
};

// How an authorization ended, if it did. Rows keep the first that came.
enum class Closure : std::uint8_t {
  open = 1,
  completed = 2,  // cleared for the last time, or closed by the processor
  reversed = 3,
  expired = 4,
  declined = 5,  // it never was: declined or timed out at the processor
};
inline constexpr Closure closure_last = Closure::declined;
std::string_view name(Closure closure) noexcept;

// Part of what an authorization has counted towards limits: when it was counted.
struct Take {
  Timestamp at;
  std::int64_t minor = 0;
  friend bool operator==(const Take&, const Take&) = default;
};

// A counter that counted one of the takes.
struct Counted {
  std::uint8_t take = 0;  // its index
  Level counts = Level::card;
  CounterId counter;
  friend bool operator==(const Counted&, const Counted&) = default;
};

// One life cycle: what was authorized, given back, cleared and credited. Sums only, so that what is
// held does not depend on the order in which messages arrive; lifecycle.h has the arithmetic.
struct Authorization {
  static constexpr std::size_t takes_max = 16;  // beyond it the two oldest become one

  AuthorizationId id;  // the record that created it
  ProgramId program;
  MessageId key;  // the id under which it was first heard of
  CardToken card;
  AccountId account;  // 0: the card is not known
  Currency currency;
  std::int64_t approved_minor = 0;   // by messages: requests we approved, notices about them
  std::int64_t confirmed_minor = 0;  // in all, according to the processor, at least
  std::int64_t adjusted_minor = 0;   // by advices: added to the larger of the two; may be negative
  std::int64_t released_minor = 0;   // reversed
  std::int64_t cleared_minor = 0;
  std::int64_t extra_minor = 0;  // held for tips or fuel until the first clearing
  std::int64_t credit_approved_minor = 0;
  std::int64_t credit_confirmed_minor = 0;
  std::int64_t credited_minor = 0;
  std::optional<std::int64_t> awaited_total_minor;  // of an advice that came before anything else
  Closure closure = Closure::open;
  Timestamp opened_at;
  Timestamp expires_at;
  std::int64_t due_slot = 0;  // the DueSlot it is linked in; 0: none
  AuthorizationId next_due;   // the next one in there
  std::vector<Take> takes;    // oldest first; their sum is what is counted
  std::vector<Counted> counted;

  friend bool operator==(const Authorization&, const Authorization&) = default;
};

// What is known about a message id: the answer to a request, so that its repetition gets the same
// answer and moves no money, and what the processor said about it.
struct Message {
  enum class Notice : std::uint8_t { none = 1, approved = 2, declined = 3 };

  ProgramId program;
  MessageId id;
  AuthorizationId authorization;  // 0: none was needed
  bool decided = false;  // false: only others have referred to it; but for `kind` the next five are
                         // unset
  CardToken card;  // card, kind and amount tell a repetition from another message under the same id
  Kind kind = Kind::purchase;  // as notices have it, until it is decided
  Money amount;
  Decision decision;
  Timestamp decided_at;
  Notice notice = Notice::none;
  std::int64_t approved_minor = 0;  // its share of the authorization's approved_minor, or
                                    // credit_approved_minor
  friend bool operator==(const Message&, const Message&) = default;
};

// An event that was applied, so that its repetition is not.
struct Notice {
  ProgramId program;
  MessageId id;
  EventKind kind = EventKind::cleared;
  Money amount;
  AuthorizationId authorization;
  Timestamp at;
  friend bool operator==(const Notice&, const Notice&) = default;
};

// What was counted in one stretch of a window.
struct Tally {
  CounterId counter;
  Timestamp begins_at;
  std::int64_t minor = 0;
  std::uint32_t count = 0;
  friend bool operator==(const Tally&, const Tally&) = default;
};

// All counters of one owner, ordered by counter, then time. Tallies that have left their window go
// with the next change.
struct Usage {
  // Beyond it the two oldest tallies of the counter that has most become one: it counts for longer
  // than it should, never for shorter.
  static constexpr std::size_t tallies_max = 400;

  Owner owner;
  std::vector<Tally> tallies;
  friend bool operator==(const Usage&, const Usage&) = default;
};

// Authorizations that expire in the same ten minutes: the head of a list linked through next_due.
struct DueSlot {
  static constexpr std::int64_t length_us = 600 * us_per_s;

  std::int64_t slot = 0;  // time / length_us
  AuthorizationId head;   // 0: none is left
  friend bool operator==(const DueSlot&, const DueSlot&) = default;
};

// Every slot before this one is empty.
struct DueCursor {
  std::int64_t slot = 0;
  friend bool operator==(const DueCursor&, const DueCursor&) = default;
};

// How far the rows that PostgreSQL owns have been taken over: all that was committed before
// `end_lsn` of this server, in this incarnation of its database. system_id 0: nothing is known,
// everything has to be compared again.
struct MirrorMark {
  std::uint64_t system_id = 0;
  std::uint32_t timeline = 0;
  std::uint64_t end_lsn = 0;
  std::array<std::uint8_t, 16> incarnation{};
  friend bool operator==(const MirrorMark&, const MirrorMark&) = default;
};

using Row = std::variant<Account, Card, Authorization, Usage, Message, Notice, ControlSet, Program,
                         TimeZone, DueSlot, DueCursor, Transfer, MirrorMark>;

}  // namespace authd::core
