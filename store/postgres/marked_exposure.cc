#include "store/postgres/marked_exposure.h"

#include <algorithm>

#include "store/format/records.h"
#include "store/journal/reader.h"

namespace authd::store {

namespace {

using core::Unexpected;

JournalError unreadable(core::Sequence sequence) {
  return {.fault = JournalFault::record_refused,
          .segment = 0,
          .offset = 0,
          .sequence = sequence,
          .system_error = 0};
}

}  // namespace

void MarkedExposure::advance(core::Sequence to, const Exposure::Sums& approvals) {
  exposure_.confirmed(approvals);
  mark_ = to;
}

core::Result<void, JournalError> MarkedExposure::move(core::Sequence to,
                                                      const std::stop_token& stop) {
  if (to == mark_) return {};
  AUTHD_TRY(between, approvals(std::min(mark_, to), std::max(mark_, to), stop));
  if (stop.stop_requested()) return {};
  to > mark_ ? exposure_.confirmed(between) : exposure_.unconfirmed(between);
  mark_ = to;
  return {};
}

core::Result<Exposure::Sums, JournalError> MarkedExposure::approvals(
    core::Sequence after, core::Sequence up_to, const std::stop_token& stop) const {
  Exposure::Sums sums;
  AUTHD_TRY(first, oldest());
  AUTHD_TRY(reader, Reader::open(journal_, std::max(core::Sequence{after.value + 1}, first)));
  while (!stop.stop_requested()) {
    AUTHD_TRY(view, reader.next());
    if (!view || view->sequence > up_to) break;
    core::Moment moment;
    moment.at = view->at;
    moment.sequence = view->sequence;
    const auto record = decode_record(view->kind, view->version, moment, view->payload);
    if (!record) return Unexpected{unreadable(view->sequence)};
    const auto* const request = std::get_if<core::Request>(&record->command);
    if (request == nullptr) continue;
    const auto& decision = std::get<core::Answer>(record->outcome).decision;
    if (const auto money = reserved_money(*request, decision)) sums.add(request->program, *money);
  }
  return sums;
}

core::Result<core::Sequence, JournalError> MarkedExposure::oldest() const {
  const core::Sequence next{journal_.durable().sequence().value + 1};
  AUTHD_TRY(segments, list_segments(journal_.directory()));
  if (!segments) return next;
  AUTHD_TRY(segment, open_segment(journal_.directory(), segments->first, OpenMode::read));
  if (segment.state != Segment::State::valid) return next;  // nothing was recorded yet
  return core::Sequence{segment.header.first_sequence};
}

}  // namespace authd::store
