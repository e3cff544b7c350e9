#include "core/time.h"

#include <algorithm>

namespace authd::core {

// Both directions follow the era arithmetic of the Gregorian calendar: it repeats every 400 years,
// which are 146,097 days, and a year counted from March has its leap day last.
CivilDate civil_of(LocalDay day) noexcept {
  constexpr std::int64_t days_per_era = 146'097;
  constexpr std::int64_t days_to_epoch = 719'468;  // from 0000-03-01 to 1970-01-01
  const std::int64_t shifted = day.days + days_to_epoch;
  const std::int64_t era = floor_div(shifted, days_per_era);
  const std::int64_t of_era = shifted - era * days_per_era;
  const std::int64_t year_of_era =
      (of_era - of_era / 1'460 + of_era / 36'524 - of_era / 146'096) / 365;
  const std::int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month_from_march = (5 * of_year + 2) / 153;
  const int month =
      static_cast<int>(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
  return {static_cast<std::int32_t>(year_of_era + era * 400 + (month <= 2 ? 1 : 0)), month,
          static_cast<int>(of_year - (153 * month_from_march + 2) / 5 + 1)};
}

LocalDay day_of(CivilDate date) noexcept {
  constexpr std::int64_t days_per_era = 146'097;
  constexpr std::int64_t days_to_epoch = 719'468;
  const std::int64_t year = date.year - (date.month <= 2 ? 1 : 0);
  const std::int64_t era = floor_div(year, 400);
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t month_from_march = (date.month + 9) % 12;
  const std::int64_t of_year = (153 * month_from_march + 2) / 5 + date.day - 1;
  const std::int64_t of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
  return {static_cast<std::int32_t>(era * days_per_era + of_era - days_to_epoch)};
}

LocalTime TimeZone::local_time(Timestamp at) const noexcept {
  const std::int64_t unix_s = floor_div(at.unix_us, us_per_s);
  std::int32_t offset_s = 0;
  if (!transitions.empty()) {
    auto after =
        std::upper_bound(transitions.begin(), transitions.end(), unix_s,
                         [](std::int64_t s, const Transition& t) { return s < t.from_unix_s; });
    offset_s = (after == transitions.begin() ? after : after - 1)->offset_s;
  }
  const std::int64_t local_s = unix_s + offset_s;
  const std::int64_t days = floor_div(local_s, s_per_day);
  return {{static_cast<std::int32_t>(days)}, static_cast<std::int32_t>(local_s - days * s_per_day)};
}

Timestamp TimeZone::start_of(LocalDay day) const noexcept {
  const std::int64_t midnight_s = day.days * s_per_day;  // as if local time were UTC
  if (transitions.empty()) return {midnight_s * us_per_s};
  // An offset is a day at most, so only the offsets in force around midnight can matter. The first
  // stretch of time that is not over before its own midnight has the beginning of the day.
  auto first =
      std::upper_bound(transitions.begin(), transitions.end(), midnight_s - s_per_day,
                       [](std::int64_t s, const Transition& t) { return s < t.from_unix_s; });
  if (first != transitions.begin()) --first;
  for (auto t = first;; ++t) {
    const std::int64_t begin_s = midnight_s - t->offset_s;
    if (t + 1 == transitions.end() || begin_s < (t + 1)->from_unix_s) {
      const bool skipped = t != transitions.begin() && begin_s < t->from_unix_s;
      return {(skipped ? t->from_unix_s : begin_s) * us_per_s};
    }
  }
}

}  // namespace authd::core
