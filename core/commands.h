// Commands: all that can be asked of the state. Requests and events are in request.h, transfers in
// transfer.h.

#pragma once

#include <variant>

#include "core/request.h"
#include "core/rows.h"
#include "core/transfer.h"

namespace authd::core {

// Opens an account or issues a card, with the balance it starts with.
struct OpenAccount {
  Account account;
  friend bool operator==(const OpenAccount&, const OpenAccount&) = default;
};
struct IssueCard {
  Card card;
  friend bool operator==(const IssueCard&, const IssueCard&) = default;
};

// Effective at once, for the next command.
struct ChangeAccount {
  AccountId account;
  AccountStatus status = AccountStatus::active;
  std::int64_t overdraft_minor = 0;
  std::int64_t minimum_minor = 0;
  Kyc kyc = Kyc::none;
  friend bool operator==(const ChangeAccount&, const ChangeAccount&) = default;
};
struct ChangeCard {
  ProgramId program;
  CardToken card;
  CardStatus status = CardStatus::active;
  Timestamp active_from;
  Timestamp expires_at;
  friend bool operator==(const ChangeCard&, const ChangeCard&) = default;
};

// Creates the control, or edits the one with its id. `version` and `counter` are given by apply: an
// edit that changes what is counted (measure, window, whose spending, or the kind of check) begins
// to count anew, any other keeps what was used.
struct SetControl {
  Owner owner;
  Control control;
  friend bool operator==(const SetControl&, const SetControl&) = default;
};
struct RemoveControl {
  Owner owner;
  ControlId control;
  friend bool operator==(const RemoveControl&, const RemoveControl&) = default;
};

// What the daemon read from its configuration and the tz database. The same again changes nothing.
struct ConfigureProgram {
  Program program;
  friend bool operator==(const ConfigureProgram&, const ConfigureProgram&) = default;
};
struct DefineZone {
  TimeZone zone;
  friend bool operator==(const DefineZone&, const DefineZone&) = default;
};

// Releases one authorization whose time is over, or makes one step towards the next. Bounded: reads
// at most `slots_per_step` slots.
struct ExpireNext {
  static constexpr int slots_per_step = 64;
  friend bool operator==(ExpireNext, ExpireNext) = default;
};

// The answer to this message came too late: the processor was told "declined". What was approved
// is released, and a repetition is declined too.
struct Abandon {
  ProgramId program;
  MessageId message;
  friend bool operator==(const Abandon&, const Abandon&) = default;
};

// What PostgreSQL says about rows that are its own. The same again changes nothing; what the state
// keeps itself (balances, locked_to, has_controls) is left empty and kept.

// Opens the account with posted_minor, or takes status, overdraft, minimum and kyc over. `exists`:
// it is kept in another currency.
struct MirrorAccount {
  Account account;
  friend bool operator==(const MirrorAccount&, const MirrorAccount&) = default;
};

// Issues the card, or takes status, active_from and expires_at over. `exists`: it belongs to
// another account.
struct MirrorCard {
  Card card;
  friend bool operator==(const MirrorCard&, const MirrorCard&) = default;
};

// Puts the control as it is, with its version and its counter, which must be there if it counts.
struct MirrorControl {
  Owner owner;
  Control control;
  friend bool operator==(const MirrorControl&, const MirrorControl&) = default;
};
struct MirrorRemoval {
  Owner owner;
  ControlId control;
  friend bool operator==(const MirrorRemoval&, const MirrorRemoval&) = default;
};

// MirrorMark, the row itself, is the command that puts it.

using Command = std::variant<Request, Event, OpenAccount, IssueCard, ChangeAccount, ChangeCard,
                             SetControl, RemoveControl, ConfigureProgram, DefineZone, ExpireNext,
                             Abandon, MoveMoney, AdvanceTransfer, MirrorAccount, MirrorCard,
                             MirrorControl, MirrorRemoval, MirrorMark>;

}  // namespace authd::core
