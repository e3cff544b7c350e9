// What an ASA request becomes, and every way in which one is refused.

#include <gtest/gtest.h>

#include "authd/processors/lithic.h"
#include "tests/processors/changed_body.h"
#include "tests/processors/fixture_run.h"

namespace authd::processors {
namespace {

using core::Kind;
using test::BodyChange;

constexpr std::string_view token = "0748d119-a9be-407b-ab00-d56a71d4491e";

std::string purchase(std::initializer_list<BodyChange> changes = {}) {
  static const std::string body =
      test::fixture_body("lithic/approve-clear/01-gateway-asa-request.json");
  return test::changed(body, changes);
}

core::Result<Question, ParseError> read(const std::string& body, LithicOptions options = {}) {
  return test::read_question(LithicAdapter(options), body);
}

core::Request request(const std::string& body, LithicOptions options = {}) {
  const auto question = read(body, options);
  if (!question) {
    ADD_FAILURE() << question.error().field << ": " << name(question.error().fault) << "\n" << body;
    return {};
  }
  return question->request;
}

ParseError refusal(const std::string& body, LithicOptions options = {}) {
  const auto question = read(body, options);
  return question ? ParseError{ParseFault{0}, "accepted"} : question.error();
}

core::Money usd(std::int64_t minor) { return {minor, *core::Currency::from_alpha("USD")}; }

TEST(LithicRequest, TakesTheFieldsOfAPurchase) {
  const auto question = read(purchase());
  ASSERT_TRUE(question);
  const core::Request& request = question->request;
  EXPECT_EQ(request.program, core::test::fixture_program);
  EXPECT_EQ(request.message.view(), token);
  EXPECT_TRUE(request.authorization.empty());
  EXPECT_EQ(request.card.view(), "3cf4fe7b-2a49-4f30-8cab-7590e5e987bd");
  EXPECT_EQ(request.kind, Kind::purchase);
  EXPECT_EQ(request.amount, usd(4275));
  EXPECT_EQ(request.cash_back_minor, 0);
  EXPECT_FALSE(request.partial_approval);
  EXPECT_EQ(question->echo[0].view(), token);
  EXPECT_EQ(question->echo[1].view(), "NOT_PRESENT");
}

TEST(LithicRequest, TakesMerchantAndTerminal) {
  const core::Details details = request(purchase()).details;
  EXPECT_EQ(details.merchant.mcc, 5814);
  EXPECT_EQ(details.merchant.id.view(), "471183000000117");
  EXPECT_EQ(details.merchant.name.view(), "KESTREL COFFEE 04");
  EXPECT_EQ(details.merchant.country.view(), "USA");
  EXPECT_EQ(details.currency, core::Currency::from_alpha("USD"));
  EXPECT_EQ(details.entry_mode, core::EntryMode::chip);
  EXPECT_EQ(details.card_presence, core::CardPresence::present);
  EXPECT_EQ(details.channel, core::Channel::point_of_sale);
  EXPECT_EQ(details.wallet, core::Wallet::none);
  EXPECT_EQ(details.recurrence, core::Recurrence::single);
  EXPECT_EQ(details.address, core::Verification::absent);
  EXPECT_EQ(details.security_code, core::Verification::absent);
  EXPECT_EQ(details.cardholder, core::Verification::absent);
}

TEST(LithicRequest, HoldsTheLargerOfHoldAndCharge) {
  const auto held = [](const std::string& hold, const std::string& charge) {
    return request(
               purchase({{"/amounts/hold/amount", hold}, {"/amounts/cardholder/amount", charge}}))
        .amount;
  };
  EXPECT_EQ(held("12500", "100"), usd(12500));
  EXPECT_EQ(held("101", "100"), usd(101));
  EXPECT_EQ(held("99", "100"), usd(100));
  EXPECT_EQ(request(purchase({{"/amounts/hold", "null"}})).amount, usd(4275));
  EXPECT_EQ(request(purchase({{"/amounts/hold", ""}})).amount, usd(4275));
}

// In the settlement currency of a program whose cards are billed in another.
TEST(LithicRequest, IgnoresAHoldInAnotherCurrency) {
  const core::Request read = request(
      purchase({{"/amounts/hold/currency", R"("EUR")"}, {"/amounts/hold/amount", "99999"}}));
  EXPECT_EQ(read.amount, usd(4275));
  EXPECT_EQ(
      request(purchase({{"/amounts/hold/currency", "null"}, {"/amounts/hold/amount", "5000"}}))
          .amount,
      usd(5000));
}

TEST(LithicRequest, FallsBackToTheDeprecatedAmount) {
  EXPECT_EQ(request(purchase({{"/amounts", "null"}, {"/amount", "4711"}})).amount, usd(4711));
  EXPECT_EQ(request(purchase({{"/amounts/cardholder", ""},
                              {"/amounts/hold", "null"},
                              {"/cardholder_currency", R"("JPY")"}}))
                .amount,
            (core::Money{4275, *core::Currency::from_alpha("JPY")}));
  EXPECT_EQ(refusal(purchase({{"/amounts", ""}, {"/amount", ""}})),
            (ParseError{ParseFault::missing, "amount"}));
  EXPECT_EQ(refusal(purchase({{"/amounts", ""}, {"/cardholder_currency", "null"}})),
            (ParseError{ParseFault::missing, "cardholder_currency"}));
}

TEST(LithicRequest, ReadsAmountsFromTheirDigits) {
  const auto amount = [](const std::string& json) {
    return request(purchase({{"/amounts/cardholder/amount", json}, {"/amounts/hold", "null"}}))
        .amount.minor_units;
  };
  EXPECT_EQ(amount("1"), 1);
  EXPECT_EQ(amount("-0"), 0);
  EXPECT_EQ(amount("4275.00"), 4275);
  EXPECT_EQ(amount("9007199254740993"), 9'007'199'254'740'993);  // no double has it
  EXPECT_EQ(amount("999999999999999999"), core::minor_units_max);

  const auto fault = [](const std::string& json) {
    return refusal(purchase({{"/amounts/cardholder/amount", json}}));
  };
  const auto refused = [](ParseFault why) { return ParseError{why, "amounts.cardholder.amount"}; };
  EXPECT_EQ(fault("1000000000000000000"), refused(ParseFault::amount_overflow));
  EXPECT_EQ(fault("9223372036854775808"), refused(ParseFault::amount_overflow));
  EXPECT_EQ(fault("-1"), refused(ParseFault::amount_negative));
  EXPECT_EQ(fault("42.75"), refused(ParseFault::amount_too_many_decimals));
  EXPECT_EQ(fault("1e3"), refused(ParseFault::amount_exponent));
  EXPECT_EQ(fault(R"("4275")"), refused(ParseFault::wrong_type));
  EXPECT_EQ(fault("null"), refused(ParseFault::missing));
  EXPECT_EQ(fault("true"), refused(ParseFault::wrong_type));
}

TEST(LithicRequest, TakesExponentsAsTheyAre) {
  for (const std::string_view currency : {"JPY", "BHD", "CLF", "ISK"}) {
    const std::string quoted = '"' + std::string(currency) + '"';
    EXPECT_EQ(request(purchase({{"/amounts/cardholder/currency", quoted},
                                {"/amounts/hold/currency", quoted}}))
                  .amount,
              (core::Money{4275, *core::Currency::from_alpha(currency)}));
  }
}

TEST(LithicRequest, KnowsWhatTheStatusesAsk) {
  const auto kind = [](const std::string& status, const std::string& amount) {
    return request(purchase({{"/status", '"' + status + '"'},
                             {"/amounts/cardholder/amount", amount},
                             {"/amounts/hold", "null"}}))
        .kind;
  };
  EXPECT_EQ(kind("AUTHORIZATION", "1"), Kind::purchase);
  EXPECT_EQ(kind("AUTHORIZATION", "0"), Kind::account_verification);
  EXPECT_EQ(kind("FINANCIAL_AUTHORIZATION", "1"), Kind::purchase);
  EXPECT_EQ(kind("CREDIT_AUTHORIZATION", "1"), Kind::credit);
  EXPECT_EQ(kind("FINANCIAL_CREDIT_AUTHORIZATION", "1"), Kind::credit);
  EXPECT_EQ(kind("BALANCE_INQUIRY", "0"), Kind::balance_inquiry);
  EXPECT_EQ(kind("BALANCE_INQUIRY", "1"), Kind::unsupported);
  EXPECT_EQ(kind("AUTHORIZATION_ADVICE", "1"), Kind::unsupported);
  EXPECT_EQ(kind("authorization", "1"), Kind::unsupported);
  EXPECT_EQ(kind("", "1"), Kind::unsupported);
  EXPECT_EQ(refusal(purchase({{"/status", "null"}})), (ParseError{ParseFault::missing, "status"}));
  EXPECT_EQ(request(purchase({{"/event_type", R"("card.created")"}})).kind, Kind::unsupported);
  EXPECT_EQ(request(purchase({{"/event_type", "null"}})).kind, Kind::purchase);
}

TEST(LithicRequest, TakesCreditsWithEitherSign) {
  const core::Request credit = request(purchase({{"/status", R"("CREDIT_AUTHORIZATION")"},
                                                 {"/amounts/cardholder/amount", "-4275"},
                                                 {"/amounts/hold/amount", "0"},
                                                 {"/cash_amount", "-1"}}));
  EXPECT_EQ(credit.kind, Kind::credit);
  EXPECT_EQ(credit.amount, usd(4275));
  EXPECT_EQ(credit.cash_back_minor, 0);
}

TEST(LithicRequest, TellsCashFromCashBack) {
  const auto with_cash = [](const std::string& cash) {
    return request(purchase({{"/cash_amount", cash}}));
  };
  EXPECT_EQ(with_cash("4274").kind, Kind::purchase);
  EXPECT_EQ(with_cash("4274").cash_back_minor, 4274);
  EXPECT_EQ(with_cash("4275").kind, Kind::cash);
  EXPECT_EQ(with_cash("4275").cash_back_minor, 0);
  EXPECT_EQ(with_cash("4276").kind, Kind::cash);
  EXPECT_EQ(with_cash("null").kind, Kind::purchase);
  EXPECT_EQ(refusal(purchase({{"/cash_amount", "-1"}})),
            (ParseError{ParseFault::amount_negative, "cash_amount"}));
  EXPECT_EQ(refusal(purchase({{"/cash_amount", R"("1")"}})),
            (ParseError{ParseFault::wrong_type, "cash_amount"}));

  EXPECT_EQ(request(purchase({{"/pos/terminal/type", R"("ATM")"}})).kind, Kind::cash);
  EXPECT_EQ(request(purchase({{"/merchant/mcc", R"("6010")"}})).kind, Kind::cash);
  EXPECT_EQ(request(purchase({{"/merchant/mcc", R"("6011")"}})).kind, Kind::cash);
  EXPECT_EQ(request(purchase({{"/merchant/mcc", R"("6012")"}})).kind, Kind::purchase);
}

TEST(LithicRequest, AllowsAPartOnlyOfWhatIsNoEstimate) {
  const std::string capable = "/pos/terminal/partial_approval_capable";
  EXPECT_TRUE(request(purchase({{capable, "true"}})).partial_approval);
  EXPECT_FALSE(request(purchase({{capable, "false"}})).partial_approval);
  EXPECT_FALSE(request(purchase({{capable, "null"}})).partial_approval);
  EXPECT_FALSE(request(purchase({{capable, R"("true")"}})).partial_approval);
  EXPECT_FALSE(
      request(purchase({{capable, "true"}, {"/amounts/hold/amount", "4276"}})).partial_approval);
}

TEST(LithicRequest, BelongsToItsTransactionInTheEventTokenBeta) {
  const std::string body = purchase({{"/event_token", R"("6a1d")"}});
  EXPECT_EQ(request(body).message.view(), token);
  EXPECT_TRUE(request(body).authorization.empty());

  const LithicOptions beta{true, false};
  EXPECT_EQ(request(body, beta).message.view(), "6a1d");
  EXPECT_EQ(request(body, beta).authorization.view(), token);
  EXPECT_EQ(refusal(purchase(), beta), (ParseError{ParseFault::missing, "event_token"}));
}

TEST(LithicRequest, RefusesWhatHasNoName) {
  EXPECT_EQ(refusal(purchase({{"/token", ""}})), (ParseError{ParseFault::missing, "token"}));
  EXPECT_EQ(refusal(purchase({{"/token", R"("")"}})),
            (ParseError{ParseFault::not_an_identifier, "token"}));
  const std::string long_token = '"' + std::string(65, 'x') + '"';
  EXPECT_EQ(refusal(purchase({{"/token", long_token}})),
            (ParseError{ParseFault::value_too_long, "token"}));
  EXPECT_EQ(refusal(purchase({{"/card/token", "null"}})),
            (ParseError{ParseFault::missing, "card.token"}));
  EXPECT_EQ(refusal(purchase({{"/card", "null"}})),
            (ParseError{ParseFault::missing, "card.token"}));
  EXPECT_EQ(refusal(purchase({{"/amounts/cardholder/currency", R"("XYZ")"}})),
            (ParseError{ParseFault::unknown_currency, "amounts.cardholder.currency"}));
  EXPECT_EQ(refusal(purchase({{"/amounts/cardholder/currency", R"("usd")"}})),
            (ParseError{ParseFault::unknown_currency, "amounts.cardholder.currency"}));
}

TEST(LithicRequest, RefusesCardNumbersButNotInIdentifiers) {
  const std::string looks_like_one = R"("9999012345678907")";  // invented, passes Luhn
  EXPECT_EQ(refusal(purchase({{"/merchant/descriptor", looks_like_one}})).fault,
            ParseFault::card_number);
  EXPECT_EQ(refusal(purchase({{"/card/memo", looks_like_one}})).fault, ParseFault::card_number);
  EXPECT_EQ(refusal(purchase({{"/token", looks_like_one}})).fault, ParseFault::card_number);
  for (const char* const pointer :
       {"/merchant/acceptor_id", "/merchant/acquiring_institution_id", "/merchant/phone_number",
        "/pos/terminal/acceptor_terminal_id"}) {
    EXPECT_TRUE(read(purchase({{pointer, looks_like_one}}))) << pointer;
  }
}

TEST(LithicRequest, LeavesOutWhatIsDirty) {
  const core::Details details = request(purchase({{"/merchant/mcc", "5814"},
                                                  {"/merchant/acceptor_id", R"("ab\u0000c")"},
                                                  {"/merchant/descriptor", R"("  KESTREL  ")"},
                                                  {"/merchant/country", R"("us")"},
                                                  {"/amounts/merchant/currency", R"("???")"},
                                                  {"/merchant_currency", R"("GBP")"},
                                                  {"/pos/entry_mode", R"("chip")"},
                                                  {"/token_info", "17"}}))
                                    .details;
  EXPECT_EQ(details.merchant.mcc, 0);
  EXPECT_TRUE(details.merchant.id.empty());
  EXPECT_EQ(details.merchant.name.view(), "KESTREL");
  EXPECT_TRUE(details.merchant.country.empty());
  EXPECT_EQ(details.currency, core::Currency::from_alpha("GBP"));
  EXPECT_EQ(details.entry_mode, core::EntryMode::unknown);
  EXPECT_EQ(details.wallet, core::Wallet::none);

  const std::string long_text = '"' + std::string(65, 'x') + '"';
  const core::Merchant merchant =
      request(purchase({{"/merchant/acceptor_id", long_text}, {"/merchant/descriptor", long_text}}))
          .details.merchant;
  EXPECT_TRUE(merchant.id.empty());
  EXPECT_EQ(merchant.name.view().size(), 64U);
  EXPECT_EQ(request(purchase({{"/merchant", "null"},
                              {"/merchant_currency", "null"},
                              {"/amounts/merchant", "null"}}))
                .details.currency,
            core::Currency::from_alpha("USD"));
}

template <class Value>
struct Told {
  std::string word;
  Value value;
};

// Reads each word at the pointer into the detail, and one that nobody knows.
template <class Value>
void expect_words(const std::string& pointer, Value core::Details::*detail,
                  const std::vector<Told<Value>>& words, Value unknown) {
  for (const auto& [word, value] : words) {
    SCOPED_TRACE(word);
    EXPECT_EQ(request(purchase({{pointer, '"' + word + '"'}})).details.*detail, value);
  }
  EXPECT_EQ(request(purchase({{pointer, R"("NEVER_HEARD_OF")"}})).details.*detail, unknown);
  EXPECT_EQ(request(purchase({{pointer, "null"}})).details.*detail, unknown);
  EXPECT_EQ(request(purchase({{pointer, "17"}})).details.*detail, unknown);
}

TEST(LithicRequest, KnowsTheWordsOfTheTerminal) {
  using core::EntryMode;
  expect_words<EntryMode>("/pos/entry_mode/pan", &core::Details::entry_mode,
                          {{"ICC", EntryMode::chip},
                           {"CONTACTLESS", EntryMode::contactless},
                           {"MAGNETIC_STRIPE", EntryMode::magnetic_stripe},
                           {"ERROR_MAGNETIC_STRIPE", EntryMode::fallback},
                           {"ERROR_KEYED", EntryMode::manual},
                           {"KEY_ENTERED", EntryMode::manual},
                           {"MANUAL", EntryMode::manual},
                           {"ECOMMERCE", EntryMode::ecommerce},
                           {"SECURE_CARDLESS", EntryMode::ecommerce},
                           {"CREDENTIAL_ON_FILE", EntryMode::credential_on_file},
                           {"AUTO_ENTRY", EntryMode::other},
                           {"BAR_CODE", EntryMode::other},
                           {"OCR", EntryMode::other},
                           {"UNSPECIFIED", EntryMode::unknown}},
                          EntryMode::unknown);
  using core::CardPresence;
  expect_words<CardPresence>(
      "/pos/entry_mode/card", &core::Details::card_presence,
      {{"PRESENT", CardPresence::present}, {"NOT_PRESENT", CardPresence::not_present}},
      CardPresence::unknown);
  using core::Channel;
  expect_words<Channel>("/pos/entry_mode/cardholder", &core::Details::channel,
                        {{"ELECTRONIC_ORDER", Channel::ecommerce},
                         {"MAIL_ORDER", Channel::mail_or_telephone},
                         {"TELEPHONE_ORDER", Channel::mail_or_telephone},
                         {"PRESENT", Channel::point_of_sale}},
                        Channel::unknown);
  expect_words<Channel>("/pos/terminal/type", &core::Details::channel,
                        {{"ATM", Channel::atm}, {"ECOMMERCE", Channel::ecommerce}},
                        Channel::point_of_sale);
  using core::Recurrence;
  expect_words<Recurrence>("/pos/entry_mode/cardholder", &core::Details::recurrence,
                           {{"REOCCURRING", Recurrence::recurring},
                            {"INSTALLMENT", Recurrence::installment},
                            {"ELECTRONIC_ORDER", Recurrence::single},
                            {"MAIL_ORDER", Recurrence::single},
                            {"TELEPHONE_ORDER", Recurrence::single},
                            {"PRESENT", Recurrence::single},
                            {"NOT_PRESENT", Recurrence::unknown}},
                           Recurrence::unknown);
}

TEST(LithicRequest, KnowsTheWordsOfVerifications) {
  using core::Verification;
  expect_words<Verification>("/avs/address_on_file_match", &core::Details::address,
                             {{"MATCH", Verification::match},
                              {"MATCH_ADDRESS_ONLY", Verification::partial},
                              {"MATCH_ZIP_ONLY", Verification::partial},
                              {"MISMATCH", Verification::mismatch},
                              {"NOT_PRESENT", Verification::absent}},
                             Verification::absent);
  expect_words<Verification>("/cardholder_authentication/authentication_result",
                             &core::Details::cardholder,
                             {{"SUCCESS", Verification::match},
                              {"ATTEMPTS", Verification::partial},
                              {"DECLINE", Verification::mismatch},
                              {"NONE", Verification::absent}},
                             Verification::absent);
  using core::Wallet;
  const auto wallet = [](const std::string& json) {
    return request(purchase({{"/token_info", json}})).details.wallet;
  };
  EXPECT_EQ(wallet(R"({"wallet_type":"APPLE_PAY"})"), Wallet::apple);
  EXPECT_EQ(wallet(R"({"wallet_type":"GOOGLE_PAY"})"), Wallet::google);
  EXPECT_EQ(wallet(R"({"wallet_type":"ANDROID_PAY"})"), Wallet::google);
  EXPECT_EQ(wallet(R"({"wallet_type":"SAMSUNG_PAY"})"), Wallet::samsung);
  EXPECT_EQ(wallet(R"({"wallet_type":"MERCHANT"})"), Wallet::other);
  EXPECT_EQ(wallet(R"({"wallet_type":"NONE"})"), Wallet::none);
  EXPECT_EQ(wallet("{}"), Wallet::other);
  EXPECT_EQ(wallet("null"), Wallet::none);
}

}  // namespace
}  // namespace authd::processors
