// What a transaction webhook of Marqeta becomes; the life cycles are in marqeta_fixtures_test.cc.

#include <gtest/gtest.h>

#include "authd/processors/marqeta.h"
#include "tests/processors/fixture_run.h"
#include "tests/processors/marqeta_bodies.h"

namespace authd::processors::marqeta {
namespace {

using core::Event;
using core::EventKind;
using core::Kind;
using test::Change;
using test::transaction;
using test::webhook;

constexpr std::string_view funding = "gpa_order.jit_funding";

test::ReadEvents read(const std::string& body) { return test::read_events(MarqetaAdapter(), body); }

// The events of one transaction, which must be understood.
std::vector<Event> told(std::initializer_list<Change> changes) {
  const test::ReadEvents read_events = read(webhook({transaction(changes)}));
  EXPECT_EQ(read_events.error, std::nullopt);
  return read_events.events;
}

Event event(std::initializer_list<Change> changes) {
  const auto events = told(changes);
  EXPECT_EQ(events.size(), 1U);
  return events.size() == 1 ? events[0] : Event{};
}

ParseError refusal(std::initializer_list<Change> changes) {
  const test::ReadEvents read_events = read(webhook({transaction(changes)}));
  EXPECT_TRUE(read_events.error && read_events.events.empty());
  return read_events.error.value_or(ParseError{ParseFault{0}, "accepted"});
}

ParseError refused(ParseFault fault, std::string_view path) { return {fault, path}; }

std::string quoted(std::string_view text) { return '"' + std::string(text) + '"'; }
Change type(std::string_view text) { return {"type", quoted(text)}; }
Change state(std::string_view text) { return {"state", quoted(text)}; }
Change method(std::string_view text) { return {"gpa_order.jit_funding.method", quoted(text)}; }
const Change unfunded{"gpa_order", ""};
const Change preceding{"preceding_related_transaction_token", R"("before")"};
const Change original{"original_transaction_token", R"("first")"};

// The same in gpa_order_unload.
const Change no_order{"gpa_order", ""};
Change unload_of(std::string_view method_name) {
  return {"gpa_order_unload", R"({"jit_funding": {"token": "t", "method": ")" +
                                  std::string(method_name) + R"(", "amount": 42.75}})"};
}

TEST(MarqetaEvents, TakeTheFieldsOfATransaction) {
  const Event read = event({});
  EXPECT_EQ(read.program, core::test::fixture_program);
  EXPECT_EQ(read.notice.view(), "c869d995-f1dc-4f9a-a147-c2ebc4f9933a|authorization|PENDING");
  EXPECT_EQ(read.about.view(), "c869d995-f1dc-4f9a-a147-c2ebc4f9933a");
  EXPECT_TRUE(read.authorization.empty());
  EXPECT_EQ(read.card.view(), "5c65a9ad-2024-426c-a92f-4b77ecb260d4");
  EXPECT_EQ(read.kind, EventKind::approved);
  EXPECT_EQ(read.transaction, Kind::purchase);
  EXPECT_EQ(read.amount, (core::Money{4275, *core::Currency::from_alpha("USD")}));
  EXPECT_FALSE(read.final);
  EXPECT_FALSE(read.timed_out);
  EXPECT_EQ(read.details.merchant.mcc, 5814);
  EXPECT_EQ(read.details.merchant.name.view(), "KESTREL COFFEE 04");
}

TEST(MarqetaEvents, TellHowAQuestionEnded) {
  EXPECT_EQ(event({state("PENDING")}).kind, EventKind::approved);
  EXPECT_EQ(event({state("CLEARED")}).kind, EventKind::approved);
  EXPECT_EQ(event({state("COMPLETION")}).kind, EventKind::cleared);
  EXPECT_EQ(event({state("DECLINED")}).kind, EventKind::declined);
  EXPECT_EQ(event({state("ERROR")}).kind, EventKind::declined);
  const Change oct = type("original.credit.authorization");
  const Change unload = unload_of("pgfs.original.credit.authorization");
  EXPECT_EQ(event({oct, no_order, unload}).kind, EventKind::approved);
  EXPECT_EQ(event({oct, no_order, unload}).transaction, Kind::credit);
  EXPECT_EQ(event({oct, no_order, unload, state("COMPLETION")}).kind, EventKind::refunded);
  EXPECT_EQ(event({oct, no_order, unload, state("DECLINED")}).kind, EventKind::declined);
  EXPECT_EQ(event({type("pindebit"), no_order, unload_of("pgfs.pindebit")}).transaction,
            Kind::credit)
      << "the direction is the container's, as in the question";
}

TEST(MarqetaEvents, TellThatOurAnswerCameTooLate) {
  const std::string log = "gpa_order.funding.gateway_log.timed_out";
  EXPECT_TRUE(event({state("DECLINED"), {log, "true"}}).timed_out);
  EXPECT_TRUE(event({state("DECLINED"), {log, R"("true")"}}).timed_out);
  for (const char* const json : {"false", "null", "7", "{}", R"("perhaps")"}) {
    EXPECT_FALSE(event({state("DECLINED"), {log, json}}).timed_out) << json;
  }
  EXPECT_FALSE(event({state("PENDING"), {log, "true"}}).timed_out);
}

// One row a type: what it is when it is under way and when it is complete. Nothing: no money moves.
struct TypeCase {
  std::string_view type;
  std::optional<EventKind> pending;
  std::optional<EventKind> completed;
  Kind kind = Kind::purchase;
};

constexpr auto none = std::nullopt;
constexpr auto approved = EventKind::approved;
constexpr auto cleared = EventKind::cleared;
constexpr auto refunded = EventKind::refunded;
constexpr auto reversed = EventKind::reversed;
constexpr auto expired = EventKind::expired;
constexpr auto announced = EventKind::credit_approved;
constexpr auto charged_back = EventKind::charged_back;
constexpr auto taken_back = EventKind::chargeback_reversed;

std::vector<Event> told_in(const TypeCase& tested, std::string_view in_state, bool by_method) {
  const bool is_credit = tested.kind == Kind::credit;
  const Change named = by_method ? type("something.new") : type(tested.type);
  const std::string_view method_name = by_method ? tested.type : "pgfs.something.new";
  const std::string path = is_credit ? "gpa_order_unload" : "gpa_order";
  return told({named,
               state(in_state),
               no_order,
               {path, R"({"jit_funding": {"method": ")" + std::string(method_name) +
                          R"(", "amount": 42.75}})"}});
}

void expect_kind(const TypeCase& tested, std::string_view in_state, bool by_method,
                 std::optional<EventKind> expected) {
  SCOPED_TRACE(std::string(tested.type) + " " + std::string(in_state));
  const auto events = told_in(tested, in_state, by_method);
  ASSERT_EQ(events.size(), expected ? 1U : 0U);
  if (!expected) return;
  EXPECT_EQ(name(events[0].kind), name(*expected));
  EXPECT_EQ(name(events[0].transaction), name(tested.kind));
  EXPECT_EQ(events[0].amount.minor_units, 4275);
}

void expect_case(const TypeCase& tested, bool by_method) {
  expect_kind(tested, "PENDING", by_method, tested.pending);
  expect_kind(tested, "COMPLETION", by_method, tested.completed);
  const bool is_question = tested.pending == approved;
  for (const std::string_view failed : {"DECLINED", "ERROR"}) {
    expect_kind(tested, failed, by_method,
                is_question ? std::optional{EventKind::declined} : std::nullopt);
  }
}

TEST(MarqetaEvents, FollowTheTypeOfTheTransaction) {
  const TypeCase cases[] = {
      {"authorization", approved, cleared},
      {"authorization.incremental", approved, cleared},
      {"authorization.cashback", approved, cleared},
      {"authorization.atm.withdrawal", approved, cleared, Kind::cash},
      {"authorization.quasi.cash", approved, cleared, Kind::quasi_cash},
      {"authorization.standin", approved, cleared},
      {"account.funding.authorization", approved, cleared},
      {"account.funding.auth_plus_capture", approved, cleared},
      {"pindebit", approved, cleared},
      {"pindebit.cashback", approved, cleared},
      {"pindebit.atm.withdrawal", approved, cleared, Kind::cash},
      {"pindebit.quasi.cash", approved, cleared, Kind::quasi_cash},
      {"pindebit.authorization", approved, cleared},
      {"refund.authorization", approved, refunded, Kind::credit},
      {"original.credit.authorization", approved, refunded, Kind::credit},
      {"original.credit.auth_plus_capture", approved, refunded, Kind::credit},
      {"refund.authorization.advice", announced, announced, Kind::credit},
      {"authorization.reversal", reversed, reversed},
      {"account.funding.authorization.reversal", reversed, reversed},
      {"pindebit.authorization.reversal", reversed, reversed},
      {"refund.authorization.reversal", reversed, reversed, Kind::credit},
      {"original.credit.authorization.reversal", reversed, reversed, Kind::credit},
      {"authorization.reversal.issuerexpiration", expired, expired},
      {"pindebit.authorization.reversal.issuerexpiration", expired, expired},
      {"authorization.clearing", none, cleared},
      {"authorization.clearing.cashback", none, cleared},
      {"authorization.clearing.atm.withdrawal", none, cleared, Kind::cash},
      {"authorization.clearing.quasi.cash", none, cleared, Kind::quasi_cash},
      {"account.funding.authorization.clearing", none, cleared},
      {"pindebit.authorization.clearing", none, cleared},
      {"refund", announced, refunded, Kind::credit},
      {"pindebit.refund", announced, refunded, Kind::credit},
      {"refund.authorization.clearing", announced, refunded, Kind::credit},
      {"original.credit.authorization.clearing", announced, refunded, Kind::credit},
      {"pindebit.reversal", none, refunded},
      {"account.funding.auth_plus_capture.reversal", none, refunded},
      {"pindebit.refund.reversal", none, cleared, Kind::credit},
      {"original.credit.auth_plus_capture.reversal", none, cleared, Kind::credit},
      {"authorization.clearing.chargeback", none, charged_back},
      {"authorization.clearing.chargeback.reversal", none, taken_back},
      {"pindebit.chargeback", none, charged_back},
      {"pindebit.chargeback.reversal", none, taken_back},
      {"dispute.credit", none, charged_back},
      {"dispute.debit", none, taken_back},
      {"directdeposit.credit.pending.reversal", reversed, reversed, Kind::credit},
      {"directdeposit.debit.pending.reversal", reversed, reversed}};
  for (const TypeCase& tested : cases) expect_case(tested, false);
}

TEST(MarqetaEvents, FollowTheMethodWhereTheTypeIsNotKnown) {
  const TypeCase cases[] = {{"pgfs.authorization", approved, cleared},
                            {"pgfs.authorization.standin", approved, cleared},
                            {"pgfs.auth_plus_capture.standin", approved, cleared},
                            {"pgfs.billpayment", approved, cleared},
                            {"pgfs.billpayment.capture", none, cleared},
                            {"pgfs.billpayment.reversal", reversed, reversed},
                            {"pgfs.authorization.capture", none, cleared},
                            {"pgfs.force_capture", none, cleared},
                            {"pgfs.atm.clearing.withdrawal", none, cleared, Kind::cash},
                            {"pgfs.refund", announced, refunded, Kind::credit},
                            {"pgfs.network.load", approved, refunded, Kind::credit},
                            {"pgfs.directdeposit.credit", approved, refunded, Kind::credit},
                            {"pgfs.directdeposit.debit", approved, cleared},
                            {"pgfs.directdeposit.credit.reversal", none, cleared, Kind::credit},
                            {"pgfs.directdeposit.debit.reversal", none, refunded},
                            {"pgfs.adjustment.credit", announced, refunded, Kind::credit},
                            {"pgfs.adjustment.debit", none, cleared},
                            {"pgfs.dispute.credit", none, charged_back},
                            {"pgfs.dispute.debit", none, taken_back},
                            {"pgfs.authorization.capture.chargeback", none, charged_back},
                            {"pgfs.authorization.capture.chargeback.reversal", none, taken_back},
                            {"pgfs.pindebit.chargeback", none, charged_back},
                            {"pgfs.pindebit.chargeback.reversal", none, taken_back}};
  for (const TypeCase& tested : cases) expect_case(tested, true);
  for (const std::string_view silent :
       {"pgfs.balanceinquiry", "pgfs.pindebit.balanceinquiry", "pgfs.product.inquiry"}) {
    EXPECT_TRUE(told({type("something.new"), method(silent)}).empty()) << silent;
  }
  EXPECT_TRUE(told({type("balanceinquiry"), state("COMPLETION")}).empty());
}

TEST(MarqetaEvents, PostTheTransactionAndHoldWhatWasFunded) {
  const Change more{"amount", "50"};
  EXPECT_EQ(event({more}).amount.minor_units, 4275);
  EXPECT_EQ(event({more, state("DECLINED")}).amount.minor_units, 4275);
  EXPECT_EQ(event({more, type("authorization.reversal")}).amount.minor_units, 4275);
  EXPECT_EQ(event({more, state("COMPLETION")}).amount.minor_units, 5000);
  EXPECT_EQ(event({more, type("authorization.clearing"), state("COMPLETION")}).amount.minor_units,
            5000);
  EXPECT_EQ(event({more, type("refund"), state("COMPLETION")}).amount.minor_units, 5000);
  EXPECT_EQ(event({more, type("authorization.advice"), preceding}).amount.minor_units, 5000);
}

TEST(MarqetaEvents, TakeOneAmountForTheOtherWhereThatIsMissing) {
  const Change jit{std::string(funding) + ".amount", ""};
  const Change clearing = type("authorization.clearing");
  EXPECT_EQ(event({unfunded}).amount.minor_units, 4275);
  EXPECT_EQ(event({{"amount", "7"}, jit}).amount.minor_units, 700);
  EXPECT_EQ(event({{"amount", "null"}, clearing, state("COMPLETION")}).amount.minor_units, 4275);
  EXPECT_EQ(refusal({{"amount", ""}, jit}), refused(ParseFault::missing, "transactions.[].amount"));
  EXPECT_EQ(refusal({{"amount", "-1"}, clearing}),
            refused(ParseFault::amount_negative, "transactions.[].amount"));
}

TEST(MarqetaEvents, TakeAmountsUpToTheirLimit) {
  const Change clearing = type("authorization.clearing");
  const Change done = state("COMPLETION");
  EXPECT_EQ(event({clearing, done, {"amount", "9999999999999999.99"}}).amount.minor_units,
            core::minor_units_max);
  EXPECT_EQ(refusal({clearing, done, {"amount", "10000000000000000.00"}}),
            refused(ParseFault::amount_overflow, "transactions.[].amount"));
  EXPECT_EQ(refusal({clearing, done, {"amount", "1.001"}}),
            refused(ParseFault::amount_too_many_decimals, "transactions.[].amount"));
}

TEST(MarqetaEvents, TakeAnAdviceForTheNewTotalOrForAnAuthorizationThatWasNotAsked) {
  const Change advice = type("authorization.advice");
  EXPECT_EQ(event({advice, preceding}).kind, EventKind::advised);
  EXPECT_EQ(event({advice, original}).kind, EventKind::advised);
  EXPECT_EQ(event({advice}).kind, EventKind::approved);
}

TEST(MarqetaEvents, EndALifeCycleWithAFullReversalOrTheFinalClearing) {
  const Change reversal = type("authorization.reversal");
  EXPECT_FALSE(event({reversal, state("PENDING")}).final);
  EXPECT_FALSE(event({reversal, state("COMPLETION")}).final);
  EXPECT_TRUE(event({reversal, state("CLEARED")}).final);
  EXPECT_TRUE(event({type("refund.authorization.reversal"), state("PENDING")}).final);

  const Change clearing = type("authorization.clearing");
  const Change done = state("COMPLETION");
  EXPECT_TRUE(event({clearing, done, {"is_final_clearing", "true"}}).final);
  for (const char* const json : {"false", "null", "1", "[]", R"("yes")"}) {
    EXPECT_FALSE(event({clearing, done, {"is_final_clearing", json}}).final) << json;
  }
  EXPECT_FALSE(event({{"is_final_clearing", "true"}}).final);
}

TEST(MarqetaEvents, GiveADisputedPaymentBackOnlyWhereTheCardholderIsCredited) {
  for (const std::string_view chargeback :
       {"authorization.clearing.chargeback", "authorization.clearing.chargeback.reversal"}) {
    const Change of = type(chargeback);
    const Change done = state("COMPLETION");
    const std::string credited = "chargeback.credit_user";
    EXPECT_EQ(told({of, done}).size(), 1U);
    EXPECT_EQ(told({of, done, {credited, "true"}}).size(), 1U);
    EXPECT_EQ(told({of, done, {credited, "null"}}).size(), 1U);
    EXPECT_TRUE(told({of, done, {credited, "false"}}).empty());
    EXPECT_TRUE(told({of, done, unfunded}).empty());
    EXPECT_TRUE(told({of, done, {"gpa_order.jit_funding", "null"}}).empty());
  }
}

TEST(MarqetaEvents, MoveNothingByATypeThatIsNotKnown) {
  const Change unknown = type("something.new");
  const Change unknown_method = method("pgfs.something.new");
  const auto by_type = refused(ParseFault::unknown_word, "transactions.[].type");
  for (const std::string_view in_state : {"PENDING", "CLEARED", "COMPLETION"}) {
    EXPECT_EQ(refusal({unknown, unknown_method, state(in_state)}), by_type) << in_state;
    EXPECT_EQ(refusal({unknown, {"gpa_order.jit_funding.method", ""}, state(in_state)}), by_type);
    EXPECT_TRUE(told({unknown, unfunded, state(in_state)}).empty()) << in_state;
  }
  for (const std::string_view failed : {"DECLINED", "ERROR"}) {
    EXPECT_TRUE(told({unknown, unknown_method, state(failed)}).empty()) << failed;
  }
  EXPECT_TRUE(told({unknown, unknown_method, {"gpa_order.jit_funding.amount", "0.00"}}).empty());
  EXPECT_TRUE(told({unknown, unknown_method, {"gpa_order.jit_funding.amount", ""}}).empty());
  EXPECT_EQ(refusal({unknown, unknown_method, {"gpa_order.jit_funding.amount", "0.01"}}), by_type);
  EXPECT_TRUE(told({type("transfer.peer"), unfunded}).empty());
  EXPECT_TRUE(told({type("authorization.clearing.chargeback.completed"), unfunded}).empty());
}

TEST(MarqetaEvents, MoveNothingByTheOrderThatFundsATransaction) {
  for (const std::string_view order : {"gpa.credit", "gpa.credit.authorization", "gpa.debit"}) {
    EXPECT_TRUE(told({type(order)}).empty()) << order;
    EXPECT_TRUE(told({type(order), state("COMPLETION")}).empty()) << order;
  }
  EXPECT_EQ(refusal({{"gpa_order_unload", "{}"}}),
            refused(ParseFault::conflicting, "transactions.[].gpa_order_unload"));
}

TEST(MarqetaEvents, NeedMethodAndContainerToAgreeWhereTheTypeIsNotKnown) {
  const Change unknown = type("something.new");
  const Change done = state("COMPLETION");
  for (const std::string_view debit :
       {"pgfs.billpayment.capture", "pgfs.adjustment.debit", "pgfs.directdeposit.debit"}) {
    EXPECT_EQ(refusal({unknown, done, no_order, unload_of(debit)}),
              refused(ParseFault::conflicting, "transactions.[].gpa_order_unload"));
    EXPECT_LE(told({unknown, state("DECLINED"), no_order, unload_of(debit)}).size(), 1U);
  }
  for (const std::string_view credit :
       {"pgfs.adjustment.credit", "pgfs.directdeposit.credit", "pgfs.network.load"}) {
    EXPECT_EQ(refusal({unknown, done, method(credit)}),
              refused(ParseFault::conflicting, "transactions.[].gpa_order"));
  }
}

TEST(MarqetaEvents, RefuseAStateThatIsNotKnown) {
  const std::string_view path = "transactions.[].state";
  EXPECT_EQ(refusal({state("SETTLED")}), refused(ParseFault::unknown_word, path));
  EXPECT_EQ(refusal({state("pending")}), refused(ParseFault::unknown_word, path));
  EXPECT_EQ(refusal({{"state", ""}}), refused(ParseFault::missing, path));
  EXPECT_EQ(refusal({{"state", "7"}}), refused(ParseFault::wrong_type, path));
}

TEST(MarqetaEvents, BelongToTheLifeCycleTheyName) {
  const auto link = [](std::initializer_list<Change> changes) {
    return std::string(event(changes).authorization.view());
  };
  const Change clearing = type("authorization.clearing");
  const Change done = state("COMPLETION");
  EXPECT_EQ(link({clearing, done}), "");
  EXPECT_EQ(link({clearing, done, preceding}), "before");
  EXPECT_EQ(link({clearing, done, original}), "first");
  EXPECT_EQ(link({clearing, done, preceding, original}), "first");
  EXPECT_EQ(link({preceding, original}), "") << "a question begins its own";
  EXPECT_EQ(link({type("authorization.incremental"), preceding}), "before");
  EXPECT_EQ(link({method("pgfs.authorization.incremental"), preceding, original}), "first");
  EXPECT_EQ(link({type("refund"), done, preceding, original}), "before");
  EXPECT_EQ(link({type("refund"), done, original}), "");
  EXPECT_EQ(refusal({clearing, done, {"original_transaction_token", R"("a b")"}}),
            refused(ParseFault::not_an_identifier, "transactions.[].original_transaction_token"));
}

TEST(MarqetaEvents, AreToldApartByTokenTypeAndState) {
  const auto notice = [](std::initializer_list<Change> changes) { return event(changes).notice; };
  const Change refund = type("refund");
  EXPECT_NE(notice({state("PENDING")}), notice({state("CLEARED")}));
  EXPECT_NE(notice({state("PENDING")}), notice({state("DECLINED")}));
  EXPECT_NE(notice({refund, state("PENDING")}), notice({refund, state("COMPLETION")}));
  EXPECT_EQ(notice({refund, state("CLEARED")}), notice({refund, state("COMPLETION")}))
      << "posted once";
  EXPECT_NE(notice({}), notice({type("authorization.cashback")}));
  EXPECT_NE(notice({}), notice({{"token", R"("another")"}}));
}

}  // namespace
}  // namespace authd::processors::marqeta
