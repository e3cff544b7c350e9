// Rows: the nouns of the state. Each is a plain value; store/format says how one is written to
// disk.
//
// Amounts are minor units of the currency of the account concerned.

#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "core/decision.h"
#include "core/identifiers.h"
#include "core/money.h"
#include "core/request.h"
#include "core/time.h"

namespace authd::core {

// One card program of the issuer at one processor. Comes from the configuration, not from the
// journal.
struct Program {
  ProgramId id;
  TimeZone time_zone;  // in which a limit's day begins and ends
};

enum class AccountStatus : std::uint8_t { active = 1, frozen = 2, closed = 3 };

// A wallet.
struct Account {
  AccountId id;
  Currency currency;
  AccountStatus status = AccountStatus::active;
  std::int64_t posted_minor = 0;  // posted credits − posted debits
  std::int64_t held_minor = 0;    // sum of its open holds, never negative
  std::optional<std::int64_t> daily_limit_minor;

  // What may still be spent; nothing when it does not fit int64.
  std::optional<std::int64_t> available_minor() const noexcept {
    return checked_sub(posted_minor, held_minor);
  }

  friend bool operator==(const Account&, const Account&) = default;
};

enum class CardStatus : std::uint8_t { active = 1, inactive = 2, frozen = 3, closed = 4 };

// A processor's card token bound to one account.
struct Card {
  ProgramId program;
  CardToken token;
  AccountId account;
  CardStatus status = CardStatus::inactive;
  Timestamp expires_at;  // the first moment at which the card is no longer valid
  std::optional<std::int64_t> transaction_limit_minor;
  std::optional<std::int64_t> daily_limit_minor;

  friend bool operator==(const Card&, const Card&) = default;
};

enum class HoldStatus : std::uint8_t { open = 1, captured = 2, released = 3, expired = 4 };

// Money of an account reserved for one authorization.
struct Hold {
  HoldId id;
  AccountId account;
  ProgramId program;
  CardToken card;
  MessageId authorization;  // the message that opened it
  Money amount;             // still reserved
  HoldStatus status = HoldStatus::open;
  Timestamp opened_at;

  friend bool operator==(const Hold&, const Hold&) = default;
};

// Whose spending a counter counts: a card's, or an account's over all of its cards.
struct UsageOwner {
  struct CardOwner {
    ProgramId program;
    CardToken card;
    friend bool operator==(const CardOwner&, const CardOwner&) = default;
  };
  std::variant<AccountId, CardOwner> of;
  friend bool operator==(const UsageOwner&, const UsageOwner&) = default;
};

enum class Window : std::uint8_t { day = 1 };

// What was spent in the current window: gross debits approved, holds included.
struct Usage {
  UsageOwner owner;
  Window window = Window::day;
  LocalDay day;  // the day that is counted; never goes back
  std::int64_t amount_minor = 0;
  std::uint32_t count = 0;

  friend bool operator==(const Usage&, const Usage&) = default;
};

// What was answered to a message, so that its repetition gets the same answer and moves no money.
struct Idempotency {
  ProgramId program;
  MessageId message;
  CardToken card;  // card, kind and amount tell a repetition from another message under the same id
  Kind kind = Kind::purchase;
  Money amount;
  Decision decision;
  HoldId hold;  // opened or increased by it; 0 when none
  Timestamp decided_at;

  friend bool operator==(const Idempotency&, const Idempotency&) = default;
};

using Row = std::variant<Account, Card, Hold, Usage, Idempotency>;

}  // namespace authd::core
