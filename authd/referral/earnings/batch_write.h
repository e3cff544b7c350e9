// What a batch changes, written with few statements whatever its size.

#pragma once

#include "authd/referral/earnings/compute.h"
#include "store/postgres/connection.h"

namespace authd::referral {

core::Result<void, store::PgError> prepare_writing(store::Connection& connection);

core::Result<void, store::PgError> write_changes(store::Connection& connection, std::int32_t shard,
                                                 Changes changes);

// Fails unless the mark stands where it was read.
core::Result<void, store::PgError> move_mark(store::Connection& connection, std::int32_t shard,
                                             std::int64_t from, std::int64_t to);

}  // namespace authd::referral
