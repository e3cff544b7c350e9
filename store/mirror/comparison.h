// Comparison: makes the state agree with one snapshot of PostgreSQL, row by row.
//
// Everything that PostgreSQL has is handed over; what is there already leaves no record. Everything
// that it has not is closed or removed. Credits that the ledger has booked are left out: they are
// many, and the state has them.
//
// Memory: 16 bytes a row of accounts, cards and controls.

#pragma once

#include "store/mirror/handover.h"

namespace authd::store {

// `sql` is in a transaction with the snapshot. Leaves commands in `handover`, for the mark to go
// with them.
MirrorTry<void> compare(Connection& sql, const KnownRows& known, Handover& handover);

}  // namespace authd::store
