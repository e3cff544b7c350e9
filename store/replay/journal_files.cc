#include "store/replay/journal_files.h"

#include "store/journal/segment.h"

namespace authd::store {

namespace {

using core::Result;
using core::Unexpected;

// Where the oldest segment begins. A journal in which nothing was recorded yet begins anywhere.
Result<core::Sequence, JournalError> first_sequence(const JournalDirectory& directory) {
  AUTHD_TRY(range, list_segments(directory));
  if (!range) return Unexpected{JournalError{.fault = JournalFault::missing_journal}};
  AUTHD_TRY(segment, open_segment(directory, range->first, OpenMode::read));
  if (segment.state == Segment::State::valid) return core::Sequence{segment.header.first_sequence};
  return core::Sequence{1};
}

Result<KeptRecords, JournalError> open_once(const JournalDirectory& directory,
                                            std::optional<core::Sequence> from) {
  if (!from) {
    AUTHD_TRY(first, first_sequence(directory));
    from = first;
  }
  AUTHD_TRY(reader, Reader::open(directory, *from));
  return KeptRecords{*from, std::move(reader)};
}

bool is_same_place(const JournalError& a, const JournalError& b) noexcept {
  return a.fault == b.fault && a.segment == b.segment && a.offset == b.offset;
}

}  // namespace

// What is read is not one moment of the file: while its end is looked for, batches arrive behind
// the place where it seemed to be, and that looks like damage; a segment can begin or be pruned.
// Damage stays where it is. A place that was only being written is whole at the next look.
Result<KeptRecords, JournalError> open_kept(const JournalDirectory& directory,
                                            std::optional<core::Sequence> from) {
  constexpr int looks_max = 20;
  auto kept = open_once(directory, from);
  for (int look = 1; look < looks_max && !kept; ++look) {
    const JournalError before = kept.error();
    kept = open_once(directory, from);
    if (!kept && is_same_place(before, kept.error())) break;
  }
  return kept;
}

Result<Record, FormatError> decode(const RecordView& view) {
  core::Moment moment;
  moment.at = view.at;
  moment.sequence = view.sequence;
  return decode_record(view.kind, view.version, moment, view.payload);
}

}  // namespace authd::store
