// Batch: consecutive records of the journal as rows of the ledger.
//
// add() folds records in: what is written once (decisions, events, entries) goes straight into
// COPY's format, of what changes the last after-image counts. write() puts all of it into the
// ledger, in the caller's transaction.
//
// Threads: one at a time.

#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "store/format/records.h"
#include "store/journal/layout.h"
#include "store/postgres/authorizations.h"
#include "store/postgres/entries.h"
#include "store/postgres/exposure.h"
#include "store/postgres/history.h"
#include "store/postgres/setups.h"
#include "store/postgres/state_rows.h"
#include "store/postgres/transfers.h"

namespace authd::store {

class Batch {
 public:
  explicit Batch(std::int32_t shard, ControlDefinition definition = {});

  // Records come in order, without gaps. After a record that cannot be read the batch can only be
  // cleared.
  core::Result<void, FormatError> add(const RecordView& view);
  void clear();

  bool empty() const noexcept { return records_ == 0; }
  std::size_t records() const noexcept { return records_; }
  std::size_t bytes() const noexcept {
    return history_.bytes() + entries_.bytes() + state_rows_.bytes();
  }
  core::Sequence last() const noexcept { return last_; }
  const Exposure::Sums& approvals() const noexcept { return approvals_; }

  // What write() needs of a connection, once for each: settings and prepared statements.
  static core::Result<void, PgError> prepare(Connection& connection);

  // The ledger may have lost partitions since: after a failure.
  void forget_partitions() noexcept { days_there_.clear(); }

  // Writes the rows once; then the batch can only be cleared.
  core::Result<void, PgError> write(Connection& connection);

 private:
  class Fold;

  struct Balance {
    std::int64_t posted_minor;
    std::int64_t held_minor;
    std::int64_t pending_credit_minor;
    core::Sequence sequence;
  };
  using CardKey = std::pair<core::ProgramId, core::CardToken>;

  core::Result<void, PgError> ensure_partitions(Connection& connection);
  core::Result<void, PgError> write_locks(Connection& connection);
  core::Result<void, PgError> write_balances(Connection& connection);

  const std::int32_t shard_;
  std::size_t records_ = 0;
  core::Sequence last_;

  Setups setups_;
  std::map<CardKey, decltype(core::Card::locked_to)> locks_;
  std::map<core::AccountId, Balance> balances_;  // in the order in which rows are locked
  History history_;
  Authorizations authorizations_;
  StateRows state_rows_;
  Transfers transfers_;
  Entries entries_;
  Exposure::Sums approvals_;
  std::set<std::int64_t> days_;        // since 1970, of the records
  std::set<std::int64_t> days_there_;  // whose months' partitions are known to be there
};

}  // namespace authd::store
