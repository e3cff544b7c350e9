// The real disk, in a private directory.

#include <cerrno>
#include <filesystem>

#include "tests/journal/world.h"
#include "tests/store/temporary_directory.h"

namespace authd::store {
namespace {

using authd::test::TemporaryDirectory;

TEST(PosixDisk, KeepsAJournal) {
  const TemporaryDirectory temporary;
  const JournalOptions options{.directory = {.path = temporary.path().string(), .shard = 1},
                               .segment_bytes = segment_bytes_min,
                               .if_missing = IfMissing::create,
                               .prepare_pause = std::chrono::milliseconds(0)};
  std::vector<Entry> written;
  for (int times = 0; times < 3; ++times) {
    std::vector<Entry> replayed;
    const auto journal = Journal::open(options, {1}, [&](const RecordView& record) {
      replayed.push_back(entry_of(record));
      return true;
    });
    ASSERT_TRUE(journal) << name(journal.error().fault) << ' ' << journal.error().system_error;
    EXPECT_EQ(replayed, written);
    for (std::uint64_t i = 0; i < 10; ++i) {
      Entry entry{.sequence = (*journal)->next_sequence().value,
                  .kind = 1,
                  .version = 1,
                  .at = 5,
                  .payload = payload(i, 20'000)};
      ASSERT_TRUE((*journal)->append(1, 1, {5}, entry.payload));
      ASSERT_TRUE((*journal)->flush());
      written.push_back(std::move(entry));
    }
    EXPECT_EQ(read_all(**journal), written);
  }
  EXPECT_EQ(std::filesystem::file_size(temporary.path() / "segment-00000001.journal"),
            segment_bytes_min);
  EXPECT_TRUE(verify(options.directory));
}

TEST(PosixDisk, ReallyAllocatesASegment) {
  const TemporaryDirectory temporary;
  const JournalDirectory directory{.path = temporary.path().string()};
  ASSERT_TRUE(create_segment(directory, 1, std::uint64_t{3} << 20U, [] { return true; }));
  const auto found = open_segment(directory, 1, OpenMode::read);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->bytes, std::uint64_t{3} << 20U);
  EXPECT_EQ(found->state, Segment::State::blank);
}

TEST(PosixDisk, GivesUpASegmentAndItsSpace) {
  const TemporaryDirectory temporary;
  const JournalDirectory directory{.path = temporary.path().string()};
  const auto created = create_segment(directory, 1, segment_bytes_min, [] { return false; });
  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().system_error, ECANCELED);
  EXPECT_TRUE(std::filesystem::is_empty(temporary.path()));
}

TEST(PosixDisk, SaysWhyItFailed) {
  const TemporaryDirectory temporary;
  Disk& disk = posix_disk();
  const std::string missing = temporary.path().string() + "/missing";
  EXPECT_EQ(disk.open(missing, OpenMode::read).error().value, ENOENT);
  EXPECT_EQ(disk.list(missing).error().value, ENOENT);
  EXPECT_EQ(disk.remove(missing).error().value, ENOENT);
  EXPECT_EQ(disk.rename(missing, missing + "2").error().value, ENOENT);
  EXPECT_EQ(disk.sync_directory(missing).error().value, ENOENT);
  EXPECT_EQ(disk.open(missing + "/below", OpenMode::create).error().value, ENOENT);

  ASSERT_TRUE(disk.open(missing, OpenMode::create));
  const auto read_only = disk.open(missing, OpenMode::read);
  ASSERT_TRUE(read_only);
  EXPECT_EQ(write_all(**read_only, payload(1, 10), 0).error().value, EBADF);
}

}  // namespace
}  // namespace authd::store
