// Damage to what had been durable: the journal refuses to open and says where.

#include <cstring>

#include "store/journal/chain.h"
#include "tests/journal/world.h"

namespace authd::store {
namespace {

// Three segments, the first two full, several batches each.
struct LongWorld : World {
  std::size_t last_begin = 0;  // of the last batch, in segment 3
  std::size_t last_end = 0;

  LongWorld() {
    const auto journal = must_open();
    for (int i = 0; i < 5; ++i) {
      batch(*journal, {18'000, 700, 30'000});
      settle(*this, *journal);
    }
    for (int i = 0; i < 2; ++i) {
      last_begin = journal->durable().position().offset;
      batch(*journal, {100, 200});
    }
    last_end = journal->durable().position().offset;
    EXPECT_EQ(journal->durable().position().segment, 3U);
  }
};

TEST(Damage, IsFoundAtEveryByteBeforeTheLastBatch) {
  World world;
  std::size_t last_begin = 0;
  {
    const auto journal = world.must_open();
    world.batch(*journal, {100, 30});
    world.batch(*journal, {3});
    last_begin = journal->durable().position().offset;
    world.batch(*journal, {10, 33, 0});
  }
  const ByteVector whole = world.disk.content(world.path(1));
  for (std::size_t offset = 0; offset < last_begin; ++offset) {
    for (const unsigned bits : {0x01U, 0x80U, 0xFFU}) {
      world.disk.put(world.path(1), whole);
      world.flip(1, offset, bits);
      const JournalError error = world.refused();
      ASSERT_GE(static_cast<int>(error.fault), static_cast<int>(JournalFault::wrong_file_size));
      ASSERT_EQ(error.segment, 1U) << offset;
      ASSERT_LE(error.offset, offset);
      ASSERT_LT(offset - error.offset, record_bytes(100)) << "far from the damage";
      ASSERT_FALSE(verify(world.directory())) << offset;
      ASSERT_EQ(world.disk.content(world.path(1)).at(offset), whole[offset] ^ std::byte(bits));
    }
  }
}

TEST(Damage, IsFoundInTheLastBatchWhileItsTrailerIsWhole) {
  LongWorld world;
  const ByteVector whole = world.disk.content(world.path(3));
  for (std::size_t offset = world.last_begin; offset < world.last_end - trailer_bytes; ++offset) {
    world.disk.put(world.path(3), whole);
    world.flip(3, offset, 0x10);
    const JournalError error = world.refused();
    ASSERT_EQ(error.fault, JournalFault::corrupt_record) << offset;
    ASSERT_EQ(error.segment, 3U);
  }
}

TEST(Damage, IsFoundWhereWholeBatchesBecameZeros) {
  for (const std::size_t bytes : {record_bytes(18'000), record_bytes(18'000) + record_bytes(700)}) {
    LongWorld world;
    world.zero(2, sizeof(SegmentHeader), bytes);
    const JournalError error = world.refused();
    EXPECT_EQ(error.fault, JournalFault::corrupt_record);
    EXPECT_EQ(error.segment, 2U);
    EXPECT_EQ(error.offset, sizeof(SegmentHeader));
  }
}

TEST(Damage, IsFoundWhenTheEndOfAFullSegmentIsGone) {
  LongWorld world;
  const std::size_t batch =
      record_bytes(18'000) + record_bytes(700) + record_bytes(30'000) + trailer_bytes;
  world.zero(1, sizeof(SegmentHeader) + batch, batch);
  EXPECT_EQ(world.refused().fault, JournalFault::sequence_gap);
  EXPECT_EQ(world.refused().segment, 2U);
}

TEST(Damage, IsFoundWhenSomethingLiesBehindTheEndOfAFullSegment) {
  LongWorld world;
  const std::byte written{1};
  world.disk.patch(world.path(1), segment_bytes_min - 1, std::span(&written, 1));
  const JournalError error = world.refused();
  EXPECT_EQ(error.fault, JournalFault::corrupt_record);
  EXPECT_EQ(error.segment, 1U);
}

TEST(Damage, IsFoundInTheHeaderOfTheLastSegment) {
  LongWorld world;
  world.zero(3, 0, sizeof(SegmentHeader));
  EXPECT_EQ(world.refused().fault, JournalFault::corrupt_header);
  EXPECT_EQ(world.refused().segment, 3U);
}

TEST(Damage, IsFoundWhenTheHeaderOfAMiddleSegmentIsZeros) {
  LongWorld world;
  world.disk.put(world.path(2), ByteVector(segment_bytes_min));
  EXPECT_EQ(world.refused().fault, JournalFault::corrupt_header);
  EXPECT_EQ(world.refused().segment, 2U);
}

TEST(Damage, IsNotLookedForBeforeTheFirstRecordNeeded) {
  LongWorld world;
  world.flip(1, 1000);
  const std::uint64_t first_of_3 = world.written[world.written.size() - 4].sequence;
  world.must_open(first_of_3);
  EXPECT_EQ(world.refused(1).segment, 1U);
}

TEST(Damage, MissingSegmentInTheMiddle) {
  LongWorld world;
  ASSERT_TRUE(world.disk.remove(world.path(2)));
  const JournalError error = world.refused();
  EXPECT_EQ(error.fault, JournalFault::missing_segment);
  EXPECT_EQ(error.segment, 2U);
}

TEST(Damage, MissingHistory) {
  LongWorld world;
  ASSERT_TRUE(world.disk.remove(world.path(1)));
  const JournalError error = world.refused(1);
  EXPECT_EQ(error.fault, JournalFault::missing_history);
  EXPECT_EQ(error.segment, 2U);
  EXPECT_EQ(error.sequence.value, 7U) << "the oldest that is there";
  world.must_open(7);
  EXPECT_EQ(world.refused(6).fault, JournalFault::missing_history);
}

TEST(Damage, ABlankFirstSegmentBeforeATornOneIsNotABlankJournal) {
  World world;
  settle(world, *world.must_open());
  const std::byte written{1};
  world.disk.patch(world.path(2), 700, std::span(&written, 1));
  EXPECT_EQ(world.refused().fault, JournalFault::corrupt_header);
  EXPECT_EQ(world.refused().segment, 1U);
}

TEST(Damage, OfTheOldestHeaderIsNotMissingHistory) {
  LongWorld world;
  ASSERT_TRUE(world.disk.remove(world.path(1)));
  world.flip(2, 60);
  EXPECT_EQ(world.refused(8).fault, JournalFault::corrupt_header);
  EXPECT_EQ(world.refused(8).segment, 2U);
}

TEST(Damage, ABlankSegmentAloneIsAJournalOnlyWhenItIsTheFirst) {
  LongWorld world;
  const ByteVector blank(segment_bytes_min);
  for (const std::uint32_t segment : {1U, 2U, 3U}) {
    ASSERT_TRUE(world.disk.remove(world.path(segment)));
  }
  world.disk.put(world.path(4), blank);
  EXPECT_EQ(world.refused(1).fault, JournalFault::corrupt_header);
  EXPECT_EQ(world.refused(1).segment, 4U);
  ASSERT_TRUE(world.disk.remove(world.path(4)));
  world.disk.put(world.path(1), blank);
  world.must_open(1);
}

TEST(Damage, WrongFileSize) {
  for (const std::ptrdiff_t change : {-1, 1, -4096}) {
    LongWorld world;
    ByteVector bytes = world.disk.content(world.path(3));
    bytes.resize(static_cast<std::size_t>(static_cast<std::ptrdiff_t>(bytes.size()) + change));
    world.disk.put(world.path(3), bytes);
    EXPECT_EQ(world.refused().fault, JournalFault::wrong_file_size) << change;
    EXPECT_EQ(world.refused().segment, 3U);
  }
}

TEST(Damage, WrongShard) {
  LongWorld world;
  world.shard = 8;
  EXPECT_EQ(world.refused().fault, JournalFault::wrong_shard);
}

TEST(Damage, WrongSegment) {
  LongWorld world;
  world.disk.put(world.path(2), world.disk.content(world.path(1)));
  EXPECT_EQ(world.refused().fault, JournalFault::wrong_segment);
}

SegmentHeader header_in(World& world, std::uint32_t segment) {
  const ByteVector bytes = world.disk.content(world.path(segment));
  SegmentHeader header;
  std::memcpy(&header, bytes.data(), sizeof header);
  return header;
}

JournalError refused_with_header(World& world, std::uint32_t segment, SegmentHeader header) {
  seal(header);
  world.disk.patch(world.path(segment), 0, std::as_bytes(std::span(&header, 1)));
  return world.refused();
}

TEST(Damage, HeaderOfAnotherFormat) {
  LongWorld world;
  SegmentHeader header = header_in(world, 3);
  header.version = 2;
  EXPECT_EQ(refused_with_header(world, 3, header).fault, JournalFault::unsupported_version);
  header.magic[0] = 'a';
  EXPECT_EQ(refused_with_header(world, 3, header).fault, JournalFault::bad_magic);
}

TEST(Damage, ASmallFileOfAnotherFormatIsNotTakenForATornOne) {
  World world;
  ByteVector bytes(segment_bytes_min);
  bytes[0] = std::byte{'X'};
  world.disk.put(world.path(1), bytes);
  EXPECT_EQ(world.refused().fault, JournalFault::bad_magic);
  bytes[0] = std::byte{'A'};  // as far as a write can have come
  world.disk.put(world.path(1), bytes);
  EXPECT_EQ(world.must_open()->recovered().torn_bytes, 8U);
}

TEST(Damage, HeaderThatDoesNotFollow) {
  LongWorld world;
  const SegmentHeader whole = header_in(world, 2);
  SegmentHeader header = whole;
  ++header.first_sequence;
  EXPECT_EQ(refused_with_header(world, 2, header).fault, JournalFault::sequence_gap);
  header = whole;
  --header.first_batch;
  EXPECT_EQ(refused_with_header(world, 2, header).fault, JournalFault::batch_gap);
  header = whole;
  header.chain[31] ^= std::byte{1};
  EXPECT_EQ(refused_with_header(world, 2, header).fault, JournalFault::chain_broken);
  header = whole;
  ++header.previous_at;
  const JournalError error = refused_with_header(world, 2, header);
  EXPECT_EQ(error.fault, JournalFault::chain_broken);
  EXPECT_EQ(error.segment, 2U);
}

// A segment of whole records, made by hand, with a trailer that fits them.
struct Forged {
  ByteVector bytes;
  std::size_t batch_begin = sizeof(SegmentHeader);
  ChainHash chain{};

  Forged() : bytes(sizeof(SegmentHeader)) {
    SegmentHeader header{.shard = 7,
                         .segment = 1,
                         .segment_bytes = segment_bytes_min,
                         .first_sequence = 1,
                         .first_batch = 1};
    seal(header);
    std::memcpy(bytes.data(), &header, sizeof header);
  }
  void record(RecordHeader header, const ByteVector& content) {
    const std::size_t begin = bytes.size();
    bytes.resize(begin + record_bytes(content.size()));
    write_record(bytes.data() + begin, header, content);
  }
  void record(std::uint64_t sequence, std::uint64_t batch) {
    record({.sequence = sequence, .batch = batch, .kind = 1, .version = 1, .shard = 7},
           payload(sequence, 20));
  }
  void trailer(RecordHeader header) {
    chain = Chain::create()->next(chain, std::span(bytes).subspan(batch_begin));
    record(header, {chain.begin(), chain.end()});
    batch_begin = bytes.size();
  }
  void trailer(std::uint64_t sequence, std::uint64_t batch) {
    trailer({.sequence = sequence,
             .batch = batch,
             .kind = trailer_kind,
             .version = trailer_version,
             .shard = 7});
  }
  JournalFault fault() {
    World result;
    bytes.resize(segment_bytes_min);
    result.disk.put(result.path(1), bytes);
    return result.refused().fault;
  }
};

TEST(Damage, AForgedSegmentIsReadWhenEverythingFits) {
  Forged forged;
  forged.record(1, 1);
  forged.trailer(1, 1);
  forged.record(2, 2);
  forged.record(3, 2);
  forged.trailer(3, 2);
  World world;
  forged.bytes.resize(segment_bytes_min);
  world.disk.put(world.path(1), forged.bytes);
  EXPECT_EQ(world.must_open()->next_sequence().value, 4U);
}

TEST(Damage, SequenceGap) {
  Forged skipped;
  skipped.record(1, 1);
  skipped.record(3, 1);
  skipped.trailer(3, 1);
  EXPECT_EQ(skipped.fault(), JournalFault::sequence_gap);
  Forged repeated;
  repeated.record(1, 1);
  repeated.record(1, 1);
  repeated.trailer(1, 1);
  EXPECT_EQ(repeated.fault(), JournalFault::sequence_gap);
  Forged wrong_trailer;
  wrong_trailer.record(1, 1);
  wrong_trailer.trailer(2, 1);
  EXPECT_EQ(wrong_trailer.fault(), JournalFault::sequence_gap);
}

TEST(Damage, BatchGap) {
  Forged skipped;
  skipped.record(1, 1);
  skipped.trailer(1, 1);
  skipped.record(2, 3);
  skipped.trailer(2, 3);
  EXPECT_EQ(skipped.fault(), JournalFault::batch_gap);
  Forged repeated;
  repeated.record(1, 1);
  repeated.trailer(1, 1);
  repeated.record(2, 1);
  repeated.trailer(2, 1);
  EXPECT_EQ(repeated.fault(), JournalFault::batch_gap);
  Forged empty;
  empty.trailer(0, 1);
  EXPECT_EQ(empty.fault(), JournalFault::batch_gap);
}

TEST(Damage, RecordOfAnotherShard) {
  Forged forged;
  forged.record({.sequence = 1, .batch = 1, .kind = 1, .version = 1, .shard = 8}, payload(1, 20));
  forged.trailer(1, 1);
  EXPECT_EQ(forged.fault(), JournalFault::wrong_shard);
}

TEST(Damage, TrailerOfAnotherFormat) {
  Forged forged;
  forged.record(1, 1);
  forged.trailer({.sequence = 1, .batch = 1, .kind = trailer_kind, .version = 2, .shard = 7});
  EXPECT_EQ(forged.fault(), JournalFault::unsupported_version);
}

TEST(Damage, ABatchExchangedForAnotherBreaksTheChain) {
  Forged forged;
  forged.record(1, 1);
  forged.trailer(1, 1);
  forged.chain = ChainHash{};  // as if the second batch had been written into another journal
  forged.record(2, 2);
  forged.trailer(2, 2);
  EXPECT_EQ(forged.fault(), JournalFault::chain_broken);
}

TEST(Damage, ALostTrailerBeforeALaterBatchIsNotATornTail) {
  Forged forged;
  forged.record(1, 1);
  const std::size_t trailer = forged.bytes.size();
  forged.trailer(1, 1);
  forged.record(2, 2);
  std::fill_n(forged.bytes.begin() + static_cast<std::ptrdiff_t>(trailer), trailer_bytes,
              std::byte{0});
  EXPECT_EQ(forged.fault(), JournalFault::corrupt_record);
}

}  // namespace
}  // namespace authd::store
