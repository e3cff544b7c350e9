// What a drain writes.

#include <gtest/gtest.h>

#include <atomic>

#include "store/postgres/batch.h"
#include "tests/postgres/drain_fixture.h"
#include "tests/postgres/plan.h"

namespace authd::test {

namespace {

using core::Sequence;
using store::DrainState;

TEST_F(Drain, LeavesTheLedgerEqualToTheState) {
  World world;
  world.live(3'000);
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
  for (int i = 0; i < 10; ++i) {
    world.live(100);
    ASSERT_TRUE(drained(drain, world)) << drain.status().last_error;
  }
  auto connection = connect();
  expect_ledger_agrees(connection, world);
  EXPECT_FALSE(drain.status().oldest_undrained);
}

TEST_F(Drain, UpdatesAnAuthorizationThatWasDrainedBefore) {
  World world;
  world.begin_with_card();
  world.apply(purchase("m1", "card_1", 100));
  world.flush();
  store::Drain drain(world.journal(), exposure, options());
  drain.start();
  ASSERT_TRUE(drained(drain, world));
  core::Request increment = purchase("m2", "card_1", 30);
  increment.authorization = *core::MessageId::from("m1");
  world.apply(increment);
  world.flush();
  ASSERT_TRUE(drained(drain, world));
  auto connection = connect();
  expect_ledger_agrees(connection, world);
  EXPECT_EQ(query_text(connection, "SELECT approved_minor FROM authd.authorization"), "130");
}

// Each record is about something that the ledger was never told of.
TEST_F(Drain, FindsAuthorizationsByKeyInATableThatNobodyHasAnalysed) {
  auto connection = connect();
  ASSERT_TRUE(store::Batch::prepare(connection));
  query(connection,
        "INSERT INTO authd.authorization (shard, id, program, key, currency, approved_minor,"
        "  held_minor, counted_minor, closure, opened_at, expires_at, changed_at, spent)"
        " SELECT 1, n, 'demo', n, 'USD', 1, 0, 0, 1, now(), now(), now(), ''"
        "  FROM generate_series(1, 20000) AS n");
  const auto of = [](const std::string& value) {
    return ", array_fill(" + value + ", ARRAY[300])";
  };
  std::string arguments = "1" + of("-1::int8") + of("''::text");
  for (int amount = 0; amount < 14; ++amount) arguments += of("0::int8");
  arguments += of("1::int2") + of("now()") + of("now()");
  arguments += of("0::int8") + of("0::int8") + of("0::int8") + of("''::bytea");
  EXPECT_EQ(most_rows(connection, "EXECUTE authd_update_authorizations (" + arguments + ")"), 300);
}

TEST_F(Drain, RefusesARecordAboutWhatTheLedgerDoesNotHave) {
  const core::Control control = limit(1, 5'000, core::Period::day, core::Level::card);
  const std::vector<core::Command> commands{
      purchase("m1", "card_1", 100),
      core::ChangeAccount{{1}, core::AccountStatus::frozen, 0, 0},
      core::ChangeCard{demo, *core::CardToken::from("card_1"), core::CardStatus::frozen, {}, {}},
      core::SetControl{owner_of(card("card_1", 1)), control},
      core::RemoveControl{{demo}, {1}},
      core::IssueCard{card("card_2", 1)},
      event(core::EventKind::cleared, "n1", "m0", "card_1", 100),
  };
  auto connection = connect();
  for (const core::Command& command : commands) {
    SCOPED_TRACE("command " + std::to_string(&command - commands.data()));
    World world;
    world.put(core::TimeZone{});
    core::Program program;
    program.id = demo;
    world.put(program);
    world.put(account(1, 10'000));
    world.put(card("card_1", 1));
    world.put(core::ControlSet{{demo}, {control}});
    world.apply(command);
    ASSERT_EQ(world.last(), Sequence{1});
    world.flush();
    store::Drain drain(world.journal(), exposure, options());
    drain.start();
    ASSERT_TRUE(reaches(drain, DrainState::ledger_refuses));
    EXPECT_EQ(query_text(connection,
                         "SELECT count(*) FROM (SELECT seq FROM authd.decision UNION ALL"
                         " SELECT seq FROM authd.event UNION ALL"
                         " SELECT seq FROM authd.journal_entry) AS written"),
              "0");
    drain.stop();
  }
}

TEST_F(Drain, RefusesAnAuthorizationAndAMerchantLockThatTheLedgerDoesNotHave) {
  World world;
  world.begin_with_card();
  core::Control lock;
  lock.id = {1};
  lock.check = core::MerchantLock{};
  world.apply(core::SetControl{{demo}, lock});
  world.put(card("card_2", 1));
  core::Request request = purchase("m1", "card_2", 100);
  request.details.merchant.id = *core::InlineText<32>::from("shop");
  world.apply(request);
  world.flush();
  store::Drain drain(world.journal(), exposure, options());
  drain.start();
  ASSERT_TRUE(reaches(drain, DrainState::ledger_refuses));
  EXPECT_NE(drain.status().last_error.find("cards"), std::string::npos);
  auto connection = connect();
  query(connection, "INSERT INTO authd.account (id, currency, status) VALUES (1, 'USD', 1)");
  query(connection,
        "INSERT INTO authd.card (program, token, account_id, expires_at, status)"
        " VALUES ('demo', 'card_2', 1, now(), 1)");
  ASSERT_TRUE(drained(drain, world));
  query(connection, "DELETE FROM authd.authorization");
  world.apply(event(core::EventKind::incremented, "n1", "m1", "card_2", 5));
  world.flush();
  ASSERT_TRUE(reaches(drain, DrainState::ledger_refuses));
  EXPECT_NE(drain.status().last_error.find("authorizations"), std::string::npos);
}

TEST_F(Drain, LeavesAnAccountThatTheLedgerHasAndItsOpeningBalance) {
  auto connection = connect();
  query(connection,
        "INSERT INTO authd.account (id, currency, status, opening_minor, opened_at)"
        " VALUES (1, 'USD', 2, 777, '2026-01-01')");
  World world;
  world.apply(core::OpenAccount{account(1, 500)});
  world.apply(core::OpenAccount{account(2, 0)});
  core::Account third = account(3, 900);
  third.overdraft_minor = 40;
  third.minimum_minor = 5;
  world.apply(core::OpenAccount{third});
  world.flush();
  store::Drain drain(world.journal(), exposure, options());
  drain.start();
  ASSERT_TRUE(drained(drain, world));
  EXPECT_EQ(query_text(connection,
                       "SELECT string_agg(concat_ws(':', id, status, posted_minor, overdraft_minor,"
                       " minimum_minor), ' ' ORDER BY id) FROM authd.account"
                       " JOIN authd.balance ON account_id = id"),
            "1:2:777:0:0 2:1:0:0:0 3:1:900:40:5");
  EXPECT_EQ(query_text(connection,
                       "SELECT string_agg(concat_ws(':', shard, seq, leg, book, account_id,"
                       " amount_minor), ' ' ORDER BY shard, leg) FROM authd.posting"),
            "0:1:1:1:1:777 0:1:2:3:1:-777 1:3:1:1:3:900 1:3:2:3:3:-900");
}

TEST_F(Drain, ReplacesWhatAMerchantSentThatIsNotText) {
  World world;
  core::Request request = purchase("m1", "card_1", 100);
  request.details.merchant.name = *core::InlineText<64>::from(std::string_view("a\0b\xFF", 4));
  request.details.merchant.id = *core::InlineText<32>::from("\xC3");
  request.details.merchant.mcc = 65'535;
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
  world.live(50);
  ASSERT_TRUE(eventually([&] { return drain.status().oldest_undrained.has_value(); }));
  EXPECT_EQ(drain.status().transactions, 0U);
  drain.pause(false);
  ASSERT_TRUE(drained(drain, world));
}

TEST_F(Drain, StopsAtOnceThoughTheServerDoesNotAnswer) {
  World world;
  world.live(50);
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
  world.live(200);
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

TEST_F(Drain, TellsThatTheServerAnswersThoughThereIsNothingToDrain) {
  World world;
  std::atomic<int> heard{0};
  store::Drain::Options telling = options();
  telling.heartbeat_interval = std::chrono::milliseconds(1);
  telling.on_heard = [&] { ++heard; };
  store::Drain drain(world.journal(), exposure, telling);
  drain.start();
  ASSERT_TRUE(eventually([&] { return heard >= 3; }));
  EXPECT_EQ(drain.status().transactions, 0U);

  // Of a server that has gone away nothing is heard.
  Cluster::stop();
  ASSERT_TRUE(eventually([&] { return drain.status().failures >= 2; }));
  const int before = heard;
  const std::uint64_t failures = drain.status().failures;
  ASSERT_TRUE(eventually([&] { return drain.status().failures >= failures + 3; }));
  EXPECT_EQ(heard, before);
  Cluster::start();
  EXPECT_TRUE(eventually([&] { return heard > before; }));
}

TEST_F(Drain, HearsFromTheServerWithEveryTransactionToo) {
  World world;
  world.live(200);
  std::atomic<std::uint64_t> heard{0};
  store::Drain::Options telling = small_batches();
  telling.heartbeat_interval = std::chrono::hours(1);
  telling.on_heard = [&] { ++heard; };
  store::Drain drain(world.journal(), exposure, telling);
  drain.start();
  ASSERT_TRUE(drained(drain, world));
  drain.stop();
  EXPECT_EQ(heard, drain.status().transactions + 1);  // and when it connected
}

TEST_F(Drain, ShowsControlsToPeopleAsItIsTold) {
  World world;
  world.begin_with_card();
  const auto set = [&](std::int64_t id) {
    world.apply(core::SetControl{{demo}, limit(id, 5, core::Period::day, core::Level::card)});
  };
  for (std::int64_t id = 1; id <= 5; ++id) set(id);
  world.flush();
  store::Drain::Options showing = options();
  showing.control_definition = [](const core::Owner&, const core::Control& control) {
    const std::vector<std::string> definitions{R"({"a": 1})", "", R"({"a": "\u0000"})",
                                               "{\"a\": \"\xFF\"}", R"({"a": "é"})"};
    return definitions.at(static_cast<std::size_t>(control.id.value - 1));
  };
  store::Drain drain(world.journal(), exposure, showing);
  drain.start();
  ASSERT_TRUE(drained(drain, world)) << drain.status().last_error;
  auto connection = connect();
  EXPECT_EQ(query_text(connection,
                       "SELECT string_agg(coalesce(definition->>'a', '-'), ' ' ORDER BY id)"
                       " FROM authd.spend_control"),
            "1 - - - é");
}

}  // namespace

}  // namespace authd::test
