// Referral in the running daemon: what is spent on a card is earned from by three members above,
// given back with a refund, paid to wallets and spent; and invitations reach the gateway.

#include <gtest/gtest.h>

#include "tests/e2e/eventually.h"
#include "tests/e2e/gateway.h"
#include "tests/e2e/ledger_daemon.h"
#include "tests/processors/changed_body.h"
#include "tests/referral/invitations/test_gateway.h"

namespace authd::test {
namespace {

constexpr std::string_view referral = R"(
[referral]
look_every_ms = 10
)";

std::string quoted(const std::string& text) { return '"' + text + '"'; }

// Members are the holders 1, 2, … of the accounts with the same numbers.
class Refers : public LedgerDaemonTest {
 protected:
  void begin_with(int members, const std::string& configuration = "") {
    std::string openings;
    for (int i = 1; i <= members; ++i) openings += account_line(i, 0);
    for (int i = 1; i <= 4; ++i) openings += card_line("card-" + std::to_string(i), i);
    begin({.programs = std::string(referral) + configuration}, openings);
    if (HasFatalFailure()) return;
    tell("INSERT INTO authd.holder (id, program) SELECT n, 'demo' FROM generate_series(1, " +
         std::to_string(members) + ") AS n");
    tell("UPDATE authd.account SET holder_id = id");
    // The clock pays nobody until a test wants it to.
    tell(
        "INSERT INTO authd.referral_program (program, currency, zone, payout_from, payout_at)"
        " VALUES ('demo', 'USD', 'UTC', '2999-01-01', '00:00')");
  }

  void tell(const std::string& statement) const {
    auto connection = connect();
    query(connection, statement);
  }

  // 1 has invited 2, who has invited 3, who has invited 4. Of purchases they earn 2, 1 and 0.5 %.
  void make_a_chain() const {
    tell(
        "INSERT INTO authd.referral_member (holder_id, program, code, inviter_id, invited_at)"
        " SELECT n, 'demo', 'CODE' || n, nullif(n - 1, 0), CASE WHEN n > 1 THEN now() END"
        "   FROM generate_series(1, 4) AS n");
    tell(
        "WITH terms AS (INSERT INTO authd.referral_terms"
        "   (program, version, starts_at, holding_s, minimum_minor, created_by)"
        "   VALUES ('demo', 1, now(), 0, 0, 'test') RETURNING id)"
        " INSERT INTO authd.referral_rate (terms_id, source_kind, level, basis_points)"
        " SELECT id, 1, level, points FROM terms, (VALUES (1, 200), (2, 100), (3, 50))"
        "   AS rate (level, points)");
  }

  int purchase(const std::string& message, std::string_view card, std::int64_t minor) const {
    return post_to(*daemon_, post(purchase_body(message, card, major_units(minor)))).status;
  }

  void send_event(const std::string& body) const {
    EXPECT_EQ(post_to(*daemon_, post(body, gateway_credentials, "/programs/demo/events")),
              (HttpAnswer{200, R"({"events":1})"}));
  }
  void clear(const std::string& purchase, const std::string& card, std::int64_t minor) const {
    const std::string amount = major_units(minor);
    send_event(changed(fixture_body("marqeta/a-auth-full-clearing/03-webhook-clearing.json"),
                       {{"/transactions/0/token", quoted(purchase + "-clearing")},
                        {"/transactions/0/preceding_related_transaction_token", quoted(purchase)},
                        {"/transactions/0/card_token", quoted(card)},
                        {"/transactions/0/amount", amount},
                        {"/transactions/0/gpa_order/jit_funding/amount", amount},
                        {"/transactions/0/gpa_order/jit_funding/original_jit_funding_token", ""}}));
  }
  void refund(const std::string& message, const std::string& purchase, const std::string& card,
              std::int64_t minor) const {
    const std::string amount = major_units(minor);
    send_event(changed(fixture_body("marqeta/h-refund/01-webhook-refund.json"),
                       {{"/transactions/0/token", quoted(message)},
                        {"/transactions/0/preceding_related_transaction_token", quoted(purchase)},
                        {"/transactions/0/card_token", quoted(card)},
                        {"/transactions/0/amount", amount},
                        {"/transactions/0/gpa_order_unload/jit_funding/amount", amount}}));
  }

  // "level holder minor" of every earning of the kind.
  std::string earnings(int kind) const {
    return ask(
        "SELECT coalesce(string_agg(concat_ws(' ', level, holder_id, amount_minor), ', '"
        " ORDER BY level, id), '') FROM authd.referral_earning WHERE kind = " +
        std::to_string(kind));
  }
  bool await_earnings(int kind, const std::string& expected) const {
    return eventually([&] { return earnings(kind) == expected; });
  }

  // What is owed from tomorrow on is owed today: the day on which it is.
  std::string let_a_day_pass() const {
    tell("UPDATE authd.referral_due SET payable_on = payable_on - 1");
    return ask("SELECT max(payable_on)::text FROM authd.referral_due");
  }

  std::string posted(int account) const {
    return ask("SELECT coalesce(sum(posted_minor), 0) FROM authd.balance WHERE account_id = " +
               std::to_string(account));
  }
};

TEST_F(Refers, ThreeLevelsToThePennyAndPaysWhatCanBeSpent) {
  begin_with(4);
  ASSERT_FALSE(HasFatalFailure());
  make_a_chain();
  const HttpAnswer topped_up =
      client_->post("/v1/accounts/4/top-ups", R"({"amount":)" + amount_json(10'000) + "}");
  ASSERT_EQ(topped_up.status, 201) << topped_up;

  // 3.5 % of 33.33 are 1.16; level 3 has the largest remainder.
  ASSERT_EQ(purchase("m1", "card-4", 3'333), 200);
  clear("m1", "card-4", 3'333);
  ASSERT_TRUE(await_earnings(1, "1 3 66, 2 2 33, 3 1 17")) << earnings(1) << daemon_->log();
  EXPECT_EQ(daemon_->metric("authd_referral_earnings_total"), 3);

  // A third of it goes back, and a third of what was earned, less what is left in the pennies.
  refund("r1", "m1", "card-4", 1'111);
  ASSERT_TRUE(await_earnings(2, "1 3 -22, 2 2 -11, 3 1 -6")) << earnings(2) << daemon_->log();

  EXPECT_EQ(purchase("m2", "card-3", 1), 402);
  const std::string day = let_a_day_pass();
  const Finished paid = site_->authd({"referral", "payout", "--date", day, "--quiet"});
  EXPECT_EQ(paid.code, 0) << paid.out << paid.err;
  const Finished again =
      site_->authd({"referral", "payout", "--program", "demo", "--date", day, "--quiet"});
  EXPECT_EQ(again.code, 0) << again.out << again.err;
  EXPECT_EQ(ask("SELECT string_agg(concat_ws(' ', holder_id, amount_minor), ', '"
                " ORDER BY holder_id) FROM authd.referral_payout"),
            "1 11, 2 22, 3 44");
  ASSERT_TRUE(eventually([&] {
    return posted(3) == "44" && posted(2) == "22" && posted(1) == "11";
  })) << posted(1)
      << " " << posted(2) << " " << posted(3) << daemon_->log();
  EXPECT_EQ(purchase("m3", "card-3", 45), 402);
  EXPECT_EQ(purchase("m4", "card-3", 44), 200);

  // What is given back after it was paid is owed by the member.
  refund("r2", "m1", "card-4", 2'222);
  ASSERT_TRUE(await_earnings(2, "1 3 -22, 1 3 -44, 2 2 -11, 2 2 -22, 3 1 -6, 3 1 -11"))
      << earnings(2);
  EXPECT_EQ(ask("SELECT sum(amount_minor) FROM authd.referral_due WHERE payout_id IS NULL"), "-77");
  EXPECT_EQ(daemon_->metric("authd_referral_lag_records"), 0);
}

TEST_F(Refers, PaysTheProgramsOfADayThatNothingKeepsFromIt) {
  begin_with(4);
  ASSERT_FALSE(HasFatalFailure());
  const auto payout = [this](std::vector<std::string> more) {
    std::vector<std::string> arguments{"referral", "payout", "--date", "2026-11-01", "--quiet"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return site_->authd(arguments);
  };
  tell("INSERT INTO authd.referral_member (holder_id, program, code) VALUES (1, 'demo', 'CODE1')");
  tell(
      "INSERT INTO authd.referral_program (program, currency, zone, payout_from, payout_at)"
      " VALUES ('at-rest', 'USD', 'UTC', '2999-01-01', '00:00')");
  tell(
      "INSERT INTO authd.referral_pause (program, paused_at, paused_by, reason)"
      " VALUES ('at-rest', now(), 'test', 'test')");
  tell("SELECT authd.referral_adjust(1, 500, 'test', 'a gift')");
  tell("UPDATE authd.referral_due SET payable_on = '2026-11-01'");

  const Finished foretold = payout({"--dry-run"});
  EXPECT_EQ(foretold.code, 0) << foretold.err;
  EXPECT_NE(foretold.out.find("at-rest of 2026-11-01: 0 members would be paid"), std::string::npos)
      << foretold.out;
  EXPECT_NE(foretold.out.find("demo of 2026-11-01: 1 members would be paid"), std::string::npos)
      << foretold.out;
  EXPECT_EQ(ask("SELECT count(*) FROM authd.referral_payout"), "0");

  const Finished paid = payout({});
  EXPECT_EQ(paid.code, 2);
  EXPECT_NE(paid.err.find("program at-rest is paused"), std::string::npos) << paid.err;
  EXPECT_NE(paid.out.find("demo of 2026-11-01: 1 members paid"), std::string::npos) << paid.out;
  EXPECT_EQ(ask("SELECT concat_ws(' ', holder_id, amount_minor, day) FROM authd.referral_payout"),
            "1 500 2026-11-01");

  const Finished unknown = payout({"--program", "unknown"});
  EXPECT_EQ(unknown.code, 2);
  EXPECT_NE(unknown.err.find("program unknown has no referral"), std::string::npos) << unknown.err;
}

// Whoever is to be paid after these waits for a lock of ours: the daemon is killed in the midst of
// paying them, and what PostgreSQL was asked for it may still do when the lock is gone.
TEST_F(Refers, PaysEverybodyOnceThoughItIsKilledFiveTimes) {
  constexpr int members = 300;
  begin_with(members);
  ASSERT_FALSE(HasFatalFailure());
  tell(
      "INSERT INTO authd.referral_member (holder_id, program, code)"
      " SELECT n, 'demo', 'CODE' || n FROM generate_series(1, 300) AS n");
  tell(
      "SELECT authd.referral_adjust(n, 1000 + n, 'test', 'to be paid')"
      " FROM generate_series(1, 300) AS n");
  const std::string day = let_a_day_pass();
  const auto paid = [this] { return std::stoi(ask("SELECT count(*) FROM authd.referral_payout")); };
  daemon_->kill();
  tell("UPDATE authd.referral_program SET payout_from = '" + day + "'");
  for (int kills = 1; kills <= 5; ++kills) {
    auto locker = connect();
    query(locker, "BEGIN");
    query(locker, "SELECT FROM authd.referral_due WHERE holder_id > " + std::to_string(50 * kills) +
                      " FOR UPDATE");
    start();
    ASSERT_FALSE(HasFatalFailure());
    ASSERT_TRUE(eventually([&] { return paid() >= 50 * kills; })) << paid() << daemon_->log();
    daemon_->kill();
    query(locker, "ROLLBACK");
  }
  EXPECT_LT(paid(), members);
  start();
  ASSERT_FALSE(HasFatalFailure());
  ASSERT_TRUE(eventually([&] {
    return ask("SELECT count(finished_at) FROM authd.referral_payout_run WHERE day = '" + day +
               "'") == "1";
  })) << paid()
      << daemon_->log();

  const std::string owed = "345150";  // 300 × 1,000 + 1 + … + 300
  EXPECT_EQ(ask("SELECT concat_ws(' ', count(*), count(DISTINCT holder_id), sum(amount_minor))"
                " FROM authd.referral_payout WHERE amount_minor = 1000 + holder_id"),
            "300 300 " + owed);
  EXPECT_EQ(ask("SELECT concat_ws(' ', count(*), count(DISTINCT account_id), sum(amount_minor))"
                " FROM authd.credit WHERE kind = 6"),
            "300 300 " + owed);
  EXPECT_EQ(ask("SELECT count(*) FROM authd.referral_due WHERE payout_id IS NULL"), "0");
  EXPECT_EQ(ask("SELECT concat_ws(' ', paid, paid_minor, failed) FROM authd.referral_payout_run"
                " WHERE day = '" +
                day + "'"),
            "300 " + owed + " 0");
  EXPECT_TRUE(eventually([&] {
    return ask("SELECT count(*) FROM authd.balance WHERE posted_minor = 1000 + account_id") ==
           "300";
  })) << daemon_->log();
  EXPECT_TRUE(eventually([&] {
    return daemon_->metric(R"(authd_referral_payout_day_timestamp_seconds{program="demo"})") > 0;
  }));
}

TEST_F(Refers, ByMessagesThatReachTheGatewayOnce) {
  const TestGateway gateway;
  begin_with(4, R"([referral.gateway]
url = ")" + gateway.settings().url +
                    R"("
headers = {Content-Type = "application/json", X-Id = "{id}"}
body = '{"to": "{phone}", "text": "{text}"}'
id_pointer = "/message/id"
allow_private = true
)");
  ASSERT_FALSE(HasFatalFailure());
  make_a_chain();
  tell(
      "INSERT INTO authd.referral_invitation"
      " (inviter_id, program, template, phone, body, phone_hash)"
      " VALUES (1, 'demo', 'plain', '+27820000001', 'Join \"us\" with CODE1',"
      " sha256('demo\n+27820000001'))");
  ASSERT_TRUE(eventually([&] {
    return ask("SELECT concat_ws(' ', state, attempts, gateway_id)"
               " FROM authd.referral_invitation") == "3 1 gateway-authd-1";
  })) << ask("SELECT state::text || coalesce(error, '') FROM authd.referral_invitation")
      << daemon_->log();
  ASSERT_EQ(gateway.count(), 1U);
  EXPECT_EQ(gateway.asked().front().body,
            R"({"to": "+27820000001", "text": "Join \"us\" with CODE1"})");
  EXPECT_EQ(daemon_->metric(R"(authd_referral_invitations_total{result="sent"})"), 1);
  const auto status = daemon_->status();
  EXPECT_EQ(status.at("referral").at("invitations").at("sent").to_number<int>(), 1);
}

}  // namespace
}  // namespace authd::test
