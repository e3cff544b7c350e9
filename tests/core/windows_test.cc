// Windows: where calendar periods and rolling slots begin and end, and that a limit feels it.

#include <gtest/gtest.h>

#include "core/window.h"
#include "tests/core/world.h"
#include "tests/core/zones.h"

namespace authd::core::test {
namespace {

Span span(Period period, const TimeZone& zone, Timestamp at) {
  Window window;
  window.period = period;
  return span_at(window, zone, at);
}

Span rolling_span(std::int32_t length_s, Timestamp at) {
  return span_at(rolling(0, length_s).window, TimeZone{}, at);
}

void expect_period(Period period, const TimeZone& zone, Timestamp begin, Timestamp end) {
  for (const Timestamp at : {begin, end - 1}) {
    const Span found = span(period, zone, at);
    EXPECT_EQ(found.tally, begin) << at.unix_us;
    EXPECT_EQ(found.counts_from, begin) << at.unix_us;
    EXPECT_EQ(found.resets_at, end) << at.unix_us;
  }
  EXPECT_NE(span(period, zone, begin - 1).tally, begin);
  EXPECT_NE(span(period, zone, end).tally, begin);
}

TEST(Window, DaysBeginAtMidnight) {
  expect_period(Period::day, TimeZone{}, utc(2026, 11, 2), utc(2026, 11, 3));
}

TEST(Window, DaysFollowTheClockChangesOfBothHemispheres) {
  expect_period(Period::day, north(), utc(2026, 3, 8, 5), utc(2026, 3, 9, 4));
  expect_period(Period::day, north(), utc(2026, 11, 1, 4), utc(2026, 11, 2, 5));
  expect_period(Period::day, south(), utc(2026, 10, 3, 14), utc(2026, 10, 4, 13));
  expect_period(Period::day, south(), utc(2026, 4, 4, 13), utc(2026, 4, 5, 14));
}

TEST(Window, DaysWithoutMidnightOrWithTwoAreWhole) {
  expect_period(Period::day, midnight(), utc(2026, 9, 6, 4), utc(2026, 9, 7, 3));
  expect_period(Period::day, midnight(), utc(2026, 4, 4, 3), utc(2026, 4, 5, 4));
  expect_period(Period::day, twice(), utc(2026, 11, 1, 4), utc(2026, 11, 2, 5));
  expect_period(Period::day, skipping(), utc(2026, 12, 29, 11), utc(2026, 12, 30, 11));
  expect_period(Period::day, skipping(), utc(2026, 12, 30, 11), utc(2026, 12, 31, 11));
}

TEST(Window, WeeksRunFromMondayToSundayAcrossTheYearsEnd) {
  expect_period(Period::week, TimeZone{}, utc(2026, 12, 28), utc(2027, 1, 4));
  expect_period(Period::week, TimeZone{}, utc(2026, 11, 2), utc(2026, 11, 9));
  expect_period(Period::week, north(), utc(2026, 10, 26, 4), utc(2026, 11, 2, 5));
}

TEST(Window, MonthsEndOnTheirOwnLastDay) {
  expect_period(Period::month, TimeZone{}, utc(2026, 2, 1), utc(2026, 3, 1));
  expect_period(Period::month, TimeZone{}, utc(2028, 2, 1), utc(2028, 3, 1));
  expect_period(Period::month, TimeZone{}, utc(2026, 4, 1), utc(2026, 5, 1));
  expect_period(Period::month, TimeZone{}, utc(2026, 12, 1), utc(2027, 1, 1));
  EXPECT_EQ(span(Period::month, TimeZone{}, utc(2028, 2, 29, 23, 59, 59)).tally, utc(2028, 2, 1));
  expect_period(Period::month, south(), utc(2026, 9, 30, 14), utc(2026, 10, 31, 13));
}

TEST(Window, YearsEndWithDecember) {
  expect_period(Period::year, TimeZone{}, utc(2026, 1, 1), utc(2027, 1, 1));
  expect_period(Period::year, TimeZone{}, utc(2028, 1, 1), utc(2029, 1, 1));
  expect_period(Period::year, north(), utc(2026, 1, 1, 5), utc(2027, 1, 1, 5));
}

TEST(Window, ALifetimeHasNoEnd) {
  const Span found = span(Period::lifetime, TimeZone{}, noon);
  EXPECT_EQ(found.resets_at, end_of_time);
  EXPECT_EQ(span(Period::lifetime, TimeZone{}, utc(2099, 1, 1)).tally, found.tally);
  EXPECT_LE(found.counts_from, found.tally);
}

// What the resolution may cost is a slot, and what it may never cost is the limit.
TEST(Window, ARollingTallyCountsForItsLengthAndASlotAtMost) {
  for (const std::int32_t length_s : {10, 11, 3'600, 86'400, 31 * 86'400}) {
    const std::int64_t length_us = length_s * us_per_s;
    const std::int64_t slot_us = (length_us + 23) / 24;
    const Timestamp begin = rolling_span(length_s, noon).tally;
    EXPECT_LE(begin, noon);
    EXPECT_GT(begin + slot_us, noon);
    EXPECT_EQ(rolling_span(length_s, begin).tally, begin);
    EXPECT_EQ(rolling_span(length_s, begin + slot_us - 1).tally, begin);
    EXPECT_EQ(rolling_span(length_s, begin + slot_us).tally, begin + slot_us);
    EXPECT_EQ(rolling_span(length_s, begin - 1).tally, begin - slot_us);

    const Timestamp leaves = begin + slot_us + length_us;
    EXPECT_EQ(rolling_span(length_s, begin).resets_at, leaves);
    EXPECT_EQ(rolling_span(length_s, begin + slot_us - 1).resets_at, leaves);
    EXPECT_LE(rolling_span(length_s, leaves - 1).counts_from, begin);
    EXPECT_GT(rolling_span(length_s, leaves).counts_from, begin);
  }
}

class OneADay : public testing::Test {
 protected:
  OneADay() {
    world.attach(card_owner, control(1, limit(Limit::Measure::amount, 10'00, Period::day)));
  }

  bool approves(std::string_view message, Timestamp at) {
    return world.reason(purchase(message, 10'00), at) == Reason::approved;
  }

  World world;
};

TEST_F(OneADay, BeginsAnewAtMidnightAndNotBefore) {
  EXPECT_TRUE(approves("a", utc(2026, 11, 2)));
  EXPECT_FALSE(approves("b", utc(2026, 11, 3) - 1));
  EXPECT_TRUE(approves("c", utc(2026, 11, 3)));
}

TEST_F(OneADay, CountsTogetherWhatHappensAtTheSameMoment) {
  EXPECT_TRUE(approves("a", noon));
  EXPECT_FALSE(approves("b", noon));
}

TEST_F(OneADay, CountsWhatIsAheadWhenTheClockStepsBack) {
  EXPECT_TRUE(approves("a", utc(2026, 11, 3)));
  EXPECT_FALSE(approves("b", utc(2026, 11, 2, 23, 59)));
  EXPECT_FALSE(approves("c", utc(2026, 11, 3)));
}

TEST_F(OneADay, FollowsTheProgramsZoneUnlessItHasItsOwn) {
  world.define(north());
  world.define(south());
  Program moved = program();
  moved.zone = north().name;
  world.configure(moved);
  EXPECT_TRUE(approves("a", utc(2026, 3, 8, 5)));
  EXPECT_FALSE(approves("b", utc(2026, 3, 9, 4) - 1));
  EXPECT_TRUE(approves("c", utc(2026, 3, 9, 4)));

  Limit southern = limit(Limit::Measure::amount, 10'00, Period::day);
  southern.window.zone = south().name;
  world.attach(card_owner, control(1, southern));
  EXPECT_TRUE(approves("d", utc(2026, 10, 4, 12)));
  EXPECT_FALSE(approves("e", utc(2026, 10, 4, 13) - 1));
  EXPECT_TRUE(approves("f", utc(2026, 10, 4, 13)));
}

TEST(RollingLimit, HoldsForEveryStretchOfItsLength) {
  for (const std::int32_t length_s : {10, 31 * 86'400}) {
    World world;
    world.attach(card_owner, control(1, rolling(10'00, length_s)));
    const std::int64_t length_us = length_s * us_per_s;
    const std::int64_t slot_us = (length_us + 23) / 24;
    const Timestamp last = rolling_span(length_s, noon).tally + slot_us - 1;  // of its slot
    EXPECT_EQ(world.reason(purchase("a", 10'00), last), Reason::approved);
    EXPECT_EQ(world.reason(purchase("b", 1), last + length_us), Reason::amount_limit);
    EXPECT_EQ(world.reason(purchase("c", 10'00), last + length_us + 1), Reason::approved);
  }
}

}  // namespace
}  // namespace authd::core::test
