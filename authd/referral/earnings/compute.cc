#include "authd/referral/earnings/compute.h"

#include <algorithm>

#include "core/money.h"

namespace authd::referral {

namespace {

using core::Result;
using core::Unexpected;

// Of the program the highest version that has started, unless it has ended.
const Terms* in_force(const Rules& rules, core::Timestamp at) {
  const auto terms = std::find_if(rules.terms.begin(), rules.terms.end(),
                                  [at](const Terms& t) { return t.starts_at <= at; });
  if (terms == rules.terms.end() || (terms->ends_at && *terms->ends_at <= at)) return nullptr;
  return &*terms;
}

bool is_paused(const Rules& rules, core::Timestamp at) {
  return std::any_of(rules.pauses.begin(), rules.pauses.end(), [at](const Pause& pause) {
    return pause.paused_at <= at && (!pause.resumed_at || at < *pause.resumed_at);
  });
}

// The rates of the levels that have somebody who may earn.
LevelRates eligible(const Entry& entry, const LevelRates& rates) {
  LevelRates result{};
  for (std::size_t level = 0; level < result.size(); ++level) {
    const Link& link = entry.links[level];
    if (link.earner == 0 || link.made_at > entry.booked_at || link.is_void) break;
    if (link.is_earner_active) result[level] = rates[level];
  }
  return result;
}

// The first open case on the way up to the level; 0: none.
std::int64_t link_case(const Entry& entry, std::size_t level) {
  for (std::size_t i = 0; i <= level; ++i) {
    if (entry.links[i].case_id != 0) return entry.links[i].case_id;
  }
  return 0;
}

class Computation {
 public:
  explicit Computation(Facts facts) : facts_(std::move(facts)) {}

  Result<Changes, Overflow> run();

 private:
  Result<void, Overflow> take(const Entry& entry);
  Result<void, Overflow> give_back(const Entry& entry);
  Result<void, Overflow> earn(const Entry& entry, const Terms& terms, const LevelRates& rates,
                              SourceState& source);
  std::optional<std::int64_t> case_for(const Entry& entry, std::size_t level,
                                       std::int64_t granted_of_day);
  void allocate(const Entry& entry, OriginState& origin);
  void correct(const Entry& entry, SourceState& source);

  Facts facts_;
  Changes changes_;
  std::map<std::int64_t, std::size_t> new_sources_;  // places in changes_.sources, by seq
};

Result<Changes, Overflow> Computation::run() {
  for (const Entry& entry : facts_.entries) {
    const auto done = entry.source ? take(entry) : give_back(entry);
    if (!done) return Unexpected{done.error()};
  }
  return std::move(changes_);
}

Result<void, Overflow> Computation::take(const Entry& entry) {
  const Rules& rules = facts_.rules[entry.program];
  const Terms* const terms = in_force(rules, entry.booked_at);
  if (terms == nullptr || is_paused(rules, entry.booked_at)) return {};
  const auto rates = terms->rates.find(*entry.source);
  if (rates == terms->rates.end()) return {};

  new_sources_.emplace(entry.seq, changes_.sources.size());
  changes_.sources.push_back({entry.seq, entry.origin, entry.spender, entry.amount, 0,
                              entry.booked_at, terms->id, *entry.source});
  OriginState& origin = facts_.origins[entry.origin];
  SourceState& source = origin.sources.emplace_back();
  source.seq = entry.seq;
  source.spender = entry.spender;
  source.amount = entry.amount;
  if (entry.amount >= terms->minimum) AUTHD_TRY_VOID(earn(entry, *terms, rates->second, source));
  allocate(entry, origin);
  return {};
}

Result<void, Overflow> Computation::earn(const Entry& entry, const Terms& terms,
                                         const LevelRates& rates, SourceState& source) {
  const LevelAmounts shares = shares_of(entry.amount, eligible(entry, rates));
  for (std::size_t level = 0; level < shares.size(); ++level) {
    const std::int64_t earner = entry.links[level].earner;
    if (shares[level] == 0) continue;
    std::int64_t& of_day = facts_.granted[{earner, Span::day, entry.day}];
    std::int64_t& of_month = facts_.granted[{earner, Span::month, entry.month}];
    std::int64_t amount = within_cap(shares[level], terms.cap_source, 0);
    amount = within_cap(amount, terms.cap_day, of_day);
    amount = within_cap(amount, terms.cap_month, of_month);
    if (amount == 0) continue;
    const auto day_after = core::checked_add(of_day, amount);
    const auto month_after = core::checked_add(of_month, amount);
    if (!day_after || !month_after) return Unexpected{Overflow{entry.seq}};
    const auto case_id = case_for(entry, level, *day_after);
    if (!case_id) continue;
    of_day = *day_after;
    of_month = *month_after;
    source.levels[level] = {earner, terms.id, amount, amount, false};
    changes_.earned.push_back({earner, entry.spender, entry.seq, entry.seq, amount, entry.booked_at,
                               terms.id, static_cast<std::int16_t>(level + 1), EarningKind::earned,
                               *case_id});
  }
  return {};
}

// What it waits for; 0: nothing. None: it was found to be fraud, and nothing is earned.
std::optional<std::int64_t> Computation::case_for(const Entry& entry, std::size_t level,
                                                  std::int64_t granted_of_day) {
  if (const std::int64_t about_link = link_case(entry, level); about_link != 0) return about_link;
  if (!entry.review_day || granted_of_day <= *entry.review_day) return 0;
  const DayKey key{entry.links[level].earner, entry.day};
  const auto [found, is_new] = facts_.day_cases.try_emplace(key);
  DayCase& day_case = found->second;
  if (is_new) {
    changes_.cases.push_back({entry.program, key.first, key.second, *entry.review_day});
    day_case.id = -static_cast<std::int64_t>(changes_.cases.size());
  }
  switch (day_case.state) {
    case CaseState::open: return day_case.id;
    case CaseState::cleared: return 0;
    case CaseState::confirmed: break;
  }
  return std::nullopt;
}

Result<void, Overflow> Computation::give_back(const Entry& entry) {
  OriginState& origin = facts_.origins[entry.origin];
  const auto given_back = core::checked_add(origin.given_back, entry.amount);
  if (!given_back) return Unexpected{Overflow{entry.seq}};
  origin.given_back = *given_back;
  changes_.given_back[entry.origin] = *given_back;
  allocate(entry, origin);
  return {};
}

// What was given back is borne by the sources from the oldest on.
void Computation::allocate(const Entry& entry, OriginState& origin) {
  std::int64_t rest = std::max(origin.given_back, std::int64_t{0});
  for (SourceState& source : origin.sources) {
    const std::int64_t reversed = std::min(rest, source.amount);
    rest -= reversed;
    if (reversed == source.reversed) continue;
    source.reversed = reversed;
    if (const auto place = new_sources_.find(source.seq); place != new_sources_.end()) {
      changes_.sources[place->second].reversed = reversed;
    } else {
      changes_.reversed[source.seq] = reversed;
    }
    correct(entry, source);
  }
}

void Computation::correct(const Entry& entry, SourceState& source) {
  for (std::size_t level = 0; level < source.levels.size(); ++level) {
    LevelState& state = source.levels[level];
    if (state.earner == 0 || state.is_voided) continue;
    const std::int64_t retained = retained_of(state.earned, source.amount, source.reversed);
    const std::int64_t difference = retained - state.net;
    if (difference == 0) continue;
    state.net = retained;
    changes_.corrected.push_back(
        {state.earner, source.spender, source.seq, entry.seq, difference, entry.booked_at,
         state.terms, static_cast<std::int16_t>(level + 1),
         difference < 0 ? EarningKind::reversed : EarningKind::restored, 0});
  }
}

}  // namespace

Result<Changes, Overflow> compute(Facts facts) { return Computation(std::move(facts)).run(); }

}  // namespace authd::referral
