// The calendar of the model: the same questions as core/window.h, answered with plain loops over
// years, days and offset changes. Slow on purpose, and shares no arithmetic with core.

#pragma once

#include <cstdint>

#include "core/window.h"

namespace authd::core::test::naive {

struct Date {
  int year = 1970;
  int month = 1;
  int day = 1;
};

// The local clock of `zone`: days since 1970-01-01 there, and the second of that day.
struct Clock {
  std::int64_t day = 0;
  std::int64_t second = 0;
};
Clock clock(const TimeZone& zone, Timestamp at);

Date date_of(std::int64_t day);
std::int64_t day_of(Date date);
int weekday(std::int64_t day);  // Monday is 0

// The first moment whose local date is `day`; where the day is skipped, the first after it.
Timestamp start_of(const TimeZone& zone, std::int64_t day);

// Which stretch a moment belongs to, and which stretches count then.
struct Stretch {
  std::int64_t begins_us = 0;
  std::int64_t counts_from_us = 0;
  std::int64_t resets_us = 0;
};
Stretch stretch(const Window& window, const TimeZone& zone, Timestamp at);

}  // namespace authd::core::test::naive
