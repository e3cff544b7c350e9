// Entries: the double-entry book of what was decided and what has happened.
//
// What an account has is in two books, wallet and holds: together its posted balance. Money is
// reserved and released between the two; it leaves and comes through a third:
//
//   change of held    wallet −x   holds +x
//   change of posted  wallet +x   settlement −x, of disputes chargebacks −x
//   without account   suspense +x in place of the wallet; nothing is held
//   transfer          wallet −x   the other wallet +x, or the book of the outside
//   reserved          wallet −x   holds +x; posted later: holds −x, the book of the outside +x

#pragma once

#include <initializer_list>

#include "core/apply.h"
#include "store/postgres/connection.h"

namespace authd::store {

// What a leg belongs to. Numbers of the table authd.book.
enum class Book : std::int16_t {
  wallet = 1,
  holds = 2,
  funding = 3,
  settlement = 4,
  suspense = 5,
  chargebacks = 6,
  fees = 7,
  referral = 8,
};

// Numbers of the table authd.entry_kind.
enum class EntryKind : std::int16_t {
  opening_balance = 1,
  authorization = 2,
  hold_changed = 3,
  release = 4,
  expiry = 5,
  clearing = 6,
  refund = 7,
  chargeback = 8,
  chargeback_reversal = 9,
  top_up = 10,
  withdrawal = 11,
  fee = 12,
  transfer = 13,
  wire = 14,
  referral = 15,
  correction = 16,
  reservation = 17,
  reservation_release = 18,
  wire_return = 19,
};
EntryKind entry_kind(core::EventKind kind) noexcept;

// The changes that a record made to an account's sums.
struct Movement {
  core::AccountId account;  // 0: the card is not known
  core::Currency currency;
  std::int64_t held_minor = 0;
  std::int64_t posted_minor = 0;
};

class Entries {
 public:
  explicit Entries(std::int32_t shard) : shard_(shard) {}

  // One entry; none when nothing moved. False when a leg would leave int64.
  [[nodiscard]] bool add(const core::Moment& moment, EntryKind kind, const core::ProgramId& program,
                         const Movement& movement);

  // What a transfer, begun or advanced, has moved.
  void add(const core::Moment& moment, const core::Moved& moved);

  core::Result<void, PgError> write(Connection& connection);
  void clear() noexcept;
  std::size_t bytes() const noexcept { return entries_.size() + postings_.size(); }

 private:
  struct Leg {
    Book book;
    core::AccountId account;
    std::int64_t minor_units;
  };

  void entry(const core::Moment& moment, EntryKind kind, const core::ProgramId& program,
             core::AccountId account, core::AccountId other, core::Currency currency,
             std::initializer_list<Leg> legs);

  const std::int32_t shard_;
  CopyRows entries_;
  CopyRows postings_;
};

}  // namespace authd::store
