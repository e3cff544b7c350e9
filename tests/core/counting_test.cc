// Counting: whose spending a limit counts, in which window, and what is given back to it.

#include <gtest/gtest.h>

#include <string>

#include "tests/core/world.h"
#include "tests/core/zones.h"

namespace authd::core::test {
namespace {

constexpr Timestamp tomorrow = noon + day_us;

World limited(Period period, Limit::Measure measure = Limit::Measure::amount) {
  World world;
  world.attach(card_owner, control(1, limit(measure, 50'00, period)));
  return world;
}

TEST(Finding, HasTheFiguresOfTheLimit) {
  World world = limited(Period::day);
  world.attach(card_owner, control(1, limit(Limit::Measure::amount, 40'00, Period::day)));
  world.ask(purchase("a", 15'00));
  const Applied applied = world.apply(purchase("b", 25'01));
  EXPECT_EQ(std::get<Answer>(applied.outcome).decision.reason, Reason::amount_limit);
  ASSERT_EQ(applied.explanation.findings.size(), 1U);
  EXPECT_EQ(applied.explanation.decided_by, 0);
  const Finding& found = applied.explanation.findings[0];
  EXPECT_EQ(found.level, Level::card);
  EXPECT_EQ(found.control.value, 1);
  EXPECT_EQ(found.version, 2U);
  EXPECT_EQ(found.mode, Mode::enforce);
  EXPECT_EQ(found.check, CheckKind::limit);
  EXPECT_FALSE(found.passed);
  EXPECT_EQ(found.limit, 40'00);
  EXPECT_EQ(found.used, 15'00);
  EXPECT_EQ(found.asked, 25'01);
  EXPECT_EQ(found.left(), -1);
  EXPECT_EQ(found.resets_at, utc(2026, 11, 3));
  EXPECT_EQ(applied.explanation.before, (Balance{100'00, 85'00}));
}

TEST(Finding, OfACountAsksForOneAtTheBeginningAlone) {
  World world = limited(Period::month, Limit::Measure::count);
  const Finding first = world.apply(purchase("a", 15'00)).explanation.findings.at(0);
  EXPECT_EQ(first.asked, 1);
  EXPECT_EQ(first.used, 0);
  const Finding second = world.apply(increment("b", "a", 1)).explanation.findings.at(0);
  EXPECT_EQ(second.asked, 0);
  EXPECT_EQ(second.used, 1);
  EXPECT_EQ(second.resets_at, utc(2026, 12, 1));
}

TEST(Finding, SaysTheLeastWhenSumsDoNotFit) {
  Finding found;
  found.limit = INT64_MAX;
  found.used = INT64_MAX;
  found.asked = 1;
  EXPECT_EQ(found.left(), INT64_MIN);
  found.asked = 0;
  EXPECT_EQ(found.left(), 0);
}

TEST(Counting, CountsOnlyWhatTheFilterMatches) {
  World world;
  Control abroad = control(1, limit(Limit::Measure::amount, 10'00, Period::day));
  abroad.filter.countries.values = {*decltype(Merchant::country)::from("ZAF")};
  world.attach(card_owner, abroad);
  world.ask(purchase("a", 10'00));
  Request away = purchase("b", 10'00);
  away.details.merchant.country = *decltype(Merchant::country)::from("ZAF");
  EXPECT_EQ(world.reason(away), Reason::approved);
  away.message = id("c");
  EXPECT_EQ(world.reason(away), Reason::amount_limit);
}

// Two cards of one account and a third of another, under one program.
class ThreeCards : public testing::Test {
 protected:
  ThreeCards() {
    Account other = account();
    other.id = {2};
    EXPECT_EQ(world.set_up(OpenAccount{other}), Setup::done);
    for (const auto& [token, number] : {std::pair{"card-2", 1}, std::pair{"card-3", 2}}) {
      Card more = card();
      more.token = *CardToken::from(token);
      more.account = {number};
      EXPECT_EQ(world.set_up(IssueCard{more}), Setup::done);
    }
  }

  Reason ask(std::string_view token) {
    Request request = purchase("m-" + std::to_string(++messages), 10'00);
    request.card = *CardToken::from(token);
    return world.reason(request);
  }
  void attach(const Owner& owner, Level counts) {
    world.attach(owner, control(1, limit(Limit::Measure::amount, 10'00, Period::lifetime, counts)));
  }

  World world;
  int messages = 0;
};

TEST_F(ThreeCards, AProgramsLimitMayCountTheProgram) {
  attach(demo_owner, Level::program);
  EXPECT_EQ(ask("card-1"), Reason::approved);
  EXPECT_EQ(ask("card-2"), Reason::amount_limit);
  EXPECT_EQ(ask("card-3"), Reason::amount_limit);
}

TEST_F(ThreeCards, AProgramsLimitMayCountEachAccount) {
  attach(demo_owner, Level::account);
  EXPECT_EQ(ask("card-1"), Reason::approved);
  EXPECT_EQ(ask("card-2"), Reason::amount_limit);
  EXPECT_EQ(ask("card-3"), Reason::approved);
}

TEST_F(ThreeCards, AProgramsLimitMayCountEachCard) {
  attach(demo_owner, Level::card);
  EXPECT_EQ(ask("card-1"), Reason::approved);
  EXPECT_EQ(ask("card-2"), Reason::approved);
  EXPECT_EQ(ask("card-2"), Reason::amount_limit);
}

TEST_F(ThreeCards, AnAccountsLimitIsItsOwn) {
  attach(account_owner, Level::account);
  EXPECT_EQ(ask("card-2"), Reason::approved);
  EXPECT_EQ(ask("card-1"), Reason::amount_limit);
  EXPECT_EQ(ask("card-3"), Reason::approved);
}

TEST_F(ThreeCards, ACardsLimitIsItsOwn) {
  attach(card_owner, Level::card);
  EXPECT_EQ(ask("card-1"), Reason::approved);
  EXPECT_EQ(ask("card-1"), Reason::amount_limit);
  EXPECT_EQ(ask("card-2"), Reason::approved);
}

TEST(GiveBack, GoesToTheWindowInWhichItWasTaken) {
  World world = limited(Period::day);
  world.ask(purchase("a", 10'00), noon);
  world.ask(purchase("b", 20'00), tomorrow);
  world.tell(final(event(EventKind::reversed, "n", "a", 10'00)), tomorrow);
  EXPECT_EQ(first_finding(world, tomorrow).used, 20'00);
}

TEST(GiveBack, ComesFromTheNewestFirst) {
  World world = limited(Period::day);
  world.ask(purchase("a", 10'00), noon);
  world.ask(increment("b", "a", 20'00), tomorrow);
  EXPECT_EQ(first_finding(world, tomorrow).used, 20'00);
  world.tell(event(EventKind::reversed, "n-1", "a", 15'00), tomorrow);
  EXPECT_EQ(first_finding(world, tomorrow).used, 5'00);
  world.tell(event(EventKind::reversed, "n-2", "a", 10'00), tomorrow);
  EXPECT_EQ(first_finding(world, tomorrow).used, 0);
}

TEST(GiveBack, OfACountIsTheWholeAuthorizationOrNothing) {
  World world = limited(Period::lifetime, Limit::Measure::count);
  world.ask(purchase("a", 10'00));
  world.ask(increment("b", "a", 10'00));
  world.tell(event(EventKind::reversed, "n-1", "a", 19'99));
  EXPECT_EQ(first_finding(world).used, 1);
  world.tell(event(EventKind::reversed, "n-2", "a", 1));
  EXPECT_EQ(first_finding(world).used, 0);
}

TEST(GiveBack, OfACountTakesItFromTheWindowOfItsBeginningAlone) {
  World world = limited(Period::day, Limit::Measure::count);
  world.ask(purchase("a", 10'00), noon);
  world.ask(increment("b", "a", 10'00), tomorrow);
  world.ask(purchase("c", 10'00), tomorrow);
  world.tell(final(event(EventKind::reversed, "n", "a", 20'00)), tomorrow);
  EXPECT_EQ(first_finding(world, tomorrow).used, 1);
}

TEST(GiveBack, IsNotForCredits) {
  World world = limited(Period::lifetime);
  world.ask(purchase("a", 10'00));
  world.tell(event(EventKind::cleared, "n-1", "a", 10'00));
  world.tell(event(EventKind::refunded, "n-2", "a", 10'00));
  EXPECT_EQ(first_finding(world).used, 10'00);
}

TEST(GiveBack, DoesNotReachWhatACounterBeganAfterwards) {
  World world = limited(Period::lifetime);
  world.ask(purchase("a", 10'00));
  world.attach(card_owner, control(1, limit(Limit::Measure::amount, 50'00, Period::year)));
  world.ask(purchase("b", 20'00));
  world.tell(final(event(EventKind::reversed, "n", "a", 10'00)));
  EXPECT_EQ(first_finding(world).used, 20'00);
}

TEST(Edit, OfAMaximumOrAFilterKeepsWhatWasUsed) {
  World world = limited(Period::lifetime);
  world.ask(purchase("a", 10'00));
  Control edited = control(1, limit(Limit::Measure::amount, 5'00, Period::lifetime));
  edited.filter.kinds.add(Kind::purchase);
  world.attach(card_owner, edited);
  const Finding found = first_finding(world);
  EXPECT_EQ(found.used, 10'00);
  EXPECT_EQ(found.version, 2U);
  EXPECT_TRUE(found.passed) << "an empty request asks for nothing";
}

TEST(Edit, OfWhatIsCountedBeginsAnew) {
  Limit other_zone = limit(Limit::Measure::amount, 50'00, Period::day);
  other_zone.window.zone = north().name;
  for (const Check& check : {Check{limit(Limit::Measure::count, 50'00, Period::day)},
                             Check{limit(Limit::Measure::amount, 50'00, Period::week)},
                             Check{other_zone}, Check{SingleUse{}}}) {
    World world;
    world.define(north());
    world.attach(card_owner, control(1, limit(Limit::Measure::amount, 50'00, Period::day)));
    world.ask(purchase("a", 10'00));
    EXPECT_EQ(first_finding(world).used, 10'00);
    world.attach(card_owner, control(1, check));
    EXPECT_EQ(first_finding(world).used, 0);
  }
}

TEST(Edit, OfWhoIsCountedBeginsAnew) {
  World world;
  const auto count = [&world](Level counts) {
    world.attach(demo_owner,
                 control(1, limit(Limit::Measure::amount, 50'00, Period::lifetime, counts)));
  };
  count(Level::card);
  world.ask(purchase("a", 10'00));
  EXPECT_EQ(first_finding(world).used, 10'00);
  count(Level::program);
  EXPECT_EQ(first_finding(world).used, 0);
  count(Level::card);
  EXPECT_EQ(first_finding(world).used, 0);
}

TEST(Edit, ARemovedControlBeginsAnewWhenItComesAgain) {
  World world = limited(Period::lifetime);
  world.ask(purchase("a", 10'00));
  EXPECT_EQ(world.set_up(RemoveControl{card_owner, {1}}), Setup::done);
  world.attach(card_owner, control(1, limit(Limit::Measure::amount, 50'00, Period::lifetime)));
  EXPECT_EQ(first_finding(world).used, 0);
  EXPECT_EQ(first_finding(world).version, 1U);
}

}  // namespace
}  // namespace authd::core::test
