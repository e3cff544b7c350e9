// The model's transfers: every status each has had, and what that has made of the money.

#include <algorithm>

#include "tests/core/model.h"

namespace authd::core::test {

using naive::Wide;

namespace {

// Written as the table of core/transfer.h: outside → wallet, wallet → outside, wallet → wallet.
bool has_its_sides(const MoveMoney& move) {
  const bool in = move.from.value == 0 && move.to.value > 0;
  const bool out = move.from.value > 0 && move.to.value == 0;
  const bool across = move.from.value > 0 && move.to.value > 0 && move.from != move.to;
  switch (move.kind) {
    case TransferKind::top_up: return in;
    case TransferKind::withdrawal: return out;
    case TransferKind::fee: return out;
    case TransferKind::transfer: return across;
    case TransferKind::wire: return out;
    case TransferKind::referral: return in;
    case TransferKind::correction: return in || out;
  }
  return false;
}

bool can_be(const MoveMoney& move) {
  const bool may_be_reserved =
      move.kind == TransferKind::wire || move.kind == TransferKind::withdrawal;
  return !move.program.empty() && !move.id.empty() && move.amount.minor_units > 0 &&
         move.amount.currency.numeric() != 0 && has_its_sides(move) &&
         (may_be_reserved || !move.reserve) && !(move.mirrored && move.from.value != 0);
}

Moved refusal(Moved::Fault fault) {
  Moved moved;
  moved.origin = Moved::Origin::refused;
  moved.fault = fault;
  return moved;
}

}  // namespace

// What the transfer has made of one account's money so far.
Model::Totals Model::effect(const Journey& journey, AccountId account) {
  const std::int64_t amount = journey.move.amount.minor_units;
  const auto has_been = [&journey](TransferStatus status) {
    return std::count(journey.went.begin(), journey.went.end(), status) != 0;
  };
  const TransferStatus last = journey.went.back();
  const bool moved = has_been(TransferStatus::posted) && !has_been(TransferStatus::returned);
  const bool held = last == TransferStatus::reserved || last == TransferStatus::sent;
  Totals totals;
  if (account == journey.move.from) {
    totals.held_minor = held ? amount : 0;
    totals.posted_minor = moved ? -amount : 0;
  } else if (account == journey.move.to) {
    totals.posted_minor = moved ? amount : 0;
  }
  return totals;
}

Transfer Model::as_row(const Journey& journey) {
  const MoveMoney& move = journey.move;
  Transfer row;
  row.program = move.program;
  row.id = move.id;
  row.kind = move.kind;
  row.from = move.from;
  row.to = move.to;
  row.amount = move.amount;
  row.reserve = move.reserve;
  row.mirrored = move.mirrored;
  row.status = journey.went.back();
  row.reason = journey.reason;
  row.requested_at = journey.requested_at;
  row.changed_at = journey.changed_at;
  row.begun_by = journey.begun_by;
  return row;
}

Reason Model::reason_of(const MoveMoney& move) const {
  std::vector<const Account*> sides;
  for (const AccountId id : {move.from, move.to}) {
    if (id.value == 0) continue;
    const auto known = accounts_.find(id);
    if (known == accounts_.end()) return Reason::account_unknown;
    sides.push_back(&known->second);
  }
  const auto one_is = [&sides](auto wrong) {
    return std::any_of(sides.begin(), sides.end(), wrong);
  };
  if (!move.mirrored &&
      one_is([](const Account* side) { return side->status == AccountStatus::closed; })) {
    return Reason::account_closed;
  }
  if (!move.mirrored && one_is([&move](const Account* side) {
        return side->status == AccountStatus::frozen && side->id == move.from;
      })) {
    return Reason::account_frozen;
  }
  if (one_is([&move](const Account* side) { return side->currency != move.amount.currency; })) {
    return Reason::currency_mismatch;
  }
  if (move.from.value != 0 && available(move.from) < move.amount.minor_units) {
    return Reason::insufficient_funds;
  }
  for (const Account* side : sides) {
    const Totals sums = totals(side->id);
    const std::int64_t amount = move.amount.minor_units;
    Wide posted = sums.posted_minor;
    Wide held = sums.held_minor;
    if (side->id == move.to) posted += amount;
    if (side->id == move.from && move.reserve) held += amount;
    if (side->id == move.from && !move.reserve) posted -= amount;
    if (!fits(*side, posted, held, sums.pending_credit_minor)) return Reason::sum_out_of_range;
  }
  return Reason::approved;
}

Moved Model::move(const MoveMoney& move, const Moment& moment) {
  if (!can_be(move)) return refusal(Moved::Fault::invalid);
  const auto known = journeys_.find({move.program, move.id});
  if (known != journeys_.end()) {
    const MoveMoney& first = known->second.move;
    const bool same = first.kind == move.kind && first.from == move.from && first.to == move.to &&
                      first.amount == move.amount && first.reserve == move.reserve;
    Moved moved = same ? Moved{} : refusal(Moved::Fault::conflict);
    if (same) moved.origin = Moved::Origin::repeated;
    moved.transfer = as_row(known->second);
    return moved;
  }
  Journey journey{move, {}, reason_of(move), moment.at, moment.at, moment.sequence};
  TransferStatus first = move.reserve ? TransferStatus::reserved : TransferStatus::posted;
  if (journey.reason != Reason::approved) first = TransferStatus::declined;
  journey.went = {first};
  Moved moved;
  moved.transfer = as_row(journey);
  const Totals from = effect(journey, move.from);
  if (move.from.value != 0) {
    moved.from_held_minor = from.held_minor;
    moved.from_posted_minor = from.posted_minor;
  }
  if (move.to.value != 0) moved.to_posted_minor = effect(journey, move.to).posted_minor;
  journeys_[{move.program, move.id}] = journey;
  return moved;
}

Moved Model::advance(const AdvanceTransfer& advancing, Timestamp now) {
  const auto known = journeys_.find({advancing.program, advancing.id});
  if (known == journeys_.end()) return refusal(Moved::Fault::unknown);
  Journey& journey = known->second;
  const TransferStatus last = journey.went.back();
  const TransferStatus next = advancing.to;
  Moved moved;
  moved.transfer = as_row(journey);
  if (last == next) {
    moved.origin = Moved::Origin::repeated;
    return moved;
  }
  const bool open = last == TransferStatus::reserved || last == TransferStatus::sent;
  const bool bounced = last == TransferStatus::posted && journey.move.kind == TransferKind::wire;
  const bool allowed = (next == TransferStatus::sent && last == TransferStatus::reserved) ||
                       (next == TransferStatus::posted && open) ||
                       (next == TransferStatus::returned && (open || bounced));
  if (!allowed) {
    moved = refusal(Moved::Fault::wrong_state);
    moved.transfer = as_row(journey);
    return moved;
  }
  const Totals before = totals(journey.move.from);
  const Totals from_before = effect(journey, journey.move.from);
  Journey after = journey;
  after.went.push_back(next);
  after.changed_at = now;
  const Totals from_after = effect(after, journey.move.from);
  moved.from_held_minor = from_after.held_minor - from_before.held_minor;
  moved.from_posted_minor = from_after.posted_minor - from_before.posted_minor;
  const Wide posted = Wide{before.posted_minor} + moved.from_posted_minor;
  const Wide held = Wide{before.held_minor} + moved.from_held_minor;
  if (!fits(accounts_.at(journey.move.from), posted, held, before.pending_credit_minor)) {
    moved = refusal(Moved::Fault::out_of_range);
    moved.transfer = as_row(journey);
    return moved;
  }
  journey = after;
  moved.transfer = as_row(journey);
  return moved;
}

}  // namespace authd::core::test
