#include "store/postgres/entries.h"

namespace authd::store {

namespace {

constexpr const char* copy_entries =
    "COPY authd.journal_entry (shard, seq, kind, account_id, booked_at) FROM STDIN BINARY";
constexpr std::int16_t entry_fields = 5;

constexpr const char* copy_postings =
    "COPY authd.posting (shard, seq, leg, book, account_id, amount_minor, currency)"
    " FROM STDIN BINARY";
constexpr std::int16_t posting_fields = 7;

// The other side of what is posted.
Book counterpart(EntryKind kind) noexcept {
  const bool disputed = kind == EntryKind::chargeback || kind == EntryKind::chargeback_reversal;
  return disputed ? Book::chargebacks : Book::settlement;
}

}  // namespace

EntryKind entry_kind(core::EventKind kind) noexcept {
  switch (kind) {
    case core::EventKind::approved:
    case core::EventKind::incremented:
    case core::EventKind::advised:
    case core::EventKind::credit_approved: return EntryKind::hold_changed;
    case core::EventKind::declined:
    case core::EventKind::reversed:
    case core::EventKind::closed: return EntryKind::release;
    case core::EventKind::expired: return EntryKind::expiry;
    case core::EventKind::cleared: return EntryKind::clearing;
    case core::EventKind::refunded: return EntryKind::refund;
    case core::EventKind::charged_back: return EntryKind::chargeback;
    case core::EventKind::chargeback_reversed: return EntryKind::chargeback_reversal;
  }
  return EntryKind::hold_changed;
}

bool Entries::add(core::Sequence sequence, core::Timestamp at, EntryKind kind,
                  const Movement& movement) {
  const bool unknown = movement.account == core::AccountId{};
  const std::int64_t held = unknown ? 0 : movement.held_minor;
  const auto wallet = core::checked_sub(movement.posted_minor, held);
  const auto outside = core::checked_sub(0, movement.posted_minor);
  if (!wallet || !outside) return false;
  if (held == 0 && movement.posted_minor == 0) return true;

  entries_.row(entry_fields);
  entries_.number(shard_);
  entries_.number(sequence.value);
  entries_.enumerator(kind);
  entries_.number(movement.account.value);
  entries_.time(at);

  std::int16_t number = 0;
  for (const Leg& leg : {Leg{unknown ? Book::suspense : Book::wallet, *wallet},
                         Leg{Book::holds, held}, Leg{counterpart(kind), *outside}}) {
    if (leg.minor_units == 0) continue;
    postings_.row(posting_fields);
    postings_.number(shard_);
    postings_.number(sequence.value);
    postings_.number(++number);
    postings_.enumerator(leg.book);
    postings_.number(movement.account.value);
    postings_.number(leg.minor_units);
    postings_.text(movement.currency.alpha());
  }
  return true;
}

core::Result<void, PgError> Entries::write(Connection& connection) {
  AUTHD_TRY_VOID(connection.copy_in(copy_entries, entries_));
  return connection.copy_in(copy_postings, postings_);
}

void Entries::clear() noexcept {
  entries_.clear();
  postings_.clear();
}

}  // namespace authd::store
