// authd_flush: how long this machine takes to make 16 KiB durable: pwrite and fdatasync, one after
// the other, on a preallocated, zero-filled file. The measure that the other benchmarks are
// compared with.
//
// Runs with nothing in between, so it is also the most flushes a second one writer can have here.
// The file is removed.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "store/journal/disk.h"

namespace {

using authd::store::Errno;

constexpr std::size_t flush_bytes = std::size_t{16} * 1024;
constexpr std::uint64_t file_bytes = std::uint64_t{64} << 20U;

struct Quantile {
  const char* name;
  std::size_t per_thousand;
};
constexpr Quantile quantiles[] = {{"p50", 500}, {"p90", 900}, {"p99", 990}, {"p999", 999}};

// The smallest duration that at least `per_thousand` thousandths are at or below.
std::int64_t quantile(const std::vector<std::int64_t>& sorted, std::size_t per_thousand) {
  const std::size_t rank = (sorted.size() * per_thousand + 999) / 1000;
  return sorted[std::max<std::size_t>(rank, 1) - 1];
}

authd::core::Result<std::vector<std::int64_t>, Errno> measure(authd::store::File& file,
                                                              std::size_t count) {
  std::vector<std::byte> bytes(flush_bytes, std::byte{0x5A});
  std::vector<std::int64_t> durations_ns;
  durations_ns.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    std::memcpy(bytes.data(), &i, sizeof i);
    const auto begun = std::chrono::steady_clock::now();
    AUTHD_TRY_VOID(authd::store::write_all(file, bytes, i * flush_bytes % file_bytes));
    AUTHD_TRY_VOID(file.sync_data());
    const auto took = std::chrono::steady_clock::now() - begun;
    durations_ns.push_back(std::chrono::nanoseconds(took).count());
  }
  std::sort(durations_ns.begin(), durations_ns.end());
  return durations_ns;
}

bool write_json(const std::vector<std::int64_t>& sorted, const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "w"),
                                                             &std::fclose);
  if (!file) return false;
  std::fprintf(file.get(), "{\"count\":%zu,\"bytes\":%zu,\"latency_ns\":{", sorted.size(),
               flush_bytes);
  for (const Quantile& each : quantiles) {
    std::fprintf(file.get(), "\"%s\":%" PRId64 ",", each.name, quantile(sorted, each.per_thousand));
  }
  std::fprintf(file.get(), "\"max\":%" PRId64 "}}\n", sorted.back());
  return std::ferror(file.get()) == 0;
}

void print_text(const std::vector<std::int64_t>& sorted) {
  std::printf("pwrite + fdatasync of %zu bytes, %zu times\n", flush_bytes, sorted.size());
  const auto print = [](const char* name, std::int64_t ns) {
    std::printf("%-5s %10.1f us\n", name, static_cast<double>(ns) / 1000);
  };
  for (const Quantile& each : quantiles) print(each.name, quantile(sorted, each.per_thousand));
  print("max", sorted.back());
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Measures how long it takes to make 16 KiB durable.");
  std::string directory = ".";
  std::string json_path;
  std::size_t count = 2'000;
  app.add_option("--dir", directory, "directory on the disk to measure; 64 MiB are needed")
      ->check(CLI::ExistingDirectory)
      ->capture_default_str();
  app.add_option("--count", count, "flushes")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000}))
      ->capture_default_str();
  app.add_option("--json", json_path, "file for the result as JSON");
  CLI11_PARSE(app, argc, argv);

  const std::string path = directory + "/authd-flush." + std::to_string(::getpid());
  authd::store::Disk& disk = authd::store::posix_disk();
  const auto fail = [&](const char* what, Errno error) {
    std::fprintf(stderr, "%s: %s: %s\n", what, path.c_str(), std::strerror(error.value));
    [[maybe_unused]] const auto removed = disk.remove(path);
    return 2;
  };
  const auto file = disk.open(path, authd::store::OpenMode::create);
  if (!file) return fail("cannot create", file.error());
  const std::vector<std::byte> zeros(file_bytes);
  if (const auto written = authd::store::write_all(**file, zeros, 0); !written) {
    return fail("cannot fill", written.error());
  }
  if (const auto synced = (*file)->sync_data(); !synced) return fail("cannot fill", synced.error());
  const auto durations_ns = measure(**file, count);
  if (!durations_ns) return fail("cannot flush", durations_ns.error());
  if (const auto removed = disk.remove(path); !removed)
    return fail("cannot remove", removed.error());

  print_text(*durations_ns);
  if (!json_path.empty() && !write_json(*durations_ns, json_path)) {
    std::fprintf(stderr, "cannot write %s\n", json_path.c_str());
    return 2;
  }
  return 0;
}
