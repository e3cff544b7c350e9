// SnapshotImport: rows from elsewhere on their way into an empty snapshot.
//
// They are written in large transactions and without a header: a snapshot without one counts as
// empty, until finish().
//
// Threads: one.

#pragma once

#include <memory>
#include <vector>

#include "store/state/snapshot.h"
#include "store/state/table.h"

namespace authd::store {

class SnapshotImport {
 public:
  // `snapshot` is empty and outlives this.
  explicit SnapshotImport(Snapshot& snapshot) : snapshot_(snapshot) {}

  void add(const core::Row& row);

  // False once a row was added that could not be read back: it is out of its bounds.
  bool is_readable() const noexcept { return is_readable_; }
  core::Timestamp last_at() const noexcept { return last_at_; }  // the latest that a row knows of
  std::uint64_t rows() const noexcept { return rows_; }

  // Writes the rest, and the header. The first error of all that was written.
  core::Result<void, SnapshotError> finish(const SnapshotHeader& header);

 private:
  void write(const SnapshotHeader* header);

  Snapshot& snapshot_;
  std::unique_ptr<Table> table_ = std::make_unique<Table>();
  std::vector<std::byte> value_;
  core::Timestamp last_at_;
  std::uint64_t rows_ = 0;
  bool is_readable_ = true;
  core::Result<void, SnapshotError> result_;
};

}  // namespace authd::store
