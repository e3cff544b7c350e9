// Balances: what a request may spend, what is held for it, and what the answer says is left.

#include <gtest/gtest.h>

#include <string>

#include "tests/core/world.h"

namespace authd::core::test {
namespace {

Request partial(Request request) {
  request.partial_approval = true;
  return request;
}

class Balances : public testing::Test {
 protected:
  void configure(std::vector<ExtraHold> extra, bool partial_approval = false) {
    Program changed = program();
    changed.extra_holds = std::move(extra);
    changed.partial_approval = partial_approval;
    world.configure(changed);
  }
  std::int64_t approved(const Request& request) {
    const Decision decision = world.ask(request).decision;
    EXPECT_EQ(decision.is_approved(), decision.approved.minor_units > 0);
    return decision.approved.minor_units;
  }

  World world;
};

TEST_F(Balances, ApprovesExactlyWhatIsThere) {
  EXPECT_EQ(world.reason(purchase("a", 100'01)), Reason::insufficient_funds);
  const Answer answer = world.ask(purchase("b", 100'00));
  EXPECT_TRUE(answer.decision.is_approved());
  EXPECT_EQ(answer.decision.approved, (Money{100'00, usd}));
  EXPECT_EQ(answer.decision.balance, (Balance{100'00, 0}));
  EXPECT_EQ(answer.decided_at, noon);
  EXPECT_EQ(world.account_now().held_minor, 100'00);
  EXPECT_EQ(world.reason(purchase("c", 1)), Reason::insufficient_funds);
}

TEST_F(Balances, ADeclinedRequestSaysWhatThereIs) {
  const Answer answer = world.ask(purchase("a", 100'01));
  EXPECT_EQ(answer.decision.balance, (Balance{100'00, 100'00}));
  EXPECT_EQ(answer.decision.approved, (Money{0, usd}));
  EXPECT_EQ(answer.authorization, AuthorizationId{});
}

TEST_F(Balances, AnOverdraftMayBeSpentAtOnce) {
  world.change_account(20'00, 0);
  EXPECT_EQ(world.reason(purchase("a", 120'01)), Reason::insufficient_funds);
  EXPECT_EQ(world.reason(purchase("b", 120'00)), Reason::approved);
}

TEST_F(Balances, AMinimumMustStayAtOnce) {
  world.change_account(0, 30'00);
  EXPECT_EQ(world.reason(purchase("a", 70'01)), Reason::insufficient_funds);
  EXPECT_EQ(world.reason(purchase("b", 70'00)), Reason::approved);
}

TEST_F(Balances, AVerificationOfNothingHoldsNothing) {
  Request request = purchase("a", 0);
  request.kind = Kind::account_verification;
  EXPECT_EQ(world.reason(request), Reason::approved);
  request.message = id("b");
  request.amount.minor_units = 500'00;
  EXPECT_EQ(world.reason(request), Reason::approved);
  EXPECT_EQ(world.available(), 100'00);
  EXPECT_TRUE(world.state.authorizations().empty());
}

TEST_F(Balances, AnAnnouncedCreditIsNotSpendable) {
  Request request = purchase("a", 50'00);
  request.kind = Kind::credit;
  const Answer answer = world.ask(request);
  EXPECT_EQ(answer.decision.approved.minor_units, 50'00);
  EXPECT_EQ(world.account_now().pending_credit_minor, 50'00);
  EXPECT_EQ(world.available(), 100'00);
  EXPECT_EQ(world.account_now().held_minor, 0);
  world.tell(event(EventKind::refunded, "n", "a", 50'00));
  EXPECT_EQ(world.account_now().pending_credit_minor, 0);
  EXPECT_EQ(world.available(), 150'00);
}

TEST_F(Balances, PartOfItIsApprovedWhereProgramAndMessageAllowIt) {
  EXPECT_EQ(approved(partial(purchase("a", 100'01))), 0);
  configure({}, true);
  EXPECT_EQ(approved(purchase("b", 100'01)), 0);
  EXPECT_EQ(approved(partial(purchase("c", 100'00))), 100'00);
  world.tell(final(event(EventKind::reversed, "n", "c", 100'00)));
  EXPECT_EQ(approved(partial(purchase("d", 100'01))), 100'00);
  EXPECT_EQ(world.available(), 0);
  EXPECT_EQ(approved(partial(purchase("e", 1))), 0);
}

TEST_F(Balances, APartCoversTheCashBackOrNothing) {
  configure({}, true);
  Request request = partial(purchase("a", 150'00));
  request.cash_back_minor = 100'01;
  EXPECT_EQ(approved(request), 0);
  request.message = id("b");
  request.cash_back_minor = 100'00;
  EXPECT_EQ(approved(request), 100'00);
}

TEST_F(Balances, LimitsLookAtTheWholeAmountEvenIfAPartWouldDo) {
  configure({}, true);
  world.attach(card_owner, control(1, limit(Limit::Measure::amount, 120'00, Period::day)));
  EXPECT_EQ(world.reason(partial(purchase("a", 120'01))), Reason::amount_limit);
  EXPECT_EQ(approved(partial(purchase("b", 120'00))), 100'00);
}

TEST_F(Balances, APartOfAnIncrementIsItsOwn) {
  configure({}, true);
  EXPECT_EQ(approved(purchase("a", 60'00)), 60'00);
  EXPECT_EQ(approved(partial(increment("b", "a", 60'00))), 40'00);
  EXPECT_EQ(world.available(), 0);
}

TEST_F(Balances, APartReckonsWithWhatWasReversedBefore) {
  configure({}, true);
  world.tell(event(EventKind::reversed, "n", "a", 15'00));
  EXPECT_EQ(approved(partial(purchase("a", 120'00))), 115'00);
  EXPECT_EQ(world.available(), 0);
}

TEST_F(Balances, AnExtraHoldIsAPercentageRoundedUp) {
  configure({{{{5411, 5411}}, 2'000, 0}});
  const Applied applied = world.apply(purchase("a", 10'01));
  EXPECT_EQ(applied.explanation.extra_hold_minor, 2'01);
  EXPECT_EQ(std::get<Answer>(applied.outcome).decision.approved.minor_units, 10'01);
  EXPECT_EQ(world.account_now().held_minor, 12'02);
  EXPECT_EQ(world.apply(purchase("b", 10'00)).explanation.extra_hold_minor, 2'00);
  Request elsewhere = purchase("c", 10'00);
  elsewhere.details.merchant.mcc = 5412;
  EXPECT_EQ(world.apply(elsewhere).explanation.extra_hold_minor, 0);
  EXPECT_EQ(world.apply(purchase("d", 0)).explanation.extra_hold_minor, 0);
}

TEST_F(Balances, AnExtraHoldOfAPercentageOfTheLargestAmountFits) {
  configure({{{{5411, 5411}}, 9'999, 0}});
  Account rich = world.account_now();
  rich.posted_minor = 4 * minor_units_max;
  world.state.put(rich);
  const Applied applied = world.apply(purchase("a", minor_units_max));
  EXPECT_EQ(applied.explanation.extra_hold_minor, 999'900'000'000'000'000);
}

TEST_F(Balances, AFixedExtraHoldIsHeldOnceAnAuthorization) {
  configure({{{{5411, 5411}}, 0, 5'00}});
  EXPECT_EQ(world.apply(purchase("a", 10'00)).explanation.extra_hold_minor, 5'00);
  EXPECT_EQ(world.apply(increment("b", "a", 10'00)).explanation.extra_hold_minor, 0);
  EXPECT_EQ(world.account_now().held_minor, 25'00);
}

TEST_F(Balances, TheFirstExtraHoldThatMatchesApplies) {
  configure({{{{5412, 5412}}, 0, 1}, {{{5411, 5411}}, 0, 2}, {{{5411, 5411}}, 0, 3}});
  EXPECT_EQ(world.apply(purchase("a", 10'00)).explanation.extra_hold_minor, 2);
}

TEST_F(Balances, TheExtraHoldMustBeThereToo) {
  configure({{{{5411, 5411}}, 0, 20'00}}, true);
  EXPECT_EQ(world.reason(purchase("a", 80'01)), Reason::insufficient_funds);
  EXPECT_EQ(world.reason(purchase("b", 80'00)), Reason::approved);
  world.tell(final(event(EventKind::reversed, "n", "b", 80'00)));
  EXPECT_EQ(world.available(), 100'00);
  // A part is what is there for the amount, with nothing extra.
  const Applied applied = world.apply(partial(purchase("c", 90'00)));
  EXPECT_EQ(std::get<Answer>(applied.outcome).decision.approved.minor_units, 90'00);
  EXPECT_EQ(applied.explanation.extra_hold_minor, 0);
  EXPECT_EQ(world.available(), 10'00);
}

TEST_F(Balances, AnExtraHoldIsGoneWithTheFirstClearing) {
  configure({{{{5411, 5411}}, 2'000, 0}});
  world.ask(purchase("a", 50'00));
  EXPECT_EQ(world.account_now().held_minor, 60'00);
  world.tell(event(EventKind::cleared, "n", "a", 1));
  EXPECT_EQ(world.account_now().held_minor, 49'99);
}

TEST_F(Balances, AnExtraHoldIsGoneWithTheHold) {
  configure({{{{5411, 5411}}, 2'000, 0}});
  world.ask(purchase("a", 50'00));
  world.tell(event(EventKind::reversed, "n-1", "a", 49'99));
  EXPECT_EQ(world.account_now().held_minor, 10'01);
  world.tell(event(EventKind::reversed, "n-2", "a", 1));
  EXPECT_EQ(world.account_now().held_minor, 0);
}

TEST_F(Balances, LimitsCountWithoutTheExtraHold) {
  configure({{{{5411, 5411}}, 2'000, 0}});
  world.attach(card_owner, control(1, limit(Limit::Measure::amount, 50'00, Period::day)));
  EXPECT_EQ(world.reason(purchase("a", 50'00)), Reason::approved);
}

}  // namespace
}  // namespace authd::core::test
