// Segments: rolling over, filling up exactly, other sizes, and pruning.

#include <atomic>
#include <limits>
#include <thread>

#include "tests/journal/world.h"

namespace authd::store {
namespace {

// Payload sizes of one batch of exactly `bytes` bytes, trailer included.
std::vector<std::size_t> batch_of(std::size_t bytes) {
  std::vector<std::size_t> sizes;
  std::size_t left = bytes - trailer_bytes;
  while (left > record_bytes(20'000)) {
    sizes.push_back(10'000);
    left -= record_bytes(10'000);
  }
  sizes.push_back(left - sizeof(RecordHeader));
  return sizes;
}

TEST(Segments, AreZeroFilledBeforeTheyAreUsed) {
  World world;
  const auto journal = world.must_open();
  settle(world, *journal);
  EXPECT_EQ(world.disk.content(world.path(1)), ByteVector(segment_bytes_min));
  EXPECT_EQ(world.disk.content(world.path(2)), ByteVector(segment_bytes_min));
}

TEST(Segments, AreOnTheDiskBeforeTheyAreUsed) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    World world(seed);
    settle(world, *world.must_open());
    world.disk.power_cut();
    for (const std::uint32_t segment : {1U, 2U}) {
      ASSERT_TRUE(world.disk.exists(world.path(segment)));
      ASSERT_EQ(world.disk.content(world.path(segment)).size(), segment_bytes_min);
    }
  }
}

TEST(Segments, AreFinishedAtOnceWhenTheWriterWaits) {
  World world;
  world.segment_bytes = 3 * batch_bytes_max;
  world.prepare_pause = std::chrono::hours(1);  // so it is late, unless somebody waits
  const auto journal = world.must_open();
  std::uint64_t waits = 0;
  while (journal->durable().position().segment < 3) {
    while (journal->fits(30'000)) world.append(*journal, 30'000);
    const auto flushed = journal->flush();
    ASSERT_TRUE(flushed);
    if (flushed->waited_for_segment) ++waits;
  }
  EXPECT_EQ(waits, 2U);
  EXPECT_EQ(journal->rollover_waits(), 2U);
}

TEST(Segments, RollOverAndReadBack) {
  World world;
  {
    const auto journal = world.must_open();
    for (int i = 0; i < 40; ++i) world.batch(*journal, {10'000, 700, 6'000});
    EXPECT_GE(journal->durable().position().segment, 6U);
    EXPECT_EQ(journal->segments(), journal->durable().position().segment);
  }
  world.must_open();
  EXPECT_EQ(world.replayed, world.written);
  const auto found = verify(world.directory());
  ASSERT_TRUE(found);
  EXPECT_EQ(found->records, 120U);
  EXPECT_EQ(found->batches, 40U);
  EXPECT_EQ(found->first_sequence.value, 1U);
  EXPECT_EQ(found->next_sequence.value, 121U);
  EXPECT_EQ(found->segments, found->end.segment);
  EXPECT_EQ(found->bytes,
            40 * (record_bytes(10'000) + record_bytes(700) + record_bytes(6'000) + trailer_bytes));
  EXPECT_EQ(found->torn_bytes, 0U);
}

TEST(Segments, ABatchMayFillOneExactly) {
  World world;
  {
    const auto journal = world.must_open();
    world.batch(*journal, {1'000});
    world.batch(*journal, batch_of(segment_bytes_min - journal->durable().position().offset));
    EXPECT_EQ(journal->durable().position(),
              (Position{.segment = 1, .offset = static_cast<std::uint32_t>(segment_bytes_min)}));
  }
  {
    const auto journal = world.must_open();
    EXPECT_EQ(world.replayed, world.written);
    world.batch(*journal, {1});
    EXPECT_EQ(journal->durable().position().segment, 2U);
  }
  const auto journal = world.must_open();
  EXPECT_EQ(world.replayed, world.written);
  EXPECT_EQ(read_all(*journal), world.written);
}

TEST(Segments, ABatchThatIsOneByteTooLongGoesToTheNext) {
  World world;
  {
    const auto journal = world.must_open();
    world.batch(*journal, {1'000});
    auto sizes = batch_of(segment_bytes_min - journal->durable().position().offset);
    ++sizes.back();
    world.batch(*journal, sizes);
    EXPECT_EQ(journal->durable().position().segment, 2U);
  }
  const auto journal = world.must_open();
  EXPECT_EQ(world.replayed, world.written);
  EXPECT_EQ(read_all(*journal), world.written);
}

TEST(Segments, TheLargestBatchFillsAWholeOne) {
  World world;
  const auto journal = world.must_open();
  for (int i = 0; i < 3; ++i) {
    world.batch(*journal, batch_of(segment_bytes_min - sizeof(SegmentHeader)));
    EXPECT_FALSE(journal->fits(payload_bytes_max + 1));
    EXPECT_EQ(journal->durable().position().offset, segment_bytes_min);
  }
  EXPECT_EQ(journal->durable().position().segment, 3U);
  world.must_open();
  EXPECT_EQ(world.replayed, world.written);
}

TEST(Segments, TheSizeMayChangeBetweenOpenings) {
  World world;
  for (const std::uint64_t bytes :
       {segment_bytes_min, 2 * segment_bytes_min, segment_bytes_min, 3 * segment_bytes_min}) {
    world.segment_bytes = bytes;
    const auto journal = world.must_open();
    ASSERT_EQ(world.replayed, world.written);
    settle(world, *journal);
    const std::uint32_t before = journal->durable().position().segment;
    while (journal->durable().position().segment == before) world.batch(*journal, {20'000, 20'000});
    EXPECT_EQ(world.disk.content(world.path(before + 1)).size(), bytes);
    settle(world, *journal);  // the next opening finds a blank one of the old size
  }
  world.must_open();
  EXPECT_EQ(world.replayed, world.written);
}

TEST(Segments, ABlankJournalTakesTheNewSize) {
  World world;
  world.segment_bytes = 2 * segment_bytes_min;
  settle(world, *world.must_open());
  world.segment_bytes = segment_bytes_min;
  const auto journal = world.must_open();
  world.batch(*journal, batch_of(segment_bytes_min - sizeof(SegmentHeader)));
  EXPECT_EQ(world.disk.content(world.path(1)).size(), segment_bytes_min);
}

TEST(Segments, OnesLeftUnfinishedAreRemoved) {
  World world;
  settle(world, *world.must_open());
  world.disk.put(world.path(3) + ".preparing", ByteVector(100, std::byte{1}));
  world.must_open();
  EXPECT_FALSE(world.disk.exists(world.path(3) + ".preparing"));
}

TEST(Segments, OtherFilesAreOverlooked) {
  World world;
  world.disk.put("journal/segment-00000009.journal.bak", ByteVector(3));
  world.disk.put("journal/segment-9.journal", ByteVector(3));
  world.disk.put("journal/segment-0000000x.journal", ByteVector(3));
  world.disk.put("journal/segment-00000000.journal", ByteVector(3));
  world.batch(*world.must_open(), {1});
  world.must_open();
  EXPECT_EQ(world.replayed, world.written);
}

// Three full segments and one in use; each batch has three records.
struct PruneWorld : World {
  std::unique_ptr<Journal> journal = must_open();
  PruneWorld() {
    while (journal->durable().position().segment < 4) batch(*journal, {18'000, 18'000, 18'000});
  }
  std::uint64_t first_of(std::uint32_t segment) {
    return open_segment(directory(), segment, OpenMode::read)->header.first_sequence;
  }
  static constexpr std::int64_t always = std::numeric_limits<std::int64_t>::max();
};

TEST(Prune, DeletesWholeSegmentsBeforeTheSequence) {
  PruneWorld world;
  const std::uint64_t first_of_3 = world.first_of(3);
  EXPECT_EQ(*world.journal->prune({first_of_3 - 1}, {world.always}), 1U);
  EXPECT_FALSE(world.disk.exists(world.path(1)));
  EXPECT_TRUE(world.disk.exists(world.path(2)));
  EXPECT_EQ(*world.journal->prune({first_of_3}, {world.always}), 1U);
  EXPECT_FALSE(world.disk.exists(world.path(2)));
  EXPECT_EQ(world.journal->segments(), 2U);
}

TEST(Prune, KeepsWhatIsNotOldEnough) {
  PruneWorld world;
  const core::Sequence all = world.journal->next_sequence();
  const std::int64_t last_of_1 = World::time_of(world.first_of(2) - 1);
  EXPECT_EQ(*world.journal->prune(all, {last_of_1}), 0U);
  EXPECT_EQ(*world.journal->prune(all, {last_of_1 + 1}), 1U);
  EXPECT_FALSE(world.disk.exists(world.path(1)));
  EXPECT_TRUE(world.disk.exists(world.path(2)));
}

TEST(Prune, NeverDeletesTheSegmentInUse) {
  PruneWorld world;
  EXPECT_EQ(*world.journal->prune(world.journal->next_sequence(), {world.always}), 3U);
  EXPECT_TRUE(world.disk.exists(world.path(4)));
  EXPECT_EQ(*world.journal->prune(world.journal->next_sequence(), {world.always}), 0U);
  const std::uint64_t first = world.first_of(4);
  world.batch(*world.journal, {10});
  world.journal.reset();
  world.must_open(first);
  EXPECT_EQ(world.replayed.front().sequence, first);
  EXPECT_EQ(world.replayed.back(), world.written.back());
  EXPECT_EQ(world.refused(first - 1).fault, JournalFault::missing_history);
}

TEST(Prune, KeepsTheLastRecordsWhenTheSegmentAfterThemWasTorn) {
  PruneWorld world;
  const std::uint64_t first_of_4 = world.first_of(4);
  world.journal.reset();
  world.zero(4, 512, segment_bytes_min - 512);
  world.journal = world.must_open();
  EXPECT_EQ(world.journal->next_sequence().value, first_of_4);
  EXPECT_EQ(*world.journal->prune({first_of_4}, {world.always}), 2U);
  EXPECT_TRUE(world.disk.exists(world.path(3)));
}

TEST(Prune, KeepsTheTimesOfSegmentsAcrossReopening) {
  PruneWorld world;
  world.journal.reset();
  world.journal = world.must_open(world.first_of(4));
  const std::int64_t last_of_1 = World::time_of(world.first_of(2) - 1);
  EXPECT_EQ(*world.journal->prune(world.journal->next_sequence(), {last_of_1 + 1}), 1U);
}

TEST(Prune, RunsBesideTheWriter) {
  World world;
  const auto journal = world.must_open();
  std::atomic<bool> is_done{false};
  std::uint64_t pruned = 0;
  std::thread pruner([&] {
    while (!is_done) {
      const core::Sequence keep_from = journal->durable().sequence();
      const auto count = journal->prune(keep_from, {PruneWorld::always});
      ASSERT_TRUE(count);
      pruned += *count;
    }
  });
  while (journal->durable().position().segment < 20) world.batch(*journal, {18'000, 18'000});
  is_done = true;
  pruner.join();
  EXPECT_EQ(journal->segments(), 20 - pruned);
  const core::Sequence keep_from = journal->durable().sequence();
  ASSERT_TRUE(journal->prune(keep_from, {PruneWorld::always}));
  world.must_open(keep_from.value);
  EXPECT_EQ(world.replayed.size(), 1U);
}

TEST(Prune, SurvivesAPowerCutAtAnyPoint) {
  for (std::uint64_t changes = 0; changes < 8; ++changes) {
    SCOPED_TRACE(changes);
    PruneWorld world;
    settle(world, *world.journal);
    const std::uint64_t first = world.first_of(4);
    world.disk.stop_after(changes);
    const auto pruned = world.journal->prune({first}, {world.always});
    EXPECT_EQ(static_cast<bool>(pruned), changes >= 6);
    world.journal.reset();
    world.disk.power_cut();
    world.must_open(first);
  }
}

}  // namespace
}  // namespace authd::store
