// StateCopy: a copy of the snapshot in a directory of its own, and rows as they are with changes
// over it.
//
// The state goes on meanwhile: neither the sequencer nor the checkpointer waits for whoever reads
// the copy.
//
// Threads: one; another than the checkpointer's is fine.

#pragma once

#include <filesystem>
#include <functional>
#include <optional>

#include "store/audit/audit_error.h"
#include "store/format/rows.h"
#include "store/state/snapshot.h"
#include "store/state/table.h"

namespace authd::store {

class StateCopy {
 public:
  // `directory` is removed first, if it is there, and at the end.
  static core::Result<StateCopy, SnapshotError> make(const Snapshot& snapshot,
                                                     const std::filesystem::path& directory,
                                                     std::size_t map_bytes, std::uint32_t shard);

  // Holds every record up to applied; where a checkpoint was under way, also rows of later ones.
  const SnapshotHeader& header() const noexcept { return header_; }
  const Snapshot::ReadTxn& rows() const noexcept { return rows_; }

 private:
  struct Removal {  // last to go
    std::filesystem::path directory;
    explicit Removal(std::filesystem::path where) : directory(std::move(where)) {}
    Removal(Removal&& other) noexcept : directory(std::exchange(other.directory, {})) {}
    Removal& operator=(Removal&&) = delete;
    ~Removal();
  };
  StateCopy(Removal removal, Snapshot snapshot, Snapshot::ReadTxn rows, SnapshotHeader header)
      : removal_(std::move(removal)),
        snapshot_(std::move(snapshot)),
        rows_(std::move(rows)),
        header_(header) {}

  Removal removal_;
  Snapshot snapshot_;
  Snapshot::ReadTxn rows_;
  SnapshotHeader header_;
};

// The rows of a copy with later ones over them. Both outlive the view.
class StateView {
 public:
  StateView(const Snapshot::ReadTxn& base, const Table& changes) : base_(base), changes_(changes) {}

  core::Result<std::optional<Bytes>, SnapshotError> find(std::string_view key) const {
    if (const auto changed = changes_.find(key)) return std::optional(*changed);
    return base_.get(key);
  }

  // Every row, until `visit(key, value)` returns false. In no order.
  core::Result<void, SnapshotError> for_each(
      const std::function<bool(std::string_view, Bytes)>& visit) const;

 private:
  const Snapshot::ReadTxn& base_;
  const Table& changes_;
};

}  // namespace authd::store
