// What Stripe tells has happened, and what core makes of it where no fixture shows it.

#include <gtest/gtest.h>

#include "tests/processors/fixture_run.h"
#include "tests/processors/stripe_bodies.h"

namespace authd::processors {
namespace {

using core::EventKind;
using core::Kind;
using test::stripe::captured;
using test::stripe::created;
using test::stripe::events;
using test::stripe::events_refusal;
using test::stripe::question;
using test::stripe::updated;

const std::string status = "data.object.status";
const std::string amount = "data.object.amount";
const std::string before = "data.previous_attributes.amount";
const std::string history = "data.object.request_history";

core::Event event(const std::string& body) {
  const auto told = events(body);
  EXPECT_EQ(told.size(), 1U) << body;
  return told.size() == 1 ? told.front() : core::Event();
}

core::Money usd(std::int64_t minor) { return {minor, *core::Currency::from_alpha("USD")}; }

TEST(StripeEvents, TellWhoseTheyAre) {
  const core::Event told = event(created());
  EXPECT_EQ(told.program, core::test::fixture_program);
  EXPECT_EQ(told.notice.view(), "evt_2");
  EXPECT_EQ(told.authorization.view(), "iauth_1");
  EXPECT_TRUE(told.about.empty());
  EXPECT_EQ(told.card.view(), "ic_1");
  EXPECT_EQ(told.transaction, Kind::purchase);
  EXPECT_EQ(told.details.merchant.mcc, 5814);
  EXPECT_EQ(told.details.merchant.country.view(), "USA");
  EXPECT_EQ(told.details.entry_mode, core::EntryMode::chip);
}

TEST(StripeEvents, AreNothingWhenTheyMoveNoMoney) {
  EXPECT_TRUE(events(created({{"type", R"("issuing_card.updated")"}})).empty());
  EXPECT_TRUE(events(created({{"type", R"("issuing_dispute.created")"}, {"data", "7"}})).empty());
  EXPECT_TRUE(events(question()).empty());  // is answered elsewhere
  EXPECT_TRUE(events(created({{"data.object.approved", "false"}})).empty());  // still pending
  EXPECT_TRUE(events(captured({{amount, "0"}})).empty());
  EXPECT_EQ(events_refusal(created({{"type", ""}})), (ParseError{ParseFault::missing, "type"}));
  EXPECT_EQ(events_refusal(created({{"type", "7"}})), (ParseError{ParseFault::wrong_type, "type"}));
}

TEST(StripeEvents, TellAnApprovalWhoeverDecidedIt) {
  for (const std::string reason : {"webhook_approved", "webhook_timeout", "webhook_error",
                                   "network_fallback", "card_active", "something_new"}) {
    const core::Event told = event(
        created({{history, R"([{"approved": true, "created": 1, "reason": ")" + reason + "\"}]"}}));
    EXPECT_EQ(told.kind, EventKind::approved) << reason;
    EXPECT_EQ(told.amount, usd(4275));
    EXPECT_FALSE(told.timed_out);
  }
}

TEST(StripeEvents, TellADeclineAndWhetherItWasMadeWithoutUs) {
  const auto declined = [](const std::string& entries) {
    const core::Event told = event(
        created({{"data.object.approved", "false"}, {status, R"("closed")"}, {history, entries}}));
    EXPECT_EQ(told.kind, EventKind::declined);
    EXPECT_EQ(told.authorization.view(), "iauth_1");
    EXPECT_EQ(told.amount, usd(4275));
    return told;
  };
  const std::string front = R"([{"approved": false, "created": 1, "reason": )";
  EXPECT_FALSE(declined(front + R"("webhook_declined"}])").timed_out);
  EXPECT_FALSE(declined(front + R"("spending_controls"}])").timed_out);
  EXPECT_TRUE(declined(front + R"("webhook_timeout"}])").timed_out);
  EXPECT_TRUE(declined(front + R"("webhook_error"}])").timed_out);
  for (const char* const odd :
       {"", "null", "[]", "[null]", "[7]", "{}", "7", R"([{"reason": 7}])"}) {
    EXPECT_FALSE(declined(odd).timed_out) << odd;
  }
}

TEST(StripeEvents, TakeTheNewestDecisionWhereverItStands) {
  const std::string older = R"({"approved": false, "created": 1, "reason": "webhook_timeout"})";
  const std::string newer = R"({"approved": true, "created": 2, "reason": "webhook_approved"})";
  EXPECT_EQ(event(updated({{history, "[" + older + "," + newer + "]"}})).kind, EventKind::approved);
  EXPECT_EQ(event(updated({{history, "[" + newer + "," + older + "]"}})).kind, EventKind::approved);
}

TEST(StripeEvents, TellTheNewTotalOfAnIncrement) {
  const core::Event told = event(updated({{amount, "10550"}, {before, "4275"}}));
  EXPECT_EQ(told.kind, EventKind::approved);
  EXPECT_EQ(told.amount, usd(10550));
  EXPECT_EQ(told.notice.view(), "evt_3");
}

TEST(StripeEvents, TellTheTotalOfAnIncrementThatWasDeclinedWithoutUs) {
  const auto kind = [](const std::string& reason) {
    return event(updated(
                     {{history, R"([{"approved": true, "created": 1, "reason": "webhook_approved"},
                                        {"approved": false, "created": 2, "reason": ")" +
                                    reason + "\"}]"}}))
        .kind;
  };
  EXPECT_EQ(kind("webhook_timeout"), EventKind::advised);
  EXPECT_EQ(kind("webhook_error"), EventKind::advised);
  EXPECT_EQ(kind("webhook_declined"), EventKind::approved);
}

TEST(StripeEvents, TellAReversalByHowFarTheAmountFell) {
  const core::Event partial = event(updated({{amount, "3150"}, {before, "4275"}}));
  EXPECT_EQ(partial.kind, EventKind::reversed);
  EXPECT_EQ(partial.amount, usd(1125));
  EXPECT_FALSE(partial.final);

  const core::Event full =
      event(updated({{amount, "0"}, {before, "3150"}, {status, R"("reversed")"}}));
  EXPECT_EQ(full.kind, EventKind::reversed);
  EXPECT_EQ(full.amount, usd(3150));
  EXPECT_TRUE(full.final);
}

TEST(StripeEvents, DoNotTakeACaptureForAReversal) {
  EXPECT_TRUE(events(updated({{amount, "1275"},
                              {before, "4275"},
                              {"data.previous_attributes.transactions", "[]"}}))
                  .empty());
}

TEST(StripeEvents, TellAnEndByItsStatusAlone) {
  const core::Event reversed = event(updated({{status, R"("reversed")"}}));
  EXPECT_EQ(reversed.kind, EventKind::reversed);
  EXPECT_EQ(reversed.amount, usd(0));
  EXPECT_TRUE(reversed.final);
  EXPECT_EQ(event(updated({{status, R"("expired")"}})).kind, EventKind::expired);
  EXPECT_EQ(event(updated({{status, R"("closed")"}})).kind, EventKind::closed);
  EXPECT_EQ(event(updated({{status, R"("something_new")"}})).kind, EventKind::approved);
}

TEST(StripeEvents, TellWhereMoneyMovesByItsSign) {
  const core::Event capture = event(captured());
  EXPECT_EQ(capture.kind, EventKind::cleared);
  EXPECT_EQ(capture.amount, usd(4275));
  EXPECT_EQ(capture.notice.view(), "ipi_1");
  EXPECT_EQ(capture.authorization.view(), "iauth_1");
  EXPECT_FALSE(capture.final);

  const core::Event refund =
      event(captured({{amount, "810"}, {"data.object.type", R"("refund")"}}));
  EXPECT_EQ(refund.kind, EventKind::refunded);
  EXPECT_EQ(refund.amount, usd(810));
  EXPECT_EQ(event(captured({{amount, "810"}})).kind, EventKind::refunded);
  EXPECT_EQ(event(captured({{"data.object.type", R"("refund")"}})).kind, EventKind::cleared);
  EXPECT_EQ(event(captured({{"data.object.type", R"("something_new")"}})).kind, EventKind::cleared);
}

TEST(StripeEvents, TakeTheAuthorizationOfATransactionAsIdAsObjectOrNone) {
  const std::string path = "data.object.authorization";
  EXPECT_EQ(event(captured({{path, R"({"id": "iauth_7"})"}})).authorization.view(), "iauth_7");
  EXPECT_TRUE(event(captured({{path, "null"}})).authorization.empty());
  EXPECT_TRUE(event(captured({{path, ""}})).authorization.empty());
  EXPECT_EQ(events_refusal(captured({{path, "7"}})), (ParseError{ParseFault::wrong_type, path}));
  EXPECT_EQ(events_refusal(captured({{path, "{}"}})),
            (ParseError{ParseFault::missing, path + ".id"}));
}

TEST(StripeEvents, TellTheSameTransactionOnceAlsoWhenTwoEventsDo) {
  EXPECT_EQ(event(captured()).notice, event(captured({{"id", R"("evt_5")"}})).notice);
}

TEST(StripeEvents, TellTheChangeOfATransaction) {
  const test::stripe::Change type{"type", R"("issuing_transaction.updated")"};
  EXPECT_TRUE(events(captured({type})).empty());
  EXPECT_TRUE(events(captured({type, {"data.previous_attributes.metadata", "{}"}})).empty());
  EXPECT_TRUE(events(captured({type, {before, "-4275"}})).empty());
  const core::Event more = event(captured({type, {before, "-4000"}}));
  EXPECT_EQ(more.kind, EventKind::cleared);
  EXPECT_EQ(more.amount, usd(275));
  EXPECT_EQ(more.notice.view(), "evt_4");
  const core::Event less = event(captured({type, {before, "-5000"}}));
  EXPECT_EQ(less.kind, EventKind::refunded);
  EXPECT_EQ(less.amount, usd(725));
  EXPECT_EQ(event(captured({type, {amount, "-999999999999999998"}, {before, "1"}})).amount,
            usd(999'999'999'999'999'999));
  EXPECT_EQ(events_refusal(captured({type, {amount, "-999999999999999999"}, {before, "1"}})),
            (ParseError{ParseFault::amount_overflow, before}));
  EXPECT_EQ(event(captured({type, {amount, "999999999999999998"}, {before, "-1"}})).amount,
            usd(999'999'999'999'999'999));
  EXPECT_EQ(events_refusal(captured({type, {amount, "999999999999999999"}, {before, "-1"}})),
            (ParseError{ParseFault::amount_overflow, before}));
}

TEST(StripeEvents, AreOfTheKindThatTheMerchantSells) {
  const std::string mcc = "data.object.merchant_data.category_code";
  EXPECT_EQ(event(captured({{mcc, R"("6011")"}})).transaction, Kind::cash);
  EXPECT_EQ(event(created({{mcc, R"("6051")"}})).transaction, Kind::quasi_cash);
  EXPECT_EQ(event(captured({{"data.object.amount_details.atm_fee", "250"}})).transaction,
            Kind::cash);
}

TEST(StripeEvents, CountInTheMinorUnitsOfIso4217) {
  const std::string currency = "data.object.currency";
  EXPECT_EQ(event(captured({{currency, R"("isk")"}, {amount, "-427500"}})).amount,
            (core::Money{4275, *core::Currency::from_alpha("ISK")}));
  EXPECT_EQ(event(updated({{currency, R"("mga")"}, {amount, "3"}, {before, "5"}})).amount,
            (core::Money{200, *core::Currency::from_alpha("MGA")}));
  EXPECT_EQ(events_refusal(captured({{currency, R"("isk")"}})),
            (ParseError{ParseFault::amount_too_many_decimals, amount}));
  EXPECT_EQ(events_refusal(captured({{currency, R"("ugx")"}})),
            (ParseError{ParseFault::unknown_decimals, currency}));
  EXPECT_EQ(events_refusal(captured({{currency, R"("USD")"}})),
            (ParseError{ParseFault::unknown_currency, currency}));
}

TEST(StripeEvents, NameTheMemberThatIsMissingOrWrong) {
  for (const std::string path : {"id", "data", "data.object", "data.object.id", "data.object.card",
                                 "data.object.currency", "data.object.amount"}) {
    for (const std::string& body : {created({{path, ""}}), captured({{path, "null"}})}) {
      EXPECT_EQ(events_refusal(body), (ParseError{ParseFault::missing, path}));
    }
    EXPECT_EQ(events_refusal(updated({{path, "true"}})),
              (ParseError{ParseFault::wrong_type, path}));
  }
  for (const std::string path : {"data.object.status", "data.object.approved"}) {
    EXPECT_EQ(events_refusal(created({{path, "null"}})), (ParseError{ParseFault::missing, path}));
    EXPECT_EQ(events_refusal(created({{path, "7"}})), (ParseError{ParseFault::wrong_type, path}));
  }
  EXPECT_EQ(events_refusal(created({{amount, "-1"}})),
            (ParseError{ParseFault::amount_negative, amount}));
  EXPECT_EQ(events_refusal(updated({{before, "-1"}})),
            (ParseError{ParseFault::amount_negative, before}));
  EXPECT_EQ(events_refusal(captured({{amount, "-1000000000000000000"}})).field, amount);
}

// What core makes of them, on an account with 500.00 USD.
class StripeStory : public testing::Test {
 protected:
  core::Answer ask(const std::string& body) {
    core::Request request = test::stripe::read(body);
    request.card = core::test::fixture_card;
    return std::get<core::Answer>(stage_.deliver(request).outcome);
  }

  core::Booking tell(const std::string& body) {
    core::Event told = event(body);
    told.card = core::test::fixture_card;
    return std::get<core::Booking>(stage_.deliver(told).outcome);
  }

  std::int64_t held() const { return stage_.sums().held_minor; }
  std::int64_t posted() const { return stage_.sums().posted_minor; }

  static core::test::LifeCycle wallet() {
    core::test::LifeCycle life_cycle;
    life_cycle.currency = *core::Currency::from_alpha("USD");
    life_cycle.posted_minor = 500'00;
    life_cycle.available_minor = 500'00;
    return life_cycle;
  }

  core::test::Stage stage_{wallet()};
};

std::string decided(const std::string& approved, int at, const std::string& reason) {
  return R"({"approved": )" + approved + R"(, "created": )" + std::to_string(at) +
         R"(, "reason": ")" + reason + "\"}";
}

TEST_F(StripeStory, HoldsWhatStripeApprovedByDefaultThoughWeDeclined) {
  EXPECT_FALSE(
      ask(question({{"data.object.pending_request.amount", "90000"}})).decision.is_approved());
  EXPECT_EQ(held(), 0);
  const core::Booking booking = tell(
      created({{amount, "90000"}, {history, "[" + decided("true", 1, "webhook_timeout") + "]"}}));
  EXPECT_TRUE(booking.unasked);
  EXPECT_EQ(held(), 900'00);
}

TEST_F(StripeStory, ReleasesAnIncrementThatWasDeclinedWithoutUs) {
  ask(question());
  tell(created());
  ask(question({{"id", R"("evt_7")"}, {"data.object.pending_request.amount", "2000"}}));
  EXPECT_EQ(held(), 62'75);
  const std::string entries = "[" + decided("true", 1, "webhook_approved") + "," +
                              decided("false", 2, "webhook_timeout") + "]";
  tell(updated({{history, entries}}));
  EXPECT_EQ(held(), 42'75);

  ask(question({{"id", R"("evt_8")"}, {"data.object.pending_request.amount", "1000"}}));
  EXPECT_EQ(held(), 52'75);
  tell(updated({{"id", R"("evt_9")"},
                {amount, "5275"},
                {before, "4275"},
                {history, "[" + decided("true", 3, "webhook_approved") + "]"}}));
  EXPECT_EQ(held(), 52'75);
}

TEST_F(StripeStory, HoldsAnIncrementThatStripeApprovedWithoutUs) {
  ask(question());
  tell(created());
  const core::Booking booking =
      tell(updated({{amount, "6275"},
                    {before, "4275"},
                    {history, "[" + decided("true", 2, "webhook_timeout") + "]"}}));
  EXPECT_TRUE(booking.unasked);
  EXPECT_EQ(held(), 62'75);
}

TEST_F(StripeStory, FollowsAFuelPumpFromItsStatusCheckToTheSale) {
  ask(question({{"data.object.pending_request.amount", "100"}}));
  tell(created({{amount, "100"}}));
  tell(updated({{amount, "10000"}, {before, "100"}}));
  EXPECT_EQ(held(), 100'00);
  tell(updated({{"id", R"("evt_7")"}, {amount, "4110"}, {before, "10000"}}));
  EXPECT_EQ(held(), 41'10);
  tell(captured({{amount, "-4110"}}));
  EXPECT_EQ(held(), 0);
  EXPECT_EQ(posted(), -41'10);
}

TEST_F(StripeStory, EndsTheSameWhateverComesFirst) {
  const std::vector<std::string> bodies{
      created(), updated({{amount, "3150"}, {before, "4275"}}), captured({{amount, "-3150"}}),
      updated({{"id", R"("evt_7")"}, {amount, "3150"}, {status, R"("closed")"}})};
  std::vector<std::size_t> order{0, 1, 2, 3};
  do {
    SCOPED_TRACE(testing::PrintToString(order));
    stage_ = core::test::Stage(wallet());
    ask(question());
    for (const std::size_t i : order) tell(bodies[i]);
    for (const std::size_t i : order) {
      EXPECT_EQ(tell(bodies[i]).origin, core::Booking::Origin::repeated);
    }
    EXPECT_EQ(held(), 0);
    EXPECT_EQ(posted(), -31'50);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_F(StripeStory, PostsACaptureOnceThoughTwoEventsTellOfIt) {
  ask(question());
  tell(captured());
  EXPECT_EQ(tell(captured({{"id", R"("evt_5")"}})).origin, core::Booking::Origin::repeated);
  EXPECT_EQ(posted(), -42'75);
}

}  // namespace
}  // namespace authd::processors
