#include "authd/simulate/accounts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <mutex>

#include "tests/simulate/stub_daemon.h"

namespace authd::simulate::test {
namespace {

Account account(const std::string& card, std::int64_t posted, std::int64_t minimum) {
  Account made;
  made.opening = NewAccount{"demo", "USD", posted, minimum};
  made.cards.emplace_back("demo", card);
  return made;
}

class SimulateAccounts : public testing::Test {
 protected:
  StubDaemon daemon_;
  Accounts accounts_{daemon_.server(), StubDaemon::key, "run"};
  std::vector<WrongBalance> wrong_;
};

TEST_F(SimulateAccounts, AreOpenedWithMoneyAndCards) {
  for (int i = 0; i < 30; ++i) accounts_.add(account("c" + std::to_string(i), 100 + i, i));
  ASSERT_TRUE(accounts_.open());
  EXPECT_EQ(daemon_.requests().size(), 90U);
  ASSERT_TRUE(accounts_.check(wrong_, std::chrono::seconds(30)));
  EXPECT_TRUE(wrong_.empty());
  EXPECT_EQ(daemon_.requests().size(), 120U);
}

TEST_F(SimulateAccounts, GetNoMoneyWhereNoneIsWanted) {
  accounts_.add(account("c", 0, 0));
  ASSERT_TRUE(accounts_.open());
  EXPECT_EQ(daemon_.requests(), (std::vector<std::string>{"POST /v1/accounts", "POST /v1/cards"}));
}

// So a run that is repeated gets its accounts again.
TEST_F(SimulateAccounts, AreAskedForUnderTheSameKeysInEveryRun) {
  const auto keys_of_a_run = [this] {
    std::mutex mutex;
    std::map<std::string, std::string> keys;
    daemon_.instead = [&](const Asked& asked) {
      const std::lock_guard lock(mutex);
      const std::string key(http::field_of(asked.fields, "Idempotency-Key").value_or("none"));
      EXPECT_TRUE(keys.emplace(key, asked.body).second) << key;
      Told told;
      told.status = 201;
      told.body = R"({"id":7})";
      return told;
    };
    Accounts accounts(daemon_.server(), StubDaemon::key, "run");
    for (int i = 0; i < 20; ++i) accounts.add(account("c" + std::to_string(i), 100 + i, 0));
    EXPECT_TRUE(accounts.open());
    return keys;
  };
  const auto keys = keys_of_a_run();
  EXPECT_EQ(keys.size(), 60U);
  EXPECT_EQ(keys_of_a_run(), keys);
}

TEST_F(SimulateAccounts, AreExpectedToHaveWhatWasPlayed) {
  Account played = account("c", 1'000, 300);
  played.effect.held_minor = 50;
  played.effect.posted_minor = -200;
  const Balance expected{800, 50, 450};
  EXPECT_EQ(expected_balance(played), expected);
}

TEST_F(SimulateAccounts, SayWhichRequestWasRefusedAndWhy) {
  accounts_.add(account("c", 1, 0));
  accounts_.add(account("c", 1, 0));
  const auto opened = accounts_.open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error(), "card c: POST /v1/cards: 409 No. there is such a card");
}

TEST_F(SimulateAccounts, NeedTheKey) {
  Accounts others(daemon_.server(), "another-key", "run");
  others.add(account("c", 1, 0));
  EXPECT_EQ(others.open().error(), "POST /v1/accounts: 401 No. who is it?");
}

TEST_F(SimulateAccounts, AskAgainWhenTheApiIsUnavailable) {
  int asked = 0;
  daemon_.instead = [&asked](const Asked&) {
    Told told;
    told.status = ++asked <= 2 ? 503 : 0;
    return told;
  };
  accounts_.add(account("c", 1, 0));
  EXPECT_TRUE(accounts_.open());
  EXPECT_EQ(asked, 5);
}

TEST_F(SimulateAccounts, WaitForALedgerThatFollows) {
  accounts_.add(account("c", 100, 0));
  ASSERT_TRUE(accounts_.open());
  int asked = 0;
  daemon_.instead = [&asked](const Asked&) {
    Told told;
    told.status = ++asked <= 3 ? 200 : 0;
    told.body = R"({"posted":{"minor":0},"held":{"minor":0},"available":{"minor":0}})";
    return told;
  };
  ASSERT_TRUE(accounts_.check(wrong_, std::chrono::seconds(30)));
  EXPECT_TRUE(wrong_.empty());
  EXPECT_EQ(asked, 4);
}

TEST_F(SimulateAccounts, ReportTheBalancesThatStayWrong) {
  const std::size_t first = accounts_.add(account("a", 100, 0));
  accounts_.add(account("b", 100, 0));
  ASSERT_TRUE(accounts_.open());
  Effect effect;
  effect.held_minor = 30;
  accounts_.played(first, effect);
  ASSERT_TRUE(accounts_.check(wrong_, std::chrono::milliseconds(50)));
  ASSERT_EQ(wrong_.size(), 1U);
  const Balance expected{100, 30, 70};
  const Balance found{100, 0, 100};
  EXPECT_EQ(wrong_[0].expected, expected);
  EXPECT_EQ(wrong_[0].found, found);
  EXPECT_EQ(wrong_[0].currency, "USD");
}

TEST_F(SimulateAccounts, SayThatTheApiIsAway) {
  daemon_.instead = [](const Asked&) {
    Told told;
    told.then = Told::Then::close_unanswered;
    return told;
  };
  accounts_.add(account("c", 1, 0));
  EXPECT_EQ(accounts_.open().error(),
            daemon_.server().origin.text() + "/v1/accounts: the server has closed the connection");
}

}  // namespace
}  // namespace authd::simulate::test
