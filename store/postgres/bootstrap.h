// Bootstrap: the state as the ledger has it, row by row.
//
// All that a decision may need: accounts, cards, controls and what was used of them, programs and
// zones as they were last configured, authorizations that are open with every message and notice of
// theirs, and whatever else was said within the retention. One snapshot of the database, so the
// rows fit together and are complete up to the sequence that is returned; records after it come
// from the journal, if there still is one.
//
// Memory does not grow with the ledger: rows come in portions.

#pragma once

#include <chrono>
#include <functional>

#include "core/rows.h"
#include "store/postgres/connection.h"

namespace authd::store {

struct BootstrapOptions {
  std::int32_t shard = 1;
  core::Timestamp now;

  // Of authorizations that have ended, of messages and of notices: how late a repetition may come,
  // or one that belongs to them.
  std::chrono::hours retention{90 * 24};
};

struct BootstrapError {
  enum class Code : std::uint8_t {
    postgres = 1,  // see `postgres`
    bad_row = 2,   // a row holds what the program cannot: see `postgres.message`
  };
  Code code;
  PgError postgres;
};

using RowSink = std::function<void(const core::Row&)>;

// Calls `sink` for every row: accounts, cards, controls, then the others. After an error what the
// sink has got is to be thrown away.
core::Result<core::Sequence, BootstrapError> bootstrap(Connection& connection,
                                                       const BootstrapOptions& options,
                                                       const RowSink& sink);

// The same in the caller's transaction, which sees one snapshot of the database (REPEATABLE READ),
// and whose settings of the planner are changed.
core::Result<core::Sequence, BootstrapError> bootstrap_in_transaction(
    Connection& connection, const BootstrapOptions& options, const RowSink& sink);

}  // namespace authd::store
