#include "store/postgres/entries.h"

namespace authd::store {

namespace {

constexpr const char* copy_entries =
    "COPY authd.journal_entry (shard, seq, kind, program, account_id, other_account_id, booked_at)"
    " FROM STDIN BINARY";
constexpr std::int16_t entry_fields = 7;

constexpr const char* copy_postings =
    "COPY authd.posting (shard, seq, booked_at, leg, book, account_id, amount_minor, currency)"
    " FROM STDIN BINARY";
constexpr std::int16_t posting_fields = 8;

// The other side of what is posted.
Book counterpart(EntryKind kind) noexcept {
  const bool disputed = kind == EntryKind::chargeback || kind == EntryKind::chargeback_reversal;
  return disputed ? Book::chargebacks : Book::settlement;
}

Book outside(core::TransferKind kind) noexcept {
  switch (kind) {
    case core::TransferKind::fee: return Book::fees;
    case core::TransferKind::referral: return Book::referral;
    case core::TransferKind::correction: return Book::suspense;
    case core::TransferKind::top_up:
    case core::TransferKind::withdrawal:
    case core::TransferKind::transfer:
    case core::TransferKind::wire: break;
  }
  return Book::funding;
}

// What a transfer books as when it is posted.
EntryKind posted_kind(core::TransferKind kind) noexcept {
  switch (kind) {
    case core::TransferKind::top_up: return EntryKind::top_up;
    case core::TransferKind::withdrawal: return EntryKind::withdrawal;
    case core::TransferKind::fee: return EntryKind::fee;
    case core::TransferKind::transfer: return EntryKind::transfer;
    case core::TransferKind::wire: return EntryKind::wire;
    case core::TransferKind::referral: return EntryKind::referral;
    case core::TransferKind::correction: break;
  }
  return EntryKind::correction;
}

EntryKind entry_kind(const core::Moved& moved) noexcept {
  const core::Transfer& transfer = moved.transfer;
  if (transfer.status == core::TransferStatus::reserved) return EntryKind::reservation;
  if (transfer.status != core::TransferStatus::returned) return posted_kind(transfer.kind);
  return moved.from_posted_minor != 0 ? EntryKind::wire_return : EntryKind::reservation_release;
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

bool Entries::add(const core::Moment& moment, EntryKind kind, const core::ProgramId& program,
                  const Movement& movement) {
  const bool unknown = movement.account == core::AccountId{};
  const std::int64_t held = unknown ? 0 : movement.held_minor;
  const auto wallet = core::checked_sub(movement.posted_minor, held);
  const auto outside = core::checked_sub(0, movement.posted_minor);
  if (!wallet || !outside) return false;
  const core::AccountId account = movement.account;
  entry(moment, kind, program, account, {}, movement.currency,
        {{unknown ? Book::suspense : Book::wallet, account, *wallet},
         {Book::holds, account, held},
         {counterpart(kind), account, *outside}});
  return true;
}

// Every change is the transfer's amount, which is positive: no leg can leave int64.
void Entries::add(const core::Moment& moment, const core::Moved& moved) {
  const core::Transfer& transfer = moved.transfer;
  const std::int64_t out = moved.from_posted_minor;
  const std::int64_t in = moved.to_posted_minor;
  const bool between_wallets = out != 0 && in != 0;
  const core::AccountId wallet = transfer.from != core::AccountId{} ? transfer.from : transfer.to;
  entry(moment, entry_kind(moved), transfer.program, wallet,
        between_wallets ? transfer.to : core::AccountId{}, transfer.amount.currency,
        {{Book::wallet, transfer.from, out - moved.from_held_minor},
         {Book::holds, transfer.from, moved.from_held_minor},
         {Book::wallet, transfer.to, in},
         {outside(transfer.kind), wallet, between_wallets ? 0 : -out - in}});
}

// The legs that are not zero; no entry without any.
void Entries::entry(const core::Moment& moment, EntryKind kind, const core::ProgramId& program,
                    core::AccountId account, core::AccountId other, core::Currency currency,
                    std::initializer_list<Leg> legs) {
  std::int16_t number = 0;
  for (const Leg& leg : legs) {
    if (leg.minor_units == 0) continue;
    postings_.row(posting_fields);
    postings_.number(shard_);
    postings_.number(moment.sequence.value);
    postings_.time(moment.at);
    postings_.number(++number);
    postings_.enumerator(leg.book);
    postings_.number(leg.account.value);
    postings_.number(leg.minor_units);
    postings_.text(currency.alpha());
  }
  if (number == 0) return;
  entries_.row(entry_fields);
  entries_.number(shard_);
  entries_.number(moment.sequence.value);
  entries_.enumerator(kind);
  entries_.text(program.view());
  entries_.number(account.value);
  other == core::AccountId{} ? entries_.null() : entries_.number(other.value);
  entries_.time(moment.at);
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
