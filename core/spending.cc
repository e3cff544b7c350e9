#include "core/spending.h"

#include <algorithm>

#include "core/assert.h"
#include "core/tallies.h"

namespace authd::core {

namespace {

constexpr std::array levels{Level::program, Level::account, Level::card};

constexpr std::size_t index_of(Level level) noexcept { return static_cast<std::size_t>(level) - 1; }

const TimeZone& utc() noexcept {
  static const TimeZone zone;
  return zone;
}

bool within_hours(const Hours& hours, LocalTime now) noexcept {
  const auto on_day = [&hours](LocalDay day) { return (hours.weekdays >> weekday(day) & 1) != 0; };
  const std::int32_t minute = now.second / 60;
  const LocalDay yesterday{now.day.days - 1};
  if (hours.from_minute < hours.until_minute) {
    return on_day(now.day) && hours.from_minute <= minute && minute < hours.until_minute;
  }
  return (on_day(now.day) && minute >= hours.from_minute) ||
         (on_day(yesterday) && minute < hours.until_minute);
}

bool satisfied(const Require& require, const Details& details) noexcept {
  return require.address.contains(details.address) &&
         require.security_code.contains(details.security_code) &&
         require.cardholder.contains(details.cardholder);
}

Reason reason_of(const Control& control) noexcept {
  struct ReasonOf {
    Reason operator()(const Limit& limit) const {
      return limit.measure == Limit::Measure::amount ? Reason::amount_limit : Reason::count_limit;
    }
    Reason operator()(const Deny&) const { return Reason::denied; }
    Reason operator()(const Allow&) const { return Reason::denied; }
    Reason operator()(const Hours&) const { return Reason::outside_hours; }
    Reason operator()(const Require&) const { return Reason::verification_required; }
    Reason operator()(const SingleUse&) const { return Reason::card_used; }
    Reason operator()(const MerchantLock&) const { return Reason::merchant_locked; }
  };
  return std::visit(ReasonOf{}, control.check);
}

// Limits and single use look at debits alone.
bool looks_at(const Control& control, Kind kind) noexcept {
  return is_debit(kind) || !(std::holds_alternative<Limit>(control.check) ||
                             std::holds_alternative<SingleUse>(control.check));
}

// The two oldest become one, which is given back from where the older was
// counted, by the counters that counted both: so a counter may count for longer
// than it should, never for shorter.
void merge_oldest(Authorization& authorization) {
  std::vector<Take>& takes = authorization.takes;
  takes[0].minor += takes[1].minor;  // both are part of one sum that fits
  takes.erase(takes.begin() + 1);

  std::vector<Counted>& counted = authorization.counted;
  const auto counts_both = [&counted](const Counted& one) {
    return std::count_if(counted.begin(), counted.end(), [&one](const Counted& other) {
             return other.take <= 1 && other.counts == one.counts && other.counter == one.counter;
           }) == 2;
  };
  std::vector<Counted> kept;
  for (const Counted& one : counted) {
    if (one.take == 0 && counts_both(one)) kept.push_back(one);
    if (one.take > 1)
      kept.push_back({static_cast<std::uint8_t>(one.take - 1), one.counts, one.counter});
  }
  counted = std::move(kept);
}

}  // namespace

Result<Spending, StateFault> Spending::load(const State& state, const Parties& parties) {
  AUTHD_ASSERT(parties.program != nullptr);
  Spending spending(state, parties);
  spending.program_zone_ = state.zone(parties.program->zone);
  if (spending.program_zone_ == nullptr) spending.program_zone_ = &utc();

  for (const Level level : levels) {
    if (level == Level::account && !(parties.account && parties.account->has_controls)) continue;
    if (level == Level::card && !(parties.card && parties.card->has_controls)) continue;
    AUTHD_TRY(set, state.controls(spending.owner(level)));
    spending.sets_[index_of(level)] = set;
  }
  return spending;
}

Owner Spending::owner(Level level) const {
  switch (level) {
    case Level::program: return {parties_.program->id};
    case Level::account: return {parties_.account->id};
    case Level::card: return {Owner::CardOwner{parties_.card->program, parties_.card->token}};
  }
  return {};
}

template <class Visit>
void Spending::for_each_matching(Kind kind, const Details& details, Visit visit) const {
  for (const Level level : levels) {
    const ControlSet* const set = sets_[index_of(level)];
    if (set == nullptr) continue;
    for (const Control& control : set->controls) {
      if (looks_at(control, kind) && matches(control.filter, kind, details)) visit(level, control);
    }
  }
}

const TimeZone& Spending::zone_of(const Window& window) const noexcept {
  if (window.zone.empty()) return *program_zone_;
  const TimeZone* const zone = state_.zone(window.zone);
  return zone != nullptr ? *zone : *program_zone_;
}

std::optional<Spending::Counter> Spending::counter_of(const Control& control) noexcept {
  if (const auto* limit = std::get_if<Limit>(&control.check)) {
    if (limit->window.period == Period::transaction) return std::nullopt;
    return Counter{control.counter, limit->counts, limit->window};
  }
  if (std::holds_alternative<SingleUse>(control.check)) {
    return Counter{control.counter, Level::card, Window{Period::lifetime, 0, {}}};
  }
  return std::nullopt;
}

std::optional<Spending::Counter> Spending::counter(CounterId id) const noexcept {
  for (const ControlSet* const set : sets_) {
    if (set == nullptr) continue;
    for (const Control& control : set->controls) {
      if (control.counter != id) continue;
      if (const auto found = counter_of(control)) return found;
    }
  }
  return std::nullopt;
}

Result<Usage*, StateFault> Spending::usage(Level level) {
  LevelUsage& usage = usages_[index_of(level)];
  if (!usage.row) {
    AUTHD_TRY(stored, state_.usage(owner(level)));
    usage.row = stored ? std::move(*stored) : Usage{owner(level), {}};
  }
  return &*usage.row;
}

Result<void, StateFault> Spending::measure(Finding& finding, const Counter& counter,
                                           Limit::Measure measure, std::int64_t before,
                                           std::int64_t after, Timestamp now) {
  const Span span = span_at(counter.window, zone_of(counter.window), now);
  AUTHD_TRY(row, usage(counter.counts));
  const Used sum = used(*row, counter.id, span.counts_from);
  const bool by_amount = measure == Limit::Measure::amount;
  finding.used = by_amount ? sum.minor : sum.count;
  finding.asked = by_amount ? after - before : (before == 0 && after > 0 ? 1 : 0);
  finding.resets_at = span.resets_at;
  return {};
}

Result<bool, StateFault> Spending::passes(const Control& control, const Request& request,
                                          std::int64_t before, std::int64_t after, Timestamp now,
                                          Finding& finding) {
  const Details& details = request.details;
  if (const auto* limit = std::get_if<Limit>(&control.check)) {
    finding.limit = limit->max;
    if (const auto counter = counter_of(control)) {
      AUTHD_TRY_VOID(measure(finding, *counter, limit->measure, before, after, now));
    } else {
      const bool by_amount = limit->measure == Limit::Measure::amount;
      finding.used = by_amount ? before : (before > 0 ? 1 : 0);
      finding.asked = by_amount ? after - before : (before == 0 && after > 0 ? 1 : 0);
      finding.resets_at = end_of_time;
    }
    return finding.asked <= 0 || finding.left() >= 0;
  }
  if (std::holds_alternative<SingleUse>(control.check)) {
    finding.limit = 1;
    AUTHD_TRY_VOID(
        measure(finding, *counter_of(control), Limit::Measure::count, before, after, now));
    return finding.asked <= 0 || finding.left() >= 0;
  }
  if (const auto* allow = std::get_if<Allow>(&control.check)) {
    return matches(allow->only, request.kind, details);
  }
  if (const auto* hours = std::get_if<Hours>(&control.check)) {
    return within_hours(*hours, program_zone_->local_time(now));
  }
  if (const auto* require = std::get_if<Require>(&control.check))
    return satisfied(*require, details);
  if (std::holds_alternative<MerchantLock>(control.check)) {
    const auto& locked_to = parties_.card->locked_to;
    const auto& merchant = details.merchant.id;
    return !merchant.empty() && (locked_to.empty() || locked_to == merchant);
  }
  return false;  // Deny: what matches is refused
}

Result<Reason, StateFault> Spending::evaluate(const Request& request, std::int64_t before,
                                              std::int64_t after, Timestamp now,
                                              Explanation& explanation) {
  if (request.kind == Kind::balance_inquiry) return Reason::approved;
  Reason reason = Reason::approved;
  std::optional<StateFault> fault;
  for_each_matching(request.kind, request.details, [&](Level level, const Control& control) {
    Finding& finding = explanation.findings.emplace_back();
    finding.level = level;
    finding.control = control.id;
    finding.version = control.version;
    finding.mode = control.mode;
    finding.check = kind_of(control.check);
    const auto passed = passes(control, request, before, after, now, finding);
    if (!passed) {
      fault = passed.error();
      return;
    }
    finding.passed = *passed;
    const bool declines = !finding.passed && control.mode == Mode::enforce;
    if (!declines || reason != Reason::approved) return;
    reason = reason_of(control);
    explanation.decided_by = static_cast<std::uint8_t>(explanation.findings.size() - 1);
  });
  if (fault) return Unexpected{*fault};
  return reason;
}

bool Spending::locks_to_merchant(Kind kind, const Details& details) const noexcept {
  bool locks = false;
  for_each_matching(kind, details, [&locks](Level, const Control& control) {
    locks = locks || std::holds_alternative<MerchantLock>(control.check);
  });
  return locks;
}

Result<void, StateFault> Spending::count(Authorization& authorization, std::int64_t before,
                                         std::int64_t after, Kind kind, const Details& details,
                                         Timestamp now) {
  AUTHD_ASSERT(before >= 0 && after >= 0);
  if (after > before) {
    return take(authorization, after - before, before == 0, kind, details, now);
  }
  if (after < before) return give_back(authorization, before - after, after == 0);
  return {};
}

Result<void, StateFault> Spending::take(Authorization& authorization, std::int64_t minor,
                                        bool first, Kind kind, const Details& details,
                                        Timestamp now) {
  if (authorization.takes.size() >= Authorization::takes_max) merge_oldest(authorization);
  const auto index = static_cast<std::uint8_t>(authorization.takes.size());
  authorization.takes.push_back({now, minor});
  if (!parties_.account || !parties_.card) return {};

  std::optional<StateFault> fault;
  for_each_matching(kind, details, [&](Level, const Control& control) {
    const auto counter = counter_of(control);
    if (!counter || fault) return;
    const auto row = usage(counter->counts);
    if (!row) {
      fault = row.error();
      return;
    }
    add(**row, counter->id, span_at(counter->window, zone_of(counter->window), now), minor,
        first ? 1 : 0);
    usages_[index_of(counter->counts)].changed = true;
    authorization.counted.push_back({index, counter->counts, counter->id});
  });
  if (fault) return Unexpected{*fault};
  return {};
}

Result<void, StateFault> Spending::give_back(Authorization& authorization, std::int64_t minor,
                                             bool all) {
  std::vector<Take>& takes = authorization.takes;
  while (minor > 0) {
    AUTHD_ASSERT(!takes.empty());  // what is counted is the sum of the takes
    Take& newest = takes.back();
    const auto index = static_cast<std::uint8_t>(takes.size() - 1);
    const std::int64_t back = std::min(minor, newest.minor);
    const std::uint32_t count = all && index == 0 ? 1 : 0;
    for (const Counted& one : authorization.counted) {
      const auto control = one.take == index ? counter(one.counter) : std::nullopt;
      if (!control) continue;
      AUTHD_TRY(row, usage(one.counts));
      const Span span = span_at(control->window, zone_of(control->window), newest.at);
      core::give_back(*row, one.counter, span.tally, back, count);
      usages_[index_of(one.counts)].changed = true;
    }
    newest.minor -= back;
    minor -= back;
    if (newest.minor > 0) break;
    takes.pop_back();
    std::erase_if(authorization.counted, [index](const Counted& one) { return one.take == index; });
  }
  return {};
}

void Spending::changed_rows(std::vector<Row>& rows) {
  for (LevelUsage& usage : usages_) {
    if (usage.changed) rows.emplace_back(std::move(*usage.row));
    usage = {};
  }
}

}  // namespace authd::core
