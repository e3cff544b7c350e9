// What a transfer webhook tells, event by event, and what core makes of the rarer life cycles.

#include <gtest/gtest.h>

#include "authd/processors/adyen.h"
#include "tests/core/world.h"
#include "tests/processors/changed_body.h"
#include "tests/processors/fixture_run.h"

namespace authd::processors {
namespace {

using core::EventKind;
using core::Kind;

// One of data.events[]; `mutations` as JSON: R"({"currency":"EUR","reserved":-10})".
struct Said {
  std::string status;
  std::string mutations;
  std::string amount = "null";  // of the event
};

std::string moves(const std::string& members) { return R"({"currency":"EUR",)" + members + "}"; }
std::string balance(std::int64_t change) { return moves(R"("balance":)" + std::to_string(change)); }
std::string reserved(std::int64_t change) {
  return moves(R"("reserved":)" + std::to_string(change));
}
std::string captured(std::int64_t change, std::int64_t released) {
  return moves(R"("balance":)" + std::to_string(change) + R"(,"reserved":)" +
               std::to_string(released));
}

std::string json_of(const Said& said, std::size_t number) {
  std::string event = R"({"id":"e-)" + std::to_string(number) + R"(","type":"accounting",)" +
                      R"("status":")" + said.status + R"(","amount":)" + said.amount;
  if (said.mutations != "null") event += R"(,"mutations":[)" + said.mutations + "]";
  return event + "}";
}

std::string transfer(const std::vector<Said>& all, const std::string& direction = "outgoing") {
  std::string events;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i > 0) events += ',';
    events += json_of(all[i], i + 1);
  }
  return R"({"type":"balancePlatform.transfer.updated","data":{"id":"t-1","category":"issuedCard",)"
         R"("paymentInstrument":{"id":"card-1"},"reason":"approved","direction":")" +
         direction + R"(","events":[)" + events +
         R"(],"amount":{"currency":"EUR","value":2740},)"
         R"("counterparty":{"merchant":{"mcc":"5814","name":"KETTLE"}}}})";
}

test::ReadEvents read(const std::string& body, AdyenOptions options = {}) {
  return test::read_events(AdyenAdapter(std::move(options)), body);
}

std::vector<core::Event> told(const std::vector<Said>& all,
                              const std::string& direction = "outgoing") {
  const test::ReadEvents read = processors::read(transfer(all, direction));
  if (read.error) ADD_FAILURE() << read.error->field << ": " << name(read.error->fault);
  return read.events;
}

core::Event one(const Said& said, const std::string& direction = "outgoing") {
  const auto events = told({said}, direction);
  EXPECT_EQ(events.size(), 1U) << said.status;
  return events.empty() ? core::Event() : events.front();
}

const Said authorised{"authorised", moves(R"("received":100,"reserved":-100)")};

TEST(AdyenEvents, NameTheTransferAndThemselves) {
  const core::Event event = one({"captured", balance(-100)});
  EXPECT_EQ(event.program, core::test::fixture_program);
  EXPECT_EQ(event.notice.view(), "e-1");
  EXPECT_EQ(event.authorization.view(), "t-1");
  EXPECT_TRUE(event.about.empty());
  EXPECT_EQ(event.card.view(), "card-1");
  EXPECT_EQ(event.kind, EventKind::cleared);
  EXPECT_EQ(event.transaction, Kind::purchase);
  EXPECT_EQ(event.amount, (core::Money{100, *core::Currency::from_alpha("EUR")}));
  EXPECT_FALSE(event.final);
  EXPECT_EQ(event.details.merchant.mcc, 5814);  // stands behind the events
  EXPECT_EQ(event.details.merchant.name.view(), "KETTLE");
}

struct Case {
  Said said;
  EventKind kind;
  std::int64_t minor;
};

void expect_cases(std::span<const Case> cases, const std::string& direction) {
  for (const Case& expected : cases) {
    SCOPED_TRACE(expected.said.status + " " + expected.said.mutations);
    const core::Event event = one(expected.said, direction);
    EXPECT_EQ(name(event.kind), name(expected.kind));
    EXPECT_EQ(event.amount.minor_units, expected.minor);
  }
}

TEST(AdyenEvents, SayWhatIsMutated) {
  const Case cases[] = {
      {authorised, EventKind::approved, 100},
      {{"reserveAdjustment", reserved(-7)}, EventKind::approved, 7},
      {{"neverHeardOf", reserved(-7)}, EventKind::approved, 7},
      {{"neverHeardOf", reserved(7)}, EventKind::reversed, 7},
      {{"cancelled", reserved(7)}, EventKind::reversed, 7},
      {{"expired", reserved(7)}, EventKind::expired, 7},
      {{"refused", moves(R"("received":100)")}, EventKind::declined, 100},
      {{"captured", captured(-7, 9)}, EventKind::cleared, 7},
      {{"atmWithdrawal", balance(-7)}, EventKind::cleared, 7},
      {{"booked", balance(-7)}, EventKind::cleared, 7},
      {{"neverHeardOf", balance(-7)}, EventKind::cleared, 7},
      {{"neverHeardOf", balance(7)}, EventKind::refunded, 7},
      {{"refunded", balance(7)}, EventKind::refunded, 7},
      {{"captureReversed", balance(7)}, EventKind::refunded, 7},
      {{"refundReversed", balance(-7)}, EventKind::chargeback_reversed, 7},
      {{"chargeback", balance(7)}, EventKind::charged_back, 7},
      {{"chargebackReversed", balance(-7)}, EventKind::chargeback_reversed, 7},
      {{"secondChargeback", balance(-7)}, EventKind::chargeback_reversed, 7},
      {{"refundPending", moves(R"("received":7)")}, EventKind::credit_approved, 7},
  };
  expect_cases(cases, "outgoing");
}

TEST(AdyenEvents, SayWhatTheStatusMeansWithoutMutations) {
  const std::string none = "null";
  const std::string seven = R"({"currency":"EUR","value":-7})";
  const Case cases[] = {
      {{"authorised", none, seven}, EventKind::approved, 7},
      {{"authorised", none}, EventKind::approved, 2740},  // of the transfer
      {{"authAdjustmentAuthorised", none, seven}, EventKind::approved, 7},
      {{"refused", none, seven}, EventKind::declined, 7},
      {{"rejected", none, seven}, EventKind::declined, 7},
      {{"error", none, seven}, EventKind::declined, 7},
      {{"failed", none, seven}, EventKind::declined, 7},
      {{"cancelled", none, seven}, EventKind::reversed, 7},
      {{"expired", none, seven}, EventKind::expired, 7},
      {{"captured", none, seven}, EventKind::cleared, 7},
      {{"atmWithdrawal", none, seven}, EventKind::cleared, 7},
      {{"fee", none, seven}, EventKind::cleared, 7},
      {{"refunded", none, seven}, EventKind::refunded, 7},
      {{"captureReversed", none, seven}, EventKind::refunded, 7},
      {{"atmWithdrawalReversed", none, seven}, EventKind::refunded, 7},
      {{"chargeback", none, seven}, EventKind::charged_back, 7},
      {{"chargebackReversed", none, seven}, EventKind::chargeback_reversed, 7},
      {{"secondChargeback", none, seven}, EventKind::chargeback_reversed, 7},
      {{"refundReversed", none, seven}, EventKind::chargeback_reversed, 7},
      {{"refundPending", none, seven}, EventKind::credit_approved, 7},
  };
  expect_cases(cases, "outgoing");
  EXPECT_TRUE(one({"cancelled", none, seven}).final);
}

TEST(AdyenEvents, SayNothingOfWhatMovesNothing) {
  for (const char* const status : {"received", "capturePending", "somethingPending",
                                   "authAdjustmentRefused", "authAdjustmentError"}) {
    EXPECT_TRUE(told({{status, reserved(-7)}}).empty()) << status;
  }
  EXPECT_TRUE(told({{"neverHeardOf", "null"}}).empty());
  EXPECT_TRUE(told({{"neverHeardOf", ""}}).empty());
  EXPECT_TRUE(told({{"capturedExternally", "null"}}).empty());
  EXPECT_TRUE(told({{"captured", balance(0)}}).empty());
  EXPECT_TRUE(told({{"authorised", "null", R"({"currency":"EUR","value":0})"}}).empty());
  EXPECT_TRUE(told({}).empty());

  const std::string body = transfer({{"captured", balance(-7)}});
  const auto empty = [&](const std::string& pointer, const std::string& json) {
    const auto read = processors::read(test::changed(body, {{pointer, json}}));
    EXPECT_EQ(read.error, std::nullopt);
    return read.events.empty();
  };
  EXPECT_TRUE(empty("/data/events/0/type", R"("tracking")"));
  EXPECT_FALSE(empty("/data/events/0/type", "null"));
  EXPECT_TRUE(empty("/data/category", R"("bank")"));
  EXPECT_TRUE(empty("/type", R"("balancePlatform.paymentInstrument.created")"));
  EXPECT_FALSE(empty("/type", R"("balancePlatform.transfer.created")"));
  EXPECT_EQ(read(R"({"type":"balancePlatform.report.created","data":{}})").error, std::nullopt);
}

TEST(AdyenEvents, TellTransfersThatComeInAsCredits) {
  const Case cases[] = {
      {{"authorised", moves(R"("received":7)")}, EventKind::approved, 7},
      {{"refundPending", moves(R"("received":7)")}, EventKind::credit_approved, 7},
      {{"refunded", balance(7)}, EventKind::refunded, 7},
      {{"refused", moves(R"("received":-7)")}, EventKind::declined, 7},
  };
  expect_cases(cases, "incoming");
  for (const Case& expected : cases) {
    EXPECT_EQ(one(expected.said, "incoming").transaction, Kind::credit);
    EXPECT_TRUE(one(expected.said, "incoming").about.empty());
  }
}

TEST(AdyenEvents, SayRefusalsOfTheQuestionAlone) {
  const Said refused{"refused", moves(R"("received":100)")};
  EXPECT_EQ(one(refused).about.view(), "t-1");
  const auto later = told({authorised, refused});
  ASSERT_EQ(later.size(), 2U);
  EXPECT_TRUE(later[1].about.empty());  // all of it
}

TEST(AdyenEvents, KnowTheReasonOfALateAnswer) {
  const std::string body = transfer({{"refused", moves(R"("received":100)")}});
  const auto timed_out = [&](const std::string& of_transfer, const std::string& of_event,
                             AdyenOptions options = {}) {
    return read(test::changed(body,
                              {{"/data/reason", of_transfer}, {"/data/events/0/reason", of_event}}),
                std::move(options))
        .events.front()
        .timed_out;
  };
  EXPECT_TRUE(timed_out(R"("declined")", "null"));
  EXPECT_FALSE(timed_out(R"("refusedByCustomer")", "null"));
  EXPECT_FALSE(timed_out("null", "null"));
  EXPECT_TRUE(timed_out(R"("approved")", R"("declined")"));
  EXPECT_FALSE(timed_out(R"("declined")", R"("refusedByCustomer")"));
  AdyenOptions options;
  options.timeout_reason = "internalTimeout";
  EXPECT_TRUE(timed_out(R"("internalTimeout")", "null", options));
  EXPECT_FALSE(timed_out(R"("declined")", "null", options));
}

TEST(AdyenEvents, TellReservationsAsTotals) {
  const auto events = told({authorised,
                            {"authAdjustmentAuthorised", reserved(-40)},
                            {"authAdjustmentAuthorised", reserved(30)},
                            {"authAdjustmentAuthorised", reserved(-2)}});
  ASSERT_EQ(events.size(), 4U);
  EXPECT_EQ(events[0].amount.minor_units, 100);
  EXPECT_EQ(events[1].amount.minor_units, 140);
  EXPECT_EQ(events[2].kind, EventKind::reversed);
  EXPECT_EQ(events[2].amount.minor_units, 30);
  EXPECT_FALSE(events[2].final);
  EXPECT_EQ(events[3].kind, EventKind::approved);
  EXPECT_EQ(events[3].amount.minor_units, 142);
}

TEST(AdyenEvents, EndWhatHasNothingReservedAnyMore) {
  EXPECT_FALSE(told({authorised, {"captured", captured(-100, 100)}}).back().final);
  EXPECT_TRUE(told({authorised, {"captured", captured(-99, 100)}}).back().final);
  EXPECT_FALSE(told({authorised, {"captured", captured(-98, 99)}}).back().final);
  EXPECT_TRUE(told({authorised, {"cancelled", reserved(100)}}).back().final);
  EXPECT_FALSE(told({authorised, {"cancelled", reserved(99)}}).back().final);
  EXPECT_EQ(told({authorised, {"expired", reserved(100)}}).back().kind, EventKind::expired);
  EXPECT_EQ(told({authorised, {"expired", reserved(99)}}).back().kind, EventKind::reversed);
  EXPECT_EQ(
      told({authorised, {"captured", captured(-40, 40)}, {"expired", reserved(60)}}).back().kind,
      EventKind::expired);
}

TEST(AdyenEvents, AddUpMutations) {
  EXPECT_EQ(one({"captured", balance(-5) + "," + balance(-2)}).amount.minor_units, 7);
  const auto fault = [](const std::string& mutations) {
    const auto read = processors::read(transfer({{"captured", mutations}}));
    EXPECT_TRUE(read.events.empty());
    return read.error.value_or(ParseError{ParseFault{0}, "accepted"});
  };
  EXPECT_EQ(fault(balance(-5) + R"(,{"currency":"USD","balance":-2})"),
            (ParseError{ParseFault::conflicting, "data.events.[].mutations.[].currency"}));
  EXPECT_EQ(fault(balance(-core::minor_units_max) + "," + balance(-1)),
            (ParseError{ParseFault::amount_overflow, "data.events.[].mutations.[].balance"}));
  EXPECT_EQ(one({"captured", balance(-core::minor_units_max)}).amount.minor_units,
            core::minor_units_max);
  EXPECT_EQ(fault(R"({"balance":-5})"),
            (ParseError{ParseFault::missing, "data.events.[].mutations.[].currency"}));
  EXPECT_EQ(fault("17"), (ParseError{ParseFault::wrong_type, "data.events.[].mutations.[]"}));
  EXPECT_EQ(fault(moves(R"("balance":"-5")")),
            (ParseError{ParseFault::wrong_type, "data.events.[].mutations.[].balance"}));
  EXPECT_EQ(
      fault(moves(R"("reserved":0.5)")),
      (ParseError{ParseFault::amount_too_many_decimals, "data.events.[].mutations.[].reserved"}));
}

TEST(AdyenEvents, RefuseATotalThatNoAmountHolds) {
  const auto over = read(transfer({{"authorised", reserved(-core::minor_units_max)},
                                   {"authAdjustmentAuthorised", reserved(-1)}}));
  EXPECT_EQ(over.error,
            (ParseError{ParseFault::amount_overflow, "data.events.[].mutations.[].reserved"}));
  EXPECT_EQ(over.events.size(), 1U);
}

TEST(AdyenEvents, CountInTheirOwnDecimals) {
  const std::string body = transfer({{"captured", R"({"currency":"ISK","balance":-1500})"}});
  EXPECT_EQ(read(body).events.front().amount,
            (core::Money{15, *core::Currency::from_alpha("ISK")}));
  AdyenOptions iso;
  iso.decimals = adyen::Decimals::iso_4217;
  EXPECT_EQ(read(body, iso).events.front().amount.minor_units, 1500);
}

TEST(AdyenEvents, TellCashByTheTerminal) {
  const std::string body = transfer({{"atmWithdrawal", balance(-5)}});
  const auto atm =
      read(test::changed(body, {{"/data/categoryData", R"({"processingType":"atmWithdraw"})"}}));
  EXPECT_EQ(atm.events.front().transaction, Kind::cash);
  const auto mcc = read(test::changed(body, {{"/data/counterparty/merchant/mcc", R"("6011")"}}));
  EXPECT_EQ(mcc.events.front().transaction, Kind::cash);
}

TEST(AdyenEvents, RefuseWhatDoesNotSayWhatMoves) {
  const std::string body = transfer({{"captured", balance(-7)}});
  const auto error = [&](const std::string& pointer, const std::string& json) {
    const auto read = processors::read(test::changed(body, {{pointer, json}}));
    EXPECT_TRUE(read.events.empty());
    return read.error.value_or(ParseError{ParseFault{0}, "accepted"});
  };
  const auto missing = [](std::string_view field) {
    return ParseError{ParseFault::missing, field};
  };
  EXPECT_EQ(error("/type", "null"), missing("type"));
  EXPECT_EQ(error("/data/category", "null"), missing("data.category"));
  EXPECT_EQ(error("/data", "null"), missing("data.category"));
  EXPECT_EQ(error("/data/id", "null"), missing("data.id"));
  EXPECT_EQ(error("/data/paymentInstrument", "null"), missing("data.paymentInstrument.id"));
  EXPECT_EQ(error("/data/events", "null"), missing("data.events"));
  EXPECT_EQ(error("/data/events", "{}"), (ParseError{ParseFault::wrong_type, "data.events"}));
  EXPECT_EQ(error("/data/events/0", "17"), (ParseError{ParseFault::wrong_type, "data.events.[]"}));
  EXPECT_EQ(error("/data/events/0/id", "null"), missing("data.events.[].id"));
  EXPECT_EQ(error("/data/events/0/status", "null"), missing("data.events.[].status"));
  EXPECT_EQ(error("/data/events/0/amount", "{}"), missing("data.events.[].amount.currency"));

  const auto nowhere =
      read(test::changed(body, {{"/data/events/0/mutations", "null"}, {"/data/amount", "null"}}));
  EXPECT_EQ(nowhere.error, missing("data.amount"));
}

TEST(AdyenEvents, TellTheOthersWhereOneIsNotUnderstood) {
  const std::string body = transfer(
      {authorised, {"captured", "17"}, {"captured", captured(-40, 40)}, {"captured", balance(-1)}});
  const auto read = processors::read(test::changed(body, {{"/data/events/3/id", "null"}}));
  EXPECT_EQ(read.error, (ParseError{ParseFault::wrong_type, "data.events.[].mutations.[]"}));
  ASSERT_EQ(read.events.size(), 2U);
  EXPECT_EQ(read.events[0].notice.view(), "e-1");
  EXPECT_EQ(read.events[1].notice.view(), "e-3");
}

// What core makes of whole life cycles, told at once or one webhook at a time.
class AdyenLifeCycles : public testing::Test {
 protected:
  core::test::Sums after(const std::vector<Said>& all) {
    const core::test::Sums step_by_step = deliver(all, 1);
    EXPECT_EQ(deliver(all, all.size()), step_by_step);
    return step_by_step;
  }

 private:
  static core::test::Sums deliver(const std::vector<Said>& all, std::size_t first) {
    core::test::World world;
    core::Account before = world.account_now();
    before.currency = core::test::eur;
    world.state.put(before);
    for (std::size_t count = first; count <= all.size(); ++count) {
      const std::vector<Said> so_far(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count));
      for (const core::Event& event : told(so_far)) {
        EXPECT_NE(world.tell(event).origin, core::Booking::Origin::refused);
      }
    }
    const core::Account now = world.account_now();
    return {now.held_minor - before.held_minor, now.posted_minor - before.posted_minor,
            now.pending_credit_minor - before.pending_credit_minor};
  }
};

TEST_F(AdyenLifeCycles, EndWithWhatIsReservedAndBooked) {
  using core::test::Sums;
  EXPECT_EQ(after({authorised, {"captured", captured(-40, 40)}}), (Sums{60, -40, 0}));
  EXPECT_EQ(after({authorised, {"captured", captured(-40, 40)}, {"captured", captured(-60, 60)}}),
            (Sums{0, -100, 0}));
  EXPECT_EQ(after({authorised, {"captured", captured(-98, 100)}}), (Sums{0, -98, 0}));
  EXPECT_EQ(after({authorised, {"cancelled", reserved(30)}, {"captured", captured(-70, 70)}}),
            (Sums{0, -70, 0}));
  EXPECT_EQ(after({authorised, {"cancelled", reserved(30)}, {"expired", reserved(70)}}),
            (Sums{0, 0, 0}));
  EXPECT_EQ(after({authorised, {"expired", reserved(30)}}), (Sums{70, 0, 0}));
  EXPECT_EQ(after({authorised,
                   {"authAdjustmentAuthorised", reserved(-50)},
                   {"authAdjustmentAuthorised", reserved(20)}}),
            (Sums{130, 0, 0}));
  EXPECT_EQ(after({authorised, {"refused", moves(R"("reserved":100)")}}), (Sums{0, 0, 0}));
  EXPECT_EQ(
      after({authorised, {"captured", captured(-100, 100)}, {"captureReversed", balance(100)}}),
      (Sums{0, 0, 0}));
  EXPECT_EQ(after({authorised,
                   {"captured", captured(-100, 100)},
                   {"chargeback", balance(100)},
                   {"chargebackReversed", balance(-100)}}),
            (Sums{0, -100, 0}));
}

}  // namespace
}  // namespace authd::processors
