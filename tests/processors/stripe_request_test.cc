// What Stripe asks, field by field.

#include <gtest/gtest.h>

#include "tests/processors/allocations.h"
#include "tests/processors/fixture_run.h"
#include "tests/processors/padded.h"
#include "tests/processors/stripe_bodies.h"

namespace authd::processors {
namespace {

using core::Kind;
using test::stripe::question;
using test::stripe::read;
using test::stripe::refusal;

const std::string amount = "data.object.pending_request.amount";
const std::string currency = "data.object.pending_request.currency";
const std::string cash_back = "data.object.pending_request.amount_details.cashback_amount";

core::Money money(std::int64_t minor, std::string_view alpha) {
  return {minor, *core::Currency::from_alpha(alpha)};
}

// In this currency throughout, as every body of Stripe's is.
core::Request read_in(const std::string& code, const std::string& digits) {
  return read(question({{currency, '"' + code + '"'},
                        {"data.object.currency", '"' + code + '"'},
                        {amount, digits}}));
}

ParseError refusal_in(const std::string& code, const std::string& digits) {
  return refusal(question({{currency, '"' + code + '"'},
                           {"data.object.currency", '"' + code + '"'},
                           {amount, digits}}));
}

TEST(StripeRequest, AsksWithThePendingRequestAndNotWithTheTotal) {
  const core::Request request = read(question({{"data.object.amount", "8000"}}));
  EXPECT_EQ(request.program, core::test::fixture_program);
  EXPECT_EQ(request.message.view(), "evt_1");
  EXPECT_EQ(request.authorization.view(), "iauth_1");
  EXPECT_EQ(request.card.view(), "ic_1");
  EXPECT_EQ(request.kind, Kind::purchase);
  EXPECT_EQ(request.amount, money(4275, "USD"));
  EXPECT_EQ(request.cash_back_minor, 0);
  EXPECT_FALSE(request.partial_approval);
}

TEST(StripeRequest, AsksAboutTheSameAuthorizationAgainForAnIncrement) {
  const core::Request request = read(question({{"id", R"("evt_9")"},
                                               {"data.object.approved", "true"},
                                               {"data.object.amount", "8000"},
                                               {amount, "2550"}}));
  EXPECT_EQ(request.message.view(), "evt_9");
  EXPECT_EQ(request.authorization.view(), "iauth_1");
  EXPECT_EQ(request.amount, money(2550, "USD"));
}

TEST(StripeRequest, TakesTheCardAsObjectOrAsId) {
  EXPECT_EQ(read(question({{"data.object.card", R"("ic_7")"}})).card.view(), "ic_7");
  EXPECT_EQ(refusal(question({{"data.object.card", "null"}})),
            (ParseError{ParseFault::missing, "data.object.card"}));
  EXPECT_EQ(refusal(question({{"data.object.card", "7"}})),
            (ParseError{ParseFault::wrong_type, "data.object.card"}));
  EXPECT_EQ(refusal(question({{"data.object.card.id", "null"}})),
            (ParseError{ParseFault::missing, "data.object.card.id"}));
  EXPECT_EQ(refusal(question({{"data.object.card.id", R"("ic 7")"}})),
            (ParseError{ParseFault::not_an_identifier, "data.object.card.id"}));
  const std::string longest(64, 'c');
  EXPECT_EQ(read(question({{"data.object.card.id", '"' + longest + '"'}})).card.view(), longest);
  EXPECT_EQ(refusal(question({{"data.object.card.id", '"' + longest + "c\""}})),
            (ParseError{ParseFault::value_too_long, "data.object.card.id"}));
}

TEST(StripeRequest, NeedsIdsAndShortensLongOnes) {
  for (const std::string id : {"id", "data.object.id"}) {
    EXPECT_EQ(refusal(question({{id, ""}})).fault, ParseFault::missing);
    EXPECT_EQ(refusal(question({{id, "null"}})).field, id);
    EXPECT_EQ(refusal(question({{id, "7"}})).fault, ParseFault::wrong_type);
    EXPECT_EQ(refusal(question({{id, R"("")"}})).fault, ParseFault::not_an_identifier);
  }
  const std::string longest(64, 'e');
  EXPECT_EQ(read(question({{"id", '"' + longest + '"'}})).message.view(), longest);
  const core::Request longer = read(question({{"id", '"' + longest + "e\""}}));
  EXPECT_NE(longer.message.view(), longest);
  EXPECT_EQ(longer.message.view().size(), 64U);
}

TEST(StripeRequest, NeedsItsEnvelopeAndItsQuestion) {
  const auto fault = [](const std::string& path, const std::string& json) {
    const ParseError error = refusal(question({{path, json}}));
    EXPECT_EQ(error.field, path) << json;
    return error.fault;
  };
  for (const std::string path : {"type", "data", "data.object", "data.object.pending_request"}) {
    EXPECT_EQ(fault(path, ""), ParseFault::missing);
    EXPECT_EQ(fault(path, "null"), ParseFault::missing);
    EXPECT_EQ(fault(path, "7"), ParseFault::wrong_type);
    EXPECT_EQ(fault(path, "[]"), ParseFault::wrong_type);
  }
}

TEST(StripeRequest, IsUnsupportedWhenItIsAnotherQuestion) {
  EXPECT_EQ(read(question({{"type", R"("issuing_something.request")"}})).kind, Kind::unsupported);
  EXPECT_EQ(read(question({{"type", R"("issuing_something.request")"}, {amount, "0"}})).kind,
            Kind::unsupported);
}

TEST(StripeRequest, IsOfTheKindThatTheMerchantSells) {
  const auto kind = [](const std::string& mcc) {
    return read(question({{"data.object.merchant_data.category_code", '"' + mcc + '"'}})).kind;
  };
  EXPECT_EQ(kind("6009"), Kind::purchase);
  EXPECT_EQ(kind("6010"), Kind::cash);
  EXPECT_EQ(kind("6011"), Kind::cash);
  EXPECT_EQ(kind("6012"), Kind::purchase);
  EXPECT_EQ(kind("6051"), Kind::quasi_cash);
  EXPECT_EQ(kind("4829"), Kind::quasi_cash);
  EXPECT_EQ(kind(""), Kind::purchase);
  EXPECT_EQ(read(question({{"data.object.pending_request.amount_details.atm_fee", "250"}})).kind,
            Kind::cash);
  EXPECT_EQ(read(question({{amount, "0"}})).kind, Kind::account_verification);
  EXPECT_EQ(read(question({{amount, "1"}})).kind, Kind::purchase);
}

TEST(StripeRequest, CarriesTheCashBack) {
  EXPECT_EQ(read(question({{cash_back, "2000"}})).cash_back_minor, 2000);
  EXPECT_EQ(read(question({{cash_back, "4275"}})).cash_back_minor, 4275);
  EXPECT_EQ(refusal(question({{cash_back, "4276"}})),
            (ParseError{ParseFault::conflicting, cash_back}));
  EXPECT_EQ(refusal(question({{cash_back, "-1"}})),
            (ParseError{ParseFault::amount_negative, cash_back}));
  EXPECT_EQ(refusal(question({{cash_back, R"("1")"}})),
            (ParseError{ParseFault::wrong_type, cash_back}));
  EXPECT_EQ(
      read(question({{"data.object.pending_request.amount_details", "null"}})).cash_back_minor, 0);
}

TEST(StripeRequest, AllowsPartialApprovalWhereTheAmountIsControllable) {
  const std::string field = "data.object.pending_request.is_amount_controllable";
  EXPECT_TRUE(read(question({{field, "true"}})).partial_approval);
  EXPECT_FALSE(read(question({{field, "null"}})).partial_approval);
  EXPECT_FALSE(read(question({{field, ""}})).partial_approval);
  EXPECT_EQ(refusal(question({{field, R"("true")"}})), (ParseError{ParseFault::wrong_type, field}));
}

TEST(StripeRequest, ReadsAmountsFromTheirDigits) {
  EXPECT_EQ(read(question({{amount, "999999999999999999"}})).amount.minor_units,
            999'999'999'999'999'999);
  const auto fault = [](const std::string& digits) {
    const ParseError error = refusal(question({{amount, digits}}));
    EXPECT_EQ(error.field, amount) << digits;
    return error.fault;
  };
  EXPECT_EQ(fault("1000000000000000000"), ParseFault::amount_overflow);
  EXPECT_EQ(fault("9223372036854775807"), ParseFault::amount_overflow);
  EXPECT_EQ(fault("9223372036854775808"), ParseFault::amount_overflow);
  EXPECT_EQ(fault("99999999999999999999"), ParseFault::number_out_of_range);
  EXPECT_EQ(fault("-1"), ParseFault::amount_negative);
  EXPECT_EQ(fault("-999999999999999999"), ParseFault::amount_negative);
  EXPECT_EQ(fault("42.75"), ParseFault::amount_too_many_decimals);
  EXPECT_EQ(fault("4e3"), ParseFault::amount_exponent);
  EXPECT_EQ(fault(R"("4275")"), ParseFault::wrong_type);
  EXPECT_EQ(fault("null"), ParseFault::missing);
  EXPECT_EQ(fault("true"), ParseFault::wrong_type);
}

TEST(StripeRequest, CountsInTheMinorUnitsOfIso4217) {
  EXPECT_EQ(read_in("jpy", "1480").amount, money(1480, "JPY"));
  EXPECT_EQ(read_in("bhd", "7125").amount, money(7125, "BHD"));
  EXPECT_EQ(read_in("isk", "50000").amount, money(500, "ISK"));
  EXPECT_EQ(refusal_in("isk", "50001"), (ParseError{ParseFault::amount_too_many_decimals, amount}));
  EXPECT_EQ(read_in("mga", "500").amount, money(50000, "MGA"));
  EXPECT_EQ(read_in("mga", "9999999999999999").amount, money(999'999'999'999'999'900, "MGA"));
  EXPECT_EQ(refusal_in("mga", "10000000000000000"),
            (ParseError{ParseFault::amount_overflow, amount}));
  EXPECT_EQ(refusal_in("ugx", "500"), (ParseError{ParseFault::unknown_decimals, currency}));
}

TEST(StripeRequest, TakesCurrenciesInLowerCaseThatAgree) {
  const auto refused = [](const std::string& json) {
    return refusal(question({{currency, json}}));
  };
  EXPECT_EQ(refused(R"("USD")"), (ParseError{ParseFault::unknown_currency, currency}));
  EXPECT_EQ(refused(R"("Usd")"), (ParseError{ParseFault::unknown_currency, currency}));
  EXPECT_EQ(refused(R"("xyz")"), (ParseError{ParseFault::unknown_currency, currency}));
  EXPECT_EQ(refused(R"("us")"), (ParseError{ParseFault::unknown_currency, currency}));
  EXPECT_EQ(refused(R"("usd ")"), (ParseError{ParseFault::unknown_currency, currency}));
  EXPECT_EQ(refused("840"), (ParseError{ParseFault::wrong_type, currency}));
  EXPECT_EQ(refused(""), (ParseError{ParseFault::missing, currency}));
  EXPECT_EQ(refused(R"("eur")"), (ParseError{ParseFault::conflicting, currency}));
  EXPECT_EQ(read(question({{"data.object.currency", ""}})).amount, money(4275, "USD"));
}

TEST(StripeRequest, RefusesWhatLooksLikeACardNumberButNotWhereItIsNone) {
  const std::string pan = R"("4111111111111111")";
  for (const std::string path :
       {"data.object.metadata.note", "data.object.merchant_data.name", "data.object.card.id"}) {
    EXPECT_EQ(refusal(question({{path, pan}})).fault, ParseFault::card_number) << path;
  }
  for (const std::string path :
       {"data.object.merchant_data.network_id", "data.object.merchant_data.terminal_id",
        "data.object.merchant_data.tax_id", "data.object.network_data.transaction_id",
        "data.object.network_data.acquiring_institution_id",
        "data.object.card.shipping.tracking_number", "data.object.card.cardholder.phone_number"}) {
    EXPECT_EQ(read(question({{path, pan}})).amount, money(4275, "USD")) << path;
  }
  EXPECT_EQ(read(question({{"data.object.request_history",
                            R"([{"authorization_code": "4111111111111111"}])"},
                           {"data.object.transactions",
                            R"([{"network_data": {"transaction_id": "4111111111111111"}}])"}}))
                .amount,
            money(4275, "USD"));
}

TEST(StripeRequest, FollowsTheConfiguredDecimals) {
  StripeOptions options;
  options.decimals = {{*core::Currency::from_alpha("UGX"), 2},
                      {*core::Currency::from_alpha("ISK"), 0}};
  const StripeAdapter configured(options);
  const auto minor = [&configured](const std::string& code, const std::string& digits) {
    const auto body = question({{currency, '"' + code + '"'},
                                {"data.object.currency", '"' + code + '"'},
                                {amount, digits}});
    const auto read = test::read_question(configured, body);
    return read ? read->request.amount.minor_units : -1;
  };
  EXPECT_EQ(minor("ugx", "500"), 5);
  EXPECT_EQ(minor("ugx", "501"), -1);
  EXPECT_EQ(minor("isk", "501"), 501);
  EXPECT_EQ(minor("usd", "501"), 501);
}

TEST(StripeRequest, IsReadWithoutAnAllocation) {
  JsonWalk walk(65'536);
  const test::Padded body(question());
  const core::ProgramId program = core::test::fixture_program;
  ASSERT_TRUE(test::stripe::adapter().read_question(walk, program, body.body()));
  const std::size_t before = test::allocations();
  const auto again = test::stripe::adapter().read_question(walk, program, body.body());
  EXPECT_EQ(test::allocations(), before);
  EXPECT_TRUE(again);
}

}  // namespace
}  // namespace authd::processors
