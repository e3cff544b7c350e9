// World: a journal of small segments on a simulated disk, and what a test wants to say about it in
// one line.

#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include "store/journal/journal.h"
#include "store/journal/reader.h"
#include "tests/journal/simulated_disk.h"

namespace authd::store {

using ByteVector = std::vector<std::byte>;

// A payload that is different for every number.
inline ByteVector payload(std::uint64_t number, std::size_t bytes) {
  ByteVector result(bytes);
  std::uint64_t state = number * 0x9E3779B97F4A7C15U + 1;
  for (std::byte& byte : result) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    byte = static_cast<std::byte>(state >> 56U);
  }
  return result;
}

struct Entry {
  std::uint64_t sequence = 0;
  std::uint16_t kind = 0;
  std::uint16_t version = 0;
  std::int64_t at = 0;
  ByteVector payload{};
  friend bool operator==(const Entry&, const Entry&) = default;
  friend void PrintTo(const Entry& entry, std::ostream* out) {
    *out << '#' << entry.sequence << ':' << entry.payload.size();
  }
};

inline Entry entry_of(const RecordView& record) {
  return {.sequence = record.sequence.value,
          .kind = record.kind,
          .version = record.version,
          .at = record.at.unix_us,
          .payload = {record.payload.begin(), record.payload.end()}};
}

struct World {
  SimulatedDisk disk;
  std::uint32_t shard = 7;
  std::uint64_t segment_bytes = segment_bytes_min;
  IfMissing if_missing = IfMissing::create;
  std::chrono::milliseconds prepare_pause{0};
  std::vector<Entry> written;   // flushed by batch()
  std::vector<Entry> replayed;  // by the last open

  explicit World(std::uint64_t seed = 1) : disk(seed) {}

  JournalDirectory directory() { return {.path = "journal", .shard = shard, .disk = &disk}; }
  std::string path(std::uint32_t segment) { return segment_path(directory(), segment); }

  core::Result<std::unique_ptr<Journal>, JournalError> open(std::uint64_t from = 1) {
    replayed.clear();
    const JournalOptions options{.directory = directory(),
                                 .segment_bytes = segment_bytes,
                                 .if_missing = if_missing,
                                 .prepare_pause = prepare_pause};
    return Journal::open(options, {from}, [this](const RecordView& record) {
      replayed.push_back(entry_of(record));
      return true;
    });
  }

  std::unique_ptr<Journal> must_open(std::uint64_t from = 1) {
    auto journal = open(from);
    EXPECT_TRUE(journal) << (journal ? "" : name(journal.error().fault));
    if (!journal) std::abort();
    return std::move(*journal);
  }

  JournalError refused(std::uint64_t from = 1) {
    const auto journal = open(from);
    EXPECT_FALSE(journal) << "opened";
    return journal ? JournalError{} : journal.error();
  }

  // Appends one record; not flushed.
  void append(Journal& journal, std::size_t payload_bytes) {
    const std::uint64_t sequence = journal.next_sequence().value;
    Entry entry{.sequence = sequence,
                .kind = static_cast<std::uint16_t>(1 + sequence % 5),
                .version = 3,
                .at = time_of(sequence),
                .payload = payload(sequence, payload_bytes)};
    const auto appended = journal.append(entry.kind, entry.version, {entry.at}, entry.payload);
    ASSERT_TRUE(appended);
    ASSERT_EQ(appended->value, sequence);
    written.push_back(std::move(entry));
  }

  // Writes a batch of records of these sizes.
  void batch(Journal& journal, const std::vector<std::size_t>& payload_bytes) {
    for (const std::size_t bytes : payload_bytes) append(journal, bytes);
    const auto flushed = journal.flush();
    ASSERT_TRUE(flushed) << name(flushed.error().fault);
    ASSERT_EQ(flushed->records, payload_bytes.size());
  }

  static std::int64_t time_of(std::uint64_t sequence) {
    return 1'700'000'000'000'000 + static_cast<std::int64_t>(sequence) * 1000;
  }

  // Flips bits of one byte, on the platter.
  void flip(std::uint32_t segment, std::size_t offset, unsigned bits = 0xFF) {
    const ByteVector all = disk.content(path(segment));
    const std::byte flipped = all.at(offset) ^ static_cast<std::byte>(bits);
    disk.patch(path(segment), offset, std::span(&flipped, 1));
  }
  void zero(std::uint32_t segment, std::size_t offset, std::size_t bytes) {
    disk.patch(path(segment), offset, ByteVector(bytes));
  }
};

// Waits until the next segment is there, or the disk refuses everything.
inline void settle(const World& world, const Journal& journal) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!journal.next_segment_ready() && !world.disk.is_stopped()) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "no segment was prepared";
    std::this_thread::yield();
  }
}

inline std::vector<Entry> read_all(Reader& reader) {
  std::vector<Entry> entries;
  for (;;) {
    const auto record = reader.next();
    EXPECT_TRUE(record) << name(record.error().fault);
    if (!record || !*record) return entries;
    entries.push_back(entry_of(**record));
  }
}

// From its first record on.
inline std::vector<Entry> read_all(const Journal& journal) {
  auto reader = Reader::open(journal, {1});
  EXPECT_TRUE(reader);
  return reader ? read_all(*reader) : std::vector<Entry>{};
}

}  // namespace authd::store
