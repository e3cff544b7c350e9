// The ledger beside the running daemon: what is changed there reaches decisions, what is answered
// is there where the program asks for it, and what is lost here is rebuilt from it.

#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "tests/e2e/crash_clients.h"
#include "tests/e2e/daemon.h"
#include "tests/e2e/eventually.h"
#include "tests/e2e/gateway.h"
#include "tests/e2e/ledger_audit.h"

namespace authd::test {
namespace {

int answer_to(const Daemon& daemon, std::string_view message, std::string_view card,
              std::string_view amount) {
  return post_to(daemon, post(purchase_body(message, card, amount))).status;
}

class Ledger : public LedgerTest {
 protected:
  static void expect_audit_finds_nothing(const Daemon& daemon) {
    EXPECT_EQ(found_by_audit(daemon), "");
    EXPECT_EQ(daemon.metric("authd_audit_differences"), 0);
  }
};

TEST_F(Ledger, ReachesDecisionsWhileTheDaemonRuns) {
  const Site site({.conninfo = conninfo()});
  Daemon daemon(site);
  ASSERT_TRUE(daemon.await_ready()) << daemon.log();
  ASSERT_TRUE(daemon.await_following()) << daemon.admin("/status").body;
  auto connection = connect();
  int number = 0;
  const auto ask = [&](std::string_view amount) {
    return answer_to(daemon, "m" + std::to_string(++number), "card-1", amount);
  };
  EXPECT_EQ(ask("1.00"), 402);  // nobody knows the card

  ASSERT_EQ(site.load(account_line(1, 1'000) + card_line("card-1", 1)).code, 0);
  EXPECT_TRUE(eventually([&] { return ask("1.00") == 200; }));
  query(connection, "UPDATE authd.card SET status = 3");
  EXPECT_TRUE(eventually([&] { return ask("0.01") == 402; }));
  query(connection, "UPDATE authd.card SET status = 1");
  EXPECT_TRUE(eventually([&] { return ask("0.01") == 200; }));
  EXPECT_EQ(ask("500.00"), 402);
  query(connection,
        "INSERT INTO authd.credit (account_id, amount_minor, currency) VALUES (1, 60000, 'USD')");
  EXPECT_TRUE(eventually([&] { return ask("500.00") == 200; }));
  ASSERT_TRUE(daemon.await_drained());
  EXPECT_EQ(query_text(connection,
                       "SELECT posted_minor FROM authd.balance JOIN authd.transfer"
                       " ON to_account_id = account_id WHERE mirrored AND status = 3"),
            "61000");
  expect_audit_finds_nothing(daemon);
  EXPECT_EQ(daemon.terminate(), 0) << daemon.log();
}

TEST_F(Ledger, IsComparedAgainAfterItsSlotWasDropped) {
  const Site site({.conninfo = conninfo()});
  ASSERT_EQ(site.load(account_line(1, 100'000) + card_line("card-1", 1)).code, 0);
  auto connection = connect();
  {
    Daemon daemon(site);
    ASSERT_TRUE(daemon.await_ready()) << daemon.log();
    ASSERT_TRUE(daemon.await_following());
    EXPECT_EQ(answer_to(daemon, "m1", "card-1", "1.00"), 200);
    ASSERT_TRUE(daemon.await_drained());
    daemon.kill();
  }
  ASSERT_TRUE(eventually([&] {
    return query_text(connection,
                      "SELECT count(*) FROM pg_replication_slots WHERE active"
                      " AND database = current_database()") == "0";
  }));
  query(connection,
        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots"
        " WHERE database = current_database()");
  query(connection, "UPDATE authd.card SET status = 3");
  query(connection,
        "INSERT INTO authd.credit (account_id, amount_minor, currency) VALUES (1, 7, 'USD')");
  Daemon daemon(site);
  ASSERT_TRUE(daemon.await_ready()) << daemon.log();
  ASSERT_TRUE(daemon.await_following()) << daemon.admin("/status").body;
  EXPECT_EQ(answer_to(daemon, "m2", "card-1", "1.00"), 402);
  ASSERT_TRUE(daemon.await_drained());
  EXPECT_EQ(query_text(connection, "SELECT posted_minor FROM authd.balance"), "100007");
  EXPECT_EQ(daemon.metric("authd_mirror_comparisons{reason=\"slot_missing\"}"), 1);
  expect_audit_finds_nothing(daemon);
}

TEST_F(Ledger, HasEveryAnsweredApprovalWhereTheProgramAsksForIt) {
  const Site site({.conninfo = conninfo(), .program_keys = "durability = \"ledger\"\n"});
  ASSERT_EQ(site.load(crowd_openings()).code, 0);
  Crowd crowd(7);
  {
    Daemon daemon(site);
    ASSERT_TRUE(daemon.await_ready()) << daemon.log();
    crowd.start(daemon.port());
    ASSERT_TRUE(eventually([&] { return crowd.answers() >= 300; })) << daemon.log();
    daemon.kill();
    crowd.join();
  }
  // The disk is gone: what PostgreSQL has must be all that anybody was told.
  std::filesystem::remove_all(site.path("state"));
  const Finished rebuilt = site.authd({"rebuild"});
  ASSERT_EQ(rebuilt.code, 0) << rebuilt.out << rebuilt.err;
  auto connection = connect();
  std::set<std::string> approved;
  for (const auto& [sequence, decided] : decisions_of_ledger(connection)) {
    if (decided.approved) approved.insert(decided.message);
  }
  std::size_t told = 0;
  for (const Posted& posted : crowd.posted()) {
    if (!posted.answer || posted.answer->status != 200) continue;
    EXPECT_EQ(approved.count(posted.message), 1U) << posted.message;
    ++told;
  }
  EXPECT_GT(told, 50U);

  Daemon daemon(site);
  ASSERT_TRUE(daemon.await_ready()) << daemon.log();
  ASSERT_TRUE(daemon.await_following());
  expect_audit_finds_nothing(daemon);
}

TEST_F(Ledger, DeclinesInTimeWhereItIsAwaitedAndAway) {
  const Site site({.conninfo = conninfo(),
                   .program_keys = "durability = \"ledger\"\nanswer_within_ms = 500\n"});
  ASSERT_EQ(site.load(account_line(1, 100'000) + card_line("card-1", 1)).code, 0);
  Daemon daemon(site);
  ASSERT_TRUE(daemon.await_ready()) << daemon.log();
  ASSERT_TRUE(eventually([&] { return answer_to(daemon, "m1", "card-1", "1.00") == 200; }));
  Cluster::stop();
  EXPECT_EQ(answer_to(daemon, "m2", "card-1", "2.00"), 402);
  EXPECT_EQ(answer_to(daemon, "m2", "card-1", "2.00"), 402);
  Cluster::start();
  ASSERT_TRUE(daemon.await_drained());
  EXPECT_EQ(answer_to(daemon, "m2", "card-1", "2.00"), 402);  // it was taken back
  EXPECT_EQ(answer_to(daemon, "m3", "card-1", "3.00"), 200);
  auto connection = connect();
  EXPECT_TRUE(eventually([&] {
    return query_text(connection, "SELECT held_minor FROM authd.balance") == "400";
  })) << query_text(connection, "SELECT held_minor FROM authd.balance");
  expect_audit_finds_nothing(daemon);
}

}  // namespace
}  // namespace authd::test
