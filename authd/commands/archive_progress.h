// ArchiveProgressPrinter: how far an archive command is, on standard error, at most once a second.
//
// On a terminal the line is written over; otherwise every line stands for itself.

#pragma once

#include <chrono>

#include "store/archive/archive.h"

namespace authd::commands {

class ArchiveProgressPrinter {
 public:
  ArchiveProgressPrinter();

  void show(const store::ArchiveProgress& progress);
  void end();  // before anything else is printed

 private:
  using Clock = std::chrono::steady_clock;

  const bool terminal_;
  store::ArchiveProgress begun_{};  // the step that is shown
  Clock::time_point begun_at_{};
  Clock::time_point printed_at_{};
  bool line_open_ = false;
};

// "2024-03 posting: exporting, 120000 of 500000 rows, 23 MB, 40000 rows/s, 10 s left"
std::string progress_line(const store::ArchiveProgress& progress, std::chrono::milliseconds since);

}  // namespace authd::commands
