// Numbers that the state knows are not given out again, and no sequence ever goes back.

#include "store/postgres/numbers.h"

#include <gtest/gtest.h>

#include <atomic>
#include <limits>
#include <set>
#include <thread>
#include <vector>

#include "store/mirror/known.h"
#include "tests/postgres/cluster.h"

namespace authd::test {

namespace {

using store::Numbers;

constexpr std::int64_t first_account = 1'000'000'000'000;
constexpr std::int64_t first_counter = std::int64_t{1} << 62U;

constexpr const char* next_account = "SELECT nextval('authd.account_id_seq')";
constexpr const char* next_counter = "SELECT nextval('authd.counter_seq')";

std::int64_t number(store::Connection& connection, const std::string& statement) {
  return std::stoll(query_text(connection, statement));
}

Numbers pass(store::Connection& connection, const Numbers& known) {
  const auto passed = store::pass_numbers(connection, known);
  if (!passed) ADD_FAILURE() << passed.error().message;
  return passed ? *passed : Numbers{};
}

TEST(HighestNumbers, AreThoseOfAllAccountsAndControls) {
  const auto known = store::numbers_of([](const std::function<void(const core::Row&)>& visit) {
    core::Account account;
    core::Card card;
    core::ControlSet set{{core::AccountId{7}}, {{}, {}, {}}};
    set.controls[0].counter = {20};
    set.controls[1].counter = {30};
    for (const std::int64_t id : {7, 9, 8}) {
      account.id = {id};
      visit(account);
    }
    card.account = {10};
    visit(card);
    visit(set);
    return true;
  });
  EXPECT_EQ(known, (Numbers{9, 30}));
  EXPECT_EQ(store::numbers_of([](const auto&) { return false; }), std::nullopt);
}

TEST(HighestNumbers, LeaveOutWhatNoSequenceComesTo) {
  Numbers numbers{5, 6};
  numbers.meet(core::AccountId{Numbers::account_max + 1});
  numbers.meet(core::AccountId{std::numeric_limits<std::int64_t>::max()});
  numbers.meet(core::CounterId{Numbers::counter_max + 1});
  numbers.meet(core::CounterId{std::numeric_limits<std::uint64_t>::max()});
  EXPECT_EQ(numbers, (Numbers{5, 6}));
  numbers.meet(core::AccountId{Numbers::account_max});
  numbers.meet(core::CounterId{Numbers::counter_max});
  EXPECT_EQ(numbers, (Numbers{Numbers::account_max, std::int64_t{Numbers::counter_max}}));
}

using PassedNumbers = LedgerTest;

TEST_F(PassedNumbers, AreThoseAlreadyGivenOut) {
  auto connection = connect();
  EXPECT_EQ(pass(connection, {}), (Numbers{first_account - 1, first_counter - 1}));
  EXPECT_EQ(number(connection, next_account), first_account);
  EXPECT_EQ(number(connection, next_counter), first_counter);
  EXPECT_EQ(number(connection, next_counter), first_counter + 1);
  EXPECT_EQ(pass(connection, {}), (Numbers{first_account, first_counter + 1}));
}

TEST_F(PassedNumbers, BeginWithTheVeryFirst) {
  auto connection = connect();
  pass(connection, {first_account - 1, first_counter - 1});
  EXPECT_EQ(pass(connection, {first_account, first_counter}),
            (Numbers{first_account, first_counter}));
  EXPECT_EQ(number(connection, next_account), first_account + 1);
  EXPECT_EQ(number(connection, next_counter), first_counter + 1);
}

TEST_F(PassedNumbers, AreNeverGivenOutAfterwards) {
  auto connection = connect();
  const Numbers known{first_account + 500, first_counter + 700};
  EXPECT_EQ(pass(connection, known), known);
  EXPECT_EQ(pass(connection, {first_account + 499, first_counter + 699}), known);
  EXPECT_EQ(pass(connection, {}), known);
  EXPECT_EQ(number(connection, next_account), first_account + 501);
  EXPECT_EQ(number(connection, next_counter), first_counter + 701);
}

TEST_F(PassedNumbers, LeaveRoomAtTheEnd) {
  auto connection = connect();
  pass(connection, {Numbers::account_max, std::int64_t{Numbers::counter_max}});
  EXPECT_EQ(number(connection, next_account), Numbers::account_max + 1);
  EXPECT_EQ(number(connection, next_counter), std::int64_t{Numbers::counter_max} + 1);
}

TEST_F(PassedNumbers, MayBeMovedByOurRolesButNotBack) {
  auto connection = connect();
  for (const std::string role : {"authd_api", "authd_drain"}) {
    query(connection, "SET ROLE " + role);
    EXPECT_EQ(pass(connection, {first_account + 5, 0}).account, first_account + 5);
    EXPECT_EQ(refused(connection, "SELECT setval('authd.account_id_seq', 1000000000000)"), "42501");
    EXPECT_EQ(refused(connection, "SELECT authd.pass_number('authd.holder_id_seq', 5)"), "42501");
    query(connection, "RESET ROLE");
  }
}

// As long as they wait, nobody else gets a number either.
TEST_F(PassedNumbers, WaitForOpenTransactionsButNotForLong) {
  auto open = connect();
  query(open, "BEGIN");
  ASSERT_EQ(number(open, next_account), first_account);
  auto connection = connect();
  EXPECT_EQ(pass(connection, {first_account, 0}).account, first_account);  // nothing to move
  const auto waited = store::pass_numbers(connection, {first_account + 1, 0});
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().state(), "55P03");
  query(open, "COMMIT");
  EXPECT_EQ(pass(connection, {first_account + 1, 0}).account, first_account + 1);
}

// While some take numbers, others move the sequence just past what they have seen last.
TEST_F(PassedNumbers, ComeToNobodyTwice) {
  constexpr int takers = 2;
  constexpr int rounds = 1'000;
  std::vector<std::vector<std::int64_t>> taken(takers);
  std::atomic<std::int64_t> seen = first_account;
  std::atomic<int> taking = takers;
  std::vector<std::thread> threads;
  for (auto& mine : taken) {
    threads.emplace_back([&] {
      auto connection = connect();
      for (int i = 0; i < rounds; ++i) {
        mine.push_back(number(connection, next_account));
        seen = mine.back();
      }
      --taking;
    });
  }
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      auto connection = connect();
      while (taking > 0) {
        const std::int64_t known = seen + 2;
        EXPECT_GE(pass(connection, {known, 0}).account, known);
        EXPECT_GT(number(connection, "SELECT last_value FROM authd.account_id_seq"), known - 1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::int64_t> all;
  for (const auto& mine : taken) all.insert(mine.begin(), mine.end());
  EXPECT_EQ(all.size(), std::size_t{takers} * rounds);
}

}  // namespace

}  // namespace authd::test
