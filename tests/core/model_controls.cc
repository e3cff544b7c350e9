// The model's spend controls: what may be spent, and what has been spent.

#include <algorithm>

#include "tests/core/model.h"

namespace authd::core::test {

using naive::Lifecycle;
using naive::Taken;
using naive::Wide;

namespace {

constexpr Wide most{INT64_MAX};

bool counts(const Control& control) {
  const auto* limit = std::get_if<Limit>(&control.check);
  return std::holds_alternative<SingleUse>(control.check) ||
         (limit != nullptr && limit->window.period != Period::transaction);
}

bool measures(const Control& control) {
  return std::holds_alternative<Limit>(control.check) ||
         std::holds_alternative<SingleUse>(control.check);
}

// One authorization in the life of the card.
Limit as_limit(const SingleUse&) {
  Limit limit;
  limit.measure = Limit::Measure::count;
  limit.max = 1;
  limit.window.period = Period::lifetime;
  limit.counts = Level::card;
  return limit;
}

Limit limit_of(const Control& control) {
  const auto* limit = std::get_if<Limit>(&control.check);
  return limit != nullptr ? *limit : as_limit({});
}

// Whether the message says the value at all, and it is on the list or off it, as asked.
template <class T, class OnList>
bool holds(const List<T>& list, bool is_said, OnList on_list) {
  if (list.values.empty()) return true;
  const bool listed = std::any_of(list.values.begin(), list.values.end(), on_list);
  return is_said && listed != list.except;
}

bool is_about(const Filter& filter, Kind kind, const Details& details) {
  const Merchant& merchant = details.merchant;
  const auto same = [](const auto& said) {
    return [&said](const auto& listed) { return listed == said; };
  };
  return holds(filter.mccs, merchant.mcc != 0,
               [&](const MccRange& range) {
                 return range.from <= merchant.mcc && merchant.mcc <= range.to;
               }) &&
         holds(filter.merchants, !merchant.id.empty(), same(merchant.id)) &&
         holds(filter.countries, !merchant.country.empty(), same(merchant.country)) &&
         holds(filter.currencies, details.currency != Currency{}, same(details.currency)) &&
         filter.entry_modes.contains(details.entry_mode) &&
         filter.card_presences.contains(details.card_presence) &&
         filter.channels.contains(details.channel) && filter.wallets.contains(details.wallet) &&
         filter.recurrences.contains(details.recurrence) && filter.kinds.contains(kind);
}

bool is_good_enough(const Require& require, const Details& details) {
  return require.address.contains(details.address) &&
         require.security_code.contains(details.security_code) &&
         require.cardholder.contains(details.cardholder);
}

Reason failure_of(const Control& control) {
  switch (kind_of(control.check)) {
    case CheckKind::limit:
      return limit_of(control).measure == Limit::Measure::amount ? Reason::amount_limit
                                                                 : Reason::count_limit;
    case CheckKind::deny:
    case CheckKind::allow: return Reason::denied;
    case CheckKind::hours: return Reason::outside_hours;
    case CheckKind::require: return Reason::verification_required;
    case CheckKind::single_use: return Reason::card_used;
    case CheckKind::merchant_lock: break;
  }
  return Reason::merchant_locked;
}

}  // namespace

bool Model::locks_to_merchant(const Request& request, AccountId account) const {
  for (const auto& [level, control] : controls_for(request.program, account, request.card)) {
    if (std::holds_alternative<MerchantLock>(control->check) &&
        is_about(control->filter, request.kind, request.details)) {
      return true;
    }
  }
  return false;
}

std::vector<Model::Applicable> Model::controls_for(const ProgramId& program, AccountId account,
                                                   const CardToken& card) const {
  std::vector<Applicable> all;
  const OwnerKey owners[] = {program, account, Owner::CardOwner{program, card}};
  for (const OwnerKey& owner : owners) {
    const auto found = controls_.find(owner);
    if (found == controls_.end()) continue;
    for (const Control& control : found->second) {
      all.push_back({Owner{owner}.level(), &control});
    }
  }
  return all;
}

// Evaluates all of them, each on its own; the first enforced one that fails decides.
Reason Model::control_reason(Inquiry& inquiry) const {
  const Request& request = inquiry.request;
  Reason reason = Reason::approved;
  if (request.kind == Kind::balance_inquiry) return reason;
  for (const auto& [level, control] :
       controls_for(request.program, inquiry.account->id, request.card)) {
    if (!is_about(control->filter, request.kind, request.details)) continue;
    if (measures(*control) && !is_debit(request.kind)) continue;
    Finding finding;
    finding.level = level;
    finding.control = control->id;
    finding.version = control->version;
    finding.mode = control->mode;
    finding.check = kind_of(control->check);
    finding.passed = passes(inquiry, *control, finding);
    if (!finding.passed && control->mode == Mode::enforce && reason == Reason::approved) {
      reason = failure_of(*control);
      inquiry.explanation.decided_by =
          static_cast<std::uint8_t>(inquiry.explanation.findings.size());
    }
    inquiry.explanation.findings.push_back(finding);
  }
  return reason;
}

bool Model::passes(const Inquiry& inquiry, const Control& control, Finding& finding) const {
  const Request& request = inquiry.request;
  switch (kind_of(control.check)) {
    case CheckKind::deny: return false;
    case CheckKind::allow:
      return is_about(std::get<Allow>(control.check).only, request.kind, request.details);
    case CheckKind::hours:
      return in_hours(std::get<Hours>(control.check), request.program, inquiry.moment.at);
    case CheckKind::require:
      return is_good_enough(std::get<Require>(control.check), request.details);
    case CheckKind::merchant_lock:
      if (request.details.merchant.id.empty()) return false;  // it cannot be told where this is
      return inquiry.card->locked_to.empty() ||
             inquiry.card->locked_to == request.details.merchant.id;
    case CheckKind::limit:
    case CheckKind::single_use: break;
  }
  return within(inquiry, control, limit_of(control), finding);
}

bool Model::within(const Inquiry& inquiry, const Control& control, const Limit& limit,
                   Finding& finding) const {
  const Request& request = inquiry.request;
  const Wide before = inquiry.lifecycle != nullptr ? inquiry.lifecycle->sums.counted() : 0;
  const Wide after =
      is_debit(request.kind) ? sums_if(inquiry, request.amount.minor_units, 0).counted() : before;
  const bool amounts = limit.measure == Limit::Measure::amount;
  Wide asked = amounts ? after - before : (before == 0 && after > 0 ? 1 : 0);
  Wide used = 0;
  if (limit.window.period == Period::transaction) {
    used = amounts ? before : (before > 0 ? 1 : 0);
    finding.resets_at = end_of_time;
  } else {
    const naive::Stretch now = stretch(limit.window, request.program, inquiry.moment.at);
    finding.resets_at = {now.resets_us};
    const auto entries =
        entries_.find(counter_of(control, request.program, inquiry.account->id, request.card));
    if (entries != entries_.end()) {
      for (const Entry& entry : entries->second) {
        if (entry.begins_us >= now.counts_from_us) used += amounts ? entry.minor : entry.count;
      }
    }
  }
  used = std::min(used, most);
  finding.limit = limit.max;
  finding.used = static_cast<std::int64_t>(used);
  finding.asked = static_cast<std::int64_t>(asked);
  return asked <= 0 || (used + asked <= limit.max && used + asked <= most);
}

bool Model::in_hours(const Hours& hours, const ProgramId& program, Timestamp now) const {
  const naive::Clock clock = naive::clock(zones_.at(programs_.at(program).zone), now);
  const std::int64_t minute = clock.second / 60;
  const auto on = [&](std::int64_t day) {
    return (hours.weekdays >> naive::weekday(day) & 1) != 0;
  };
  if (hours.from_minute < hours.until_minute) {
    return on(clock.day) && minute >= hours.from_minute && minute < hours.until_minute;
  }
  return (on(clock.day) && minute >= hours.from_minute) ||
         (on(clock.day - 1) && minute < hours.until_minute);
}

// Keeps what is counted in step with the life cycle's sums.
void Model::count(Lifecycle& lifecycle, Wide before, const CardToken& card, Kind kind,
                  const Details& details, Timestamp now) {
  const Wide after = lifecycle.sums.counted();
  if (after > before) take(lifecycle, after - before, before == 0, card, kind, details, now);
  Wide rest = before - after;
  while (rest > 0) {
    Taken& newest = lifecycle.taken.back();
    const Wide part = std::min(rest, newest.minor);
    const bool all = after == 0 && lifecycle.taken.size() == 1;
    give_back(lifecycle, newest, part, all);
    newest.minor -= part;
    rest -= part;
    if (newest.minor == 0) lifecycle.taken.pop_back();
  }
}

void Model::take(Lifecycle& lifecycle, Wide minor, bool first, const CardToken& card, Kind kind,
                 const Details& details, Timestamp now) {
  Taken taken{now, minor, {}};
  if (lifecycle.account.value != 0 && is_debit(kind)) {
    for (const auto& [level, control] : controls_for(lifecycle.program, lifecycle.account, card)) {
      if (!counts(*control) || !is_about(control->filter, kind, details)) continue;
      const naive::Counter counter =
          counter_of(*control, lifecycle.program, lifecycle.account, card);
      taken.counters.push_back(counter);
      const std::int64_t begins =
          stretch(limit_of(*control).window, lifecycle.program, now).begins_us;
      Wide there = 0;
      for (const Entry& entry : entries_[counter]) {
        if (entry.begins_us == begins) there += entry.minor;
      }
      entries_[counter].push_back({begins, std::min(minor, most - there), first ? 1 : 0});
    }
  }
  lifecycle.taken.push_back(taken);
  if (lifecycle.taken.size() <= Authorization::takes_max) return;
  Taken& oldest = lifecycle.taken[0];
  const Taken& second = lifecycle.taken[1];
  oldest.minor += second.minor;
  std::erase_if(oldest.counters, [&](const naive::Counter& counter) {
    return std::count(second.counters.begin(), second.counters.end(), counter) == 0;
  });
  lifecycle.taken.erase(lifecycle.taken.begin() + 1);
}

// Takes `minor` from the stretch in which it was counted, as far as there is so much; and the
// authorization itself when it is given back whole.
void Model::give_back(const Lifecycle& lifecycle, const Taken& taken, Wide minor, bool all) {
  for (const naive::Counter& counter : taken.counters) {
    const Control* control = control_of(counter.id);
    if (control == nullptr) continue;
    const std::int64_t begins =
        stretch(limit_of(*control).window, lifecycle.program, taken.at).begins_us;
    Wide there = 0;
    std::int64_t count = 0;
    for (const Entry& entry : entries_[counter]) {
      if (entry.begins_us != begins) continue;
      there += entry.minor;
      count += entry.count;
    }
    entries_[counter].push_back({begins, -std::min(minor, there), all && count > 0 ? -1 : 0});
  }
}

const Control* Model::control_of(CounterId counter) const {
  for (const auto& [owner, controls] : controls_) {
    for (const Control& control : controls) {
      if (control.counter == counter) return &control;
    }
  }
  return nullptr;
}

naive::Stretch Model::stretch(const Window& window, const ProgramId& program, Timestamp at) const {
  const ZoneName& zone = window.zone.empty() ? programs_.at(program).zone : window.zone;
  return naive::stretch(window, zones_.at(zone), at);
}

naive::Counter Model::counter_of(const Control& control, const ProgramId& program,
                                 AccountId account, const CardToken& card) {
  switch (limit_of(control).counts) {
    case Level::program: return {control.counter, program};
    case Level::account: return {control.counter, account};
    case Level::card: break;
  }
  return {control.counter, Owner::CardOwner{program, card}};
}

}  // namespace authd::core::test
