#include "tests/e2e/ledger_daemon.h"

#include "tests/e2e/ledger_audit.h"

namespace authd::test {

void LedgerDaemonTest::begin(Site::Settings settings, const std::string& openings) {
  settings.conninfo = conninfo();
  settings.api = true;
  site_.emplace(settings);
  const Finished loaded = site_->load(openings);
  ASSERT_EQ(loaded.code, 0) << loaded.err;
  client_.emplace(std::uint16_t{0}, create_api_key(*site_, "demo"));
  start();
}

void LedgerDaemonTest::TearDown() {
  if (daemon_ && !HasFatalFailure()) {
    EXPECT_TRUE(daemon_->await_drained()) << daemon_->admin("/status").body;
    EXPECT_EQ(found_by_audit(*daemon_), "");
    EXPECT_EQ(ask("SELECT coalesce(sum(minor), 0) FROM authd.trial_balance"), "0");
    EXPECT_EQ(daemon_->terminate(), 0) << daemon_->log();
  }
  daemon_.reset();
  LedgerTest::TearDown();
}

void LedgerDaemonTest::start() {
  daemon_.emplace(*site_);
  ASSERT_TRUE(daemon_->await_ready()) << daemon_->log();
  ASSERT_TRUE(daemon_->await_following()) << daemon_->admin("/status").body;
  ASSERT_NE(daemon_->api_port(), 0) << daemon_->log();
  client_->move_to(daemon_->api_port());
}

void LedgerDaemonTest::kill_and_start() {
  daemon_->kill();
  start();
}

std::string LedgerDaemonTest::ask(const std::string& statement) const {
  auto connection = connect();
  return query_text(connection, statement);
}

}  // namespace authd::test
