// When the state and the server no longer belong together, everything is compared.

#include <gtest/gtest.h>

#include "tests/mirror/mirrored_world.h"

namespace authd::test {

namespace {

using store::CompareReason;
using store::MirrorState;

class Comparison : public Mirroring {
 protected:
  void SetUp() override {
    Mirroring::SetUp();
    open_account(1, 5'000);
    open_account(2, 6'000);
    issue_card("card_1", 1);
    issue_card("card_2", 2);
    set_control(owner_of_card("card_1"), limit(1, 100));
    set_control(owner_of_account(2), limit(2, 200));
    sql("INSERT INTO authd.credit (account_id, amount_minor, currency) VALUES (1, 250, 'USD')");
    start();
    ASSERT_TRUE(reaches(MirrorState::following));
    expect_caught_up_and_agreed();
  }

  // Something of everything, unseen.
  void change_everything() const {
    sql("UPDATE authd.account SET overdraft_minor = 9 WHERE id = 1");
    open_account(3);
    issue_card("card_3", 3);
    sql("DELETE FROM authd.spend_control WHERE id = 2");
    sql("UPDATE authd.spend_control SET removed_at = now() WHERE id = 1");
    set_control(owner_of_card("card_2"), limit(5, 500));
    sql("DELETE FROM authd.card WHERE token = 'card_1'");
    sql("DELETE FROM authd.spend_control WHERE account_id = 2");
    sql("DELETE FROM authd.credit WHERE account_id = 2");
    sql("INSERT INTO authd.credit (account_id, amount_minor, currency) VALUES (1, 1, 'USD')");
  }
  void drop_slot() const { admin("SELECT pg_drop_replication_slot('" + slot() + "')"); }
  std::string set_mark(const std::string& assignment) const {
    return sql_text("UPDATE authd.mirror SET " + assignment + " RETURNING shard");
  }
};

TEST_F(Comparison, LeavesNoRecordWhereNothingHasChanged) {
  stop();
  drop_slot();
  const std::size_t before = state_.changes();
  start();
  ASSERT_TRUE(soon([this] { return compared(CompareReason::slot_missing) == 1; }));
  EXPECT_LE(state_.changes() - before, 2U);  // the mark is taken away and put again
}

TEST_F(Comparison, FollowsADroppedSlot) {
  stop();
  drop_slot();
  sql("ALTER TABLE authd.spend_control DROP CONSTRAINT spend_control_program_card_token_fkey");
  change_everything();
  start();
  ASSERT_TRUE(soon([this] { return compared(CompareReason::slot_missing) == 1; }));
  expect_caught_up_and_agreed();
  open_account(4);
  expect_caught_up_and_agreed();
}

TEST_F(Comparison, MakesRoomBeforeItAddsControls) {
  for (int id = 100; id < 163; ++id) set_control(owner_of_account(2), limit(id, id));
  expect_caught_up_and_agreed();
  stop();
  drop_slot();
  sql("TRUNCATE authd.spend_control");
  for (int id = 200; id < 264; ++id) set_control(owner_of_account(2), limit(id, id));
  start();
  ASSERT_TRUE(soon([this] { return compared(CompareReason::slot_missing) == 1; }));
  expect_caught_up_and_agreed();
  EXPECT_EQ(status().refused, 0U);
}

TEST_F(Comparison, FollowsAnUnknownIncarnation) {
  stop();
  set_mark("incarnation = decode(repeat('07', 16), 'hex'), previous = ''");
  open_account(3);
  start();
  ASSERT_TRUE(soon([this] { return compared(CompareReason::restored) == 1; }));
  expect_caught_up_and_agreed();
}

TEST_F(Comparison, IsNotNeededWhenOnlyTheStateMissedTheIncarnation) {
  stop();
  set_mark("previous = incarnation, incarnation = decode(repeat('07', 16), 'hex')");
  open_account(3);
  start();
  expect_caught_up_and_agreed();
  EXPECT_EQ(compared(CompareReason::restored), 0U);
}

TEST_F(Comparison, FollowsAnotherServerOrTimeline) {
  for (const bool is_system : {true, false}) {
    stop();
    auto options = this->options();
    is_system ? ++options.mark.system_id : ++options.mark.timeline;
    start(options);
    ASSERT_TRUE(soon([this] { return compared(CompareReason::other_server) == 1; }));
    expect_caught_up_and_agreed();
  }
}

TEST_F(Comparison, FollowsAServerWhoseLogEndsBeforeTheMark) {
  stop();
  auto options = this->options();
  options.mark.end_lsn += std::uint64_t{1} << 40U;
  start(options);
  ASSERT_TRUE(soon([this] { return compared(CompareReason::server_behind) == 1; }));
  expect_caught_up_and_agreed();
}

TEST_F(Comparison, FollowsAStateThatIsOlderThanWhatItConfirmed) {
  const core::MirrorMark old = state_.mark();
  sql("UPDATE authd.account SET overdraft_minor = 9 WHERE id = 1");
  expect_caught_up_and_agreed();
  // The server learns what was confirmed a moment later.
  ASSERT_TRUE(soon([this] {
    return admin_text("SELECT confirmed_flush_lsn >= '" + store::to_text(state_.mark().end_lsn) +
                      "' FROM pg_replication_slots WHERE slot_name = '" + slot() + "'") == "t";
  }));
  stop();
  auto options = this->options();
  options.mark.end_lsn = old.end_lsn;
  start(options);
  ASSERT_TRUE(soon([this] { return compared(CompareReason::state_behind) == 1; }));
  expect_caught_up_and_agreed();
}

TEST_F(Comparison, FollowsLogThatTheServerHasThrownAway) {
  stop();
  admin("ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'");
  admin("SELECT pg_reload_conf()");
  open_account(3);
  // Enough segments that the slot's is beyond the limit.
  const bool is_lost = soon([this] {
    sql("CREATE TABLE filler AS SELECT repeat('x', 1000) FROM generate_series(1, 20000)");
    sql("DROP TABLE filler");
    admin("SELECT pg_switch_wal()");
    admin("CHECKPOINT");
    return admin_text("SELECT wal_status FROM pg_replication_slots WHERE slot_name = '" + slot() +
                      "'") == "lost";
  });
  admin("ALTER SYSTEM RESET max_slot_wal_keep_size");
  admin("SELECT pg_reload_conf()");
  ASSERT_TRUE(is_lost);
  start();
  ASSERT_TRUE(soon([this] { return compared(CompareReason::slot_lost) == 1; }));
  expect_caught_up_and_agreed();
}

TEST_F(Comparison, BeginsAgainWhenItWasBrokenOff) {
  stop();
  drop_slot();
  open_account(3);
  state_.hold(2);
  start();
  ASSERT_TRUE(soon([this] { return state_.is_holding(); }));
  admin(
      "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
      " WHERE application_name = 'authd-mirror' AND datname = current_database()");
  EXPECT_EQ(state_.mark().system_id, 0U);
  state_.release();
  ASSERT_TRUE(soon([this] { return compared(CompareReason::slot_missing) == 1; }));
  expect_caught_up_and_agreed();
  EXPECT_GT(status().failures, 0U);
}

TEST_F(Comparison, LeavesCreditsOutThatTheLedgerHasBooked) {
  stop();
  drop_slot();
  sql("INSERT INTO authd.credit (id, account_id, amount_minor, currency) VALUES (77, 1, 5, 'USD')");
  sql("INSERT INTO authd.transfer (begun_seq, changed_seq, amount_minor, to_account_id, "
      "requested_at,"
      " changed_at, shard, kind, status, reason, reserve, mirrored, currency, program, id)"
      " VALUES (1, 1, 5, 1, now(), now(), 1, 1, 3, 0, false, true, 'USD', 'credit', '77')");
  start();
  ASSERT_TRUE(soon([this] { return compared(CompareReason::slot_missing) == 1; }));
  EXPECT_EQ(state_.copy().account({1}).value()->posted_minor, 5'250);
}

TEST_F(Comparison, TouchesNoSlotOfSomebodyElse) {
  stop();
  drop_slot();
  admin("SELECT pg_create_logical_replication_slot('" + slot() + "', 'test_decoding')");
  start();
  EXPECT_TRUE(reaches(MirrorState::slot_taken));
  EXPECT_EQ(
      admin_text("SELECT plugin FROM pg_replication_slots WHERE slot_name = '" + slot() + "'"),
      "test_decoding");
}

TEST_F(Comparison, HasNothingToDoWithAnotherDatabase) {
  const auto other_name = database() + "_other";
  create_ledger(other_name);
  auto other = test::connect(Cluster::conninfo(other_name));
  MirroredState other_state;
  auto options = this->options();
  options.connection.conninfo = Cluster::conninfo(other_name);
  options.slot = store::default_slot_name(other_name, 1);
  options.mark = {};
  options.apply = [&](const std::vector<core::Command>& commands) {
    return other_state.apply(commands);
  };
  options.known = [&](const auto& visit) { return other_state.visit(visit); };
  {
    store::Mirror mirror(options);
    mirror.start();
    query(other, "INSERT INTO authd.account (id, currency, status) VALUES (50, 'EUR', 1)");
    open_account(60);
    EXPECT_TRUE(soon([&] { return other_state.copy().account({50}).value().has_value(); }));
    expect_caught_up_and_agreed();
    EXPECT_FALSE(other_state.copy().account({60}).value());
    EXPECT_FALSE(state_.copy().account({50}).value());
  }
  EXPECT_TRUE(soon([&] {
    return other.exec("SELECT pg_drop_replication_slot('" + options.slot + "')").has_value();
  }));
  auto admin = test::connect(Cluster::superuser_conninfo("postgres"));
  query(admin, "DROP DATABASE " + other_name + " WITH (FORCE)");
}

}  // namespace

}  // namespace authd::test
