// Runner: performs the runs that are queued, those of different suppliers beside each other, those
// of one supplier one after the other.
//
// The queue is the table authd.recon_run, so nothing is lost with this process: a run that was
// under way is the first of its supplier again and goes on where it stood. What keeps two
// processes off the same supplier is perform_run's lock; a supplier that somebody else is at is
// looked at again later.
//
//   thread       does
//   looker       its connection: finds what is to do, ends runs that cannot be performed
//   worker × n   perform_run
//
// Nothing that a file, an operator or PostgreSQL does ends one of these threads: without
// PostgreSQL they try again, with growing pauses.
//
// Threads: wake, status and stop anywhere; on_ended is called by the looker.

#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "authd/recon/engine/engine.h"
#include "authd/recon/engine/run_queue.h"

namespace authd::recon {

// A run that this process has brought to its end.
struct EndedRun {
  std::int64_t id = 0;
  std::string supplier;
  RunState state = RunState::done;
  std::int64_t lines = 0;
  std::int64_t exceptions = 0;
  std::chrono::microseconds duration{};  // since it was begun, pauses of the process included
};

struct RunnerStatus {
  std::size_t running = 0;                             // by this process
  std::uint64_t queued = 0;                            // besides, at the last look
  std::map<std::string, core::Timestamp> last_done{};  // by supplier, of any process
  std::string last_error{};                            // of PostgreSQL; empty: it answers
};

class Runner {
 public:
  using Perform = std::function<core::Result<std::optional<RunState>, store::PgError>(
      std::int64_t run, const Supplier& supplier, const EngineOptions& options,
      const std::stop_token& stop)>;

  struct Options {
    store::Connection::Options connection;  // of the looker
    EngineOptions engine;
    Perform perform = perform_run;
    std::function<void(const EndedRun&)> on_ended{};  // may be empty
    std::chrono::milliseconds look_every{2'000};
    std::chrono::milliseconds pause_min{500};  // after an error; doubles up to pause_max
    std::chrono::milliseconds pause_max{30'000};
  };

  // `suppliers` outlive it.
  Runner(const Suppliers& suppliers, Options options);
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  // Something was queued or cancelled.
  void wake();

  RunnerStatus status() const;

  // Interrupts what is under way, which stays as it is and is taken up again later; returns when
  // all threads have ended.
  void stop();

 private:
  using Clock = std::chrono::steady_clock;
  // What may not be done yet, because it did not work out.
  struct Pause {
    Clock::time_point until{};
    std::chrono::milliseconds next{};
  };

  void look(const std::stop_token& stop);
  core::Result<void, store::PgError> look_once(const std::stop_token& stop);
  core::Result<void, store::PgError> report_ended();
  core::Result<bool, store::PgError> hand_out(const std::vector<PendingRun>& runs,
                                              const std::set<const Supplier*>& busy);
  core::Result<bool, store::PgError> hand_out(const PendingRun& run, const Supplier* supplier);
  bool is_pausing(const Supplier* supplier) const;
  core::Result<void, store::PgError> read_last_done();
  void wait(std::unique_lock<std::mutex>& lock, const std::stop_token& stop);
  void work(const std::stop_token& stop);
  void finished(std::int64_t run, const Supplier* supplier,
                const core::Result<std::optional<RunState>, store::PgError>& result);
  void lengthen(Pause& pause) const;

  const Suppliers& suppliers_;
  const Options options_;

  mutable std::mutex mutex_;  // of all that follow, but for the looker's connection
  std::condition_variable_any to_look_;
  std::condition_variable_any to_work_;
  bool is_woken_ = false;
  std::map<std::int64_t, const Supplier*> jobs_;  // handed out, not begun; by run
  std::set<const Supplier*> busy_;                // a job of theirs is handed out or under way
  std::map<const Supplier*, Pause> pauses_;
  Pause connecting_;
  std::vector<std::int64_t> ended_;  // not yet reported
  RunnerStatus status_;

  std::optional<store::Connection> connection_;  // the looker's
  std::vector<std::jthread> threads_;            // last: they use everything above
};

}  // namespace authd::recon
