#include "store/state/snapshot_import.h"

#include <algorithm>

#include "store/format/rows.h"

namespace authd::store {

namespace {

// A moment that is over for certain, because the row remembers it.
struct KnownTime {
  core::Timestamp operator()(const core::Message& r) const { return r.decided_at; }
  core::Timestamp operator()(const core::Notice& r) const { return r.at; }
  core::Timestamp operator()(const core::Authorization& r) const { return r.opened_at; }
  core::Timestamp operator()(const core::Transfer& r) const { return r.changed_at; }
  template <class Other>
  core::Timestamp operator()(const Other&) const {
    return {};
  }
};

}  // namespace

void SnapshotImport::add(const core::Row& row) {
  const RowKey key = key_of(row);
  value_.clear();
  encode_value(key, row, value_);
  if (!decode_row(key.view(), value_)) is_readable_ = false;
  last_at_ = std::max(last_at_, std::visit(KnownTime{}, row));
  rows_ += 1;
  table_->put(key.view(), value_, {}, {});
  if (table_->rows() == Snapshot::rows_per_transaction) write(nullptr);
}

core::Result<void, SnapshotError> SnapshotImport::finish(const SnapshotHeader& header) {
  write(&header);
  return result_;
}

void SnapshotImport::write(const SnapshotHeader* header) {
  if (result_) result_ = snapshot_.commit(table_->sorted(), header);
  table_ = std::make_unique<Table>();
}

}  // namespace authd::store
