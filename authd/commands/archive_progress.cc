#include "authd/commands/archive_progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace authd::commands {

namespace {

constexpr std::chrono::seconds pause{1};

}  // namespace

std::string progress_line(const store::ArchiveProgress& progress, std::chrono::milliseconds since) {
  std::string line = progress.month.text();
  if (!progress.table.empty()) line += " " + progress.table;
  line += fmt::format(": {}", store::name(progress.step));
  if (progress.rows == 0) return line;
  line += fmt::format(", {}", progress.rows);
  if (progress.rows_total != 0) line += fmt::format(" of {}", progress.rows_total);
  line += fmt::format(" rows, {} MB", progress.bytes / 1'000'000);
  const auto elapsed_ms = static_cast<std::uint64_t>(std::max<std::int64_t>(since.count(), 1));
  const std::uint64_t rate = progress.rows * 1'000 / elapsed_ms;
  line += fmt::format(", {} rows/s", rate);
  if (rate != 0 && progress.rows_total > progress.rows) {
    line += fmt::format(", {} s left", (progress.rows_total - progress.rows) / rate + 1);
  }
  return line;
}

ArchiveProgressPrinter::ArchiveProgressPrinter() : terminal_(isatty(STDERR_FILENO) == 1) {}

void ArchiveProgressPrinter::show(const store::ArchiveProgress& progress) {
  const Clock::time_point now = Clock::now();
  const bool is_other = progress.step != begun_.step || progress.month != begun_.month ||
                        progress.table != begun_.table;
  if (is_other) {
    begun_ = progress;
    begun_at_ = now;
  }
  if (progress.step == store::ArchiveStep::done || now - printed_at_ < pause) return;
  printed_at_ = now;
  const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(now - begun_at_);
  const std::string line = progress_line(progress, since);
  std::fprintf(stderr, terminal_ ? "\r%s\033[K" : "%s\n", line.c_str());
  line_open_ = terminal_;
}

void ArchiveProgressPrinter::end() {
  if (line_open_) std::fputs("\r\033[K", stderr);
  line_open_ = false;
}

}  // namespace authd::commands
