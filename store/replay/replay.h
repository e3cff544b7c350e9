// Replay: decides every command of a journal again, and compares what comes out with what was
// recorded.
//
// State = fold(journal): each command is applied to the state as its predecessors left it, under
// the recorded circumstances, and gives an outcome, an explanation and rows. All of them have to be
// the recorded ones, byte for byte. The recorded rows are then folded in, so that one difference
// does not cause others.
//
// The journal has to begin with the first record of its state, or there has to be a base: the
// snapshot of an earlier moment (a copy of its directory, made while no checkpoint was under way,
// best after a clean stop). Of a state that was imported from PostgreSQL, Storage keeps one. Rows
// of the state, with a base the changed ones, are kept in memory: some 500 bytes a row.
//
// Read-only, but for LMDB's own lock file in the base. Threads: one. Works on the files of a
// running daemon, up to the last whole batch.

#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "core/apply.h"
#include "store/format/records.h"
#include "store/journal/error.h"
#include "store/journal/segment.h"
#include "store/state/snapshot.h"

namespace authd::store {

struct ReplayOptions {
  JournalDirectory journal;
  std::optional<std::filesystem::path> base;  // a snapshot's directory
  std::size_t map_bytes = std::size_t{64} << 30;
  std::size_t differences_max = 20;  // how many are kept; all are counted
};

// A record that came out differently.
struct Difference {
  struct RowDifference {  // under one key; nothing: there is no such row
    std::optional<core::Row> recorded;
    std::optional<core::Row> replayed;
  };

  Record recorded;
  core::Applied replayed;
  std::optional<core::StateFault> fault;  // it could not be applied at all
  bool outcome = false;
  bool explanation = false;
  bool order = false;  // the rows are the same, but in another order
  std::vector<RowDifference> rows;
};

struct ReplayReport {
  core::Sequence first;  // the first record that was replayed
  core::Sequence next;   // the first one that was not there any more
  std::array<std::uint64_t, record_kind_last + 1> records{};  // by RecordKind
  std::uint64_t differing = 0;
  std::vector<Difference> differences;  // the first ones

  std::uint64_t total() const noexcept { return next.value - first.value; }
};

struct ReplayError {
  enum class Code : std::uint8_t {
    journal = 1,       // see journal
    record = 2,        // a record does not decode: see format and sequence
    snapshot = 3,      // see snapshot
    base_missing = 4,  // there is no snapshot, or an unfinished one
    base_needed = 5,   // the journal begins later than with record 1: at `sequence`
    base_too_old = 6,  // records between the base (`base`) and the journal (`sequence`) are missing
    base_too_new = 7,  // the journal ends before the base does
  };
  Code code = Code::journal;
  JournalError journal{};
  SnapshotError snapshot{};
  FormatError format{};
  core::Sequence sequence{};
  core::Sequence base{};
};

core::Result<ReplayReport, ReplayError> replay(const ReplayOptions& options);

}  // namespace authd::store
