// What `authd referral payout` shows and hears while it pays.

#pragma once

#include <chrono>
#include <csignal>
#include <stop_token>
#include <string>
#include <thread>

#include "authd/referral/payout/payout.h"

namespace authd::commands {

// How far it is, on standard error: on a terminal a line that is written over once a second,
// otherwise one every few seconds.
class ReferralProgressPrinter {
 public:
  explicit ReferralProgressPrinter(bool is_quiet);

  void show(const referral::PayoutProgress& progress);
  void end();  // before anything else is printed

 private:
  using Clock = std::chrono::steady_clock;

  const bool is_quiet_;
  const bool is_terminal_;
  const Clock::time_point begun_at_ = Clock::now();
  Clock::time_point printed_at_ = begun_at_;
  bool is_line_open_ = false;
};

// SIGINT and SIGTERM stop what has the token. Made before any thread that should not get them.
class StopOnSignal {
 public:
  StopOnSignal();
  ~StopOnSignal();
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;

  std::stop_token token() const { return stop_.get_token(); }

 private:
  void listen(const std::stop_token& end);

  std::stop_source stop_;
  sigset_t signals_{};
  std::jthread listener_;  // last: it uses everything above
};

}  // namespace authd::commands
