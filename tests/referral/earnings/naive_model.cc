#include "tests/referral/earnings/naive_model.h"

#include <algorithm>
#include <chrono>

namespace authd::test {

namespace {

using Calendar = std::chrono::year_month_day;

Calendar calendar(std::int64_t day) {
  return Calendar{std::chrono::sys_days{std::chrono::days{day}}};
}

std::int64_t first_of_month(std::int64_t day) {
  const Calendar date = calendar(day);
  return std::chrono::sys_days{date.year() / date.month() / 1}.time_since_epoch().count();
}

std::int64_t last_of_month(std::int64_t day) {
  const Calendar date = calendar(day);
  return std::chrono::sys_days{date.year() / date.month() / std::chrono::last}
      .time_since_epoch()
      .count();
}

}  // namespace

void NaiveModel::join(Id member) { members_.try_emplace(member); }

void NaiveModel::claim(Id member, Id inviter, std::int64_t at) { members_[member] = {inviter, at}; }

NaiveModel::Id NaiveModel::inviter(Id member) const {
  const auto found = members_.find(member);
  return found == members_.end() ? 0 : found->second.inviter;
}

bool NaiveModel::is_above(Id member, Id other) const {
  for (Id above = inviter(other); above != 0; above = inviter(above)) {
    if (above == member) return true;
  }
  return false;
}

void NaiveModel::spend(Id member, int kind, std::int64_t amount, std::int64_t at, std::int64_t seq,
                       std::int64_t authorization) {
  if (inviter(member) == 0) return;
  for (const auto& [from, to] : pauses_) {
    if (at >= from && at < to) return;
  }
  const auto terms_then = std::find_if(
      terms.rbegin(), terms.rend(), [&](const NaiveTerms& each) { return each.starts_at <= at; });
  if (terms_then == terms.rend() || (terms_then->ends_at != 0 && at >= terms_then->ends_at)) return;
  if (!terms_then->rates.contains(kind)) return;
  Source source;
  source.seq = seq;
  source.authorization = authorization == 0 ? -seq : authorization;
  source.amount = amount;
  source.day = day_of(at);
  if (amount >= terms_then->minimum) earn(*terms_then, source, member, at, kind);
  sources_.push_back(source);
  bear(source.authorization, at);
}

void NaiveModel::earn(const NaiveTerms& terms_then, Source& source, Id member, std::int64_t at,
                      int kind) {
  std::array<std::int64_t, 3> rates{};
  std::array<Id, 3> earners{};
  Id above = member;
  for (std::size_t level = 0; level < 3; ++level) {
    above = inviter(above);
    if (above == 0) break;
    earners[level] = above;
    const auto suspended = suspended_.find(above);
    if (suspended != suspended_.end() && suspended->second) continue;
    rates[level] = terms_then.rates.at(kind)[level];
  }
  // Unit after unit to the level whose share falls short the most, the lower of equal ones.
  const std::int64_t pool = source.amount * (rates[0] + rates[1] + rates[2]) / 10'000;
  std::array<std::int64_t, 3> shares{};
  for (std::size_t level = 0; level < 3; ++level)
    shares[level] = source.amount * rates[level] / 10'000;
  while (shares[0] + shares[1] + shares[2] < pool) {
    std::size_t most = 0;
    for (std::size_t level = 1; level < 3; ++level) {
      const auto lacking = [&](std::size_t i) {
        return source.amount * rates[i] - shares[i] * 10'000;
      };
      if (lacking(level) > lacking(most)) most = level;
    }
    shares[most] += 1;
  }
  source.pool = pool;
  const std::int64_t day = source.day;
  for (std::size_t level = 0; level < 3; ++level) {
    std::int64_t share = shares[level];
    const Id earner = earners[level];
    if (share == 0) continue;
    if (terms_then.cap_source != 0) share = std::min(share, terms_then.cap_source);
    if (terms_then.cap_day != 0) {
      share = std::min(share, terms_then.cap_day - granted(earner, day, day));
    }
    if (terms_then.cap_month != 0) {
      share = std::min(
          share, terms_then.cap_month - granted(earner, first_of_month(day), last_of_month(day)));
    }
    if (share <= 0) continue;
    Part& part = source.parts[level];
    part.earner = earner;
    part.earned = share;
    part.payable_on = day_of(at + terms_then.holding_s) + 1;
    if (review_day != 0 && granted(earner, day, day) + share > review_day) {
      const bool is_cleared = cases_.try_emplace({earner, day}, false).first->second;
      if (!is_cleared) part.case_day = day;
    }
    source.net[level] = share;
    book(part, share, day, static_cast<int>(level) + 1, true);
  }
}

std::int64_t NaiveModel::granted(Id member, std::int64_t first_day, std::int64_t last_day) const {
  std::int64_t sum = 0;
  for (const Money& money : money_) {
    if (money.member == member && money.is_earned && money.day >= first_day &&
        money.day <= last_day) {
      sum += money.amount;
    }
  }
  return sum;
}

void NaiveModel::book(const Part& part, std::int64_t amount, std::int64_t day, int level,
                      bool is_earned) {
  money_.push_back({part.earner, amount, day, level, is_earned});
  dues_.push_back({part.earner, part.payable_on, amount, part.case_day, false});
}

void NaiveModel::give_back(Id member, std::int64_t amount, std::int64_t at,
                           std::int64_t authorization) {
  if (inviter(member) == 0) return;
  given_back_.emplace_back(authorization, amount);
  bear(authorization, at);
}

// All sources of the authorization, from scratch.
void NaiveModel::bear(std::int64_t authorization, std::int64_t at) {
  std::int64_t given = 0;
  for (const auto& [of, amount] : given_back_) given += of == authorization ? amount : 0;
  std::int64_t before = 0;
  for (Source& source : sources_) {
    if (source.authorization != authorization) continue;
    const std::int64_t reversed = std::clamp(given - before, std::int64_t{0}, source.amount);
    before += source.amount;
    for (std::size_t level = 0; level < 3; ++level) {
      const std::int64_t keeps =
          source.parts[level].earned * (source.amount - reversed) / source.amount;
      if (keeps == source.net[level]) continue;
      book(source.parts[level], keeps - source.net[level], day_of(at), static_cast<int>(level) + 1,
           false);
      source.net[level] = keeps;
    }
  }
}

void NaiveModel::clear_case(Id member, std::int64_t day) {
  const auto found = cases_.find({member, day});
  if (found != cases_.end()) found->second = true;
}

void NaiveModel::pay(std::int64_t day) {
  for (const auto& [member, link] : members_) {
    const auto takes = [&, id = member](const Due& due) {
      return due.member == id && !due.is_paid && due.payable_on <= day &&
             (due.case_day < 0 || cases_.at({id, due.case_day}));
    };
    std::int64_t sum = 0;
    for (const Due& due : dues_) sum += takes(due) ? due.amount : 0;
    const auto suspended = suspended_.find(member);
    if (sum < payout_minimum || (suspended != suspended_.end() && suspended->second)) continue;
    for (Due& due : dues_) due.is_paid = due.is_paid || takes(due);
    paid_[member] += sum;
  }
}

bool NaiveModel::is_within_pools() const {
  return std::all_of(sources_.begin(), sources_.end(), [](const Source& source) {
    std::int64_t earned = 0;
    for (const Part& part : source.parts) earned += part.earned;
    return earned <= source.pool && source.pool <= source.amount;
  });
}

std::map<std::string, std::int64_t> NaiveModel::figures() const {
  std::map<std::string, std::int64_t> figures;
  const auto add = [&](const std::string& what, std::int64_t minor) { figures[what] += minor; };
  for (const Money& money : money_) {
    const std::string who = std::to_string(money.member);
    add(who + (money.is_earned ? " earned" : " reversed"), money.amount);
    add(who + " level " + std::to_string(money.level), money.amount);
    add(who + " sources", money.is_earned ? 1 : 0);
    for (const std::string& span : {" day " + std::to_string(money.day),
                                    " month " + std::to_string(first_of_month(money.day))}) {
      add(who + span, money.amount);
      add(who + span + " granted", money.is_earned ? money.amount : 0);
    }
  }
  for (const Due& due : dues_) {
    if (due.is_paid) continue;
    add(std::to_string(due.member) + " owed on " + std::to_string(due.payable_on) +
            (due.case_day < 0 ? "" : " in a case"),
        due.amount);
  }
  for (const auto& [member, minor] : paid_) add(std::to_string(member) + " paid", minor);
  for (const Source& source : sources_) {
    for (std::size_t level = 0; level < 3; ++level) {
      add("source " + std::to_string(source.seq) + " level " + std::to_string(level + 1),
          source.net[level]);
    }
    add("source " + std::to_string(source.seq) + " amount", source.amount);
    for (const Part& part : source.parts) {
      add("source " + std::to_string(source.seq) + " earned", part.earned);
    }
  }
  for (const auto& [key, is_cleared] : cases_) {
    add("case of " + std::to_string(key.first) + " on " + std::to_string(key.second),
        is_cleared ? 2 : 1);
  }
  std::erase_if(figures, [](const auto& figure) { return figure.second == 0; });
  return figures;
}

}  // namespace authd::test
