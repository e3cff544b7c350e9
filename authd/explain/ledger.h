// Ledger: a decision as PostgreSQL keeps it, for messages whose records the journal has no longer.
//
// One row is read by its message's id, from whichever shard decided it. The rest of the life cycle
// is not: nothing in the ledger leads to it fast.

#pragma once

#include "authd/explain/search.h"
#include "store/postgres/connection.h"

namespace authd::explain {

// Nothing when no request with this id was ever drained. The records have no rows but those that
// tell the account and what the processor had said.
core::Result<Found, store::PgError> search_ledger(store::Connection& ledger, const Wanted& wanted);

}  // namespace authd::explain
