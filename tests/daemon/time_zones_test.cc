#include "authd/config/time_zones.h"

#include <date/tz.h>
#include <gtest/gtest.h>

#include "core/apply.h"

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
  for (const char* name : {"Mars/Olympus", "", "../etc/passwd", "utc ",
                           "America/Argentina/ComodRivadavia_and_some_more"}) {
    EXPECT_FALSE(load_time_zone(name)) << name;
    EXPECT_FALSE(is_time_zone(name)) << name;
  }
}

// Every zone of the database fits the state, and its offsets are those of the database.
TEST(TimeZones, TakesEveryZoneOfTheDatabase) {
  std::size_t zones = 0;
  for (const date::time_zone& known : date::get_tzdb().zones) {
    ASSERT_TRUE(is_time_zone(known.name())) << known.name();
    const auto zone = load_time_zone(known.name());
    ASSERT_TRUE(zone) << known.name();
    EXPECT_EQ(zone->name.view(), known.name());
    EXPECT_TRUE(core::valid(*zone)) << known.name() << ' ' << zone->transitions.size();
    for (std::size_t i = 1; i < zone->transitions.size(); ++i) {
      EXPECT_NE(zone->transitions[i].offset_s, zone->transitions[i - 1].offset_s) << known.name();
    }
    for (std::int64_t unix_s = 0; unix_s < 4'102'444'800; unix_s += 97 * 86'400) {
      const auto offset = known.get_info(date::sys_seconds(std::chrono::seconds(unix_s))).offset;
      const core::LocalTime local = zone->local_time(at_s(unix_s));
      EXPECT_EQ(local.day.days * core::s_per_day + local.second, unix_s + offset.count())
          << known.name() << ' ' << unix_s;
    }
    ++zones;
  }
  EXPECT_GT(zones, 300U);
}

}  // namespace
}  // namespace authd
