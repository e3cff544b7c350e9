// Books: whether the ledger agrees with itself.
//
// Every entry balances and has its postings; every balance is the sum of its postings, and holds
// what its authorizations and transfers hold; whatever moved money has its entry; nothing is there
// that the drain has not reached. Months that were archived to where queries do not find them are
// represented by the balances with which they were closed (authd.balance_at).
//
// Cost: a few passes over every table that is reached.

#pragma once

#include "store/audit/audit_report.h"
#include "store/postgres/connection.h"

namespace authd::store {

// In the caller's transaction. Findings go into `report`, of every check at most `findings_max`.
core::Result<void, PgError> check_books(Connection& connection, std::int32_t shard,
                                        std::size_t findings_max, AuditReport& report);

}  // namespace authd::store
