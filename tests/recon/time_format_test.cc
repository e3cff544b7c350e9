// Times as suppliers write them.

#include "authd/recon/time_format.h"

#include <gtest/gtest.h>

#include <string_view>

#include "authd/config/time_zones.h"

namespace authd::recon {
namespace {

const core::TimeZone utc;

core::Result<core::Timestamp, TimeError> read(std::string_view pattern, std::string_view text,
                                              const core::TimeZone& zone = utc) {
  return TimeFormat::compile(pattern)->timestamp(text, zone);
}

constexpr std::int64_t noon_us = 1'795'262'400'000'000;  // 2026-11-21T12:00:00Z

TEST(TimeFormat, ReadsEveryToken) {
  EXPECT_EQ(read("YYYY-MM-DD HH:mm:ss", "2026-11-21 12:00:00")->unix_us, noon_us);
  EXPECT_EQ(read("YYYY/MM/DD HH:mm", "2026/11/21 12:00")->unix_us, noon_us);
  EXPECT_EQ(read("DD MMM YYYY, hh:mm A", "21 Nov 2026, 12:00 PM")->unix_us, noon_us);
  EXPECT_EQ(read("DD MMM YYYY hh:mmA", "22 Nov 2026 12:00am")->unix_us,
            noon_us + core::us_per_day / 2);
  EXPECT_EQ(read("YYYYMMDDHHmmss", "20261121120000")->unix_us, noon_us);
  EXPECT_EQ(read("YYYY-MM-DDTHH:mm:ss.fZ", "2026-11-21T12:00:00.25Z")->unix_us, noon_us + 250'000);
  EXPECT_EQ(read("YYYY-MM-DDTHH:mm:ss.f", "2026-11-21T12:00:00.123456789")->unix_us,
            noon_us + 123'456);
  EXPECT_EQ(read("YYYY-MM-DDTHH:mm:ssZ", "2026-11-21T14:00:00+02:00")->unix_us, noon_us);
  EXPECT_EQ(read("YYYY-MM-DDTHH:mm:ssZ", "2026-11-21T06:30:00-0530")->unix_us, noon_us);
  EXPECT_EQ(read("YYYY-MM-DD", "2026-11-21")->unix_us, noon_us - core::us_per_day / 2);
}

TEST(TimeFormat, RefusesPatternsThatSayNoDay) {
  for (const std::string_view pattern :
       {"", "YYYY-MM", "MM-DD", "YYYY-MM-DD ss", "YYYY-MM-DD mm", "YYYY-MM-DD hh:mm",
        "YYYY-MM-DD HH:mm A", "YYYY-MM-DD YYYY", "yyyy-MM-DD", "YYYY-MM-DD at HH", "YYYY-M-DD",
        "YYYY-MM-DDZ", "YYYY-MM-DD HH:mm.f", "YYYY-MM-MMM-DD", "YYYY-MM-DD HH:mm:ss:mm"}) {
    EXPECT_FALSE(TimeFormat::compile(pattern)) << pattern;
  }
}

TEST(TimeFormat, RefusesTextsOfAnotherForm) {
  for (const std::string_view text :
       {"", "2026-11-21", "2026-11-21 12:00", "2026-11-21 12:00:00 ", " 2026-11-21 12:00:00",
        "2026-11-21T12:00:00", "21-11-2026 12:00:00", "2026-1-21 12:00:00", "2026-11-21 12:00:0x",
        "+026-11-21 12:00:00", "2026-11-21 12:00:00Z"}) {
    const auto moment = read("YYYY-MM-DD HH:mm:ss", text);
    ASSERT_FALSE(moment) << text;
    EXPECT_EQ(moment.error(), TimeError::wrong_format) << text;
  }
  EXPECT_FALSE(read("YYYY-MM-DDTHH:mm:ss.f", "2026-11-21T12:00:00."));
  EXPECT_FALSE(read("YYYY-MM-DDTHH:mm:ss.f", "2026-11-21T12:00:00.1234567890"));
  EXPECT_FALSE(read("YYYY-MM-DDTHH:mm:ssZ", "2026-11-21T12:00:00+24:00"));
}

TEST(TimeFormat, RefusesMomentsThatDoNotExist) {
  for (const std::string_view text :
       {"2026-02-29 12:00:00", "2026-04-31 12:00:00", "2026-13-01 12:00:00", "2026-00-01 12:00:00",
        "2026-11-00 12:00:00", "2026-11-32 12:00:00", "0000-11-21 12:00:00", "2026-11-21 24:00:00",
        "2026-11-21 12:60:00", "2026-11-21 12:00:60", "1900-02-29 00:00:00"}) {
    const auto moment = read("YYYY-MM-DD HH:mm:ss", text);
    ASSERT_FALSE(moment) << text;
    EXPECT_EQ(moment.error(), TimeError::not_real) << text;
  }
  EXPECT_TRUE(read("YYYY-MM-DD HH:mm:ss", "2028-02-29 23:59:59"));
  EXPECT_EQ(read("YYYY-MM-DD hh:mm A", "2026-11-21 13:00 PM").error(), TimeError::not_real);
  EXPECT_EQ(read("YYYY-MM-DD hh:mm A", "2026-11-21 00:00 AM").error(), TimeError::not_real);
}

TEST(TimeFormat, TakesTheZonesOffset) {
  const auto johannesburg = load_time_zone("Africa/Johannesburg");
  ASSERT_TRUE(johannesburg);
  EXPECT_EQ(read("YYYY-MM-DD HH:mm:ss", "2026-11-21 14:00:00", *johannesburg)->unix_us, noon_us);
  // An offset that is written counts, not the zone's.
  EXPECT_EQ(read("YYYY-MM-DD HH:mm:ssZ", "2026-11-21 12:00:00Z", *johannesburg)->unix_us, noon_us);
}

TEST(TimeFormat, TakesTheEarlierOfTwoEqualTimesAndNoneThatTheClockSkips) {
  const auto zone = load_time_zone("Europe/Berlin");
  ASSERT_TRUE(zone);
  const std::string_view pattern("YYYY-MM-DD HH:mm:ssZ");
  const std::string_view local("YYYY-MM-DD HH:mm:ss");
  EXPECT_EQ(read(local, "2026-10-25 02:30:00", *zone)->unix_us,
            read(pattern, "2026-10-25 02:30:00+02:00")->unix_us);
  EXPECT_EQ(read(local, "2026-10-25 03:00:00", *zone)->unix_us,
            read(pattern, "2026-10-25 03:00:00+01:00")->unix_us);
  EXPECT_EQ(read(local, "2026-03-29 02:30:00", *zone).error(), TimeError::not_real);
  EXPECT_EQ(read(local, "2026-03-29 01:59:59", *zone)->unix_us,
            read(pattern, "2026-03-29 01:59:59+01:00")->unix_us);
  EXPECT_EQ(read(local, "2026-03-29 03:00:00", *zone)->unix_us,
            read(pattern, "2026-03-29 03:00:00+02:00")->unix_us);
}

TEST(TimeFormat, ReadsTheDayAsWritten) {
  const auto format = TimeFormat::compile("YYYY-MM-DD HH:mm:ss");
  const auto day = format->day("2026-11-21 23:59:59");
  ASSERT_TRUE(day);
  EXPECT_EQ(*day, core::day_of({2026, 11, 21}));
  EXPECT_EQ(format->day("2026-02-30 00:00:00").error(), TimeError::not_real);
}

}  // namespace
}  // namespace authd::recon
