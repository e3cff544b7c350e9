// RunSession: the connections of one run, and what is known about it while it goes on.
//
// Two connections: one does the work and holds the supplier's lock; the other tells how far it is
// and hears of a cancellation, which it could not inside the work's transaction.
//
// Threads: one.

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "authd/recon/engine/engine.h"
#include "authd/recon/engine/run_stop.h"
#include "store/postgres/connection.h"

namespace authd::recon {

// The row, as the work began.
struct RunRecord {
  RunState state = RunState::queued;
  bool is_read = false;
  std::string file_name;
  std::string file_path;
  std::optional<core::Timestamp> period_from;
  std::optional<core::Timestamp> period_to;
};

class RunSession {
 public:
  // Nothing: somebody else holds the supplier's lock.
  static core::Result<std::optional<RunSession>, store::PgError> open(std::int64_t run,
                                                                      const Supplier& supplier,
                                                                      const EngineOptions& options,
                                                                      const std::stop_token& stop);

  store::Connection& work() noexcept { return work_; }
  std::int64_t run() const noexcept { return run_; }
  std::int16_t supplier_id() const noexcept { return supplier_id_; }
  const Supplier& supplier() const noexcept { return *supplier_; }
  const EngineOptions& options() const noexcept { return *options_; }

  core::Result<RunRecord, RunStop> load();

  // Tells how far it is, not more often than somebody would look. Cancelled: stops.
  core::Result<void, RunStop> report(std::string_view stage, std::uint64_t done,
                                     std::uint64_t total, std::uint64_t lines);

  // Until the end of the work's transaction. Of joins by texts PostgreSQL expects so few rows that
  // it would compare each with each; where few rows are looked up in large tables, that is right.
  core::Result<void, RunStop> allow_nested_loops(bool are_allowed);

  // Adds a row to the audit trail, within the work's transaction if there is one. `detail`: JSON.
  core::Result<void, store::PgError> note(std::string_view action, const std::string& detail);

  // Ends the run: its state, what stopped it, and the row of the trail about it.
  core::Result<void, store::PgError> end(const RunStop& why);
  core::Result<void, RunStop> forget_progress();

 private:
  RunSession(store::Connection work, store::Connection aside, std::int64_t run,
             const Supplier& supplier, const EngineOptions& options);

  store::Connection work_;
  store::Connection aside_;
  std::int64_t run_;
  std::int16_t supplier_id_ = 0;
  const Supplier* supplier_;
  const EngineOptions* options_;
  std::string stage_;
  std::chrono::steady_clock::time_point reported_{};
};

std::int64_t us_since(std::chrono::steady_clock::time_point begin) noexcept;

}  // namespace authd::recon
