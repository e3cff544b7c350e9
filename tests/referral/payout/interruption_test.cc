// Whatever breaks in the middle of a payout, everybody is paid once.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <random>
#include <thread>

#include "tests/referral/payout/payout_fixture.h"

namespace authd::test {

namespace {

using store::PgError;

constexpr int members = 500;

class PayoutInterrupted : public PayoutTest {
 protected:
  void SetUp() override {
    PayoutTest::SetUp();
    add_members(1, members);
    owe(1, members, 100, "2024-03-09");
    owe(1, members, 33);
    options_.page_holders = 64;
  }

  int count_payouts() { return std::stoi(ask("SELECT count(*) FROM authd.referral_payout")); }

  // Further calls until one comes to the end: the server may not have noticed yet that whoever paid
  // before is gone.
  void finish() {
    EXPECT_TRUE(wait_until([this] {
      const Paid report = pay();
      return report && report->has_value();
    }));
    EXPECT_EQ(count_payouts(), members);
    EXPECT_EQ(
        ask("SELECT concat_ws(' ', paid, paid_minor, failed, carried, finished_at IS NOT NULL)"
            " FROM authd.referral_payout_run"),
        fmt::format("{} {} 0 0 t", members, members * 133));
    EXPECT_EQ(ask("SELECT concat_ws(' ', count(*), sum(amount_minor)) FROM authd.credit"),
              fmt::format("{} {}", members, members * 133));
    EXPECT_EQ(ask("SELECT sum(amount_minor) FROM authd.referral_due WHERE payout_id IS NOT NULL"),
              std::to_string(members * 133));
    EXPECT_EQ(ask("SELECT sum(paid_minor) FROM authd.referral_stat"),
              std::to_string(members * 133));
    EXPECT_EQ(faults(), "");
  }

  // How many are to be paid when something breaks: five moments, in order.
  static std::vector<int> moments() {
    const unsigned seed = std::random_device()();
    std::printf("seed %u\n", seed);
    std::mt19937 random(seed);
    std::uniform_int_distribution<int> within(5, 85);
    std::vector<int> at;
    for (int i = 0; i < 5; ++i) at.push_back(i * 90 + within(random));
    return at;
  }

  // Nobody comes to the end as long as this transaction goes on.
  store::Connection hold_last() {
    auto other = connect();
    query(other, "BEGIN");
    query(other,
          fmt::format("SELECT FROM authd.referral_due WHERE holder_id = {} FOR UPDATE", members));
    return other;
  }
};

TEST_F(PayoutInterrupted, PaysEveryoneOnceWhenTheProcessIsKilledFiveTimes) {
  auto last = hold_last();
  for (const int moment : moments()) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      // Who paid before may still have the lock.
      for (;;) static_cast<void>(pay().has_value());
    }
    EXPECT_TRUE(wait_until([&] { return count_payouts() >= moment; })) << moment;
    kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(faults(), "");
  }
  query(last, "COMMIT");
  finish();
}

TEST_F(PayoutInterrupted, PaysEveryoneOnceWhenConnectionsAreLostFiveTimes) {
  auto last = hold_last();
  for (const int moment : moments()) {
    std::atomic<bool> has_ended = false;
    Paid report = std::optional<referral::PayoutReport>();
    std::thread payer([&] {
      while (report && !*report) report = pay();
      has_ended = true;
    });
    EXPECT_TRUE(wait_until([&] { return count_payouts() >= moment; })) << moment;
    EXPECT_TRUE(wait_until([&] {
      ask("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
          " WHERE datname = current_database() AND application_name LIKE 'authd referral pay%'");
      return has_ended.load();
    }));
    payer.join();
    ASSERT_FALSE(report);
    EXPECT_TRUE(report.error().code == PgError::Code::lost ||
                report.error().code == PgError::Code::connect)
        << report.error().message;
    EXPECT_EQ(ask("SELECT count(*) FROM authd.referral_payout_failure"), "0");
    EXPECT_EQ(ask("SELECT finished_at IS NULL FROM authd.referral_payout_run"), "t");
    EXPECT_EQ(faults(), "");
  }
  query(last, "COMMIT");
  finish();
}

TEST_F(PayoutInterrupted, DoesNotFinishADayWhenWhoPaysIsLost) {
  auto other = connect();
  query(other, "BEGIN");
  query(other, "SELECT FROM authd.referral_due WHERE holder_id = 1 FOR UPDATE");
  options_.at_once = 1;
  Paid report = std::optional<referral::PayoutReport>();
  std::thread payer([&] { report = pay(); });
  EXPECT_TRUE(wait_until([this] {
    return ask("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
               " WHERE datname = current_database() AND application_name = 'authd referral payer'"
               " AND wait_event_type = 'Lock'") == "1";
  }));
  payer.join();
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, PgError::Code::lost);
  EXPECT_EQ(ask("SELECT finished_at IS NULL FROM authd.referral_payout_run"), "t");
  query(other, "COMMIT");
  finish();
}

TEST_F(PayoutInterrupted, StopsSoonAndGoesOnWhereItStood) {
  std::stop_source stop;
  on_progress_ = [&stop](const referral::PayoutProgress& progress) {
    if (progress.so_far.paid == 100) stop.request_stop();
  };
  const Paid report = pay(first_day, "demo", stop.get_token());
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, PgError::Code::interrupted);
  EXPECT_GE(count_payouts(), 100);
  EXPECT_LE(count_payouts(), 100 + options_.at_once);
  on_progress_ = nullptr;
  finish();
}

TEST_F(PayoutInterrupted, IsMadeByOneProcessAtATime) {
  // The first one waits at member 1.
  auto other = connect();
  query(other, "BEGIN");
  query(other, "SELECT FROM authd.referral_due WHERE holder_id = 1 FOR UPDATE");
  options_.at_once = 2;
  Paid first = core::Unexpected{PgError{}};
  std::thread payer([&] { first = pay(); });
  EXPECT_TRUE(wait_until([this] { return count_payouts() == members - 1; }));
  referral::PayoutOptions hasty = options_;  // would not wait for member 1 for good
  hasty.connection.statement_timeout = std::chrono::seconds(5);
  const Paid second = referral::perform_payout(hasty, "demo", day_of(first_day), "test", {}, {});
  EXPECT_TRUE(second && !*second);
  query(other, "COMMIT");
  payer.join();
  ASSERT_TRUE(first && *first);
  EXPECT_EQ((*first)->now.paid, members);
  finish();
}

TEST_F(PayoutInterrupted, TwoAtOncePayEveryoneOnce) {
  std::vector<std::jthread> payers;
  for (int i = 0; i < 2; ++i) payers.emplace_back([this] { static_cast<void>(pay().has_value()); });
  payers.clear();
  finish();
}

// Even without the lock that keeps processes apart.
TEST_F(PayoutInterrupted, TwoThatPayTheSameMembersPayEachOnce) {
  std::vector<std::jthread> payers;
  for (int i = 0; i < 4; ++i) {
    payers.emplace_back([this] {
      auto connection = connect();
      for (int holder = 1; holder <= members; ++holder)
        query(connection, fmt::format("SELECT authd.referral_pay({}, '{}')", holder, first_day));
    });
  }
  payers.clear();
  finish();
}

TEST_F(PayoutInterrupted, MeetsWhatIsEarnedMeanwhile) {
  std::jthread earner([this](const std::stop_token& stop) {
    auto connection = connect();
    for (int i = 1; !stop.stop_requested(); ++i) {
      query(connection,
            fmt::format("SELECT authd.referral_book(1, ARRAY[h], ARRAY[h], ARRAY[{0}], ARRAY[{0}],"
                        " ARRAY[1], ARRAY['2024-03-09 12:00+00'::timestamptz], ARRAY[0],"
                        " ARRAY[1::smallint], ARRAY[1::smallint], ARRAY[0])"
                        " FROM (SELECT 1 + {0} % {1} AS h) AS member",
                        100'000'000 + i, members));
    }
  });
  const Paid report = pay();
  earner.request_stop();
  earner.join();
  ASSERT_TRUE(report && *report) << (report ? "" : report.error().message);
  EXPECT_EQ((*report)->paid, members);
  EXPECT_EQ((*report)->failed, 0);
  EXPECT_EQ(faults(), "");
}

}  // namespace

}  // namespace authd::test
