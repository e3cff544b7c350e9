// RowComparison: the rows of the ledger, one by one, against those of the state.
//
// Every row of the ledger is looked up in the state; what the state has beyond them is found in the
// end, by the hashes of the keys that were looked up. What the drain writes is compared as of its
// mark, what PostgreSQL owns with what the state had around the moment of the look: see cut.h.
//
//   account   balances as of the mark; owned: status, overdraft, minimum, kyc and currency
//   card      locked_to as of the mark; owned: account, status and dates
//   controls  owned
//   others    as of the mark
//
// Memory: 9 to 18 bytes a row of the ledger, and what differs, up to a bound.

#pragma once

#include "store/audit/archive_reach.h"
#include "store/audit/audit_error.h"
#include "store/audit/audit_report.h"
#include "store/audit/cut.h"
#include "store/audit/state_copy.h"

namespace authd::store {

class RowComparison {
 public:
  struct Options {
    std::size_t findings_max = 100;
    bool with_mirrored = true;  // whether what PostgreSQL owns is compared
  };

  // All outlive this. `report` gets the findings.
  RowComparison(const StateCopy& copy, const Cut& cut, const ArchiveReach& reach, Options options,
                AuditReport& report);

  // Of all rows that the ledger has, however old, in any order, once.
  void ledger_has(const core::Row& row);

  // Whether the state lacks rows that it may lack if they ended long ago. Then those that are
  // younger follow, as a bootstrap would give them.
  bool has_missing() const noexcept { return !missing_.empty(); }
  void ledger_has_lately(const core::Row& row);

  // A credit that the ledger has not booked: the state must have.
  void ledger_has_credit(const core::Transfer& credit);

  // What the state has and the ledger has not.
  void finish();

  // The first error in reading the copy; what was compared after it is of no use.
  const core::Result<void, SnapshotError>& read() const noexcept { return read_; }

 private:
  // What the state had of a row that PostgreSQL owns.
  template <class RowType>
  struct Owned {
    std::vector<RowType> values;  // oldest first; empty: there was none
    bool began_absent = false;
  };

  template <class RowType>
  std::optional<RowType> find(std::string_view key);  // as of the mark
  template <class RowType>
  Owned<RowType> owned(std::string_view key);
  template <class RowType>
  std::optional<RowType> read_row(std::string_view key,
                                  const core::Result<std::optional<Bytes>, SnapshotError>& value);

  void compare(std::string_view key, const core::Account& ledger);
  void compare(std::string_view key, const core::Card& ledger);
  void compare(std::string_view key, const core::ControlSet& ledger);
  template <class RowType>
  void compare(std::string_view key, const RowType& ledger);
  void compare_owner(const core::ControlSet& set);
  template <class RowType>
  void expect_controls(const RowKey& key);

  void state_has_alone(std::string_view key, Bytes value);
  bool may_lack(std::string_view key, const core::Row& state);
  template <class RowType, class Closed>
  bool was(std::string_view key, Closed closed);
  bool is_removed(std::string_view key, const core::Row& state);
  bool is_archived(const core::Row& state) const;

  void found(RowFinding::Kind kind, std::string_view key, std::optional<core::Row> state,
             std::optional<core::Row> ledger);

  const Snapshot::ReadTxn& copy_;
  const StateView drained_;
  const Cut& cut_;
  const ArchiveReach& reach_;
  const Options options_;
  AuditReport& report_;
  KeyHashes visited_;
  KeyHashes missing_;  // of kinds that an import leaves out once they are old
  core::Result<void, SnapshotError> read_;
  bool is_unreadable_ = false;  // what was looked up last
};

}  // namespace authd::store
