// An audit finds what differs, and nothing else.

#include "store/audit/audit.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/audit/fixture.h"
#include "tests/postgres/story.h"

namespace authd::test {

namespace {

using core::EventKind;
using store::BookCheck;
using store::RowFinding;
using store::RowKind;

class Audit : public AuditTest {};

std::uint64_t compared(const store::AuditReport& report, RowKind kind) {
  return report.compared[static_cast<std::size_t>(kind)];
}

class AuditOfSeed : public AuditTest, public testing::WithParamInterface<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Worlds, AuditOfSeed, testing::Range<std::uint64_t>(1, 5));

TEST_P(AuditOfSeed, FindsNothingWhereStateAndLedgerAgree) {
  World world({1}, GetParam());
  world.live(400);
  checkpoint(*snapshot, world);
  world.live(800);
  drain(world);
  const store::AuditReport report = audited(world);
  expect_clean(report);
  EXPECT_EQ(report.drained, world.last());
  EXPECT_EQ(report.ended + report.archived + report.removed + report.unsettled, 0U);
  for (const RowKind kind :
       {RowKind::account, RowKind::card, RowKind::authorization, RowKind::usage, RowKind::message,
        RowKind::notice, RowKind::controls, RowKind::program, RowKind::zone, RowKind::due_slot}) {
    EXPECT_GT(compared(report, kind), 0U) << int{static_cast<std::uint8_t>(kind)};
  }
}

TEST_F(Audit, FindsNothingInTheStory) {
  World world;
  tell_story(world);
  checkpoint(*snapshot, world);
  drain(world);
  expect_clean(audited(world));
}

// The ledger's side of one thing, spoilt.
struct Spoilt {
  const char* statement;
  const char* finding;  // the beginning of a line of findings()
};

const std::vector<Spoilt> spoilt{
    {"UPDATE authd.balance SET posted_minor = posted_minor + 1 WHERE account_id = 71",
     "different 65"},
    {"UPDATE authd.balance SET posted_minor = posted_minor + 1 WHERE account_id = 71",
     "balance_differs account 71: posted 4001, held 700, not posted 4000, held 700"},
    {"UPDATE authd.balance SET held_minor = held_minor + 1 WHERE account_id = 71",
     "holds_differ account 71"},
    {"UPDATE authd.balance SET pending_credit_minor = 9 WHERE account_id = 71",
     "holds_differ account 71"},
    {"UPDATE authd.account SET status = 2 WHERE id = 71", "different 65"},
    {"UPDATE authd.account SET overdraft_minor = 1 WHERE id = 71", "different 65"},
    {"UPDATE authd.account SET minimum_minor = 1 WHERE id = 71", "different 65"},
    {"UPDATE authd.account SET kyc = 4 WHERE id = 71", "different 65"},
    {"UPDATE authd.account SET currency = 'EUR' WHERE id = 72", "different 65"},
    {"DELETE FROM authd.account WHERE id = 72", "ledger_lacks 65"},
    {"WITH opened AS (INSERT INTO authd.account (id, status, currency, opening_minor) VALUES (99, "
     "1,"
     " 'USD', 0) RETURNING 1) INSERT INTO authd.balance (account_id, posted_minor) VALUES (99, 0)",
     "state_lacks 65"},
    {"UPDATE authd.card SET status = 4 WHERE token = 'card_1'", "different 67"},
    {"UPDATE authd.card SET account_id = 72 WHERE token = 'card_1'", "different 67"},
    {"UPDATE authd.card SET expires_at = expires_at + interval '1 second'"
     " WHERE token = 'card_1'",
     "different 67"},
    {"UPDATE authd.card SET locked_to = 'x' WHERE token = 'card_1'", "different 67"},
    {"DELETE FROM authd.card WHERE token = 'card_1'", "ledger_lacks 67"},
    {"UPDATE authd.spend_control SET removed_at = now() WHERE level = 2 AND"
     " removed_at IS NULL",
     "different 65"},
    {"DELETE FROM authd.spend_control WHERE level = 3 AND removed_at IS NULL", "ledger_lacks 67"},
    {"DELETE FROM authd.authorization WHERE key = 'm1'", "ledger_lacks 72"},
    {"UPDATE authd.authorization SET cleared_minor = cleared_minor + 1 WHERE key = 'm1'",
     "different 72"},
    {"UPDATE authd.authorization SET next_due = 5 WHERE key = 'm1'", "different 72"},
    {"DELETE FROM authd.decision WHERE message_id = 'm1'", "ledger_lacks 77"},
    {"DELETE FROM authd.decision WHERE message_id = 'm1'", "authorization_unexplained"},
    {"UPDATE authd.decision SET reason = 111 WHERE message_id = 'm1'", "different 77"},
    {"UPDATE authd.decision SET message_id = 'm1', decided_at = decided_at + interval"
     " '1 second' WHERE message_id = 'm2'",
     "twice 77"},
    {"UPDATE authd.message SET share_minor = share_minor + 1", "different 77"},
    {"DELETE FROM authd.event WHERE notice_id = 'n1'", "ledger_lacks 78"},
    {"UPDATE authd.event SET amount_minor = amount_minor + 1 WHERE notice_id = 'n1'",
     "different 78"},
    {"UPDATE authd.event SET posted_minor = posted_minor + 1 WHERE posted_minor <> 0",
     "event_not_booked"},
    {"UPDATE authd.transfer SET status = 4 WHERE id = 'w1'", "different 84"},
    {"DELETE FROM authd.transfer WHERE id = 't1'", "ledger_lacks 84"},
    {"DELETE FROM authd.journal_entry WHERE kind = 13", "transfer_not_booked"},
    {"DELETE FROM authd.journal_entry WHERE kind = 13", "entry_incomplete"},
    {"DELETE FROM authd.posting WHERE book = 2 AND account_id = 71", "entry_unbalanced"},
    {"DELETE FROM authd.posting WHERE book = 2 AND account_id = 71",
     "trial_balance all books in USD: -700, not 0"},
    {"UPDATE authd.posting SET account_id = 72 WHERE account_id = 71 AND book = 2",
     "entry_account"},
    {"UPDATE authd.posting SET amount_minor = amount_minor * 2 WHERE account_id = 71",
     "balance_differs account 71"},
    {"DELETE FROM authd.state_image WHERE get_byte(key, length(key) - 1) = 1", "ledger_lacks 67"},
    {"UPDATE authd.due_slot SET head = head + 1", "different 68"},
    {"DELETE FROM authd.due_slot", "ledger_lacks 68"},
    {"UPDATE authd.shard SET due_cursor = due_cursor + 1", "different 69"},
    {"UPDATE authd.balance SET state_seq = 1000000 WHERE account_id = 71",
     "beyond_mark authd.balance: record 1000000"}};

// A world with transfers, drained; each thing is spoilt in a database of its own, a copy.
TEST_F(Audit, FindsWhateverIsSpoiltInTheLedger) {
  World world;
  tell_story(world);
  world.apply(core::OpenAccount{account(71, 5'000)});
  world.apply(core::OpenAccount{account(72, 0)});
  world.apply(core::MoveMoney{demo,
                              *core::MessageId::from("t1"),
                              core::TransferKind::transfer,
                              {71},
                              {72},
                              usd(1'000),
                              false,
                              false});
  world.apply(core::MoveMoney{demo,
                              *core::MessageId::from("w1"),
                              core::TransferKind::wire,
                              {71},
                              {0},
                              usd(700),
                              true,
                              false});
  world.flush();
  checkpoint(*snapshot, world);
  drain(world);
  expect_clean(audited(world));
  auto admin = test::connect(Cluster::superuser_conninfo("postgres"));
  const std::string copy = database() + "_spoilt";
  store::AuditOptions of_copy = options(world);
  of_copy.connection.conninfo = Cluster::conninfo(copy);
  for (const auto& [statement, finding] : spoilt) {
    SCOPED_TRACE(statement);
    query_text(admin, "CREATE DATABASE " + copy + " TEMPLATE " + database() + " OWNER authd");
    {
      auto superuser = test::connect(Cluster::superuser_conninfo(copy));
      query_text(superuser, "SET session_replication_role = replica");
      EXPECT_GT(superuser.exec(statement, store::PgParams())->affected(), 0);
    }
    const store::AuditReport report = audited(world, of_copy);
    EXPECT_GT(report.differences, 0U);
    const std::string found = "\n" + findings(report);
    EXPECT_NE(found.find("\n" + std::string(finding)), std::string::npos) << finding << found;
    query_text(admin, "DROP DATABASE " + copy + " WITH (FORCE)");
  }
}

// The state's side.
TEST_F(Audit, FindsARowThatTheStateHasOtherwise) {
  World world;
  tell_story(world);
  drain(world);
  checkpoint(*snapshot, world);
  core::Account other = **world.state().account({1});
  other.posted_minor += 1;
  put(*snapshot, other);
  const store::AuditReport report = audited(world);
  ASSERT_EQ(report.rows.size(), 1U);
  EXPECT_EQ(report.differences, 1U);
  EXPECT_EQ(report.rows[0].kind, RowFinding::Kind::different);
  EXPECT_EQ(report.rows[0].state, core::Row{other});
  other.posted_minor -= 1;
  EXPECT_EQ(report.rows[0].ledger, core::Row{other});
}

TEST_F(Audit, FindsARowThatTheStateHasAlone) {
  World world;
  tell_story(world);
  drain(world);
  checkpoint(*snapshot, world);
  core::Transfer transfer;
  transfer.program = demo;
  transfer.id = *core::MessageId::from("invented");
  transfer.kind = core::TransferKind::top_up;
  transfer.to = {1};
  transfer.begun_by = {1};
  transfer.amount = usd(1);
  put(*snapshot, transfer);
  const store::AuditReport report = audited(world);
  ASSERT_EQ(report.rows.size(), 1U);
  EXPECT_EQ(report.rows[0].kind, RowFinding::Kind::ledger_lacks);
  EXPECT_EQ(report.rows[0].state, core::Row{transfer});
}

TEST_F(Audit, FindsARowThatTheStateCannotRead) {
  World world;
  tell_story(world);
  drain(world);
  checkpoint(*snapshot, world);
  const store::RowKey key = store::account_key({1});
  const std::vector<std::byte> value(8);
  const store::Table::Entry entry{key.view(), value};
  ASSERT_TRUE(snapshot->commit({&entry, 1}, nullptr));
  const store::AuditReport report = audited(world);
  ASSERT_EQ(report.rows.size(), 1U);
  EXPECT_EQ(report.rows[0].kind, RowFinding::Kind::unreadable);
}

TEST_F(Audit, FindsAnAccountThatDoesNotKnowOfItsControls) {
  World world;
  world.begin_with_card();
  world.apply(core::SetControl{{core::AccountId{1}},
                               limit(5, 100, core::Period::lifetime, core::Level::account)});
  world.flush();
  drain(world);
  checkpoint(*snapshot, world);
  expect_clean(audited(world));
  core::Account unknowing = **world.state().account({1});
  unknowing.has_controls = false;
  put(*snapshot, unknowing);
  EXPECT_EQ(findings(audited(world)).substr(0, 12), "different 65");
}

TEST_F(Audit, CountsAllDifferencesAndKeepsTheFirst) {
  World world({1}, 7);
  world.live(300);
  checkpoint(*snapshot, world);
  drain(world);
  spoil("UPDATE authd.balance SET posted_minor = posted_minor + 1");
  store::AuditOptions few = options(world);
  few.findings_max = 2;
  const store::AuditReport report = audited(world, few);
  const std::uint64_t accounts = compared(report, RowKind::account);
  EXPECT_GT(accounts, 4U);
  EXPECT_EQ(report.rows.size(), 2U);
  EXPECT_EQ(report.books.size(), 2U);
  EXPECT_EQ(report.rows_differing[static_cast<std::size_t>(RowKind::account)], accounts);
  EXPECT_EQ(report.books_differing[static_cast<std::size_t>(BookCheck::balance_differs)], accounts);
  EXPECT_EQ(report.differences, 2 * accounts);
}

}  // namespace

}  // namespace authd::test
