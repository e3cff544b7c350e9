// Control: a spend control, attached to a program, an account or a card.
//
// All controls that apply to a request are evaluated, in this order: the program's, the account's,
// the card's; within one owner by ascending id. The first enforced control that fails decides. A
// shadow control is evaluated, counted and recorded like any other, but never declines.
//
// A control applies when its filter matches. Balance inquiries pass all controls; limits and
// single use look at debits alone (purchase, cash, quasi-cash).
//
// Limits count gross debits of the authorizations their filter matches: what is held and what is
// cleared, without the extra held for tips or fuel. A reversal, a decline or an expiry takes back
// what it released, newest first, from the tally in which it was counted, if that is still there. A
// credit takes nothing back. A count limit counts authorizations, not messages; one whose whole
// amount was released is counted no more.

#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "core/filter.h"
#include "core/identifiers.h"
#include "core/window.h"

namespace authd::core {

enum class Mode : std::uint8_t { enforce = 1, shadow = 2 };

// Whom a control is attached to, and whose spending a limit counts.
enum class Level : std::uint8_t { program = 1, account = 2, card = 3 };
inline constexpr Level level_last = Level::card;
std::string_view name(Level level) noexcept;  // "account"

// A counter: named by the journal record that began it, so a limit that counts anew has another.
struct CounterId {
  std::uint64_t value = 0;
  friend constexpr auto operator<=>(const CounterId&, const CounterId&) noexcept = default;
};

// At most `max` minor units, or authorizations, in a window; exactly `max` is within.
struct Limit {
  enum class Measure : std::uint8_t { amount = 1, count = 2 };

  Measure measure = Measure::amount;
  std::int64_t max = 0;
  Window window;
  Level counts = Level::card;  // whose spending: a program's limit may count each card for itself
  friend bool operator==(const Limit&, const Limit&) = default;
};

// What the filter matches is refused.
struct Deny {
  friend bool operator==(Deny, Deny) = default;
};

// What the filter matches must match `only` too.
struct Allow {
  Filter only;
  friend bool operator==(const Allow&, const Allow&) = default;
};

// Only on these days between these minutes, in the program's zone. Where `until` is not after
// `from` the time runs over midnight and belongs to the day on which it began.
struct Hours {
  std::uint8_t weekdays = 0x7F;        // bit 0 Monday … bit 6 Sunday
  std::uint16_t from_minute = 0;       // of the day, included
  std::uint16_t until_minute = 1'440;  // excluded, 1..1440
  friend bool operator==(const Hours&, const Hours&) = default;
};

// The results that are good enough; an empty set requires nothing.
struct Require {
  EnumSet<Verification> address;
  EnumSet<Verification> security_code;
  EnumSet<Verification> cardholder;
  friend bool operator==(const Require&, const Require&) = default;
};

// One authorization in the life of the card; free again when the whole of it was released.
struct SingleUse {
  friend bool operator==(SingleUse, SingleUse) = default;
};

// The merchant of the card's first debit that was approved, for more than 0, is its only one
// (Card::locked_to), also when that debit is taken back.
struct MerchantLock {
  friend bool operator==(MerchantLock, MerchantLock) = default;
};

using Check = std::variant<Limit, Deny, Allow, Hours, Require, SingleUse, MerchantLock>;

// A control's number, given by whoever creates it: 1 or more, unique in the shard.
struct ControlId {
  std::int64_t value = 0;
  friend constexpr auto operator<=>(const ControlId&, const ControlId&) noexcept = default;
};

struct Control {
  ControlId id;
  std::uint32_t version = 1;  // of this id; counts edits
  Mode mode = Mode::enforce;
  Filter filter;
  Check check = Deny{};
  CounterId counter;  // of a Limit over more than one transaction and of SingleUse; otherwise 0
  friend bool operator==(const Control&, const Control&) = default;
};

// Who owns controls and counters.
struct Owner {
  struct CardOwner {
    ProgramId program;
    CardToken card;
    friend auto operator<=>(const CardOwner&, const CardOwner&) = default;
  };
  std::variant<ProgramId, AccountId, CardOwner> of;

  Level level() const noexcept { return static_cast<Level>(of.index() + 1); }
  friend bool operator==(const Owner&, const Owner&) = default;
};

// All controls of one owner, ascending by id.
struct ControlSet {
  static constexpr std::size_t controls_max = 64;

  Owner owner;
  std::vector<Control> controls;
  friend bool operator==(const ControlSet&, const ControlSet&) = default;
};

}  // namespace authd::core
