#include "core/apply.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/core/world.h"

namespace authd::core::test {
namespace {

constexpr std::int64_t day_us = 86'400'000'000;

TEST(Apply, AnApprovalHoldsTheMoney) {
  World world;
  const Applied applied = world.apply(purchase("m1", 30'00));
  const auto answer = std::get<Answer>(applied.outcome);
  EXPECT_TRUE(answer.decision.is_approved());
  EXPECT_EQ(answer.hold, HoldId{1});
  EXPECT_EQ(applied.changes.rows().size(), 5U);
  EXPECT_EQ(world.account_now().held_minor, 30'00);
  EXPECT_EQ(world.account_now().posted_minor, 100'00);
  const Hold hold = **world.state.hold({1});
  EXPECT_EQ(hold.amount, (Money{30'00, usd}));
  EXPECT_EQ(hold.status, HoldStatus::open);
  EXPECT_EQ(hold.authorization.view(), "m1");
}

TEST(Apply, ADeclineIsRecordedAndMovesNoMoney) {
  World world;
  const Applied applied = world.apply(purchase("m1", 100'01));
  EXPECT_EQ(std::get<Answer>(applied.outcome).decision.reason, Reason::insufficient_funds);
  ASSERT_EQ(applied.changes.rows().size(), 1U);
  EXPECT_TRUE(std::holds_alternative<Idempotency>(applied.changes.rows()[0]));
  EXPECT_EQ(world.account_now(), account());
}

TEST(Apply, TheSameMessageGetsTheSameAnswerAndNoSecondHold) {
  World world;
  const Answer first = world.ask(purchase("m1", 30'00));
  const Applied again = world.apply(purchase("m1", 30'00), {noon.unix_us + day_us});
  Answer expected = first;
  expected.origin = Answer::Origin::repeated;
  EXPECT_EQ(std::get<Answer>(again.outcome), expected);
  EXPECT_TRUE(again.changes.empty());
  EXPECT_EQ(world.account_now().held_minor, 30'00);
}

TEST(Apply, ADeclinedMessageStaysDeclinedWhenTheMoneyHasArrived) {
  World world;
  world.ask(purchase("m1", 100'01));
  Account richer = account();
  richer.posted_minor = 500'00;
  world.state.put(richer);
  const Answer again = world.ask(purchase("m1", 100'01));
  EXPECT_EQ(again.origin, Answer::Origin::repeated);
  EXPECT_EQ(again.decision.reason, Reason::insufficient_funds);
}

TEST(Apply, TheSameIdWithOtherMoneyIsRefusedAndNotRecorded) {
  World world;
  world.ask(purchase("m1", 30'00));
  Request other_amount = purchase("m1", 30'01);
  Request other_currency = purchase("m1", 30'00);
  other_currency.amount.currency = eur;
  Request other_card = purchase("m1", 30'00);
  other_card.card = *CardToken::from("card-2");
  Request other_kind = purchase("m1", 30'00);
  other_kind.kind = Kind::cash;
  for (const Request& request : {other_amount, other_currency, other_card, other_kind}) {
    const Applied applied = world.apply(request);
    const auto answer = std::get<Answer>(applied.outcome);
    EXPECT_EQ(answer.origin, Answer::Origin::refused);
    EXPECT_EQ(answer.decision.reason, Reason::message_conflict);
    EXPECT_TRUE(applied.changes.empty());
  }
  EXPECT_EQ(world.account_now().held_minor, 30'00);
}

TEST(Apply, TheSameIdInAnotherProgramIsAnotherMessage) {
  Program second = program();
  second.id = *ProgramId::from("second");
  World world({program(), second});
  Card other = card();
  other.program = second.id;
  world.state.put(other);
  world.ask(purchase("m1", 30'00));
  Request request = purchase("m1", 40'00);
  request.program = second.id;
  EXPECT_TRUE(world.ask(request).decision.is_approved());
  EXPECT_EQ(world.account_now().held_minor, 70'00);
}

TEST(Apply, AnIncrementAddsToTheHoldOfItsAuthorization) {
  World world;
  const Answer first = world.ask(purchase("m1", 30'00));
  Request increment = purchase("m2", 5'00);
  increment.increments = *MessageId::from("m1");
  const Answer second = world.ask(increment);
  EXPECT_TRUE(second.decision.is_approved());
  EXPECT_EQ(second.hold, first.hold);
  EXPECT_EQ(world.state.holds().size(), 1U);
  EXPECT_EQ((**world.state.hold(first.hold)).amount.minor_units, 35'00);
  EXPECT_EQ(world.account_now().held_minor, 35'00);
}

TEST(Apply, AnIncrementOfSomethingUnknownStandsAlone) {
  World world;
  Request increment = purchase("m2", 5'00);
  increment.increments = *MessageId::from("never-seen");
  const Answer answer = world.ask(increment);
  EXPECT_TRUE(answer.decision.is_approved());
  EXPECT_EQ((**world.state.hold(answer.hold)).amount.minor_units, 5'00);
}

TEST(Apply, AnIncrementNeverTouchesAHoldOfAnotherAccount) {
  World world;
  Account other = account();
  other.id = {2};
  world.state.put(other);
  Card second = card();
  second.token = *CardToken::from("card-2");
  second.account = {2};
  world.state.put(second);
  world.ask(purchase("m1", 30'00));
  Request increment = purchase("m2", 5'00);
  increment.card = second.token;
  increment.increments = *MessageId::from("m1");
  world.ask(increment);
  EXPECT_EQ((**world.state.hold({1})).amount.minor_units, 30'00);
  EXPECT_EQ(world.account_now(2).held_minor, 5'00);
}

TEST(Apply, QuestionsWithoutMoneyHoldNothing) {
  World world;
  Request request = purchase("m1", 0);
  EXPECT_TRUE(world.ask(request).decision.is_approved());
  for (const Kind kind : {Kind::account_verification, Kind::balance_inquiry, Kind::credit}) {
    request = purchase(name(kind), 10'00);
    request.kind = kind;
    const Answer answer = world.ask(request);
    EXPECT_TRUE(answer.decision.is_approved()) << name(kind);
    EXPECT_EQ(answer.hold, HoldId{}) << name(kind);
    EXPECT_EQ(answer.decision.balance, (Balance{100'00, 100'00})) << name(kind);
  }
  EXPECT_EQ(world.account_now(), account());
  EXPECT_TRUE(world.state.holds().empty());
}

TEST(Apply, UsageCountsTheLocalDayAndStartsAnewAtMidnight) {
  World world;
  Card limited = card();
  limited.daily_limit_minor = 50'00;
  limited.expires_at = {noon.unix_us + 10 * day_us};
  world.state.put(limited);
  const Timestamp last_moment{noon.unix_us + day_us / 2 - 1};
  const Timestamp midnight{noon.unix_us + day_us / 2};
  EXPECT_TRUE(world.ask(purchase("m1", 50'00)).decision.is_approved());
  EXPECT_EQ(world.ask(purchase("m2", 1), last_moment).decision.reason, Reason::card_daily_limit);
  EXPECT_TRUE(world.ask(purchase("m3", 50'00), midnight).decision.is_approved());
  EXPECT_EQ(world.ask(purchase("m4", 1), midnight).decision.reason, Reason::card_daily_limit);
}

TEST(Apply, AClockThatGoesBackDoesNotGiveTheLimitBack) {
  World world;
  Card limited = card();
  limited.daily_limit_minor = 50'00;
  limited.expires_at = {noon.unix_us + 10 * day_us};
  world.state.put(limited);
  world.ask(purchase("m1", 50'00), {noon.unix_us + day_us});
  EXPECT_EQ(world.ask(purchase("m2", 1), noon).decision.reason, Reason::card_daily_limit);
}

TEST(Apply, OpensAnAccountAndACardOnce) {
  World world;
  Account second = account();
  second.id = {2};
  Card its_card = card();
  its_card.token = *CardToken::from("card-2");
  its_card.account = {2};
  EXPECT_EQ(std::get<Opening>(world.apply(IssueCard{its_card}).outcome), Opening::account_unknown);
  EXPECT_EQ(std::get<Opening>(world.apply(OpenAccount{second}).outcome), Opening::created);
  EXPECT_EQ(std::get<Opening>(world.apply(IssueCard{its_card}).outcome), Opening::created);
  second.posted_minor = 1;
  const Applied again = world.apply(OpenAccount{second});
  EXPECT_EQ(std::get<Opening>(again.outcome), Opening::exists);
  EXPECT_TRUE(again.changes.empty());
  EXPECT_EQ(std::get<Opening>(world.apply(IssueCard{its_card}).outcome), Opening::exists);
  EXPECT_EQ(world.account_now(2).posted_minor, 100'00);
}

// Whatever is asked in whatever order, with repetitions: held = sum of open holds, never above what
// was posted.
TEST(Apply, HeldMoneyIsTheSumOfTheHoldsAndNeverOverdrawn) {
  const unsigned seed = std::random_device{}();
  std::mt19937 random(seed);
  SCOPED_TRACE("seed " + std::to_string(seed));
  World world;
  for (int i = 0; i < 2'000; ++i) {
    Request request = purchase("m" + std::to_string(random() % 700),
                               static_cast<std::int64_t>(random() % 4 * 50));
    request.kind = static_cast<Kind>(1 + random() % kind_max);
    if (random() % 3 == 0)
      request.increments = *MessageId::from("m" + std::to_string(random() % 700));
    world.apply(request, {noon.unix_us - static_cast<std::int64_t>(random() % 1000)});

    std::int64_t held = 0;
    for (const auto& [id, hold] : world.state.holds()) held += hold.amount.minor_units;
    ASSERT_EQ(world.account_now().held_minor, held);
    ASSERT_LE(held, 100'00);
  }
  EXPECT_GT(world.account_now().held_minor, 99'00);  // the test did spend
}

}  // namespace
}  // namespace authd::core::test
