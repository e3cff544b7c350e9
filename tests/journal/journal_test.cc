// Writing and reopening: the ordinary life of a journal.

#include "tests/journal/world.h"

namespace authd::store {
namespace {

TEST(Journal, NumbersRecordsFromOneWithoutGaps) {
  World world;
  const auto journal = world.must_open();
  EXPECT_EQ(journal->next_sequence().value, 1U);
  world.batch(*journal, {10, 20});
  world.batch(*journal, {0});
  EXPECT_EQ(journal->next_sequence().value, 4U);
  EXPECT_EQ(journal->durable().sequence().value, 3U);
}

TEST(Journal, GivesEverythingBackAfterReopening) {
  World world;
  for (int times = 0; times < 20; ++times) {
    const auto journal = world.must_open();
    EXPECT_EQ(world.replayed, world.written);
    world.batch(*journal, {700, 0, 1, 7, 8, 9, 2000});
    world.batch(*journal, {64});
  }
  world.must_open();
  EXPECT_EQ(world.replayed, world.written);
  EXPECT_EQ(world.written.size(), 160U);
}

TEST(Journal, ReplaysFromTheRecordAskedFor) {
  World world;
  world.batch(*world.must_open(), {100, 200, 300, 400});
  world.must_open(3);
  ASSERT_EQ(world.replayed.size(), 2U);
  EXPECT_EQ(world.replayed.front(), world.written[2]);
  world.must_open(5);
  EXPECT_TRUE(world.replayed.empty());
}

TEST(Journal, BeginsWhereItIsToldWhenNothingWasRecorded) {
  World world;
  { EXPECT_EQ(world.must_open(5001)->next_sequence().value, 5001U); }
  const auto journal = world.must_open(7001);  // nothing was flushed: it may still change
  EXPECT_EQ(journal->durable().sequence().value, 7000U);
  world.batch(*journal, {10});
  EXPECT_EQ(world.written.front().sequence, 7001U);
  EXPECT_EQ(world.refused(5001).fault, JournalFault::missing_history);
}

TEST(Journal, RefusesAnEmptyDirectoryUnlessToldToCreate) {
  World world;
  world.if_missing = IfMissing::refuse;
  EXPECT_EQ(world.refused().fault, JournalFault::missing_journal);
  world.if_missing = IfMissing::create;
  world.must_open();
  world.if_missing = IfMissing::refuse;
  world.must_open();
}

TEST(Journal, RefusesASequenceBeyondTheNext) {
  World world;
  world.batch(*world.must_open(), {10, 10});
  world.must_open(3);
  const JournalError error = world.refused(4);
  EXPECT_EQ(error.fault, JournalFault::beyond_end);
  EXPECT_EQ(error.sequence.value, 4U);
}

TEST(Journal, RefusesSegmentSizesOutOfBounds) {
  for (const std::uint64_t bytes :
       {segment_bytes_min - segment_bytes_unit, segment_bytes_max + segment_bytes_unit,
        segment_bytes_min + 1, std::uint64_t{0}}) {
    World world;
    world.segment_bytes = bytes;
    EXPECT_EQ(world.refused().fault, JournalFault::bad_options) << bytes;
  }
}

TEST(Journal, ShowsNothingBeforeItIsFlushed) {
  World world;
  const auto journal = world.must_open();
  const ByteVector before = world.disk.content(world.path(1));
  world.append(*journal, 100);
  EXPECT_EQ(journal->durable().sequence().value, 0U);
  EXPECT_EQ(world.disk.content(world.path(1)), before);
  EXPECT_EQ(journal->pending_records(), 1U);
  EXPECT_EQ(journal->pending_bytes(), record_bytes(100));
}

TEST(Journal, WritesOnceAndSyncsOncePerBatch) {
  World world;
  const auto journal = world.must_open();
  settle(world, *journal);
  const auto writes = world.disk.writes();
  const auto syncs = world.disk.syncs();
  world.batch(*journal, {700, 700, 700});
  EXPECT_EQ(world.disk.writes() - writes, 1U);
  EXPECT_EQ(world.disk.syncs() - syncs, 1U);
}

TEST(Journal, DoesNothingWhenThereIsNothingToFlush) {
  World world;
  const auto journal = world.must_open();
  settle(world, *journal);
  const auto writes = world.disk.writes();
  const auto flushed = journal->flush();
  ASSERT_TRUE(flushed);
  EXPECT_EQ(flushed->records, 0U);
  EXPECT_EQ(flushed->bytes, 0U);
  EXPECT_EQ(world.disk.writes(), writes);
}

TEST(Journal, ReportsWhatItFlushed) {
  World world;
  const auto journal = world.must_open();
  world.append(*journal, 700);
  world.append(*journal, 1);
  const auto first = journal->flush();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->records, 2U);
  EXPECT_EQ(first->bytes,
            sizeof(SegmentHeader) + record_bytes(700) + record_bytes(1) + trailer_bytes);
  EXPECT_EQ(first->durable.value, 2U);
  EXPECT_FALSE(first->waited_for_segment);
  world.append(*journal, 5);
  EXPECT_EQ(journal->flush()->bytes, record_bytes(5) + trailer_bytes);
}

TEST(Journal, TakesPayloadsUpToTheLimit) {
  World world;
  world.segment_bytes = 4 * segment_bytes_min;
  const auto journal = world.must_open();
  EXPECT_TRUE(journal->fits(payload_bytes_max));
  EXPECT_FALSE(journal->fits(payload_bytes_max + 1));
  world.batch(*journal, {payload_bytes_max, payload_bytes_max});
  world.must_open();
  EXPECT_EQ(world.replayed, world.written);
}

TEST(Journal, BoundsABatch) {
  World world;
  world.segment_bytes = 4 * batch_bytes_max;
  const auto journal = world.must_open();
  while (journal->fits(1000)) world.append(*journal, 1000);
  const std::size_t left = batch_bytes_max - trailer_bytes - journal->pending_bytes();
  ASSERT_LT(left, record_bytes(1000));
  const std::size_t last = left - sizeof(RecordHeader);
  EXPECT_FALSE(journal->fits(last + 1));
  EXPECT_TRUE(journal->fits(last));
  world.append(*journal, last);
  const auto flushed = journal->flush();
  ASSERT_TRUE(flushed);
  EXPECT_EQ(flushed->bytes, sizeof(SegmentHeader) + batch_bytes_max);
  world.must_open();
  EXPECT_EQ(world.replayed, world.written);
}

TEST(Journal, StopsWhenARecordIsNotAccepted) {
  World world;
  world.batch(*world.must_open(), {10, 20, 30});
  const JournalOptions options{.directory = world.directory(),
                               .segment_bytes = world.segment_bytes};
  const auto journal = Journal::open(
      options, {1}, [](const RecordView& record) { return record.sequence.value < 2; });
  ASSERT_FALSE(journal);
  EXPECT_EQ(journal.error().fault, JournalFault::record_refused);
  EXPECT_EQ(journal.error().sequence.value, 2U);
  EXPECT_EQ(journal.error().segment, 1U);
  EXPECT_EQ(journal.error().offset, sizeof(SegmentHeader) + record_bytes(10));
}

TEST(Journal, DropsWhatWasNeverFlushed) {
  World world;
  {
    const auto journal = world.must_open();
    world.batch(*journal, {10});
    ASSERT_TRUE(journal->append(1, 1, {1}, payload(1, 10)));
  }
  const auto journal = world.must_open();
  EXPECT_EQ(world.replayed, world.written);
  EXPECT_EQ(journal->next_sequence().value, 2U);
}

TEST(Journal, NamesEveryFault) {
  for (const JournalFault fault : {JournalFault::open_failed,         JournalFault::read_failed,
                                   JournalFault::write_failed,        JournalFault::sync_failed,
                                   JournalFault::directory_failed,    JournalFault::bad_options,
                                   JournalFault::missing_journal,     JournalFault::missing_history,
                                   JournalFault::beyond_end,          JournalFault::record_refused,
                                   JournalFault::no_digest,           JournalFault::missing_segment,
                                   JournalFault::wrong_file_size,     JournalFault::bad_magic,
                                   JournalFault::unsupported_version, JournalFault::corrupt_header,
                                   JournalFault::wrong_shard,         JournalFault::wrong_segment,
                                   JournalFault::corrupt_record,      JournalFault::sequence_gap,
                                   JournalFault::batch_gap,           JournalFault::chain_broken}) {
    EXPECT_NE(name(fault), "unknown");
  }
}

}  // namespace
}  // namespace authd::store
