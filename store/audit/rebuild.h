// Rebuild: the state directory made anew from PostgreSQL and what the journal has beyond it.
//
// The ledger's rows become a snapshot that holds every record up to the drain's mark; the journal's
// records after the mark are folded over it whenever the state is opened, as ever. What there was
// is moved aside, never deleted:
//
//   rebuild/        the new snapshot while it is made; BEGUN while it replaces the old one
//   replaced-…/     what was replaced, named by the time: snapshot, imported, journal
//
//   journal                                    then
//   ─────────────────────────────────────────  ──────────────────────────────────────────────────
//   reaches the mark, or ends with it          it goes on
//   none, or nothing in it                     a new one begins after the mark
//   ends before the mark                       all of it is in the ledger: likewise, it is moved
//   begins after the mark and the next record  records are lost: refused, or, where that is
//                                              accepted, likewise: what depends on records that are
//                                              lost would never agree with the ledger
//
// The new state is read back, rows and records, before anything is replaced. A rebuild that was cut
// short is repeated; until then the state cannot be opened once the replacing has begun.
//
// Threads: one; no other process uses the directory: it is locked.

#pragma once

#include <filesystem>
#include <string>

#include "store/journal/error.h"
#include "store/state/storage.h"

namespace authd::store {

struct RebuildOptions {
  Storage::Options state;
  std::filesystem::path journal;  // a copy is taken; empty: that of the state directory
  bool accept_loss = false;
  std::string replaced;  // the name of the directory for what is replaced; nothing has it yet
};

enum class JournalFate : std::uint8_t {
  kept = 1,
  begun = 2,      // there was none
  overtaken = 3,  // the ledger had all of it and more
  given_up = 4,   // records between the ledger and it are lost
};

struct RebuildReport {
  core::Sequence drained;  // what the ledger holds
  core::Sequence last;     // of the journal, after the rebuild
  std::uint64_t rows = 0;  // of the snapshot
  JournalFate journal = JournalFate::kept;
  core::Sequence lost_from;  // when it was given up: records up to lost_to are not in the state
  core::Sequence lost_to;
};

struct RebuildError {
  enum class Code : std::uint8_t {
    storage = 1,   // see storage; of its code `import` the source of the import knows why
    gap = 2,       // records from `from` up to `to` are neither in the ledger nor in the journal
    files = 3,     // a file could not be copied or moved: see system_error and path
    readback = 4,  // the new snapshot does not read back: see storage
  };
  Code code = Code::storage;
  StorageError storage{};
  core::Sequence from;
  core::Sequence to;
  int system_error = 0;
  std::filesystem::path path{};
};

// `import` hands over the rows of the ledger, see Storage::Import.
core::Result<RebuildReport, RebuildError> rebuild(const RebuildOptions& options,
                                                  const Storage::Import& import);

}  // namespace authd::store
