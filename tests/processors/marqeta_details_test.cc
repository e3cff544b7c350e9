// What Marqeta says about where and how a card was used.

#include <gtest/gtest.h>

#include "authd/processors/marqeta.h"
#include "tests/processors/marqeta_bodies.h"

namespace authd::processors::marqeta {
namespace {

using core::CardPresence;
using core::Channel;
using core::EntryMode;
using core::Recurrence;
using core::Verification;
using core::Wallet;

using test::parse;

core::Request request(std::initializer_list<test::Change> changes) {
  const auto message = parse(test::purchase(changes));
  EXPECT_TRUE(message) << message.error().field;
  return message ? message->request : core::Request{};
}

core::Details details(const std::string& path, const std::string& json) {
  return request({{path, json}}).details;
}

// Neither refuses a message nor is taken for something.
const char* const odd[] = {"null", "7", "{}", "[]", R"("")", R"("SOMETHING_NEW")"};

TEST(MarqetaDetails, TellHowTheCardWasRead) {
  const std::string path = "pos.pan_entry_mode";
  EXPECT_EQ(details(path, R"("CHIP")").entry_mode, EntryMode::chip);
  EXPECT_EQ(details(path, R"("MAG_STRIPE_CONTACTLESS")").entry_mode, EntryMode::contactless);
  EXPECT_EQ(details(path, R"("CHIP_FALLBACK")").entry_mode, EntryMode::fallback);
  EXPECT_EQ(details(path, R"("KEY_ENTERED")").entry_mode, EntryMode::manual);
  EXPECT_EQ(details(path, R"("CARD_ON_FILE")").entry_mode, EntryMode::credential_on_file);
  for (const char* const json : odd) {
    EXPECT_EQ(details(path, json).entry_mode, EntryMode::unknown) << json;
  }
}

TEST(MarqetaDetails, TellWhetherTheCardWasThere) {
  const std::string path = "pos.card_presence";
  EXPECT_EQ(details(path, "true").card_presence, CardPresence::present);
  EXPECT_EQ(details(path, "false").card_presence, CardPresence::not_present);
  EXPECT_EQ(details(path, R"("TRUE")").card_presence, CardPresence::present);
  for (const char* const json : odd) {
    EXPECT_EQ(details(path, json).card_presence, CardPresence::unknown) << json;
  }
}

TEST(MarqetaDetails, TellTheChannel) {
  const std::string path = "transaction_metadata.payment_channel";
  EXPECT_EQ(details(path, R"("ATM")").channel, Channel::atm);
  EXPECT_EQ(details(path, R"("ECOMMERCE")").channel, Channel::ecommerce);
  EXPECT_EQ(details(path, R"("PHONE")").channel, Channel::mail_or_telephone);
  for (const char* const json : odd) {
    EXPECT_EQ(request({{path, json}, {"pos.card_presence", "true"}}).details.channel,
              Channel::point_of_sale)
        << json;
    EXPECT_EQ(request({{path, json}, {"pos.card_presence", "false"}}).details.channel,
              Channel::unknown)
        << json;
  }
}

TEST(MarqetaDetails, TellTheWallet) {
  const std::string path = "digital_wallet_token.token_service_provider.token_requestor_name";
  EXPECT_EQ(request({}).details.wallet, Wallet::none);
  EXPECT_EQ(details(path, R"("APPLE_PAY")").wallet, Wallet::apple);
  EXPECT_EQ(details(path, R"("ANDROID_PAY")").wallet, Wallet::google);
  EXPECT_EQ(details(path, R"("SAMSUNG_PAY")").wallet, Wallet::samsung);
  for (const char* const json : odd) EXPECT_EQ(details(path, json).wallet, Wallet::other) << json;
  EXPECT_EQ(details("digital_wallet_token", "null").wallet, Wallet::none);
}

TEST(MarqetaDetails, TellWhetherItRecurs) {
  EXPECT_EQ(details("pos.is_recurring", "true").recurrence, Recurrence::recurring);
  EXPECT_EQ(
      request({{"pos.is_recurring", "false"}, {"pos.is_installment", "true"}}).details.recurrence,
      Recurrence::installment);
  EXPECT_EQ(
      request({{"pos.is_recurring", "false"}, {"pos.is_installment", "null"}}).details.recurrence,
      Recurrence::single);
  EXPECT_EQ(request({{"pos.is_recurring", "null"}, {"pos.is_installment", "7"}}).details.recurrence,
            Recurrence::unknown);
}

TEST(MarqetaDetails, TellTheMerchantsCurrencyByItsNumber) {
  const std::string path = "currency_conversion.network.original_currency_code";
  EXPECT_EQ(details(path, R"("826")").currency, *core::Currency::from_alpha("GBP"));
  EXPECT_EQ(details(path, R"("048")").currency, *core::Currency::from_alpha("BHD"));
  for (const std::string json : {"null", "826", R"("82")", R"("GBP")", R"("000")", "{}"}) {
    EXPECT_EQ(details(path, json).currency, *core::Currency::from_alpha("USD")) << json;
  }
}

TEST(MarqetaDetails, TellTheVerifications) {
  const std::string avs = "gpa_order.jit_funding.address_verification.issuer.response.code";
  EXPECT_EQ(details(avs, R"("0000")").address, Verification::match);
  EXPECT_EQ(details(avs, R"("0100")").address, Verification::partial);
  EXPECT_EQ(details(avs, R"("0101")").address, Verification::mismatch);
  const std::string cvv = "card_security_code_verification.response.code";
  EXPECT_EQ(details(cvv, R"("0000")").security_code, Verification::match);
  EXPECT_EQ(details(cvv, R"("0001")").security_code, Verification::mismatch);
  const std::string result = "cardholder_authentication_data.verification_result";
  EXPECT_EQ(details(result, R"("verified")").cardholder, Verification::match);
  EXPECT_EQ(details(result, R"("failed")").cardholder, Verification::mismatch);
  const std::string indicator = "cardholder_authentication_data.electronic_commerce_indicator";
  EXPECT_EQ(
      request({{result, "null"}, {indicator, R"("authentication_attempted")"}}).details.cardholder,
      Verification::partial);
  for (const char* const json : odd) {
    EXPECT_EQ(details(avs, json).address, Verification::absent) << json;
    EXPECT_EQ(details(cvv, json).security_code, Verification::absent) << json;
    EXPECT_EQ(request({{result, json}, {indicator, json}}).details.cardholder, Verification::absent)
        << json;
  }
}

TEST(MarqetaDetails, TellWhetherLessMayBeApproved) {
  EXPECT_TRUE(request({{"pos.partial_approval_capable", "true"}}).partial_approval);
  EXPECT_FALSE(request({{"pos.partial_approval_capable", "false"}}).partial_approval);
  for (const char* const json : odd) {
    EXPECT_FALSE(request({{"pos.partial_approval_capable", json}}).partial_approval) << json;
  }
}

TEST(MarqetaRequest, TakesACashBackUpToTheWholeAmount) {
  EXPECT_EQ(request({}).cash_back_minor, 0);
  EXPECT_EQ(request({{"cash_back_amount", "null"}}).cash_back_minor, 0);
  EXPECT_EQ(request({{"cash_back_amount", "20.00"}}).cash_back_minor, 2'000);
  const auto amount = request({}).amount;
  EXPECT_EQ(request({{"cash_back_amount", core::to_major_units(amount)}}).cash_back_minor,
            amount.minor_units);
  const auto more = parse(test::purchase(
      {{"cash_back_amount", core::to_major_units({amount.minor_units + 1, amount.currency})}}));
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error(), (ParseError{ParseFault::conflicting, "cash_back_amount"}));
  const auto negative = parse(test::purchase({{"cash_back_amount", "-1"}}));
  ASSERT_FALSE(negative);
  EXPECT_EQ(negative.error().field, "cash_back_amount");
}

TEST(MarqetaRequest, PrefersTheOriginalTransactionOfAnIncrement) {
  const auto life_cycle = request({{"type", R"("authorization.incremental")"},
                                   {"preceding_related_transaction_token", R"("second")"},
                                   {"original_transaction_token", R"("first")"}})
                              .authorization;
  EXPECT_EQ(life_cycle.view(), "first");
}

}  // namespace
}  // namespace authd::processors::marqeta
