#include "core/window.h"

namespace authd::core {

namespace {

struct Days {
  LocalDay first;
  LocalDay after;  // the first day of the next period
};

Days days_around(Period period, LocalDay today) noexcept {
  const CivilDate date = civil_of(today);
  switch (period) {
    case Period::week: {
      const LocalDay monday{today.days - weekday(today)};
      return {monday, {monday.days + 7}};
    }
    case Period::month: {
      const bool december = date.month == 12;
      return {day_of({date.year, date.month, 1}),
              day_of({date.year + (december ? 1 : 0), december ? 1 : date.month + 1, 1})};
    }
    case Period::year: return {day_of({date.year, 1, 1}), day_of({date.year + 1, 1, 1})};
    case Period::day:
    case Period::transaction:
    case Period::lifetime:
    case Period::rolling: break;
  }
  return {today, {today.days + 1}};
}

Span rolling_span(std::int32_t rolling_s, Timestamp at) noexcept {
  const std::int64_t length_us = rolling_s * us_per_s;
  // Rounded up, so that the slots of a window never fall short of it.
  const std::int64_t slot_us = (length_us + Window::rolling_slots - 1) / Window::rolling_slots;
  const std::int64_t begin_us = floor_div(at.unix_us, slot_us) * slot_us;
  // A slot lies in the window (at − length, at] while its end, begin + slot, is after at − length.
  return {{begin_us}, {at.unix_us - length_us - slot_us + 1}, {begin_us + slot_us + length_us}};
}

}  // namespace

std::string_view name(Period period) noexcept {
  switch (period) {
    case Period::transaction: return "transaction";
    case Period::day: return "day";
    case Period::week: return "week";
    case Period::month: return "month";
    case Period::year: return "year";
    case Period::lifetime: return "lifetime";
    case Period::rolling: return "rolling";
  }
  return "unknown";
}

Span span_at(const Window& window, const TimeZone& zone, Timestamp at) noexcept {
  switch (window.period) {
    case Period::day:
    case Period::week:
    case Period::month:
    case Period::year: {
      const Days days = days_around(window.period, zone.local_day(at));
      const Timestamp begin = zone.start_of(days.first);
      return {begin, begin, zone.start_of(days.after)};
    }
    case Period::rolling: return rolling_span(window.rolling_s, at);
    case Period::transaction:
    case Period::lifetime: break;
  }
  return {{0}, {0}, end_of_time};
}

}  // namespace authd::core
