#include "authd/load/openings.h"

#include <gtest/gtest.h>

namespace authd {
namespace {

std::string error_of(const char* line) {
  const auto parsed = parse_opening(line);
  return parsed ? "no error" : parsed.error();
}

TEST(Openings, ReadsAnAccount) {
  const auto parsed = parse_opening(
      R"({"account":{"id":7,"currency":"JPY","balance_minor":-5,"status":"frozen","daily_limit_minor":0}})");
  ASSERT_TRUE(parsed);
  const core::Account& account = std::get<core::OpenAccount>(*parsed).account;
  EXPECT_EQ(account.id.value, 7);
  EXPECT_EQ(account.currency.alpha(), "JPY");
  EXPECT_EQ(account.posted_minor, -5);
  EXPECT_EQ(account.held_minor, 0);
  EXPECT_EQ(account.status, core::AccountStatus::frozen);
  EXPECT_EQ(account.daily_limit_minor, 0);
}

TEST(Openings, ReadsACardWithItsDefaults) {
  const auto parsed = parse_opening(
      R"({"card":{"program":"demo","token":"c1","account":7,"expires_at":"2026-11-02T12:00:00Z"}})");
  ASSERT_TRUE(parsed);
  const core::Card& card = std::get<core::IssueCard>(*parsed).card;
  EXPECT_EQ(card.status, core::CardStatus::inactive);
  EXPECT_EQ(card.expires_at.unix_us, 1'793'620'800'000'000);
  EXPECT_EQ(card.transaction_limit_minor, std::nullopt);
}

TEST(Openings, NamesWhatIsWrong) {
  EXPECT_EQ(error_of("{").substr(0, 8), "not JSON");
  EXPECT_EQ(error_of("[]"), "must be {\"account\":{…}} or {\"card\":{…}}");
  EXPECT_EQ(error_of(R"({"user":{}})"), "user is neither account nor card");
  EXPECT_EQ(error_of(R"({"account":{"currency":"USD"}})"), "account: id is required");
  EXPECT_EQ(error_of(R"({"account":{"id":0,"currency":"USD"}})"),
            "account: id must be an integer from 1 to 999999999999999999");
  EXPECT_EQ(error_of(R"({"account":{"id":1.5,"currency":"USD"}})"),
            "account: id must be an integer from 1 to 999999999999999999");
  EXPECT_EQ(error_of(R"({"account":{"id":1,"currency":"usd"}})"),
            "account: currency must be an ISO 4217 code such as USD");
  EXPECT_EQ(error_of(R"({"account":{"id":1,"currency":"USD","status":"asleep"}})"),
            "account: status is not a known status");
  EXPECT_EQ(error_of(R"({"account":{"id":1,"currency":"USD","daily_limt_minor":5}})"),
            "account: daily_limt_minor is not a known key");
  EXPECT_EQ(error_of(R"({"account":{"id":1,"currency":"USD","daily_limit_minor":-1}})"),
            "account: daily_limit_minor must be an integer from 0 to 999999999999999999");
  EXPECT_EQ(
      error_of(
          R"({"card":{"program":"demo","token":"a b","account":1,"expires_at":"2026-11-02T12:00:00Z"}})"),
      "card: token must be 1 to 64 visible ASCII characters");
  for (const char* time : {"2026-11-02", "2026-11-02T12:00:00", "2026-13-02T12:00:00Z",
                           "2026-11-02T12:00:00Zx", "tomorrow"}) {
    const std::string line =
        std::string(R"({"card":{"program":"demo","token":"c","account":1,"expires_at":")") + time +
        "\"}}";
    EXPECT_EQ(error_of(line.c_str()),
              "card: expires_at must be a UTC time such as 2031-12-31T00:00:00Z")
        << time;
  }
}

}  // namespace
}  // namespace authd
