// What Stripe says about where and how a card was used.

#include <gtest/gtest.h>

#include "authd/processors/stripe_countries.h"
#include "tests/processors/stripe_bodies.h"

namespace authd::processors {
namespace {

using core::CardPresence;
using core::Channel;
using core::EntryMode;
using core::Verification;
using core::Wallet;
using test::stripe::question;
using test::stripe::read;

core::Details details(const std::string& path, const std::string& json) {
  return read(question({{"data.object." + path, json}})).details;
}

// Neither refuses a message nor is taken for something.
const char* const odd[] = {"", "null", "7", "true", "{}", "[]", R"("")", R"("something_new")"};

TEST(StripeDetails, TellTheMerchant) {
  const core::Merchant merchant = read(question()).details.merchant;
  EXPECT_EQ(merchant.mcc, 5814);
  EXPECT_EQ(merchant.id.view(), "471183");
  EXPECT_EQ(merchant.name.view(), "KESTREL COFFEE 04");
  EXPECT_EQ(merchant.country.view(), "USA");
}

TEST(StripeDetails, DoNotNeedTheMerchant) {
  for (const char* const json : {"", "null", "7", "[]"}) {
    EXPECT_EQ(details("merchant_data", json).merchant, core::Merchant{}) << json;
  }
}

TEST(StripeDetails, LeaveOutWhatTheAcquirerMadeUnusable) {
  const std::string in_merchant = "merchant_data.";
  for (const char* const json : {"null", "7", "{}", R"("")", R"("A\u0000B")", R"("A\nB")"}) {
    EXPECT_TRUE(details(in_merchant + "name", json).merchant.name.empty()) << json;
    EXPECT_TRUE(details(in_merchant + "network_id", json).merchant.id.empty()) << json;
    EXPECT_TRUE(details(in_merchant + "country", json).merchant.country.empty()) << json;
    EXPECT_EQ(details(in_merchant + "category_code", json).merchant.mcc, 0) << json;
  }
  EXPECT_EQ(details(in_merchant + "name", R"("  AT THE  SEA ")").merchant.name.view(),
            "AT THE  SEA");
  const std::string longest(64, 'n');
  EXPECT_EQ(details(in_merchant + "name", '"' + longest + "n\"").merchant.name.view(), longest);
  const std::string id(32, '7');
  EXPECT_EQ(details(in_merchant + "network_id", '"' + id + '"').merchant.id.view(), id);
  EXPECT_TRUE(details(in_merchant + "network_id", '"' + id + "7\"").merchant.id.empty());
  EXPECT_EQ(details(in_merchant + "category_code", R"("0742")").merchant.mcc, 742);
  EXPECT_EQ(details(in_merchant + "category_code", R"("58140")").merchant.mcc, 0);
}

TEST(StripeDetails, TellCountriesInThreeLetters) {
  const auto country = [](const std::string& code) {
    return std::string(details("merchant_data.country", '"' + code + '"').merchant.country.view());
  };
  EXPECT_EQ(country("AD"), "AND");
  EXPECT_EQ(country("DE"), "DEU");
  EXPECT_EQ(country("GB"), "GBR");
  EXPECT_EQ(country("ZW"), "ZWE");
  EXPECT_EQ(country(" US "), "USA");
  EXPECT_EQ(country("us"), "");
  EXPECT_EQ(country("USA"), "");
  EXPECT_EQ(country("AA"), "");
  EXPECT_EQ(country("ZZ"), "");
}

TEST(StripeDetails, KnowEveryCountryOnce) {
  for (std::size_t i = 0; i < stripe::countries.size(); ++i) {
    const auto& [alpha_2, alpha_3] = stripe::countries[i];
    EXPECT_EQ(alpha_2.size(), 2U);
    EXPECT_EQ(alpha_3.size(), 3U);
    EXPECT_EQ(stripe::alpha_3_of(alpha_2), alpha_3);
    if (i > 0) {
      EXPECT_LT(stripe::countries[i - 1].alpha_2, alpha_2);
    }
  }
  EXPECT_EQ(stripe::countries.size(), 249U);
}

TEST(StripeDetails, TellTheMerchantsCurrency) {
  const std::string path = "pending_request.merchant_currency";
  EXPECT_EQ(details(path, R"("gbp")").currency, *core::Currency::from_alpha("GBP"));
  for (const char* const json : odd) {
    EXPECT_EQ(details(path, json).currency, *core::Currency::from_alpha("USD")) << json;
  }
}

TEST(StripeDetails, TellHowTheCardWasRead) {
  const std::string path = "authorization_method";
  EXPECT_EQ(details(path, R"("chip")").entry_mode, EntryMode::chip);
  EXPECT_EQ(details(path, R"("contactless")").entry_mode, EntryMode::contactless);
  EXPECT_EQ(details(path, R"("keyed_in")").entry_mode, EntryMode::manual);
  EXPECT_EQ(details(path, R"("online")").entry_mode, EntryMode::ecommerce);
  EXPECT_EQ(details(path, R"("swipe")").entry_mode, EntryMode::magnetic_stripe);
  for (const char* const json : odd) {
    EXPECT_EQ(details(path, json).entry_mode, EntryMode::unknown) << json;
  }
}

TEST(StripeDetails, TellWhetherTheCardWasThere) {
  const std::string path = "card_presence";
  EXPECT_EQ(details(path, R"("present")").card_presence, CardPresence::present);
  EXPECT_EQ(details(path, R"("not_present")").card_presence, CardPresence::not_present);
  for (const char* const json : odd) {
    EXPECT_EQ(details(path, json).card_presence, CardPresence::unknown) << json;
  }
}

TEST(StripeDetails, TellTheChannel) {
  EXPECT_EQ(read(question()).details.channel, Channel::point_of_sale);
  EXPECT_EQ(details("authorization_method", R"("online")").channel, Channel::ecommerce);
  EXPECT_EQ(details("merchant_data.category_code", R"("6011")").channel, Channel::atm);
  EXPECT_EQ(details("merchant_data.category_code", R"("6010")").channel, Channel::point_of_sale);
  EXPECT_EQ(details("pending_request.amount_details.atm_fee", "0").channel, Channel::atm);
  EXPECT_EQ(details("pending_request.amount_details.atm_fee", R"("x")").channel,
            Channel::point_of_sale);
  EXPECT_EQ(details("card_presence", R"("not_present")").channel, Channel::unknown);
}

TEST(StripeDetails, TellTheWallet) {
  EXPECT_EQ(details("wallet", R"("apple_pay")").wallet, Wallet::apple);
  EXPECT_EQ(details("wallet", R"("google_pay")").wallet, Wallet::google);
  EXPECT_EQ(details("wallet", R"("samsung_pay")").wallet, Wallet::samsung);
  EXPECT_EQ(details("wallet", R"("pocket_pay")").wallet, Wallet::other);
  for (const char* const json : {"", "null", "7", "{}", "[]", R"("")"}) {
    EXPECT_EQ(details("wallet", json).wallet, Wallet::none) << json;
  }
}

TEST(StripeDetails, TellTheAddressCheck) {
  const auto address = [](const std::string& line, const std::string& code) {
    const std::string in = "data.object.verification_data.";
    return read(question(
                    {{in + "address_line1_check", line}, {in + "address_postal_code_check", code}}))
        .details.address;
  };
  const std::string match = R"("match")";
  const std::string mismatch = R"("mismatch")";
  const std::string none = R"("not_provided")";
  EXPECT_EQ(address(match, match), Verification::match);
  EXPECT_EQ(address(match, mismatch), Verification::partial);
  EXPECT_EQ(address(none, match), Verification::partial);
  EXPECT_EQ(address(mismatch, none), Verification::mismatch);
  EXPECT_EQ(address(mismatch, mismatch), Verification::mismatch);
  EXPECT_EQ(address(none, none), Verification::absent);
  for (const char* const json : odd) EXPECT_EQ(address(json, none), Verification::absent) << json;
}

TEST(StripeDetails, TellTheSecurityCodeCheck) {
  const std::string path = "verification_data.cvc_check";
  EXPECT_EQ(details(path, R"("match")").security_code, Verification::match);
  EXPECT_EQ(details(path, R"("mismatch")").security_code, Verification::mismatch);
  for (const char* const json : odd) {
    EXPECT_EQ(details(path, json).security_code, Verification::absent) << json;
  }
}

TEST(StripeDetails, TellTheAuthenticationOfTheCardholder) {
  const std::string path = "verification_data.three_d_secure.result";
  EXPECT_EQ(details(path, R"("authenticated")").cardholder, Verification::match);
  EXPECT_EQ(details(path, R"("attempt_acknowledged")").cardholder, Verification::partial);
  EXPECT_EQ(details(path, R"("failed")").cardholder, Verification::mismatch);
  EXPECT_EQ(details(path, R"("required")").cardholder, Verification::absent);
  for (const char* const json : odd) {
    EXPECT_EQ(details(path, json).cardholder, Verification::absent) << json;
  }
  EXPECT_EQ(details("verification_data", "null").cardholder, Verification::absent);
}

}  // namespace
}  // namespace authd::processors
