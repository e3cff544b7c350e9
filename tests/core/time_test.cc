#include "core/time.h"

#include <gtest/gtest.h>

#include "tests/core/world.h"
#include "tests/core/zones.h"

namespace authd::core::test {
namespace {

LocalDay day(int year, int month, int day_of_month) { return day_of({year, month, day_of_month}); }

std::int64_t hours_of(const TimeZone& zone, LocalDay of) {
  return (zone.start_of({of.days + 1}).unix_us - zone.start_of(of).unix_us) / hour_us;
}

TEST(CivilDate, CountsEveryDayOfFiveCenturies) {
  CivilDate expected{1899, 12, 31};
  const auto length = [](int year, int month) {
    const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (month == 2) return leap ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
  };
  const LocalDay end = day(2400, 1, 1);
  for (LocalDay at = day(1900, 1, 1); at < end; ++at.days) {
    if (++expected.day > length(expected.year, expected.month)) {
      expected.day = 1;
      if (++expected.month > 12) {
        expected.month = 1;
        ++expected.year;
      }
    }
    const CivilDate date = civil_of(at);
    ASSERT_EQ(date.year, expected.year) << at.days;
    ASSERT_EQ(date.month, expected.month) << at.days;
    ASSERT_EQ(date.day, expected.day) << at.days;
    ASSERT_EQ(day_of(date), at);
  }
}

TEST(CivilDate, BeginsIn1970OnAThursday) {
  EXPECT_EQ(day(1970, 1, 1).days, 0);
  EXPECT_EQ(weekday({0}), 3);
  EXPECT_EQ(weekday({3}), 6);
  EXPECT_EQ(weekday({4}), 0);
  EXPECT_EQ(weekday({-1}), 2);
  EXPECT_EQ(weekday({-4}), 6);
  EXPECT_EQ(weekday(day(2026, 11, 2)), 0);
}

TEST(TimeZone, UtcDaysBeginAtMidnight) {
  const TimeZone zone;
  EXPECT_EQ(zone.local_day({0}).days, 0);
  EXPECT_EQ(zone.local_day({us_per_day - 1}).days, 0);
  EXPECT_EQ(zone.local_day({us_per_day}).days, 1);
  EXPECT_EQ(zone.local_day({-1}).days, -1);
  EXPECT_EQ(zone.local_time({-1}).second, 86'399);
  EXPECT_EQ(zone.start_of({-1}).unix_us, -us_per_day);
}

TEST(TimeZone, TheFirstOffsetHoldsBeforeItToo) {
  TimeZone zone;
  zone.transitions = {{1'000'000, 9 * 3'600}};
  EXPECT_EQ(zone.local_day(utc(1970, 1, 1, 14, 59, 59)), day(1970, 1, 1));
  EXPECT_EQ(zone.local_day(utc(1970, 1, 1, 15)), day(1970, 1, 2));
  EXPECT_EQ(zone.start_of(day(1970, 1, 2)), utc(1970, 1, 1, 15));
}

TEST(TimeZone, AnOffsetHoldsFromItsOwnSecondOn) {
  const TimeZone zone = north();
  EXPECT_EQ(zone.local_time(utc(2026, 3, 8, 7) - 1).second, 2 * 3'600 - 1);
  EXPECT_EQ(zone.local_time(utc(2026, 3, 8, 7)).second, 3 * 3'600);
}

TEST(TimeZone, ADayHasAnHourLessWhenClocksGoForward) {
  EXPECT_EQ(north().start_of(day(2026, 3, 8)), utc(2026, 3, 8, 5));
  EXPECT_EQ(north().start_of(day(2026, 3, 9)), utc(2026, 3, 9, 4));
  EXPECT_EQ(hours_of(north(), day(2026, 3, 8)), 23);
  EXPECT_EQ(south().start_of(day(2026, 10, 4)), utc(2026, 10, 3, 14));
  EXPECT_EQ(hours_of(south(), day(2026, 10, 4)), 23);
}

TEST(TimeZone, ADayHasAnHourMoreWhenClocksGoBack) {
  EXPECT_EQ(north().start_of(day(2026, 11, 1)), utc(2026, 11, 1, 4));
  EXPECT_EQ(hours_of(north(), day(2026, 11, 1)), 25);
  EXPECT_EQ(south().start_of(day(2026, 4, 5)), utc(2026, 4, 4, 13));
  EXPECT_EQ(hours_of(south(), day(2026, 4, 5)), 25);
}

TEST(TimeZone, ADayWithoutMidnightBeginsWithTheChange) {
  const TimeZone zone = midnight();
  const Timestamp change = utc(2026, 9, 6, 4);
  EXPECT_EQ(zone.start_of(day(2026, 9, 6)), change);
  EXPECT_EQ(zone.local_time(change).second, 3'600);
  EXPECT_EQ(zone.local_day(change - 1), day(2026, 9, 5));
  EXPECT_EQ(hours_of(zone, day(2026, 9, 6)), 23);
}

TEST(TimeZone, ADayWhoseLastHourComesTwiceEndsOnce) {
  const TimeZone zone = midnight();
  EXPECT_EQ(zone.start_of(day(2026, 4, 5)), utc(2026, 4, 5, 4));
  EXPECT_EQ(hours_of(zone, day(2026, 4, 4)), 25);
  EXPECT_EQ(zone.local_day(utc(2026, 4, 5, 3) - 1), day(2026, 4, 4));
  EXPECT_EQ(zone.local_day(utc(2026, 4, 5, 3)), day(2026, 4, 4));
}

TEST(TimeZone, WhereMidnightComesTwiceTheFirstBeginsTheDay) {
  EXPECT_EQ(twice().start_of(day(2026, 11, 1)), utc(2026, 11, 1, 4));
  EXPECT_EQ(twice().local_time(utc(2026, 11, 1, 4)).second, 0);
  EXPECT_EQ(twice().local_time(utc(2026, 11, 1, 5)).second, 0);
  EXPECT_EQ(hours_of(twice(), day(2026, 11, 1)), 25);
  EXPECT_EQ(hours_of(twice(), day(2026, 3, 8)), 23);
}

TEST(TimeZone, ADayThatIsLeftAgainHasBegunTheFirstTime) {
  const TimeZone zone = backwards();
  EXPECT_EQ(zone.start_of(day(2026, 11, 1)), utc(2026, 11, 1, 2, 30));
  EXPECT_EQ(zone.local_day(utc(2026, 11, 1, 2, 30)), day(2026, 11, 1));
  EXPECT_EQ(zone.local_day(utc(2026, 11, 1, 2, 31)), day(2026, 10, 31));
  EXPECT_EQ(zone.local_day(utc(2026, 11, 1, 3, 30)), day(2026, 11, 1));
}

TEST(TimeZone, ADayThatNeverWasBeginsWithTheNext) {
  const TimeZone zone = skipping();
  const Timestamp change = utc(2026, 12, 30, 11);
  EXPECT_EQ(zone.local_day(change - 1), day(2026, 12, 29));
  EXPECT_EQ(zone.local_day(change), day(2026, 12, 31));
  EXPECT_EQ(zone.start_of(day(2026, 12, 30)), change);
  EXPECT_EQ(zone.start_of(day(2026, 12, 31)), change);
}

TEST(TimeZone, OffsetsOfAlmostADayAreFollowed) {
  TimeZone east;
  east.transitions = {{0, 86'399}};
  EXPECT_EQ(east.start_of({10}).unix_us, (10 * s_per_day - 86'399) * us_per_s);
  TimeZone west;
  west.transitions = {{0, -86'399}};
  EXPECT_EQ(west.start_of({10}).unix_us, (10 * s_per_day + 86'399) * us_per_s);
  EXPECT_EQ(west.local_day(west.start_of({10})).days, 10);
  EXPECT_EQ(west.local_day(west.start_of({10}) - 1).days, 9);
}

}  // namespace
}  // namespace authd::core::test
