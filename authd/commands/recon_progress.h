// ReconProgressPrinter: how far a run is, on standard error, at most once a second.
//
// On a terminal the line is written over; otherwise every line stands for itself, one every few
// seconds.

#pragma once

#include <chrono>
#include <string>

#include "authd/recon/engine/engine.h"

namespace authd::commands {

class ReconProgressPrinter {
 public:
  explicit ReconProgressPrinter(bool is_quiet);

  void show(const recon::RunProgress& progress);
  void end();  // before anything else is printed

 private:
  using Clock = std::chrono::steady_clock;

  const bool is_quiet_;
  const bool is_terminal_;
  std::int64_t run_ = 0;  // what is shown
  std::string stage_;
  std::uint64_t done_at_begin_ = 0;
  std::uint64_t lines_at_begin_ = 0;
  Clock::time_point begun_at_{};
  Clock::time_point printed_at_{};
  bool is_line_open_ = false;
};

// "run 7 reading: 120000 rows, 34 of 200 MB, 40000 rows/s, 10 s left"; of other stages "run 7
// one_to_many: 33 %". `done` and `lines`: since `since` ago.
std::string progress_line(const recon::RunProgress& progress, std::uint64_t done,
                          std::uint64_t lines, std::chrono::milliseconds since);

}  // namespace authd::commands
