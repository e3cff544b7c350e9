// Scan: reads a journal from the files alone, checks everything, and finds its end.
//
// The one reading of the format that recovery, verification and dumps share. It changes nothing.
//
// Threads: one. No writer may be active: a batch under way looks like a torn one.
// Cost: sequential reading, one CRC-32C and one SHA-256 over every byte: about 1 s a GiB, and a
// look at the zeros up to the end of the last segment.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "core/identifiers.h"
#include "core/result.h"
#include "core/time.h"
#include "store/journal/error.h"
#include "store/journal/layout.h"
#include "store/journal/segment.h"

namespace authd::store {

// Called for records in order, each once its whole batch is known to be good. The payload is valid
// during the call. False stops the scan with record_refused.
using OnRecord = std::function<bool(const RecordView& record)>;

struct JournalScan {
  // Where it goes on.
  Position end;                  // for the next batch; offset 0: with a segment header
  core::Sequence next_sequence;  // 0: the journal is blank and begins wherever its user wants
  std::uint64_t next_batch = 1;
  ChainHash chain{};
  core::Timestamp last_at;  // of the last record; 0 when there never was one

  // The last whole batch with the header if it is the segment's first; 0 bytes when it is not in
  // end.segment.
  std::uint64_t last_batch_offset = 0;
  std::uint64_t last_batch_bytes = 0;

  // The torn tail behind `end`, in end.segment.
  std::uint64_t torn_bytes = 0;  // 0: none
  std::uint64_t torn_records = 0;

  // What was read.
  SegmentRange retained;          // all segments, blank ones included
  core::Sequence first_sequence;  // of the first segment that was read
  std::uint64_t segments = 0;     // with at least one batch
  std::uint64_t batches = 0;
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;  // of batches, trailers included
};

// Reads from the segment that holds `from` (the last one when it lies beyond the end), or from the
// first segment when there is no `from`; `on_record`, which may be empty, gets the records from
// `from` on.
core::Result<JournalScan, JournalError> scan(const JournalDirectory& directory,
                                             std::optional<core::Sequence> from,
                                             const OnRecord& on_record);

// All of it: CRC, chain, sequence and batch continuity of every retained segment. A torn tail is
// reported, not an error: opening the journal removes it.
core::Result<JournalScan, JournalError> verify(const JournalDirectory& directory);

}  // namespace authd::store
