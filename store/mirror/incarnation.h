// Incarnation: how a database that was restored to an earlier point is told from the one that the
// state has read.
//
// A random value lies in authd.mirror and in the state's mark, and a new one takes its place with
// every session and every minute: in PostgreSQL first, then in the state. The row keeps the one
// before as well, for a state that did not live to get the new one.

#pragma once

#include "core/rows.h"
#include "store/postgres/connection.h"

namespace authd::store {

using Incarnation = decltype(core::MirrorMark::incarnation);

// Whether the database has seen this mark's incarnation, and no other since but the one that
// followed.
core::Result<bool, PgError> has_incarnation(Connection& connection, std::int32_t shard,
                                            const Incarnation& of_state);

// Writes a fresh one in the place of the state's.
core::Result<Incarnation, PgError> renew_incarnation(Connection& connection, std::int32_t shard,
                                                     const std::string& slot,
                                                     const Incarnation& of_state);

}  // namespace authd::store
