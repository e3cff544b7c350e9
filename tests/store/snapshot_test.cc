#include "store/state/snapshot.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "store/state/checkpointer.h"
#include "tests/store/hex.h"
#include "tests/store/temporary_directory.h"

namespace authd::store {
namespace {

using authd::test::TemporaryDirectory;

constexpr std::size_t small_map = std::size_t{16} << 20;

Snapshot open(const TemporaryDirectory& directory, std::uint32_t shard = 1) {
  return std::move(Snapshot::open({directory.path() / "snapshot", small_map, shard})).value();
}

std::string get(const Snapshot::ReadTxn& txn, std::string_view key) {
  const auto value = txn.get(key).value();
  return value ? std::string(text_of(*value)) : "nothing";
}

constexpr std::int64_t at_of(std::uint64_t sequence) {
  return 1'000 + static_cast<std::int64_t>(sequence);
}

std::unique_ptr<Table> table_of(std::initializer_list<std::pair<const char*, const char*>> rows,
                                std::uint64_t last) {
  auto table = std::make_unique<Table>();
  for (const auto& [key, value] : rows) table->put(key, bytes_of(value), {last}, {at_of(last)});
  return table;
}

TEST(Snapshot, IsEmptyUntilAHeaderWasWritten) {
  const TemporaryDirectory directory;
  Snapshot snapshot = open(directory);
  EXPECT_FALSE(snapshot.header().value());
  const auto table = table_of({{"a", "1"}}, 1);
  ASSERT_TRUE(snapshot.commit(table->sorted(), nullptr));
  EXPECT_FALSE(snapshot.header().value());
  ASSERT_TRUE(snapshot.write(table->sorted(), {{5}, {77}, {3}, true}, [] {}));
  const auto header = snapshot.header().value();
  ASSERT_TRUE(header);
  EXPECT_EQ(header->applied, core::Sequence{5});
  EXPECT_EQ(header->applied_at, core::Timestamp{77});
  EXPECT_EQ(header->drained, core::Sequence{3});
  EXPECT_TRUE(header->has_journal);
}

std::string golden_header() {
  std::ifstream in(std::string(AUTHD_TEST_DATA) + "/store/golden/snapshot-3.txt");
  std::string line;
  std::getline(in, line);
  return line;
}

// Version 3: version 2, shard 4, applied 8, applied_at 8, drained 8, has_journal 1, crc 4 bytes.
TEST(Snapshot, ItsHeaderMatchesTheGoldenFile) {
  const TemporaryDirectory directory;
  Snapshot snapshot = open(directory, 7);
  ASSERT_TRUE(snapshot.write({}, {{0x1122}, {77}, {0x33}, true}, [] {}));
  const auto txn = std::move(Snapshot::ReadTxn::begin(snapshot)).value();
  const auto header = txn.get(std::string_view("\0", 1)).value();
  ASSERT_TRUE(header);
  EXPECT_EQ(hex(*header), golden_header());
}

TEST(Snapshot, RefusesAHeaderOfAnotherVersionAndADamagedOne) {
  using Code = SnapshotError::Code;
  const auto code_of = [](Bytes header) {
    const TemporaryDirectory directory;
    Snapshot snapshot = open(directory, 7);
    Table table;
    table.put(std::string_view("\0", 1), header, {1}, {1});
    EXPECT_TRUE(snapshot.commit(table.sorted(), nullptr));
    const auto read = snapshot.header();
    return read ? std::nullopt : std::optional(read.error().code);
  };
  for (const char* const earlier : {"0100070000002211000000000000330000000000000001913910e3",
                                    "02000700000022110000000000004d000000000000003300000000000000"
                                    "019679c78f"}) {
    EXPECT_EQ(code_of(from_hex(earlier)), Code::version);
  }
  const auto header = from_hex(golden_header());
  EXPECT_EQ(code_of(header), std::nullopt);
  for (std::size_t i = 0; i < header.size(); ++i) {
    std::vector<std::byte> damaged = header;
    damaged[i] ^= std::byte{0x10};
    EXPECT_EQ(code_of(damaged), Code::corrupt) << i;
    EXPECT_EQ(code_of(Bytes(header).first(i)), Code::corrupt) << i;
  }
}

TEST(Snapshot, KeepsRowsAcrossAReopen) {
  const TemporaryDirectory directory;
  {
    Snapshot snapshot = open(directory);
    ASSERT_TRUE(snapshot.write(table_of({{"a", "1"}, {"b", "2"}}, 1)->sorted(),
                               {{1}, {77}, {0}, true}, [] {}));
  }
  Snapshot snapshot = open(directory);
  const auto txn = std::move(Snapshot::ReadTxn::begin(snapshot)).value();
  EXPECT_EQ(get(txn, "a"), "1");
  EXPECT_EQ(get(txn, "c"), "nothing");
}

TEST(Snapshot, AReaderSeesACommitOnlyAfterItRenews) {
  const TemporaryDirectory directory;
  Snapshot snapshot = open(directory);
  auto txn = std::move(Snapshot::ReadTxn::begin(snapshot)).value();
  ASSERT_TRUE(snapshot.write(table_of({{"a", "1"}}, 1)->sorted(), {{1}, {77}, {0}, true}, [] {}));
  EXPECT_EQ(get(txn, "a"), "nothing");
  ASSERT_TRUE(txn.renew());
  EXPECT_EQ(get(txn, "a"), "1");
}

TEST(Snapshot, RefusesAnotherShardsSnapshot) {
  const TemporaryDirectory directory;
  {
    Snapshot snapshot = open(directory, 1);
    ASSERT_TRUE(snapshot.write({}, {{1}, {77}, {0}, true}, [] {}));
  }
  const Snapshot other = open(directory, 2);
  EXPECT_EQ(other.header().error().code, SnapshotError::Code::not_ours);
}

TEST(Snapshot, RefusesAFileThatIsNoSnapshot) {
  const TemporaryDirectory directory;
  std::filesystem::create_directory(directory.path() / "snapshot");
  std::ofstream(directory.path() / "snapshot" / "data.mdb") << std::string(20'000, 'x');
  const auto opened = Snapshot::open({directory.path() / "snapshot", small_map, 1});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, SnapshotError::Code::corrupt);
}

TEST(Snapshot, SaysWhenItsMapIsFullAndKeepsWhatItHad) {
  const TemporaryDirectory directory;
  Snapshot snapshot =
      std::move(Snapshot::open({directory.path() / "snapshot", std::size_t{1} << 20, 1})).value();
  ASSERT_TRUE(snapshot.write(table_of({{"a", "1"}}, 1)->sorted(), {{1}, {77}, {0}, true}, [] {}));
  Table large;
  const std::string value(1'000, 'v');
  for (int i = 0; i < 3'000; ++i) large.put("key" + std::to_string(i), bytes_of(value), {2}, {2});
  const auto written = snapshot.write(large.sorted(), {{2}, {77}, {0}, true}, [] {});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, SnapshotError::Code::map_full);
  EXPECT_EQ(snapshot.header().value()->applied, core::Sequence{1});
  const auto txn = std::move(Snapshot::ReadTxn::begin(snapshot)).value();
  EXPECT_EQ(get(txn, "a"), "1");
  EXPECT_EQ(get(txn, "key0"), "nothing");
}

TEST(Snapshot, ScansOnlyThePrefixInOrder) {
  const TemporaryDirectory directory;
  Snapshot snapshot = open(directory);
  ASSERT_TRUE(
      snapshot.write(table_of({{"A1", "x"}, {"B1", "y"}, {"B2", "z"}, {"C", "w"}}, 1)->sorted(),
                     {{1}, {77}, {0}, true}, [] {}));
  const auto txn = std::move(Snapshot::ReadTxn::begin(snapshot)).value();
  std::string seen;
  ASSERT_TRUE(txn.scan("B", [&seen](std::string_view key, Bytes value) {
    seen += std::string(key) + std::string(text_of(value)) + " ";
    return true;
  }));
  EXPECT_EQ(seen, "B1y B2z ");
}

TEST(Checkpointer, WritesASubmittedTableDurably) {
  const TemporaryDirectory directory;
  {
    Snapshot snapshot = open(directory);
    Checkpointer checkpointer(snapshot, {}, {});
    checkpointer.submit(table_of({{"a", "1"}}, 9), {4});
    while (!checkpointer.poll()) std::this_thread::yield();
    EXPECT_FALSE(checkpointer.poll());  // once
    EXPECT_EQ(checkpointer.status().applied, core::Sequence{9});
    EXPECT_EQ(checkpointer.status().checkpoints, 1U);
  }
  const auto header = open(directory).header().value();
  EXPECT_EQ(header->applied, core::Sequence{9});
  EXPECT_EQ(header->applied_at, core::Timestamp{at_of(9)});
  EXPECT_EQ(header->drained, core::Sequence{4});
  EXPECT_TRUE(header->has_journal);  // there are records: a journal that is gone is lost
}

TEST(Checkpointer, KeepsTryingWhileTheSnapshotRefuses) {
  const TemporaryDirectory directory;
  Snapshot snapshot =
      std::move(Snapshot::open({directory.path() / "snapshot", std::size_t{1} << 20, 1})).value();
  auto large = std::make_unique<Table>();
  const std::string value(1'000, 'v');
  for (int i = 0; i < 3'000; ++i) large->put("key" + std::to_string(i), bytes_of(value), {2}, {2});
  Checkpointer checkpointer(snapshot, {}, {.pause_after_failure = std::chrono::milliseconds(1)});
  checkpointer.submit(std::move(large), {0});
  while (checkpointer.status().failures < 3) std::this_thread::yield();
  EXPECT_FALSE(checkpointer.poll());
  EXPECT_EQ(checkpointer.status().failing->code, SnapshotError::Code::map_full);
}

}  // namespace
}  // namespace authd::store
