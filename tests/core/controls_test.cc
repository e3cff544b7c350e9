// Controls: each check at its limit and one past it, and in which order they are asked.

#include <gtest/gtest.h>

#include <string>

#include "core/control.h"
#include "tests/core/world.h"
#include "tests/core/zones.h"

namespace authd::core::test {
namespace {

Request of_kind(Kind kind, Request request) {
  request.kind = kind;
  return request;
}

Request at_shop(std::string_view shop, Request request) {
  request.details.merchant.id = *decltype(Merchant::id)::from(shop);
  return request;
}

TEST(Limit, ApprovesExactlyTheAmountInEveryPeriod) {
  for (const Period period : {Period::transaction, Period::day, Period::week, Period::month,
                              Period::year, Period::lifetime}) {
    World world;
    world.attach(card_owner, control(1, limit(Limit::Measure::amount, 30'00, period)));
    EXPECT_EQ(world.reason(purchase("a", 30'01)), Reason::amount_limit) << name(period);
    EXPECT_EQ(world.reason(purchase("b", 30'00)), Reason::approved) << name(period);
    const bool alone = period == Period::transaction;
    EXPECT_EQ(world.reason(purchase("c", 1)), alone ? Reason::approved : Reason::amount_limit)
        << name(period);
    EXPECT_EQ(world.reason(increment("d", "b", 1)), Reason::amount_limit) << name(period);
  }
}

TEST(Limit, ApprovesExactlyTheCountInEveryPeriod) {
  for (const Period period :
       {Period::day, Period::week, Period::month, Period::year, Period::lifetime}) {
    World world;
    world.attach(card_owner, control(1, limit(Limit::Measure::count, 2, period)));
    EXPECT_EQ(world.reason(purchase("a", 1)), Reason::approved);
    EXPECT_EQ(world.reason(purchase("b", 1)), Reason::approved);
    EXPECT_EQ(world.reason(increment("c", "b", 1)), Reason::approved) << name(period);
    EXPECT_EQ(world.reason(purchase("d", 0)), Reason::approved) << name(period);
    EXPECT_EQ(world.reason(purchase("e", 1)), Reason::count_limit) << name(period);
  }
}

TEST(Limit, OfNoTransactionsRefusesTheFirst) {
  World world;
  world.attach(card_owner, control(1, limit(Limit::Measure::count, 0, Period::transaction)));
  EXPECT_EQ(world.reason(purchase("a", 1)), Reason::count_limit);
  World other;
  other.attach(card_owner, control(1, limit(Limit::Measure::count, 1, Period::transaction)));
  EXPECT_EQ(other.reason(purchase("a", 1)), Reason::approved);
  EXPECT_EQ(other.reason(increment("b", "a", 1)), Reason::approved);
}

TEST(Limit, LooksAtDebitsAlone) {
  World world;
  world.attach(card_owner, control(1, limit(Limit::Measure::amount, 0, Period::day)));
  for (const Kind kind : {Kind::purchase, Kind::cash, Kind::quasi_cash}) {
    EXPECT_EQ(world.reason(of_kind(kind, purchase(name(kind), 1))), Reason::amount_limit);
  }
  for (const Kind kind : {Kind::credit, Kind::account_verification, Kind::balance_inquiry}) {
    EXPECT_EQ(world.reason(of_kind(kind, purchase(name(kind), 1))), Reason::approved);
  }
}

TEST(Deny, RefusesWhatTheFilterMatchesAndNothingElse) {
  World world;
  Control cash = control(1, Deny{});
  cash.filter.kinds.add(Kind::cash);
  world.attach(card_owner, cash);
  EXPECT_EQ(world.reason(of_kind(Kind::cash, purchase("a", 1))), Reason::denied);
  EXPECT_EQ(world.reason(purchase("b", 1)), Reason::approved);
}

TEST(Deny, LetsBalanceInquiriesPass) {
  World world;
  world.attach(card_owner, control(1, Deny{}));
  const Applied applied = world.apply(of_kind(Kind::balance_inquiry, purchase("a", 0)));
  EXPECT_TRUE(std::get<Answer>(applied.outcome).decision.is_approved());
  EXPECT_TRUE(applied.explanation.findings.empty());
  EXPECT_EQ(world.reason(of_kind(Kind::account_verification, purchase("b", 0))), Reason::denied);
  EXPECT_EQ(world.reason(of_kind(Kind::credit, purchase("c", 1))), Reason::denied);
}

TEST(Allow, RefusesWhatMatchesTheFilterButNotTheList) {
  World world;
  Allow groceries;
  groceries.only.mccs.values = {{5411, 5411}};
  Control allow = control(1, groceries);
  allow.filter.kinds.add(Kind::purchase);
  world.attach(card_owner, allow);
  EXPECT_EQ(world.reason(purchase("a", 1)), Reason::approved);
  Request elsewhere = purchase("b", 1);
  elsewhere.details.merchant.mcc = 5812;
  EXPECT_EQ(world.reason(elsewhere), Reason::denied);
  elsewhere.message = id("c");
  EXPECT_EQ(world.reason(of_kind(Kind::cash, elsewhere)), Reason::approved);
}

class OfficeHours : public testing::Test {
 protected:
  void attach(std::uint8_t weekdays, int from_minute, int until_minute) {
    Hours hours;
    hours.weekdays = weekdays;
    hours.from_minute = static_cast<std::uint16_t>(from_minute);
    hours.until_minute = static_cast<std::uint16_t>(until_minute);
    world.attach(card_owner, control(1, hours));
  }
  bool open(Timestamp at) {
    const Reason reason = world.reason(purchase("m-" + std::to_string(++messages), 0), at);
    EXPECT_TRUE(reason == Reason::approved || reason == Reason::outside_hours);
    return reason == Reason::approved;
  }

  static constexpr std::uint8_t monday = 1;
  static constexpr std::uint8_t sunday = 64;
  World world;
  int messages = 0;
};

TEST_F(OfficeHours, IncludeTheFirstMinuteAndNotTheLast) {
  attach(monday, 9 * 60, 17 * 60);
  EXPECT_FALSE(open(utc(2026, 11, 2, 9) - 1));
  EXPECT_TRUE(open(utc(2026, 11, 2, 9)));
  EXPECT_TRUE(open(utc(2026, 11, 2, 17) - 1));
  EXPECT_FALSE(open(utc(2026, 11, 2, 17)));
  EXPECT_FALSE(open(utc(2026, 11, 3, 12)));
  EXPECT_FALSE(open(utc(2026, 11, 1, 12)));
}

TEST_F(OfficeHours, OverMidnightBelongToTheDayOnWhichTheyBegan) {
  attach(sunday, 22 * 60, 2 * 60);
  EXPECT_FALSE(open(utc(2026, 11, 1, 1)));
  EXPECT_FALSE(open(utc(2026, 11, 1, 22) - 1));
  EXPECT_TRUE(open(utc(2026, 11, 1, 22)));
  EXPECT_TRUE(open(utc(2026, 11, 2)));
  EXPECT_TRUE(open(utc(2026, 11, 2, 2) - 1));
  EXPECT_FALSE(open(utc(2026, 11, 2, 2)));
  EXPECT_FALSE(open(utc(2026, 11, 2, 22)));
}

TEST_F(OfficeHours, FromAMinuteToTheSameLastADay) {
  attach(monday, 9 * 60, 9 * 60);
  EXPECT_FALSE(open(utc(2026, 11, 2, 9) - 1));
  EXPECT_TRUE(open(utc(2026, 11, 2, 9)));
  EXPECT_TRUE(open(utc(2026, 11, 3, 9) - 1));
  EXPECT_FALSE(open(utc(2026, 11, 3, 9)));
}

TEST_F(OfficeHours, OfAWholeDayEndAtMidnight) {
  attach(monday, 0, 1'440);
  EXPECT_FALSE(open(utc(2026, 11, 2) - 1));
  EXPECT_TRUE(open(utc(2026, 11, 2)));
  EXPECT_TRUE(open(utc(2026, 11, 3) - 1));
  EXPECT_FALSE(open(utc(2026, 11, 3)));
}

TEST_F(OfficeHours, AreThoseOfTheProgramsZone) {
  world.define(north());
  Program moved = program();
  moved.zone = north().name;
  world.configure(moved);
  attach(monday, 9 * 60, 17 * 60);
  EXPECT_FALSE(open(utc(2026, 11, 2, 14) - 1));
  EXPECT_TRUE(open(utc(2026, 11, 2, 14)));
  EXPECT_FALSE(open(utc(2026, 11, 2, 22)));
}

TEST(Require, IsGoodEnoughWithEachOfItsResults) {
  const auto expect = [](EnumSet<Verification> Require::*set, Verification Details::*result) {
    Require require;
    (require.*set).add(Verification::match);
    (require.*set).add(Verification::partial);
    World world;
    world.attach(card_owner, control(1, require));
    for (unsigned i = 1; i <= static_cast<unsigned>(verification_last); ++i) {
      Request request = purchase("m-" + std::to_string(i), 1);
      request.details.*result = static_cast<Verification>(i);
      const bool good = static_cast<Verification>(i) == Verification::match ||
                        static_cast<Verification>(i) == Verification::partial;
      EXPECT_EQ(world.reason(request), good ? Reason::approved : Reason::verification_required);
    }
  };
  expect(&Require::address, &Details::address);
  expect(&Require::security_code, &Details::security_code);
  expect(&Require::cardholder, &Details::cardholder);
}

TEST(SingleUse, IsOneAuthorizationWithItsIncrements) {
  World world;
  world.attach(card_owner, control(1, SingleUse{}));
  EXPECT_EQ(world.reason(purchase("a", 1'00)), Reason::approved);
  EXPECT_EQ(world.reason(increment("b", "a", 1'00)), Reason::approved);
  EXPECT_EQ(world.reason(purchase("c", 1)), Reason::card_used);
}

TEST(SingleUse, IsFreeAgainWhenTheWholeWasReleased) {
  World world;
  world.attach(card_owner, control(1, SingleUse{}));
  world.ask(purchase("a", 2'00));
  world.tell(event(EventKind::reversed, "n-1", "a", 1'99));
  EXPECT_EQ(world.reason(purchase("b", 1)), Reason::card_used);
  world.tell(event(EventKind::reversed, "n-2", "a", 1));
  EXPECT_EQ(world.reason(purchase("c", 1)), Reason::approved);
  EXPECT_EQ(world.reason(purchase("d", 1), noon + 1'000 * day_us), Reason::card_used);
}

TEST(MerchantLock, KeepsToTheMerchantOfTheFirstApprovedDebit) {
  World world;
  world.attach(card_owner, control(1, MerchantLock{}));
  EXPECT_EQ(world.reason(at_shop("shop-2", purchase("a", 500'00))), Reason::insufficient_funds);
  EXPECT_EQ(world.reason(at_shop("", purchase("b", 1'00))), Reason::merchant_locked);
  EXPECT_EQ(world.reason(of_kind(Kind::credit, at_shop("shop-2", purchase("c", 1'00)))),
            Reason::approved);
  EXPECT_EQ(world.reason(at_shop("shop-1", purchase("d", 1'00))), Reason::approved);
  EXPECT_EQ(world.reason(at_shop("shop-2", purchase("e", 1'00))), Reason::merchant_locked);
  EXPECT_EQ(world.reason(at_shop("", purchase("f", 1'00))), Reason::merchant_locked);
  EXPECT_EQ(world.reason(at_shop("shop-1", purchase("g", 1'00))), Reason::approved);
}

TEST(MerchantLock, IsSetOnlyByWhatItsFilterMatches) {
  World world;
  Control lock = control(1, MerchantLock{});
  lock.filter.kinds.add(Kind::cash);
  world.attach(card_owner, lock);
  EXPECT_EQ(world.reason(at_shop("shop-1", purchase("a", 1'00))), Reason::approved);
  EXPECT_TRUE((**world.state.card(demo, card_1)).locked_to.empty());
  EXPECT_EQ(world.reason(of_kind(Kind::cash, at_shop("shop-2", purchase("b", 1)))),
            Reason::approved);
  EXPECT_EQ(world.reason(of_kind(Kind::cash, at_shop("shop-1", purchase("c", 1)))),
            Reason::merchant_locked);
}

TEST(Shadow, NeverDeclinesButIsFoundAndCounted) {
  World world;
  std::int64_t number = 0;
  for (const Check& check : {Check{Deny{}}, Check{limit(Limit::Measure::amount, 1'00, Period::day)},
                             Check{SingleUse{}}}) {
    Control shadow = control(++number, check);
    shadow.mode = Mode::shadow;
    world.attach(card_owner, shadow);
  }
  world.ask(purchase("a", 3'00));
  const Explanation found = world.apply(purchase("b", 3'00)).explanation;
  ASSERT_EQ(found.findings.size(), 3U);
  EXPECT_FALSE(found.decided_by);
  for (const Finding& finding : found.findings) {
    EXPECT_FALSE(finding.passed);
    EXPECT_EQ(finding.mode, Mode::shadow);
  }
  EXPECT_EQ(found.findings[1].used, 3'00);
  EXPECT_EQ(found.findings[2].used, 1);
}

TEST(Controls, AreAskedFromTheProgramToTheCardByNumber) {
  World world;
  world.attach(card_owner, control(1, limit(Limit::Measure::amount, 0, Period::day)));
  world.attach(account_owner, control(3, Deny{}));
  world.attach(account_owner, control(2, limit(Limit::Measure::count, 0, Period::lifetime)));
  world.attach(demo_owner, control(9, limit(Limit::Measure::amount, 10'00, Period::lifetime)));
  const Applied applied = world.apply(purchase("a", 1'00));
  EXPECT_EQ(std::get<Answer>(applied.outcome).decision.reason, Reason::count_limit);
  const Explanation& found = applied.explanation;
  ASSERT_EQ(found.findings.size(), 4U);
  EXPECT_EQ(found.decided_by, 1);
  const std::vector<std::int64_t> numbers{9, 2, 3, 1};
  const std::vector<Level> owners{Level::program, Level::account, Level::account, Level::card};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(found.findings[i].control.value, numbers[i]);
    EXPECT_EQ(found.findings[i].level, owners[i]);
    EXPECT_EQ(found.findings[i].passed, i == 0);
  }
}

}  // namespace
}  // namespace authd::core::test
