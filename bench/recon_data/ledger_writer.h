// LedgerWriter: stories as rows of the ledger, through the drain's own writers, so that the books
// are kept as a daemon keeps them.
//
// What is booked goes through one connection and the rest through the other, at the same time:
// PostgreSQL is what takes the time. Where it fails, the ledger is of no use.
//
// Memory: some thousands of records, and two numbers for each account. Threads: one at a time.

#pragma once

#include <vector>

#include "bench/recon_data/story.h"
#include "store/postgres/authorizations.h"
#include "store/postgres/entries.h"
#include "store/postgres/history.h"

namespace authd::bench {

class LedgerWriter {
 public:
  LedgerWriter(store::Connection& connection, store::Connection& second, const World& world);

  // Accounts, cards and the months' partitions; refuses a ledger that has authorizations.
  core::Result<void, store::PgError> begin();

  // In the order of the records. The row as it ended goes with the record that began it.
  core::Result<void, store::PgError> add_first(const Story& story);
  core::Result<void, store::PgError> add_told(const Story& story, const Told& told);

  // The balances, and how far the ledger reaches.
  core::Result<void, store::PgError> finish();

 private:
  struct Balance {
    std::int64_t posted_minor = World::opening_minor;
    std::int64_t held_minor = 0;
  };

  Balance& balance(const Story& story);
  core::Result<void, store::PgError> open_accounts();
  core::Result<void, store::PgError> issue_cards();
  core::Result<void, store::PgError> added();
  core::Result<void, store::PgError> flush();

  store::Connection& connection_;
  store::Connection& second_;
  const World& world_;
  std::vector<Balance> balances_;  // by the holder's number
  std::size_t waiting_ = 0;        // records
  store::History history_;
  store::Authorizations authorizations_;
  store::Entries entries_;
};

}  // namespace authd::bench
