#include "authd/commands/recon_progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace authd::commands {

namespace {
constexpr std::chrono::seconds pause_on_terminal{1};
constexpr std::chrono::seconds pause_elsewhere{5};
}  // namespace

std::string progress_line(const recon::RunProgress& progress, std::uint64_t done,
                          std::uint64_t lines, std::chrono::milliseconds since) {
  std::string line = fmt::format("run {} {}", progress.run, progress.stage);
  if (progress.stage != "reading") {
    if (progress.total != 0) line += fmt::format(": {} %", progress.done * 100 / progress.total);
    return line;
  }
  constexpr std::uint64_t megabyte = 1'000'000;
  const auto elapsed_ms = static_cast<std::uint64_t>(std::max<std::int64_t>(since.count(), 1));
  line += fmt::format(": {} rows, {}", progress.lines, progress.done / megabyte);
  if (progress.total != 0) line += fmt::format(" of {}", progress.total / megabyte);
  line += fmt::format(" MB, {} rows/s", lines * 1'000 / elapsed_ms);
  const std::uint64_t bytes_a_second = done * 1'000 / elapsed_ms;
  if (bytes_a_second != 0 && progress.total > progress.done)
    line += fmt::format(", {} s left", (progress.total - progress.done) / bytes_a_second + 1);
  return line;
}

ReconProgressPrinter::ReconProgressPrinter(bool is_quiet)
    : is_quiet_(is_quiet), is_terminal_(isatty(STDERR_FILENO) == 1) {}

void ReconProgressPrinter::show(const recon::RunProgress& progress) {
  if (is_quiet_) return;
  const Clock::time_point now = Clock::now();
  if (progress.run != run_ || progress.stage != stage_) {
    run_ = progress.run;
    stage_ = progress.stage;
    begun_at_ = now;
    done_at_begin_ = progress.done;
    lines_at_begin_ = progress.lines;
  }
  if (now - printed_at_ < (is_terminal_ ? pause_on_terminal : pause_elsewhere)) return;
  printed_at_ = now;
  const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(now - begun_at_);
  const std::string line =
      progress_line(progress, progress.done - std::min(progress.done, done_at_begin_),
                    progress.lines - std::min(progress.lines, lines_at_begin_), since);
  std::fprintf(stderr, is_terminal_ ? "\r%s\033[K" : "%s\n", line.c_str());
  is_line_open_ = is_terminal_;
}

void ReconProgressPrinter::end() {
  if (is_line_open_) std::fputs("\r\033[K", stderr);
  is_line_open_ = false;
}

}  // namespace authd::commands
