// What a relayed authorisation becomes, every way in which one is refused, and its answer.

#include <gtest/gtest.h>

#include "authd/processors/adyen.h"
#include "tests/processors/changed_body.h"
#include "tests/processors/fixture_run.h"

namespace authd::processors {
namespace {

using core::Kind;
using test::BodyChange;

std::string purchase(std::initializer_list<BodyChange> changes = {}) {
  static const std::string body =
      test::fixture_body("adyen/approve-capture/01-gateway-relayed-request.json");
  return test::changed(body, changes);
}

core::Result<Question, ParseError> read(const std::string& body, AdyenOptions options = {}) {
  return test::read_question(AdyenAdapter(std::move(options)), body);
}

core::Request request(const std::string& body, AdyenOptions options = {}) {
  const auto question = read(body, std::move(options));
  if (!question) {
    ADD_FAILURE() << question.error().field << ": " << name(question.error().fault) << "\n" << body;
    return {};
  }
  return question->request;
}

ParseError refusal(const std::string& body, AdyenOptions options = {}) {
  const auto question = read(body, std::move(options));
  return question ? ParseError{ParseFault{0}, "accepted"} : question.error();
}

core::Money eur(std::int64_t minor) { return {minor, *core::Currency::from_alpha("EUR")}; }

TEST(AdyenRequest, TakesTheFieldsOfAPurchase) {
  const core::Request read = request(purchase());
  EXPECT_EQ(read.program, core::test::fixture_program);
  EXPECT_EQ(read.message.view(), "9WFWKQJLZBP342WH");
  EXPECT_TRUE(read.authorization.empty());
  EXPECT_EQ(read.card.view(), "PIMF7R1WMHHC0648FASDGSB2N");
  EXPECT_EQ(read.kind, Kind::purchase);
  EXPECT_EQ(read.amount, eur(2740));
  EXPECT_EQ(read.cash_back_minor, 0);
  EXPECT_FALSE(read.partial_approval);  // no answer could say it
  EXPECT_EQ(read.details.merchant.mcc, 5814);
  EXPECT_EQ(read.details.merchant.id.view(), "000448120000301");
  EXPECT_EQ(read.details.merchant.name.view(), "Copper Kettle Utrecht");
  EXPECT_EQ(read.details.merchant.country.view(), "NLD");
  EXPECT_EQ(read.details.currency, core::Currency::from_alpha("EUR"));
  EXPECT_EQ(read.details.entry_mode, core::EntryMode::contactless);
  EXPECT_EQ(read.details.card_presence, core::CardPresence::present);
  EXPECT_EQ(read.details.channel, core::Channel::point_of_sale);
}

TEST(AdyenRequest, ReadsTheDirectionFromTheSign) {
  const auto with_value = [](const std::string& value) {
    return request(purchase({{"/amount/value", value}}));
  };
  EXPECT_EQ(with_value("-1").kind, Kind::purchase);
  EXPECT_EQ(with_value("-1").amount, eur(1));
  EXPECT_EQ(with_value("1").kind, Kind::credit);
  EXPECT_EQ(with_value("1").amount, eur(1));
  EXPECT_EQ(with_value("0").kind, Kind::account_verification);
  EXPECT_EQ(with_value("-0").kind, Kind::account_verification);
}

TEST(AdyenRequest, ReadsAmountsFromTheirDigits) {
  const auto amount = [](const std::string& json) {
    return request(purchase({{"/amount/value", json}})).amount.minor_units;
  };
  EXPECT_EQ(amount("-2740.0"), 2740);
  EXPECT_EQ(amount("-9007199254740993"), 9'007'199'254'740'993);  // no double has it
  EXPECT_EQ(amount("-999999999999999999"), core::minor_units_max);

  const auto fault = [](const std::string& json) {
    const ParseError error = refusal(purchase({{"/amount/value", json}}));
    EXPECT_EQ(error.field, "amount.value");
    return error.fault;
  };
  EXPECT_EQ(fault("1000000000000000000"), ParseFault::amount_overflow);
  EXPECT_EQ(fault("-9223372036854775808"), ParseFault::number_out_of_range);
  EXPECT_EQ(fault("-27.4"), ParseFault::amount_too_many_decimals);
  EXPECT_EQ(fault("-1e3"), ParseFault::amount_exponent);
  EXPECT_EQ(fault(R"("-2740")"), ParseFault::wrong_type);
  EXPECT_EQ(fault("null"), ParseFault::missing);
}

TEST(AdyenRequest, CountsInItsOwnDecimals) {
  const auto amount = [](const std::string& currency, const std::string& value,
                         AdyenOptions options = {}) {
    return request(purchase({{"/amount/value", value}, {"/amount/currency", '"' + currency + '"'}}),
                   std::move(options))
        .amount;
  };
  const auto money = [](std::string_view currency, std::int64_t minor) {
    return core::Money{minor, *core::Currency::from_alpha(currency)};
  };
  EXPECT_EQ(amount("CLP", "-1500"), money("CLP", 15));
  EXPECT_EQ(amount("ISK", "-1500"), money("ISK", 15));
  EXPECT_EQ(amount("CVE", "-15"), money("CVE", 1500));
  EXPECT_EQ(amount("IDR", "-15"), money("IDR", 1500));
  EXPECT_EQ(amount("JPY", "-15"), money("JPY", 15));
  EXPECT_EQ(amount("BHD", "-15"), money("BHD", 15));

  EXPECT_EQ(refusal(purchase({{"/amount/value", "-1501"}, {"/amount/currency", R"("CLP")"}})),
            (ParseError{ParseFault::amount_too_many_decimals, "amount.value"}));
  const std::string idr_max = std::to_string(core::minor_units_max / 100);
  EXPECT_EQ(amount("IDR", "-" + idr_max), money("IDR", core::minor_units_max / 100 * 100));
  EXPECT_EQ(refusal(purchase(
                {{"/amount/value", "-10000000000000000"}, {"/amount/currency", R"("IDR")"}})),
            (ParseError{ParseFault::amount_overflow, "amount.value"}));

  AdyenOptions iso;
  iso.decimals = adyen::Decimals::iso_4217;
  for (const char* const currency : {"CLP", "ISK", "CVE", "IDR"}) {
    EXPECT_EQ(amount(currency, "-1501", iso), money(currency, 1501));
  }
}

TEST(AdyenRequest, KnowsWhatTheTerminalAsks) {
  const auto kind = [](const std::string& type, const std::string& value) {
    return request(purchase({{"/processingType", '"' + type + '"'}, {"/amount/value", value}}))
        .kind;
  };
  EXPECT_EQ(kind("atmWithdraw", "-1"), Kind::cash);
  EXPECT_EQ(kind("atmWithdraw", "1"), Kind::credit);
  EXPECT_EQ(kind("balanceInquiry", "0"), Kind::balance_inquiry);
  EXPECT_EQ(kind("balanceInquiry", "-1"), Kind::unsupported);
  EXPECT_EQ(kind("purchaseWithCashback", "-1"), Kind::purchase);
  EXPECT_EQ(kind("neverHeardOf", "-1"), Kind::purchase);
  EXPECT_EQ(request(purchase({{"/merchantData/mcc", R"("6011")"}})).kind, Kind::cash);
  EXPECT_EQ(request(purchase({{"/merchantData/mcc", R"("6010")"}})).kind, Kind::cash);
  EXPECT_EQ(request(purchase({{"/type", R"("balancePlatform.authentication.relayed")"}})).kind,
            Kind::unsupported);
  EXPECT_EQ(request(purchase({{"/type", "null"}})).kind, Kind::purchase);
}

TEST(AdyenRequest, RefusesWhatHasNoName) {
  EXPECT_EQ(refusal(purchase({{"/id", "null"}})), (ParseError{ParseFault::missing, "id"}));
  EXPECT_EQ(refusal(purchase({{"/paymentInstrument/id", ""}})),
            (ParseError{ParseFault::missing, "paymentInstrument.id"}));
  EXPECT_EQ(refusal(purchase({{"/paymentInstrument", "null"}})),
            (ParseError{ParseFault::missing, "paymentInstrument.id"}));
  EXPECT_EQ(refusal(purchase({{"/amount", "null"}})),
            (ParseError{ParseFault::missing, "amount.value"}));
  EXPECT_EQ(refusal(purchase({{"/amount/currency", "null"}})),
            (ParseError{ParseFault::missing, "amount.currency"}));
  EXPECT_EQ(refusal(purchase({{"/amount/currency", R"("XXX")"}})),
            (ParseError{ParseFault::unknown_currency, "amount.currency"}));
}

TEST(AdyenRequest, RefusesCardNumbersButNotInIdentifiers) {
  const std::string looks_like_one = R"("9999012345678907")";  // invented, passes Luhn
  EXPECT_EQ(refusal(purchase({{"/paymentInstrument/card/number", looks_like_one}})).fault,
            ParseFault::card_number);
  EXPECT_EQ(refusal(purchase({{"/merchantData/nameLocation/rawData", looks_like_one}})).fault,
            ParseFault::card_number);
  for (const char* const pointer :
       {"/merchantData/merchantId", "/merchantData/acquirerId", "/authCode", "/reference",
        "/schemeTraceId", "/schemeUniqueTransactionId"}) {
    EXPECT_TRUE(read(purchase({{pointer, looks_like_one}}))) << pointer;
  }
}

TEST(AdyenRequest, LeavesOutWhatIsDirty) {
  const std::string long_text = '"' + std::string(65, 'x') + '"';
  const core::Details details =
      request(purchase({{"/merchantData/mcc", R"("58x4")"},
                        {"/merchantData/merchantId", long_text},
                        {"/merchantData/nameLocation/name", R"("\u0000")"},
                        {"/merchantData/nameLocation/country", R"("NETHERLANDS")"},
                        {"/originalAmount/currency", R"("??")"},
                        {"/entryMode", "17"}}))
          .details;
  EXPECT_EQ(details.merchant, core::Merchant());
  EXPECT_EQ(details.currency, core::Currency::from_alpha("EUR"));
  EXPECT_EQ(details.entry_mode, core::EntryMode::unknown);
  EXPECT_EQ(request(purchase({{"/originalAmount/currency", R"("GBP")"}})).details.currency,
            core::Currency::from_alpha("GBP"));
  EXPECT_EQ(
      request(purchase({{"/merchantData", "null"}, {"/originalAmount", "null"}})).details.currency,
      core::Currency::from_alpha("EUR"));
}

TEST(AdyenRequest, KnowsTheWordsOfTheTerminal) {
  using core::CardPresence;
  using core::Channel;
  using core::EntryMode;
  const auto entry = [](const std::string& word) {
    return request(purchase({{"/entryMode", '"' + word + '"'}})).details;
  };
  struct Entry {
    std::string word;
    EntryMode mode;
    CardPresence presence;
  };
  const Entry entries[] = {{"chip", EntryMode::chip, CardPresence::present},
                           {"contactless", EntryMode::contactless, CardPresence::present},
                           {"magstripe", EntryMode::magnetic_stripe, CardPresence::present},
                           {"manual", EntryMode::manual, CardPresence::unknown},
                           {"ecommerce", EntryMode::ecommerce, CardPresence::not_present},
                           {"cof", EntryMode::credential_on_file, CardPresence::not_present},
                           {"token", EntryMode::other, CardPresence::unknown},
                           {"neverHeardOf", EntryMode::unknown, CardPresence::unknown}};
  for (const Entry& expected : entries) {
    SCOPED_TRACE(expected.word);
    EXPECT_EQ(entry(expected.word).entry_mode, expected.mode);
    EXPECT_EQ(entry(expected.word).card_presence, expected.presence);
  }
  const auto processing = [](const std::string& word) {
    return request(purchase({{"/processingType", '"' + word + '"'}})).details;
  };
  EXPECT_EQ(processing("atmWithdraw").channel, Channel::atm);
  EXPECT_EQ(processing("ecommerce").channel, Channel::ecommerce);
  EXPECT_EQ(processing("moto").channel, Channel::mail_or_telephone);
  EXPECT_EQ(processing("pos").channel, Channel::point_of_sale);
  EXPECT_EQ(processing("purchaseWithCashback").channel, Channel::point_of_sale);
  EXPECT_EQ(processing("recurring").channel, Channel::unknown);
  EXPECT_EQ(processing("recurring").recurrence, core::Recurrence::recurring);
  EXPECT_EQ(processing("pos").recurrence, core::Recurrence::unknown);
}

TEST(AdyenRequest, TakesWhatAdyenHasVerified) {
  using core::Verification;
  const auto details = [](const std::string& results, const std::string& secure = "null") {
    return request(purchase({{"/validationResult", results}, {"/threeDSecure", secure}})).details;
  };
  const std::string both = R"([{"type":"CVC2","result":"valid"},)"
                           R"({"type":"CardholderAuthentication","result":"invalid"}])";
  EXPECT_EQ(details(both).security_code, Verification::match);
  EXPECT_EQ(details(both).cardholder, Verification::absent);
  EXPECT_EQ(details(both, R"({"acsTransactionId":"a"})").cardholder, Verification::mismatch);
  const std::string other = R"([{"type":"CardholderAuthentication","result":"valid"},)"
                            R"({"type":"CVC2","result":"notValidated"}])";
  EXPECT_EQ(details(other, "{}").cardholder, Verification::match);
  EXPECT_EQ(details(other).security_code, Verification::absent);
  EXPECT_EQ(details(R"([{"type":"CVC2","result":"invalid"}])").security_code,
            Verification::mismatch);
  EXPECT_EQ(details("[17, null, []]").security_code, Verification::absent);
  EXPECT_EQ(details("{}").security_code, Verification::absent);
}

std::string rendered(core::Reason reason, AdyenOptions options = {}) {
  Question asked;
  asked.request.message = *core::MessageId::from("9WFWKQJLZBP342WH");
  asked.request.amount = eur(2740);
  core::Answer answer;
  answer.decision.reason = reason;
  if (reason == core::Reason::approved) answer.decision.approved = eur(2740);
  Reply reply{500, "left: over\r\n", "left over"};
  AdyenAdapter(std::move(options)).render_answer(asked, answer, reply);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.fields, "");
  return reply.body;
}

TEST(AdyenAnswer, Authorises) {
  EXPECT_EQ(rendered(core::Reason::approved),
            R"({"authorisationDecision":{"status":"Authorised"},"reference":"9WFWKQJLZBP342WH"})");
}

TEST(AdyenAnswer, RefusesWithAReasonForPeople) {
  EXPECT_EQ(rendered(core::Reason::insufficient_funds),
            R"({"authorisationDecision":{"status":"Refused","refusalReason":"insufficient funds"},)"
            R"("reference":"9WFWKQJLZBP342WH"})");
  for (const core::Reason reason : core::all_reasons()) {
    if (reason == core::Reason::approved) continue;
    const auto body = boost::json::parse(rendered(reason));
    EXPECT_EQ(body.at("authorisationDecision").at("status").as_string(), "Refused");
    const std::string words(body.at("authorisationDecision").at("refusalReason").as_string());
    EXPECT_EQ(words.find('_'), std::string::npos);
    EXPECT_EQ(words.size(), name(reason).size());
  }
}

TEST(AdyenAnswer, AddsMetadataWhereConfigured) {
  AdyenOptions options;
  options.reason_in_metadata = true;
  EXPECT_EQ(rendered(core::Reason::amount_limit, options),
            R"({"authorisationDecision":{"status":"Refused","refusalReason":"amount limit"},)"
            R"("reference":"9WFWKQJLZBP342WH","metadata":{"decline_reason":"amount_limit"}})");
  EXPECT_EQ(rendered(core::Reason::approved, options), rendered(core::Reason::approved));
}

}  // namespace
}  // namespace authd::processors
