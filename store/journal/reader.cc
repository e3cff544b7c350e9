#include "store/journal/reader.h"

#include <algorithm>
#include <cerrno>
#include <limits>

#include "store/journal/journal.h"
#include "store/journal/scan.h"

namespace authd::store {
namespace {

using core::Result;
using core::Unexpected;

constexpr std::size_t window_bytes = std::size_t{1} << 20U;

}  // namespace

Reader::Reader(JournalDirectory directory, const DurableMark* live, Position end,
               core::Sequence from, std::uint32_t segment)
    : directory_(std::move(directory)),
      live_(live),
      end_(end),
      from_(from),
      segment_(segment),
      window_(window_bytes) {}

Result<Reader, JournalError> Reader::open(const Journal& journal, core::Sequence from) {
  const DurableMark& durable = journal.durable();
  if (from.value > durable.sequence().value + 1) {
    return Unexpected{JournalError{.fault = JournalFault::beyond_end, .sequence = from}};
  }
  return open_at(journal.directory(), &durable, durable.position(), from);
}

Result<Reader, JournalError> Reader::open(const JournalDirectory& directory, core::Sequence from) {
  const core::Sequence last_segment{std::numeric_limits<std::uint64_t>::max()};
  AUTHD_TRY(found, scan(directory, last_segment, nullptr));
  if (found.next_sequence.value > 0 && from > found.next_sequence) {
    return Unexpected{JournalError{.fault = JournalFault::beyond_end, .sequence = from}};
  }
  return open_at(directory, nullptr, found.end, from);
}

Result<Reader, JournalError> Reader::open_at(const JournalDirectory& directory,
                                             const DurableMark* live, Position end,
                                             core::Sequence from) {
  AUTHD_TRY(range, list_segments(directory));
  if (!range) return Unexpected{JournalError{.fault = JournalFault::missing_journal}};
  const SegmentRange readable{.first = range->first, .last = std::min(range->last, end.segment)};
  AUTHD_TRY(found, find_segment(directory, readable, from));
  const bool is_empty = end.segment == range->first && end.offset == 0;
  if (!found && !is_empty) {
    return Unexpected{JournalError{
        .fault = JournalFault::missing_history, .segment = range->first, .sequence = from}};
  }
  return Reader(directory, live, end, from, found ? found->index : range->first);
}

Result<std::optional<RecordView>, JournalError> Reader::next() {
  while (has_more()) {
    if (offset_ == 0) AUTHD_TRY_VOID(enter_segment());
    AUTHD_TRY(record, read_one());
    if (record) return record;
  }
  return std::optional<RecordView>{};
}

bool Reader::wait(std::chrono::milliseconds timeout) const {
  const std::uint64_t next = next_sequence().value;
  return live_ != nullptr && next > 0 && live_->wait_beyond({next - 1}, timeout);
}

// Whether anything durable lies at the reader's place or in a later segment.
bool Reader::has_more() {
  const auto is_before_end = [this] {
    return segment_ < end_.segment || (segment_ == end_.segment && offset_ < end_.offset);
  };
  if (is_before_end()) return true;
  if (live_ != nullptr) end_ = live_->position();
  return is_before_end();
}

Result<void, JournalError> Reader::enter_segment() {
  auto segment = open_segment(directory_, segment_, OpenMode::read);
  if (!segment) {
    const bool is_pruned = segment.error().system_error == ENOENT;
    return is_pruned ? error(JournalFault::missing_history) : Unexpected{segment.error()};
  }
  if (segment->state != Segment::State::valid) return error(segment->fault);
  const core::Sequence first{segment->header.first_sequence};
  if (expected_.value > 0 && first != expected_) return error(JournalFault::sequence_gap);
  expected_ = first;
  file_ = std::move(segment->file);
  segment_bytes_ = segment->bytes;
  window_.attach(*file_);
  offset_ = sizeof(SegmentHeader);
  return {};
}

// One step on: nothing when it was over a trailer, over a record before the wanted one, or into the
// next segment.
Result<std::optional<RecordView>, JournalError> Reader::read_one() {
  const bool is_complete = segment_ < end_.segment;
  const std::uint64_t limit = is_complete ? segment_bytes_ : end_.offset;
  const auto bytes = window_.view(offset_, record_bytes_max, limit);
  if (!bytes) return error(JournalFault::read_failed, bytes.error());
  const bool is_blank = is_zero(bytes->first(std::min(bytes->size(), sizeof(RecordHeader))));
  if (is_complete && is_blank) {
    ++segment_;
    offset_ = 0;
    return std::optional<RecordView>{};
  }

  const auto header = read_record(*bytes);
  if (!header) return error(JournalFault::corrupt_record);
  if (header->shard != directory_.shard) return error(JournalFault::wrong_shard);
  const bool is_trailer = header->kind == trailer_kind;
  const core::Sequence sequence{is_trailer ? expected_.value - 1 : expected_.value};
  if (header->sequence != sequence.value) return error(JournalFault::sequence_gap);
  offset_ += record_bytes(header->payload_bytes);
  if (is_trailer) return std::optional<RecordView>{};
  ++expected_.value;
  if (sequence < from_) return std::optional<RecordView>{};
  return std::optional(view_of(*bytes, *header));
}

Unexpected<JournalError> Reader::error(JournalFault fault, Errno system) const {
  return Unexpected{JournalError{.fault = fault,
                                 .segment = segment_,
                                 .offset = offset_,
                                 .sequence = next_sequence(),
                                 .system_error = system.value}};
}

}  // namespace authd::store
