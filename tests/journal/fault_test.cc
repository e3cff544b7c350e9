// A disk that fails: every error is final for the writer, and the next open finds the truth.

#include "tests/journal/world.h"

namespace authd::store {
namespace {

void expect_refuses_everything(Journal& journal, const JournalError& first) {
  for (int i = 0; i < 2; ++i) {
    const auto flushed = journal.flush();
    ASSERT_FALSE(flushed);
    EXPECT_EQ(flushed.error().fault, first.fault);
    const auto appended = journal.append(1, 1, {1}, payload(1, 10));
    ASSERT_FALSE(appended);
    EXPECT_EQ(appended.error().system_error, first.system_error);
  }
}

TEST(Faults, AFailedSyncIsFinal) {
  World world;
  const auto journal = world.must_open();
  settle(world, *journal);
  world.batch(*journal, {10});
  world.disk.fail_syncs(EIO);
  world.append(*journal, 20);
  const auto flushed = journal->flush();
  ASSERT_FALSE(flushed);
  EXPECT_EQ(flushed.error().fault, JournalFault::sync_failed);
  EXPECT_EQ(flushed.error().system_error, EIO);
  EXPECT_EQ(flushed.error().segment, 1U);
  EXPECT_EQ(flushed.error().sequence.value, 2U);
  EXPECT_EQ(journal->durable().sequence().value, 1U);
  world.disk.fail_syncs(0);
  expect_refuses_everything(*journal, flushed.error());
}

TEST(Faults, AFailedWriteIsFinal) {
  World world;
  const auto journal = world.must_open();
  settle(world, *journal);
  world.disk.fail_writes(ENOSPC);
  world.append(*journal, 20);
  const auto flushed = journal->flush();
  ASSERT_FALSE(flushed);
  EXPECT_EQ(flushed.error().fault, JournalFault::write_failed);
  EXPECT_EQ(flushed.error().system_error, ENOSPC);
  world.disk.fail_writes(0);
  expect_refuses_everything(*journal, flushed.error());
}

// Linux marks pages clean that it failed to write. Who reads them back sees a batch that is not on
// the disk.
TEST(Faults, ABatchFoundAfterAFailedSyncIsOnTheDiskOnceItWasReplayed) {
  World world;
  {
    const auto journal = world.must_open();
    settle(world, *journal);
    world.batch(*journal, {10});
    world.disk.fail_syncs(EIO);
    world.append(*journal, 2'000);
    EXPECT_FALSE(journal->flush());
  }
  world.disk.fail_syncs(0);
  {
    const auto journal = world.must_open();
    ASSERT_EQ(world.replayed, world.written) << "the page cache has it";
  }
  for (int i = 0; i < 10; ++i) {
    world.disk.power_cut();
    world.must_open();
    ASSERT_EQ(world.replayed, world.written);
  }
}

TEST(Faults, ATornTailStaysAwayOnceItWasDropped) {
  World world;
  {
    const auto journal = world.must_open();
    settle(world, *journal);
    world.batch(*journal, {10});
    world.disk.stop_after(0);
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(journal->append(1, 1, {1}, payload(2, 1'000)));
    EXPECT_FALSE(journal->flush());
  }
  world.disk.restart();
  const bool was_whole = world.must_open()->next_sequence().value == 22;
  world.disk.power_cut();
  EXPECT_EQ(world.must_open()->next_sequence().value == 22, was_whole);
}

TEST(Faults, ShortAndInterruptedCallsAreContinued) {
  World world;
  world.disk.be_short(true);
  for (int times = 0; times < 3; ++times) {
    const auto journal = world.must_open();
    EXPECT_EQ(world.replayed, world.written);
    for (int i = 0; i < 10; ++i) world.batch(*journal, {10'000, 700, 6'000});
    EXPECT_EQ(read_all(*journal), world.written);
  }
}

TEST(Faults, AFullDiskIsFinalOnlyWhenTheNextSegmentIsNeeded) {
  World world;
  const auto journal = world.must_open();
  settle(world, *journal);
  world.batch(*journal, {60'000, 60'000});
  world.disk.fail_directory_syncs(ENOSPC);
  world.batch(*journal, {60'000, 60'000});  // segment 2 was ready; 3 cannot be made
  EXPECT_EQ(journal->durable().position().segment, 2U);
  world.append(*journal, 60'000);
  const auto flushed = journal->flush();
  ASSERT_FALSE(flushed);
  EXPECT_EQ(flushed.error().fault, JournalFault::directory_failed);
  EXPECT_EQ(flushed.error().system_error, ENOSPC);
  EXPECT_EQ(flushed.error().segment, 3U);
  expect_refuses_everything(*journal, flushed.error());
}

TEST(Faults, SpaceThatComesBackInTimeIsEnough) {
  World world;
  const auto journal = world.must_open();
  settle(world, *journal);
  world.disk.fail_directory_syncs(ENOSPC);
  world.batch(*journal, {60'000, 60'000});
  world.batch(*journal, {60'000, 60'000});
  EXPECT_EQ(journal->durable().position().segment, 2U);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!journal->next_segment_error()) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    std::this_thread::yield();
  }
  EXPECT_EQ(journal->next_segment_error()->system_error, ENOSPC);
  world.disk.fail_directory_syncs(0);
  world.batch(*journal, {60'000, 60'000});
  EXPECT_EQ(journal->durable().position().segment, 3U);
  settle(world, *journal);
  EXPECT_FALSE(journal->next_segment_error());
}

TEST(Faults, OpenReportsADiskThatDoesNotRead) {
  World world;
  world.batch(*world.must_open(), {10});
  world.disk.fail_reads(EIO);
  EXPECT_EQ(world.refused().fault, JournalFault::read_failed);
  EXPECT_EQ(world.refused().system_error, EIO);
}

TEST(Faults, OpenReportsADiskThatDoesNotSync) {
  World world;
  world.batch(*world.must_open(), {10});
  world.disk.fail_syncs(EIO);
  EXPECT_EQ(world.refused().fault, JournalFault::sync_failed);
  world.disk.fail_syncs(0);
  world.disk.fail_directory_syncs(EIO);
  EXPECT_EQ(world.refused().fault, JournalFault::directory_failed);
}

}  // namespace
}  // namespace authd::store
