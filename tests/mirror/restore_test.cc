// A server that is restarted, killed, or restored to an earlier point under the mirror.

#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/mirror/mirrored_world.h"

namespace authd::test {

namespace {

using store::CompareReason;
using store::MirrorState;

class Server : public Mirroring {
 protected:
  void SetUp() override {
    Mirroring::SetUp();
    open_account(1, 5'000);
    start();
    ASSERT_TRUE(reaches(MirrorState::following));
    data_ = admin_text("SHOW data_directory");
  }

  // "-m immediate": no shutdown checkpoint, recovery at the next start.
  void kill_server() const {
    std::ifstream file(data_ + "/postmaster.pid");
    pid_t pid = 0;
    file >> pid;
    ASSERT_GT(pid, 1);
    ASSERT_EQ(kill(pid, SIGQUIT), 0);
    ASSERT_TRUE(soon([this] { return !std::filesystem::exists(data_ + "/postmaster.pid"); }));
  }
  void copy(const std::string& from, const std::string& to) const {
    ASSERT_EQ(std::system(("rm -rf '" + to + "' && cp -a '" + from + "' '" + to + "'").c_str()), 0);
  }

  std::string data_;
};

TEST_F(Server, IsFollowedAfterARestart) {
  Cluster::stop();
  ASSERT_TRUE(reaches(MirrorState::connecting));
  Cluster::start();
  open_account(2);
  expect_caught_up_and_agreed();
  EXPECT_EQ(compared(CompareReason::mark_unknown), 1U);
  EXPECT_EQ(status().compared_for, CompareReason::mark_unknown);
}

TEST_F(Server, IsNotKeptFromStopping) {
  const auto before = std::chrono::steady_clock::now();
  Cluster::stop();
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(15));
  Cluster::start();
}

TEST_F(Server, IsFollowedAfterACrash) {
  open_account(2);
  kill_server();
  Cluster::start();
  open_account(3);
  expect_caught_up_and_agreed();
  EXPECT_EQ(status().compared_for, CompareReason::mark_unknown);
}

TEST_F(Server, IsComparedWhenItWasRestoredWithItsSlot) {
  const std::string backup = data_ + ".backup";
  Cluster::stop();
  copy(data_, backup);
  Cluster::start();
  open_account(2);
  sql("INSERT INTO authd.credit (account_id, amount_minor, currency) VALUES (1, 9, 'USD')");
  expect_caught_up_and_agreed();
  Cluster::stop();
  copy(backup, data_);
  std::filesystem::remove_all(backup);
  Cluster::start();
  // Past the mark again, with other changes, before the mirror looks.
  sql("UPDATE authd.account SET overdraft_minor = 3");
  ASSERT_TRUE(soon([this] {
    return status().compared_for != CompareReason::mark_unknown &&
           status().state == MirrorState::following;
  }));
  ASSERT_TRUE(caught_up());
  EXPECT_EQ(state_.copy().account({2}).value()->status, core::AccountStatus::closed);
  EXPECT_EQ(state_.copy().account({1}).value()->overdraft_minor, 3);
  EXPECT_EQ(state_.copy().account({1}).value()->posted_minor, 5'009);  // booked is booked
}

// Also by a mirror that begins with what the state has, and also to those who do not use the API.
TEST_F(Server, GivesNoNumberOutAgainWhenItWasRestored) {
  const std::string next = "SELECT nextval('authd.counter_seq')";
  const std::string open =
      "INSERT INTO authd.account (currency, status, opening_minor) VALUES ('USD', 1, 700)"
      " RETURNING id";
  const std::string backup = data_ + ".backup";
  Cluster::stop();
  copy(data_, backup);
  Cluster::start();
  const std::int64_t account = std::stoll(sql_text(open));
  core::Control daily = limit(5, 100);
  std::get<core::Limit>(daily.check).window = {core::Period::day, 0, *core::ZoneName::from("UTC")};
  std::get<core::Limit>(daily.check).counts = core::Level::account;
  daily.counter = {std::stoull(sql_text(next))};
  set_control(owner_of_account(account), daily);
  expect_caught_up_and_agreed();
  ASSERT_EQ(state_.copy().controls(owner_of_account(account)).value()->controls.size(), 1U);
  stop();
  Cluster::stop();
  copy(backup, data_);
  std::filesystem::remove_all(backup);
  Cluster::start();
  std::optional<store::Numbers> passed;  // before anything is taken over
  store::MirrorOptions with = options();
  with.on_passed = [&](const store::Numbers& numbers) { passed = numbers; };
  start(std::move(with));
  ASSERT_TRUE(reaches(MirrorState::following));
  EXPECT_EQ(passed, (store::Numbers{account, static_cast<std::int64_t>(daily.counter.value)}));
  EXPECT_GT(std::stoull(sql_text(next)), daily.counter.value);
  const std::int64_t other = std::stoll(sql_text(open));
  EXPECT_GT(other, account);
  expect_caught_up_and_agreed();
  EXPECT_EQ(state_.copy().account({account}).value()->status, core::AccountStatus::closed);
  EXPECT_EQ(state_.copy().account({other}).value()->posted_minor, 700);
}

TEST_F(Server, TellsWhichNumbersItHasGivenOut) {
  const std::int64_t account = std::stoll(sql_text("SELECT nextval('authd.account_id_seq')"));
  stop();
  std::optional<store::Numbers> passed;
  store::MirrorOptions with = options();
  with.on_passed = [&](const store::Numbers& numbers) { passed = numbers; };
  start(std::move(with));
  ASSERT_TRUE(reaches(MirrorState::following));
  EXPECT_EQ(status().compared_for, CompareReason::none);
  ASSERT_TRUE(passed);
  EXPECT_EQ(passed->account, account);  // which the state has never heard of
}

TEST_F(Server, IsComparedWhenItWasRestoredPastTheMark) {
  const std::string backup = data_ + ".backup";
  Cluster::stop();
  copy(data_, backup);
  Cluster::start();
  open_account(2);
  expect_caught_up_and_agreed();
  stop();
  Cluster::stop();
  copy(backup, data_);
  std::filesystem::remove_all(backup);
  Cluster::start();
  sql("UPDATE authd.account SET overdraft_minor = 3");
  sql("CREATE TABLE filler AS SELECT repeat('x', 1000) FROM generate_series(1, 20000)");
  start();
  ASSERT_TRUE(soon([this] { return compared(CompareReason::restored) == 1; }));
  expect_caught_up_and_agreed();
}

TEST_F(Server, IsComparedWhenItWasRestoredWithoutItsSlot) {
  const std::string backup = data_ + ".backup";
  Cluster::stop();
  copy(data_, backup);
  Cluster::start();
  open_account(2);
  expect_caught_up_and_agreed();
  Cluster::stop();
  copy(backup, data_);
  std::filesystem::remove_all(backup);
  std::filesystem::remove_all(data_ + "/pg_replslot/" + slot());
  Cluster::start();
  ASSERT_TRUE(soon([this] {
    return status().compared_for != CompareReason::mark_unknown &&
           status().state == MirrorState::following;
  }));
  expect_caught_up_and_agreed();
}

}  // namespace

}  // namespace authd::test
