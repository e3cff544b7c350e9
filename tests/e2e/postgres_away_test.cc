// PostgreSQL comes and goes: decisions do not wait for it, and the ledger gets each record once.

#include <gtest/gtest.h>

#include "tests/e2e/daemon.h"
#include "tests/e2e/eventually.h"
#include "tests/e2e/gateway.h"
#include "tests/e2e/ledger_audit.h"

namespace authd::test {
namespace {

constexpr std::int64_t lag_records_max = 3;

class PostgresAway : public LedgerTest {
 protected:
  void SetUp() override {
    LedgerTest::SetUp();
    site_.emplace(
        Site::Settings{.conninfo = conninfo(), .readiness_keys = "drain_lag_records_max = 3\n"});
    ASSERT_EQ(site_->load(account_line(1, 100'000) + card_line("card-1", 1)).code, 0);
  }
  void TearDown() override {
    Cluster::start();
    LedgerTest::TearDown();
  }

  // Posts `count` new purchases of 1.00, which must be approved, and repeats each.
  void purchase(const Daemon& daemon, std::int64_t count) {
    HttpClient client(daemon.port());
    for (std::int64_t i = 0; i < count; ++i) {
      const std::string request =
          post(purchase_body("m-" + std::to_string(++posted_), "card-1", "1.00"));
      const HttpAnswer answer = client.exchange(request).value_or(HttpAnswer{});
      ASSERT_EQ(answer.status, 200) << answer.body << daemon.log();
      ASSERT_EQ(client.exchange(request).value_or(HttpAnswer{}), answer);
    }
  }

  void expect_lag_is_told(const Daemon& daemon, std::int64_t lag) const {
    EXPECT_TRUE(eventually([&] { return daemon.admin("/readyz").status == 503; }));
    EXPECT_NE(
        daemon.admin("/readyz").body.find("drain lag " + std::to_string(lag) + " records, limit 3"),
        std::string::npos)
        << daemon.admin("/readyz").body;
    EXPECT_EQ(daemon.admin("/healthz").status, 200);
    EXPECT_EQ(daemon.metric("authd_ready"), 0);
    EXPECT_EQ(daemon.metric("authd_drain_running"), 0);
    EXPECT_EQ(daemon.metric("authd_drain_lag_records"), lag);
    EXPECT_NE(daemon.status().at("drain").at("last_error").as_string(), "");
  }

  // And that the money held is all of it, once. Only a mirror that follows adds no records of its
  // own.
  void expect_caught_up(const Daemon& daemon) {
    ASSERT_TRUE(daemon.await_following()) << daemon.admin("/status").body << daemon.log();
    ASSERT_TRUE(daemon.await_drained()) << daemon.admin("/status").body << daemon.log();
    EXPECT_TRUE(eventually([&] { return daemon.admin("/readyz").status == 200; }));
    EXPECT_EQ(daemon.metric("authd_ready"), 1);
    EXPECT_EQ(daemon.metric("authd_drain_running"), 1);
    EXPECT_EQ(daemon.metric("authd_drain_lag_records"), 0);
    auto connection = connect();
    EXPECT_EQ(held_minor_by_account(connection).at(1), 100 * posted_);
    EXPECT_EQ(std::ssize(decisions_of_ledger(connection)), posted_);
    EXPECT_EQ(unbalanced_accounts(connection), std::vector<std::string>());
  }

  void expect_stops_with_equal_journal(Daemon& daemon) const {
    ASSERT_EQ(daemon.terminate(), 0) << daemon.log();
    auto connection = connect();
    EXPECT_EQ(decisions_of_ledger(connection), decisions_of_journal(*site_));
  }

  std::optional<Site> site_;
  std::int64_t posted_ = 0;
};

TEST_F(PostgresAway, AtTheStartIsCaughtUpLater) {
  {
    Daemon first(*site_);
    ASSERT_TRUE(first.await_ready()) << first.log();
    purchase(first, 5);
    expect_caught_up(first);
    ASSERT_EQ(first.terminate(), 0) << first.log();
  }
  Cluster::stop();
  Daemon daemon(*site_);
  ASSERT_TRUE(daemon.await_serving()) << daemon.log();
  purchase(daemon, lag_records_max);
  EXPECT_EQ(daemon.admin("/readyz").status, 200);  // the limit itself is allowed
  purchase(daemon, 1);
  expect_lag_is_told(daemon, lag_records_max + 1);
  Cluster::start();
  expect_caught_up(daemon);
  expect_stops_with_equal_journal(daemon);
}

TEST_F(PostgresAway, InTheMiddleIsCaughtUpLater) {
  Daemon daemon(*site_);
  ASSERT_TRUE(daemon.await_ready()) << daemon.log();
  for (int i = 0; i < 2; ++i) {
    purchase(daemon, 50);
    Cluster::stop();  // with whatever was under way
    const std::int64_t drained =
        daemon.status().at("drain").at("drained_sequence").to_number<std::int64_t>();
    purchase(daemon, 50);
    expect_lag_is_told(daemon, daemon.journaled_sequence() - drained);
    Cluster::start();
    expect_caught_up(daemon);
  }
  expect_stops_with_equal_journal(daemon);
}

TEST_F(PostgresAway, ForAnEmptyStateRefusesToStart) {
  Cluster::stop();
  Daemon daemon(*site_);
  EXPECT_EQ(daemon.wait(), 2);
  EXPECT_NE(daemon.log().find("cannot start: the state could not be read from PostgreSQL: "),
            std::string::npos)
      << daemon.log();
  // And is none the worse for it.
  Cluster::start();
  Daemon again(*site_);
  ASSERT_TRUE(again.await_ready()) << again.log();
  purchase(again, 1);
  expect_caught_up(again);
  expect_stops_with_equal_journal(again);
}

}  // namespace
}  // namespace authd::test
