// Reconciliation: suppliers' files as the daemon runs them: the suppliers written into the ledger,
// then the runner and the watched directories.
//
// Threads: one that waits for PostgreSQL at the start, then those of Runner and Watcher. None of
// them is waited for by a decision. wake, status and stop anywhere.

#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "authd/config/config.h"
#include "authd/metrics/metrics.h"
#include "authd/recon/engine/runner.h"
#include "authd/recon/engine/watcher.h"

namespace authd {

class Reconciliation {
 public:
  // `config` has [reconciliation] and [postgres]. Both outlive it.
  Reconciliation(const Config& config, Metrics& metrics);
  ~Reconciliation();
  Reconciliation(const Reconciliation&) = delete;
  Reconciliation& operator=(const Reconciliation&) = delete;

  // A run was queued or cancelled.
  void wake();

  recon::RunnerStatus status() const;

  // What is under way is interrupted and goes on after the next start.
  void stop();

 private:
  void begin(const std::stop_token& stop);
  core::Result<void, store::PgError> write_suppliers(const std::stop_token& stop) const;
  void ended(const recon::EndedRun& run);

  const Config& config_;
  Metrics& metrics_;
  mutable std::mutex mutex_;               // of the two that follow
  std::unique_ptr<recon::Runner> runner_;  // once the suppliers stand in the ledger
  std::unique_ptr<recon::Watcher> watcher_;
  std::condition_variable_any stopped_;
  std::jthread starter_;  // last: it uses everything above
};

}  // namespace authd
