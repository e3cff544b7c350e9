// Transfer: money moved without a card, between two wallets or between a wallet and the outside.
//
// Begun by one command under an id that is its idempotency key, and one record of the journal: both
// accounts change in it or none does. Posted at once, or reserved first: then the amount is held on
// the debited account until it is posted or returned. A transfer that was declined is kept, too, so
// that its repetition is declined again.
//
//   kind        from     to       the outside's book
//   ──────────  ───────  ───────  ──────────────────
//   top_up      outside  wallet   funding
//   withdrawal  wallet   outside  funding
//   fee         wallet   outside  fees
//   transfer    wallet   wallet   two different ones
//   wire        wallet   outside  funding
//   referral    outside  wallet   referral
//   correction  one of them       suspense
//
//   status    next                        moves
//   ────────  ──────────────────────────  ─────────────────────────────────────
//   reserved  sent                        nothing
//   reserved  posted                      from: held − amount, posted − amount
//   reserved  returned                    from: held − amount
//   sent      posted, returned            likewise
//   posted    returned, of a wire alone   from: posted + amount, by the bank

#pragma once

#include <cstdint>
#include <string_view>

#include "core/decision.h"
#include "core/identifiers.h"
#include "core/money.h"
#include "core/time.h"

namespace authd::core {

// Stored: numbers are never reused.
enum class TransferKind : std::uint8_t {
  top_up = 1,
  withdrawal = 2,
  fee = 3,
  transfer = 4,
  wire = 5,
  referral = 6,
  correction = 7,
};
inline constexpr TransferKind transfer_kind_last = TransferKind::correction;
std::string_view name(TransferKind kind) noexcept;  // "top_up"

enum class TransferStatus : std::uint8_t {
  reserved = 1,
  sent = 2,  // to the bank, which has not answered yet
  posted = 3,
  returned = 4,
  declined = 5,  // no money was moved
};
inline constexpr TransferStatus transfer_status_last = TransferStatus::declined;
std::string_view name(TransferStatus status) noexcept;  // "reserved"

// Whether money is held for it.
constexpr bool is_held(TransferStatus status) noexcept {
  return status == TransferStatus::reserved || status == TransferStatus::sent;
}

// The row.
struct Transfer {
  ProgramId program;
  MessageId id;
  TransferKind kind = TransferKind::transfer;
  AccountId from;  // 0: the outside
  AccountId to;    // 0: the outside
  Money amount;
  bool reserve = false;   // asked to be reserved first
  bool mirrored = false;  // came as a credit row of PostgreSQL
  TransferStatus status = TransferStatus::posted;
  Reason reason = Reason::approved;  // why it was declined
  Timestamp requested_at;
  Timestamp changed_at;
  Sequence begun_by;  // the record that created it

  friend bool operator==(const Transfer&, const Transfer&) = default;
};

// Begins a transfer. A wire or a withdrawal may be reserved first.
//
// A `mirrored` one is a credit that PostgreSQL has already: it comes from the outside and cannot be
// declined for the status of the account.
struct MoveMoney {
  ProgramId program;
  MessageId id;  // the same id again is the same transfer again
  TransferKind kind = TransferKind::transfer;
  AccountId from;  // 0: the outside
  AccountId to;    // 0: the outside
  Money amount;    // more than 0
  bool reserve = false;
  bool mirrored = false;
  friend bool operator==(const MoveMoney&, const MoveMoney&) = default;
};

struct AdvanceTransfer {
  ProgramId program;
  MessageId id;
  TransferStatus to = TransferStatus::posted;  // sent, posted, returned
  friend bool operator==(const AdvanceTransfer&, const AdvanceTransfer&) = default;
};

// The answer to both.
struct Moved {
  enum class Origin : std::uint8_t {
    done = 1,      // now, by this command: the transfer is recorded, declined or not
    repeated = 2,  // it had been before: nothing changes
    refused = 3,   // it cannot be, see `fault`: nothing changes, nothing is recorded
  };
  enum class Fault : std::uint8_t {
    none = 0,
    conflict = 1,      // the id belongs to a transfer of other money
    unknown = 2,       // there is no transfer under the id
    wrong_state = 3,   // that does not follow the status it has
    invalid = 4,       // no such transfer can be: see is_valid()
    out_of_range = 5,  // a balance would leave int64
  };

  Origin origin = Origin::done;
  Fault fault = Fault::none;
  Transfer transfer;                 // as it stands after; of nothing when unknown or invalid
  std::int64_t from_held_minor = 0;  // changes, signed as they change the accounts' columns
  std::int64_t from_posted_minor = 0;
  std::int64_t to_posted_minor = 0;
  friend bool operator==(const Moved&, const Moved&) = default;
};

// The command that began the transfer.
MoveMoney beginning_of(const Transfer& transfer) noexcept;

// Whether the command's fields fit together; whether the money is there is another question.
bool is_valid(const MoveMoney& move) noexcept;

}  // namespace authd::core
