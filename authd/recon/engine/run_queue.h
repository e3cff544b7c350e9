// The queue of runs: rows of authd.recon_run, written by whoever wants a file reconciled and taken
// by whoever performs it.
//
// A supplier's runs go one after the other, by their id. What a run is waiting for is in its row
// alone, so that every process that dies can be followed by another.
//
// Threads: as the connection. Cost: a statement or a short transaction each. The connection may
// have taken on the role authd_recon, see connect_for_recon().

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "authd/recon/engine/engine.h"
#include "store/postgres/connection.h"

namespace authd::recon {

// Stored.
enum class RunOrigin : std::uint8_t { directory = 1, upload = 2, watched = 3, command_line = 4 };

struct NewRun {
  std::string supplier;
  RunOrigin origin = RunOrigin::command_line;
  std::string file_name;                // 1 to 255 characters
  std::string file_path;                // absolute
  std::optional<core::Timestamp> from;  // both or neither, and from < to
  std::optional<core::Timestamp> to;
  std::string requested_by;  // 1 to 100 characters
};

struct QueueError {
  enum class Code : std::uint8_t {
    postgres = 1,
    supplier_unknown = 2,   // to the database: no daemon has been started with it
    supplier_inactive = 3,  // the configuration of the last start did not have it
  };
  Code code = Code::postgres;
  store::PgError postgres;  // of Code::postgres
};

// A connection whose statements may do what reconciliation needs, and nothing else.
core::Result<store::Connection, store::PgError> connect_for_recon(
    const store::Connection::Options& options);

// The id of the run, which is queued and stands in the trail.
core::Result<std::int64_t, QueueError> enqueue(store::Connection& connection, const NewRun& run);

// A run whose file is about to be moved to `directory`/<id>-<file name>, which is its file_path:
// see inbox.h. It is not performed before queue_received().
core::Result<std::int64_t, QueueError> reserve(store::Connection& connection, const NewRun& run,
                                               const std::string& directory);

// False: it was no longer receiving.
core::Result<bool, store::PgError> queue_received(store::Connection& connection, std::int64_t run);

// What can be performed now, or goes on.
struct PendingRun {
  std::int64_t id = 0;
  std::int64_t waiting = 0;  // runs of this supplier, itself included
  std::string supplier;
  std::string file_name;
  std::string file_path;  // empty: `file_name` in the supplier's directory
};

// The oldest of each supplier, by id.
core::Result<std::vector<PendingRun>, store::PgError> pending(store::Connection& connection);

// Before it is performed.
core::Result<void, store::PgError> set_file_path(store::Connection& connection, std::int64_t run,
                                                 const std::string& file_path);

// Ends a run that cannot be performed; `error` says why. Nothing happens when it has ended.
core::Result<void, store::PgError> fail(store::Connection& connection, std::int64_t run,
                                        const std::string& error);

// Asks for the end of a run: one that nobody has begun ends at once, another when whoever performs
// it notices. False: there is none, or it has ended.
core::Result<bool, store::PgError> request_cancel(store::Connection& connection, std::int64_t run,
                                                  const std::string& actor);

}  // namespace authd::recon
