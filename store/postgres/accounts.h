// Accounts and cards as they enter the ledger: the rows, and the entry of an account's opening
// balance. Existing rows are left as they are.
//
// Runs in the caller's transaction.

#pragma once

#include <span>

#include "core/rows.h"
#include "store/postgres/connection.h"

namespace authd::store {

// What a row of authd.posting belongs to. Numbers of the table authd.book.
enum class Book : std::int16_t { wallet = 1, holds = 2, funding = 3 };

// Numbers of the table authd.entry_kind.
enum class EntryKind : std::int16_t { opening_balance = 1, authorization = 2 };

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

}  // namespace authd::store
