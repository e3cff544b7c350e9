// Batch: earnings follow the ledger. Some hundred entries behind a shard's mark become sources and
// earnings, in one transaction with the mark.
//
// Whatever interrupts it, the ledger has all of a batch or nothing of it, and the mark says which:
// every entry is earned from exactly once. Batches of all shards and processes come one after the
// other (authd.lock_earnings), so that caps and cases are read as they will be when it commits.
//
// No entry beyond the drain's own mark is read: records may still come before it.
//
// Threads: the connection's.

#pragma once

#include <cstdint>

#include "store/postgres/connection.h"

namespace authd::referral {

struct BatchReport {
  std::int64_t entries = 0;   // of members who were invited
  std::int64_t sources = 0;   // of these
  std::int64_t earnings = 0;  // rows written: earned, reversed, restored
  std::int64_t mark = 0;      // of the shard, afterwards
  std::int64_t drained = 0;   // likewise, of the drain
  bool is_caught_up = false;
};

// To be called once for a connection of connect_for_referral() that serves the function below and
// nothing else: its plans are kept from ever reading a whole table.
core::Result<void, store::PgError> prepare_earnings(store::Connection& connection);

// Reads at most `entries_max` entries of members, above 0, from at most records_max records. Errors
// leave the shard as it was; `unexpected` and what the server refuses as data (22, 23) will come
// again with the same entries.
inline constexpr std::int64_t records_max = 50'000;
core::Result<BatchReport, store::PgError> earn_batch(store::Connection& connection,
                                                     std::int32_t shard, std::int32_t entries_max);

}  // namespace authd::referral
