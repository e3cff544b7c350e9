// Bootstrap: the state as the ledger has it, row by row.
//
// What a decision needs and PostgreSQL knows: accounts, cards, open holds, the answers given within
// the retention, and what was used of today's limits. One snapshot of the database, so the rows fit
// together and are complete up to the sequence that is returned; records after it come from the
// journal, if there still is one.
//
// Memory does not grow with the ledger: rows come in portions.

#pragma once

#include <chrono>
#include <functional>
#include <vector>

#include "core/rows.h"
#include "store/postgres/connection.h"

namespace authd::store {

struct BootstrapOptions {
  std::int32_t shard = 1;
  std::vector<core::Program> programs;  // whose days the limits count
  core::Timestamp now;
  std::chrono::hours retention{14 * 24};  // of answers: how late a repetition may come
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

// Calls `sink` for every row, accounts first. After an error what the sink has got is to be thrown
// away.
core::Result<core::Sequence, BootstrapError> bootstrap(Connection& connection,
                                                       const BootstrapOptions& options,
                                                       const RowSink& sink);

}  // namespace authd::store
