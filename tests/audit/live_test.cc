// Audits of a state that goes on meanwhile, and what an audit lets pass.

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "store/audit/known_state.h"
#include "store/mirror/slot.h"
#include "store/postgres/drain.h"
#include "tests/audit/fixture.h"

namespace authd::test {

namespace {

using core::EventKind;
using store::AuditError;
using store::RowFinding;
using store::RowKind;

class Tolerance : public AuditTest {};

core::Sequence applied_of(const store::Snapshot& snapshot) { return (**snapshot.header()).applied; }

TEST_F(Tolerance, NeedsTheLedgerToHaveWhatTheSnapshotHas) {
  World world;
  world.begin_with_card();
  world.flush();
  drain(world);
  world.apply(purchase("m1", "card_1", 100));
  world.flush();
  checkpoint(*snapshot, world);
  const auto report = store::audit(*snapshot, options(world));
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, AuditError::Code::drain_behind);
  EXPECT_EQ(report.error().sequence, world.last());
  EXPECT_EQ(report.error().drained.value, world.last().value - 1);
}

TEST_F(Tolerance, LeavesOutWhatTheLedgerHasNotGotYet) {
  World world;
  world.begin_with_card();
  world.flush();
  drain(world);
  checkpoint(*snapshot, world);
  const core::Sequence applied = applied_of(*snapshot);
  world.apply(purchase("m1", "card_1", 100));
  world.flush();
  // A checkpoint that is under way: rows of later records, the header of before.
  world.state().for_each([this](const core::Row& row) { put(*snapshot, row); });
  ASSERT_EQ(applied_of(*snapshot), applied);
  const store::AuditReport report = audited(world);
  expect_clean(report);
  EXPECT_GE(report.unsettled, 3U);  // the account, the authorization, the message
}

// A state that was imported lacks what had ended long before.
TEST_F(Tolerance, AllowsTheStateToLackWhatEndedLongAgoAndNothingElse) {
  World world;
  world.begin_with_card();
  world.apply(purchase("old", "card_1", 2));
  world.apply(event(EventKind::closed, "n1", "old", "card_1", 0));
  world.apply(purchase("young", "card_1", 2));
  world.flush();
  drain(world);
  const core::AuthorizationId old =
      (*world.state().message(demo, *core::MessageId::from("old")))->authorization;
  const core::AuthorizationId young =
      (*world.state().message(demo, *core::MessageId::from("young")))->authorization;
  const auto import_without = [&](core::AuthorizationId lost) {
    snapshot.emplace(open_snapshot(directory.path() / ("without_" + std::to_string(lost.value))));
    world.state().for_each([&](const core::Row& row) {
      const auto* const authorization = std::get_if<core::Authorization>(&row);
      if (authorization == nullptr || authorization->id != lost) put(*snapshot, row);
    });
    const store::SnapshotHeader header{world.last(), world.now(), {0}, true};
    ASSERT_TRUE(snapshot->commit({}, &header));
  };
  query_text(*std::make_unique<store::Connection>(connect()),
             "UPDATE authd.authorization SET due_slot = 0");
  store::AuditOptions later = options(world);
  later.now.unix_us += 91 * 24 * hour_us;

  import_without(old);
  store::AuditReport report = audited(world, later);
  EXPECT_EQ(report.ended, 1U);
  EXPECT_EQ(report.rows_differing[static_cast<std::size_t>(RowKind::authorization)], 1U)
      << findings(report);  // `young`: its slot is not the one in the state
  import_without(young);
  report = audited(world, later);
  EXPECT_EQ(report.ended, 0U);
  EXPECT_NE(findings(report).find("state_lacks 72"), std::string::npos) << findings(report);
}

TEST_F(Tolerance, AllowsTheLedgerToHaveArchivedWhatIsOld) {
  World world;
  world.begin_with_card();
  world.apply(purchase("old", "card_1", 900'000));  // declined
  world.advance(60 * 24 * hour_us);
  world.apply(purchase("young", "card_1", 900'000));
  world.flush();
  drain(world);
  checkpoint(*snapshot, world);
  expect_clean(audited(world));
  spoil("DELETE FROM authd.decision WHERE message_id = 'old'");
  EXPECT_EQ(audited(world).differences, 1U);
  spoil("DROP TABLE authd.decision_2026_11");
  EXPECT_EQ(audited(world).differences, 1U) << "nothing says that the month was archived";
  spoil("INSERT INTO authd.balance_at VALUES (1, '2026-12-01 00:00+00', 100000, 0)");
  const store::AuditReport report = audited(world);
  expect_clean(report);
  EXPECT_EQ(report.archived, 1U);
}

TEST_F(Tolerance, AddsUpWhatWasPostedSinceAMonthWasClosed) {
  World world;
  world.begin_with_card();  // in November
  world.flush();
  drain(world);
  checkpoint(*snapshot, world);
  auto superuser = test::connect(Cluster::superuser_conninfo(database()));
  query_text(superuser,
             "SET session_replication_role = replica; INSERT INTO authd.balance_at SELECT 1,"
             " date_trunc('month', max(booked_at)) + interval '1 month', 100000, 0"
             " FROM authd.posting");
  expect_clean(audited(world));
  query_text(superuser, "UPDATE authd.balance_at SET posted_minor = 99999");
  EXPECT_EQ(findings(audited(world)).substr(0, 25), "balance_differs account 1");
}

TEST_F(Tolerance, AllowsTheLedgerToLackWhatIsClosedAndEmpty) {
  World world;
  world.begin_with_card();
  world.apply(core::OpenAccount{account(2, 0)});
  world.apply(core::OpenAccount{account(3, 50)});
  for (const std::int64_t id : {2, 3}) {
    world.apply(core::ChangeAccount{{id}, core::AccountStatus::closed, 0, 0, core::Kyc::none});
  }
  world.flush();
  drain(world);
  checkpoint(*snapshot, world);
  spoil("DELETE FROM authd.account WHERE id = 2; DELETE FROM authd.balance WHERE account_id = 2");
  store::AuditReport report = audited(world);
  expect_clean(report);
  EXPECT_EQ(report.removed, 1U);
  spoil("DELETE FROM authd.account WHERE id = 3");
  report = audited(world);
  EXPECT_EQ(report.rows_differing[static_cast<std::size_t>(RowKind::account)], 1U);
}

// Changes of PostgreSQL that are taken over by hand.
class Mirrored : public AuditTest {
 protected:
  void SetUp() override {
    AuditTest::SetUp();
    sql.emplace(connect());
    auto replication = store::connect_replication({.conninfo = conninfo()});
    ASSERT_TRUE(replication);
    const auto identified = store::identify_server(*replication);
    ASSERT_TRUE(identified);
    system_id_ = identified->system_id;
    world.begin();
    query(*sql,
          "INSERT INTO authd.account (id, status, currency, opening_minor)"
          " VALUES (1, 1, 'USD', 100000)");
    world.apply(core::MirrorAccount{account(1, 100'000)});
    query(*sql,
          "INSERT INTO authd.card (program, token, account_id, status, active_from,"
          " expires_at) VALUES ('demo', 'card_1', 1, 1, 'epoch', to_timestamp(4000000000))");
    world.apply(core::MirrorCard{card("card_1", 1)});
    take_over();
    drain(world);
    checkpoint(*snapshot, world);
  }

  std::uint64_t position() {
    return *store::parse_lsn(query_text(*sql, "SELECT pg_current_wal_insert_lsn()::text"));
  }
  // Everything that was committed is in the world.
  void take_over() {
    core::MirrorMark mark;
    mark.system_id = system_id_;
    mark.timeline = 1;
    mark.end_lsn = position();
    world.apply(mark);
    world.flush();
    reached = mark.end_lsn;
  }
  store::AuditOptions mirrored() {
    store::AuditOptions mirrored = options(world);
    mirrored.mirror_wait = std::chrono::milliseconds(0);
    mirrored.mirror_has_reached = [this](std::uint64_t lsn) {
      return is_idle || lsn <= reached.load();
    };
    return mirrored;
  }

  World world;
  std::optional<store::Connection> sql;
  std::atomic<std::uint64_t> reached{0};
  std::atomic<bool> is_idle{true};  // nothing was committed that is not in the world
  std::uint64_t system_id_ = 0;
};

TEST_F(Mirrored, FindsNothingWhereBothAgree) {
  const store::AuditReport report = audited(world, mirrored());
  expect_clean(report);
  EXPECT_GT(report.point, 0U);
  EXPECT_EQ(query_text(*sql,
                       "SELECT count(*) FROM pg_replication_slots WHERE slot_name LIKE"
                       " 'authd_audit_%'"),
            "0");
}

TEST_F(Mirrored, FindsAChangeThatNeverCame) {
  query(*sql, "UPDATE authd.account SET status = 2 WHERE id = 1");
  const store::AuditReport report = audited(world, mirrored());
  EXPECT_EQ(report.differences, 1U);
  EXPECT_EQ(findings(report).substr(0, 12), "different 65");
  world.apply(core::MirrorAccount{[] {
    core::Account frozen = account(1, 0);
    frozen.status = core::AccountStatus::frozen;
    return frozen;
  }()});
  take_over();
  expect_clean(audited(world, mirrored()));
}

TEST_F(Mirrored, WaitsForTheMirror) {
  is_idle = false;
  const auto report = store::audit(*snapshot, mirrored());
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, AuditError::Code::mirror_behind);
}

TEST_F(Mirrored, ComparesTheRestWhereNobodyTakesOver) {
  query(*sql, "UPDATE authd.account SET status = 2 WHERE id = 1");
  is_idle = false;
  store::AuditOptions offline = mirrored();
  offline.mirror_required = false;
  store::AuditReport report = audited(world, offline);
  EXPECT_EQ(report.differences, 0U) << findings(report);
  EXPECT_FALSE(report.mirror_compared);
  EXPECT_FALSE(report.is_clean());
  spoil("UPDATE authd.balance SET posted_minor = 1 WHERE account_id = 1");
  report = audited(world, offline);
  EXPECT_EQ(report.rows.size(), 1U);
}

TEST_F(Mirrored, FindsACreditThatNeverCame) {
  query(*sql,
        "INSERT INTO authd.credit (id, account_id, amount_minor, currency)"
        " VALUES (7, 1, 500, 'USD')");
  EXPECT_EQ(findings(audited(world, mirrored())).substr(0, 14), "state_lacks 84");
  core::MoveMoney credit;
  credit.program = *core::ProgramId::from("credit");
  credit.id = *core::MessageId::from("7");
  credit.kind = core::TransferKind::top_up;
  credit.to = {1};
  credit.amount = usd(500);
  credit.mirrored = true;
  world.apply(credit);
  take_over();
  expect_clean(audited(world, mirrored()));  // booked, but not drained
  drain(world);
  expect_clean(audited(world, mirrored()));
  spoil("UPDATE authd.credit SET amount_minor = 501");
  EXPECT_EQ(findings(audited(world, mirrored())).substr(0, 23), "credit_differs credit 7");
}

TEST_F(Mirrored, RefusesAnotherServerThanTheOneThatWasFollowed) {
  core::MirrorMark other;
  other.system_id = system_id_ + 1;
  put(*snapshot, other);
  const auto report = store::audit(*snapshot, mirrored());
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, AuditError::Code::other_server);
}

TEST_F(Mirrored, IsKnownAsOfTheLastRecord) {
  world.apply(core::MirrorAccount{account(2, 5)});
  world.apply(purchase("m1", "card_1", 100));
  world.apply(core::SetControl{{core::AccountId{2}},
                               limit(5, 100, core::Period::lifetime, core::Level::account)});
  world.flush();
  std::vector<core::Row> rows;
  ASSERT_TRUE(store::visit_known(*snapshot, source_of(world), directory.path() / "known",
                                 std::size_t{1} << 30U, 1,
                                 [&rows](const core::Row& row) { rows.push_back(row); }));
  EXPECT_EQ(rows.size(), 4U);  // two accounts, a card, a set of controls
  EXPECT_NE(std::find(rows.begin(), rows.end(), core::Row{**world.state().account({1})}),
            rows.end());
}

// One thread decides and takes PostgreSQL's changes over, the drain drains, the audits find
// nothing.
TEST_F(Mirrored, FindsNothingWhileEverythingMoves) {
  store::Exposure exposure;
  store::Drain::Options drain_options;
  drain_options.connection = {.conninfo = conninfo(), .application_name = "authd-drain"};
  drain_options.pace = std::chrono::milliseconds(5);
  drain_options.batch_records_max = 40;
  store::Drain draining(world.journal(), exposure, drain_options);
  draining.start();
  auto other = connect();
  std::atomic<bool> stop{false};
  std::atomic<int> changes{0};
  is_idle = false;
  std::thread life([&] {
    for (int i = 0; !stop; ++i) {
      const std::string id = std::to_string(i);
      world.advance(second_us);
      world.apply(purchase("m" + id, "card_1", 1 + i % 50));
      if (i % 3 == 0) {
        world.apply(event(EventKind::cleared, "n" + id, "m" + id, "card_1", 1 + i % 50));
      }
      if (i % 5 == 0) {
        // Two changes in one transaction; decisions come between it and the state.
        core::Account changed = account(1, 0);
        changed.overdraft_minor = 1'000'000 + i;
        core::Card extra = card("extra_" + id, 1);
        query_text(other, "BEGIN; UPDATE authd.account SET overdraft_minor = " +
                              std::to_string(changed.overdraft_minor) +
                              " WHERE id = 1; INSERT INTO authd.card (program, token, account_id,"
                              " status, active_from, expires_at) VALUES ('demo', 'extra_" +
                              id + "', 1, 1, 'epoch', to_timestamp(4000000000)); COMMIT");
        world.apply(purchase("between" + id, "card_1", 1));
        world.apply(core::MirrorAccount{changed});
        world.flush();
        world.apply(core::MirrorCard{extra});
        core::MirrorMark mark;
        mark.system_id = system_id_;
        mark.timeline = 1;
        mark.end_lsn =
            *store::parse_lsn(query_text(other, "SELECT pg_current_wal_insert_lsn()::text"));
        world.apply(mark);
        world.flush();
        reached = mark.end_lsn;
        changes += 1;
      }
      world.flush();
    }
  });
  store::AuditOptions live = mirrored();
  live.drain_wait = live.mirror_wait = std::chrono::seconds(20);
  constexpr int rounds = 15;
  std::uint64_t records = 0;
  for (int round = 0; round < rounds && !HasFailure(); ++round) {
    const store::AuditReport report = audited(world, live);
    expect_clean(report);
    EXPECT_GT(report.drained.value, records);
    records = report.drained.value;
  }
  stop = true;
  life.join();
  draining.stop();
  EXPECT_GT(changes, rounds);
}

}  // namespace

}  // namespace authd::test
