#include "store/journal/journal.h"

#include <algorithm>
#include <cstring>

#include "core/assert.h"

namespace authd::store {

using core::Result;
using core::Unexpected;

Journal::Journal(JournalOptions options, core::Sequence next_sequence, Chain chain,
                 Recovered recovered)
    : options_(std::move(options)),
      recovered_(recovered.scan),
      chain_(std::move(chain)),
      buffer_(std::make_unique<std::byte[]>(sizeof(SegmentHeader) + batch_bytes_max)),
      batch_room_(static_cast<std::size_t>(std::min<std::uint64_t>(
          batch_bytes_max, options_.segment_bytes - sizeof(SegmentHeader)))),
      next_sequence_(next_sequence.value),
      next_batch_(recovered_.next_batch),
      hash_(recovered_.chain),
      durable_at_(recovered_.last_at),
      file_(std::move(recovered.active.file)),
      file_bytes_(recovered.active.bytes),
      end_(recovered_.end),
      first_segment_(recovered_.retained.first),
      preparer_(options_.directory, options_.segment_bytes, options_.prepare_pause) {
  durable_.publish(end_, {next_sequence_ - 1});
  if (recovered.spare) {
    preparer_.provide(std::move(recovered.spare));
  } else {
    preparer_.request(end_.segment + 1);
  }
}

bool Journal::fits(std::size_t payload_bytes) const noexcept {
  return payload_bytes <= payload_bytes_max &&
         pending_bytes_ + record_bytes(payload_bytes) + trailer_bytes <= batch_room_;
}

Result<core::Sequence, JournalError> Journal::append(std::uint16_t kind, std::uint16_t version,
                                                     core::Timestamp at,
                                                     std::span<const std::byte> payload) {
  if (error_) return Unexpected{*error_};
  AUTHD_ASSERT(fits(payload.size()) && kind != trailer_kind);
  const RecordHeader header{.sequence = next_sequence_,
                            .batch = next_batch_,
                            .at = at.unix_us,
                            .kind = kind,
                            .version = version,
                            .shard = options_.directory.shard};
  write_record(batch() + pending_bytes_, header, payload);
  pending_bytes_ += record_bytes(payload.size());
  ++pending_records_;
  pending_at_ = at;
  return core::Sequence{next_sequence_++};
}

Result<Flushed, JournalError> Journal::flush() {
  if (error_) return Unexpected{*error_};
  Flushed flushed{.records = pending_records_, .durable = {next_sequence_ - 1}};
  if (pending_records_ == 0) return flushed;

  const std::uint32_t segment_before = end_.segment;
  const std::size_t bytes = pending_bytes_ + trailer_bytes;
  if (end_.offset + bytes + (end_.offset == 0 ? sizeof(SegmentHeader) : 0) > file_bytes_) {
    if (const auto rolled = roll_over(flushed); !rolled) {
      error_ = rolled.error();
      return Unexpected{*error_};
    }
  }
  if (const auto written = write_batch(flushed); !written) {
    error_ = written.error();
    return Unexpected{*error_};
  }
  durable_.publish(end_, flushed.durable);
  // Not before: zeros for the segment after next must not delay this flush.
  if (end_.segment != segment_before) preparer_.request(end_.segment + 1);
  return flushed;
}

Result<void, JournalError> Journal::roll_over(Flushed& flushed) {
  AUTHD_TRY(next, preparer_.take());
  flushed.waited_for_segment = next.waited;
  if (next.waited) rollover_waits_.fetch_add(1, std::memory_order_relaxed);
  file_ = std::move(next.file);
  file_bytes_ = options_.segment_bytes;
  end_ = {.segment = end_.segment + 1, .offset = 0};
  return {};
}

// Completes the batch with its trailer, and with the segment's header when it is the first one
// there.
void Journal::close_batch() {
  if (end_.offset == 0) {
    SegmentHeader header{.shard = options_.directory.shard,
                         .segment = end_.segment,
                         .segment_bytes = file_bytes_,
                         .first_sequence = next_sequence_ - pending_records_,
                         .first_batch = next_batch_,
                         .previous_at = durable_at_.unix_us,
                         .chain = hash_};
    seal(header);
    std::memcpy(segment_header().data(), &header, sizeof header);
  }
  hash_ = chain_.next(hash_, {batch(), pending_bytes_});
  const RecordHeader trailer{.sequence = next_sequence_ - 1,
                             .batch = next_batch_,
                             .at = pending_at_.unix_us,
                             .kind = trailer_kind,
                             .version = trailer_version,
                             .shard = options_.directory.shard};
  write_record(batch() + pending_bytes_, trailer, hash_);
}

Result<void, JournalError> Journal::write_batch(Flushed& flushed) {
  close_batch();
  const std::size_t header_bytes = end_.offset == 0 ? sizeof(SegmentHeader) : 0;
  const std::span<const std::byte> bytes(batch() - header_bytes,
                                         header_bytes + pending_bytes_ + trailer_bytes);
  const auto failure = [&](JournalFault fault, Errno error) {
    return Unexpected{JournalError{.fault = fault,
                                   .segment = end_.segment,
                                   .offset = end_.offset,
                                   .sequence = {next_sequence_ - pending_records_},
                                   .system_error = error.value}};
  };
  const auto begun = std::chrono::steady_clock::now();
  if (const auto written = write_all(*file_, bytes, end_.offset); !written) {
    return failure(JournalFault::write_failed, written.error());
  }
  if (const auto synced = file_->sync_data(); !synced) {
    return failure(JournalFault::sync_failed, synced.error());
  }
  flushed.duration = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - begun);
  flushed.bytes = bytes.size();

  end_.offset += static_cast<std::uint32_t>(bytes.size());
  durable_at_ = pending_at_;
  ++next_batch_;
  pending_bytes_ = 0;
  pending_records_ = 0;
  return {};
}

Result<std::uint64_t, JournalError> Journal::prune(core::Sequence keep_from,
                                                   core::Timestamp older_than) {
  const JournalDirectory& directory = options_.directory;
  const std::uint32_t active = durable_.position().segment;
  std::uint64_t count = 0;
  while (first_segment_ < active) {
    const std::uint32_t index = first_segment_;
    // The next segment's header knows where this one ends.
    AUTHD_TRY(next, open_segment(directory, index + 1, OpenMode::read));
    if (next.state == Segment::State::blank) break;  // its first batch was torn: index is in use
    if (next.state != Segment::State::valid) {
      return Unexpected{JournalError{.fault = next.fault, .segment = index + 1}};
    }
    const bool is_needed = next.header.first_sequence > keep_from.value;
    const bool is_recent = next.header.previous_at >= older_than.unix_us;
    if (is_needed || is_recent) break;

    const auto failure = [&](Errno error) {
      return Unexpected{JournalError{
          .fault = JournalFault::directory_failed, .segment = index, .system_error = error.value}};
    };
    const auto removed = directory.disk->remove(segment_path(directory, index));
    if (!removed) return failure(removed.error());
    first_segment_ = index + 1;
    ++count;
    // One at a time: a power cut between two removals must not leave the younger one gone and the
    // older one there.
    const auto synced = directory.disk->sync_directory(directory.path);
    if (!synced) return failure(synced.error());
  }
  return count;
}

std::uint64_t Journal::segments() const noexcept {
  return durable_.position().segment - first_segment_ + 1;
}

}  // namespace authd::store
