// A row of authd.recon_run as the API shows it, with its figures and how far it is.
//
// Rates are exact: permille, rounded down, of lines that were matched and of discrepancies that
// rules resolved.

#pragma once

#include <array>
#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "authd/api/call.h"

namespace authd::api {

struct ReconRunRow {
  boost::json::object object;
  std::int64_t id = 0;
  std::int16_t supplier = 0;
  std::int16_t state = 0;  // position in recon::run_state_names, from 1
  std::string program;
  std::int64_t file_bytes = 0;    // 0: not known
  std::int64_t duplicate_of = 0;  // 0: none
};

// SELECT … FROM … with the columns that read_recon_run() takes; authd.recon_run is `r`, its
// supplier `s`.
std::string recon_run_select();
core::Result<ReconRunRow, Problem> read_recon_run(const store::PgResult& result, int row);

// The run that the path names, as it is now; locked against the changes of others if that is
// wanted. not_found: no such run, or not of the caller's program.
enum class RunLock : std::uint8_t { none = 1, held = 2 };
core::Result<ReconRunRow, Problem> find_recon_run(const Call& call, store::Connection& connection,
                                                  std::int64_t id, RunLock lock = RunLock::none);
std::vector<Statement> recon_run_statements();

inline constexpr std::array<std::string_view, 23> recon_run_members{"id",
                                                                    "supplier",
                                                                    "program",
                                                                    "state",
                                                                    "origin",
                                                                    "requested_by",
                                                                    "requested_at",
                                                                    "started_at",
                                                                    "finished_at",
                                                                    "cancel_requested_at",
                                                                    "period",
                                                                    "file",
                                                                    "received_bytes",
                                                                    "duplicate_of",
                                                                    "attempts",
                                                                    "error",
                                                                    "trailer",
                                                                    "figures",
                                                                    "durations_ms",
                                                                    "lines_per_second",
                                                                    "outcome_sha256",
                                                                    "discrepancies",
                                                                    "progress"};

}  // namespace authd::api
