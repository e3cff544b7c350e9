// A write that was cut short: the batch was never answered, and goes.

#include "tests/journal/world.h"

namespace authd::store {
namespace {

constexpr std::size_t sector = 512;

// A journal with one durable batch, and a second one whose bytes tests take away from.
struct TornWorld : World {
  std::size_t begin = 0;  // of the second batch
  std::size_t end = 0;
  ByteVector whole;

  explicit TornWorld(const std::vector<std::size_t>& last_batch) {
    const auto journal = must_open();
    batch(*journal, {100, 30});
    begin = journal->durable().position().offset;
    batch(*journal, last_batch);
    end = journal->durable().position().offset;
    whole = disk.content(path(1));
  }

  std::vector<Entry> first_batch() const { return {written.begin(), written.begin() + 2}; }

  // Opens what lies on the disk now and checks that the last batch is gone without a trace, for
  // good.
  void expect_dropped(const std::string& what) {
    {
      const auto journal = must_open();
      ASSERT_EQ(replayed, first_batch()) << what;
      ASSERT_EQ(journal->next_sequence().value, 3U) << what;
      const ByteVector now = disk.content(path(1));
      ASSERT_TRUE(is_zero(std::span(now).subspan(begin))) << what;
    }
    ASSERT_TRUE(must_open()->recovered().torn_bytes == 0) << what;
  }
};

TEST(TornTail, IsDroppedWhereverTheLastBatchStops) {
  TornWorld world({10, 33, 0});
  for (std::size_t kept = 0; kept < world.end - world.begin; ++kept) {
    ByteVector torn = world.whole;
    std::fill(torn.begin() + static_cast<std::ptrdiff_t>(world.begin + kept), torn.end(),
              std::byte{0});
    const bool changes_nothing = torn == world.whole;
    world.disk.put(world.path(1), torn);
    if (changes_nothing) continue;  // its last bytes happen to be zeros
    world.expect_dropped("kept " + std::to_string(kept));
  }
}

TEST(TornTail, IsDroppedWhicheverSectorsOfTheLastBatchAreMissing) {
  TornWorld world({900, 700, 1500});
  const std::size_t first = world.begin / sector;
  const std::size_t count = (world.end - 1) / sector - first + 1;
  ASSERT_GE(count, 7U);
  ASSERT_LE(count, 9U);
  for (std::size_t missing = 1; missing < std::size_t{1} << count; ++missing) {
    ByteVector torn = world.whole;
    for (std::size_t i = 0; i < count; ++i) {
      if ((missing >> i & 1U) == 0) continue;
      const std::size_t from = std::max(world.begin, (first + i) * sector);
      const std::size_t to = std::min(world.end, (first + i + 1) * sector);
      std::fill(torn.begin() + static_cast<std::ptrdiff_t>(from),
                torn.begin() + static_cast<std::ptrdiff_t>(to), std::byte{0});
    }
    world.disk.put(world.path(1), torn);
    world.expect_dropped("missing " + std::to_string(missing));
  }
}

TEST(TornTail, IsReportedWithBytesAndRecords) {
  TornWorld world({10, 20, 30});
  world.zero(1, world.end - trailer_bytes, trailer_bytes);
  const auto journal = world.must_open();
  EXPECT_EQ(journal->recovered().torn_bytes, world.end - trailer_bytes - world.begin);
  EXPECT_EQ(journal->recovered().torn_records, 3U);
  EXPECT_EQ(journal->recovered().records, 2U);
}

TEST(TornTail, IsReportedByVerifyAndLeftAlone) {
  TornWorld world({10, 20, 30});
  world.zero(1, world.begin, record_bytes(10));
  const ByteVector torn = world.disk.content(world.path(1));
  // The trailer is whole, but no sector is missing entirely: that was durable once.
  EXPECT_FALSE(verify(world.directory()));
  world.zero(1, world.end - trailer_bytes, trailer_bytes);
  const auto found = verify(world.directory());
  ASSERT_TRUE(found);
  EXPECT_EQ(found->torn_records, 2U);
  EXPECT_EQ(found->end.offset, world.begin);
  const ByteVector after = world.disk.content(world.path(1));
  EXPECT_FALSE(is_zero(std::span(after).subspan(world.begin)));
}

TEST(TornTail, OfTheFirstBatchOfAJournalLeavesItBlank) {
  World world;
  std::size_t end = 0;
  {
    const auto journal = world.must_open();
    world.batch(*journal, {200, 200, 200});
    end = journal->durable().position().offset;
  }
  const ByteVector whole = world.disk.content(world.path(1));
  for (std::size_t kept = 0; kept + 32 < end; ++kept) {
    ByteVector torn = whole;
    std::fill(torn.begin() + static_cast<std::ptrdiff_t>(kept), torn.end(), std::byte{0});
    world.disk.put(world.path(1), torn);
    const auto journal = world.must_open();
    ASSERT_TRUE(world.replayed.empty()) << kept;
    ASSERT_EQ(journal->next_sequence().value, 1U) << kept;
    ASSERT_TRUE(is_zero(world.disk.content(world.path(1)))) << kept;
  }
}

TEST(TornTail, OfTheFirstBatchOfAJournalLeavesNoSequenceBehind) {
  World world;
  world.batch(*world.must_open(), {2'000});
  world.zero(1, 512, segment_bytes_min - 512);
  const auto journal = world.must_open(5'001);
  EXPECT_EQ(journal->next_sequence().value, 5'001U);
  EXPECT_EQ(journal->recovered().torn_bytes, 512U);
}

TEST(TornTail, OfTheFirstBatchOfALaterSegmentGoesWithItsHeader) {
  World world;
  std::size_t end = 0;
  {
    const auto journal = world.must_open();
    world.batch(*journal, {64'000, 64'000});
    settle(world, *journal);
    world.batch(*journal, {1000, 4500});
    ASSERT_EQ(journal->durable().position().segment, 2U);
    end = journal->durable().position().offset;
    settle(world, *journal);
  }
  const std::vector<Entry> first(world.written.begin(), world.written.begin() + 2);
  const ByteVector segment_1 = world.disk.content(world.path(1));
  const ByteVector whole = world.disk.content(world.path(2));
  const auto expect_dropped = [&](const ByteVector& torn, const std::string& what) {
    world.disk.put(world.path(1), segment_1);
    world.disk.put(world.path(2), torn);
    {
      const auto journal = world.must_open();
      ASSERT_EQ(world.replayed, first) << what;
      ASSERT_TRUE(is_zero(world.disk.content(world.path(2)))) << what;
    }
    auto copy = world.written;
    world.written.resize(2);
    {
      const auto journal = world.must_open(3);  // what follows is as good as before
      world.batch(*journal, {50});
    }
    world.must_open();
    ASSERT_EQ(world.replayed, world.written) << what;
    world.written = std::move(copy);
  };
  for (std::size_t kept = 0; kept + 40 < end; kept += kept < 300 ? 1 : 97) {
    ByteVector torn = whole;
    std::fill(torn.begin() + static_cast<std::ptrdiff_t>(kept), torn.end(), std::byte{0});
    expect_dropped(torn, "kept " + std::to_string(kept));
  }
  for (std::size_t lost = 0; lost < end; lost += sector) {
    ByteVector torn = whole;
    const std::size_t to = std::min(end, lost + sector);
    std::fill(torn.begin() + static_cast<std::ptrdiff_t>(lost),
              torn.begin() + static_cast<std::ptrdiff_t>(to), std::byte{0});
    expect_dropped(torn, "lost " + std::to_string(lost));
  }
}

TEST(TornTail, MayBeAsLargeAsABatchAndNotLarger) {
  World world;
  world.segment_bytes = 4 * batch_bytes_max;
  std::size_t begin = 0;
  {
    const auto journal = world.must_open();
    world.batch(*journal, {100});
    begin = journal->durable().position().offset;
  }
  const std::byte written{1};
  world.disk.patch(world.path(1), begin + batch_bytes_max - 1, std::span(&written, 1));
  EXPECT_EQ(world.must_open()->recovered().torn_bytes, batch_bytes_max);
  world.disk.patch(world.path(1), begin + batch_bytes_max, std::span(&written, 1));
  EXPECT_EQ(world.refused().fault, JournalFault::corrupt_record);
}

}  // namespace
}  // namespace authd::store
