// Where the state comes from: the journal and snapshot alone, or, after a lost disk, PostgreSQL.

#include <gtest/gtest.h>

#include <map>

#include "tests/e2e/daemon.h"
#include "tests/e2e/gateway.h"
#include "tests/e2e/ledger_audit.h"

namespace authd::test {
namespace {

const std::string openings = account_line(1, 10'000) + account_line(2, 500) +
                             card_line("card-1", 1) + card_line("card-2", 2);

// Messages of every outcome, and their answers.
class Conversation {
 public:
  void have(const Daemon& daemon) {
    ask(daemon, purchase_body("approved", "card-1", "60.00"), 200);
    ask(daemon, purchase_body("no-funds", "card-1", "40.01"), 402);
    ask(daemon, purchase_body("the-rest", "card-1", "40.00"), 200);
    ask(daemon, purchase_body("other", "card-2", "1.25"), 200);
    ask(daemon, purchase_body("nobody", "card-3", "1.00"), 402);
    ask(daemon, inquiry_body("balance", "card-2"), 200);
  }
  void expect_same_answers(const Daemon& daemon) const {
    for (const auto& [request, answer] : answers_) EXPECT_EQ(post_to(daemon, request), answer);
  }
  std::size_t size() const noexcept { return answers_.size(); }

 private:
  void ask(const Daemon& daemon, const std::string& body, int status) {
    const HttpAnswer answer = post_to(daemon, post(body));
    EXPECT_EQ(answer.status, status) << answer.body;
    answers_[post(body)] = answer;
  }

  std::map<std::string, HttpAnswer> answers_;
};

// The money is where the conversation has left it: nothing on card 1, 3.75 on card 2.
void expect_balances_after(const Daemon& daemon, const std::string& message) {
  EXPECT_EQ(post_to(daemon, post(purchase_body(message + "-1", "card-1", "0.01"))).status, 402);
  const HttpAnswer two = post_to(daemon, post(inquiry_body(message + "-2", "card-2")));
  EXPECT_NE(two.body.find(R"("ledger_balance":5.00,"available_balance":3.75)"), std::string::npos)
      << two.body;
}

TEST(StateAlone, IsLoadedDecidesAndOutlivesRestarts) {
  const Site site;
  const Finished loaded = site.load(openings);
  ASSERT_EQ(loaded.code, 0) << loaded.err;
  EXPECT_EQ(loaded.out,
            "accounts: 2 created, 0 existed already\n"
            "cards: 2 created, 0 existed already\n");
  EXPECT_EQ(site.load(openings).out,
            "accounts: 0 created, 2 existed already\n"
            "cards: 0 created, 2 existed already\n");
  Conversation conversation;
  {
    Daemon daemon(site);
    ASSERT_TRUE(daemon.await_ready()) << daemon.log();
    EXPECT_TRUE(daemon.status().at("drain").is_null());
    conversation.have(daemon);
    ASSERT_EQ(daemon.terminate(), 0) << daemon.log();
  }
  {
    Daemon daemon(site);
    ASSERT_TRUE(daemon.await_ready()) << daemon.log();
    conversation.expect_same_answers(daemon);
    expect_balances_after(daemon, "after-stop");
    daemon.kill();
  }
  // The snapshot is only a shortcut: the journal has everything.
  std::filesystem::remove_all(site.path("state") / "snapshot");
  Daemon daemon(site);
  ASSERT_TRUE(daemon.await_ready()) << daemon.log();
  conversation.expect_same_answers(daemon);
  expect_balances_after(daemon, "after-kill");
  ASSERT_EQ(daemon.terminate(), 0) << daemon.log();
  EXPECT_EQ(decisions_of_journal(site).size(), conversation.size() + 4);
}

class Bootstrap : public DatabaseTest {};

TEST_F(Bootstrap, GivesBackALostStateFromTheLedger) {
  const Site site({.conninfo = conninfo()});
  const Finished migrated = site.authd({"migrate"});
  ASSERT_EQ(migrated.code, 0) << migrated.err;
  EXPECT_TRUE(migrated.out.starts_with("applied migration 1\n")) << migrated.out;
  EXPECT_EQ(site.authd({"migrate"}).out, "the schema is up to date\n");
  ASSERT_EQ(site.load(openings).code, 0);

  Conversation conversation;
  std::int64_t journaled = 0;
  {
    Daemon daemon(site);
    ASSERT_TRUE(daemon.await_ready()) << daemon.log();
    conversation.have(daemon);
    ASSERT_TRUE(daemon.await_following()) << daemon.admin("/status").body;
    ASSERT_TRUE(daemon.await_drained()) << daemon.admin("/status").body;
    journaled = daemon.journaled_sequence();
    ASSERT_EQ(daemon.terminate(), 0) << daemon.log();
  }
  std::filesystem::remove_all(site.path("state"));

  Daemon daemon(site);
  ASSERT_TRUE(daemon.await_ready()) << daemon.log();
  EXPECT_NE(daemon.log().find("complete_up_to=" + std::to_string(journaled)), std::string::npos)
      << daemon.log();
  // The mirror compares everything, and adds the records of its mark.
  ASSERT_TRUE(daemon.await_following()) << daemon.admin("/status").body;
  const std::int64_t mirrored = daemon.journaled_sequence();
  EXPECT_GE(mirrored, journaled);
  conversation.expect_same_answers(daemon);
  EXPECT_EQ(daemon.journaled_sequence(), mirrored);  // nothing was decided again
  expect_balances_after(daemon, "after-loss");
  EXPECT_EQ(daemon.journaled_sequence(), mirrored + 2);  // and it goes on behind the old mark
  ASSERT_TRUE(daemon.await_drained()) << daemon.admin("/status").body;
  auto connection = connect();
  const Decisions ledger = decisions_of_ledger(connection);
  EXPECT_EQ(ledger.size(), conversation.size() + 2);
  EXPECT_EQ(ledger.rbegin()->first, mirrored + 2);
  EXPECT_EQ(unbalanced_accounts(connection), std::vector<std::string>());
  ASSERT_EQ(daemon.terminate(), 0) << daemon.log();
}

}  // namespace
}  // namespace authd::test
