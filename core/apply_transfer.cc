#include "core/apply_parts.h"
#include "core/booking.h"

namespace authd::core {

namespace {

// Both sides of a transfer. Nothing: the outside, or a wallet that is not known.
struct Wallets {
  std::optional<Account> from;
  std::optional<Account> to;
};

Result<Wallets, StateFault> wallets_of(const State& state, AccountId from, AccountId to) {
  Wallets wallets;
  if (from != AccountId{}) {
    AUTHD_TRY(account, state.account(from));
    wallets.from = account;
  }
  if (to != AccountId{}) {
    AUTHD_TRY(account, state.account(to));
    wallets.to = account;
  }
  return wallets;
}

Moved refused(Moved::Fault fault, const Transfer& stands = {}) noexcept {
  Moved moved;
  moved.origin = Moved::Origin::refused;
  moved.fault = fault;
  moved.transfer = stands;
  return moved;
}

Moved repeated(const Transfer& stands) noexcept {
  Moved moved;
  moved.origin = Moved::Origin::repeated;
  moved.transfer = stands;
  return moved;
}

bool same_transfer(const MoveMoney& move, const Transfer& stored) noexcept {
  MoveMoney asked = beginning_of(stored);
  asked.mirrored = move.mirrored;  // whoever asks, it is the same money
  return asked == move;
}

bool is(const std::optional<Account>& account, AccountStatus status) noexcept {
  return account && account->status == status;
}

bool is_kept_in(const std::optional<Account>& account, Currency currency) noexcept {
  return !account || account->currency == currency;
}

bool covers(const Account& account, std::int64_t amount) noexcept {
  const auto available = account.available_minor();
  return available && amount <= *available;
}

Reason refusal(const MoveMoney& move, const Wallets& wallets) noexcept {
  const auto& [from, to] = wallets;
  const bool from_unknown = move.from != AccountId{} && !from;
  const bool to_unknown = move.to != AccountId{} && !to;
  if (from_unknown || to_unknown) return Reason::account_unknown;
  if (!move.mirrored) {
    if (is(from, AccountStatus::closed) || is(to, AccountStatus::closed)) {
      return Reason::account_closed;
    }
    if (is(from, AccountStatus::frozen)) return Reason::account_frozen;  // it may receive
  }
  const Currency currency = move.amount.currency;
  if (!is_kept_in(from, currency) || !is_kept_in(to, currency)) return Reason::currency_mismatch;
  const bool covered = !from || covers(*from, move.amount.minor_units);
  return covered ? Reason::approved : Reason::insufficient_funds;
}

// Makes the changes that `moved` tells and appends the accounts. False, and nothing is done, when a
// sum would leave int64.
bool change(const Wallets& wallets, const Moved& moved, std::vector<Row>& rows) {
  const auto changed = [](const std::optional<Account>& account, const Movement& by) {
    return account ? core::moved(*account, by) : std::nullopt;
  };
  const auto from = changed(wallets.from, {moved.from_held_minor, moved.from_posted_minor, 0});
  const auto to = changed(wallets.to, {0, moved.to_posted_minor, 0});
  if (from.has_value() != wallets.from.has_value()) return false;
  if (to.has_value() != wallets.to.has_value()) return false;
  if (from != wallets.from) rows.emplace_back(*from);
  if (to != wallets.to) rows.emplace_back(*to);
  return true;
}

Moved begin(const MoveMoney& move, const Moment& moment) noexcept {
  Moved moved;
  Transfer& transfer = moved.transfer;
  transfer.program = move.program;
  transfer.id = move.id;
  transfer.kind = move.kind;
  transfer.from = move.from;
  transfer.to = move.to;
  transfer.amount = move.amount;
  transfer.reserve = move.reserve;
  transfer.mirrored = move.mirrored;
  transfer.status = move.reserve ? TransferStatus::reserved : TransferStatus::posted;
  transfer.requested_at = moment.at;
  transfer.changed_at = moment.at;
  transfer.begun_by = moment.sequence;
  const std::int64_t amount = move.amount.minor_units;
  if (move.reserve) {
    moved.from_held_minor = amount;
  } else {
    if (move.from != AccountId{}) moved.from_posted_minor = -amount;
    if (move.to != AccountId{}) moved.to_posted_minor = amount;
  }
  return moved;
}

void decline(Moved& moved, Reason reason) noexcept {
  moved.transfer.status = TransferStatus::declined;
  moved.transfer.reason = reason;
  moved.from_held_minor = 0;
  moved.from_posted_minor = 0;
  moved.to_posted_minor = 0;
}

bool follows(const Transfer& transfer, TransferStatus next) noexcept {
  switch (next) {
    case TransferStatus::sent: return transfer.status == TransferStatus::reserved;
    case TransferStatus::posted: return is_held(transfer.status);
    case TransferStatus::returned:
      return is_held(transfer.status) ||
             (transfer.status == TransferStatus::posted && transfer.kind == TransferKind::wire);
    case TransferStatus::reserved:
    case TransferStatus::declined: break;
  }
  return false;
}

Moved advance(const Transfer& stored, TransferStatus next, Timestamp now) noexcept {
  Moved moved;
  moved.transfer = stored;
  moved.transfer.status = next;
  moved.transfer.changed_at = now;
  const std::int64_t amount = stored.amount.minor_units;
  if (is_held(stored.status) && !is_held(next)) moved.from_held_minor = -amount;
  if (next == TransferStatus::posted) moved.from_posted_minor = -amount;
  if (stored.status == TransferStatus::posted) moved.from_posted_minor = amount;
  return moved;
}

}  // namespace

Result<void, StateFault> apply_transfer(const State& state, const MoveMoney& move,
                                        const Moment& moment, Applied& applied) {
  if (!is_valid(move)) {
    applied.outcome = refused(Moved::Fault::invalid);
    return {};
  }
  AUTHD_TRY(stored, state.transfer(move.program, move.id));
  if (stored) {
    applied.outcome =
        same_transfer(move, *stored) ? repeated(*stored) : refused(Moved::Fault::conflict, *stored);
    return {};
  }
  AUTHD_TRY(wallets, wallets_of(state, move.from, move.to));
  Moved moved = begin(move, moment);
  const Reason reason = refusal(move, wallets);
  if (reason != Reason::approved) {
    decline(moved, reason);
  } else if (!change(wallets, moved, applied.rows)) {
    decline(moved, Reason::sum_out_of_range);
  }
  applied.rows.emplace_back(moved.transfer);
  applied.outcome = moved;
  return {};
}

Result<void, StateFault> apply_transfer(const State& state, const AdvanceTransfer& advancing,
                                        const Moment& moment, Applied& applied) {
  AUTHD_TRY(stored, state.transfer(advancing.program, advancing.id));
  if (!stored) {
    applied.outcome = refused(Moved::Fault::unknown);
    return {};
  }
  if (stored->status == advancing.to) {
    applied.outcome = repeated(*stored);
    return {};
  }
  if (!follows(*stored, advancing.to)) {
    applied.outcome = refused(Moved::Fault::wrong_state, *stored);
    return {};
  }
  AUTHD_TRY(wallets, wallets_of(state, stored->from, stored->to));
  if (!wallets.from) return Unexpected{StateFault::corrupt};  // what follows anything debits one
  const Moved moved = advance(*stored, advancing.to, moment.at);
  if (!change(wallets, moved, applied.rows)) {
    applied.outcome = refused(Moved::Fault::out_of_range, *stored);
    return {};
  }
  applied.rows.emplace_back(moved.transfer);
  applied.outcome = moved;
  return {};
}

}  // namespace authd::core
