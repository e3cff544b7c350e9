// Takes and tallies: what an authorization and its counters remember, and what they forget when
// that is too much.

#include "core/tallies.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/core/world.h"

namespace authd::core::test {
namespace {

constexpr Timestamp tomorrow = noon + day_us;

World limited(const Limit& by) {
  World world;
  world.attach(card_owner, control(1, by));
  return world;
}

Request of_mcc(std::uint16_t mcc, Request request) {
  request.details.merchant.mcc = mcc;
  return request;
}

TEST(Takes, BeyondTheMostTheOldestBecomeOne) {
  World world = limited(limit(Limit::Measure::amount, 50'00, Period::lifetime));
  const AuthorizationId number = world.ask(purchase("m", 1)).authorization;
  for (std::size_t i = 1; i <= Authorization::takes_max + 4; ++i) {
    world.ask(increment("i-" + std::to_string(i), "m", 1), noon + static_cast<std::int64_t>(i));
    EXPECT_EQ(world.authorization(number).takes.size(), std::min(i + 1, Authorization::takes_max));
  }
  const std::vector<Take> takes = world.authorization(number).takes;
  EXPECT_EQ(takes.front(), (Take{noon, 6}));
  EXPECT_EQ(takes.back(),
            (Take{noon + static_cast<std::int64_t>(Authorization::takes_max + 4), 1}));
  EXPECT_EQ(first_finding(world).used, 21);
  world.tell(final(event(EventKind::reversed, "n", "m", 21)));
  EXPECT_EQ(first_finding(world).used, 0);
}

TEST(Takes, WhatHasBecomeOneCountsForLongerAndNeverForShorter) {
  World world = limited(limit(Limit::Measure::amount, 50'00, Period::day));
  const AuthorizationId number = world.ask(purchase("m", 1), noon).authorization;
  for (std::size_t i = 1; i <= Authorization::takes_max; ++i) {
    world.ask(increment("i-" + std::to_string(i), "m", 1), tomorrow);
  }
  EXPECT_EQ(world.authorization(number).takes.size(), Authorization::takes_max);
  EXPECT_EQ(first_finding(world, tomorrow).used, 16);
  world.tell(final(event(EventKind::reversed, "n", "m", 17)), tomorrow);
  EXPECT_EQ(first_finding(world, tomorrow).used, 1);
}

TEST(Tallies, BeyondTheMostTheOldestOfTheLongestCounterBecomeOne) {
  World world;
  for (std::int64_t i = 1; i <= 30; ++i)
    world.attach(card_owner, control(i, rolling(1'000, 2'400)));
  int message = 0;
  for (int slot = 0; slot < 24; ++slot) {
    world.ask(purchase("m-" + std::to_string(++message), 1), noon + slot * 100 * second_us);
  }
  const Usage usage = **world.state.usage(card_owner);
  EXPECT_EQ(usage.tallies.size(), Usage::tallies_max);
  const Timestamp last = noon + 23 * 100 * second_us;
  const Explanation found = world.apply(purchase("look", 0), last).explanation;
  ASSERT_EQ(found.findings.size(), 30U);
  for (const Finding& finding : found.findings) EXPECT_EQ(finding.used, 24);
}

TEST(Takes, OfOneTakeTheMergedOneGivesBackWhatWasCounted) {
  World world = limited(rolling(50'00, 86'400));
  const Timestamp later = noon + 2 * hour_us;
  world.ask(purchase("m", 1), noon);
  for (std::size_t i = 1; i <= Authorization::takes_max; ++i) {
    world.ask(increment("i-" + std::to_string(i), "m", 1), later);
  }
  EXPECT_EQ(first_finding(world, later).used, 17);
  world.tell(final(event(EventKind::reversed, "n", "m", 17)), later);
  EXPECT_EQ(first_finding(world, later).used, 1);
}

// Both takes become one, which only a counter that counted both gives back.
TEST(Takes, ACounterNeverGivesBackWhatItHasNotCounted) {
  World world;
  Control groceries = control(1, limit(Limit::Measure::amount, 50'00, Period::lifetime));
  groceries.filter.mccs.values = {{5411, 5411}};
  world.attach(card_owner, groceries);
  world.ask(purchase("other", 10'00));
  world.ask(purchase("m", 1));
  for (std::size_t i = 1; i <= Authorization::takes_max; ++i) {
    world.ask(of_mcc(5812, increment("i-" + std::to_string(i), "m", 5)));
  }
  world.tell(final(event(EventKind::reversed, "n", "m", 81)));
  EXPECT_EQ(first_finding(world).used, 10'01);
}

TEST(Takes, WhatIsGivenBackIsForgotten) {
  World world;
  Control groceries = control(1, limit(Limit::Measure::amount, 50'00, Period::lifetime));
  groceries.filter.mccs.values = {{5411, 5411}};
  world.attach(card_owner, groceries);
  world.ask(purchase("other", 10'00));
  const AuthorizationId number = world.ask(purchase("m", 5'00)).authorization;
  world.tell(event(EventKind::reversed, "n-1", "m", 5'00));
  EXPECT_TRUE(world.authorization(number).takes.empty());
  EXPECT_TRUE(world.authorization(number).counted.empty());
  world.ask(of_mcc(5812, increment("i", "m", 5'00)));
  world.tell(event(EventKind::reversed, "n-2", "m", 5'00));
  EXPECT_EQ(first_finding(world).used, 10'00);
}

TEST(Takes, OfAnUnknownCardAreCountedByNobody) {
  World world;
  world.attach(demo_owner,
               control(1, limit(Limit::Measure::amount, 50'00, Period::lifetime, Level::program)));
  Event cleared = event(EventKind::cleared, "n", "a", 10'00);
  cleared.card = *CardToken::from("unknown");
  const AuthorizationId number = world.tell(cleared).authorization;
  EXPECT_EQ(world.authorization(number).takes, (std::vector<Take>{{noon, 10'00}}));
  EXPECT_TRUE(world.authorization(number).counted.empty());
  EXPECT_EQ(first_finding(world).used, 0);
}

TEST(Tallies, OfACountBecomeOneWithTheirCounts) {
  World world;
  Limit often = rolling(1'000, 2'400);
  often.measure = Limit::Measure::count;
  for (std::int64_t i = 1; i <= 30; ++i) world.attach(card_owner, control(i, often));
  for (int slot = 0; slot < 24; ++slot) {
    world.ask(purchase("m-" + std::to_string(slot), 1), noon + slot * 100 * second_us);
  }
  const Timestamp last = noon + 23 * 100 * second_us;
  const Explanation found = world.apply(purchase("look", 0), last).explanation;
  ASSERT_EQ(found.findings.size(), 30U);
  for (const Finding& finding : found.findings) EXPECT_EQ(finding.used, 24);
}

TEST(Tallies, LeaveWithTheNextChangeAfterTheirWindow) {
  World world = limited(limit(Limit::Measure::amount, 50'00, Period::day));
  world.ask(purchase("a", 1'00), noon);
  world.ask(purchase("b", 2'00), tomorrow);
  const Usage usage = **world.state.usage(card_owner);
  ASSERT_EQ(usage.tallies.size(), 1U);
  EXPECT_EQ(usage.tallies[0].minor, 2'00);
  EXPECT_EQ(usage.tallies[0].count, 1U);
}

TEST(Tallies, OfNothingAreNotKept) {
  World world = limited(limit(Limit::Measure::amount, 50'00, Period::day));
  world.ask(purchase("a", 1'00));
  world.tell(event(EventKind::reversed, "n", "a", 1'00));
  EXPECT_TRUE((**world.state.usage(card_owner)).tallies.empty());
}

TEST(Tallies, ThatReachTheEndOfTheNumbersAreBeyondEveryLimit) {
  World world = limited(limit(Limit::Measure::amount, INT64_MAX, Period::lifetime));
  constexpr std::int64_t half = INT64_MAX / 2 + 1;
  for (const char* name : {"a", "b", "c"}) {
    const std::string text = name;
    world.tell(event(EventKind::cleared, text + "-1", text, half));
    world.tell(event(EventKind::refunded, text + "-2", text, half));
  }
  EXPECT_EQ(world.account_now().posted_minor, 100'00);
  EXPECT_EQ(first_finding(world).used, INT64_MAX);
  EXPECT_EQ(world.reason(purchase("d", 1)), Reason::amount_limit);
}

TEST(Tallies, OfCountersThatShareNothingGoByAge) {
  Usage usage;
  const Span span{noon, noon, tomorrow};
  for (std::uint64_t i = 1; i <= Usage::tallies_max; ++i) add(usage, {i}, span, 1, 1);
  add(usage, {1'000}, span, 1, 1);
  EXPECT_EQ(usage.tallies.size(), Usage::tallies_max);
  EXPECT_EQ(used(usage, {1}, noon).minor, 0);
  EXPECT_EQ(used(usage, {2}, noon).minor, 1);
  EXPECT_EQ(used(usage, {1'000}, noon).count, 1);
}

}  // namespace
}  // namespace authd::core::test
