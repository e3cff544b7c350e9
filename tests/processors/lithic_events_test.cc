// What a transaction webhook tells, event by event, and what core makes of the rarer life cycles.

#include <gtest/gtest.h>

#include "authd/processors/lithic.h"
#include "tests/core/world.h"
#include "tests/processors/changed_body.h"
#include "tests/processors/fixture_run.h"

namespace authd::processors {
namespace {

using core::EventKind;
using core::Kind;

// One of events[].
struct Said {
  std::string type;
  std::int64_t amount = 0;
  std::string result = "APPROVED";
  std::string polarity = "DEBIT";
  std::string detail = "APPROVED";
};

std::string json_of(const Said& said, std::size_t number) {
  const std::string amount = std::to_string(said.amount);
  return R"({"token":"e-)" + std::to_string(number) + R"(","type":")" + said.type +
         R"(","created":"2026-11-0)" + std::to_string(number) + R"(T10:00:00Z","result":")" +
         said.result + R"(","effective_polarity":")" + said.polarity +
         R"(","detailed_results":[")" + said.detail + R"("],"amounts":{"cardholder":{"amount":)" +
         amount + R"(,"currency":"USD"}},"amount":)" + amount + "}";
}

std::string transaction(const std::vector<Said>& all, const std::string& status = "PENDING") {
  std::string events;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i > 0) events += ',';
    events += json_of(all[i], i + 1);
  }
  return R"({"token":"t-1","event_type":"card_transaction.updated","card_token":"card-1","events":[)" +
         events + R"(],"status":")" + status +
         R"(","merchant":{"mcc":"5814","descriptor":"KESTREL"},)"
         R"("amounts":{"cardholder":{"amount":0,"currency":"USD"}}})";
}

test::ReadEvents read(const std::string& body, LithicOptions options = {}) {
  return test::read_events(LithicAdapter(options), body);
}

std::vector<core::Event> told(const std::vector<Said>& all, const std::string& status = "PENDING",
                              LithicOptions options = {}) {
  const test::ReadEvents read = processors::read(transaction(all, status), options);
  if (read.error) ADD_FAILURE() << read.error->field << ": " << name(read.error->fault);
  return read.events;
}

core::Event one(const Said& said, const std::string& status = "PENDING") {
  const auto events = told({said}, status);
  EXPECT_EQ(events.size(), 1U);
  return events.empty() ? core::Event() : events.front();
}

TEST(LithicEvents, NameTheTransactionAndThemselves) {
  const core::Event event = one({"CLEARING", 4275});
  EXPECT_EQ(event.program, core::test::fixture_program);
  EXPECT_EQ(event.notice.view(), "e-1");
  EXPECT_EQ(event.authorization.view(), "t-1");
  EXPECT_TRUE(event.about.empty());
  EXPECT_EQ(event.card.view(), "card-1");
  EXPECT_EQ(event.kind, EventKind::cleared);
  EXPECT_EQ(event.transaction, Kind::purchase);
  EXPECT_EQ(event.amount, (core::Money{4275, *core::Currency::from_alpha("USD")}));
  EXPECT_FALSE(event.final);
  EXPECT_FALSE(event.timed_out);
  EXPECT_EQ(event.details.merchant.mcc, 5814);  // stands behind the events
  EXPECT_EQ(event.details.merchant.name.view(), "KESTREL");
}

TEST(LithicEvents, SayWhatHappened) {
  struct Case {
    Said said;
    EventKind kind;
    Kind transaction;
  };
  const Case cases[] = {
      {{"AUTHORIZATION", 1}, EventKind::approved, Kind::purchase},
      {{"AUTHORIZATION_ADVICE", 1}, EventKind::approved, Kind::purchase},
      {{"CREDIT_AUTHORIZATION", 1}, EventKind::approved, Kind::credit},
      {{"CREDIT_AUTHORIZATION_ADVICE", 1}, EventKind::approved, Kind::credit},
      {{"FINANCIAL_AUTHORIZATION", 1}, EventKind::cleared, Kind::purchase},
      {{"FINANCIAL_CREDIT_AUTHORIZATION", 1}, EventKind::refunded, Kind::credit},
      {{"AUTHORIZATION_EXPIRY", 1}, EventKind::expired, Kind::purchase},
      {{"AUTHORIZATION_REVERSAL", 1}, EventKind::reversed, Kind::purchase},
      {{"VOID", 1}, EventKind::reversed, Kind::purchase},
      {{"CLEARING", 1}, EventKind::cleared, Kind::purchase},
      {{"CLEARING", 1, "APPROVED", "CREDIT"}, EventKind::refunded, Kind::credit},
      {{"CORRECTION_DEBIT", 1}, EventKind::cleared, Kind::purchase},
      {{"CORRECTION_CREDIT", 1, "APPROVED", "CREDIT"}, EventKind::refunded, Kind::credit},
      {{"CORRECTION_CREDIT", 1, "APPROVED", "UNHEARD_OF"}, EventKind::refunded, Kind::credit},
      {{"RETURN", 1, "APPROVED", "CREDIT"}, EventKind::refunded, Kind::credit},
      {{"RETURN_REVERSAL", 1}, EventKind::chargeback_reversed, Kind::purchase},
  };
  for (const Case& expected : cases) {
    SCOPED_TRACE(expected.said.type + " " + expected.said.polarity);
    const core::Event event = one(expected.said);
    EXPECT_EQ(name(event.kind), name(expected.kind));
    EXPECT_EQ(name(event.transaction), name(expected.transaction));
    EXPECT_EQ(event.amount.minor_units, 1);
  }
}

TEST(LithicEvents, IgnoreSigns) {
  EXPECT_EQ(one({"RETURN", -1999, "APPROVED", "CREDIT"}).amount.minor_units, 1999);
  EXPECT_EQ(one({"CLEARING", -1999}).amount.minor_units, 1999);
}

TEST(LithicEvents, SayNothingOfWhatMovesNothing) {
  EXPECT_TRUE(told({{"BALANCE_INQUIRY", 0}}).empty());
  EXPECT_TRUE(told({{"NEVER_HEARD_OF", 1}}).empty());
  for (const char* const type :
       {"AUTHORIZATION_EXPIRY", "AUTHORIZATION_REVERSAL", "CLEARING", "CORRECTION_DEBIT",
        "CORRECTION_CREDIT", "RETURN", "RETURN_REVERSAL"}) {
    EXPECT_TRUE(told({{type, 1, "ORIGINAL_NOT_FOUND"}}).empty()) << type;
  }
  EXPECT_TRUE(told({}).empty());
  const std::string body = transaction({{"CLEARING", 1}});
  EXPECT_TRUE(read(test::changed(body, {{"/event_type", R"("card.created")"}})).events.empty());
  EXPECT_EQ(read(R"({"event_type":"card.shipped"})").error, std::nullopt);
}

TEST(LithicEvents, SayDeclinesOfTheQuestionAlone) {
  const core::Event event = one({"AUTHORIZATION", 5, "DECLINED", "DEBIT", "CUSTOMER_ASA_TIMEOUT"});
  EXPECT_EQ(event.kind, EventKind::declined);
  EXPECT_EQ(event.about.view(), "t-1");
  EXPECT_TRUE(event.timed_out);
  EXPECT_FALSE(one({"AUTHORIZATION", 5, "CARD_PAUSED", "DEBIT", "CARD_PAUSED"}).timed_out);
  EXPECT_EQ(one({"FINANCIAL_AUTHORIZATION", 5, "DECLINED"}).kind, EventKind::declined);
  EXPECT_EQ(one({"CREDIT_AUTHORIZATION", 5, "DECLINED"}).transaction, Kind::credit);

  const auto beta =
      told({{"AUTHORIZATION", 5, "DECLINED"}, {"AUTHORIZATION", 6}}, "PENDING", {true, false});
  ASSERT_EQ(beta.size(), 2U);
  EXPECT_EQ(beta[0].about.view(), "e-1");
  EXPECT_TRUE(beta[1].about.empty());
}

// One timed out; that says nothing of the next one.
TEST(LithicEvents, KeepTheirFindingsToThemselves) {
  const auto events =
      told({{"AUTHORIZATION", 5, "DECLINED", "DEBIT", "CUSTOMER_ASA_TIMEOUT"}, {"CLEARING", 5}});
  ASSERT_EQ(events.size(), 2U);
  EXPECT_TRUE(events[0].timed_out);
  EXPECT_FALSE(events[1].timed_out);
}

TEST(LithicEvents, TellFurtherAuthorizationsAsTotals) {
  const auto events = told({{"AUTHORIZATION", 100},
                            {"AUTHORIZATION", 40},
                            {"AUTHORIZATION", 9, "DECLINED"},
                            {"CREDIT_AUTHORIZATION", 7, "APPROVED", "CREDIT"},
                            {"AUTHORIZATION", 2}});
  ASSERT_EQ(events.size(), 4U);  // of the declined one there is no question to tell
  EXPECT_EQ(events[0].amount.minor_units, 100);
  EXPECT_EQ(events[1].amount.minor_units, 140);
  EXPECT_EQ(events[2].amount.minor_units, 7);
  EXPECT_EQ(events[3].amount.minor_units, 142);
}

TEST(LithicEvents, ReadTheOrderFromTheirTimes) {
  std::string body = transaction({{"AUTHORIZATION", 100}, {"AUTHORIZATION", 40}});
  const auto in_order = read(body).events;
  const std::string swapped =
      test::changed(body, {{"/events/0", json_of({"AUTHORIZATION", 40}, 2)},
                           {"/events/1", json_of({"AUTHORIZATION", 100}, 1)}});
  EXPECT_EQ(read(swapped).events, in_order);
}

TEST(LithicEvents, RefuseATotalThatNoAmountHolds) {
  const std::int64_t half = core::minor_units_max / 2;
  EXPECT_EQ(told({{"AUTHORIZATION", half + 1}, {"AUTHORIZATION", half}}).back().amount.minor_units,
            core::minor_units_max);
  const auto over = read(transaction({{"AUTHORIZATION", half + 1}, {"AUTHORIZATION", half + 1}}));
  EXPECT_EQ(over.error,
            (ParseError{ParseFault::amount_overflow, "events.[].amounts.cardholder.amount"}));
  EXPECT_EQ(over.events.size(), 1U);
}

TEST(LithicEvents, TakeAdviceAsTheNewTotal) {
  const auto adjusted = told({{"AUTHORIZATION", 100}, {"AUTHORIZATION_ADVICE", 1500}});
  ASSERT_EQ(adjusted.size(), 2U);
  EXPECT_EQ(adjusted[1].kind, EventKind::advised);
  EXPECT_EQ(adjusted[1].amount.minor_units, 1500);

  // Decided elsewhere because we were silent, or without asking.
  const auto stand_in = told({{"AUTHORIZATION", 100, "DECLINED"}, {"AUTHORIZATION_ADVICE", 100}});
  ASSERT_EQ(stand_in.size(), 2U);
  EXPECT_EQ(stand_in[1].kind, EventKind::approved);
  const auto twice = told({{"AUTHORIZATION_ADVICE", 100}, {"AUTHORIZATION_ADVICE", 120}});
  EXPECT_EQ(twice[0].kind, EventKind::approved);
  EXPECT_EQ(twice[1].kind, EventKind::advised);

  const auto declined =
      told({{"AUTHORIZATION", 100}, {"AUTHORIZATION_ADVICE", 100, "DECLINED"}}, "DECLINED");
  ASSERT_EQ(declined.size(), 2U);
  EXPECT_EQ(declined[1].kind, EventKind::declined);
  EXPECT_TRUE(declined[1].about.empty());
  EXPECT_EQ(told({{"AUTHORIZATION", 100}, {"AUTHORIZATION_ADVICE", 100, "DECLINED"}}).size(), 1U);
}

TEST(LithicEvents, CloseWhatIsVoided) {
  EXPECT_TRUE(one({"AUTHORIZATION_REVERSAL", 5}, "VOIDED").final);
  EXPECT_FALSE(one({"AUTHORIZATION_REVERSAL", 5}, "PENDING").final);
  EXPECT_TRUE(one({"FINANCIAL_AUTHORIZATION", 5}, "SETTLED").final);
  EXPECT_FALSE(one({"CLEARING", 5}, "SETTLED").final);
}

TEST(LithicEvents, TakeAnOverReversalForAReversal) {
  const core::Event event =
      one({"AUTHORIZATION_REVERSAL", 27, "DECLINED", "CREDIT", "OVER_REVERSAL_ATTEMPTED"});
  EXPECT_EQ(event.kind, EventKind::reversed);
  EXPECT_EQ(event.amount.minor_units, 27);
}

TEST(LithicEvents, GiveBackASingleMessageThatTheNetworkDeclined) {
  const auto events =
      told({{"FINANCIAL_AUTHORIZATION", 10}, {"CLEARING", 10, "DECLINED"}}, "DECLINED");
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].kind, EventKind::cleared);
  EXPECT_EQ(events[1].kind, EventKind::refunded);
  EXPECT_EQ(told({{"AUTHORIZATION", 10}, {"CLEARING", 10, "DECLINED"}}).size(), 1U);
  EXPECT_EQ(told({{"FINANCIAL_CREDIT_AUTHORIZATION", 10, "APPROVED", "CREDIT"},
                  {"CLEARING", 10, "DECLINED"}})
                .size(),
            1U);
}

TEST(LithicEvents, TellCashByTheTerminal) {
  const std::string body = transaction({{"FINANCIAL_AUTHORIZATION", 5}});
  const auto atm = read(test::changed(body, {{"/pos", R"({"terminal":{"type":"ATM"}})"}}));
  EXPECT_EQ(atm.events.front().transaction, Kind::cash);
  const auto mcc = read(test::changed(body, {{"/merchant/mcc", R"("6011")"}}));
  EXPECT_EQ(mcc.events.front().transaction, Kind::cash);
}

TEST(LithicEvents, FallBackToTheDeprecatedAmount) {
  const std::string body = transaction({{"CLEARING", 7}});
  const core::Money usd{7, *core::Currency::from_alpha("USD")};
  EXPECT_EQ(read(test::changed(body, {{"/events/0/amounts", "null"}})).events.front().amount, usd);
  EXPECT_EQ(read(test::changed(body, {{"/events/0/amounts/cardholder/currency", "null"}}))
                .events.front()
                .amount,
            usd);
  const auto none =
      read(test::changed(body, {{"/events/0/amounts", "null"}, {"/amounts", "null"}}));
  EXPECT_EQ(none.error, (ParseError{ParseFault::missing, "events.[].amounts.cardholder.currency"}));
  EXPECT_TRUE(none.events.empty());
}

TEST(LithicEvents, RefuseWhatDoesNotSayWhatMoves) {
  const std::string body = transaction({{"CLEARING", 7}});
  const auto error = [&](const std::string& pointer, const std::string& json) {
    const auto read = processors::read(test::changed(body, {{pointer, json}}));
    EXPECT_TRUE(read.events.empty());
    return read.error.value_or(ParseError{ParseFault{0}, "accepted"});
  };
  const auto missing = [](std::string_view field) {
    return ParseError{ParseFault::missing, field};
  };
  EXPECT_EQ(error("/token", "null"), missing("token"));
  EXPECT_EQ(error("/card_token", ""), missing("card_token"));
  EXPECT_EQ(error("/events", "null"), missing("events"));
  EXPECT_EQ(error("/events", "{}"), (ParseError{ParseFault::wrong_type, "events"}));
  EXPECT_EQ(error("/events/0", "17"), (ParseError{ParseFault::wrong_type, "events.[]"}));
  EXPECT_EQ(error("/events/0", "null"), (ParseError{ParseFault::wrong_type, "events.[]"}));
  EXPECT_EQ(error("/events/0/token", "null"), missing("events.[].token"));
  EXPECT_EQ(error("/events/0/type", "null"), missing("events.[].type"));
  EXPECT_EQ(error("/events/0/result", "null"), missing("events.[].result"));
  EXPECT_EQ(error("/events/0/effective_polarity", "null"), missing("events.[].effective_polarity"));
  EXPECT_EQ(error("/events/0/effective_polarity", R"("BOTH")"),
            missing("events.[].effective_polarity"));
  EXPECT_EQ(error("/events/0/amounts/cardholder/amount", R"("7")"),
            (ParseError{ParseFault::wrong_type, "events.[].amounts.cardholder.amount"}));
  EXPECT_EQ(error("/events/0/amounts/cardholder/amount", "1000000000000000000"),
            (ParseError{ParseFault::amount_overflow, "events.[].amounts.cardholder.amount"}));
  EXPECT_EQ(error("/event_type", "17"), (ParseError{ParseFault::wrong_type, "event_type"}));
}

TEST(LithicEvents, TellTheOthersWhereOneIsNotUnderstood) {
  const std::string body =
      transaction({{"AUTHORIZATION", 7}, {"CLEARING", 7}, {"RETURN", 7}, {"RETURN", 8}});
  const auto read = processors::read(
      test::changed(body, {{"/events/1/result", "17"}, {"/events/3/token", "null"}}));
  EXPECT_EQ(read.error, (ParseError{ParseFault::wrong_type, "events.[].result"}));
  ASSERT_EQ(read.events.size(), 2U);
  EXPECT_EQ(read.events[0].notice.view(), "e-1");
  EXPECT_EQ(read.events[1].notice.view(), "e-3");
}

TEST(LithicEvents, AreAppended) {
  std::vector<core::Event> events(1);
  JsonWalk walk(4096);
  std::string body = transaction({{"CLEARING", 7}});
  body.append(PaddedBody::padding_bytes, ' ');
  const PaddedBody padded{
      std::string_view(body).substr(0, body.size() - PaddedBody::padding_bytes)};
  EXPECT_EQ(LithicAdapter().read_events(walk, core::test::fixture_program, padded, events),
            std::nullopt);
  EXPECT_EQ(events.size(), 2U);
}

// What core makes of whole life cycles, told at once or one webhook at a time.
class LithicLifeCycles : public testing::Test {
 protected:
  // What is held and posted after the transaction's webhooks, each repeating those before.
  core::test::Sums after(const std::vector<Said>& all, const std::string& status = "PENDING") {
    const core::test::Sums step_by_step = deliver(all, status, 1);
    EXPECT_EQ(deliver(all, status, all.size()), step_by_step);
    return step_by_step;
  }

 private:
  static core::test::Sums deliver(const std::vector<Said>& all, const std::string& status,
                                  std::size_t first) {
    core::test::World world;
    const core::Account before = world.account_now();
    for (std::size_t count = first; count <= all.size(); ++count) {
      const std::vector<Said> so_far(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count));
      const std::string now = count == all.size() ? status : "PENDING";
      for (const core::Event& event : told(so_far, now)) {
        const auto applied = world.apply(event);
        EXPECT_NE(std::get<core::Booking>(applied.outcome).origin, core::Booking::Origin::refused);
      }
    }
    const core::Account now = world.account_now();
    return {now.held_minor - before.held_minor, now.posted_minor - before.posted_minor,
            now.pending_credit_minor - before.pending_credit_minor};
  }
};

TEST_F(LithicLifeCycles, EndAsLithicDescribesThem) {
  using core::test::Sums;
  const std::string credit = "CREDIT";
  EXPECT_EQ(after({{"AUTHORIZATION", 100}, {"AUTHORIZATION_ADVICE", 1500}, {"CLEARING", 1500}}),
            (Sums{0, -1500, 0}));
  EXPECT_EQ(after({{"AUTHORIZATION", 2000},
                   {"AUTHORIZATION_ADVICE", 1950},
                   {"CLEARING", 1750},
                   {"CLEARING", 150}}),
            (Sums{50, -1900, 0}));
  EXPECT_EQ(after({{"AUTHORIZATION", 2500}, {"AUTHORIZATION_REVERSAL", 1000}}), (Sums{1500, 0, 0}));
  EXPECT_EQ(after({{"AUTHORIZATION", 2500},
                   {"AUTHORIZATION_REVERSAL", 2700, "DECLINED", credit, "OVER_REVERSAL_ATTEMPTED"}},
                  "DECLINED"),
            (Sums{0, 0, 0}));
  EXPECT_EQ(after({{"AUTHORIZATION", 1000, "DECLINED"}, {"AUTHORIZATION_ADVICE", 1000}}),
            (Sums{1000, 0, 0}));
  EXPECT_EQ(
      after({{"AUTHORIZATION", 1000}, {"AUTHORIZATION_ADVICE", 1000, "DECLINED"}}, "DECLINED"),
      (Sums{0, 0, 0}));
  EXPECT_EQ(after({{"AUTHORIZATION", 1000},
                   {"CLEARING", 800},
                   {"AUTHORIZATION_REVERSAL", 100},
                   {"CLEARING", 100}}),
            (Sums{0, -900, 0}));
  EXPECT_EQ(after({{"AUTHORIZATION", 1000},
                   {"CLEARING", 700},
                   {"CLEARING", 100},
                   {"AUTHORIZATION_EXPIRY", 200}},
                  "SETTLED"),
            (Sums{0, -800, 0}));
  EXPECT_EQ(after({{"AUTHORIZATION", 1000},
                   {"CLEARING", 800},
                   {"RETURN", 800, "APPROVED", credit},
                   {"RETURN_REVERSAL", 800}}),
            (Sums{200, -800, 0}));
  EXPECT_EQ(
      after({{"FINANCIAL_AUTHORIZATION", 1000}, {"RETURN", 1000, "APPROVED", credit}}, "VOIDED"),
      (Sums{0, 0, 0}));
  EXPECT_EQ(after({{"FINANCIAL_AUTHORIZATION", 1000}, {"CLEARING", 1000, "DECLINED"}}, "DECLINED"),
            (Sums{0, 0, 0}));
  EXPECT_EQ(after({{"AUTHORIZATION", 1000}, {"AUTHORIZATION", 400}, {"CLEARING", 1400}}),
            (Sums{0, -1400, 0}));
  EXPECT_EQ(after({{"AUTHORIZATION", 1000}, {"AUTHORIZATION", 400, "DECLINED"}}),
            (Sums{1000, 0, 0}));
  EXPECT_EQ(after({{"CREDIT_AUTHORIZATION_ADVICE", 500, "APPROVED", credit}}), (Sums{0, 0, 500}));
}

}  // namespace
}  // namespace authd::processors
