#include "authd/config/time_zones.h"

#include <gtest/gtest.h>

namespace authd {
namespace {

core::Timestamp at_s(std::int64_t unix_s) { return {unix_s * 1'000'000}; }

TEST(TimeZones, FollowsTheDaylightSavingOfTheTzDatabase) {
  const auto zone = load_time_zone("America/New_York");
  ASSERT_TRUE(zone);
  // 2026-11-01, the day with 25 hours: 04:00 UTC to 05:00 UTC of the next day.
  EXPECT_EQ(zone->local_day(at_s(1'793'505'600 - 1)).days, 20'757);
  EXPECT_EQ(zone->local_day(at_s(1'793'505'600)).days, 20'758);
  EXPECT_EQ(zone->local_day(at_s(1'793'505'600 + 25 * 3'600 - 1)).days, 20'758);
  EXPECT_EQ(zone->local_day(at_s(1'793'505'600 + 25 * 3'600)).days, 20'759);
}

TEST(TimeZones, KnowsZonesWithoutDaylightSaving) {
  const auto zone = load_time_zone("Asia/Kolkata");
  ASSERT_TRUE(zone);
  EXPECT_EQ(zone->local_day(at_s(18 * 3'600 + 1'800 - 1)).days, 0);
  EXPECT_EQ(zone->local_day(at_s(18 * 3'600 + 1'800)).days, 1);
}

TEST(TimeZones, RefusesUnknownNames) {
  EXPECT_FALSE(load_time_zone("Mars/Olympus"));
  EXPECT_FALSE(load_time_zone(""));
  EXPECT_FALSE(load_time_zone("../etc/passwd"));
}

}  // namespace
}  // namespace authd
