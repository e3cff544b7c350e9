// The model's events: what is said about money that has moved already.

#include <algorithm>

#include "tests/core/model.h"

namespace authd::core::test {

using naive::Fact;
using naive::Lifecycle;
using naive::Sums;
using naive::Wide;

namespace {

Booking refused(Booking::Fault fault) {
  Booking booking;
  booking.origin = Booking::Origin::refused;
  booking.fault = fault;
  return booking;
}

Fact fact_of(const Event& event, bool credit) {
  Fact fact;
  if (event.kind == EventKind::approved || event.kind == EventKind::declined) {
    fact.message = event.about;
  }
  fact.kind = event.kind;
  fact.credit = credit;
  fact.minor = event.amount.minor_units;
  fact.final = event.final;
  return fact;
}

std::vector<Fact> with(std::vector<Fact> facts, const Fact& fact) {
  facts.push_back(fact);
  return facts;
}

}  // namespace

// What is known about the message goes before what an event says in passing.
bool Model::is_credit(const Event& event) const {
  const auto about = heard_.find({event.program, event.about});
  const bool decided = about != heard_.end() && about->second.decided;
  return (decided ? about->second.kind : event.transaction) == Kind::credit;
}

Booking Model::tell(const Event& event, const Moment& moment) {
  const auto noticed = noticed_.find({event.program, event.notice});
  if (noticed != noticed_.end()) {
    const bool same = noticed->second.kind == event.kind && noticed->second.amount == event.amount;
    if (!same) return refused(Booking::Fault::conflict);
    Booking booking;
    booking.origin = Booking::Origin::repeated;
    return booking;
  }
  if (programs_.count(event.program) == 0) return refused(Booking::Fault::program_unknown);

  const AuthorizationId known = lifecycle_of(event);
  Lifecycle lifecycle;
  if (known.value != 0) {
    lifecycle = lifecycles_.at(known);
  } else {
    lifecycle.id = {moment.sequence.value};
    lifecycle.program = event.program;
    lifecycle.card = event.card;
    lifecycle.currency = event.amount.currency;
    const auto card = cards_.find({event.program, event.card});
    if (card != cards_.end()) lifecycle.account = card->second.account;
  }
  const auto account = accounts_.find(lifecycle.account);
  const Currency currency =
      account == accounts_.end() ? lifecycle.currency : account->second.currency;
  if (event.amount.currency != currency) return refused(Booking::Fault::currency_mismatch);

  const Fact fact = fact_of(event, is_credit(event));
  const Sums after = naive::sums_of(with(lifecycle.facts, fact));
  if (!after.in_range() || !fits(lifecycle.account, lifecycle.sums, after)) {
    return refused(Booking::Fault::out_of_range);
  }
  const AuthorizationId id = lifecycle.id;
  Lifecycle& kept = lifecycles_[id];
  kept = std::move(lifecycle);
  const Booking booking = book(kept, fact, event, moment.at);
  remember(event, id);
  return booking;
}

AuthorizationId Model::lifecycle_of(const Event& event) const {
  std::vector<MessageId> names{event.about, event.authorization};
  if (event.about.empty() && event.authorization.empty()) names.push_back(event.notice);
  for (const MessageId& name : names) {
    const auto heard = heard_.find({event.program, name});
    if (heard != heard_.end() && heard->second.authorization.value != 0) {
      return heard->second.authorization;
    }
  }
  return {};
}

void Model::remember(const Event& event, AuthorizationId authorization) {
  noticed_[{event.program, event.notice}] = {event.kind, event.amount};
  link(event.program, event.about, authorization);
  link(event.program, event.authorization, authorization);
  if (event.about.empty() && event.authorization.empty()) {
    link(event.program, event.notice, authorization);
  }
  if (event.about.empty()) return;
  Heard& about = heard_[{event.program, event.about}];
  if (event.kind == EventKind::declined) {
    about.notice = Message::Notice::declined;
  } else if (event.kind == EventKind::approved && about.notice != Message::Notice::declined) {
    about.notice = Message::Notice::approved;
  }
}

// Adds the fact to the life cycle and says what that moves.
Booking Model::book(Lifecycle& lifecycle, const Fact& fact, const Event& event, Timestamp now) {
  const Sums before = lifecycle.sums;
  lifecycle.facts.push_back(fact);
  lifecycle.sums = naive::sums_of(lifecycle.facts);
  const Sums& after = lifecycle.sums;

  Booking booking;
  booking.authorization = lifecycle.id;
  booking.account = lifecycle.account;
  booking.currency = lifecycle.currency;
  booking.held_minor = static_cast<std::int64_t>(after.held() - before.held());
  booking.posted_minor = static_cast<std::int64_t>(after.posted - before.posted);
  booking.pending_credit_minor = static_cast<std::int64_t>(after.pending() - before.pending());

  const bool open = before.closure == Closure::open;
  const bool authorized = std::max(before.approved, before.confirmed) > 0;
  const bool clears = fact.what == Fact::What::event && event.kind == EventKind::cleared;
  booking.late = clears && !open;
  booking.over_captured =
      clears && open && authorized && after.cleared > before.authorized() - before.released;
  booking.unasked = after.counted() > before.counted() && !booking.late && !booking.over_captured;
  booking.ghost =
      booking.held_minor < 0 && (fact.what == Fact::What::abandoned ||
                                 (event.kind == EventKind::declined && event.timed_out));
  count(lifecycle, before.counted(), lifecycle.card, event.transaction, event.details, now);
  extend(lifecycle, before.held(), event.details.merchant.mcc, now);
  booking.below_zero = lifecycle.account.value != 0 &&
                       booking.posted_minor - booking.held_minor < 0 &&
                       available(lifecycle.account) < 0;
  return booking;
}

Booking Model::abandon(const Abandon& abandon, Timestamp now) {
  Booking booking;
  const auto heard = heard_.find({abandon.program, abandon.message});
  if (heard == heard_.end() || !heard->second.decided || !heard->second.decision.is_approved()) {
    booking.origin = Booking::Origin::nothing;
    return booking;
  }
  heard->second.decision = {Reason::too_late, {0, heard->second.amount.currency}, {}};
  if (heard->second.authorization.value == 0) return booking;
  const Lifecycle& lifecycle = lifecycles_.at(heard->second.authorization);
  if (naive::share_of(lifecycle.facts, abandon.message).minor == 0) return booking;
  Fact fact;
  fact.what = Fact::What::abandoned;
  fact.message = abandon.message;
  return book(lifecycles_.at(heard->second.authorization), fact, Event{}, now);
}

std::optional<Booking> Model::expire(AuthorizationId id, Timestamp now) {
  const auto found = lifecycles_.find(id);
  if (found == lifecycles_.end()) return std::nullopt;
  Lifecycle& lifecycle = found->second;
  const std::int64_t ends_us =
      (lifecycle.expires_at.unix_us / DueSlot::length_us + 1) * DueSlot::length_us;
  if (lifecycle.sums.held() <= 0 || ends_us > now.unix_us) return std::nullopt;
  Fact fact;
  fact.what = Fact::What::expired_here;
  return book(lifecycle, fact, Event{}, now);
}

std::size_t Model::overdue(Timestamp now) const {
  std::size_t overdue = 0;
  for (const auto& [id, lifecycle] : lifecycles_) {
    const std::int64_t ends_us =
        (lifecycle.expires_at.unix_us / DueSlot::length_us + 1) * DueSlot::length_us;
    if (lifecycle.sums.held() > 0 && ends_us <= now.unix_us) ++overdue;
  }
  return overdue;
}

// A hold ends when its time is over, counted from the last growth that reaches furthest.
void Model::extend(Lifecycle& lifecycle, Wide held_before, std::uint16_t mcc, Timestamp now) const {
  if (lifecycle.sums.held() <= held_before) return;
  const Program& program = programs_.at(lifecycle.program);
  std::int64_t days = program.hold_days;
  for (auto period = program.hold_periods.rbegin(); period != program.hold_periods.rend();
       ++period) {
    for (const MccRange& range : period->mccs) {
      if (mcc != 0 && range.from <= mcc && mcc <= range.to) days = period->days;
    }
  }
  lifecycle.expires_at.unix_us =
      std::max(lifecycle.expires_at.unix_us, now.unix_us + days * us_per_day);
}

Model::Totals Model::totals(AccountId account) const {
  Wide posted = accounts_.at(account).posted_minor;
  Wide held = 0;
  Wide pending = 0;
  for (const auto& [id, lifecycle] : lifecycles_) {
    if (lifecycle.account != account) continue;
    posted += lifecycle.sums.posted;
    held += lifecycle.sums.held();
    pending += lifecycle.sums.pending();
  }
  for (const auto& [key, journey] : journeys_) {
    const Totals moved = effect(journey, account);
    posted += moved.posted_minor;
    held += moved.held_minor;
  }
  return {static_cast<std::int64_t>(posted), static_cast<std::int64_t>(held),
          static_cast<std::int64_t>(pending)};
}

Wide Model::available(AccountId id) const {
  const Account& account = accounts_.at(id);
  const Totals sums = totals(id);
  return Wide{sums.posted_minor} - sums.held_minor + account.overdraft_minor -
         account.minimum_minor;
}

Balance Model::balance(AccountId account) const {
  return {totals(account).posted_minor, static_cast<std::int64_t>(available(account))};
}

// Whether the account's sums stay in int64 when the life cycle goes from `before` to `after`.
bool Model::fits(AccountId account, const Sums& before, const Sums& after) const {
  if (!after.in_range()) return false;
  if (account.value == 0) return true;
  const Totals sums = totals(account);
  const Wide posted = sums.posted_minor + after.posted - before.posted;
  const Wide held = sums.held_minor + after.held() - before.held();
  const Wide pending = sums.pending_credit_minor + after.pending() - before.pending();
  return fits(accounts_.at(account), posted, held, pending);
}

bool Model::fits(const Account& terms, Wide posted, Wide held, Wide pending) {
  const Wide free = posted - held;
  const Wide spendable = free + terms.overdraft_minor;
  return naive::fits(posted) && naive::fits(held) && naive::fits(pending) && naive::fits(free) &&
         naive::fits(posted + terms.overdraft_minor) && naive::fits(spendable) &&
         naive::fits(spendable - terms.minimum_minor);
}

}  // namespace authd::core::test
