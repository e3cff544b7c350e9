#include "store/journal/scan.h"

#include <algorithm>

#include "store/journal/chain.h"
#include "store/journal/tail.h"
#include "store/journal/window.h"

namespace authd::store {
namespace {

using core::Result;
using core::Unexpected;

constexpr std::size_t window_bytes = 4 * batch_bytes_max;

class Scanner {
 public:
  Scanner(const JournalDirectory& directory, std::optional<core::Sequence> from,
          const OnRecord& on_record, Chain chain)
      : directory_(directory), from_(from), on_record_(on_record), chain_(std::move(chain)) {}

  Result<JournalScan, JournalError> run();

 private:
  struct Batch {
    std::uint64_t bytes = 0;  // trailer included; 0: it is not whole
    std::uint64_t whole = 0;  // bytes of whole records in front
    std::uint64_t records = 0;
    ChainHash chain{};
  };

  Result<Segment, JournalError> first_segment();
  Result<std::optional<Segment>, JournalError> next_used(std::uint32_t after);
  Result<bool, JournalError> is_blank(Segment& segment);
  Result<void, JournalError> follow(const Segment& segment);
  void adopt(const SegmentHeader& header);
  Result<Stop, JournalError> walk(Segment& segment);
  Result<Batch, JournalError> read_batch(std::uint32_t segment, std::uint64_t offset,
                                         std::span<const std::byte> bytes);
  Result<void, JournalError> accept(std::uint32_t segment, std::uint64_t offset,
                                    std::span<const std::byte> bytes, const Batch& batch);
  Result<void, JournalError> deliver(std::uint32_t segment, std::uint64_t offset,
                                     std::span<const std::byte> records);

  Unexpected<JournalError> error(JournalFault fault, std::uint32_t segment, std::uint64_t offset,
                                 Errno system = {}) const {
    return Unexpected{JournalError{.fault = fault,
                                   .segment = segment,
                                   .offset = offset,
                                   .sequence = {expected_},
                                   .system_error = system.value}};
  }

  const JournalDirectory& directory_;
  const std::optional<core::Sequence> from_;
  const OnRecord& on_record_;
  Chain chain_;
  Window window_{window_bytes};
  std::uint64_t expected_ = 0;      // sequence of the next record
  std::uint64_t torn_records_ = 0;  // whole ones in front of the last stop
  JournalScan result_;
};

Result<JournalScan, JournalError> Scanner::run() {
  AUTHD_TRY(range, list_segments(directory_));
  if (!range) return Unexpected{JournalError{.fault = JournalFault::missing_journal}};
  result_.retained = *range;
  AUTHD_TRY(first, first_segment());
  Segment segment = std::move(first);
  if (segment.state == Segment::State::valid) adopt(segment.header);
  result_.first_sequence = {expected_};

  for (;;) {
    if (segment.state == Segment::State::wrong) return error(segment.fault, segment.index, 0);
    AUTHD_TRY(stop, walk(segment));
    const auto tail = inspect_tail(window_, segment.bytes, directory_.shard, stop);
    if (!tail) return error(JournalFault::read_failed, segment.index, stop.stop, tail.error());
    AUTHD_TRY(next, next_used(segment.index));

    const bool is_used = stop.begin > 0;  // holds a batch, without which there is no next segment
    if (tail->state == TailState::clean && next && is_used) {
      AUTHD_TRY_VOID(follow(*next));
      segment = std::move(*next);
      continue;
    }
    if (tail->state == TailState::damaged || next) {
      const bool in_header = stop.stop == 0;
      return error(in_header ? segment.fault : JournalFault::corrupt_record, segment.index,
                   stop.stop);
    }
    result_.end = {.segment = segment.index, .offset = static_cast<std::uint32_t>(stop.begin)};
    const bool is_blank = result_.end == Position{.segment = 1, .offset = 0};
    if (!is_blank) result_.next_sequence = {expected_};
    if (tail->state == TailState::torn) {
      result_.torn_bytes = tail->end - stop.begin;
      result_.torn_records = torn_records_ + tail->records;
    }
    return result_;
  }
}

// The segment to begin with. Segment 1 may be blank or torn; any other has to have a header.
Result<Segment, JournalError> Scanner::first_segment() {
  if (from_) {
    AUTHD_TRY(found, find_segment(directory_, result_.retained, *from_));
    if (found) return std::move(*found);
  }
  const std::uint32_t index = result_.retained.first;
  AUTHD_TRY(segment, open_segment(directory_, index, OpenMode::read));
  if (segment.state == Segment::State::valid) {
    if (!from_) return std::move(segment);
    expected_ = segment.header.first_sequence;
    return error(JournalFault::missing_history, index, 0);
  }
  if (index != 1) return error(segment.fault, index, 0);
  return std::move(segment);
}

// The first segment after `after` in which something is written.
Result<std::optional<Segment>, JournalError> Scanner::next_used(std::uint32_t after) {
  for (std::uint32_t index = after + 1; index <= result_.retained.last; ++index) {
    AUTHD_TRY(segment, open_segment(directory_, index, OpenMode::read));
    AUTHD_TRY(blank, is_blank(segment));
    if (!blank) return std::optional(std::move(segment));
  }
  return std::optional<Segment>{};
}

// A first batch that was torn can have lost the header's sector alone, so its whole room is looked
// at.
Result<bool, JournalError> Scanner::is_blank(Segment& segment) {
  if (segment.state != Segment::State::blank) return false;
  window_.attach(*segment.file);
  const auto front = window_.view(0, sizeof(SegmentHeader) + batch_bytes_max, segment.bytes);
  if (!front) return error(JournalFault::read_failed, segment.index, 0, front.error());
  return is_zero(*front);
}

// Whether a used segment goes on where the one before it ended. A header that is not whole is left
// to walk().
Result<void, JournalError> Scanner::follow(const Segment& segment) {
  const SegmentHeader& header = segment.header;
  if (segment.index != result_.end.segment + 1) {
    return error(JournalFault::corrupt_header, result_.end.segment + 1, 0);
  }
  if (segment.state != Segment::State::valid) return {};
  const auto mismatch = [&](JournalFault fault) { return error(fault, segment.index, 0); };
  if (header.first_sequence != expected_) return mismatch(JournalFault::sequence_gap);
  if (header.first_batch != result_.next_batch) return mismatch(JournalFault::batch_gap);
  if (header.chain != result_.chain) return mismatch(JournalFault::chain_broken);
  if (header.previous_at != result_.last_at.unix_us) return mismatch(JournalFault::chain_broken);
  return {};
}

void Scanner::adopt(const SegmentHeader& header) {
  expected_ = header.first_sequence;
  result_.next_batch = header.first_batch;
  result_.chain = header.chain;
  result_.last_at = {header.previous_at};
}

// Takes in the whole batches of one segment and says where they end.
Result<Stop, JournalError> Scanner::walk(Segment& segment) {
  window_.attach(*segment.file);
  torn_records_ = 0;
  result_.end.segment = segment.index;
  result_.last_batch_bytes = 0;
  if (segment.state != Segment::State::valid) {
    return Stop{.begin = 0, .stop = 0, .batch = result_.next_batch};
  }
  std::uint64_t offset = sizeof(SegmentHeader);
  for (;;) {
    const auto bytes = window_.view(offset, batch_bytes_max, segment.bytes);
    if (!bytes) return error(JournalFault::read_failed, segment.index, offset, bytes.error());
    AUTHD_TRY(batch, read_batch(segment.index, offset, *bytes));
    const bool is_first = offset == sizeof(SegmentHeader);
    const std::uint64_t begin = is_first ? 0 : offset;
    if (batch.bytes == 0) {
      torn_records_ = batch.records;
      return Stop{.begin = begin, .stop = offset + batch.whole, .batch = result_.next_batch};
    }
    AUTHD_TRY_VOID(accept(segment.index, offset, *bytes, batch));
    if (is_first) ++result_.segments;
    offset += batch.bytes;
    result_.last_batch_offset = begin;
    result_.last_batch_bytes = offset - begin;
  }
}

// Checks the batch at the front of `bytes`. What is not whole may be the tail; what is whole and
// wrong is an error at once: no torn write makes a valid checksum.
Result<Scanner::Batch, JournalError> Scanner::read_batch(std::uint32_t segment,
                                                         std::uint64_t offset,
                                                         std::span<const std::byte> bytes) {
  Batch batch;
  for (;;) {
    const std::uint64_t at = offset + batch.whole;
    const auto record = bytes.subspan(static_cast<std::size_t>(batch.whole));
    const auto header = read_record(record);
    if (!header) return batch;
    if (header->shard != directory_.shard) return error(JournalFault::wrong_shard, segment, at);
    if (header->batch != result_.next_batch) return error(JournalFault::batch_gap, segment, at);
    const std::uint64_t size = record_bytes(header->payload_bytes);
    const std::uint64_t sequence = expected_ + batch.records;
    if (header->kind != trailer_kind) {
      if (header->sequence != sequence) return error(JournalFault::sequence_gap, segment, at);
      ++batch.records;
      batch.whole += size;
      continue;
    }
    if (batch.records == 0) return error(JournalFault::batch_gap, segment, at);
    if (header->sequence != sequence - 1) return error(JournalFault::sequence_gap, segment, at);
    if (header->version != trailer_version || header->payload_bytes != sizeof(ChainHash)) {
      return error(JournalFault::unsupported_version, segment, at);
    }
    batch.chain = chain_.next(result_.chain, bytes.first(static_cast<std::size_t>(batch.whole)));
    const auto stated = payload_of(record, *header);
    if (!std::equal(stated.begin(), stated.end(), batch.chain.begin())) {
      return error(JournalFault::chain_broken, segment, at);
    }
    batch.bytes = batch.whole + size;
    return batch;
  }
}

Result<void, JournalError> Scanner::accept(std::uint32_t segment, std::uint64_t offset,
                                           std::span<const std::byte> bytes, const Batch& batch) {
  AUTHD_TRY_VOID(deliver(segment, offset, bytes.first(static_cast<std::size_t>(batch.whole))));
  ++result_.next_batch;
  result_.chain = batch.chain;
  ++result_.batches;
  result_.records += batch.records;
  result_.bytes += batch.bytes;
  return {};
}

Result<void, JournalError> Scanner::deliver(std::uint32_t segment, std::uint64_t offset,
                                            std::span<const std::byte> records) {
  while (!records.empty()) {
    const RecordHeader header = header_of(records);
    const RecordView view = view_of(records, header);
    const bool wanted = on_record_ && (!from_ || view.sequence >= *from_);
    if (wanted && !on_record_(view)) return error(JournalFault::record_refused, segment, offset);
    result_.last_at = view.at;
    ++expected_;
    const std::size_t size = record_bytes(header.payload_bytes);
    records = records.subspan(size);
    offset += size;
  }
  return {};
}

}  // namespace

Result<JournalScan, JournalError> scan(const JournalDirectory& directory,
                                       std::optional<core::Sequence> from,
                                       const OnRecord& on_record) {
  auto chain = Chain::create();
  if (!chain) return Unexpected{JournalError{.fault = JournalFault::no_digest}};
  return Scanner(directory, from, on_record, std::move(*chain)).run();
}

Result<JournalScan, JournalError> verify(const JournalDirectory& directory) {
  return scan(directory, std::nullopt, nullptr);
}

}  // namespace authd::store
