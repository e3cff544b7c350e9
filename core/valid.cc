// The bounds of what is set up, in one place: apply refuses what is outside, stored rows cannot be.

#include <algorithm>

#include "core/apply.h"

namespace authd::core {

namespace {

bool valid(const std::vector<MccRange>& ranges, std::size_t ranges_max) noexcept {
  return ranges.size() <= ranges_max &&
         std::all_of(ranges.begin(), ranges.end(), [](MccRange range) {
           return range.from >= 1 && range.from <= range.to && range.to <= 9'999;
         });
}

template <class T>
bool fits(const List<T>& list) noexcept {
  return list.values.size() <= List<T>::values_max && !(list.except && list.values.empty());
}

bool valid(const Filter& filter) noexcept {
  return fits(filter.mccs) && valid(filter.mccs.values, List<MccRange>::values_max) &&
         fits(filter.merchants) && fits(filter.countries) && fits(filter.currencies);
}

bool valid(const Window& window) noexcept {
  const bool rolling = window.period == Period::rolling;
  const bool calendar = window.period == Period::day || window.period == Period::week ||
                        window.period == Period::month || window.period == Period::year;
  if (!window.zone.empty() && !calendar) return false;
  return rolling ? Window::rolling_s_min <= window.rolling_s &&
                       window.rolling_s <= Window::rolling_s_max
                 : window.rolling_s == 0;
}

struct ValidCheck {
  bool operator()(const Limit& limit) const { return limit.max >= 0 && valid(limit.window); }
  bool operator()(const Allow& allow) const { return valid(allow.only); }
  bool operator()(const Hours& hours) const {
    return hours.weekdays != 0 && hours.weekdays <= 0x7F && hours.from_minute < 1'440 &&
           hours.until_minute >= 1 && hours.until_minute <= 1'440;
  }
  bool operator()(const Deny&) const { return true; }
  bool operator()(const Require&) const { return true; }
  bool operator()(const SingleUse&) const { return true; }
  bool operator()(const MerchantLock&) const { return true; }
};

bool valid_days(std::int32_t days) noexcept { return 1 <= days && days <= Program::hold_days_max; }

}  // namespace

bool valid(const Control& control) noexcept {
  return control.id.value > 0 && valid(control.filter) && std::visit(ValidCheck{}, control.check);
}

bool valid(const Program& program) noexcept {
  const auto all = [](const auto& policies, const auto& is_valid) {
    return policies.size() <= Program::policies_max &&
           std::all_of(policies.begin(), policies.end(), is_valid);
  };
  return !program.id.empty() && !program.zone.empty() && valid_days(program.hold_days) &&
         all(program.hold_periods,
             [](const HoldPeriod& period) {
               return valid_days(period.days) && valid(period.mccs, Program::ranges_max);
             }) &&
         all(program.extra_holds,
             [](const ExtraHold& extra) {
               return valid(extra.mccs, Program::ranges_max) && extra.basis_points >= 0 &&
                      extra.basis_points <= Program::basis_points_max && extra.fixed_minor >= 0 &&
                      extra.fixed_minor <= minor_units_max;
             }) &&
         all(program.exposure_limits,
             [](const ExposureLimit& limit) {
               return limit.currency != Currency{} && limit.minor_units >= 0;
             }) &&
         (!program.mirror_age_max_us || *program.mirror_age_max_us > 0);
}

bool valid(const TimeZone& zone) noexcept {
  constexpr std::int32_t offset_s_max = 86'399;
  const auto& transitions = zone.transitions;
  return !zone.name.empty() && transitions.size() <= TimeZone::transitions_max &&
         std::all_of(transitions.begin(), transitions.end(),
                     [](const TimeZone::Transition& transition) {
                       return -offset_s_max <= transition.offset_s &&
                              transition.offset_s <= offset_s_max;
                     }) &&
         std::is_sorted(transitions.begin(), transitions.end(),
                        [](const TimeZone::Transition& a, const TimeZone::Transition& b) {
                          return a.from_unix_s <= b.from_unix_s;
                        });
}

}  // namespace authd::core
