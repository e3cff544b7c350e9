#include <gtest/gtest.h>

#include <array>
#include <set>

#include "authd/processors/json_text.h"
#include "tests/processors/allocations.h"
#include "tests/processors/marqeta_bodies.h"

namespace authd::processors::marqeta {
namespace {

using core::Reason;

Question::Echo::value_type text(std::string_view text) {
  return *Question::Echo::value_type::from(text);
}

Question message(std::int64_t minor, std::string_view currency = "USD",
                 core::Kind kind = core::Kind::purchase) {
  Question message;
  message.request.kind = kind;
  message.request.amount = {minor, *core::Currency::from_alpha(currency)};
  message.echo[marqeta::token] = text("t");
  message.echo[marqeta::method] = text("m");
  message.echo[marqeta::user_token] = text("u");
  return message;
}

core::Answer approval(std::int64_t minor) {
  core::Answer answer;
  answer.decision.approved.minor_units = minor;
  return answer;
}

core::Answer decline(Reason reason) {
  core::Answer answer;
  answer.decision.reason = reason;
  return answer;
}

std::string rendered(const Question& message, const core::Answer& answer) {
  return test::reply_to(message, answer).body;
}

TEST(MarqetaAnswer, WritesApprovedAmountsWithAllDecimalsOfTheCurrency) {
  const auto amount = [](std::int64_t minor, std::string_view currency) {
    return rendered(message(minor, currency), approval(minor));
  };
  const std::string front =
      R"({"jit_funding":{"token":"t","method":"m","user_token":"u","amount":)";
  EXPECT_EQ(amount(4275, "USD"), front + "42.75}}");
  EXPECT_EQ(amount(5, "USD"), front + "0.05}}");
  EXPECT_EQ(amount(0, "USD"), front + "0.00}}");
  EXPECT_EQ(amount(1480, "JPY"), front + "1480}}");
  EXPECT_EQ(amount(7125, "BHD"), front + "7.125}}");
  EXPECT_EQ(amount(999'999'999'999'999'999, "USD"), front + "9999999999999999.99}}");
}

TEST(MarqetaAnswer, ApprovesWithTheApprovedAmountAndDeclinesWithTheRequestedOne) {
  Reply reply = test::reply_to(message(4860), approval(3100));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.fields, "");
  EXPECT_EQ(reply.body,
            R"({"jit_funding":{"token":"t","method":"m","user_token":"u","amount":31.00}})");
  reply = test::reply_to(message(4860), decline(Reason::insufficient_funds));
  EXPECT_EQ(reply.status, 402);
  EXPECT_EQ(reply.fields, "");
  EXPECT_EQ(reply.body,
            R"({"jit_funding":{"token":"t","method":"m","user_token":"u","amount":48.60,)"
            R"("decline_reason":"INSUFFICIENT_FUNDS"}})");
}

TEST(MarqetaAnswer, EchoesTokensEscapedAndOptionalOnesOnlyWhenGiven) {
  Question echoed = message(100);
  echoed.echo[marqeta::user_token] = text("a\"\\\n\x1F/\xC3\xA9\x7F");
  echoed.echo[marqeta::acting_user_token] = text("actor");
  echoed.echo[marqeta::business_token] = text("firm");
  EXPECT_EQ(rendered(echoed, approval(100)),
            "{\"jit_funding\":{\"token\":\"t\",\"method\":\"m\",\"user_token\":"
            "\"a\\\"\\\\\\u000a\\u001f/\xC3\xA9\x7F\",\"acting_user_token\":\"actor\","
            "\"business_token\":\"firm\",\"amount\":1.00}}");
}

TEST(MarqetaAnswer, CarriesBalancesForAnApprovedInquiryOnly) {
  const auto inquiry = message(0, "USD", core::Kind::balance_inquiry);
  core::Answer answer = approval(0);
  answer.decision.balance = {-81240, -5};
  answer.decided_at = {1'794'470'561'999'999};
  EXPECT_EQ(
      rendered(inquiry, answer),
      R"({"jit_funding":{"token":"t","method":"m","user_token":"u","amount":0.00,"balances":{"USD":)"
      R"({"currency_code":"USD","ledger_balance":-812.40,"available_balance":-0.05,)"
      R"("credit_balance":0.00,"pending_credits":0.00,"last_updated_time":"2026-11-12T08:02:41Z",)"
      R"("balances":{}}}}})");
  answer.decision.reason = Reason::card_frozen;
  EXPECT_EQ(rendered(inquiry, answer).find("balances"), std::string::npos);
  EXPECT_EQ(rendered(message(0), approval(0)).find("balances"), std::string::npos);
}

TEST(MarqetaAnswer, SaysThatTheAddressIsToBlameOnlyWhereItIs) {
  Question question = message(4860);
  const auto code = [&question](Reason reason) {
    const std::string body = rendered(question, decline(reason));
    const bool is_there =
        body.find(R"(,"address_verification":{"gateway":{"response":{"code":"0101"}}}}})") !=
        std::string::npos;
    EXPECT_EQ(is_there, body.find("address") != std::string::npos);
    return is_there;
  };
  for (const auto address : {core::Verification::absent, core::Verification::match,
                             core::Verification::partial, core::Verification::mismatch}) {
    question.request.details.address = address;
    EXPECT_EQ(code(Reason::verification_required), address == core::Verification::mismatch);
    EXPECT_FALSE(code(Reason::insufficient_funds));
    EXPECT_EQ(rendered(question, approval(4860)).find("address"), std::string::npos);
  }
}

TEST(MarqetaAnswer, WritesTimesInUtc) {
  const auto inquiry = message(0, "USD", core::Kind::balance_inquiry);
  const auto time = [&inquiry](std::int64_t unix_us) {
    core::Answer answer = approval(0);
    answer.decided_at = {unix_us};
    const std::string body = rendered(inquiry, answer);
    return body.substr(body.find("_time\":\"") + 8, 20);
  };
  EXPECT_EQ(time(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(time(951'825'599'999'999), "2000-02-29T11:59:59Z");
  EXPECT_EQ(time(4'102'444'799'000'000), "2099-12-31T23:59:59Z");
}

TEST(MarqetaAnswer, IsTheSameBytesForTheSameMessageAndDecision) {
  for (const auto& fixture : test::gateway_fixtures()) {
    const auto first = test::parse(fixture.body);
    const auto again = test::parse(fixture.body);
    ASSERT_TRUE(first && again);
    EXPECT_EQ(*first, *again);
    core::Answer answer = approval(first->request.amount.minor_units);
    answer.decided_at = {1'794'470'561'000'000};
    const std::string body = rendered(*first, answer);
    answer.origin = core::Answer::Origin::repeated;
    EXPECT_EQ(rendered(*again, answer), body);
  }
}

TEST(MarqetaAnswer, HasADocumentedReasonForEveryDecline) {
  const std::set<std::string_view> documented{"INVALID_AMOUNT",
                                              "INSUFFICIENT_FUNDS",
                                              "TRANSACTION_NOT_PERMITTED",
                                              "SUSPECTED_FRAUD",
                                              "AMOUNT_LIMIT_EXCEEDED",
                                              "TRANSACTION_COUNT_LIMIT_EXCEEDED",
                                              "DUPLICATE_TRANSACTION",
                                              "INVALID_MERCHANT",
                                              "INVALID_CARD",
                                              "NO_CREDIT_ACCOUNT",
                                              "EXPIRED_CARD",
                                              "NO_CHECKING_ACCOUNT",
                                              "NO_SAVINGS_ACCOUNT",
                                              "STOP_PAYMENT",
                                              "REVOCATION_AUTHORIZATION_ORDER",
                                              "REVOCATION_ALL_AUTHORIZATION_ORDER",
                                              "SOFT_DECLINE_AUTHENTICATION_REQUIRED",
                                              "CLOSED_ACCOUNT",
                                              "SOFT_DECLINE_PIN_REQUIRED",
                                              "CARD_NOT_ACTIVE",
                                              "CARDHOLDER_NOT_ACTIVE",
                                              "BLOCKED_BY_ISSUER",
                                              "BLOCKED_BY_CARDHOLDER",
                                              "BLOCKED_MERCHANT_BY_CARDHOLDER"};
  EXPECT_EQ(documented.size(), 24U);
  for (unsigned number = 1; number < 1000; ++number) {
    if (!core::is_reason(static_cast<std::uint16_t>(number))) continue;
    const std::string_view reason = decline_reason(static_cast<Reason>(number));
    EXPECT_TRUE(documented.contains(reason)) << number << reason;
  }
}

TEST(MarqetaAnswer, TellsDeclinesApart) {
  struct Case {
    Reason reason;
    std::string_view decline_reason;
  };
  const Case cases[] = {{Reason::message_conflict, "DUPLICATE_TRANSACTION"},
                        {Reason::program_unknown, "TRANSACTION_NOT_PERMITTED"},
                        {Reason::card_unknown, "INVALID_CARD"},
                        {Reason::card_closed, "INVALID_CARD"},
                        {Reason::card_frozen, "BLOCKED_BY_ISSUER"},
                        {Reason::card_inactive, "CARD_NOT_ACTIVE"},
                        {Reason::card_expired, "EXPIRED_CARD"},
                        {Reason::account_unknown, "NO_CREDIT_ACCOUNT"},
                        {Reason::account_closed, "CLOSED_ACCOUNT"},
                        {Reason::account_frozen, "CARDHOLDER_NOT_ACTIVE"},
                        {Reason::holder_not_verified, "CARDHOLDER_NOT_ACTIVE"},
                        {Reason::currency_mismatch, "INVALID_AMOUNT"},
                        {Reason::kind_not_supported, "TRANSACTION_NOT_PERMITTED"},
                        {Reason::too_late, "TRANSACTION_NOT_PERMITTED"},
                        {Reason::card_not_yet_active, "CARD_NOT_ACTIVE"},
                        {Reason::authorization_closed, "TRANSACTION_NOT_PERMITTED"},
                        {Reason::denied, "TRANSACTION_NOT_PERMITTED"},
                        {Reason::outside_hours, "TRANSACTION_NOT_PERMITTED"},
                        {Reason::verification_required, "SOFT_DECLINE_AUTHENTICATION_REQUIRED"},
                        {Reason::card_used, "TRANSACTION_NOT_PERMITTED"},
                        {Reason::merchant_locked, "INVALID_MERCHANT"},
                        {Reason::amount_limit, "AMOUNT_LIMIT_EXCEEDED"},
                        {Reason::count_limit, "TRANSACTION_COUNT_LIMIT_EXCEEDED"},
                        {Reason::exposure_limit, "TRANSACTION_NOT_PERMITTED"},
                        {Reason::stale_state, "TRANSACTION_NOT_PERMITTED"},
                        {Reason::insufficient_funds, "INSUFFICIENT_FUNDS"},
                        {Reason::sum_out_of_range, "AMOUNT_LIMIT_EXCEEDED"},
                        {Reason::overloaded, "TRANSACTION_NOT_PERMITTED"},
                        {Reason::storage, "TRANSACTION_NOT_PERMITTED"}};
  for (const auto& [reason, text] : cases) EXPECT_EQ(decline_reason(reason), text) << name(reason);
}

TEST(MarqetaAnswer, AllocatesNothingOnceItsBodyHasGrown) {
  const auto inquiry = message(0, "USD", core::Kind::balance_inquiry);
  core::Answer answer = approval(0);
  answer.decision.balance = {99'999'999'999'999, 99'999'999'999'999};
  const MarqetaAdapter adapter;
  Reply reply;
  adapter.render_answer(inquiry, answer, reply);
  const std::size_t before = test::allocations();
  adapter.render_answer(inquiry, answer, reply);
  adapter.render_answer(inquiry, decline(Reason::storage), reply);
  EXPECT_EQ(test::allocations(), before);
}

}  // namespace
}  // namespace authd::processors::marqeta
