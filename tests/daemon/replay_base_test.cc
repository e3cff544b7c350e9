// Replay of a journal whose beginning is gone: from a snapshot of an earlier moment.

#include "store/format/rows.h"
#include "tests/daemon/replay_world.h"

namespace authd::store {
namespace {

using core::Sequence;
using test::next_purchase;
using test::noon;
using test::purchase;
using test::RecordedWorld;
using test::refused;
using test::replayed;
using test::row_of;
using test::seed;

// A snapshot of the world's state, as if its records up to `applied` had been folded into it.
class ReplayFromABase : public ::testing::Test {
 protected:
  void snapshot(const core::MemoryState& state, Sequence applied) {
    auto snapshot = Snapshot::open({base(), std::size_t{64} << 20U, 1});
    ASSERT_TRUE(snapshot.has_value());
    Table table;
    std::vector<std::byte> value;
    state.for_each([&](const core::Row& row) {
      const RowKey key = key_of(row);
      value.clear();
      encode_value(key, row, value);
      table.put(key.view(), value, applied, noon);
    });
    SnapshotHeader header;
    header.applied = applied;
    header.applied_at = noon;
    header.has_journal = true;
    ASSERT_TRUE(snapshot->commit(table.sorted(), &header).has_value());
  }
  std::filesystem::path base() const { return directory_.path() / "snapshot"; }
  ReplayOptions options() const {
    ReplayOptions options;
    options.base = base();
    options.map_bytes = std::size_t{64} << 20U;
    return options;
  }

 private:
  test::TemporaryDirectory directory_;
};

TEST_F(ReplayFromABase, BeginsBehindIt) {
  RecordedWorld world;
  test::Mix mix(world, seed());
  mix.furnish();
  for (int i = 0; i < 500; ++i) mix.step();
  const Sequence applied{world.next_sequence() - 1};
  snapshot(world.state, applied);
  for (int i = 0; i < 1'500; ++i) mix.step();
  const ReplayReport report = replayed(world, options());
  EXPECT_EQ(report.first, Sequence{applied.value + 1});
  EXPECT_EQ(report.next, Sequence{world.next_sequence()});
  EXPECT_EQ(report.differing, 0U) << "seed " << seed();
}

TEST_F(ReplayFromABase, FindsADifferenceBehindIt) {
  RecordedWorld world;
  world.furnish();
  snapshot(world.state, {4});
  Record changed = next_purchase(world, "m-1");
  row_of<core::Account>(changed).held_minor += 1;
  world.append(changed);
  world.apply(purchase("m-2", 80'00));  // declined for the cent that is not there
  EXPECT_EQ(replayed(world, options()).differing, 1U);
}

TEST_F(ReplayFromABase, NotesThatItIsAnotherState) {
  RecordedWorld world;
  world.furnish();
  core::MemoryState poorer = world.state;
  poorer.put(test::an_account(1, 99'99));
  snapshot(poorer, {4});
  world.apply(purchase("m-1", 1'00));
  EXPECT_EQ(replayed(world, options()).differing, 1U);
}

// The journal's first records are gone, or the state was imported.
TEST_F(ReplayFromABase, ServesAJournalThatBeginsBehindIt) {
  RecordedWorld earlier;
  earlier.furnish();
  snapshot(earlier.state, {4});
  RecordedWorld world(5);
  world.state = earlier.state;
  world.apply(purchase("m-1", 1'00));
  const ReplayReport report = replayed(world, options());
  EXPECT_EQ(report.total(), 1U);
  EXPECT_EQ(report.differing, 0U);
}

TEST_F(ReplayFromABase, IsRefusedWhenRecordsBetweenAreGone) {
  RecordedWorld world(6);
  world.furnish();
  snapshot({}, {4});
  const ReplayError error = refused(world, options());
  EXPECT_EQ(error.code, ReplayError::Code::base_too_old);
  EXPECT_EQ(error.base, Sequence{4});
  EXPECT_EQ(error.sequence, Sequence{6});
}

TEST_F(ReplayFromABase, MayEndWithTheJournalButNotBehindIt) {
  RecordedWorld world;
  world.furnish();
  snapshot(world.state, {4});
  EXPECT_EQ(replayed(world, options()).total(), 0U);
  snapshot(world.state, {5});
  EXPECT_EQ(refused(world, options()).code, ReplayError::Code::base_too_new);
}

TEST_F(ReplayFromABase, IsNotCreatedWhenItIsMissing) {
  RecordedWorld world;
  world.furnish();
  EXPECT_EQ(refused(world, options()).code, ReplayError::Code::base_missing);
  EXPECT_FALSE(std::filesystem::exists(base()));
}

TEST_F(ReplayFromABase, BelongsToTheSameShard) {
  RecordedWorld world;
  world.furnish();
  {
    auto others = Snapshot::open({base(), std::size_t{64} << 20U, 2});
    const SnapshotHeader header{};
    ASSERT_TRUE(others->commit({}, &header).has_value());
  }
  EXPECT_EQ(refused(world, options()).snapshot.code, SnapshotError::Code::not_ours);
}

}  // namespace
}  // namespace authd::store
