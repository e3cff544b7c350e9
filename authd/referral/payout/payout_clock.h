// PayoutClock: makes each program's payout of a day once its time has come.
//
// What is due is what authd.referral_payout_days() says: days without a finished payout, those
// that were missed too, the oldest first. Nothing is lost with this process: a payout that was
// under way goes on where it stood. A program that another process pays is looked at again later.
//
// Nothing that PostgreSQL does ends the thread: it tries again, with growing pauses. A program
// whose payout does not work out keeps no other from being paid.
//
// Threads: one, besides those of perform_payout; wake, status and stop anywhere. The callbacks are
// called by one thread at a time, not always the same.

#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "authd/referral/payout/payout.h"

namespace authd::referral {

// A program's last finished day, of any process.
struct FinishedPayout {
  core::LocalDay day;
  core::Timestamp started_at;
  core::Timestamp finished_at;
  std::int64_t paid = 0;
  std::int64_t paid_minor = 0;
  std::int64_t failed = 0;
  std::int64_t carried = 0;
  std::int64_t carried_minor = 0;
};

struct RunningPayout {
  std::string program;
  core::LocalDay day;
  std::int64_t paid = 0;  // so far
  std::int64_t of = 0;    // members who are to be paid
};

struct PayoutClockStatus {
  std::map<std::string, FinishedPayout> last_finished{};  // by program
  std::optional<RunningPayout> running{};                 // by this process
  std::string last_error{};                               // empty: the last look went well
};

class PayoutClock {
 public:
  struct Options {
    PayoutOptions payout;
    std::string requested_by = "authd";
    std::chrono::milliseconds look_every{10'000};
    std::chrono::milliseconds pause_min{1'000};  // after an error; doubles up to pause_max
    std::chrono::milliseconds pause_max{60'000};
    // After each member who was to be paid, and after each day. Both may be empty.
    std::function<void(const std::string& program, PayOutcome outcome)> on_outcome{};
    std::function<void(const PayoutReport& report, std::chrono::milliseconds took)> on_finished{};
  };

  explicit PayoutClock(Options options);
  ~PayoutClock();
  PayoutClock(const PayoutClock&) = delete;
  PayoutClock& operator=(const PayoutClock&) = delete;

  // Looks now, unless it pauses after an error.
  void wake();

  PayoutClockStatus status() const;

  // What is under way stays as it is and is taken up again later; returns when the threads have
  // ended.
  void stop();

 private:
  struct DueDay {
    std::string program;
    core::LocalDay day;
  };

  void run(const std::stop_token& stop);
  core::Result<void, store::PgError> look(const std::stop_token& stop);
  core::Result<std::vector<DueDay>, store::PgError> due_days();
  core::Result<bool, store::PgError> pay(const DueDay& due, const std::stop_token& stop);
  core::Result<void, store::PgError> read_last_finished();
  void note(const core::Result<void, store::PgError>& looked);

  const Options options_;

  mutable std::mutex mutex_;  // of the three that follow
  std::condition_variable_any to_look_;
  bool is_woken_ = false;
  PayoutClockStatus status_;

  std::chrono::milliseconds pause_{};  // the thread's, as the next
  std::optional<store::Connection> connection_;
  std::jthread thread_;  // last: it uses everything above
};

}  // namespace authd::referral
