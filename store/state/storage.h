// Storage: the state directory of one shard, opened: journal, snapshot and the live state over
// both.
//
//   LOCK       held while a process uses the directory
//   journal/   segments, see store/journal/layout.h
//   snapshot/  LMDB, see snapshot.h
//   imported/  a copy of the snapshot that an import made: what the journal's records build on
//   rebuild/   a rebuild under way, see store/audit/rebuild.h; what it replaces goes to replaced-…/
//   audit/     a copy of the snapshot while an audit is under way
//
// Opening recovers: State = snapshot + fold of the records after it. A torn journal tail is cut
// off; anything else that does not fit refuses the start and says what is wrong where.
//
// Threads: open and record on the thread that owns the state.

#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "store/journal/journal.h"
#include "store/state/live_state.h"
#include "store/state/snapshot.h"
#include "store/state/state_lock.h"

namespace authd::store {

struct StorageError {
  enum class Code : std::uint8_t {
    directory = 1,           // cannot be created or locked: see system_error
    in_use = 2,              // another process holds the lock
    journal = 3,             // see journal
    snapshot = 4,            // see snapshot
    record = 5,              // a record in the journal does not decode: see format and sequence
    journal_behind = 6,      // the snapshot holds records that the journal has lost
    import = 7,              // the import of an empty state failed: its source knows why, unless
                             // format says that it handed over a row that is out of its bounds
    rebuild_unfinished = 8,  // a rebuild was cut short while it replaced the state: repeat it
  };
  Code code;
  int system_error = 0;
  JournalError journal;
  SnapshotError snapshot{};
  FormatError format{};
  core::Sequence sequence;
};

// Receives the rows of an import, in any order.
using ImportRow = std::function<void(const core::Row&)>;

class Storage {
 public:
  struct Options {
    std::filesystem::path directory;
    std::uint32_t shard = 1;
    std::size_t segment_bytes = std::size_t{256} << 20;
    std::size_t map_bytes = std::size_t{64} << 30;
  };

  // Fills an empty state: hands over every row and returns the record up to which they are
  // complete, or nothing when it failed (for a reason that it keeps itself).
  using Import = std::function<std::optional<core::Sequence>(const ImportRow&)>;

  // `import` is called when there is neither a snapshot nor a journal; without one such a state
  // starts empty.
  static core::Result<std::unique_ptr<Storage>, StorageError> open(const Options& options,
                                                                   const Import& import = {});
  ~Storage();
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  // Where the copy of an imported snapshot is, if the state began with an import.
  static std::filesystem::path imported(const std::filesystem::path& directory) {
    return directory / "imported";
  }

  // There from when a rebuild begins to replace the state until it has.
  static std::filesystem::path rebuild_begun(const std::filesystem::path& directory) {
    return directory / "rebuild" / "BEGUN";
  }

  Journal& journal() noexcept { return *journal_; }
  Snapshot& snapshot() noexcept { return snapshot_; }
  LiveState& state() noexcept { return state_; }

  // The snapshot's header when it was opened.
  const SnapshotHeader& opened_at() const noexcept { return opened_at_; }
  // When the last record was made, also when the journal does not hold it any more. Of an imported
  // state: the latest moment that one of its rows knows of.
  core::Timestamp last_record_at() const noexcept { return last_record_at_; }
  std::uint64_t replayed_records() const noexcept { return replayed_records_; }

  // Appends the record of a command that changed something to the journal's batch, and folds it
  // into the state. The command was applied at `moment`, as the journal's next record. False, and
  // nothing is done, when the batch has no room for it; a flush makes room. `payload` is scratch
  // space; what is larger than payload_bytes_max afterwards fits no batch.
  bool record(const core::Command& command, const core::Moment& moment,
              const core::Applied& applied, std::vector<std::byte>& payload);

 private:
  Storage(StateLock lock, Snapshot snapshot, LiveState state, SnapshotHeader opened_at);
  core::Result<void, StorageError> open_journal(const Options& options);
  core::Result<void, FormatError> fold(const RecordView& record);

  StateLock lock_;  // first: released last
  Snapshot snapshot_;
  LiveState state_;
  std::unique_ptr<Journal> journal_;
  SnapshotHeader opened_at_;
  core::Timestamp last_record_at_;
  std::uint64_t replayed_records_ = 0;
};

}  // namespace authd::store
