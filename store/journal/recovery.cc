// Journal::open: from files to a journal that can be written.

#include <algorithm>
#include <vector>

#include "store/journal/journal.h"

namespace authd::store {
namespace {

using core::Result;
using core::Unexpected;

Unexpected<JournalError> failure(JournalFault fault, std::uint32_t segment, std::uint64_t offset,
                                 Errno error = {}) {
  return Unexpected{JournalError{
      .fault = fault, .segment = segment, .offset = offset, .system_error = error.value}};
}

bool is_valid(const JournalOptions& options) {
  const std::uint64_t bytes = options.segment_bytes;
  return bytes >= segment_bytes_min && bytes <= segment_bytes_max &&
         bytes % segment_bytes_unit == 0;
}

Result<void, JournalError> create_if_missing(const JournalOptions& options) {
  AUTHD_TRY(range, list_segments(options.directory));
  if (range || options.if_missing == IfMissing::refuse) return {};  // scan() reports a missing one
  AUTHD_TRY_VOID(create_segment(options.directory, 1, options.segment_bytes, [] { return true; }));
  return {};
}

// The segment to write on in. One that holds nothing yet takes today's size.
Result<Segment, JournalError> open_active(const JournalOptions& options, Position end) {
  AUTHD_TRY(segment, open_segment(options.directory, end.segment, OpenMode::read_write));
  if (end.offset > 0 || segment.bytes == options.segment_bytes) return std::move(segment);
  AUTHD_TRY(file, create_segment(options.directory, end.segment, options.segment_bytes,
                                 [] { return true; }));
  segment.file = std::move(file);
  segment.bytes = options.segment_bytes;
  return std::move(segment);
}

// The blank segment after the active one, left by the process before; null when there is none of
// today's size.
Result<std::unique_ptr<File>, JournalError> open_spare(const JournalOptions& options,
                                                       const JournalScan& scan) {
  if (scan.retained.last <= scan.end.segment) return std::unique_ptr<File>{};
  AUTHD_TRY(segment, open_segment(options.directory, scan.end.segment + 1, OpenMode::read_write));
  if (segment.bytes != options.segment_bytes) return std::unique_ptr<File>{};
  return std::move(segment.file);
}

}  // namespace

Result<std::unique_ptr<Journal>, JournalError> Journal::open(JournalOptions options,
                                                             core::Sequence replay_from,
                                                             const OnRecord& on_record) {
  if (!is_valid(options)) return failure(JournalFault::bad_options, 0, 0);
  auto chain = Chain::create();
  if (!chain) return failure(JournalFault::no_digest, 0, 0);
  AUTHD_TRY(recovered, recover(options, replay_from, on_record));
  const core::Sequence next =
      recovered.scan.next_sequence.value > 0 ? recovered.scan.next_sequence : replay_from;
  return std::unique_ptr<Journal>(
      new Journal(std::move(options), next, std::move(*chain), std::move(recovered)));
}

Result<Journal::Recovered, JournalError> Journal::recover(const JournalOptions& options,
                                                          core::Sequence replay_from,
                                                          const OnRecord& on_record) {
  AUTHD_TRY_VOID(create_if_missing(options));
  AUTHD_TRY(found, scan(options.directory, replay_from, on_record));
  if (found.next_sequence.value > 0 && replay_from > found.next_sequence) {
    return Unexpected{JournalError{.fault = JournalFault::beyond_end,
                                   .segment = found.end.segment,
                                   .offset = found.end.offset,
                                   .sequence = replay_from}};
  }
  AUTHD_TRY(active, open_active(options, found.end));
  AUTHD_TRY_VOID(settle(active, found));
  AUTHD_TRY(spare, open_spare(options, found));
  AUTHD_TRY_VOID(remove_unfinished(options.directory));
  const JournalDirectory& directory = options.directory;
  if (const auto synced = directory.disk->sync_directory(directory.path); !synced) {
    return failure(JournalFault::directory_failed, 0, 0, synced.error());
  }
  return Recovered{.scan = found, .active = std::move(active), .spare = std::move(spare)};
}

// Makes the end of the journal what the scan says it is, on the disk too.
Result<void, JournalError> Journal::settle(Segment& active, const JournalScan& scan) {
  const bool is_torn = scan.torn_bytes > 0;
  const std::uint64_t offset = is_torn ? scan.end.offset : scan.last_batch_offset;
  std::vector<std::byte> bytes(
      static_cast<std::size_t>(is_torn ? scan.torn_bytes : scan.last_batch_bytes));
  if (!is_torn) {
    const auto count = read_full(*active.file, bytes, offset);
    if (!count) return failure(JournalFault::read_failed, active.index, offset, count.error());
  }
  // Zeros over what is torn; otherwise the last batch again, as it was read.
  if (const auto written = write_all(*active.file, bytes, offset); !written) {
    return failure(JournalFault::write_failed, active.index, offset, written.error());
  }
  if (const auto synced = active.file->sync_data(); !synced) {
    return failure(JournalFault::sync_failed, active.index, offset, synced.error());
  }
  return {};
}

}  // namespace authd::store
