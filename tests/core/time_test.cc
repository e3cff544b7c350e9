#include "core/time.h"

#include <gtest/gtest.h>

namespace authd::core {
namespace {

constexpr std::int64_t s_per_day = 86'400;

Timestamp at_s(std::int64_t unix_s) { return {unix_s * 1'000'000}; }

TEST(TimeZone, UtcDaysBeginAtMidnight) {
  const TimeZone utc;
  EXPECT_EQ(utc.local_day(at_s(0)).days, 0);
  EXPECT_EQ(utc.local_day({s_per_day * 1'000'000 - 1}).days, 0);
  EXPECT_EQ(utc.local_day(at_s(s_per_day)).days, 1);
  EXPECT_EQ(utc.local_day({-1}).days, -1);
}

// New York, 2026-11-01: clocks go back from -4 h to -5 h at 06:00 UTC; that local day has 25 hours.
TEST(TimeZone, FollowsTheOffsetInForce) {
  constexpr std::int64_t nov_1 = 20'758;  // days from 1970-01-01 to 2026-11-01
  const TimeZone zone{"America/New_York",
                      {{0, -5 * 3'600},
                       {nov_1 * s_per_day - 100 * s_per_day, -4 * 3'600},
                       {nov_1 * s_per_day + 6 * 3'600, -5 * 3'600}}};
  const std::int64_t begins = nov_1 * s_per_day + 4 * 3'600;
  const std::int64_t ends = (nov_1 + 1) * s_per_day + 5 * 3'600;
  EXPECT_EQ(zone.local_day(at_s(begins - 1)).days, nov_1 - 1);
  EXPECT_EQ(zone.local_day(at_s(begins)).days, nov_1);
  EXPECT_EQ(zone.local_day(at_s(ends - 1)).days, nov_1);
  EXPECT_EQ(zone.local_day(at_s(ends)).days, nov_1 + 1);
  EXPECT_EQ((ends - begins) / 3'600, 25);
}

TEST(TimeZone, TheFirstOffsetHoldsBeforeItToo) {
  const TimeZone zone{"Asia/Tokyo", {{1'000'000, 9 * 3'600}}};
  EXPECT_EQ(zone.local_day(at_s(15 * 3'600 - 1)).days, 0);
  EXPECT_EQ(zone.local_day(at_s(15 * 3'600)).days, 1);
}

}  // namespace
}  // namespace authd::core
