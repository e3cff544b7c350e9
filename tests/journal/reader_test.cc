// Readers: behind a live writer, and on the files alone.

#include <atomic>
#include <thread>

#include "tests/journal/world.h"

namespace authd::store {
namespace {

constexpr std::chrono::milliseconds long_enough(20'000);
constexpr std::chrono::milliseconds at_once(0);

TEST(Reader, SeesOnlyWhatIsFlushed) {
  World world;
  const auto journal = world.must_open();
  auto reader = Reader::open(*journal, {1});
  ASSERT_TRUE(reader);
  EXPECT_TRUE(read_all(*reader).empty());
  world.append(*journal, 10);
  EXPECT_TRUE(read_all(*reader).empty());
  ASSERT_TRUE(journal->flush());
  EXPECT_EQ(read_all(*reader), world.written);
  world.batch(*journal, {20, 30});
  EXPECT_EQ(read_all(*reader).size(), 2U);
  EXPECT_EQ(reader->next_sequence().value, 4U);
}

TEST(Reader, DoesNotSeeABatchWhoseSyncFailed) {
  World world;
  const auto journal = world.must_open();
  settle(world, *journal);
  world.batch(*journal, {10});
  auto reader = Reader::open(*journal, {1});
  ASSERT_TRUE(reader);
  world.disk.fail_syncs(EIO);
  ASSERT_TRUE(journal->append(1, 1, {1}, payload(2, 10)));
  EXPECT_FALSE(journal->flush());
  EXPECT_EQ(read_all(*reader), world.written);
}

TEST(Reader, StartsAtAnyRecord) {
  World world;
  const auto journal = world.must_open();
  for (int i = 0; i < 8; ++i) world.batch(*journal, {18'000, 700, 30'000});
  ASSERT_GE(journal->durable().position().segment, 3U);
  for (std::size_t from = 1; from <= 25; ++from) {
    auto attached = Reader::open(*journal, {from});
    auto alone = Reader::open(world.directory(), {from});
    ASSERT_TRUE(attached && alone) << from;
    const std::vector<Entry> expected(world.written.begin() + static_cast<std::ptrdiff_t>(from - 1),
                                      world.written.end());
    EXPECT_EQ(attached->next_sequence().value, from);
    EXPECT_EQ(read_all(*attached), expected);
    EXPECT_EQ(read_all(*alone), expected);
    EXPECT_EQ(attached->next_sequence().value, 25U);
  }
  EXPECT_EQ(Reader::open(*journal, {26}).error().fault, JournalFault::beyond_end);
  EXPECT_EQ(Reader::open(world.directory(), {26}).error().fault, JournalFault::beyond_end);
}

TEST(Reader, GoesOnFromTheNextRecordToCome) {
  World world;
  const auto journal = world.must_open();
  world.batch(*journal, {10, 20});
  auto reader = Reader::open(*journal, {3});
  ASSERT_TRUE(reader);
  EXPECT_TRUE(read_all(*reader).empty());
  EXPECT_FALSE(reader->wait(at_once));
  world.batch(*journal, {30});
  EXPECT_TRUE(reader->wait(at_once));
  const auto record = reader->next();
  ASSERT_TRUE(record && *record);
  EXPECT_EQ(entry_of(**record), world.written.back());
}

TEST(Reader, AloneEndsBeforeATornTail) {
  World world;
  std::size_t end = 0;
  {
    const auto journal = world.must_open();
    world.batch(*journal, {10, 20});
    world.batch(*journal, {30});
    end = journal->durable().position().offset;
  }
  world.zero(1, end - trailer_bytes, trailer_bytes);
  auto reader = Reader::open(world.directory(), {1});
  ASSERT_TRUE(reader);
  EXPECT_EQ(read_all(*reader).size(), 2U);
  EXPECT_FALSE(reader->wait(long_enough)) << "there is nothing to wait for";
}

TEST(Reader, OfABlankJournalIsEmpty) {
  World world;
  EXPECT_EQ(Reader::open(world.directory(), {1}).error().fault, JournalFault::missing_journal);
  world.must_open();
  auto reader = Reader::open(world.directory(), {1});
  ASSERT_TRUE(reader);
  EXPECT_TRUE(read_all(*reader).empty());
}

TEST(Reader, StopsAtDamageAndStaysThere) {
  World world;
  const auto journal = world.must_open();
  for (int i = 0; i < 3; ++i) world.batch(*journal, {1'000});
  const std::size_t second = sizeof(SegmentHeader) + record_bytes(1'000) + trailer_bytes;
  world.flip(1, second + 500);
  auto reader = Reader::open(*journal, {1});
  ASSERT_TRUE(reader);
  ASSERT_TRUE(*reader->next());
  for (int i = 0; i < 2; ++i) {
    const auto record = reader->next();
    ASSERT_FALSE(record);
    EXPECT_EQ(record.error().fault, JournalFault::corrupt_record);
    EXPECT_EQ(record.error().segment, 1U);
    EXPECT_EQ(record.error().offset, second);
    EXPECT_EQ(record.error().sequence.value, 2U);
  }
}

TEST(Reader, FindsAHeaderThatDoesNotFollow) {
  World world;
  const auto journal = world.must_open();
  for (int i = 0; i < 8; ++i) world.batch(*journal, {18'000, 700, 30'000});
  // The rest of segment 1 is lost, and what is left looks like its end.
  const std::size_t batch =
      record_bytes(18'000) + record_bytes(700) + record_bytes(30'000) + trailer_bytes;
  world.zero(1, sizeof(SegmentHeader) + batch, batch);
  auto reader = Reader::open(*journal, {1});
  ASSERT_TRUE(reader);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(*reader->next());
  EXPECT_EQ(reader->next().error().fault, JournalFault::sequence_gap);
}

TEST(Reader, ReadsThePrunedSegmentItIsInAndThenFails) {
  World world;
  const auto journal = world.must_open();
  auto reader = Reader::open(*journal, {1});
  ASSERT_TRUE(reader);
  while (journal->durable().position().segment < 4) world.batch(*journal, {18'000, 18'000});
  ASSERT_TRUE(*reader->next());
  const auto pruned = journal->prune(journal->next_sequence(), {World::time_of(1'000'000)});
  ASSERT_TRUE(pruned);
  ASSERT_EQ(*pruned, 3U);
  const std::uint64_t first_of_2 = 7;
  for (std::uint64_t sequence = 2; sequence < first_of_2; ++sequence) {
    const auto record = reader->next();
    ASSERT_TRUE(record && *record) << sequence;
    EXPECT_EQ(entry_of(**record), world.written[sequence - 1]);
  }
  const auto record = reader->next();
  ASSERT_FALSE(record);
  EXPECT_EQ(record.error().fault, JournalFault::missing_history);
  EXPECT_EQ(record.error().segment, 2U);
  EXPECT_EQ(Reader::open(*journal, {1}).error().fault, JournalFault::missing_history);
}

TEST(Reader, ReportsADiskThatDoesNotRead) {
  World world;
  const auto journal = world.must_open();
  settle(world, *journal);
  world.batch(*journal, {10});
  auto reader = Reader::open(*journal, {1});
  ASSERT_TRUE(reader);
  world.disk.fail_reads(EIO);
  const auto record = reader->next();
  ASSERT_FALSE(record);
  EXPECT_EQ(record.error().fault, JournalFault::read_failed);
  EXPECT_EQ(record.error().system_error, EIO);
}

TEST(Reader, FollowsALiveWriterAcrossSegments) {
  constexpr std::uint64_t batches = 300;
  World world;
  const auto journal = world.must_open();
  std::vector<Entry> read;
  bool is_waited_out = false;
  std::thread follower([&] {
    auto reader = Reader::open(*journal, {1});
    ASSERT_TRUE(reader);
    while (read.size() < 3 * batches) {
      if (!reader->wait(long_enough)) {
        is_waited_out = true;
        return;
      }
      const std::vector<Entry> more = read_all(*reader);
      ASSERT_FALSE(more.empty());
      read.insert(read.end(), more.begin(), more.end());
    }
  });
  for (std::uint64_t i = 0; i < batches; ++i) {
    world.batch(*journal, {200 + i * 14, 700, 6'000});
    ASSERT_LE(Reader::open(*journal, {1})->next_sequence().value, 1U);
  }
  follower.join();
  EXPECT_FALSE(is_waited_out);
  EXPECT_EQ(read, world.written);
  EXPECT_GT(journal->durable().position().segment, 20U);
}

TEST(DurableMark, WakesAWaiterWithoutDelay) {
  constexpr std::uint64_t rounds = 2'000;
  DurableMark mark;
  std::atomic<std::uint64_t> seen{0};
  const auto begun = std::chrono::steady_clock::now();
  std::thread waiter([&] {
    for (std::uint64_t known = 0; known < rounds; ++known) {
      if (!mark.wait_beyond({known}, long_enough)) return;
      seen = known + 1;
    }
  });
  for (std::uint64_t sequence = 1; sequence <= rounds; ++sequence) {
    mark.publish({.segment = 1, .offset = 1}, {sequence});
    while (seen < sequence && std::chrono::steady_clock::now() - begun < long_enough) {
      std::this_thread::yield();
    }
  }
  waiter.join();
  // Who is not woken sleeps until the end of its time, and finds then what it waited for.
  EXPECT_LT(std::chrono::steady_clock::now() - begun, long_enough);
  EXPECT_EQ(seen, rounds);
}

TEST(DurableMark, WakesEveryWaiter) {
  DurableMark mark;
  std::atomic<int> woken{0};
  std::vector<std::thread> waiters;
  for (std::uint64_t known = 0; known < 4; ++known) {
    waiters.emplace_back([&, known] {
      if (mark.wait_beyond({known}, long_enough)) ++woken;
    });
  }
  for (std::uint64_t sequence = 1; sequence <= 4; ++sequence) {
    mark.publish({.segment = 1, .offset = static_cast<std::uint32_t>(sequence)}, {sequence});
  }
  for (std::thread& waiter : waiters) waiter.join();
  EXPECT_EQ(woken, 4);
  EXPECT_FALSE(mark.wait_beyond({4}, at_once));
  EXPECT_EQ(mark.position(), (Position{.segment = 1, .offset = 4}));
}

}  // namespace
}  // namespace authd::store
