// LiveState against MemoryState: the same commands on both, checkpoints in between, must look the
// same from outside.

#include "store/state/live_state.h"

#include <gtest/gtest.h>

#include <random>

#include "store/state/checkpointer.h"
#include "tests/core/world.h"
#include "tests/store/temporary_directory.h"

namespace authd::store {
namespace {

using namespace core;
using authd::test::TemporaryDirectory;

Request random_request(std::mt19937& random) {
  Request request = core::test::purchase("m" + std::to_string(random() % 3'000),
                                         static_cast<std::int64_t>(random() % 300));
  request.kind = static_cast<Kind>(1 + random() % 7);
  if (random() % 4 == 0)
    request.increments = *MessageId::from("m" + std::to_string(random() % 3'000));
  return request;
}

TEST(LiveState, LooksTheSameAsMemoryWhateverIsCheckpointedWhen) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const TemporaryDirectory directory;
  Snapshot snapshot =
      std::move(Snapshot::open({directory.path(), std::size_t{64} << 20, 1})).value();
  LiveState live = std::move(LiveState::open(snapshot, {core::test::program()})).value();
  MemoryState memory({core::test::program()});
  Checkpointer checkpointer(snapshot, {}, {});
  std::vector<std::byte> payload;

  std::uint64_t sequence = 0;
  const auto apply_to_both = [&](const Command& command) {
    const Moment now{core::test::noon, {sequence + 1}};
    const Applied on_live = core::apply(live, command, now).value();
    const Applied on_memory = core::apply(memory, command, now).value();
    ASSERT_TRUE(on_live.outcome == on_memory.outcome);
    const auto rows = on_live.changes.rows();
    const auto expected = on_memory.changes.rows();
    ASSERT_TRUE(std::equal(rows.begin(), rows.end(), expected.begin(), expected.end()));
    if (rows.empty()) return;
    ++sequence;
    encode_record(command, on_live, payload);
    live.put(decode_images(payload).value(), {sequence});
    for (const Row& row : expected) memory.put(row);
  };

  apply_to_both(OpenAccount{core::test::account()});
  apply_to_both(IssueCard{core::test::card()});
  std::uint64_t checkpoints = 0;
  for (int i = 0; i < 3'000; ++i) {
    apply_to_both(random_request(random));
    if (!live.is_frozen() && random() % 50 == 0) checkpointer.submit(live.freeze(), {0});
    if (live.is_frozen() && checkpointer.poll()) {
      checkpointer.dispose(std::move(live.adopt()).value());
      ++checkpoints;
    }
  }
  EXPECT_GT(checkpoints, 0U);
  EXPECT_GT(sequence, 1'000U);
}

TEST(LiveState, AFrozenRowIsSeenUntilAndAfterItsCheckpoint) {
  const TemporaryDirectory directory;
  Snapshot snapshot =
      std::move(Snapshot::open({directory.path(), std::size_t{16} << 20, 1})).value();
  LiveState live = std::move(LiveState::open(snapshot, {core::test::program()})).value();
  const Row row = core::test::account();
  const RowKey key = key_of(row);
  std::vector<std::byte> value;
  encode_value(key, row, value);
  RowImages images;
  images.add({key.view(), value});
  live.put(images, {1});
  EXPECT_EQ(live.overlay_rows(), 1U);

  const auto frozen = live.freeze();
  EXPECT_EQ(**live.account({1}), core::test::account());
  EXPECT_EQ(live.overlay_rows(), 1U);
  ASSERT_TRUE(snapshot.write(frozen->sorted(), {{1}, {0}, true}, [] {}));
  ASSERT_TRUE(live.adopt());
  EXPECT_EQ(live.overlay_rows(), 0U);
  EXPECT_EQ(**live.account({1}), core::test::account());
  EXPECT_EQ(*live.account({2}), std::nullopt);
}

TEST(LiveState, ADamagedRowIsAFaultAndNotAnAnswer) {
  const TemporaryDirectory directory;
  Snapshot snapshot =
      std::move(Snapshot::open({directory.path(), std::size_t{16} << 20, 1})).value();
  Table table;
  table.put(account_key({1}).view(), bytes_of("not a row"), {1});
  ASSERT_TRUE(snapshot.write(table.sorted(), {{1}, {0}, true}, [] {}));
  const LiveState live = std::move(LiveState::open(snapshot, {core::test::program()})).value();
  const auto account = live.account({1});
  ASSERT_FALSE(account);
  EXPECT_EQ(account.error(), StateFault::corrupt);
}

}  // namespace
}  // namespace authd::store
