// Journal: the append-only record of every state change, durable before anyone is answered.
//
// One writer appends records to a batch in memory; flush() writes the batch and its trailer with
// one write and one fdatasync, and only then lets readers see it. The payload is opaque here. The
// format is in layout.h.
//
// Recovery, at open: reads everything from the first needed record on, checks it, and hands the
// records over. A batch that was not completely written was never answered: it is overwritten with
// zeros, durably, before anything goes on. Damage to what had been durable is refused with file,
// offset and sequence (see tail.h for how the two are told apart). What was found whole is written
// again and flushed before open() returns, because it may never have reached the disk: a killed
// process leaves it in the page cache, a failed fdatasync leaves it there marked clean.
//
// Threads: append and flush on one; prune on one at a time, any; durable() and the statistics
// anywhere. The lock that keeps a second process out belongs to the state directory, not to the
// journal.
//
// Errors: any write or flush error is final: its outcome is unknown, and the journal refuses
// everything afterwards with that same error. The next open finds the truth.

#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "core/identifiers.h"
#include "core/result.h"
#include "core/time.h"
#include "store/journal/chain.h"
#include "store/journal/durable.h"
#include "store/journal/error.h"
#include "store/journal/layout.h"
#include "store/journal/preparer.h"
#include "store/journal/scan.h"
#include "store/journal/segment.h"

namespace authd::store {

// When there is no segment at all: an emptied or wrong directory must not pass for a new one.
enum class IfMissing : std::uint8_t { refuse = 1, create = 2 };

struct JournalOptions {
  JournalDirectory directory;
  // Of new segments: segment_bytes_min..segment_bytes_max in units of segment_bytes_unit.
  std::uint64_t segment_bytes = std::uint64_t{256} << 20U;
  IfMissing if_missing = IfMissing::refuse;
  std::chrono::milliseconds prepare_pause{20};  // after every MiB of zeros: 256 MiB in about 6 s
};

struct Flushed {
  std::uint64_t records = 0;              // 0: there was nothing to flush
  std::uint64_t bytes = 0;                // written, trailer and segment header included
  std::chrono::microseconds duration{0};  // of write and fdatasync
  bool waited_for_segment = false;
  core::Sequence durable{};  // the last record that is on disk now
};

class Journal {
 public:
  // `replay_from` is the first record the caller needs: the one after its snapshot. It may be the
  // next one to come; when nothing was ever recorded, the journal begins with it. Older than what
  // is kept: missing_history; newer than the next: beyond_end. `on_record` gets what is there,
  // before it is certain to be on the disk: do not act on it before open returns.
  static core::Result<std::unique_ptr<Journal>, JournalError> open(JournalOptions options,
                                                                   core::Sequence replay_from,
                                                                   const OnRecord& on_record);

  core::Sequence next_sequence() const noexcept { return {next_sequence_}; }

  // Whether one more record of this size fits into the pending batch. Always, when the batch is
  // empty and the payload at most payload_bytes_max.
  bool fits(std::size_t payload_bytes) const noexcept;
  std::size_t pending_bytes() const noexcept { return pending_bytes_; }  // without the trailer
  std::uint64_t pending_records() const noexcept { return pending_records_; }

  // Adds a record that fits() to the pending batch. Nobody sees it before flush(). `kind` is
  // anything but trailer_kind.
  core::Result<core::Sequence, JournalError> append(std::uint16_t kind, std::uint16_t version,
                                                    core::Timestamp at,
                                                    std::span<const std::byte> payload);

  // Makes the pending batch durable. One write and one fdatasync; waits for a segment only when the
  // preparer is late.
  core::Result<Flushed, JournalError> flush();

  // How far it is durable; for readers, and to wait on. Valid as long as the journal.
  const DurableMark& durable() const noexcept { return durable_; }
  const JournalDirectory& directory() const noexcept { return options_.directory; }

  // Deletes the oldest segments as long as all of their records are before `keep_from` and the last
  // one is older than `older_than`. Never the one in use. How many.
  core::Result<std::uint64_t, JournalError> prune(core::Sequence keep_from,
                                                  core::Timestamp older_than);

  const JournalScan& recovered() const noexcept { return recovered_; }  // what open() found
  std::uint64_t segments() const noexcept;  // on disk, without the prepared one

  // False for good reason only for seconds, unless there is an error (a full disk): time to stop
  // admitting, before a flush needs the segment.
  bool next_segment_ready() const { return preparer_.is_ready(); }
  std::optional<JournalError> next_segment_error() const { return preparer_.error(); }
  std::uint64_t rollover_waits() const noexcept { return rollover_waits_.load(); }

 private:
  struct Recovered {
    JournalScan scan;
    Segment active;
    std::unique_ptr<File> spare;  // null: there is none
  };

  Journal(JournalOptions options, core::Sequence next_sequence, Chain chain, Recovered recovered);

  static core::Result<Recovered, JournalError> recover(const JournalOptions& options,
                                                       core::Sequence replay_from,
                                                       const OnRecord& on_record);
  static core::Result<void, JournalError> settle(Segment& active, const JournalScan& scan);

  void close_batch();
  core::Result<void, JournalError> roll_over(Flushed& flushed);
  core::Result<void, JournalError> write_batch(Flushed& flushed);
  std::span<std::byte> segment_header() noexcept { return {buffer_.get(), sizeof(SegmentHeader)}; }
  std::byte* batch() noexcept { return buffer_.get() + sizeof(SegmentHeader); }

  const JournalOptions options_;
  const JournalScan recovered_;
  Chain chain_;

  // The batch under way: room for a segment header, then records and the trailer.
  std::unique_ptr<std::byte[]> buffer_;
  std::size_t batch_room_;
  std::size_t pending_bytes_ = 0;
  std::uint64_t pending_records_ = 0;
  core::Timestamp pending_at_;  // of the last record appended

  // Where it goes.
  std::uint64_t next_sequence_;
  std::uint64_t next_batch_;
  ChainHash hash_;              // of the last batch
  core::Timestamp durable_at_;  // of the last record flushed
  std::unique_ptr<File> file_;
  std::uint64_t file_bytes_;
  Position end_;
  std::optional<JournalError> error_;

  DurableMark durable_;
  std::atomic<std::uint32_t> first_segment_;
  std::atomic<std::uint64_t> rollover_waits_{0};
  SegmentPreparer preparer_;
};

}  // namespace authd::store
