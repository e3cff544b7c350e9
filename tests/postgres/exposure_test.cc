#include "store/postgres/exposure.h"

#include <gtest/gtest.h>

#include <limits>
#include <thread>

#include "store/postgres/drain.h"
#include "tests/postgres/cluster.h"
#include "tests/postgres/world.h"

namespace authd::test {

namespace {

using core::Sequence;

const core::ProgramId north = *core::ProgramId::from("north");  // a program of World::live()
const core::ProgramId asia = *core::ProgramId::from("asia");
const core::Currency dollar = *core::Currency::from_alpha("USD");
const core::Currency euro = *core::Currency::from_alpha("EUR");

class Exposure : public LedgerTest {
 protected:
  store::Drain::Options options() const {
    store::Drain::Options options;
    options.connection = {.conninfo = conninfo()};
    options.pace = std::chrono::milliseconds(0);
    options.retry_first = std::chrono::milliseconds(5);
    return options;
  }
  bool becomes(std::int64_t minor_units) const {
    return eventually([&] { return exposure.outstanding(north, dollar) == minor_units; });
  }

  store::Exposure exposure;
};

TEST(ExposureSums, AreKeptByProgramAndCurrency) {
  store::Exposure exposure;
  exposure.approved(demo, {100, dollar});
  exposure.approved(demo, {30, euro});
  exposure.approved(asia, {7, dollar});
  store::Exposure::Sums sums;
  sums.add(demo, {60, dollar});
  exposure.confirmed(sums);
  EXPECT_EQ(exposure.outstanding(demo, dollar), 40);
  EXPECT_EQ(exposure.outstanding(demo, euro), 30);
  EXPECT_EQ(exposure.outstanding(asia, dollar), 7);
  EXPECT_EQ(exposure.outstanding(asia, euro), 0);
  exposure.unconfirmed(sums);
  EXPECT_EQ(exposure.outstanding(demo, dollar), 100);
  EXPECT_EQ(exposure.snapshot().size(), 3U);
}

TEST(ExposureSums, AreExactBeyondInt64AndNeverShownNegative) {
  constexpr std::int64_t max = std::numeric_limits<std::int64_t>::max();
  store::Exposure exposure;
  exposure.approved(demo, {max, dollar});
  EXPECT_EQ(exposure.outstanding(demo, dollar), max);
  exposure.approved(demo, {max, dollar});
  EXPECT_EQ(exposure.outstanding(demo, dollar), max);
  store::Exposure::Sums sums;
  sums.add(demo, {max, dollar});
  sums.add(demo, {max - 5, dollar});
  exposure.confirmed(sums);
  EXPECT_EQ(exposure.outstanding(demo, dollar), 5);
  exposure.confirmed(sums);
  EXPECT_EQ(exposure.outstanding(demo, dollar), 0);
}

TEST(ExposureSums, HoldOnlyMoneyThatWasReserved) {
  const core::Decision approved{core::Reason::approved, usd(10), {}};
  const core::Decision declined{core::Reason::insufficient_funds, usd(0), {}};
  core::Request request = purchase("m", "c", 10);
  EXPECT_EQ(store::reserved_money(request, approved), usd(10));
  EXPECT_FALSE(store::reserved_money(request, declined));
  request.kind = core::Kind::credit;
  EXPECT_FALSE(store::reserved_money(request, approved));
  request.kind = core::Kind::purchase;
  EXPECT_FALSE(store::reserved_money(request, {core::Reason::approved, usd(0), {}}));
}

TEST(ExposureSums, MayBeChangedFromSeveralThreads) {
  store::Exposure exposure;
  store::Exposure::Sums one;
  one.add(demo, {1, dollar});
  {
    std::jthread sequencer([&] {
      for (int i = 0; i < 20'000; ++i) exposure.approved(demo, {1, dollar});
    });
    std::jthread drain([&] {
      for (int i = 0; i < 15'000; ++i) exposure.confirmed(one);
    });
  }
  EXPECT_EQ(exposure.outstanding(demo, dollar), 5'000);
}

TEST(MarkedExposure, CountsExactlyTheApprovalsBehindTheMark) {
  World world;
  world.begin_with_card();  // records 1 to 4
  world.apply(purchase("m5", "card_1", 1));
  world.apply(purchase("m6", "card_1", 10));
  world.apply(purchase("m7", "card_1", 100));
  world.flush();
  store::Exposure exposure;
  store::MarkedExposure marked(exposure, world.journal(), {7});
  const auto outstanding_at = [&](std::uint64_t mark) {
    EXPECT_TRUE(marked.move({mark}, std::stop_token()));
    EXPECT_EQ(marked.mark(), Sequence{mark});
    return exposure.outstanding(demo, dollar);
  };
  EXPECT_EQ(outstanding_at(7), 0);
  EXPECT_EQ(outstanding_at(6), 100);
  EXPECT_EQ(outstanding_at(5), 110);
  EXPECT_EQ(outstanding_at(4), 111);
  EXPECT_EQ(outstanding_at(0), 111);
  EXPECT_EQ(outstanding_at(6), 100);
  EXPECT_EQ(outstanding_at(7), 0);
}

TEST(MarkedExposure, CountsWhatWasApprovedOfDebitsAlone) {
  World world;
  world.begin_with_card();
  core::Program generous;
  generous.id = demo;
  generous.partial_approval = true;
  world.apply(core::ConfigureProgram{generous});
  const core::Sequence before = world.last();
  world.apply(purchase("m1", "card_1", 90'000));
  core::Request part = purchase("m2", "card_1", 50'000);
  part.partial_approval = true;
  world.apply(part);  // 10,000 of it
  world.apply(purchase("m3", "card_1", 1));
  core::Request credit = purchase("m4", "card_1", 700);
  credit.kind = core::Kind::credit;
  world.apply(credit);
  core::Request inquiry = purchase("m5", "card_1", 0);
  inquiry.kind = core::Kind::balance_inquiry;
  world.apply(inquiry);
  world.apply(event(core::EventKind::approved, "n1", "", "card_1", 3'000));
  world.apply(event(core::EventKind::cleared, "n2", "m1", "card_1", 90'000));
  world.apply(core::Abandon{demo, *core::MessageId::from("m2")});
  world.flush();
  EXPECT_EQ(world.approved_after(before, demo), 100'000);
  store::Exposure exposure;
  store::MarkedExposure marked(exposure, world.journal(), world.last());
  ASSERT_TRUE(marked.move(before, std::stop_token()));
  EXPECT_EQ(exposure.outstanding(demo, dollar), 100'000);
  store::Batch batch(1);  // what the drain confirms is the same
  auto reader = store::Reader::open(world.journal(), {1});
  ASSERT_TRUE(reader);
  while (batch.last() < world.last()) ASSERT_TRUE(batch.add(**reader->next()));
  marked.advance(world.last(), batch.approvals());
  EXPECT_EQ(exposure.outstanding(demo, dollar), 0);
  EXPECT_EQ(exposure.snapshot().size(), 1U);
}

// A journal that begins later than the mark cannot tell what came before.
TEST(MarkedExposure, CountsWhatTheJournalStillHolds) {
  World world(Sequence{101});
  core::Program program;
  program.id = demo;
  world.put(program);
  world.put(account(1, 1'000'000));
  world.put(card("card_1", 1));
  world.apply(purchase("m101", "card_1", 1));
  world.apply(purchase("m102", "card_1", 10));
  world.flush();
  store::Exposure exposure;
  store::MarkedExposure marked(exposure, world.journal(), {102});
  ASSERT_TRUE(marked.move({50}, std::stop_token()));
  EXPECT_EQ(exposure.outstanding(demo, dollar), 11);
  ASSERT_TRUE(marked.move({101}, std::stop_token()));
  EXPECT_EQ(exposure.outstanding(demo, dollar), 10);
}

TEST_F(Exposure, FallsAsTheLedgerConfirms) {
  World world;
  store::Drain drain(world.journal(), exposure, options());
  drain.pause(true);
  drain.start();
  world.live(300);
  ASSERT_GT(world.approved_after({0}, north), 0);
  exposure.approved(north, usd(world.approved_after({0}, north)));
  EXPECT_EQ(exposure.outstanding(north, dollar), world.approved_after({0}, north));
  drain.pause(false);
  EXPECT_TRUE(becomes(0));
}

TEST_F(Exposure, IsWhatLiesBehindTheMarkAfterARestart) {
  World world;
  world.live(300);
  const Sequence mark = world.last();
  {
    store::Exposure before;
    store::Drain drain(world.journal(), before, options());
    drain.start();
    ASSERT_TRUE(eventually([&] { return drain.status().drained == mark; }));
  }
  world.live(300);
  ASSERT_GT(world.approved_after(mark, north), 0);

  store::Drain::Options restarted = options();
  restarted.counted_from = world.last();
  store::Drain drain(world.journal(), exposure, restarted);
  drain.pause(true);
  EXPECT_EQ(exposure.outstanding(north, dollar), 0);
  drain.start();
  EXPECT_TRUE(becomes(world.approved_after(mark, north)));
  drain.pause(false);
  EXPECT_TRUE(becomes(0));
}

TEST_F(Exposure, FollowsTheRememberedMarkUntilPostgresqlTells) {
  World world;
  world.live(300);
  store::Drain::Options away = options();
  away.connection.conninfo = "host=/nowhere";
  away.counted_from = world.last();
  away.remembered_mark = {world.last().value / 2};
  ASSERT_GT(world.approved_after(away.remembered_mark, north), 0);
  store::Drain drain(world.journal(), exposure, away);
  drain.start();
  EXPECT_TRUE(becomes(world.approved_after(away.remembered_mark, north)));
  ASSERT_TRUE(eventually([&] { return drain.status().failures >= 2; }));
  EXPECT_EQ(exposure.outstanding(north, dollar), world.approved_after(away.remembered_mark, north));
}

TEST_F(Exposure, GrowsAgainWhenTheMarkMovesBack) {
  World world;
  world.live(300);
  store::Drain::Options counted = options();
  counted.counted_from = world.last();
  store::Drain drain(world.journal(), exposure, counted);
  drain.start();
  ASSERT_TRUE(eventually([&] { return drain.status().drained == world.last(); }));
  EXPECT_EQ(exposure.outstanding(north, dollar), 0);

  drain.pause(true);
  const Sequence back{world.last().value / 3};
  auto connection = connect();
  query(connection, "UPDATE authd.shard SET drained_seq = " + std::to_string(back.value));
  query(connection,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()");
  world.live(1);  // the drain only notices when it writes
  drain.pause(false);
  EXPECT_TRUE(becomes(world.approved_after(back, north)));
}

}  // namespace

}  // namespace authd::test
