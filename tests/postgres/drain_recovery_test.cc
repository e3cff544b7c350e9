// What a drain does when something breaks, moves or belongs to another.

#include <gtest/gtest.h>

#include "tests/postgres/drain_fixture.h"

namespace authd::test {

namespace {

using core::Sequence;
using store::DrainState;

TEST_F(Drain, WritesNothingTwiceWhenItsConnectionIsKilled) {
  World world;
  world.live(6'000);
  store::Drain drain(world.journal(), exposure, small_batches());
  drain.start();
  auto killer = connect();
  for (int kills = 0; kills < 15; ++kills) {  // each in the middle of some transaction
    const std::uint64_t seen = drain.status().transactions;
    ASSERT_TRUE(eventually([&] { return drain.status().transactions > seen; }));
    query(killer, terminate_drains);
  }
  EXPECT_GE(drain.status().failures, 10U);
  ASSERT_TRUE(drained(drain, world)) << drain.status().last_error;
  expect_ledger_agrees(killer, world);
}

TEST_F(Drain, WaitsForAServerThatGoesAwayAndComesBack) {
  World world;
  world.live(1'500);
  store::Drain drain(world.journal(), exposure, small_batches());
  Cluster::stop();
  drain.start();
  ASSERT_TRUE(eventually([&] { return drain.status().failures >= 3; }));
  EXPECT_EQ(drain.status().state, DrainState::connecting);
  EXPECT_FALSE(drain.status().mark_known);
  EXPECT_FALSE(drain.status().last_error.empty());
  EXPECT_TRUE(drain.status().oldest_undrained);

  Cluster::start();
  ASSERT_TRUE(eventually([&] { return drain.status().transactions >= 3; }));
  Cluster::stop();
  ASSERT_TRUE(eventually([&] { return !drain.status().connected; }));
  world.live(500);
  Cluster::start();
  ASSERT_TRUE(drained(drain, world)) << drain.status().last_error;
  auto connection = connect();
  expect_ledger_agrees(connection, world);
}

TEST_F(Drain, NoticesWhileIdleThatTheServerHungUp) {
  World world;
  store::Drain drain(world.journal(), exposure, options());
  drain.start();
  ASSERT_TRUE(reaches(drain, DrainState::draining));
  auto killer = connect();
  query(killer, terminate_drains);
  EXPECT_TRUE(eventually([&] { return drain.status().failures == 1; }));
  EXPECT_TRUE(reaches(drain, DrainState::draining));
}

// A failover to a standby that lacks the last commits, the claim among them: the database is
// exchanged for a copy that was taken earlier.
TEST_F(Drain, RepeatsWhatAFailoverHasLost) {
  World world;
  world.live(500);
  {
    store::Drain before(world.journal(), exposure, options());
    before.start();
    ASSERT_TRUE(drained(before, world));
  }
  auto admin = test::connect(Cluster::superuser_conninfo("postgres"));
  const std::string standby = database() + "_standby";
  query(admin, "CREATE DATABASE " + standby + " TEMPLATE " + database() + " OWNER authd");

  store::Drain drain(world.journal(), exposure, options());
  world.live(500);
  drain.start();
  ASSERT_TRUE(drained(drain, world));
  EXPECT_EQ(drain.status().epoch, 2);
  query(admin, "ALTER DATABASE " + database() + " ALLOW_CONNECTIONS false");
  query(admin, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" +
                   database() + "'");
  query(admin, "DROP DATABASE " + database() + " WITH (FORCE)");
  query(admin, "ALTER DATABASE " + standby + " RENAME TO " + database());

  ASSERT_TRUE(eventually([&] { return drain.status().epoch == 3; })) << drain.status().last_error;
  ASSERT_TRUE(drained(drain, world)) << drain.status().last_error;
  auto connection = connect();
  expect_ledger_agrees(connection, world);
}

TEST_F(Drain, RefusesToBookAgainWhenOnlyTheMarkWasMovedBack) {
  World world;
  world.live(300);
  {
    store::Drain before(world.journal(), exposure, options());
    before.start();
    ASSERT_TRUE(drained(before, world));
  }
  auto connection = connect();
  query(connection, "UPDATE authd.shard SET drained_seq = drained_seq - 50");
  store::Drain drain(world.journal(), exposure, options());
  drain.start();
  ASSERT_TRUE(reaches(drain, DrainState::ledger_refuses));
  EXPECT_NE(drain.status().last_error.find("23505"), std::string::npos);
  query(connection, "UPDATE authd.shard SET drained_seq = drained_seq + 50");
  world.live(50);
  ASSERT_TRUE(drained(drain, world)) << drain.status().last_error;
  expect_ledger_agrees(connection, world);
}

TEST_F(Drain, StopsForGoodWhenAnotherClaimsTheShard) {
  World world;
  world.live(100);
  store::Drain old_owner(world.journal(), exposure, options());
  old_owner.start();
  ASSERT_TRUE(drained(old_owner, world));

  store::Exposure other_exposure;
  store::Drain new_owner(world.journal(), other_exposure, options());
  new_owner.pause(true);
  new_owner.start();
  ASSERT_TRUE(reaches(new_owner, DrainState::paused));
  EXPECT_EQ(new_owner.status().epoch, 2);
  const Sequence claimed_at = world.last();
  world.live(100);
  ASSERT_TRUE(reaches(old_owner, DrainState::deposed));
  EXPECT_EQ(old_owner.status().drained, claimed_at);

  new_owner.pause(false);
  ASSERT_TRUE(drained(new_owner, world));
  auto connection = connect();
  expect_ledger_agrees(connection, world);
}

TEST_F(Drain, NoticesAMarkThatWasMovedUnderIt) {
  World world;
  world.live(100);
  store::Drain drain(world.journal(), exposure, options());
  drain.start();
  ASSERT_TRUE(drained(drain, world));
  auto connection = connect();
  query(connection, "UPDATE authd.shard SET drained_seq = drained_seq - 10");
  const Sequence moved{world.last().value - 10};
  world.live(10);
  ASSERT_TRUE(eventually([&] { return drain.status().drained == moved; }));
  ASSERT_TRUE(reaches(drain, DrainState::ledger_refuses));
}

TEST_F(Drain, IsDeposedByAClaimOfTheSameEpoch) {
  World world;
  world.live(100);
  store::Drain drain(world.journal(), exposure, options());
  drain.start();
  ASSERT_TRUE(drained(drain, world));
  auto connection = connect();
  query(connection, "UPDATE authd.shard SET owner = gen_random_uuid()");
  world.live(10);
  ASSERT_TRUE(reaches(drain, DrainState::deposed));
}

TEST_F(Drain, DoesNotTouchALedgerThatIsAheadOfTheJournal) {
  World world;
  world.live(100);
  auto connection = connect();
  query(connection, "INSERT INTO authd.shard (shard, epoch, drained_seq) VALUES (1, 7, " +
                        std::to_string(world.last().value + 1) + ")");
  store::Drain drain(world.journal(), exposure, options());
  drain.start();
  ASSERT_TRUE(reaches(drain, DrainState::ahead_of_journal));
  EXPECT_EQ(query_text(connection, "SELECT epoch FROM authd.shard"), "7");
  EXPECT_EQ(query_text(connection, "SELECT count(*) FROM authd.decision"), "0");

  query(connection, "UPDATE authd.shard SET drained_seq = 0");
  ASSERT_TRUE(drained(drain, world));
  expect_ledger_agrees(connection, world);
}

TEST_F(Drain, SaysThatTheJournalNoLongerHoldsWhatTheLedgerNeeds) {
  World world(Sequence{101});
  world.live(100);
  store::Drain drain(world.journal(), exposure, options());
  drain.start();
  ASSERT_TRUE(reaches(drain, DrainState::history_missing));
  auto connection = connect();
  EXPECT_EQ(query_text(connection, "SELECT count(*) FROM authd.decision"), "0");
  query(connection, "UPDATE authd.shard SET drained_seq = 100");
  ASSERT_TRUE(drained(drain, world)) << drain.status().last_error;
  expect_ledger_agrees(connection, world);
}

TEST_F(Drain, SaysSoEvenWhenTheJournalIsStillEmpty) {
  World world(Sequence{101});
  store::Drain drain(world.journal(), exposure, options());
  drain.start();
  ASSERT_TRUE(reaches(drain, DrainState::draining));
  world.live(20);
  ASSERT_TRUE(reaches(drain, DrainState::history_missing));
}

TEST_F(Drain, LeavesALedgerOfAnotherVersionAlone) {
  auto connection = connect();
  query(connection,
        "INSERT INTO authd.schema_migration (version, name, sha256)"
        " VALUES (9999, 'future', sha256('x'))");
  World world;
  world.live(50);
  store::Drain drain(world.journal(), exposure, options());
  drain.start();
  ASSERT_TRUE(reaches(drain, DrainState::schema_mismatch));
  query(connection, "DELETE FROM authd.schema_migration WHERE version = 9999");
  ASSERT_TRUE(drained(drain, world));
}

}  // namespace

}  // namespace authd::test
