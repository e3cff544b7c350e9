#include "tests/core/naive_calendar.h"

#include <algorithm>

namespace authd::core::test::naive {
namespace {

constexpr std::int64_t million = 1'000'000;
constexpr std::int64_t day_s = 24 * 60 * 60;

bool is_leap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

int days_in(int year, int month) {
  constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return days[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

// Seconds and days before 1970 are negative, so a remainder has to be made positive.
std::int64_t floored(std::int64_t value, std::int64_t divisor) {
  std::int64_t quotient = value / divisor;
  if (quotient * divisor > value) --quotient;
  return quotient;
}

std::int64_t offset_at(const TimeZone& zone, std::int64_t unix_s) {
  if (zone.transitions.empty()) return 0;
  std::int64_t offset = zone.transitions.front().offset_s;
  for (const TimeZone::Transition& transition : zone.transitions) {
    if (transition.from_unix_s <= unix_s) offset = transition.offset_s;
  }
  return offset;
}

std::int64_t first_day_of_next(Period period, std::int64_t first) {
  Date date = date_of(first);
  switch (period) {
    case Period::day: return first + 1;
    case Period::week: return first + 7;
    case Period::month: return first + days_in(date.year, date.month);
    case Period::year: return day_of({date.year + 1, 1, 1});
    case Period::transaction:
    case Period::lifetime:
    case Period::rolling: break;
  }
  return first;
}

std::int64_t first_day(Period period, std::int64_t day) {
  if (period == Period::week) {
    while (weekday(day) != 0) --day;
  } else if (period == Period::month) {
    while (date_of(day).day != 1) --day;
  } else if (period == Period::year) {
    day = day_of({date_of(day).year, 1, 1});
  }
  return day;
}

Stretch rolling_stretch(std::int64_t length_us, std::int64_t now) {
  std::int64_t slot = length_us / Window::rolling_slots;
  if (slot * Window::rolling_slots < length_us) ++slot;  // the slots must not fall short of it
  const std::int64_t begins = floored(now, slot) * slot;
  std::int64_t counts_from = begins;
  while (counts_from > now - length_us) counts_from -= slot;  // some of this one is still inside
  return {begins, counts_from, begins + slot + length_us};
}

}  // namespace

Clock clock(const TimeZone& zone, Timestamp at) {
  const std::int64_t unix_s = floored(at.unix_us, million);
  const std::int64_t local = unix_s + offset_at(zone, unix_s);
  return {floored(local, day_s), local - floored(local, day_s) * day_s};
}

Date date_of(std::int64_t day) {
  Date date;
  while (day < 0) {
    --date.year;
    day += is_leap(date.year) ? 366 : 365;
  }
  for (; day >= (is_leap(date.year) ? 366 : 365); ++date.year) {
    day -= is_leap(date.year) ? 366 : 365;
  }
  for (; day >= days_in(date.year, date.month); ++date.month) day -= days_in(date.year, date.month);
  date.day = static_cast<int>(day) + 1;
  return date;
}

std::int64_t day_of(Date date) {
  std::int64_t day = date.day - 1;
  for (int month = 1; month < date.month; ++month) day += days_in(date.year, month);
  for (int year = 1970; year < date.year; ++year) day += is_leap(year) ? 366 : 365;
  for (int year = date.year; year < 1970; ++year) day -= is_leap(year) ? 366 : 365;
  return day;
}

int weekday(std::int64_t day) {
  const std::int64_t since_a_monday = day + 3;  // 1970-01-01 was a Thursday
  return static_cast<int>(since_a_monday - floored(since_a_monday, 7) * 7);
}

Timestamp start_of(const TimeZone& zone, std::int64_t day) {
  if (zone.transitions.empty()) return {day * day_s * million};
  std::int64_t first = INT64_MAX / million;
  for (std::size_t i = 0; i < zone.transitions.size(); ++i) {
    const bool last = i + 1 == zone.transitions.size();
    const std::int64_t from = i == 0 ? INT64_MIN / million : zone.transitions[i].from_unix_s;
    const std::int64_t until = last ? INT64_MAX / million : zone.transitions[i + 1].from_unix_s;
    const std::int64_t moment = std::max(from, day * day_s - zone.transitions[i].offset_s);
    if (moment < until) first = std::min(first, moment);
  }
  return {first * million};
}

Stretch stretch(const Window& window, const TimeZone& zone, Timestamp at) {
  if (window.period == Period::rolling) {
    return rolling_stretch(window.rolling_s * million, at.unix_us);
  }
  if (window.period == Period::transaction || window.period == Period::lifetime) {
    return {INT64_MIN, INT64_MIN, INT64_MAX};
  }
  const std::int64_t first = first_day(window.period, clock(zone, at).day);
  const std::int64_t next = first_day_of_next(window.period, first);
  const std::int64_t begins = start_of(zone, first).unix_us;
  return {begins, begins, start_of(zone, next).unix_us};
}

}  // namespace authd::core::test::naive
