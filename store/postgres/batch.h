// Batch: consecutive records of the journal as rows of the ledger.
//
// add() folds records in: what is written once (decisions, entries, postings) goes straight into
// COPY's format, what changes (balances, holds) keeps its last after-image. write() puts all of it
// into the ledger, in the caller's transaction.
//
// Threads: one at a time.

#pragma once

#include <map>
#include <string>
#include <vector>

#include "store/format/records.h"
#include "store/journal/layout.h"
#include "store/postgres/accounts.h"
#include "store/postgres/exposure.h"

namespace authd::store {

class Batch {
 public:
  explicit Batch(std::int32_t shard) : shard_(shard) {}

  // Records come in order, without gaps. A record that cannot be read leaves the batch as it was.
  core::Result<void, FormatError> add(const RecordView& view);
  void clear();

  bool empty() const noexcept { return records_ == 0; }
  std::size_t records() const noexcept { return records_; }
  std::size_t bytes() const noexcept {
    return decisions_.size() + entries_.size() + postings_.size();
  }
  core::Sequence last() const noexcept { return last_; }
  const Exposure::Sums& approvals() const noexcept { return approvals_; }

  // What write() needs of a connection, once for each: settings and a prepared statement.
  static core::Result<void, PgError> prepare(Connection& connection);

  // Writes the rows once; then the batch can only be cleared.
  core::Result<void, PgError> write(Connection& connection);

 private:
  struct Change {
    std::int64_t posted_minor;
    std::int64_t held_minor;
    core::Sequence sequence;
  };

  void add_decision(const RecordView& view, const core::Request& request,
                    const core::Answer& answer, const core::Account* account);
  void add_entry(const RecordView& view, const core::Account& account, std::int64_t amount_minor);
  void add_hold(core::Sequence sequence, const core::Hold& hold);
  core::Result<void, PgError> copy(Connection& connection, const char* statement, CopyRows& rows);
  core::Result<void, PgError> write_new_holds(Connection& connection);
  core::Result<void, PgError> write_older_holds(Connection& connection);
  core::Result<void, PgError> write_balances(Connection& connection);

  const std::int32_t shard_;
  std::size_t records_ = 0;
  core::Sequence last_;
  CopyRows decisions_;
  CopyRows entries_;
  CopyRows postings_;
  std::vector<OpenedAccount> opened_;
  std::vector<core::Card> cards_;
  std::vector<core::Hold> new_holds_;  // ascending: a hold is named by the record that opened it
  std::map<core::HoldId, core::Hold> older_holds_;  // opened before this batch
  std::map<core::AccountId, Change> balances_;      // in the order in which rows are locked
  Exposure::Sums approvals_;
  std::string scratch_;
};

}  // namespace authd::store
