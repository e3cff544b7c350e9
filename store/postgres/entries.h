// Entries: the double-entry book of what was decided and what has happened.
//
// What an account has is in two books, wallet and holds: together its posted balance. Money is
// reserved and released between the two; it leaves and comes through a third:
//
//   change of held    wallet −x   holds +x
//   change of posted  wallet +x   settlement −x, of disputes chargebacks −x
//   without account   suspense +x in place of the wallet; nothing is held

#pragma once

#include "core/request.h"
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
  [[nodiscard]] bool add(core::Sequence sequence, core::Timestamp at, EntryKind kind,
                         const Movement& movement);

  core::Result<void, PgError> write(Connection& connection);
  void clear() noexcept;
  std::size_t bytes() const noexcept { return entries_.size() + postings_.size(); }

 private:
  struct Leg {
    Book book;
    std::int64_t minor_units;
  };

  const std::int32_t shard_;
  CopyRows entries_;
  CopyRows postings_;
};

}  // namespace authd::store
