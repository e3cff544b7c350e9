// ReconPerformance: one run, brought to its end by this process, or watched while the daemon does.
//
// Runs of the supplier that are before it in the queue go first, here too. SIGINT and SIGTERM ask
// for the run's cancellation, and a second one leaves it as it stands.
//
// Threads: one, besides the one that waits for signals. The process has no other that takes them.

#pragma once

#include <atomic>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <stop_token>
#include <thread>

#include "authd/commands/recon_desk.h"
#include "authd/commands/recon_progress.h"
#include "authd/recon/engine/engine.h"
#include "authd/recon/engine/run_queue.h"

namespace authd::commands {

class ReconPerformance {
 public:
  // All outlive it. From here on the signals are this object's.
  ReconPerformance(ReconDesk& desk, const recon::Supplier& supplier, ReconProgressPrinter& printer);
  ~ReconPerformance();
  ReconPerformance(const ReconPerformance&) = delete;
  ReconPerformance& operator=(const ReconPerformance&) = delete;

  // How it has ended. The error `interrupted`: it was left as it stands.
  core::Result<recon::RunState, store::PgError> perform(std::int64_t run);

 private:
  core::Result<recon::RunState, store::PgError> state_of(std::int64_t run);
  core::Result<void, store::PgError> advance();
  core::Result<void, store::PgError> take(const recon::PendingRun& run);
  core::Result<void, store::PgError> watch(std::int64_t run);
  void await_signals(const std::stop_token& stop);
  void cancel();

  ReconDesk& desk_;
  const recon::Supplier& supplier_;
  ReconProgressPrinter& printer_;
  std::atomic<std::int64_t> wanted_ = 0;
  std::atomic<std::int64_t> current_ = 0;  // that is performed here
  std::stop_source stop_;                  // of what is performed here
  std::mutex mutex_;
  std::condition_variable_any stopped_;
  sigset_t signals_{};
  std::jthread listener_;  // last: it uses everything above
};

}  // namespace authd::commands
