// Controls, policies and deadlines, as an issuer sets them up and a processor and an operator see
// them: over HTTP, with PostgreSQL, across restarts and a lost state.

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "tests/e2e/daemon.h"
#include "tests/e2e/eventually.h"
#include "tests/e2e/gateway.h"
#include "tests/e2e/ledger_audit.h"

namespace authd::test {
namespace {

const std::string accounts = account_line(1, 100'000) + card_line("card-1", 1);

std::string card_limit_line(int id, const std::string& limit, const std::string& more = "") {
  return R"({"control":{"id":)" + std::to_string(id) + R"(,"program":"demo","card":"card-1",)" +
         more + R"("limit":{)" + limit + "}}}\n";
}

// The status and, where it declines, the reason for the processor.
std::string ask(const Daemon& daemon, std::string_view message, std::string_view amount) {
  const HttpAnswer answer = post_to(daemon, post(purchase_body(message, "card-1", amount)));
  const auto body = boost::json::parse(answer.body).as_object();
  const auto* const jit = body.if_contains("jit_funding");
  const auto* const reason =
      jit == nullptr ? nullptr : jit->as_object().if_contains("decline_reason");
  return std::to_string(answer.status) +
         (reason == nullptr ? "" : " " + std::string(reason->as_string()));
}

// The only record, or the first, that `authd explain` finds.
boost::json::object explained(const Site& site, const std::string& id) {
  const Finished found = site.authd({"explain", id, "--json"});
  EXPECT_EQ(found.code, 0) << found.err;
  return boost::json::parse(found.out).at("records").at(0).as_object();
}

void expect_replay_agrees(const Site& site) {
  const Finished again = site.authd({"replay", "--json"});
  EXPECT_EQ(again.code, 0) << again.out << again.err;
  const auto report = boost::json::parse(again.out).as_object();
  EXPECT_GT(report.at("records").to_number<int>(), 0);
  EXPECT_EQ(report.at("differing").to_number<int>(), 0);
}

class Decision : public LedgerTest {};

TEST_F(Decision, CountsLimitsAcrossRestartsAndALostState) {
  const Site site({.conninfo = conninfo()});
  const Finished loaded = site.load(
      accounts + card_limit_line(7, R"("measure":"amount","max":10000,"per":"day")") +
      card_limit_line(8, R"("measure":"count","max":2,"per":"lifetime")", R"("mode":"shadow",)"));
  ASSERT_EQ(loaded.code, 0) << loaded.err;
  EXPECT_EQ(loaded.out,
            "accounts: 1 created, 0 existed already\ncards: 1 created, 0 existed already\n"
            "controls: 2 set, 0 were so already\n");
  {
    Daemon daemon(site);
    ASSERT_TRUE(daemon.await_ready()) << daemon.log();
    EXPECT_EQ(ask(daemon, "m1", "60.00"), "200");
    EXPECT_EQ(ask(daemon, "m2", "40.01"), "402 AMOUNT_LIMIT_EXCEEDED");
    EXPECT_EQ(daemon.terminate(), 0) << daemon.log();
  }
  {
    Daemon daemon(site);
    ASSERT_TRUE(daemon.await_ready()) << daemon.log();
    EXPECT_EQ(ask(daemon, "m3", "40.01"), "402 AMOUNT_LIMIT_EXCEEDED");
    EXPECT_EQ(ask(daemon, "m4", "20.00"), "200");
    ASSERT_TRUE(daemon.await_drained()) << daemon.admin("/status").body;
    daemon.kill();
  }
  expect_replay_agrees(site);
  std::filesystem::remove_all(site.path("state"));

  Daemon daemon(site);
  ASSERT_TRUE(daemon.await_ready()) << daemon.log();
  EXPECT_EQ(ask(daemon, "m5", "20.01"), "402 AMOUNT_LIMIT_EXCEEDED");
  EXPECT_EQ(ask(daemon, "m6", "20.00"), "200");
  EXPECT_EQ(
      daemon.metric(
          R"(authd_shadow_declines_total{check="limit",control="",level="card",program="demo"})"),
      2);
  EXPECT_EQ(daemon.terminate(), 0) << daemon.log();
  expect_replay_agrees(site);
}

TEST_F(Decision, IsExplainedWithTheFiguresItWasMadeOn) {
  const Site site({.conninfo = conninfo()});
  ASSERT_EQ(
      site.load(accounts + card_limit_line(7, R"("measure":"amount","max":10000,"per":"day")"))
          .code,
      0);
  Daemon daemon(site);
  ASSERT_TRUE(daemon.await_ready()) << daemon.log();
  ask(daemon, "m1", "60.00");
  EXPECT_EQ(ask(daemon, "m2", "40.01"), "402 AMOUNT_LIMIT_EXCEEDED");

  const auto record = explained(site, "m2");  // beside the running daemon
  EXPECT_EQ(record.at("reason"), "amount_limit");
  EXPECT_EQ(record.at("available_minor"), 94'000);
  const auto& finding = record.at("explanation").at("findings").at(0);
  EXPECT_EQ(finding.at("control"), 7);
  EXPECT_EQ(finding.at("version"), 1);
  EXPECT_EQ(finding.at("limit"), 10'000);
  EXPECT_EQ(finding.at("used"), 6'000);
  EXPECT_EQ(finding.at("asked"), 4'001);
  EXPECT_EQ(finding.at("left"), -1);
  EXPECT_TRUE(finding.at("resets_at").as_string().ends_with(":00:00Z"));
  const Finished text = site.authd({"explain", "m2"});
  EXPECT_NE(text.out.find("Declined by control 7, version 1, of the card"), std::string::npos)
      << text.out;
  EXPECT_EQ(site.authd({"explain", "nobody"}).code, 1);
  EXPECT_EQ(daemon.terminate(), 0) << daemon.log();
}

TEST_F(Decision, ApprovesPartOfItWhereBothSidesAllowThat) {
  const Site site({.conninfo = conninfo(), .program_keys = "partial_approval = true\n"});
  ASSERT_EQ(site.load(accounts).code, 0);
  Daemon daemon(site);
  ASSERT_TRUE(daemon.await_ready()) << daemon.log();
  std::string body = purchase_body("m1", "card-1", "1200.00");
  body.insert(body.size() - 1, R"(,"pos":{"partial_approval_capable":true})");
  const HttpAnswer answer = post_to(daemon, post(body));
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_NE(answer.body.find(R"("amount":1000.00)"), std::string::npos) << answer.body;
  EXPECT_EQ(ask(daemon, "m2", "0.01"), "402 INSUFFICIENT_FUNDS");
  EXPECT_EQ(daemon.terminate(), 0) << daemon.log();
}

TEST_F(Decision, DeclinesWhenTheLedgerMissesTooMuch) {
  const Site site({.conninfo = conninfo(),
                   .program_keys = "[[program.exposure_limit]]\ncurrency = \"USD\"\n"
                                   "minor_units = 5000\n"});
  ASSERT_EQ(site.load(accounts).code, 0);
  Daemon daemon(site);
  ASSERT_TRUE(daemon.await_ready()) << daemon.log();
  Cluster::stop();
  EXPECT_EQ(ask(daemon, "m1", "50.00"), "200");
  EXPECT_EQ(ask(daemon, "m2", "0.01").substr(0, 3), "402");
  EXPECT_EQ(explained(site, "m2").at("reason"), "exposure_limit");
  Cluster::start();
  ASSERT_TRUE(daemon.await_drained()) << daemon.admin("/status").body;
  EXPECT_EQ(ask(daemon, "m3", "50.00"), "200");
  EXPECT_EQ(daemon.terminate(), 0) << daemon.log();
}

TEST_F(Decision, DeclinesWhenTheLedgerWasNotHeardOfForTooLong) {
  const Site site({.conninfo = conninfo(), .program_keys = "mirror_age_max = 6\n"});
  ASSERT_EQ(site.load(accounts).code, 0);
  Daemon daemon(site);
  ASSERT_TRUE(daemon.await_ready()) << daemon.log();
  EXPECT_EQ(ask(daemon, "m0", "1.00"), "200");
  Cluster::stop();
  int asked = 0;
  EXPECT_TRUE(eventually(
      [&] { return ask(daemon, "away-" + std::to_string(++asked), "0.01").starts_with("402"); }));
  EXPECT_EQ(explained(site, "away-" + std::to_string(asked)).at("reason"), "stale_state");
  Cluster::start();
  EXPECT_TRUE(
      eventually([&] { return ask(daemon, "back-" + std::to_string(++asked), "0.01") == "200"; }));
  EXPECT_EQ(daemon.terminate(), 0) << daemon.log();
}

// Every flush takes longer than the answer may: what was approved is taken back.
TEST_F(Decision, DeclinesInTimeAndTakesBackWhatItApprovedTooLate) {
  const Site site({.conninfo = conninfo(), .program_keys = "answer_within_ms = 250\n"});
  ASSERT_EQ(site.load(accounts).code, 0);
  Daemon daemon(
      site, {"strace", "-D", "-f", "-qq", "-E", "ASAN_OPTIONS=detect_leaks=0", "-e",
             "trace=fdatasync", "-o", "/dev/null", "-e", "inject=fdatasync:delay_enter=700000"});
  ASSERT_TRUE(daemon.await_ready()) << daemon.log();
  const std::string request = post(purchase_body("m1", "card-1", "10.00"));
  const HttpAnswer late = post_to(daemon, request);
  EXPECT_EQ(late.status, 402) << late.body;
  EXPECT_EQ(post_to(daemon, request), late);
  EXPECT_TRUE(eventually(
      [&] { return daemon.metric(R"(authd_bookings_total{program="demo",what="ghost"})") == 1; }));
  auto connection = connect();
  EXPECT_TRUE(eventually([&] {
    return std::ssize(decisions_of_ledger(connection)) == 1 &&
           held_minor_by_account(connection).at(1) == 0;
  }));
  EXPECT_EQ(daemon.terminate(), 0) << daemon.log();

  const Finished found = site.authd({"explain", "m1"});
  EXPECT_NE(found.out.find("It was durable too late"), std::string::npos) << found.out;
  expect_replay_agrees(site);
}

}  // namespace
}  // namespace authd::test
