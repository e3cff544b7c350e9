// EarningsWorker: earns from the ledger's new entries, shard after shard, for as long as it lives.
//
// Several processes may have one each: batches come one after the other, and each goes on from
// the mark that the one before has left.
//
// A backlog is not worked off at full speed: after each of its batches the worker rests, so that it
// works `duty_percent` of the time, and more only where that does not keep up (see duty.h).
// PostgreSQL drains decisions on the same cores and disk meanwhile, and past a bound of what is not
// drained authd declines; what is earned is paid the next day at the earliest, so that less speed
// costs nobody anything.
//
// Nothing that stands in the ledger ends the thread. Without PostgreSQL it tries again with growing
// pauses. A batch that the ledger refuses (an amount beyond its bounds, a constraint) stops its
// shard alone: it is logged with its records and tried again, with growing pauses, and status()
// says so until it has gone through.
//
// Threads: all functions anywhere.

#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "authd/referral/earnings/batch.h"
#include "authd/referral/earnings/duty.h"

namespace authd::referral {

struct EarningsStatus {
  std::uint64_t entries = 0;            // since the start: of members who were invited
  std::uint64_t earnings = 0;           // likewise: rows written
  std::uint64_t batches = 0;            // likewise
  std::chrono::microseconds working{};  // likewise: in batches
  std::int64_t lag_records = 0;         // drained and not yet looked at, of all shards
  std::int32_t duty_percent = 0;        // of the time, while there is a backlog
  bool is_connected = false;
  std::string last_error{};  // empty: everything works
};

class EarningsWorker {
 public:
  struct Options {
    store::Connection::Options connection;
    std::int32_t batch_entries = 250;           // above 0
    std::chrono::milliseconds look_every{500};  // for new records, when there were none
    std::int32_t duty_percent = 20;             // 1 to 100: see Duty
    std::chrono::milliseconds duty_look_every{60'000};
    std::chrono::milliseconds pause_min{500};  // after an error; doubles up to pause_max
    std::chrono::milliseconds pause_max{30'000};
  };

  explicit EarningsWorker(Options options);
  ~EarningsWorker();
  EarningsWorker(const EarningsWorker&) = delete;
  EarningsWorker& operator=(const EarningsWorker&) = delete;

  // Records were drained.
  void wake();

  EarningsStatus status() const;

  // Interrupts a batch that is under way, which has then not happened; returns when the thread has
  // ended.
  void stop();

 private:
  using Clock = std::chrono::steady_clock;
  // What is not tried before, because it did not work out.
  struct Pause {
    Clock::time_point until{};
    std::chrono::milliseconds next{};
    std::string error{};  // empty: it works
  };
  struct Lag {
    std::int32_t shard = 0;
    std::int64_t mark = 0;
    std::int64_t drained = 0;
  };

  void run(const std::stop_token& stop);
  core::Result<bool, store::PgError> round(const std::stop_token& stop);
  core::Result<void, store::PgError> connect(const std::stop_token& stop);
  core::Result<std::vector<Lag>, store::PgError> lags();
  core::Result<bool, store::PgError> earn(const Lag& lag, const std::stop_token& stop);
  void rest(Clock::duration worked, const std::stop_token& stop);
  void wait(const std::stop_token& stop);
  void lengthen(Pause& pause, const std::string& error, const std::string& where);
  void report_errors();

  const Options options_;

  mutable std::mutex mutex_;  // of the next three
  std::condition_variable_any changed_;
  bool is_woken_ = false;
  EarningsStatus status_;

  std::optional<store::Connection> connection_;  // this and the rest: the thread's
  Duty duty_;
  Pause connecting_;
  std::map<std::int32_t, Pause> refused_;  // by shard

  std::jthread thread_;  // last: it uses everything above
};

}  // namespace authd::referral
