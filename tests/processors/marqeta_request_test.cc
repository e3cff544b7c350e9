// What a gateway request becomes, and every way in which one is refused.

#include <gtest/gtest.h>

#include "tests/processors/marqeta_bodies.h"

namespace authd::processors::marqeta {
namespace {

using core::Kind;
using test::Change;
using test::credit;
using test::parse;
using test::purchase;

constexpr std::string_view card_number = R"("9999012345678907")";  // invented, passes Luhn

ParseError refusal(const std::string& body) {
  const auto message = parse(body);
  return message ? ParseError{ParseFault{0}, "accepted"} : message.error();
}

core::Request request(const std::string& body) {
  const auto message = parse(body);
  if (!message) {
    ADD_FAILURE() << message.error().field << ": " << name(message.error().fault) << "\n" << body;
    return {};
  }
  return message->request;
}

std::string in_quotes(std::string_view text) { return '"' + std::string(text) + '"'; }

Change amount(const std::string& json) { return {"gpa_order.jit_funding.amount", json}; }
Change method(std::string_view text) { return {"gpa_order.jit_funding.method", in_quotes(text)}; }

std::string in_currency(const std::string& alpha, const std::string& json) {
  return purchase({{"currency_code", in_quotes(alpha)},
                   {"gpa_order.currency_code", in_quotes(alpha)},
                   amount(json)});
}

TEST(MarqetaRequest, TakesTheFieldsOfAPurchase) {
  const auto message = parse(purchase({{"gpa_order.jit_funding.business_token", R"("firm")"}}));
  ASSERT_TRUE(message);
  const core::Request& request = message->request;
  EXPECT_EQ(request.program.view(), "heron");
  EXPECT_EQ(request.message.view(), "c869d995-f1dc-4f9a-a147-c2ebc4f9933a");
  EXPECT_EQ(request.card.view(), "5c65a9ad-2024-426c-a92f-4b77ecb260d4");
  EXPECT_EQ(request.kind, Kind::purchase);
  EXPECT_EQ(request.amount, (core::Money{4275, *core::Currency::from_alpha("USD")}));
  EXPECT_TRUE(request.authorization.empty());
  EXPECT_EQ(request.details.merchant.mcc, 5814);
  EXPECT_EQ(request.details.merchant.id.view(), "000000000471183");
  EXPECT_EQ(request.details.merchant.name.view(), "KESTREL COFFEE 04");
  EXPECT_EQ(request.details.merchant.country.view(), "USA");
  EXPECT_EQ(message->echo[marqeta::token].view(), "600f8749-fb3b-4dff-8b76-64f5291db5ac");
  EXPECT_EQ(message->echo[marqeta::method].view(), "pgfs.authorization");
  EXPECT_EQ(message->echo[marqeta::user_token].view(), "owner");
  EXPECT_EQ(message->echo[marqeta::acting_user_token].view(), "actor");
  EXPECT_EQ(message->echo[marqeta::business_token].view(), "firm");
}

TEST(MarqetaRequest, DecidesOnTheAmountOfJitFundingOnly) {
  EXPECT_EQ(request(purchase({{"amount", "1"}, {"gpa_order.amount", R"("x")"}})).amount.minor_units,
            4275);
}

TEST(MarqetaRequest, ReadsAmountsFromTheirDigits) {
  struct Case {
    std::string currency, json;
    std::int64_t minor;
  };
  const Case cases[] = {{"USD", "10", 1000},
                        {"USD", "10.0", 1000},
                        {"USD", "1.91", 191},
                        {"USD", "0.01", 1},
                        {"USD", "1.100000", 110},
                        {"USD", R"("1.00")", 100},
                        {"USD", R"("7")", 700},
                        {"USD", "0.29", 29},
                        {"USD", "1.15", 115},
                        {"JPY", "1480", 1480},
                        {"JPY", "1480.00", 1480},
                        {"BHD", "7.125", 7125},
                        {"CLF", "1.2345", 12345},
                        {"USD", "9999999999999999.99", 999'999'999'999'999'999},
                        {"JPY", "999999999999999999", 999'999'999'999'999'999}};
  for (const auto& [currency, json, minor] : cases) {
    const core::Request read = request(in_currency(currency, json));
    EXPECT_EQ(read.amount.minor_units, minor) << json;
    EXPECT_EQ(read.amount.currency.alpha(), currency);
  }
}

TEST(MarqetaRequest, RefusesAmountsThatAreNotExact) {
  struct Case {
    std::string currency, json;
    ParseFault fault;
  };
  const Case cases[] = {
      {"USD", "1.001", ParseFault::amount_too_many_decimals},
      {"USD", R"("1.001")", ParseFault::amount_too_many_decimals},
      {"JPY", "1.5", ParseFault::amount_too_many_decimals},
      {"BHD", "1.0001", ParseFault::amount_too_many_decimals},
      {"USD", "-1", ParseFault::amount_negative},
      {"USD", "-0.0", ParseFault::amount_negative},
      {"USD", R"("-1.00")", ParseFault::amount_negative},
      {"USD", "1e2", ParseFault::amount_exponent},
      {"USD", "4.275E1", ParseFault::amount_exponent},
      {"USD", R"("1e2")", ParseFault::amount_exponent},
      {"USD", "10000000000000000", ParseFault::amount_overflow},
      {"USD", "10000000000000000.00", ParseFault::amount_overflow},
      {"JPY", "1000000000000000000", ParseFault::amount_overflow},
      {"USD", "100000000000000000000", ParseFault::number_out_of_range},
      {"USD", R"("100000000000000000000")", ParseFault::amount_overflow},
      {"USD", R"("")", ParseFault::amount_not_a_number},
      {"USD", R"(" 1")", ParseFault::amount_not_a_number},
      {"USD", R"("1 ")", ParseFault::amount_not_a_number},
      {"USD", R"("+1")", ParseFault::amount_not_a_number},
      {"USD", R"("01")", ParseFault::amount_not_a_number},
      {"USD", R"(".5")", ParseFault::amount_not_a_number},
      {"USD", R"("5.")", ParseFault::amount_not_a_number},
      {"USD", R"("1,00")", ParseFault::amount_not_a_number},
      {"USD", R"("0x10")", ParseFault::amount_not_a_number},
      {"USD", R"("NaN")", ParseFault::amount_not_a_number},
      {"USD", "true", ParseFault::wrong_type},
      {"USD", "[1]", ParseFault::wrong_type},
      {"USD", R"({"value":1})", ParseFault::wrong_type},
      {"USD", "null", ParseFault::missing},
      {"USD", "", ParseFault::missing},
  };
  for (const auto& [currency, json, fault] : cases) {
    EXPECT_EQ(refusal(in_currency(currency, json)),
              (ParseError{fault, "gpa_order.jit_funding.amount"}))
        << json;
  }
  EXPECT_EQ(refusal(credit({{"gpa_order_unload.jit_funding.amount", "-1"}})),
            (ParseError{ParseFault::amount_negative, "gpa_order_unload.jit_funding.amount"}));
}

TEST(MarqetaRequest, TakesItsKindFromTheMethod) {
  struct Case {
    std::string_view method;
    Kind kind;
  };
  const Case cases[] = {{"pgfs.authorization", Kind::purchase},
                        {"pgfs.authorization.incremental", Kind::purchase},
                        {"pgfs.authorization.cashback", Kind::purchase},
                        {"pgfs.auth_plus_capture", Kind::purchase},
                        {"pgfs.pindebit", Kind::purchase},
                        {"pgfs.pindebit.cashback", Kind::purchase},
                        {"pgfs.pindebit.authorization", Kind::purchase},
                        {"pgfs.billpayment", Kind::purchase},
                        {"pgfs.atm.withdrawal", Kind::cash},
                        {"pgfs.pindebit.atm.withdrawal", Kind::cash},
                        {"pgfs.authorization.quasi.cash", Kind::quasi_cash},
                        {"pgfs.pindebit.quasi.cash", Kind::quasi_cash},
                        {"pgfs.authorization.clearing", Kind::unsupported},
                        {"pgfs.authorization.capture", Kind::unsupported},
                        {"pgfs.authorization.reversal", Kind::unsupported},
                        {"pgfs.authorization.advice", Kind::unsupported},
                        {"pgfs.authorization.standin", Kind::unsupported},
                        {"pgfs.force_capture", Kind::unsupported},
                        {"pgfs.refund", Kind::unsupported},
                        {"pgfs.directdeposit.credit", Kind::unsupported},
                        {"pgfs.product.inquiry", Kind::unsupported},
                        {"pgfs.something.new", Kind::unsupported},
                        {"PGFS.AUTHORIZATION", Kind::unsupported},
                        {"x", Kind::unsupported}};
  for (const auto& [text, kind] : cases) {
    EXPECT_EQ(request(purchase({method(text)})).kind, kind) << text;
  }
}

TEST(MarqetaRequest, HoldsNothingOnlyForAmountsOfZero) {
  for (const std::string_view text : {"pgfs.authorization.account_verification",
                                      "pgfs.balanceinquiry", "pgfs.pindebit.balanceinquiry"}) {
    EXPECT_EQ(request(purchase({method(text), amount("0.01")})).kind, Kind::unsupported) << text;
  }
  EXPECT_EQ(
      request(purchase({method("pgfs.authorization.account_verification"), amount("0.00")})).kind,
      Kind::account_verification);
  EXPECT_EQ(request(purchase({method("pgfs.balanceinquiry"), amount("0")})).kind,
            Kind::balance_inquiry);
  EXPECT_EQ(request(purchase({method("pgfs.pindebit.balanceinquiry"), amount("0")})).kind,
            Kind::balance_inquiry);
  EXPECT_EQ(request(purchase({amount("0")})).kind, Kind::account_verification);
  EXPECT_EQ(request(purchase({amount("0.01")})).kind, Kind::purchase);
}

TEST(MarqetaRequest, TakesItsDirectionFromTheContainer) {
  const auto unloading = [](std::string_view text) {
    return request(credit({{"gpa_order_unload.jit_funding.method", in_quotes(text)}}));
  };
  for (const std::string_view text :
       {"pgfs.original.credit.authorization", "pgfs.original.credit.auth_plus_capture",
        "pgfs.refund.authorization", "pgfs.authorization", "pgfs.atm.withdrawal"}) {
    EXPECT_EQ(unloading(text).kind, Kind::credit) << text;
  }
  EXPECT_EQ(unloading("pgfs.refund").kind, Kind::unsupported);
  EXPECT_EQ(unloading("pgfs.original.credit.authorization.clearing").kind, Kind::unsupported);
  EXPECT_EQ(unloading("pgfs.original.credit.authorization").amount.minor_units, 4275);
  EXPECT_EQ(request(purchase({method("pgfs.original.credit.authorization")})).kind,
            Kind::unsupported);
}

TEST(MarqetaRequest, AddsAnIncrementToTheMessageBefore) {
  const Change before{"preceding_related_transaction_token", R"("first")"};
  const Change type{"type", R"("authorization.incremental")"};
  EXPECT_EQ(
      request(purchase({method("pgfs.authorization.incremental"), before})).authorization.view(),
      "first");
  EXPECT_EQ(request(purchase({type, before})).authorization.view(), "first");
  EXPECT_TRUE(request(purchase({before})).authorization.empty());
  EXPECT_TRUE(request(purchase({type})).authorization.empty());
  EXPECT_TRUE(request(purchase({type, {before.path, "null"}})).authorization.empty());
  EXPECT_EQ(refusal(purchase({type, {before.path, "7"}})),
            (ParseError{ParseFault::wrong_type, before.path}));
  EXPECT_EQ(refusal(purchase({type, {before.path, R"("a b")"}})),
            (ParseError{ParseFault::not_an_identifier, before.path}));
}

TEST(MarqetaRequest, TakesTheCurrencyOfTheContainerOrOfTheTransaction) {
  const std::string inner = "gpa_order.currency_code";
  const auto currency = [](std::initializer_list<Change> changes) {
    return request(purchase(changes)).amount.currency.alpha();
  };
  EXPECT_EQ(currency({{inner, ""}, {"currency_code", R"("GBP")"}}), "GBP");
  EXPECT_EQ(currency({{inner, "null"}, {"currency_code", R"("GBP")"}}), "GBP");
  EXPECT_EQ(currency({{inner, R"("GBP")"}, {"currency_code", ""}}), "GBP");
  EXPECT_EQ(currency({{inner, R"("GBP")"}, {"currency_code", "null"}}), "GBP");
  EXPECT_EQ(refusal(purchase({{inner, R"("GBP")"}})), (ParseError{ParseFault::conflicting, inner}));
  EXPECT_EQ(refusal(purchase({{inner, ""}, {"currency_code", "null"}})),
            (ParseError{ParseFault::missing, "currency_code"}));
  for (const std::string& path : {inner, std::string("currency_code")}) {
    for (const std::string alpha : {"usd", "840", "", "USDX", "XXX", "US"}) {
      EXPECT_EQ(refusal(purchase({{path, in_quotes(alpha)}})),
                (ParseError{ParseFault::unknown_currency, path}));
    }
  }
}

TEST(MarqetaRequest, NeedsExactlyOneContainer) {
  EXPECT_EQ(refusal(purchase({{"gpa_order", ""}})), (ParseError{ParseFault::missing, "gpa_order"}));
  EXPECT_EQ(refusal(purchase({{"gpa_order", "null"}, {"gpa_order_unload", "null"}})),
            (ParseError{ParseFault::missing, "gpa_order"}));
  EXPECT_EQ(refusal(purchase({{"gpa_order_unload", "{}"}})),
            (ParseError{ParseFault::conflicting, "gpa_order_unload"}));
  EXPECT_EQ(request(purchase({{"gpa_order_unload", "null"}})).kind, Kind::purchase);
  EXPECT_EQ(request(credit({{"gpa_order", "null"}})).kind, Kind::credit);
}

TEST(MarqetaRequest, NamesTheRequiredFieldThatIsMissingOrOfTheWrongType) {
  for (const std::string path :
       {"token", "card_token", "gpa_order", "gpa_order.jit_funding", "gpa_order.jit_funding.token",
        "gpa_order.jit_funding.method", "gpa_order.jit_funding.user_token",
        "gpa_order.jit_funding.amount"}) {
    EXPECT_EQ(refusal(purchase({{path, ""}})), (ParseError{ParseFault::missing, path}));
    EXPECT_EQ(refusal(purchase({{path, "null"}})), (ParseError{ParseFault::missing, path}));
    for (const std::string json : {"true", "[]", R"(["a"])"}) {
      EXPECT_EQ(refusal(purchase({{path, json}})), (ParseError{ParseFault::wrong_type, path}))
          << json;
    }
  }
  for (const std::string path : {"gpa_order", "gpa_order.jit_funding"}) {
    EXPECT_EQ(refusal(purchase({{path, R"("a")"}})), (ParseError{ParseFault::wrong_type, path}));
  }
  for (const std::string path : {"token", "card_token", "gpa_order.jit_funding.token"}) {
    EXPECT_EQ(refusal(purchase({{path, "17"}})), (ParseError{ParseFault::wrong_type, path}));
    EXPECT_EQ(refusal(purchase({{path, "{}"}})), (ParseError{ParseFault::wrong_type, path}));
  }
}

TEST(MarqetaRequest, ToleratesNullAndAbsenceOfWhatIsOptional) {
  for (const std::string path : {"type", "gpa_order.jit_funding.acting_user_token",
                                 "gpa_order.jit_funding.business_token", "card_acceptor"}) {
    EXPECT_EQ(request(purchase({{path, "null"}})).kind, Kind::purchase) << path;
    EXPECT_EQ(request(purchase({{path, ""}})).kind, Kind::purchase) << path;
  }
  for (const std::string path :
       {"type", "gpa_order.jit_funding.acting_user_token", "gpa_order.jit_funding.business_token",
        "currency_code", "gpa_order.currency_code"}) {
    EXPECT_EQ(refusal(purchase({{path, "17"}})), (ParseError{ParseFault::wrong_type, path}));
  }
  EXPECT_EQ(request(purchase({{"state", "17"},
                              {"pos", R"({"pan_entry_mode":"NEW_MODE"})"},
                              {"fraud", "null"},
                              {"type", R"("something.new")"}}))
                .kind,
            Kind::purchase);
}

TEST(MarqetaRequest, TakesTokensUpToTheirLimits) {
  for (const std::string path : {"token", "card_token"}) {
    EXPECT_FALSE(request(purchase({{path, in_quotes(std::string(64, 'a'))}})).message.empty());
    EXPECT_EQ(refusal(purchase({{path, in_quotes(std::string(65, 'a'))}})),
              (ParseError{ParseFault::value_too_long, path}));
    for (const std::string text : {"", " ", "a b", "\xC3\xA9", "a\\n", "\\u0000"}) {
      EXPECT_EQ(refusal(purchase({{path, in_quotes(text)}})),
                (ParseError{ParseFault::not_an_identifier, path}));
    }
  }
  for (const std::string field : {"token", "method", "user_token"}) {
    const std::string path = "gpa_order.jit_funding." + field;
    EXPECT_FALSE(request(purchase({{path, in_quotes(std::string(64, 'a'))}})).message.empty());
    EXPECT_EQ(refusal(purchase({{path, in_quotes(std::string(65, 'a'))}})),
              (ParseError{ParseFault::value_too_long, path}));
    EXPECT_EQ(refusal(purchase({{path, R"("")"}})), (ParseError{ParseFault::missing, path}));
  }
}

TEST(MarqetaRequest, DropsMerchantFieldsThatAreDirty) {
  const auto merchant = [](const std::string& field, const std::string& json) {
    return request(purchase({{"card_acceptor." + field, json}})).details.merchant;
  };
  EXPECT_EQ(merchant("mcc", R"("0742")").mcc, 742);
  EXPECT_EQ(merchant("mcc", R"("9999")").mcc, 9999);
  for (const std::string json : {R"("742")", R"("58145")", R"("58A4")", R"("-814")", R"("")",
                                 "5814", "null", "{}", "[5814]"}) {
    EXPECT_EQ(merchant("mcc", json).mcc, 0) << json;
  }
  EXPECT_EQ(merchant("mid", in_quotes(std::string(32, '7'))).id.view(), std::string(32, '7'));
  EXPECT_EQ(merchant("mid", R"("  A 17   ")").id.view(), "A 17");
  for (const std::string& json :
       {in_quotes(std::string(33, '7')), std::string("17"), std::string("null"),
        std::string(R"("   ")"), std::string(R"("a\u0000b")")}) {
    EXPECT_TRUE(merchant("mid", json).id.empty()) << json;
  }
  EXPECT_EQ(merchant("name", in_quotes(std::string(63, 'n') + "\xC3\xA9")).name.view(),
            std::string(63, 'n'));
  EXPECT_EQ(merchant("name", R"("CAF\u00c9 \"7\"   ")").name.view(), "CAF\xC3\x89 \"7\"");
  for (const std::string json :
       {"17", "null", "false", R"("a\nb")", R"("\u0000")", R"("\u007f")"}) {
    EXPECT_TRUE(merchant("name", json).name.empty()) << json;
  }
  for (const std::string json : {R"("US")", R"("USAX")", R"("usa")", R"("840")", "840", "null"}) {
    EXPECT_TRUE(merchant("country_code", json).country.empty()) << json;
  }
  for (const std::string json : {"null", "17", R"("x")", "[]", "{}", R"([{"mcc":"5814"}])"}) {
    EXPECT_EQ(request(purchase({{"card_acceptor", json}})).details.merchant, core::Merchant{})
        << json;
  }
}

TEST(MarqetaRequest, RefusesACardNumberInAnyOtherString) {
  for (const std::string path :
       {"token", "card_token", "type", "network", "card_acceptor.name", "card_acceptor.city",
        "card_acceptor.mcc", "gpa_order.jit_funding.token", "gpa_order.jit_funding.user_token",
        "gpa_order.jit_funding.memo", "gpa_order.funding.source.name", "card.metadata.note",
        "pos.zip"}) {
    const ParseError error = refusal(purchase({{path, std::string(card_number)}}));
    EXPECT_EQ(error.fault, ParseFault::card_number) << path;
    std::string body;
    render_parse_error(error, body);
    EXPECT_EQ(body.find("9999"), std::string::npos) << body;
  }
}

TEST(MarqetaRequest, AcceptsLongDigitsInDocumentedIdentifiers) {
  for (const std::string path :
       {"card_acceptor.mid", "card_acceptor.network_mid", "card_acceptor.phone", "pos.terminal_id",
        "acquirer.retrieval_reference_number", "acquirer.system_trace_audit_number",
        "acquirer.institution_id_code", "network_reference_id", "network_transaction_lifecycle_id",
        "acquirer_reference_data", "issuer_payment_node",
        "digital_wallet_token.token_service_provider.token_reference_id",
        "digital_wallet_token.device.device_id"}) {
    EXPECT_EQ(request(purchase({{path, std::string(card_number)}})).kind, Kind::purchase) << path;
  }
  EXPECT_EQ(refusal(purchase({{"digital_wallet_token.token_service_provider.token_pan",
                               std::string(card_number)}}))
                .fault,
            ParseFault::card_number);
}

TEST(MarqetaRequest, RefusesFieldsGivenTwiceOrWithEscapedKeys) {
  EXPECT_EQ(refusal(R"({"token":"a","token":"a"})"),
            (ParseError{ParseFault::duplicate_key, "token"}));
  EXPECT_EQ(refusal(R"({"gpa_order":{},"gpa_order":{}})"),
            (ParseError{ParseFault::duplicate_key, "gpa_order"}));
  EXPECT_EQ(refusal(R"({"gpa_order":{"jit_funding":{"amount":1,"amount":1}}})"),
            (ParseError{ParseFault::duplicate_key, "gpa_order.jit_funding.amount"}));
  EXPECT_EQ(refusal(R"({"gpa_order":{"jit_funding":{"am\u006funt":1}}})"),
            (ParseError{ParseFault::escaped_key, "gpa_order.jit_funding"}));
  EXPECT_EQ(refusal(R"({"\u0074oken":"a"})"), (ParseError{ParseFault::escaped_key, {}}));
}

TEST(MarqetaRequest, RefusesWhatStandsBehindTheBody) {
  for (const std::string_view tail : {"x", "{}", ",", "null", "}", "\x01"}) {
    EXPECT_EQ(refusal(purchase() + std::string(tail)).fault, ParseFault::malformed) << tail;
  }
  EXPECT_EQ(request(purchase() + "\r\n\t ").kind, Kind::purchase);
  EXPECT_EQ(refusal(purchase() + std::string(1, '\0')).fault, ParseFault::malformed);
}

}  // namespace
}  // namespace authd::processors::marqeta
