// Reader: follows a journal at its own pace, from any record that is still kept.
//
// Attached to a live journal it never sees a record that is not flushed, and goes on when there is
// more. On the files alone (no writer may be active) it ends with the last whole batch.
//
// Threads: one; another than the writer's is fine. Segments may be pruned meanwhile: the one being
// read stays readable; one that is needed next and gone is missing_history.
//
// Lifetime: a record's payload is valid until the next call. An attached reader must not outlive
// the journal.
//
// Errors: every record's checksum, sequence and shard are checked; the chain is verify()'s
// business. After an error the same error comes again.

#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include "core/identifiers.h"
#include "core/result.h"
#include "store/journal/durable.h"
#include "store/journal/error.h"
#include "store/journal/layout.h"
#include "store/journal/segment.h"
#include "store/journal/window.h"

namespace authd::store {

class Journal;

class Reader {
 public:
  // `from` may be at most one beyond the last record. O(segments after it) to open, and the first
  // next() reads its segment up to it. The second form also scans the last segment.
  static core::Result<Reader, JournalError> open(const Journal& journal, core::Sequence from);
  static core::Result<Reader, JournalError> open(const JournalDirectory& directory,
                                                 core::Sequence from);

  // The next record; nothing when there is none yet. No system call for most of them.
  core::Result<std::optional<RecordView>, JournalError> next();

  // Sleeps until next() has something, at most `timeout`. Whether it has; without a live journal,
  // at once.
  bool wait(std::chrono::milliseconds timeout) const;

  core::Sequence next_sequence() const noexcept { return std::max(from_, expected_); }

 private:
  Reader(JournalDirectory directory, const DurableMark* live, Position end, core::Sequence from,
         std::uint32_t segment);

  static core::Result<Reader, JournalError> open_at(const JournalDirectory& directory,
                                                    const DurableMark* live, Position end,
                                                    core::Sequence from);

  bool has_more();
  core::Result<void, JournalError> enter_segment();
  core::Result<std::optional<RecordView>, JournalError> read_one();
  core::Unexpected<JournalError> error(JournalFault fault, Errno system = {}) const;

  JournalDirectory directory_;
  const DurableMark* live_;  // null: end_ is fixed
  Position end_;             // how far it may read, as of the last look
  core::Sequence from_;
  core::Sequence expected_;  // 0: whatever the first segment begins with

  std::uint32_t segment_;
  std::uint64_t offset_ = 0;  // 0: the segment is not open yet
  std::uint64_t segment_bytes_ = 0;
  std::unique_ptr<File> file_;
  Window window_;
};

}  // namespace authd::store
