// Accounts and cards as they enter the ledger and change there. Rows that are inserted and exist
// are left as they are.
//
// Runs in the caller's transaction.

#pragma once

#include <span>

#include "core/apply.h"
#include "store/postgres/connection.h"

namespace authd::store {

// Where an opening balance is booked: under the record that opened the account, or, with shard 0,
// under PostgreSQL's own numbers.
struct OpenedAccount {
  core::Account account;
  core::Sequence sequence;  // ignored for shard 0
  core::Timestamp opened_at;
};

inline constexpr std::int32_t postgres_shard = 0;

// Returns how many were created. One that is given twice is created once.
core::Result<std::int64_t, PgError> insert_accounts(Connection& connection, std::int32_t shard,
                                                    std::span<const OpenedAccount> accounts);
core::Result<std::int64_t, PgError> insert_cards(Connection& connection,
                                                 std::span<const core::Card> cards);

// Set what the command sets. Returns how many the ledger has of them; each is given once.
core::Result<std::int64_t, PgError> change_accounts(Connection& connection,
                                                    std::span<const core::ChangeAccount> changes);
core::Result<std::int64_t, PgError> change_cards(Connection& connection,
                                                 std::span<const core::ChangeCard> changes);

}  // namespace authd::store
