// Changes of every table, followed as they come.

#include <gtest/gtest.h>

#include "tests/mirror/mirrored_world.h"

namespace authd::test {

namespace {

using store::CompareReason;
using store::MirrorState;

class Mirror : public Mirroring {
 protected:
  void SetUp() override {
    Mirroring::SetUp();
    open_account(1, 5'000);
    issue_card("card_1", 1);
    start();
    ASSERT_TRUE(reaches(MirrorState::following));
  }
  std::uint64_t comparisons() const {
    std::uint64_t sum = 0;
    for (const std::uint64_t count : status().comparisons) sum += count;
    return sum;
  }
};

TEST_F(Mirror, BeginsWithWhatIsThere) {
  expect_caught_up_and_agreed();
  EXPECT_EQ(compared(CompareReason::mark_unknown), 1U);
  EXPECT_EQ(state_.copy().account({1}).value()->posted_minor, 5'000);
}

TEST_F(Mirror, FollowsAccounts) {
  open_account(2, -7);
  sql("UPDATE authd.account SET status = 2, overdraft_minor = 30, minimum_minor = 4 WHERE id = 1");
  expect_caught_up_and_agreed();
  sql("INSERT INTO authd.holder (id, program, kyc) VALUES (8, 'demo', 2)");
  sql("UPDATE authd.account SET holder_id = 8, name = 'x' WHERE id = 1");
  sql("UPDATE authd.holder SET kyc = 3 WHERE id = 8");
  expect_caught_up_and_agreed();
  EXPECT_EQ(state_.copy().account({1}).value()->kyc, core::Kyc::verified);
  sql("DELETE FROM authd.balance WHERE account_id = 2");
  sql("DELETE FROM authd.account WHERE id = 2");
  expect_caught_up_and_agreed();
  const auto deleted = state_.copy().account({2});
  EXPECT_EQ(deleted.value()->status, core::AccountStatus::closed);
  EXPECT_EQ(deleted.value()->posted_minor, -7);
  EXPECT_EQ(comparisons(), 1U);
}

TEST_F(Mirror, FollowsCards) {
  issue_card("it''s\\", 1);
  sql("UPDATE authd.card SET status = 3, active_from = '2001-02-03 04:05:06.789',"
      " expires_at = 'infinity' WHERE token = 'card_1'");
  ASSERT_TRUE(caught_up());
  const auto card =
      state_.copy().card(*core::ProgramId::from("demo"), *core::CardToken::from("card_1"));
  EXPECT_EQ(card.value()->expires_at, core::end_of_time);
  sql("UPDATE authd.card SET expires_at = '2031-01-01' WHERE token = 'card_1'");
  expect_caught_up_and_agreed();
  sql("UPDATE authd.card SET token = 'moved' WHERE token = 'card_1'");
  expect_caught_up_and_agreed();
  sql("DELETE FROM authd.card WHERE token = 'moved'");
  expect_caught_up_and_agreed();
}

TEST_F(Mirror, FollowsControls) {
  set_control(owner_of_card("card_1"), limit(1, 100));
  set_control(owner_of_account(1), limit(2, 200));
  set_control({*core::ProgramId::from("demo")}, limit(3, 300));
  expect_caught_up_and_agreed();
  core::Control edited = limit(2, 250);
  edited.version = 2;
  set_control(owner_of_account(1), edited);
  sql("UPDATE authd.spend_control SET removed_at = now() WHERE id = 1");
  expect_caught_up_and_agreed();
  set_control(owner_of_card("card_1"), limit(1, 100));
  sql("DELETE FROM authd.spend_control WHERE id = 3");
  expect_caught_up_and_agreed();
  sql("TRUNCATE authd.spend_control");
  expect_caught_up_and_agreed();
  EXPECT_EQ(comparisons(), 1U);
}

TEST_F(Mirror, MakesCreditsSpendable) {
  sql("INSERT INTO authd.credit (account_id, amount_minor, kind, currency)"
      " VALUES (1, 250, 1, 'USD'), (1, 1, 6, 'USD'), (1, 2, 7, 'USD')");
  expect_caught_up_and_agreed();
  EXPECT_EQ(state_.copy().account({1}).value()->posted_minor, 5'253);
  sql("DELETE FROM authd.credit WHERE amount_minor = 2");  // what was given is given
  ASSERT_TRUE(caught_up());
  EXPECT_EQ(state_.copy().account({1}).value()->posted_minor, 5'253);
}

TEST_F(Mirror, TellsWhichTransactionsAreApplied) {
  const std::string xid =
      sql_text("UPDATE authd.account SET status = 2 WHERE id = 1 RETURNING pg_current_xact_id()");
  const auto expected = static_cast<std::uint32_t>(std::stoull(xid));
  EXPECT_TRUE(soon([&] { return applied_xids().contains(expected); }));
}

TEST_F(Mirror, ReachesPositionsOfTransactionsThatConcernItNot) {
  sql("INSERT INTO authd.holder (id, program) VALUES (9, 'demo')");
  EXPECT_TRUE(caught_up());
}

TEST_F(Mirror, LeavesOutWhatWasRolledBack) {
  sql("BEGIN; UPDATE authd.account SET status = 3; INSERT INTO authd.card (program, token,"
      " account_id, status, expires_at) VALUES ('demo', 'no', 1, 1, now()); ROLLBACK");
  sql("BEGIN; SAVEPOINT a; UPDATE authd.account SET status = 3; ROLLBACK TO a;"
      " UPDATE authd.account SET overdraft_minor = 1; COMMIT");
  expect_caught_up_and_agreed();
  EXPECT_EQ(state_.copy().account({1}).value()->status, core::AccountStatus::active);
}

TEST_F(Mirror, TakesALargeTransactionInPortions) {
  sql("INSERT INTO authd.account (id, currency, status, opening_minor)"
      " SELECT id, 'USD', 1, id FROM generate_series(100, 20099) AS id");
  expect_caught_up_and_agreed();
  EXPECT_LE(state_.largest_call(), 1'001U);
  EXPECT_EQ(state_.copy().accounts().size(), 20'001U);
  sql("DELETE FROM authd.balance WHERE account_id >= 100");
  sql("DELETE FROM authd.account WHERE id >= 100");
  expect_caught_up_and_agreed();
  EXPECT_LE(state_.largest_call(), 1'001U);
}

TEST_F(Mirror, ClosesAllOfATableThatIsTruncated) {
  set_control(owner_of_card("card_1"), limit(1, 100));
  // As a restore does it: what depends on accounts and may not be emptied would refuse.
  admin("SET session_replication_role = replica; TRUNCATE authd.account CASCADE");
  expect_caught_up_and_agreed();
  EXPECT_EQ(state_.copy().account({1}).value()->status, core::AccountStatus::closed);
}

// Large enough that PostgreSQL keeps the image beside the row, and does not send it again.
core::Control large_control() {
  core::Control control = limit(1, 100);
  using MerchantId = decltype(core::Merchant::id);
  for (int i = 0; i < 128; ++i) {
    const std::string name = "merchant_" + std::to_string(100'000 + i);
    control.filter.merchants.values.push_back(*MerchantId::from(name));
  }
  return control;
}

TEST_F(Mirror, KeepsLargeColumnsThatDidNotChange) {
  sql("ALTER TABLE authd.spend_control SET (toast_tuple_target = 128),"
      " ALTER COLUMN image SET STORAGE EXTERNAL, ALTER COLUMN definition SET STORAGE EXTERNAL");
  set_control(owner_of_card("card_1"), large_control());
  sql("UPDATE authd.spend_control SET definition = to_jsonb(repeat('x', 100000))");
  ASSERT_TRUE(caught_up());
  sql("UPDATE authd.spend_control SET removed_at = now()");
  sql("UPDATE authd.spend_control SET removed_at = NULL");
  expect_caught_up_and_agreed();
  EXPECT_EQ(status().failures, 0U);
}

TEST_F(Mirror, ReadsWhatWasNotSentWhereItIs) {
  sql("ALTER TABLE authd.spend_control SET (toast_tuple_target = 128),"
      " ALTER COLUMN image SET STORAGE EXTERNAL");
  sql("ALTER TABLE authd.spend_control REPLICA IDENTITY DEFAULT");
  set_control(owner_of_card("card_1"), large_control());
  sql("UPDATE authd.spend_control SET removed_at = now()");
  expect_caught_up_and_agreed();
  sql("UPDATE authd.spend_control SET removed_at = NULL");
  expect_caught_up_and_agreed();
  sql("DELETE FROM authd.spend_control");
  expect_caught_up_and_agreed();
  EXPECT_EQ(status().failures, 0U);
}

TEST_F(Mirror, GoesOnWhereItWasStopped) {
  stop();
  const core::MirrorMark mark = state_.mark();
  sql("UPDATE authd.account SET overdraft_minor = 77");
  open_account(2);
  start();
  expect_caught_up_and_agreed();
  EXPECT_EQ(comparisons(), 0U);
  EXPECT_EQ(status().transactions, 2U);
  EXPECT_GT(state_.mark().end_lsn, mark.end_lsn);
  EXPECT_NE(state_.mark().incarnation, mark.incarnation);
}

TEST_F(Mirror, StopsWithinASecond) {
  const auto before = std::chrono::steady_clock::now();
  stop();
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(1));
}

TEST_F(Mirror, SurvivesAWalsenderThatIsKilledWithinATransaction) {
  state_.hold(900);
  sql("UPDATE authd.account SET overdraft_minor = 5");
  sql("INSERT INTO authd.account (id, currency, status)"
      " SELECT id, 'USD', 1 FROM generate_series(100, 8099) AS id");
  ASSERT_TRUE(soon([this] { return state_.is_holding(); }));
  const core::MirrorMark within = state_.mark();
  admin(
      "SELECT count(pg_terminate_backend(active_pid)) FROM pg_replication_slots WHERE slot_name = "
      "'" +
      slot() + "'");
  state_.release();
  expect_caught_up_and_agreed();
  EXPECT_GT(status().failures, 0U);
  EXPECT_GT(state_.mark().end_lsn, within.end_lsn);
  EXPECT_EQ(comparisons(), 1U);
}

TEST_F(Mirror, FailsClosedOnAnUnknownColumnUntilItIsDropped) {
  sql("ALTER TABLE authd.account ADD COLUMN vip boolean");
  sql("UPDATE authd.account SET status = 2");
  ASSERT_TRUE(reaches(MirrorState::schema_mismatch));
  EXPECT_NE(status().last_error.find("unknown_column in authd.account, column vip"),
            std::string::npos)
      << status().last_error;
  const core::MirrorMark mark = state_.mark();
  sql("UPDATE authd.card SET status = 3");
  ASSERT_TRUE(soon([this] { return status().failures > 5; }));
  EXPECT_EQ(state_.mark(), mark);
  EXPECT_EQ(state_.copy().account({1}).value()->status, core::AccountStatus::active);
  sql("ALTER TABLE authd.account DROP COLUMN vip");
  ASSERT_TRUE(soon([this] { return compared(CompareReason::repaired) == 1; }));
  expect_caught_up_and_agreed();
}

TEST_F(Mirror, FailsClosedOnARowThatItCannotReadUntilItIsCorrected) {
  set_control(owner_of_card("card_1"), limit(1, 100));
  ASSERT_TRUE(caught_up());
  const std::string image = sql_text("SELECT encode(image, 'hex') FROM authd.spend_control");
  sql("UPDATE authd.spend_control SET image = '\\x00'");
  ASSERT_TRUE(reaches(MirrorState::bad_row));
  EXPECT_EQ(status().last_error, "bad_value in authd.spend_control, column image, row 1");
  open_account(2);
  ASSERT_TRUE(soon([this] { return status().failures > 5; }));
  EXPECT_FALSE(state_.copy().account({2}).value());
  EXPECT_EQ(comparisons(), 1U);  // the slot is not touched meanwhile
  sql("UPDATE authd.spend_control SET image = decode('" + image + "', 'hex')");
  ASSERT_TRUE(soon([this] { return compared(CompareReason::repaired) == 1; }));
  expect_caught_up_and_agreed();
}

TEST_F(Mirror, FailsClosedOnARowWhoseKeyItCannotRead) {
  issue_card("a b", 1);
  ASSERT_TRUE(reaches(MirrorState::bad_row));
  ASSERT_TRUE(soon([this] { return status().failures > 5; }));
  EXPECT_EQ(comparisons(), 1U);
  sql("DELETE FROM authd.card WHERE token = 'a b'");
  ASSERT_TRUE(soon([this] { return compared(CompareReason::repaired) == 1; }));
  expect_caught_up_and_agreed();
}

TEST_F(Mirror, ComparesEverythingAfterARefusalButNotAllTheTime) {
  // The same number in another currency: the state cannot take it.
  open_account(2);
  ASSERT_TRUE(caught_up());
  sql("DELETE FROM authd.balance WHERE account_id = 2");
  sql("DELETE FROM authd.account WHERE id = 2");
  sql("INSERT INTO authd.account (id, currency, status) VALUES (2, 'EUR', 1)");
  ASSERT_TRUE(caught_up());
  EXPECT_EQ(status().refused, 1U);
  EXPECT_EQ(compared(CompareReason::refused), 0U);  // one was just made
  stop();
  auto impatient = options();
  impatient.refusal_pause = std::chrono::milliseconds(0);
  start(impatient);
  sql("UPDATE authd.account SET overdraft_minor = 3");
  ASSERT_TRUE(soon([this] { return compared(CompareReason::refused) == 1; }));
  sql("UPDATE authd.account SET overdraft_minor = 4 WHERE id = 1");
  ASSERT_TRUE(caught_up());
  EXPECT_EQ(compared(CompareReason::refused), 1U);
  EXPECT_EQ(state_.copy().account({1}).value()->overdraft_minor, 4);
}

TEST_F(Mirror, RenewsItsIncarnation) {
  stop();
  auto options = this->options();
  options.incarnation_interval = std::chrono::milliseconds(20);
  start(options);
  std::set<decltype(core::MirrorMark::incarnation)> seen;
  EXPECT_TRUE(soon([&] { return seen.insert(state_.mark().incarnation), seen.size() > 3; }));
  stop();
  EXPECT_EQ(sql_text("SELECT encode(incarnation, 'hex') FROM authd.mirror"), [this] {
    std::string hex;
    for (const std::uint8_t byte : state_.mark().incarnation) {
      constexpr const char* digits = "0123456789abcdef";
      hex += digits[byte >> 4U];
      hex += digits[byte & 0xFU];
    }
    return hex;
  }());
}

}  // namespace

}  // namespace authd::test
