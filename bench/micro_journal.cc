// What the journal costs a decision: appending its record, and its share of the flush.
//
// The flush is measured on a real file in $AUTHD_BENCH_DIR (the temporary directory otherwise),
// which is removed afterwards; everything else on a disk that forgets.

#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <mutex>
#include <string>
#include <vector>

#include "core/assert.h"
#include "store/journal/chain.h"
#include "store/journal/crc32c.h"
#include "store/journal/journal.h"

namespace authd::store {
namespace {

constexpr std::size_t payload_bytes = 700;

// Takes everything and holds zeros.
class ForgetfulDisk final : public Disk {
 public:
  core::Result<std::unique_ptr<File>, Errno> open(const std::string& path, OpenMode mode) override {
    if (mode == OpenMode::create) add(path);
    return std::unique_ptr<File>(std::make_unique<ForgetfulFile>());
  }
  core::Result<std::vector<std::string>, Errno> list(const std::string&) override {
    const std::lock_guard lock(mutex_);
    return names_;
  }
  core::Result<void, Errno> rename(const std::string&, const std::string& to) override {
    add(to);
    return {};
  }
  core::Result<void, Errno> remove(const std::string&) override { return {}; }
  core::Result<void, Errno> sync_directory(const std::string&) override { return {}; }

 private:
  class ForgetfulFile final : public File {
    core::Result<std::size_t, Errno> read(std::span<std::byte> into, std::uint64_t) override {
      std::fill(into.begin(), into.end(), std::byte{0});
      return into.size();
    }
    core::Result<std::size_t, Errno> write(std::span<const std::byte> from,
                                           std::uint64_t) override {
      return from.size();
    }
    core::Result<void, Errno> sync_data() override { return {}; }
    core::Result<std::uint64_t, Errno> size() override { return segment_bytes_max; }
  };

  void add(const std::string& path) {
    const std::lock_guard lock(mutex_);
    names_.push_back(path.substr(path.rfind('/') + 1));
  }

  std::mutex mutex_;
  std::vector<std::string> names_;
};

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    const char* const chosen = std::getenv("AUTHD_BENCH_DIR");
    const std::filesystem::path parent =
        chosen != nullptr ? std::filesystem::path(chosen) : std::filesystem::temp_directory_path();
    path_ = (parent / "authd-journal-XXXXXX").string();
    AUTHD_ASSERT(::mkdtemp(path_.data()) != nullptr);
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::unique_ptr<Journal> open_journal(const JournalDirectory& directory,
                                      std::uint64_t segment_bytes) {
  auto journal = Journal::open(
      {.directory = directory, .segment_bytes = segment_bytes, .if_missing = IfMissing::create},
      {1}, nullptr);
  AUTHD_ASSERT(journal.has_value());
  return std::move(*journal);
}

std::vector<std::byte> some_bytes(std::size_t size) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * 31 + i / 251);
  return bytes;
}

void append_record(benchmark::State& state) {
  ForgetfulDisk disk;
  const auto journal = open_journal({.path = "forgotten", .disk = &disk}, segment_bytes_max);
  const auto payload = some_bytes(payload_bytes);
  for (auto _ : state) {
    if (!journal->fits(payload.size())) {
      state.PauseTiming();
      AUTHD_ASSERT(journal->flush().has_value());
      state.ResumeTiming();
    }
    auto sequence = journal->append(1, 1, {1}, payload);
    benchmark::DoNotOptimize(sequence);
  }
}
BENCHMARK(append_record);

void crc32c_of_a_record(benchmark::State& state) {
  const auto record = some_bytes(record_bytes(payload_bytes));
  for (auto _ : state) benchmark::DoNotOptimize(crc32c(record));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(record.size()));
}
BENCHMARK(crc32c_of_a_record);

void chain_over_a_batch(benchmark::State& state) {
  const auto records =
      some_bytes(static_cast<std::size_t>(state.range(0)) * record_bytes(payload_bytes));
  auto chain = Chain::create();
  AUTHD_ASSERT(chain);
  ChainHash hash{};
  for (auto _ : state) {
    hash = chain->next(hash, records);
    benchmark::DoNotOptimize(hash);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(records.size()));
}
BENCHMARK(chain_over_a_batch)->Arg(1)->Arg(8)->Arg(64)->Arg(256);

// Append and flush, on a real file.
void flush_a_batch(benchmark::State& state) {
  const TemporaryDirectory temporary;
  const auto journal = open_journal({.path = temporary.path()}, std::uint64_t{64} << 20U);
  const auto payload = some_bytes(payload_bytes);
  const core::Timestamp any_age{std::numeric_limits<std::int64_t>::max()};
  for (auto _ : state) {
    for (std::int64_t i = 0; i < state.range(0); ++i) {
      auto sequence = journal->append(1, 1, {1}, payload);
      benchmark::DoNotOptimize(sequence);
    }
    AUTHD_ASSERT(journal->flush().has_value());
    if (journal->segments() > 1) {
      state.PauseTiming();
      AUTHD_ASSERT(journal->prune(journal->next_sequence(), any_age).has_value());
      state.ResumeTiming();
    }
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(flush_a_batch)
    ->Arg(1)
    ->Arg(8)
    ->Arg(64)
    ->Arg(256)
    ->Iterations(2'000)
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace authd::store

BENCHMARK_MAIN();
