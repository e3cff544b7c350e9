// What a batch is computed from, read by key.

#pragma once

#include "authd/referral/earnings/compute.h"
#include "store/postgres/connection.h"

namespace authd::referral {

// Records of a shard, the first not included.
struct Range {
  std::int32_t shard = 0;
  std::int64_t after = 0;
  std::int64_t up_to = 0;
};

core::Result<void, store::PgError> prepare_reading(store::Connection& connection);

// The first `entries_max` entries of the range that matter, with all that compute() needs. Whoever
// calls holds the lock.
core::Result<Facts, store::PgError> read_facts(store::Connection& connection, const Range& range,
                                               std::int32_t entries_max);

}  // namespace authd::referral
