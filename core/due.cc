#include "core/due.h"

#include "core/booking.h"

namespace authd::core {

namespace {

std::int64_t slot_of(Timestamp at) noexcept { return floor_div(at.unix_us, DueSlot::length_us); }

Timestamp end_of(std::int64_t slot) noexcept { return {(slot + 1) * DueSlot::length_us}; }

struct Found {
  std::int64_t slot = 0;                // where the search ended
  std::optional<DueSlot> with_someone;  // nothing: no slot before it has an authorization
};

// The first slot that is over and has someone in it.
Result<Found, StateFault> first_due(const State& state, std::int64_t from, Timestamp now) {
  Found found{from, std::nullopt};
  for (int i = 0; i < ExpireNext::slots_per_step && end_of(found.slot) <= now; ++i) {
    AUTHD_TRY(row, state.due_slot(found.slot));
    if (row && row->head != AuthorizationId{}) {
      found.with_someone = row;
      break;
    }
    ++found.slot;
  }
  return found;
}

Result<void, StateFault> release(const State& state, Authorization authorization, std::int64_t slot,
                                 const Moment& moment, Booking& booking, std::vector<Row>& rows) {
  auto course = course_of(authorization);
  if (!course) return Unexpected{StateFault::corrupt};
  course->before.due_slot = -1;  // it was just unlinked: its row has changed in any case
  const bool holds = course->stood.held_minor > 0;
  const bool due = authorization.expires_at < end_of(slot);
  if (holds && due) course->after.closure = Closure::expired;
  AUTHD_TRY(parties, parties_of(state, authorization));
  if (parties.program == nullptr) return Unexpected{StateFault::corrupt};
  const Details details;
  AUTHD_TRY(booked,
            book(state, parties, *course, {0, Kind::purchase, &details}, moment, booking, rows));
  return booked ? Result<void, StateFault>{} : Unexpected{StateFault::corrupt};
}

}  // namespace

Result<void, StateFault> link_due(const State& state, Authorization& authorization, Timestamp now,
                                  std::vector<Row>& rows) {
  const std::int64_t slot = slot_of(authorization.expires_at);
  AUTHD_TRY(stored, state.due_slot(slot));
  if (!stored) {
    AUTHD_TRY(cursor, state.due_cursor());
    if (!cursor) rows.emplace_back(DueCursor{slot_of(now)});
  }
  authorization.due_slot = slot;
  authorization.next_due = stored ? stored->head : AuthorizationId{};
  rows.emplace_back(DueSlot{slot, authorization.id});
  return {};
}

Result<void, StateFault> expire_next(const State& state, const Moment& moment, Applied& applied) {
  Booking booking;
  booking.origin = Booking::Origin::nothing;
  AUTHD_TRY(cursor, state.due_cursor());
  if (!cursor) {
    applied.outcome = booking;
    return {};
  }
  AUTHD_TRY(found, first_due(state, cursor->slot, moment.at));
  const bool stopped_short = !found.with_someone && end_of(found.slot) <= moment.at;
  if (found.slot != cursor->slot && (found.with_someone || stopped_short)) {
    applied.rows.emplace_back(DueCursor{found.slot});
  }
  if (found.with_someone) {
    AUTHD_TRY(authorization, state.authorization(found.with_someone->head));
    if (!authorization) return Unexpected{StateFault::corrupt};
    applied.rows.emplace_back(DueSlot{found.slot, authorization->next_due});
    authorization->due_slot = 0;
    authorization->next_due = {};
    AUTHD_TRY_VOID(release(state, *authorization, found.slot, moment, booking, applied.rows));
    booking.origin = Booking::Origin::booked;
  }
  applied.outcome = booking;
  return {};
}

}  // namespace authd::core
