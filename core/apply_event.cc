#include <algorithm>

#include "core/apply_parts.h"
#include "core/booking.h"

namespace authd::core {

namespace {

// The rows that an event is about.
struct Subject {
  Parties parties;
  std::optional<Message> named;  // of the id that stands for the life cycle
  std::optional<Message> about;  // of the request it reports on, when that is another id
  Message* reported = nullptr;   // whichever of the two is the request it reports on
  Authorization authorization;
  bool is_new = false;
};

const MessageId& life_cycle(const Event& event) noexcept {
  if (!event.authorization.empty()) return event.authorization;
  return event.about.empty() ? event.notice : event.about;
}

Message referred(const ProgramId& program, const MessageId& id) noexcept {
  Message message;
  message.program = program;
  message.id = id;
  return message;
}

AuthorizationId authorization_of(const std::optional<Message>& message) noexcept {
  return message ? message->authorization : AuthorizationId{};
}

Result<void, StateFault> find_parties(const State& state, const Event& event, Subject& subject) {
  subject.parties.program = state.program(event.program);
  AUTHD_TRY(card, state.card(event.program, event.card));
  if (!card) return {};
  AUTHD_TRY(account, state.account(card->account));
  if (!account) return {};
  subject.parties.card = card;
  subject.parties.account = account;
  return {};
}

// Reads the authorization, or begins one.
Result<void, StateFault> find_authorization(const State& state, const Event& event,
                                            const Moment& moment, Subject& subject) {
  const MessageId& key = life_cycle(event);
  AUTHD_TRY(named, state.message(event.program, key));
  subject.named = named;
  if (!event.about.empty() && event.about != key) {
    AUTHD_TRY(about, state.message(event.program, event.about));
    subject.about = about;
  }

  AuthorizationId id = authorization_of(subject.about);
  if (id == AuthorizationId{}) id = authorization_of(subject.named);
  if (id != AuthorizationId{}) {
    AUTHD_TRY(authorization, state.authorization(id));
    if (!authorization) return Unexpected{StateFault::corrupt};
    subject.authorization = *authorization;
    AUTHD_TRY(parties, parties_of(state, *authorization));
    subject.parties = parties;
  } else {
    AUTHD_TRY_VOID(find_parties(state, event, subject));
    subject.authorization = begin_authorization(event.program, key, event.card, subject.parties,
                                                event.amount.currency, moment);
    subject.is_new = true;
  }
  return {};
}

// Makes the ids that the event names point to the authorization, and appends
// the rows that changed.
void point_to(const Event& event, AuthorizationId id, Subject& subject) {
  const auto point = [id](std::optional<Message>& message, const ProgramId& program,
                          const MessageId& name) {
    if (!message) message = referred(program, name);
    if (message->authorization == AuthorizationId{}) message->authorization = id;
  };
  const MessageId& key = life_cycle(event);
  point(subject.named, event.program, key);
  if (event.about.empty()) return;
  if (event.about != key) point(subject.about, event.program, event.about);
  subject.reported = &*(event.about == key ? subject.named : subject.about);
}

std::int64_t largest_approved(const Authorization& a) noexcept {
  return std::max(a.approved_minor, a.confirmed_minor);
}

using Fits = bool;  // whether all sums fit int64

Fits grow(std::int64_t& sum, std::int64_t by) noexcept {
  const auto grown = checked_add(sum, by);
  if (grown) sum = *grown;
  return grown.has_value();
}

// Adjusts so that authorized − released becomes `total`.
Fits adjust_to(Authorization& a, std::int64_t total) noexcept {
  const auto gross = checked_add(total, a.released_minor);
  const auto adjusted = gross ? checked_sub(*gross, largest_approved(a)) : std::nullopt;
  if (adjusted) a.adjusted_minor = *adjusted;
  return adjusted.has_value();
}

// What the request asked for, or an earlier notice about it, where known;
// otherwise what the event says. So a share is taken back from the sum that it
// was added to.
bool is_credit(const Event& event, const Message* reported) noexcept {
  const bool known = reported != nullptr && (reported->decided || reported->approved_minor > 0);
  return (known ? reported->kind : event.transaction) == Kind::credit;
}

Fits approve(const Event& event, Message* reported, Authorization& a) noexcept {
  const std::int64_t amount = event.amount.minor_units;
  const bool credit = is_credit(event, reported);
  if (reported == nullptr) {
    std::int64_t& total = credit ? a.credit_confirmed_minor : a.confirmed_minor;
    total = std::max(total, amount);
    return true;
  }
  if (reported->notice == Message::Notice::declined) return true;
  reported->notice = Message::Notice::approved;
  if (!reported->decided && reported->approved_minor == 0) reported->kind = event.transaction;
  return share_of(*reported, credit, amount, a);
}

Fits decline(const Event& event, Message* reported, Authorization& a) noexcept {
  if (reported == nullptr) {
    close(a, Closure::declined);
    return true;
  }
  reported->notice = Message::Notice::declined;
  return share_of(*reported, is_credit(event, reported), 0, a);
}

Fits advise(const Event& event, Authorization& a) noexcept {
  if (largest_approved(a) > 0) return adjust_to(a, event.amount.minor_units);
  a.awaited_total_minor = event.amount.minor_units;
  return true;
}

Fits clear(const Event& event, Authorization& a, std::int64_t& posted_minor) noexcept {
  posted_minor = -event.amount.minor_units;
  const Fits fits = grow(a.cleared_minor, event.amount.minor_units);
  if (event.final) close(a, Closure::completed);
  return fits;
}

Fits credit(std::int64_t change, Authorization& a, std::int64_t& posted_minor) noexcept {
  posted_minor = change;
  return grow(a.credited_minor, change);
}

// Adds the event to the sums.
Fits add(const Event& event, Message* reported, Authorization& a, std::int64_t& posted_minor) {
  const std::int64_t amount = event.amount.minor_units;
  switch (event.kind) {
    case EventKind::approved: return approve(event, reported, a);
    case EventKind::incremented: return grow(a.approved_minor, amount);
    case EventKind::advised: return advise(event, a);
    case EventKind::declined: return decline(event, reported, a);
    case EventKind::reversed: {
      const Fits fits = grow(a.released_minor, amount);
      if (event.final) close(a, Closure::reversed);
      return fits;
    }
    case EventKind::closed: close(a, Closure::completed); return true;
    case EventKind::expired: close(a, Closure::expired); return true;
    case EventKind::cleared: return clear(event, a, posted_minor);
    case EventKind::refunded:
    case EventKind::charged_back: return credit(amount, a, posted_minor);
    case EventKind::chargeback_reversed: return credit(-amount, a, posted_minor);
    case EventKind::credit_approved:
      a.credit_confirmed_minor = std::max(a.credit_confirmed_minor, amount);
      return true;
  }
  return false;
}

void flag(const Event& event, const Course& course, const Parties& parties, Booking& booking) {
  const Authorization& before = course.before;
  const bool grew = standing(course.after)->counted_minor > course.stood.counted_minor;
  const bool was_open = before.closure == Closure::open;
  if (event.kind == EventKind::cleared) {
    const auto authorized = checked_add(largest_approved(before), before.adjusted_minor);
    const auto remaining = checked_sub(authorized.value_or(0), before.released_minor);
    booking.late = !was_open;
    booking.over_captured = was_open && largest_approved(before) > 0 &&
                            course.after.cleared_minor > remaining.value_or(0);
  }
  booking.unasked = grew && !booking.late && !booking.over_captured;
  booking.ghost = event.kind == EventKind::declined && event.timed_out && booking.held_minor < 0;
  const bool is_debit = booking.posted_minor < booking.held_minor;
  booking.below_zero =
      is_debit && parties.account && parties.account->available_minor().value_or(0) < 0;
}

Booking refused(Booking::Fault fault) noexcept {
  Booking booking;
  booking.origin = Booking::Origin::refused;
  booking.fault = fault;
  return booking;
}

Booking seen_before(const Event& event, const Notice& notice) noexcept {
  if (notice.kind != event.kind || notice.amount != event.amount) {
    return refused(Booking::Fault::conflict);
  }
  Booking booking;
  booking.origin = Booking::Origin::repeated;
  booking.authorization = notice.authorization;
  booking.currency = notice.amount.currency;
  return booking;
}

Currency currency_of(const Subject& subject) noexcept {
  return subject.parties.account ? subject.parties.account->currency
                                 : subject.authorization.currency;
}

}  // namespace

void close(Authorization& authorization, Closure closure) noexcept {
  if (authorization.closure == Closure::open) authorization.closure = closure;
}

bool share_of(Message& message, bool credit, std::int64_t minor, Authorization& a) noexcept {
  std::int64_t& sum = credit ? a.credit_approved_minor : a.approved_minor;
  if (!grow(sum, minor - message.approved_minor)) return false;
  AUTHD_ASSERT(sum >= 0);  // a sum of shares
  message.approved_minor = minor;
  return settle_awaited_total(a);
}

bool settle_awaited_total(Authorization& a) noexcept {
  if (!a.awaited_total_minor || largest_approved(a) == 0) return true;
  if (!adjust_to(a, *a.awaited_total_minor)) return false;
  a.awaited_total_minor.reset();
  return true;
}

Result<void, StateFault> apply_event(const State& state, const Event& event, const Moment& moment,
                                     Applied& applied) {
  AUTHD_ASSERT(event.amount.minor_units >= 0);  // adapters refuse negative amounts
  if (state.program(event.program) == nullptr) {
    applied.outcome = refused(Booking::Fault::program_unknown);
    return {};
  }
  AUTHD_TRY(seen, state.notice(event.program, event.notice));
  if (seen) {
    applied.outcome = seen_before(event, *seen);
    return {};
  }

  Subject subject;
  AUTHD_TRY_VOID(find_authorization(state, event, moment, subject));
  if (currency_of(subject) != event.amount.currency) {
    applied.outcome = refused(Booking::Fault::currency_mismatch);
    return {};
  }
  auto course = course_of(subject.authorization);
  if (!course) return Unexpected{StateFault::corrupt};
  const auto named = subject.named;
  const auto about = subject.about;
  point_to(event, course->after.id, subject);

  Booking booking;
  Posting posting{0, event.transaction, &event.details};
  bool fits = add(event, subject.reported, course->after, posting.posted_minor) &&
              settle_awaited_total(course->after);
  if (subject.is_new) course->before.due_slot = -1;  // its row is new in any case
  if (fits) {
    AUTHD_TRY(booked,
              book(state, subject.parties, *course, posting, moment, booking, applied.rows));
    fits = booked;
  }
  if (!fits) {
    applied.rows.clear();
    applied.outcome = refused(Booking::Fault::out_of_range);
    return {};
  }
  flag(event, *course, subject.parties, booking);
  if (subject.named != named) applied.rows.emplace_back(*subject.named);
  if (subject.about != about) applied.rows.emplace_back(*subject.about);
  applied.rows.emplace_back(
      Notice{event.program, event.notice, event.kind, event.amount, course->after.id, moment.at});
  applied.outcome = booking;
  return {};
}

Result<void, StateFault> apply_abandon(const State& state, const Abandon& abandon,
                                       const Moment& moment, Applied& applied) {
  Booking booking;
  booking.origin = Booking::Origin::nothing;
  applied.outcome = booking;
  AUTHD_TRY(stored, state.message(abandon.program, abandon.message));
  if (!stored || !stored->decided || !stored->decision.is_approved()) return {};

  Message message = *stored;
  message.decision = {Reason::too_late, {0, message.amount.currency}, {}};
  if (message.approved_minor > 0) {
    AUTHD_TRY(authorization, state.authorization(message.authorization));
    if (!authorization) return Unexpected{StateFault::corrupt};
    AUTHD_TRY(parties, parties_of(state, *authorization));
    auto course = course_of(*authorization);
    const bool credit = message.kind == Kind::credit;
    if (!course || !share_of(message, credit, 0, course->after)) {
      return Unexpected{StateFault::corrupt};
    }
    const Details details;
    AUTHD_TRY(booked, book(state, parties, *course, {0, message.kind, &details}, moment, booking,
                           applied.rows));
    if (!booked) return Unexpected{StateFault::corrupt};
  }
  booking.origin = Booking::Origin::booked;
  booking.ghost = booking.held_minor < 0;
  applied.rows.emplace_back(message);
  applied.outcome = booking;
  return {};
}

}  // namespace authd::core
