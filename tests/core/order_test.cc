// Order: repetitions, events that come before their request, and life cycles of cards that nobody
// knew.

#include <gtest/gtest.h>

#include "tests/core/world.h"

namespace authd::core::test {
namespace {

Request credit(Request request) {
  request.kind = Kind::credit;
  return request;
}

// The card "card-2" of an account 2.
Card set_up_second(World& world) {
  Account second = account();
  second.id = {2};
  world.set_up(OpenAccount{second});
  Card of_second = card();
  of_second.token = *CardToken::from("card-2");
  of_second.account = second.id;
  world.set_up(IssueCard{of_second});
  return of_second;
}

TEST(Repetition, OfARequestGetsTheSameAnswerAndMovesNothing) {
  World world;
  const Answer first = world.ask(purchase("a", 40'00));
  const Applied again = world.apply(purchase("a", 40'00), noon + hour_us);
  EXPECT_TRUE(again.rows.empty());
  Answer expected = first;
  expected.origin = Answer::Origin::repeated;
  EXPECT_EQ(std::get<Answer>(again.outcome), expected);
}

TEST(Repetition, OfADeclinedRequestIsDeclinedEvenWithMoney) {
  World world;
  EXPECT_EQ(world.reason(purchase("a", 140'00)), Reason::insufficient_funds);
  world.change_account(1'000'00, 0);
  const Answer again = world.ask(purchase("a", 140'00));
  EXPECT_EQ(again.origin, Answer::Origin::repeated);
  EXPECT_EQ(again.decision.reason, Reason::insufficient_funds);
}

TEST(Repetition, WithOtherMoneyIsRefused) {
  World world;
  world.ask(purchase("a", 40'00));
  Request other = purchase("a", 40'00);
  other.card = *CardToken::from("card-2");
  Request euros = purchase("a", 40'00);
  euros.amount.currency = eur;
  for (const Request& request :
       {purchase("a", 40'01), credit(purchase("a", 40'00)), other, euros}) {
    const Applied refused = world.apply(request);
    EXPECT_TRUE(refused.rows.empty());
    EXPECT_EQ(std::get<Answer>(refused.outcome).origin, Answer::Origin::refused);
    EXPECT_EQ(std::get<Answer>(refused.outcome).decision.reason, Reason::message_conflict);
  }
}

// The processor has approved it by itself, for a card of another account.
TEST(Repetition, OfWhatWasApprovedForAnotherAccountIsRefused) {
  World world;
  const Card second = set_up_second(world);
  world.tell(about("a", event(EventKind::approved, "n", "", 40'00)));
  Request other = purchase("a", 40'00);
  other.card = second.token;
  const Answer refused = world.ask(other);
  EXPECT_EQ(refused.origin, Answer::Origin::refused);
  EXPECT_EQ(refused.decision.reason, Reason::message_conflict);
  EXPECT_EQ(world.reason(purchase("a", 40'00)), Reason::approved);
  EXPECT_EQ(world.account_now(1).held_minor, 40'00);
  EXPECT_EQ(world.account_now(2).held_minor, 0);
}

// The purchase that it gives back is over.
TEST(LifeCycle, OfARefundIsItsOwnWhenItNamesACompletedPurchase) {
  World world;
  world.ask(purchase("a", 40'00));
  world.tell(final(event(EventKind::cleared, "n1", "a", 40'00)));
  Request refund = credit(purchase("r", 15'00));
  refund.authorization = id("a");
  const Answer answer = world.ask(refund);
  EXPECT_EQ(answer.decision.reason, Reason::approved);
  EXPECT_EQ(world.account_now().pending_credit_minor, 15'00);
  world.tell(event(EventKind::refunded, "n2", "r", 15'00));
  EXPECT_EQ(world.account_now().pending_credit_minor, 0);
  EXPECT_EQ(world.account_now().posted_minor, 75'00);
  EXPECT_EQ(world.standing_of(answer.authorization), Standing{});
}

TEST(LifeCycle, OfARefundIsThatOfThePurchaseWhileItIsOpen) {
  World world;
  const AuthorizationId purchase_id = world.ask(purchase("a", 40'00)).authorization;
  Request refund = credit(purchase("r", 15'00));
  refund.authorization = id("a");
  EXPECT_EQ(world.ask(refund).authorization, purchase_id);
}

TEST(Repetition, OfAnEventBooksNothing) {
  World world;
  const Event cleared = event(EventKind::cleared, "n", "a", 10'00);
  const Booking first = world.tell(cleared);
  const Applied again = world.apply(cleared);
  EXPECT_TRUE(again.rows.empty());
  EXPECT_EQ(std::get<Booking>(again.outcome).origin, Booking::Origin::repeated);
  EXPECT_EQ(std::get<Booking>(again.outcome).authorization, first.authorization);
  EXPECT_EQ(world.account_now().posted_minor, 90'00);
}

TEST(Repetition, OfAnEventWithOtherMoneyIsRefused) {
  World world;
  world.tell(event(EventKind::cleared, "n", "a", 10'00));
  for (const Event& other :
       {event(EventKind::cleared, "n", "a", 10'01), event(EventKind::refunded, "n", "a", 10'00)}) {
    const Booking refused = world.tell(other);
    EXPECT_EQ(refused.origin, Booking::Origin::refused);
    EXPECT_EQ(refused.fault, Booking::Fault::conflict);
  }
}

TEST(Event, OfAnUnknownProgramOrInAnotherCurrencyIsRefused) {
  World world;
  Event cleared = event(EventKind::cleared, "n", "a", 10'00);
  cleared.program = *ProgramId::from("nobody");
  EXPECT_EQ(world.tell(cleared).fault, Booking::Fault::program_unknown);
  cleared.program = demo;
  cleared.amount.currency = eur;
  const Applied refused = world.apply(cleared);
  EXPECT_EQ(std::get<Booking>(refused.outcome).fault, Booking::Fault::currency_mismatch);
  EXPECT_TRUE(refused.rows.empty());
}

TEST(Event, WhoseSumsDoNotFitIsRefused) {
  World world;
  world.tell(event(EventKind::refunded, "n-1", "a", INT64_MAX - 100'00));
  const Applied refused = world.apply(event(EventKind::refunded, "n-2", "b", 1));
  EXPECT_EQ(std::get<Booking>(refused.outcome).fault, Booking::Fault::out_of_range);
  EXPECT_TRUE(refused.rows.empty());
}

TEST(Event, WhoseBalanceDoesNotFitIsRefused) {
  World world;
  world.change_account(100, 0);
  EXPECT_EQ(world.tell(event(EventKind::refunded, "n-1", "a", INT64_MAX - 100'99)).fault,
            Booking::Fault::out_of_range);
  EXPECT_EQ(world.tell(event(EventKind::refunded, "n-2", "a", INT64_MAX - 101'00)).fault,
            Booking::Fault::none);
}

TEST(Event, IsBookedWhateverTheStatusOfCardAndAccount) {
  World world;
  world.change_account(0, 0, AccountStatus::closed);
  world.set_up(ChangeCard{demo, card_1, CardStatus::closed, {}, {}});
  EXPECT_EQ(world.tell(event(EventKind::cleared, "n", "a", 10'00)).origin, Booking::Origin::booked);
  EXPECT_EQ(world.account_now().posted_minor, 90'00);
}

TEST(EarlyEvent, AReversalMeetsTheMoneyWhenThatComes) {
  World world;
  world.tell(event(EventKind::reversed, "n", "a", 15'00));
  EXPECT_EQ(world.account_now().held_minor, 0);
  EXPECT_EQ(world.reason(purchase("a", 40'00)), Reason::approved);
  EXPECT_EQ(world.account_now().held_minor, 25'00);
  EXPECT_EQ(world.state.authorizations().size(), 1U);
}

TEST(EarlyEvent, AClearingIsNotHeldAgain) {
  World world;
  world.tell(event(EventKind::cleared, "n", "a", 40'00));
  EXPECT_EQ(world.reason(purchase("a", 40'00)), Reason::approved);
  EXPECT_EQ(world.account_now().held_minor, 0);
  EXPECT_EQ(world.account_now().posted_minor, 60'00);
}

TEST(EarlyEvent, AnEndDeclinesTheRequest) {
  World world;
  world.tell(final(event(EventKind::reversed, "n", "a", 40'00)));
  EXPECT_EQ(world.reason(purchase("a", 40'00)), Reason::authorization_closed);
  EXPECT_EQ(world.account_now().held_minor, 0);
}

TEST(EarlyEvent, AStandInIsConfirmedAndHeldOnce) {
  World world;
  world.tell(about("a", event(EventKind::approved, "n", "", 40'00)));
  const Answer same = world.ask(purchase("a", 40'00));
  EXPECT_EQ(same.decision.approved.minor_units, 40'00);
  EXPECT_EQ(same.decision.balance, (Balance{100'00, 60'00}));
  EXPECT_EQ(world.account_now().held_minor, 40'00);

  world.tell(about("b", event(EventKind::approved, "n-2", "", 70'00)));
  EXPECT_EQ(world.ask(purchase("b", 80'00)).decision.approved.minor_units, 70'00);
  world.tell(about("c", event(EventKind::approved, "n-3", "", 50'00)));
  EXPECT_EQ(world.ask(purchase("c", 30'00)).decision.approved.minor_units, 30'00);
  EXPECT_EQ(world.account_now().held_minor, 160'00);
}

TEST(EarlyEvent, AStandInDeclineDeclinesTheRequest) {
  World world;
  world.tell(about("a", event(EventKind::declined, "n", "", 40'00)));
  EXPECT_EQ(world.reason(purchase("a", 40'00)), Reason::authorization_closed);
}

TEST(EarlyEvent, AStandInForADebitIsNoCredit) {
  World world;
  world.tell(about("a", event(EventKind::approved, "n", "", 40'00)));
  const Answer refused = world.ask(credit(purchase("a", 40'00)));
  EXPECT_EQ(refused.origin, Answer::Origin::refused);
}

TEST(EarlyEvent, OfADeclinedRequestBeginsItsLifeCycle) {
  World world;
  EXPECT_EQ(world.reason(purchase("a", 140'00)), Reason::insufficient_funds);
  EXPECT_TRUE(world.state.authorizations().empty());
  const Booking booking = world.tell(event(EventKind::cleared, "n", "a", 140'00));
  EXPECT_TRUE(booking.unasked);
  EXPECT_EQ((**world.state.message(demo, id("a"))).authorization, booking.authorization);
}

TEST(EarlyEvent, IdsOfOneLifeCycleLeadToIt) {
  World world;
  const AuthorizationId number = world.ask(increment("a", "key", 10'00)).authorization;
  EXPECT_EQ((**world.state.message(demo, id("key"))).authorization, number);
  EXPECT_EQ(world.ask(increment("b", "a", 10'00)).authorization, number);
  EXPECT_EQ(world.tell(about("b", event(EventKind::approved, "n", "key", 10'00))).authorization,
            number);
  EXPECT_EQ(world.tell(about("new", event(EventKind::approved, "n-2", "b", 5'00))).authorization,
            number);
  EXPECT_EQ(world.account_now().held_minor, 25'00);
  EXPECT_EQ(world.state.authorizations().size(), 1U);
}

TEST(EarlyEvent, TheMessageItReportsOnComesBeforeTheLifeCycleItNames) {
  World world;
  const AuthorizationId first = world.ask(purchase("a", 10'00)).authorization;
  const AuthorizationId second = world.ask(purchase("b", 10'00)).authorization;
  EXPECT_NE(first, second);
  EXPECT_EQ(world.tell(about("a", event(EventKind::approved, "n", "b", 15'00))).authorization,
            first);
  EXPECT_EQ(world.account_now().held_minor, 25'00);
}

TEST(EarlyEvent, AnIdKeepsTheLifeCycleItLedTo) {
  World world;
  const AuthorizationId first =
      world.tell(about("m", event(EventKind::approved, "n", "", 10'00))).authorization;
  const AuthorizationId second = world.ask(purchase("key", 5'00)).authorization;
  EXPECT_EQ(world.ask(increment("m", "key", 10'00)).authorization, first);
  EXPECT_EQ((**world.state.message(demo, id("key"))).authorization, second);
}

Event of_unknown_card(Event event) {
  event.card = *CardToken::from("unknown");
  return event;
}

TEST(Suspense, KeepsTheMoneyOfAnUnknownCard) {
  World world;
  const Booking booking = world.tell(of_unknown_card(event(EventKind::cleared, "n", "a", 10'00)));
  EXPECT_EQ(booking.origin, Booking::Origin::booked);
  EXPECT_EQ(booking.account, AccountId{});
  EXPECT_EQ(booking.posted_minor, -10'00);
  EXPECT_EQ(booking.currency, usd);
  EXPECT_EQ(world.account_now().posted_minor, 100'00);
  EXPECT_EQ(world.authorization(booking.authorization).cleared_minor, 10'00);
  Event euros = of_unknown_card(event(EventKind::cleared, "n-2", "a", 10'00));
  euros.amount.currency = eur;
  EXPECT_EQ(world.tell(euros).fault, Booking::Fault::currency_mismatch);
}

// The card is issued after it was first heard of.
Request of_late_card(World& world, Request request) {
  Card late = card();
  late.token = *CardToken::from("unknown");
  EXPECT_EQ(world.set_up(IssueCard{late}), Setup::done);
  request.card = late.token;
  return request;
}

TEST(Suspense, IsLeftByARequestWhileNoMoneyHasMoved) {
  World world;
  world.tell(of_unknown_card(event(EventKind::reversed, "n", "a", 10'00)));
  const Answer answer = world.ask(of_late_card(world, purchase("a", 40'00)));
  EXPECT_TRUE(answer.decision.is_approved());
  EXPECT_EQ(world.authorization(answer.authorization).account, AccountId{1});
  EXPECT_EQ(world.account_now().held_minor, 30'00);
}

TEST(Suspense, IsNotLeftOnceMoneyHasMoved) {
  for (const EventKind kind :
       {EventKind::cleared, EventKind::refunded, EventKind::approved, EventKind::credit_approved}) {
    World world;
    world.tell(of_unknown_card(event(kind, "n", "a", 10'00)));
    EXPECT_EQ(world.reason(of_late_card(world, purchase("a", 40'00))), Reason::authorization_closed)
        << name(kind);
    EXPECT_EQ(world.account_now().held_minor, 0);
  }
}

TEST(AnotherAccount, AReferenceToItsLifeCycleBeginsANewOne) {
  World world;
  const Card other = set_up_second(world);
  const AuthorizationId first = world.ask(purchase("a", 40'00)).authorization;
  Request foreign = increment("b", "a", 10'00);
  foreign.card = other.token;
  const Answer answer = world.ask(foreign);
  EXPECT_TRUE(answer.decision.is_approved());
  EXPECT_NE(answer.authorization, first);
  EXPECT_EQ(world.account_now(1).held_minor, 40'00);
  EXPECT_EQ(world.account_now(2).held_minor, 10'00);
  EXPECT_EQ(world.authorization(answer.authorization).key, id("b"));
}

}  // namespace
}  // namespace authd::core::test
