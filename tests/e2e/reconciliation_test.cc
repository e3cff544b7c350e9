// Reconciliation in the running daemon: money that authd moved, a supplier's file about it, and
// people who settle the rest. Afterwards the books balance and are the state.

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <fstream>

#include "tests/e2e/eventually.h"
#include "tests/e2e/gateway.h"
#include "tests/e2e/ledger_daemon.h"

namespace authd::test {
namespace {

namespace json = boost::json;

constexpr std::string_view source = R"(
name = "bank"
delimiter = ","
currency = "USD"
[columns]
reference = "id"
occurred_at = "at"
amount = "amount"
[time]
formats = ["YYYY-MM-DDTHH:mm:ssZ"]
zone = "UTC"
)";

constexpr std::string_view reconciliation = R"(
[reconciliation]
spool = "spool"
watch_s = 1
[[reconciliation.supplier]]
name = "bank"
source = "bank.toml"
program = "demo"
books = "transfers"
transfer_kinds = ["withdrawal"]
directory = "files"
watched = true
approval_above_minor = 1000
)";

class Reconciles : public LedgerDaemonTest {
 protected:
  void SetUp() override {
    LedgerDaemonTest::SetUp();
    begin({.programs = std::string(reconciliation),
           .files = {{"bank.toml", std::string(source)}},
           .directories = {"files", "spool"}},
          account_line(1, 100'000) + card_line("card-1", 1));
    if (HasFatalFailure()) return;
    second_.emplace(daemon_->api_port(), create_api_key(*site_, ""));
  }

  // A line about a withdrawal that is made now.
  std::string withdrawal_line(std::int64_t minor_units, std::string_view amount) {
    const HttpAnswer made = client_->post("/v1/accounts/1/withdrawals",
                                          R"({"amount":)" + amount_json(minor_units) + "}");
    EXPECT_EQ(made.status, 201) << made;
    const json::object transfer = object_of(made);
    return line(std::string(std::string_view(transfer.at("id").as_string())), amount);
  }

  std::string line(const std::string& id, std::string_view amount) const {
    return id + "," +
           ask("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')") + "," +
           std::string(amount) + "\n";
  }

  // Under a name that is no file's until it is written.
  void send(const std::string& name, const std::string& lines) const {
    const auto hidden = site_->path("files/." + name);
    std::ofstream(hidden) << "id,at,amount\n" << lines;
    std::filesystem::rename(hidden, site_->path("files/" + name));
  }

  bool await_state(int run, std::string_view state) {
    return eventually([&] {
      const auto shown = object_of(client_->get("/v1/reconciliation/runs/" + std::to_string(run)));
      const auto* const found = shown.if_contains("state");
      return found != nullptr && found->is_string() && found->as_string() == state;
    });
  }

  std::string exception(int kind) const {
    return "/v1/reconciliation/exceptions/" +
           ask("SELECT id FROM authd.recon_discrepancy WHERE kind = " + std::to_string(kind));
  }

  std::string posted_minor() const {
    return ask("SELECT posted_minor FROM authd.balance WHERE account_id = 1");
  }

  std::optional<WalletClient> second_;  // another person, of all programs
};

TEST_F(Reconciles, AFileThatAppearsAndLeavesTheRestToTwoPeople) {
  std::string lines = withdrawal_line(1'000, "-10.00");
  lines += withdrawal_line(2'000, "-20.05");
  withdrawal_line(3'000, "");
  lines += line("theirs alone", "-50.00");
  ASSERT_EQ(posted_minor(), "94000");
  send("day-1.csv", lines);
  ASSERT_TRUE(await_state(1, "done"))
      << client_->get("/v1/reconciliation/runs/1") << daemon_->log();
  EXPECT_EQ(
      ask("SELECT concat_ws(' ', lines, items, matched_lines, exceptions) FROM authd.recon_run"),
      "3 3 2 3");
  EXPECT_TRUE(
      eventually([&] { return std::filesystem::exists(site_->path("files/.done/1-day-1.csv")); }));

  // 5 cents more than we paid: one person may say that the issuer bears them.
  const HttpAnswer written_off = client_->act(exception(3), "write-off", R"({"reason":"rounded"})");
  EXPECT_EQ(written_off.status, 200) << written_off;
  EXPECT_EQ(ask("SELECT sum(amount_minor) FROM authd.posting WHERE book = 9"), "-5");

  // 50.00 that the holder has had: two have to say so.
  const HttpAnswer proposed =
      client_->act(exception(1), "adjustment", R"({"reason":"paid out by hand","account":1})");
  EXPECT_EQ(proposed.status, 202) << proposed;
  EXPECT_EQ(client_->act(exception(1), "approve").status, 409);
  EXPECT_EQ(posted_minor(), "94000");
  const HttpAnswer approved = second_->act(exception(1), "approve");
  EXPECT_EQ(approved.status, 200) << approved;
  EXPECT_EQ(posted_minor(), "89000");
  EXPECT_EQ(ask("SELECT sum(amount_minor) FROM authd.posting WHERE book = 5"), "0");

  EXPECT_EQ(ask("SELECT sum(minor) FROM authd.trial_balance"), "0");
  const HttpAnswer verified = client_->get("/v1/reconciliation/audit/verify?supplier=bank&run=1");
  EXPECT_EQ(verified.status, 200) << verified;
  const Finished shell = site_->authd({"recon", "verify"});
  EXPECT_EQ(shell.code, 0) << shell.out << shell.err;
}

TEST_F(Reconciles, AnUploadInPiecesAndForgetsItsBytes) {
  const std::string file = "id,at,amount\n" + withdrawal_line(1'000, "-10.00");
  const HttpAnswer begun = client_->post(
      "/v1/reconciliation/runs", R"({"supplier":"bank","upload":true,"name":"by-hand.csv"})");
  ASSERT_EQ(begun.status, 202) << begun;
  const std::string run = "/v1/reconciliation/runs/1";
  EXPECT_EQ(client_->put(run + "/file?offset=0", file.substr(0, 20)).status, 200);
  EXPECT_EQ(client_->put(run + "/file?offset=0", file.substr(0, 20)).status, 409);
  EXPECT_EQ(client_->put(run + "/file?offset=20", file.substr(20)).status, 200);
  const HttpAnswer complete = client_->post(run + "/file/complete");
  EXPECT_EQ(complete.status, 200) << complete;
  ASSERT_TRUE(await_state(1, "done")) << client_->get(run) << daemon_->log();
  EXPECT_EQ(ask("SELECT concat_ws(' ', lines, matched_lines, exceptions) FROM authd.recon_run"),
            "1 1 0");
  EXPECT_TRUE(eventually([&] { return std::filesystem::is_empty(site_->path("spool")); }));
}

TEST_F(Reconciles, ByTheShellWhatAFileSaysOnce) {
  const auto file = site_->path("statement.csv");
  std::ofstream(file) << "id,at,amount\n" << withdrawal_line(1'000, "-10.00");
  const Finished done =
      site_->authd({"recon", "run", file.string(), "--supplier", "bank", "--quiet"});
  EXPECT_EQ(done.code, 0) << done.out << done.err;
  const Finished again =
      site_->authd({"recon", "run", file.string(), "--supplier", "bank", "--quiet"});
  EXPECT_EQ(again.code, 1);
  EXPECT_NE((again.out + again.err).find("run 1 has read this very file"), std::string::npos)
      << again.out << again.err;
}

TEST_F(Reconciles, EveryLineOnceThoughItIsKilledInBetween) {
  std::string lines = withdrawal_line(1'000, "-10.00");
  const std::string rest = lines.substr(lines.find(','));
  for (int i = 0; i < 60'000; ++i) lines += "x-" + std::to_string(i) + rest;
  send("large.csv", lines);
  for (const std::string state : {"3", "4"}) {  // reading, matching
    ASSERT_TRUE(eventually([&] { return ask("SELECT state FROM authd.recon_run") >= state; }));
    kill_and_start();
  }
  ASSERT_TRUE(await_state(1, "done"))
      << client_->get("/v1/reconciliation/runs/1") << daemon_->log();
  EXPECT_EQ(ask("SELECT concat_ws(' ', lines, matched_lines, discrepancies) FROM authd.recon_run"),
            "60001 1 60000");
  EXPECT_EQ(ask("SELECT count(*) FROM authd.recon_line"), "60001");
  EXPECT_EQ(ask("SELECT count(*) FROM authd.recon_discrepancy"), "60000");
  EXPECT_EQ(ask("SELECT count(*) FROM authd.recon_broken(1::smallint)"), "0");
}

}  // namespace
}  // namespace authd::test
