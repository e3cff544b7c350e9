// Time zones made by hand, with everything that zones do to calendars: no tz database is read here.

#pragma once

#include <vector>

#include "core/time.h"

namespace authd::core::test {

// A moment by the clock of UTC.
Timestamp utc(int year, int month, int day, int hour = 0, int minute = 0, int second = 0);

// Clocks go forward at 02:00 on the second Sunday of March and back on the first of November, five
// hours west: the rule of New York.
TimeZone north();
// Forward at 02:00 on the first Sunday of October and back on the first of April, ten hours east:
// Sydney.
TimeZone south();
// Forward at 24:00 on the first Saturday of September, so that a day begins at 01:00, and back at
// 24:00 on the first Saturday of April, so that its last hour comes twice: Santiago.
TimeZone midnight();
// Forward at 00:00, back at 01:00 to 00:00, so that midnight comes twice: Havana.
TimeZone twice();
// Back at 00:01 to 23:01 of the day before: St. John's until 2011.
TimeZone backwards();
// Where 2026-12-30 never was: across the date line.
TimeZone skipping();

std::vector<TimeZone> zones();  // these and UTC

}  // namespace authd::core::test
