// Snapshot: all rows up to one record of the journal, in LMDB.
//
// One unnamed database holds the rows under the keys of store/format/rows.h, and its own header
// under the key 0x00:
//
//   version:2 = 3  shard:4  applied_sequence:8  applied_at:8  drained_sequence:8  has_journal:1
//   crc32c:4
//
// The header is written in the last transaction of a checkpoint. Rows newer than it may be there
// after a crash in the middle of one; they do no harm, because the records after applied_sequence
// are folded over them again. A database without a header is an unfinished import and counts as
// empty.
//
// LMDB rules kept here: default sync only (a commit is durable), no nested transactions, no other
// open of its files in this process, no fork after open. A full map and a full disk are errors of
// the write, never of a read.
//
// Threads: one writer thread; one reader thread per ReadTxn.

#pragma once

#include <lmdb.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "core/identifiers.h"
#include "core/result.h"
#include "core/rows.h"
#include "store/state/table.h"

namespace authd::store {

struct SnapshotError {
  enum class Code : std::uint8_t {
    open = 1,      // cannot open or create the environment
    not_ours = 2,  // another shard's, or not a snapshot
    version = 3,   // written by another version of the program
    corrupt = 4,   // LMDB or the header's checksum says so
    map_full = 5,  // the configured map size is used up
    disk = 6,      // the disk refused
  };
  Code code;
  int lmdb = 0;  // LMDB's or the system's error number
};
std::string_view name(SnapshotError::Code code) noexcept;

struct SnapshotHeader {
  core::Sequence applied;      // the snapshot holds every record up to this one
  core::Timestamp applied_at;  // when that was made, or a later moment that a row knows of
  core::Sequence drained;      // PostgreSQL held every record up to this one when it was written
  bool has_journal = false;    // false only between the first start's header and its journal
};

class Snapshot {
 public:
  static constexpr std::size_t rows_per_transaction =
      100'000;  // LMDB spills past 131,071 dirty pages

  struct Options {
    std::filesystem::path directory;  // created when missing
    std::size_t map_bytes = std::size_t{64}
                            << 30;  // address space, not memory; the database cannot grow past it
    std::uint32_t shard = 1;
  };

  static core::Result<Snapshot, SnapshotError> open(const Options& options);

  // Nothing when the database is empty or an import was not finished.
  core::Result<std::optional<SnapshotHeader>, SnapshotError> header() const;

  // One durable transaction of rows, and of the header unless it is null. At most
  // rows_per_transaction.
  core::Result<void, SnapshotError> commit(std::span<const Table::Entry> rows,
                                           const SnapshotHeader* header);

  // Writes rows in key order in few large transactions, the header in the last one. `between` is
  // called after each transaction but the last: the place to pause.
  template <class Between>
  core::Result<void, SnapshotError> write(std::span<const Table::Entry> rows,
                                          const SnapshotHeader& header, Between between) {
    while (rows.size() > rows_per_transaction) {
      AUTHD_TRY_VOID(commit(rows.first(rows_per_transaction), nullptr));
      rows = rows.subspan(rows_per_transaction);
      between();
    }
    return commit(rows, &header);
  }

  // Deletes everything: the start of an import.
  core::Result<void, SnapshotError> clear();

  // Copies what is committed to `directory`, which must not exist yet: all of it or nothing.
  core::Result<void, SnapshotError> copy_to(const std::filesystem::path& directory) const;

  // Share of the map in use, in percent.
  unsigned used_percent() const;

  // A consistent view, renewed by its owner. Never blocks the writer; while it is not renewed,
  // freed pages pile up.
  class ReadTxn {
   public:
    static core::Result<ReadTxn, SnapshotError> begin(const Snapshot& snapshot);

    // Moves the view to what is committed now.
    core::Result<void, SnapshotError> renew();

    // The value, as a view into the map that is valid until renew(); nothing when there is none.
    core::Result<std::optional<Bytes>, SnapshotError> get(std::string_view key) const;

    // Calls visit(key, value) for every row whose key starts with `prefix`, in key order, until it
    // returns false.
    template <class Visit>
    core::Result<void, SnapshotError> scan(std::string_view prefix, Visit visit) const;

   private:
    struct Abort {
      void operator()(MDB_txn* txn) const noexcept { mdb_txn_abort(txn); }
    };
    ReadTxn(MDB_txn* txn, MDB_dbi rows) : txn_(txn), rows_(rows) {}

    std::unique_ptr<MDB_txn, Abort> txn_;
    MDB_dbi rows_;
  };

 private:
  struct Close {
    void operator()(MDB_env* environment) const noexcept { mdb_env_close(environment); }
  };
  Snapshot(MDB_env* environment, MDB_dbi rows, std::uint32_t shard)
      : environment_(environment), rows_(rows), shard_(shard) {}

  std::unique_ptr<MDB_env, Close> environment_;
  MDB_dbi rows_;
  std::uint32_t shard_;
};

SnapshotError snapshot_error(int lmdb_code) noexcept;

template <class Visit>
core::Result<void, SnapshotError> Snapshot::ReadTxn::scan(std::string_view prefix,
                                                          Visit visit) const {
  MDB_cursor* raw = nullptr;
  if (const int code = mdb_cursor_open(txn_.get(), rows_, &raw); code != MDB_SUCCESS) {
    return core::Unexpected{snapshot_error(code)};
  }
  const std::unique_ptr<MDB_cursor, void (*)(MDB_cursor*)> cursor(raw, mdb_cursor_close);
  MDB_val key{prefix.size(), const_cast<char*>(prefix.data())};
  MDB_val value{};
  int code = mdb_cursor_get(raw, &key, &value, MDB_SET_RANGE);
  while (code == MDB_SUCCESS) {
    const std::string_view found(static_cast<const char*>(key.mv_data), key.mv_size);
    if (!found.starts_with(prefix)) return {};
    if (!visit(found, Bytes(static_cast<const std::byte*>(value.mv_data), value.mv_size)))
      return {};
    code = mdb_cursor_get(raw, &key, &value, MDB_NEXT);
  }
  if (code != MDB_NOTFOUND) return core::Unexpected{snapshot_error(code)};
  return {};
}

}  // namespace authd::store
