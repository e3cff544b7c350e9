// The daemon is killed at random moments under load, again and again, and started on what it left.

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>
#include <random>
#include <regex>
#include <set>
#include <thread>

#include "tests/e2e/crash_clients.h"
#include "tests/e2e/daemon.h"
#include "tests/e2e/eventually.h"
#include "tests/e2e/gateway.h"
#include "tests/e2e/ledger_audit.h"

namespace authd::test {
namespace {

constexpr int rounds = 30;
constexpr std::uint64_t answers_a_round_max = 1'000;

std::uint64_t number_in_log(const Daemon& daemon, const std::string& key) {
  std::smatch match;
  const std::string log = daemon.log();
  return std::regex_search(log, match, std::regex(key + "=(\\d+)")) ? std::stoull(match[1]) : 0;
}

class Crash : public LedgerTest {
 protected:
  void SetUp() override {
    LedgerTest::SetUp();
    site_.emplace(Site::Settings{.conninfo = conninfo()});
    const Finished loaded = site_->load(crowd_openings());
    ASSERT_EQ(loaded.code, 0) << loaded.err;
    seed_ = std::random_device()();
    if (const char* const given = std::getenv("AUTHD_TEST_SEED")) seed_ = std::stoull(given);
    std::printf("seed %llu; AUTHD_TEST_SEED repeats it\n", static_cast<unsigned long long>(seed_));
    random_.seed(seed_);
    crowd_.emplace(seed_);
  }

  // Starts the daemon, lets the clients post, kills it under them.
  void round() {
    Daemon daemon(*site_);
    ASSERT_TRUE(daemon.await_ready()) << daemon.log();
    replayed_ += number_in_log(daemon, "replayed");
    const std::uint64_t answers = 1 + random_() % answers_a_round_max;
    crowd_->start(daemon.port());
    const bool answered = eventually([&] { return crowd_->answers() >= answers; });
    checkpoints_ += daemon.status().at("checkpoints").to_number<std::uint64_t>();
    daemon.kill();
    crowd_->join();
    ASSERT_TRUE(answered) << daemon.log();
  }

  // Kills it while it recovers: the moment is what is random here.
  void killed_start() {
    Daemon daemon(*site_);
    std::this_thread::sleep_for(std::chrono::microseconds(random_() % 80'000));
    daemon.kill();
  }

  // Each answer is one row that says the same, each row is of a message that was posted.
  void expect_answers_in(const Decisions& ledger) const {
    std::map<std::string, Decided> by_message;
    for (const auto& [sequence, decided] : ledger) {
      EXPECT_TRUE(by_message.emplace(decided.message, decided).second)
          << decided.message << " stands twice";
    }
    std::set<std::string> messages;
    for (const Posted& posted : crowd_->posted()) {
      messages.insert(posted.message);
      if (!posted.answer) continue;
      const bool approved = posted.answer->status == 200;
      const auto found = by_message.find(posted.message);
      ASSERT_TRUE(found != by_message.end()) << posted.message << " is lost";
      const Decided expected{posted.message, posted.card, posted.amount_minor,
                             approved ? posted.amount_minor : 0, approved};
      EXPECT_EQ(found->second, expected) << posted.message;
      EXPECT_TRUE(approved || posted.answer->body.find("INSUFFICIENT_FUNDS") != std::string::npos)
          << posted.answer->body;
    }
    for (const auto& [message, decided] : by_message) EXPECT_TRUE(messages.contains(message));
  }

  void expect_held_at_least_what_was_answered(store::Connection& connection) const {
    const auto held = held_minor_by_account(connection);
    for (const auto& [account, minor] : approved_minor_by_account(crowd_->posted()))
      EXPECT_GE(held.at(account), minor) << "account " << account;
  }

  std::optional<Site> site_;
  std::uint64_t seed_ = 0;
  std::mt19937_64 random_;
  std::optional<Crowd> crowd_;
  std::uint64_t replayed_ = 0;
  std::uint64_t checkpoints_ = 0;
};

TEST_F(Crash, LosesNoAnswerAndSpendsNothingTwice) {
  for (int i = 0; i < rounds; ++i) {
    round();
    if (HasFatalFailure()) return;
    if (random_() % 3 == 0) killed_start();
  }

  Daemon daemon(*site_);
  ASSERT_TRUE(daemon.await_ready()) << daemon.log();
  EXPECT_EQ(crowd_->contradictions(), std::vector<std::string>());
  ASSERT_TRUE(daemon.await_drained()) << daemon.admin("/status").body;
  auto connection = connect();
  expect_answers_in(decisions_of_ledger(connection));
  EXPECT_EQ(unbalanced_accounts(connection), std::vector<std::string>());
  expect_held_at_least_what_was_answered(connection);

  // The processor asks again for everything: what was answered gets the same answer, and what was
  // not gets the one it had or, if it never arrived, its first.
  ASSERT_TRUE(crowd_->repeat_all(daemon.port()));
  EXPECT_EQ(crowd_->contradictions(), std::vector<std::string>());
  ASSERT_TRUE(daemon.await_drained());
  const auto segments = daemon.status().at("journal_segments").to_number<int>();
  ASSERT_EQ(daemon.terminate(), 0) << daemon.log();

  const Decisions ledger = decisions_of_ledger(connection);
  expect_answers_in(ledger);
  EXPECT_EQ(ledger.size(), crowd_->posted().size());
  EXPECT_EQ(ledger, decisions_of_journal(*site_));
  EXPECT_EQ(unbalanced_accounts(connection), std::vector<std::string>());
  EXPECT_EQ(held_minor_by_account(connection), approved_minor_by_account(crowd_->posted()));

  // The test has tested what it says.
  EXPECT_GT(replayed_, 0U);
  EXPECT_GT(checkpoints_, 0U);
  EXPECT_GT(segments, 2);
  EXPECT_GT(crowd_->repeated(), 0U);
  std::printf("%zu messages, %llu repeated, %llu records replayed, %llu checkpoints\n",
              ledger.size(), static_cast<unsigned long long>(crowd_->repeated()),
              static_cast<unsigned long long>(replayed_),
              static_cast<unsigned long long>(checkpoints_));
}

}  // namespace
}  // namespace authd::test
