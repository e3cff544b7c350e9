#include "store/postgres/drain.h"

#include <gtest/gtest.h>

#include "tests/postgres/cluster.h"
#include "tests/postgres/world.h"

namespace authd::test {

namespace {

using core::Sequence;
using std::chrono::milliseconds;
using store::DrainState;

constexpr const char* terminate_drains =
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
    " WHERE application_name = 'authd-drain' AND datname = current_database()";

class Drain : public LedgerTest {
 protected:
  store::Drain::Options options() const {
    store::Drain::Options options;
    options.connection = {.conninfo = conninfo(), .application_name = "authd-drain"};
    options.pace = milliseconds(0);
    options.retry_first = milliseconds(5);
    options.retry_max = milliseconds(50);
    return options;
  }

  // Small transactions, so that there are many places to break.
  store::Drain::Options small_batches() const {
    store::Drain::Options small = options();
    small.batch_records_max = 40;
    return small;
  }

  static bool drained(const store::Drain& drain, const World& world) {
    return eventually([&] { return drain.status().drained == world.last(); });
  }
  static bool reaches(const store::Drain& drain, DrainState state) {
    return eventually([&] { return drain.status().state == state; });
  }

  store::Exposure exposure;
};

TEST_F(Drain, LeavesTheLedgerEqualToTheState) {
  World world;
  world.live(3'000, 1);
  store::Drain drain(world.journal(), exposure, options());
  drain.start();
  ASSERT_TRUE(drained(drain, world)) << drain.status().last_error;
  auto connection = connect();
  expect_ledger_agrees(connection, world);
  EXPECT_EQ(drain.status().records, world.last().value);
  EXPECT_EQ(drain.status().epoch, 1);
}

TEST_F(Drain, FollowsAJournalThatGrows) {
  World world;
  store::Drain drain(world.journal(), exposure, small_batches());
  drain.start();
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    world.live(100, seed);
    ASSERT_TRUE(drained(drain, world)) << drain.status().last_error;
  }
  auto connection = connect();
  expect_ledger_agrees(connection, world);
  EXPECT_FALSE(drain.status().oldest_undrained);
}

TEST_F(Drain, UpdatesAHoldThatWasDrainedBefore) {
  World world;
  world.apply(core::OpenAccount{account(1, 10'000)});
  world.apply(core::IssueCard{card("demo", "card_1", 1)});
  world.apply(purchase("m1", "card_1", 100));
  world.flush();
  store::Drain drain(world.journal(), exposure, options());
  drain.start();
  ASSERT_TRUE(drained(drain, world));
  core::Request increment = purchase("m2", "card_1", 30);
  increment.increments = *core::MessageId::from("m1");
  world.apply(increment);
  world.flush();
  ASSERT_TRUE(drained(drain, world));
  auto connection = connect();
  expect_ledger_agrees(connection, world);
  EXPECT_EQ(query_text(connection, "SELECT amount_minor FROM authd.hold"), "130");
}

TEST_F(Drain, WritesNothingTwiceWhenItsConnectionIsKilled) {
  World world;
  world.live(6'000, 2);
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
  world.live(1'500, 3);
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
  world.live(500, 4);
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
  world.live(500, 5);
  {
    store::Drain before(world.journal(), exposure, options());
    before.start();
    ASSERT_TRUE(drained(before, world));
  }
  auto admin = test::connect(Cluster::superuser_conninfo("postgres"));
  const std::string standby = database() + "_standby";
  query(admin, "CREATE DATABASE " + standby + " TEMPLATE " + database() + " OWNER authd");

  store::Drain drain(world.journal(), exposure, options());
  world.live(500, 6);
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
  world.live(300, 7);
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
  world.live(50, 8);
  ASSERT_TRUE(drained(drain, world)) << drain.status().last_error;
  expect_ledger_agrees(connection, world);
}

TEST_F(Drain, StopsForGoodWhenAnotherClaimsTheShard) {
  World world;
  world.live(100, 9);
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
  world.live(100, 10);
  ASSERT_TRUE(reaches(old_owner, DrainState::deposed));
  EXPECT_EQ(old_owner.status().drained, claimed_at);

  new_owner.pause(false);
  ASSERT_TRUE(drained(new_owner, world));
  auto connection = connect();
  expect_ledger_agrees(connection, world);
}

TEST_F(Drain, NoticesAMarkThatWasMovedUnderIt) {
  World world;
  world.live(100, 20);
  store::Drain drain(world.journal(), exposure, options());
  drain.start();
  ASSERT_TRUE(drained(drain, world));
  auto connection = connect();
  query(connection, "UPDATE authd.shard SET drained_seq = drained_seq - 10");
  const Sequence moved{world.last().value - 10};
  world.live(10, 21);
  ASSERT_TRUE(eventually([&] { return drain.status().drained == moved; }));
  ASSERT_TRUE(reaches(drain, DrainState::ledger_refuses));
}

TEST_F(Drain, IsDeposedByAClaimOfTheSameEpoch) {
  World world;
  world.live(100, 11);
  store::Drain drain(world.journal(), exposure, options());
  drain.start();
  ASSERT_TRUE(drained(drain, world));
  auto connection = connect();
  query(connection, "UPDATE authd.shard SET owner = gen_random_uuid()");
  world.live(10, 12);
  ASSERT_TRUE(reaches(drain, DrainState::deposed));
}

TEST_F(Drain, DoesNotTouchALedgerThatIsAheadOfTheJournal) {
  World world;
  world.live(100, 13);
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
  world.live(100, 14);
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
  world.live(20, 15);
  ASSERT_TRUE(reaches(drain, DrainState::history_missing));
}

TEST_F(Drain, LeavesALedgerOfAnotherVersionAlone) {
  auto connection = connect();
  query(connection,
        "INSERT INTO authd.schema_migration (version, name, sha256)"
        " VALUES (9999, 'future', sha256('x'))");
  World world;
  world.live(50, 16);
  store::Drain drain(world.journal(), exposure, options());
  drain.start();
  ASSERT_TRUE(reaches(drain, DrainState::schema_mismatch));
  query(connection, "DELETE FROM authd.schema_migration WHERE version = 9999");
  ASSERT_TRUE(drained(drain, world));
}

TEST_F(Drain, RefusesARecordAboutAnAccountThatTheLedgerDoesNotHave) {
  World world;
  world.put(account(1, 10'000));
  world.put(card("demo", "card_1", 1));
  world.apply(purchase("m1", "card_1", 100));
  world.flush();
  store::Drain drain(world.journal(), exposure, options());
  drain.start();
  ASSERT_TRUE(reaches(drain, DrainState::ledger_refuses));
  auto connection = connect();
  EXPECT_EQ(query_text(connection, "SELECT count(*) FROM authd.decision"), "0");
}

TEST_F(Drain, LeavesAnAccountThatTheLedgerHasAndItsOpeningBalance) {
  auto connection = connect();
  query(connection,
        "INSERT INTO authd.account (id, currency, status, posted_minor)"
        " VALUES (1, 'USD', 2, 777)");
  World world;
  world.apply(core::OpenAccount{account(1, 500)});
  world.apply(core::OpenAccount{account(2, 0)});
  world.apply(core::OpenAccount{account(3, 900)});
  world.flush();
  store::Drain drain(world.journal(), exposure, options());
  drain.start();
  ASSERT_TRUE(drained(drain, world));
  EXPECT_EQ(query_text(connection,
                       "SELECT string_agg(id || ':' || status || ':' || posted_minor, ' '"
                       " ORDER BY id) FROM authd.account"),
            "1:2:777 2:1:0 3:1:900");
  EXPECT_EQ(query_text(connection,
                       "SELECT string_agg(concat_ws(':', shard, seq, leg, book, account_id,"
                       " amount_minor), ' ' ORDER BY leg) FROM authd.posting"),
            "1:3:1:1:3:900 1:3:2:3:3:-900");
}

TEST_F(Drain, ReplacesWhatAMerchantSentThatIsNotText) {
  World world;
  core::Request request = purchase("m1", "card_1", 100);
  request.merchant.name = *core::InlineText<64>::from(std::string_view("a\0b\xFF", 4));
  request.merchant.id = *core::InlineText<32>::from("\xC3");
  request.merchant.mcc = 65'535;
  world.apply(request);
  world.flush();
  store::Drain drain(world.journal(), exposure, options());
  drain.start();
  ASSERT_TRUE(drained(drain, world)) << drain.status().last_error;
  auto connection = connect();
  EXPECT_EQ(query_text(connection,
                       "SELECT concat_ws('|', merchant_name, merchant_id, merchant_mcc,"
                       " merchant_country IS NULL) FROM authd.decision"),
            "a\uFFFDb\uFFFD|\uFFFD|65535|t");
}

TEST_F(Drain, WritesNothingWhilePaused) {
  World world;
  store::Drain drain(world.journal(), exposure, options());
  drain.pause(true);
  drain.start();
  ASSERT_TRUE(reaches(drain, DrainState::paused));
  world.live(50, 17);
  ASSERT_TRUE(eventually([&] { return drain.status().oldest_undrained.has_value(); }));
  EXPECT_EQ(drain.status().transactions, 0U);
  drain.pause(false);
  ASSERT_TRUE(drained(drain, world));
}

TEST_F(Drain, StopsAtOnceThoughTheServerDoesNotAnswer) {
  World world;
  world.live(50, 18);
  auto blocker = connect();
  auto transaction = store::Transaction::begin(blocker);
  ASSERT_TRUE(transaction);
  query(blocker, "LOCK TABLE authd.decision");
  auto observer = connect();
  store::Drain drain(world.journal(), exposure, options());
  drain.start();
  ASSERT_TRUE(eventually([&] {
    return query_text(observer,
                      "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                      " AND application_name = 'authd-drain'") == "1";
  }));
  const auto begin = std::chrono::steady_clock::now();
  drain.stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
  EXPECT_EQ(drain.status().state, DrainState::stopped);
  EXPECT_EQ(drain.status().transactions, 0U);
}

TEST_F(Drain, TellsHowFarTheLedgerIs) {
  World world;
  world.live(200, 19);
  std::vector<Sequence> told;
  store::Drain::Options telling = small_batches();
  telling.on_drained = [&](Sequence sequence) { told.push_back(sequence); };
  store::Drain drain(world.journal(), exposure, telling);
  drain.start();
  ASSERT_TRUE(drained(drain, world));
  drain.stop();
  ASSERT_GT(told.size(), 2U);
  EXPECT_EQ(told.front(), Sequence{0});
  EXPECT_EQ(told.back(), world.last());
  EXPECT_TRUE(std::is_sorted(told.begin(), told.end()));
}

}  // namespace

}  // namespace authd::test
