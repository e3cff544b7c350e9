// perform_run: one reconciliation, from the supplier's file to its discrepancies.
//
//   state      what happens                                        after a crash
//   ─────────  ──────────────────────────────────────────────────  ─────────────────────────────
//   reading    lines are stored, some thousands a transaction      goes on behind the last line
//   matching   candidates, passes, discrepancies, rules: one       begins anew; nothing of it was
//              transaction                                         there
//   done       matches, discrepancies and figures are there
//   failed     the file is not what it should be; `error` says why
//   cancelled  somebody asked for it; what was stored stays
//   refused    another run has read this very file: duplicate_of
//
// Everything is done by PostgreSQL, set by set; of the file only some thousands of lines are in
// memory at a time. Decisions are not touched: they do not wait for PostgreSQL.
//
// Threads: any, one call at a time and supplier; other processes are kept out by an advisory lock.
// Errors: PgError means that the database went away or that `stop` was raised. The run stays as it
// is, and can be taken up again.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string_view>

#include "authd/recon/supplier.h"
#include "authd/recon/words.h"
#include "store/postgres/connection.h"

namespace authd::recon {

struct RunProgress {
  std::int64_t run = 0;
  std::string_view stage;   // "reading", or the step of matching
  std::uint64_t done = 0;   // bytes of the file when reading, otherwise steps
  std::uint64_t total = 0;  // 0: not known
  std::uint64_t lines = 0;  // stored until now
};

struct EngineOptions {
  store::Connection::Options connection;  // its stop token is replaced
  std::uint64_t file_bytes_max = std::uint64_t{4} << 30;
  std::int32_t work_memory_mib = 64;  // for each sort or hash of PostgreSQL
  std::function<void(const RunProgress&)> on_progress;
};

// Nothing: somebody else is at work for this supplier.
core::Result<std::optional<RunState>, store::PgError> perform_run(std::int64_t run,
                                                                  const Supplier& supplier,
                                                                  const EngineOptions& options,
                                                                  const std::stop_token& stop);

}  // namespace authd::recon
