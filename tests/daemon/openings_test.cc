#include "authd/load/openings.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>

namespace authd {
namespace {

std::string error_of(const std::string& line) {
  const auto parsed = parse_opening(line);
  return parsed ? "no error" : parsed.error();
}

template <class Command>
Command read(const std::string& line) {
  const auto parsed = parse_opening(line);
  if (!parsed) {
    ADD_FAILURE() << line << ": " << parsed.error();
    return {};
  }
  const auto* const command = std::get_if<Command>(&*parsed);
  if (command == nullptr) {
    ADD_FAILURE() << line << " is another kind of command";
    return {};
  }
  return *command;
}

TEST(Openings, ReadsAnAccount) {
  const core::Account account =
      read<core::OpenAccount>(
          R"({"account":{"id":7,"currency":"JPY","balance_minor":-5,"status":"frozen",)"
          R"("overdraft_minor":300,"minimum_minor":20}})")
          .account;
  core::Account expected;
  expected.id = {7};
  expected.currency = *core::Currency::from_alpha("JPY");
  expected.posted_minor = -5;
  expected.status = core::AccountStatus::frozen;
  expected.overdraft_minor = 300;
  expected.minimum_minor = 20;
  EXPECT_EQ(account, expected);
}

TEST(Openings, ReadsAnAccountWithItsDefaults) {
  const core::Account account =
      read<core::OpenAccount>(R"({"account":{"id":7,"currency":"USD"}})").account;
  core::Account expected;
  expected.id = {7};
  expected.currency = *core::Currency::from_alpha("USD");
  EXPECT_EQ(account, expected);
  EXPECT_EQ(account.status, core::AccountStatus::active);
}

TEST(Openings, ReadsACard) {
  const core::Card card =
      read<core::IssueCard>(
          R"({"card":{"program":"demo","token":"c1","account":7,"status":"active",)"
          R"("active_from":"2026-11-02T12:00:00Z","expires_at":"2026-11-02T12:00:00.000001Z"}})")
          .card;
  EXPECT_EQ(card.program.view(), "demo");
  EXPECT_EQ(card.token.view(), "c1");
  EXPECT_EQ(card.account.value, 7);
  EXPECT_EQ(card.status, core::CardStatus::active);
  EXPECT_EQ(card.active_from.unix_us, 1'793'620'800'000'000);
  EXPECT_EQ(card.expires_at.unix_us, 1'793'620'800'000'001);
}

TEST(Openings, ReadsACardWithItsDefaults) {
  const core::Card card =
      read<core::IssueCard>(
          R"({"card":{"program":"demo","token":"c1","account":7,"expires_at":"2026-11-02T12:00:00Z"}})")
          .card;
  EXPECT_EQ(card.status, core::CardStatus::inactive);
  EXPECT_EQ(card.active_from, core::Timestamp{});
  EXPECT_EQ(card.expires_at.unix_us, 1'793'620'800'000'000);
  EXPECT_FALSE(card.has_controls);
}

TEST(Openings, ReadsControlsAndTheirRemoval) {
  const auto set = read<core::SetControl>(
      R"({"control":{"id":3,"account":7,"limit":{"measure":"amount","max":5,"per":"lifetime"}}})");
  EXPECT_EQ(set.control.id.value, 3);
  EXPECT_EQ(set.owner.level(), core::Level::account);
  const auto remove = read<core::RemoveControl>(R"({"remove_control":{"id":3,"account":7}})");
  EXPECT_EQ(remove.control.value, 3);
  EXPECT_EQ(error_of(R"({"control":{"id":3,"account":7,"limit":{"measure":"amount","max":-5}}})"),
            "control: limit.max must be an integer from 0 to 999999999999999999");
  EXPECT_EQ(error_of(R"({"remove_control":{"account":7}})"), "remove_control: id is required");
}

TEST(Openings, ReadsChanges) {
  const auto account = read<core::ChangeAccount>(
      R"({"change_account":{"id":7,"status":"closed","overdraft_minor":1,"minimum_minor":2}})");
  EXPECT_EQ(account, (core::ChangeAccount{{7}, core::AccountStatus::closed, 1, 2}));
  const auto card = read<core::ChangeCard>(
      R"({"change_card":{"program":"demo","token":"c1","status":"frozen",)"
      R"("active_from":"1970-01-01T00:00:00Z","expires_at":"2026-11-02T12:00:00Z"}})");
  EXPECT_EQ(card, (core::ChangeCard{*core::ProgramId::from("demo"),
                                    *core::CardToken::from("c1"),
                                    core::CardStatus::frozen,
                                    {},
                                    {1'793'620'800'000'000}}));
}

// What a change leaves out would fall back to a default that nobody has asked for.
TEST(Openings, AChangeStatesEveryValue) {
  const std::map<std::string, std::string> account{
      {"id", "7"}, {"status", "\"active\""}, {"overdraft_minor", "0"}, {"minimum_minor", "0"}};
  const std::map<std::string, std::string> card{{"program", "\"demo\""},
                                                {"token", "\"c\""},
                                                {"status", "\"active\""},
                                                {"active_from", "\"2026-11-02T12:00:00Z\""},
                                                {"expires_at", "\"2027-11-02T12:00:00Z\""}};
  for (const auto& [what, members] :
       {std::pair{"change_account", account}, std::pair{"change_card", card}}) {
    for (const auto& [missing, unused] : members) {
      std::string line;
      for (const auto& [key, value] : members) {
        if (key == missing) continue;
        line += (line.empty() ? "\"" : ",\"") + key + "\":" + value;
      }
      EXPECT_EQ(error_of("{\"" + std::string(what) + "\":{" + line + "}}"),
                std::string(what) + ": " + missing + " is required");
    }
  }
}

TEST(Openings, NamesWhatIsWrong) {
  EXPECT_EQ(error_of("{").substr(0, 8), "not JSON");
  EXPECT_EQ(error_of(R"({"account":{"id":1,"id":1}})"), "id stands twice");
  const std::string one_key = "must be one object with one key, such as {\"account\":{…}}";
  EXPECT_EQ(error_of("[]"), one_key);
  EXPECT_EQ(error_of("{}"), one_key);
  EXPECT_EQ(error_of(R"({"account":{},"card":{}})"), one_key);
  EXPECT_EQ(error_of(R"({"account":[]})"), "account: must be an object");
  EXPECT_EQ(error_of(R"({"user":{}})"),
            "user: is none of account, card, control, remove_control, change_account, change_card");
  EXPECT_EQ(error_of(R"({"account":{"currency":"USD"}})"), "account: id is required");
  EXPECT_EQ(error_of(R"({"account":{"id":0,"currency":"USD"}})"),
            "account: id must be an integer from 1 to 999999999999999999");
  EXPECT_EQ(error_of(R"({"account":{"id":1.5,"currency":"USD"}})"),
            "account: id must be an integer from 1 to 999999999999999999");
  EXPECT_EQ(error_of(R"({"account":{"id":1}})"), "account: currency is required");
  EXPECT_EQ(error_of(R"({"account":{"id":1,"currency":"usd"}})"),
            "account: currency must be an ISO 4217 code such as USD");
  EXPECT_EQ(error_of(R"({"account":{"id":1,"currency":"USD","status":"asleep"}})"),
            "account: status must be one of active, frozen, closed");
  EXPECT_EQ(error_of(R"({"account":{"id":1,"currency":"USD","overdraft":5}})"),
            "account: overdraft is not a known key");
  EXPECT_EQ(
      error_of(
          R"({"card":{"program":"demo","token":"a b","account":1,"expires_at":"2026-11-02T12:00:00Z"}})"),
      "card: token must be 1 to 64 visible ASCII characters");
}

TEST(Openings, AmountsStayWithinTheirBounds) {
  const auto account = [](const std::string& member) {
    return R"({"account":{"id":1,"currency":"USD",)" + member + "}}";
  };
  for (const std::string key : {"overdraft_minor", "minimum_minor"}) {
    EXPECT_EQ(error_of(account("\"" + key + "\":0")), "no error");
    EXPECT_EQ(error_of(account("\"" + key + "\":999999999999999999")), "no error");
    for (const char* wrong : {"-1", "1000000000000000000", "0.0", "\"0\""}) {
      EXPECT_EQ(error_of(account("\"" + key + "\":" + wrong)),
                "account: " + key + " must be an integer from 0 to 999999999999999999");
    }
  }
  EXPECT_EQ(error_of(account(R"("balance_minor":-999999999999999999)")), "no error");
  EXPECT_EQ(error_of(account(R"("balance_minor":-1000000000000000000)")),
            "account: balance_minor must be an integer from -999999999999999999 to "
            "999999999999999999");
}

TEST(Openings, TheFormerLimitsNameWhatTookTheirPlace) {
  const std::string control = "\"limit\": {\"measure\": \"amount\", \"max\": …, \"per\": ";
  EXPECT_EQ(error_of(R"({"account":{"id":1,"currency":"USD","daily_limit_minor":5}})"),
            "account: daily_limit_minor is not a key any more: write a control line with " +
                control + "\"day\"}");
  EXPECT_EQ(
      error_of(
          R"({"card":{"program":"p","token":"c","account":1,"expires_at":"2030-01-01T00:00:00Z",)"
          R"("transaction_limit_minor":5}})"),
      "card: transaction_limit_minor is not a key any more: write a control line with " + control +
          "\"transaction\"}");
}

TEST(Openings, ReadsMomentsInUtcOnly) {
  for (const char* time : {"2026-11-02", "2026-11-02T12:00:00", "2026-13-02T12:00:00Z",
                           "2026-11-02T12:00:00Zx", "2026-11-02T12:00:00+01:00", "tomorrow"}) {
    const std::string card = R"({"card":{"program":"demo","token":"c","account":1,)";
    EXPECT_EQ(error_of(card + "\"expires_at\":\"" + time + "\"}}"),
              "card: expires_at must be a UTC time such as 2031-12-31T00:00:00Z")
        << time;
    EXPECT_EQ(
        error_of(card + R"("expires_at":"2031-12-31T00:00:00Z","active_from":")" + time + "\"}}"),
        "card: active_from must be a UTC time such as 2031-12-31T00:00:00Z")
        << time;
  }
}

TEST(Openings, ACardIsValidForAWhileAtLeast) {
  const auto card = [](const std::string& from, const std::string& until) {
    return R"({"program":"p","token":"c","status":"active","active_from":")" + from +
           R"(","expires_at":")" + until + "\"";
  };
  const std::string at = "2026-11-02T12:00:00Z";
  const std::string later = "2026-11-02T12:00:01Z";
  EXPECT_EQ(error_of("{\"card\":" + card(at, later) + ",\"account\":1}}"), "no error");
  EXPECT_EQ(error_of("{\"card\":" + card(at, at) + ",\"account\":1}}"),
            "card: expires_at must be after active_from");
  EXPECT_EQ(error_of("{\"change_card\":" + card(at, later) + "}}"), "no error");
  EXPECT_EQ(error_of("{\"change_card\":" + card(later, at) + "}}"),
            "change_card: expires_at must be after active_from");
}

TEST(Openings, ReadsTheDemo) {
  std::ifstream in(AUTHD_OPS "/demo.ndjson");
  std::map<std::size_t, int> kinds;
  for (std::string line; std::getline(in, line);) {
    const auto parsed = parse_opening(line);
    ASSERT_TRUE(parsed) << line << ": " << parsed.error();
    ++kinds[parsed->index()];
  }
  EXPECT_EQ(kinds, (std::map<std::size_t, int>{{0, 4}, {1, 5}, {4, 5}}));
}

}  // namespace
}  // namespace authd
