// What a drain writes.

#include <gtest/gtest.h>

#include "tests/postgres/drain_fixture.h"

namespace authd::test {

namespace {

using core::Sequence;
using store::DrainState;

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
